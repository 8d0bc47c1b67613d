//! The worst of many compared elements.

use crate::kit::{Mismatch, MismatchKind, Scalar};
use crate::plan::TolerancePlan;

use super::tensor::rounded;

/// Keeps count of wrong elements and remembers the worst. Merges in any order
/// to the same result, so that threads may share the work.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Worst {
    worst: Option<Element>,
    /// Wrong elements.
    pub(super) count: u64,
    /// Elements compared.
    pub(super) of: u64,
    /// Whether zero would have been wrong somewhere.
    tells_zeros: bool,
    /// The greatest value that was expected, but zero.
    greatest: Option<Element>,
}

/// One wrong element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    index: u64,
    expected: f64,
    actual: f64,
    tolerated: f64,
}

impl Element {
    /// How far beyond the tolerance: NaN is beyond everything, infinity beyond
    /// everything finite.
    fn excess(&self) -> f64 {
        if self.actual.is_nan() {
            return f64::INFINITY;
        }
        let excess = (self.actual - self.expected).abs() - self.tolerated;
        if excess.is_finite() { excess } else { f64::MAX }
    }

    fn mismatch(self, kind: MismatchKind, buffer: &str, count: u64, of: u64) -> Mismatch {
        Mismatch {
            kind,
            buffer: buffer.to_owned(),
            index: self.index,
            place: None,
            integer: false,
            expected: self.expected,
            actual: self.actual,
            tolerated: self.tolerated,
            count,
            of,
        }
    }
}

impl Worst {
    /// Compares one element. Right is only what is finite and provably within
    /// the tolerance, so NaN on either side, or as the tolerance, is wrong. Infinity is wrong even
    /// where it is expected: WGSL lets an implementation assume that there is
    /// none (section 15.7), so no kernel can be relied on to write it.
    pub(super) fn see(&mut self, index: usize, expected: f64, actual: f64, tolerated: f64) {
        if expected != 0.0 && !self.tells_zeros {
            let zero_is_right = expected.abs() <= tolerated;
            self.tells_zeros = !zero_is_right;
            self.reach(Element {
                index: index as u64,
                expected,
                actual,
                tolerated,
            });
        }
        let finite = actual.is_finite() && expected.is_finite();
        let right = finite && (actual - expected).abs() <= tolerated;
        self.count_as(right, index, expected, actual, tolerated);
    }

    /// Counts one element that was compared elsewhere.
    pub(super) fn count_as(
        &mut self,
        right: bool,
        index: usize,
        expected: f64,
        actual: f64,
        tolerated: f64,
    ) {
        self.of += 1;
        if right {
            return;
        }
        self.count += 1;
        self.keep(Element {
            index: index as u64,
            expected,
            actual,
            tolerated,
        });
    }

    fn keep(&mut self, new: Element) {
        let worse = match &self.worst {
            None => true,
            Some(old) => {
                let (old_excess, new_excess) = (old.excess(), new.excess());
                new_excess > old_excess || (new_excess == old_excess && new.index < old.index)
            }
        };
        if worse {
            self.worst = Some(new);
        }
    }

    fn reach(&mut self, new: Element) {
        let greater = self.greatest.is_none_or(|old| {
            let (old_size, new_size) = (old.expected.abs(), new.expected.abs());
            new_size > old_size || (new_size == old_size && new.index < old.index)
        });
        if greater {
            self.greatest = Some(new);
        }
    }

    /// Both together.
    pub(super) fn merge(mut self, other: Self) -> Self {
        self.count += other.count;
        self.of += other.of;
        if let Some(element) = other.worst {
            self.keep(element);
        }
        self.tells_zeros |= other.tells_zeros;
        if let Some(element) = other.greatest {
            self.reach(element);
        }
        self
    }

    /// Nothing wrong, or the mismatch of an output. A tolerance of the spec's
    /// that zeros would have met as well has proven nothing. (A built-in
    /// reference's own is a bound on rounding errors, and stands as it is.)
    pub(super) fn judged(self, plan: TolerancePlan, name: &str) -> Result<(), Mismatch> {
        let lax = match plan {
            TolerancePlan::Bound { .. } => self.greatest.filter(|_| !self.tells_zeros),
            TolerancePlan::Exact | TolerancePlan::Reference => None,
        };
        let of = self.of;
        self.verdict(MismatchKind::Value, name)?;
        match lax {
            None => Ok(()),
            Some(element) => Err(element.mismatch(MismatchKind::TooTolerant, name, of, of)),
        }
    }

    /// Nothing wrong, or the mismatch of a buffer.
    pub(super) fn verdict(self, kind: MismatchKind, buffer: &str) -> Result<(), Mismatch> {
        match self.worst {
            None => Ok(()),
            Some(element) => Err(element.mismatch(kind, buffer, self.count, self.of)),
        }
    }
}

/// How one output is compared: the spec's tolerance, or the reference's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// What the spec says.
    pub(super) plan: TolerancePlan,
    /// Type of the output, to which an exact expectation is rounded.
    pub(super) scalar: Scalar,
}

impl Rule {
    /// What to expect, and the difference to tolerate, where the reference
    /// says `expected` within `own`.
    pub(super) fn apply(self, expected: f64, own: f64) -> (f64, f64) {
        match self.plan {
            TolerancePlan::Exact => (rounded(self.scalar, expected), 0.0),
            TolerancePlan::Bound { relative, absolute } => {
                (expected, absolute + relative * expected.abs())
            }
            TolerancePlan::Reference => (expected, own),
        }
    }
}

/// What rounding a result to its output's type may cost: nothing for f32,
/// whose rounding the reference's own tolerance holds already; half a unit in
/// the last place for f16, `2^-11 |x|`, and `2^-25` among its subnormals.
pub(super) fn storage_rounding(scalar: Scalar, value: f64) -> f64 {
    const HALF_SUBNORMAL_STEP: f64 = 1.0 / (1_u64 << 25) as f64;
    match scalar {
        Scalar::F16 => value.abs() * UNIT_F16 + HALF_SUBNORMAL_STEP,
        Scalar::F32 | Scalar::U32 | Scalar::I32 => 0.0,
    }
}

/// Unit roundoff of f32, 2^-24.
///
/// Source: IEEE 754, binary32 has 24 significant bits.
pub(super) const UNIT_F32: f64 = 1.0 / (1_u64 << 24) as f64;

/// Unit roundoff of f16, 2^-11.
///
/// Source: IEEE 754, binary16 has 11 significant bits.
pub(super) const UNIT_F16: f64 = 1.0 / (1_u64 << 11) as f64;
