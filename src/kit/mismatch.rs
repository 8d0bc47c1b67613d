//! Whether outputs are right, and if not, where and how.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MismatchKind {
    /// A value outside the tolerance, NaN and infinity included.
    Value,
    /// An element that the kernel never wrote.
    Unwritten,
    /// A guard word behind a buffer's end that the kernel wrote.
    GuardTouched,
    /// An input that the kernel changed.
    InputChanged,
    /// A deterministic kernel gave another answer the second time.
    NotDeterministic,
}

/// The worst wrong element of one buffer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mismatch {
    /// What kind of wrong.
    pub kind: MismatchKind,
    /// The buffer, with its stage before a dot in a pipeline.
    pub buffer: String,
    /// Index of the component, counted in scalars.
    pub index: u64,
    /// The value that was expected.
    #[serde(with = "lossless")]
    pub expected: f64,
    /// The value that the kernel wrote.
    #[serde(with = "lossless")]
    pub actual: f64,
    /// The difference that was tolerated there.
    #[serde(with = "lossless")]
    pub tolerated: f64,
    /// How many elements are wrong.
    pub count: u64,
    /// Of how many that were compared.
    pub of: u64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            buffer,
            index,
            expected,
            actual,
            tolerated,
            count,
            of,
            ..
        } = self;
        match self.kind {
            MismatchKind::Value => write!(
                f,
                "`{buffer}[{index}]` is {actual:e}, expected {expected:e} within {tolerated:.1e}; {count} of {of} wrong"
            ),
            MismatchKind::Unwritten => write!(
                f,
                "`{buffer}[{index}]` was never written; {count} of {of} unwritten"
            ),
            MismatchKind::GuardTouched => {
                write!(f, "`{buffer}` was written {count} words past its end")
            }
            MismatchKind::InputChanged => write!(
                f,
                "input `{buffer}[{index}]` was changed from {expected:e} to {actual:e}"
            ),
            MismatchKind::NotDeterministic => write!(
                f,
                "`{buffer}[{index}]` differs from run to run ({expected:e}, then {actual:e}), and the kernel declares `deterministic: true`"
            ),
        }
    }
}

/// What verification found for one case and variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Correctness {
    /// All outputs within tolerance.
    Right {
        /// Whether two runs gave the same bits.
        repeatable: bool,
        /// Compared with a reference in WGSL (f32), not with f64.
        by_wgsl: bool,
    },
    /// At least one output is wrong: the worst.
    Wrong {
        /// Where and how.
        mismatch: Mismatch,
    },
    /// Not verified, because the worker was lost before.
    Unknown,
    /// Not verified, because only recorded times are judged: whoever recorded
    /// them had the outputs.
    NotAsked,
}

/// Floats with NaN and infinity, which JSON has not, as strings.
mod lossless {
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Text(String),
    }

    pub(super) fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        if value.is_finite() {
            to.serialize_f64(*value)
        } else {
            to.collect_str(value)
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        match Written::deserialize(from)? {
            Written::Number(value) => Ok(value),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_survives_json() {
        let mismatch = Mismatch {
            kind: MismatchKind::Value,
            buffer: "c".into(),
            index: 7,
            expected: 1.0,
            actual: f64::NAN,
            tolerated: 1e-6,
            count: 1,
            of: 8,
        };
        let text = serde_json::to_string(&mismatch).expect("serializes");
        let back: Mismatch = serde_json::from_str(&text).expect("reads back");
        assert!(back.actual.is_nan());
    }
}
