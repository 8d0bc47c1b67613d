//! Types that a uniform may have.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Element;

/// Scalars in the largest uniform binding that WebGPU promises: 65,536 bytes
/// (WebGPU, section 3.6.2, limits) of four bytes each.
const MOST_SCALARS: u32 = 16_384;

/// A scalar, a vector, a matrix, or an array of fixed length of one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UniformType {
    /// The scalar or vector; of a matrix, one column.
    pub element: Element,
    /// Columns of a matrix, 2 to 4; 1 for all else.
    pub columns: u8,
    /// Length of an array; none for a lone value.
    pub length: Option<u32>,
}

impl UniformType {
    /// A lone scalar or vector.
    #[must_use]
    pub const fn lone(element: Element) -> Self {
        Self {
            element,
            columns: 1,
            length: None,
        }
    }

    /// Reads `f32`, `vec3<f32>`, `vec3f`, `mat2x3<f16>`, `mat2x3h`,
    /// `array<vec4<f32>, 2>` and the like; none for all else, for an array
    /// longer than any uniform, and for atomics.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(inner) = text
            .strip_prefix("array<")
            .and_then(|rest| rest.strip_suffix('>'))
        {
            let (base, length) = inner.rsplit_once(',')?;
            let base = Self::parse(base).filter(|base| base.length.is_none())?;
            let length = length.trim();
            let length: u32 = length.strip_suffix('u').unwrap_or(length).parse().ok()?;
            return (1..=MOST_SCALARS).contains(&length).then_some(Self {
                length: Some(length),
                ..base
            });
        }
        if let Some((columns, rows)) = text.strip_prefix("mat").and_then(|t| t.split_once('x')) {
            let columns: u8 = columns.parse().ok()?;
            let element = Element::parse(&format!("vec{rows}"))?;
            let fits = (2..=4).contains(&columns) && element.scalar.is_float();
            return fits.then_some(Self {
                element,
                columns,
                length: None,
            });
        }
        Element::parse(text)
            .filter(|element| !element.atomic)
            .map(Self::lone)
    }

    /// Scalars in it.
    #[must_use]
    pub fn scalars(self) -> usize {
        usize::from(self.element.lanes)
            * usize::from(self.columns)
            * self.length.map_or(1, |length| length as usize)
    }

    /// Alignment in a uniform buffer, in bytes: a vector's own, also as a
    /// matrix's column; 16 at least for an array (WGSL, sections 14.4.1 and
    /// 14.4.5, layout constraints of the uniform address space).
    #[must_use]
    pub fn alignment(self) -> u64 {
        let own = self.element.stride();
        match self.length {
            Some(_) => own.next_multiple_of(16),
            None => own,
        }
    }

    /// Size in a uniform buffer, in bytes: of a matrix with the gaps between
    /// its columns, of an array with those between its elements.
    #[must_use]
    pub fn size(self) -> u64 {
        let one = match self.columns {
            1 => self.element.scalar.size() * u64::from(self.element.lanes),
            columns => self.element.stride() * u64::from(columns),
        };
        match self.length {
            Some(length) => one.next_multiple_of(16) * u64::from(length),
            None => one,
        }
    }
}

impl fmt::Display for UniformType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Element { scalar, lanes, .. } = self.element;
        let base = match self.columns {
            1 => self.element.to_string(),
            columns => format!("mat{columns}x{lanes}<{}>", scalar.name()),
        };
        match self.length {
            None => f.pad(&base),
            Some(length) => f.pad(&format!("array<{base}, {length}>")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> UniformType {
        UniformType::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn every_type_reads_back_what_it_prints() {
        for text in [
            "f16",
            "u32",
            "vec3<i32>",
            "mat4x2<f16>",
            "array<f32, 3>",
            "array<mat2x3<f32>, 16384>",
        ] {
            assert_eq!(of(text).to_string(), text);
        }
        assert_eq!(of("mat3x2h"), of("mat3x2<f16>"));
        assert_eq!(of("array< vec2u , 7u >"), of("array<vec2<u32>, 7>"));
    }

    #[test]
    fn what_is_no_uniform_is_refused() {
        for text in [
            "",
            "f64",
            "atomic<u32>",
            "mat2x2<u32>",
            "mat5x2<f32>",
            "mat2x5<f32>",
            "mat2x",
            "array<f32>",
            "array<f32, 0>",
            "array<f32, 16385>",
            "array<array<f32, 2>, 2>",
            "array<f32, n>",
        ] {
            assert_eq!(UniformType::parse(text), None, "{text}");
        }
    }

    /// By the table of WGSL, section 14.4.1, worked out by hand; an array of
    /// mat2x2 has a stride of 16.
    #[test]
    fn sizes_are_those_of_uniform_buffers() {
        for (text, alignment, size, scalars) in [
            ("f32", 4, 4, 1),
            ("vec2<f16>", 4, 4, 2),
            ("vec3<f32>", 16, 12, 3),
            ("mat2x2<f32>", 8, 16, 4),
            ("mat3x2<f32>", 8, 24, 6),
            ("mat2x3<f32>", 16, 32, 6),
            ("mat4x4<f16>", 8, 32, 16),
            ("array<vec4<f32>, 3>", 16, 48, 12),
            ("array<mat2x2<f32>, 2>", 16, 32, 8),
        ] {
            let ty = of(text);
            let seen = (ty.alignment(), ty.size(), ty.scalars());
            assert_eq!(seen, (alignment, size, scalars), "{text}");
        }
    }
}
