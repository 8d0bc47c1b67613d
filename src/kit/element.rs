//! What a buffer holds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A WGSL scalar that buffers may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Scalar {
    /// 32-bit float.
    F32,
    /// 16-bit float; needs the device's `shader-f16`.
    F16,
    /// Unsigned 32-bit integer.
    U32,
    /// Signed 32-bit integer.
    I32,
}

impl Scalar {
    /// Size in bytes.
    #[must_use]
    pub fn size(self) -> u64 {
        match self {
            Self::F16 => 2,
            Self::F32 | Self::U32 | Self::I32 => 4,
        }
    }

    /// Whether values are floats, compared with a tolerance.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F16)
    }

    /// Its WGSL name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::U32 => "u32",
            Self::I32 => "i32",
        }
    }
}

/// One element of a buffer: a scalar, a vector of 2 to 4, or an atomic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Element {
    /// The scalar type of each component.
    pub scalar: Scalar,
    /// 1 for a scalar, 2 to 4 for a vector.
    pub lanes: u8,
    /// `atomic<u32>` or `atomic<i32>`.
    pub atomic: bool,
}

impl Element {
    /// A plain scalar element.
    #[must_use]
    pub const fn scalar(scalar: Scalar) -> Self {
        Self {
            scalar,
            lanes: 1,
            atomic: false,
        }
    }

    /// Bytes from one element of an array to the next; a `vec3` takes the
    /// room of a `vec4` (WGSL, section 14.4.1, alignment and size).
    #[must_use]
    pub fn stride(self) -> u64 {
        let lanes = if self.lanes == 3 { 4 } else { self.lanes };
        self.scalar.size() * u64::from(lanes)
    }

    /// Reads `f32`, `vec4<f16>`, `vec4f`, `atomic<u32>` and the like.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let scalar = |name: &str| match name.trim() {
            "f32" => Some(Scalar::F32),
            "f16" => Some(Scalar::F16),
            "u32" => Some(Scalar::U32),
            "i32" => Some(Scalar::I32),
            _ => None,
        };
        let short = |suffix: &str| match suffix {
            "f" => Some(Scalar::F32),
            "h" => Some(Scalar::F16),
            "u" => Some(Scalar::U32),
            "i" => Some(Scalar::I32),
            _ => None,
        };
        let text = text.trim();
        if let Some(found) = scalar(text) {
            return Some(Self::scalar(found));
        }
        if let Some(inner) = text
            .strip_prefix("atomic<")
            .and_then(|t| t.strip_suffix('>'))
        {
            let found = scalar(inner).filter(|s| !s.is_float())?;
            return Some(Self {
                atomic: true,
                ..Self::scalar(found)
            });
        }
        let rest = text.strip_prefix("vec")?;
        let lanes = u8::try_from(rest.chars().next()?.to_digit(10)?).ok()?;
        if !(2..=4).contains(&lanes) {
            return None;
        }
        let rest = &rest[1..];
        let found = match rest.strip_prefix('<').and_then(|t| t.strip_suffix('>')) {
            Some(inner) => scalar(inner)?,
            None => short(rest)?,
        };
        Some(Self {
            lanes,
            ..Self::scalar(found)
        })
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.scalar.name();
        match (self.atomic, self.lanes) {
            (true, _) => f.pad(&format!("atomic<{name}>")),
            (false, 1) => f.pad(name),
            (false, lanes) => f.pad(&format!("vec{lanes}<{name}>")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_reads_back_what_it_prints() {
        for text in [
            "f32",
            "f16",
            "u32",
            "i32",
            "vec2<f32>",
            "vec3<u32>",
            "vec4<f16>",
            "atomic<i32>",
        ] {
            assert_eq!(
                Element::parse(text).expect("a valid type").to_string(),
                text
            );
        }
        assert_eq!(Element::parse("vec4f"), Element::parse("vec4<f32>"));
    }

    #[test]
    fn what_wgsl_has_not_is_refused() {
        for text in [
            "f64",
            "vec5<f32>",
            "vec1<f32>",
            "atomic<f32>",
            "vec",
            "é",
            "vec4<f32",
        ] {
            assert_eq!(Element::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_vec3_strides_like_a_vec4() {
        assert_eq!(Element::parse("vec3<f32>").map(Element::stride), Some(16));
        assert_eq!(Element::parse("vec3<f16>").map(Element::stride), Some(8));
    }
}
