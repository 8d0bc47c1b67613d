//! Whether outputs are right, and if not, where and how.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Element;

/// What kind of wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// An element that the WGSL reference never wrote, so that nothing says
    /// what is right.
    ReferenceUnwritten,
    /// Nothing that the stage writes could be compared with anything.
    Unjudged,
    /// The spec's tolerance would take an output of zeros for right, and the
    /// reference is not all zero.
    TooTolerant,
    /// A run on what the run before left in a buffer that is read and written,
    /// and not restored, is wrong: what is timed is other work.
    Repeated,
    /// An output comes out otherwise where something else stood in an output
    /// before: what is timed may be other work.
    Leftover,
}

/// The worst wrong element of one buffer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Mismatch {
    /// What kind of wrong.
    pub kind: MismatchKind,
    /// The buffer, with its stage before a dot in a pipeline.
    pub buffer: String,
    /// Index of the component, counted in scalars.
    pub index: u64,
    /// The same place by the buffer's extents, such as `[3, 17]`, or
    /// `[3, 17].y` in a vector; none where `index` says it all. Of
    /// a tolerance that proves nothing, where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Whether the buffer holds integers.
    #[serde(default)]
    pub integer: bool,
    /// The value that was expected.
    #[serde(with = "lossless")]
    #[cfg_attr(test, schemars(with = "FloatOrText"))]
    pub expected: f64,
    /// The value that the kernel wrote.
    #[serde(with = "lossless")]
    #[cfg_attr(test, schemars(with = "FloatOrText"))]
    pub actual: f64,
    /// The difference that was tolerated there.
    #[serde(with = "lossless")]
    #[cfg_attr(test, schemars(with = "FloatOrText"))]
    pub tolerated: f64,
    /// How many elements are wrong.
    pub count: u64,
    /// Of how many that were compared.
    pub of: u64,
}

impl Mismatch {
    /// Says the place by a buffer's extents, and whether it holds integers.
    #[must_use]
    pub fn within(self, shape: &[u64], element: Element) -> Self {
        if self.kind == MismatchKind::TooTolerant {
            return Self {
                integer: !element.scalar.is_float(),
                ..self
            };
        }
        let lanes = u64::from(element.lanes.max(1));
        let mut rest = self.index / lanes;
        let mut extents: Vec<String> = Vec::with_capacity(shape.len());
        for (dimension, extent) in shape.iter().enumerate().rev() {
            // What lies behind the end counts on in the first extent.
            let last = dimension == 0;
            let part = if last { rest } else { rest % (*extent).max(1) };
            rest /= (*extent).max(1);
            extents.push(part.to_string());
        }
        extents.reverse();
        let lane = usize::try_from(self.index % lanes)
            .ok()
            .and_then(|lane| [".x", ".y", ".z", ".w"].get(lane).copied())
            .filter(|_| lanes > 1)
            .unwrap_or_default();
        let place =
            (extents.len() > 1 || lanes > 1).then(|| format!("[{}]{lane}", extents.join(", ")));
        Self {
            place,
            integer: !element.scalar.is_float(),
            ..self
        }
    }

    /// What another run than the first made of an element.
    fn second(&self, index: &str) -> String {
        let buffer = &self.buffer;
        if self.expected.is_nan() {
            return format!("`{buffer}{index}` was not written");
        }
        let (expected, actual) = self.values();
        format!("`{buffer}{index}` is {actual}, expected {expected}")
    }

    /// What was expected and what was written. Integers are shown in full, and
    /// floats to as many digits as tell them apart, but seven at least; nine,
    /// which tell any f32 from another, where nothing is tolerated.
    fn values(&self) -> (String, String) {
        let both = |show: &dyn Fn(f64) -> String| (show(self.expected), show(self.actual));
        if self.integer {
            return both(&|value| format!("{value:.0}"));
        }
        let least = if self.tolerated == 0.0 { 9 } else { 7 };
        [least, 9, 12]
            .into_iter()
            .map(|digits| both(&|value| float(value, digits)))
            .find(|(expected, actual)| expected != actual)
            .unwrap_or_else(|| both(&|value| value.to_string()))
    }
}

/// A float to so many significant digits (seven or more), without zeros at their
/// end; with an exponent where it is large or small: `1.5`, `-7.678456`,
/// `9.71828e6`.
fn float(value: f64, digits: usize) -> String {
    if !value.is_finite() || value == 0.0 {
        return value.to_string();
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let short = |number: &str| {
        number
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    };
    match exponent.parse::<i32>() {
        // Six digits before the point at most, so that one follows it.
        Ok(exponent @ -4..6) => {
            let decimals = usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0);
            short(&format!("{value:.decimals$}"))
        }
        _ => format!("{}e{exponent}", short(mantissa)),
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            buffer,
            tolerated,
            count,
            of,
            ..
        } = self;
        let (expected, actual) = self.values();
        let index = match &self.place {
            Some(place) => place.clone(),
            None if matches!(self.kind, MismatchKind::TooTolerant) => String::new(),
            None => format!("[{}]", self.index),
        };
        match self.kind {
            MismatchKind::Value if !self.expected.is_finite() => write!(
                f,
                "`{buffer}{index}` is {actual}, where the reference says {expected}; {count} of {of} wrong; WGSL promises neither infinity nor NaN, so none is ever right: let kernel and reference write a large number instead"
            ),
            MismatchKind::Value if *tolerated == 0.0 => write!(
                f,
                "`{buffer}{index}` is {actual}, expected exactly {expected}; {count} of {of} wrong"
            ),
            MismatchKind::Value => write!(
                f,
                "`{buffer}{index}` is {actual}, expected {expected} within {tolerated:.1e}; {count} of {of} wrong"
            ),
            MismatchKind::Unwritten => write!(
                f,
                "`{buffer}{index}` was never written; {count} of {of} unwritten"
            ),
            MismatchKind::ReferenceUnwritten => write!(
                f,
                "the reference never wrote `{buffer}{index}` ({count} of {of} unwritten), so nothing says what is right there; correct the reference or its `dispatch`"
            ),
            MismatchKind::Unjudged => write!(
                f,
                "nothing judges `{buffer}`: its reference computes none of what it writes; give it an output that the reference writes too"
            ),
            MismatchKind::TooTolerant => {
                write!(
                    f,
                    "the tolerance of `{buffer}` takes an output of zeros for right, so nothing is verified: the reference's greatest value is {expected}, and {tolerated:.1e} is tolerated there; tighten `tolerance`"
                )?;
                match &self.place {
                    Some(place) => write!(f, ", at {place}"),
                    None => Ok(()),
                }
            }
            MismatchKind::Repeated => write!(
                f,
                "a later run, on what earlier ones left behind, is wrong: {}; {count} of {of} wrong; the runs that are timed would be other work than what was verified: leave out `reset`, which restores what is under `inout` before each run, or let kernel and reference agree on later runs",
                self.second(&index)
            ),
            MismatchKind::Leftover => write!(
                f,
                "what an earlier run left in an output changes what the next one does: {}; {count} of {of} differ; a kernel writes its outputs whole and reads none of them before: declare what it carries on under `inout`, where it is restored before each run",
                self.second(&index)
            ),
            MismatchKind::GuardTouched => {
                write!(f, "`{buffer}` was written {count} words past its end")
            }
            MismatchKind::InputChanged => write!(
                f,
                "input `{buffer}{index}` was changed from {expected} to {actual}"
            ),
            MismatchKind::NotDeterministic => write!(
                f,
                "`{buffer}{index}` differs from run to run ({expected}, then {actual}), and the kernel declares `deterministic: true`"
            ),
        }
    }
}

/// What verification found for one case and variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Correctness {
    /// All outputs within tolerance.
    Right {
        /// Whether two runs gave the same bits.
        repeatable: bool,
        /// Compared with a reference in WGSL, at the precision of its types, and
        /// not in f64.
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

/// How [`lossless`] writes a float, for the published JSON Schema.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "it is described, and never made")]
enum FloatOrText {
    /// A finite number.
    Number(f64),
    /// `NaN`, `inf` or `-inf`.
    Text(String),
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
            place: None,
            integer: false,
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

    fn at(index: u64, shape: &[u64], element: &str) -> Mismatch {
        let mismatch = Mismatch {
            kind: MismatchKind::Value,
            buffer: "y".into(),
            index,
            place: None,
            integer: false,
            expected: 4_292_148_797.0,
            actual: 9_718_280.0,
            tolerated: 0.0,
            count: 1,
            of: 8,
        };
        mismatch.within(shape, Element::parse(element).expect("an element"))
    }

    #[test]
    fn what_a_later_run_does_otherwise_is_told_with_its_cure() {
        let of = |kind, expected| Mismatch {
            kind,
            expected,
            ..at(17, &[2, 16], "f32")
        };
        let written = of(MismatchKind::Repeated, 2.0).to_string();
        assert!(
            written.contains("later run") && written.contains("`y[1, 1]` is 9.71828e6, expected 2"),
            "{written}"
        );
        let left = of(MismatchKind::Leftover, f64::NAN).to_string();
        assert!(
            left.contains("`y[1, 1]` was not written") && left.contains("`inout`"),
            "{left}"
        );
        let lax = Mismatch {
            place: Some("specs/a.yaml:3:5".into()),
            tolerated: 1e10,
            ..of(MismatchKind::TooTolerant, 2.0)
        };
        assert_eq!(
            lax.within(&[2, 16], Element::parse("f32").expect("an element"))
                .to_string(),
            "the tolerance of `y` takes an output of zeros for right, so nothing is verified: the reference's greatest value is 2, and 1.0e10 is tolerated there; tighten `tolerance`, at specs/a.yaml:3:5"
        );
    }

    #[test]
    fn floats_are_shown_to_the_digits_that_tell_them_apart() {
        let shown = |actual, expected| {
            let mismatch = Mismatch {
                actual,
                expected,
                tolerated: 1e-6,
                ..at(0, &[8], "f32")
            };
            let (expected, actual) = mismatch.values();
            format!("{actual} {expected}")
        };
        assert_eq!(shown(-7.678_455_829_620_361, 1.5), "-7.678456 1.5");
        assert_eq!(shown(0.000_123_456_78, 20.0), "0.0001234568 20");
        assert_eq!(shown(0.000_012, 123_456.75), "1.2e-5 123456.8");
        assert_eq!(shown(1.0, 1.000_000_01), "1 1.00000001");
        assert_eq!(shown(1.0, 1.0 + f64::EPSILON), "1 1.0000000000000002");
        assert_eq!(shown(9_999_999.9, 0.0), "1e7 0");
        assert_eq!(shown(f64::NAN, f64::NEG_INFINITY), "NaN -inf");
    }

    #[test]
    fn integers_are_shown_whole_and_places_by_extents() {
        assert_eq!(
            at(767, &[1_280], "u32").to_string(),
            "`y[767]` is 9718280, expected exactly 4292148797; 1 of 8 wrong"
        );
        // 4322 = 12 * 333 + 326.
        assert_eq!(
            at(4_322, &[17, 333], "f32").to_string(),
            "`y[12, 326]` is 9.71828e6, expected exactly 4.2921488e9; 1 of 8 wrong"
        );
        // Scalar 23 of rows of five vec3: element 7 is [1, 2], lane 2.
        assert_eq!(
            at(23, &[2, 5], "vec3<f32>").place.as_deref(),
            Some("[1, 2].z")
        );
        // Ten words behind an end of [2, 5] lie in a third row.
        assert_eq!(at(11, &[2, 5], "f32").place.as_deref(), Some("[2, 1]"));
    }
}
