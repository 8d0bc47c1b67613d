//! What a change says of a limit.

use crate::kit::Ratio;

use super::Change;

/// What an interval says of a tolerated slowdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The whole interval lies above the limit.
    Slower,
    /// The whole interval lies below no change at all.
    Faster,
    /// The whole interval lies below the limit.
    Pass,
    /// It holds the limit: more rounds may tell.
    Continue,
}

/// Decides a change against the tolerated slowdown, which is zero or more.
///
/// Each claim stands on the end of the interval that was made for it: slower
/// on [`Change::low`] and faster on [`Change::top`], both at the confidence of
/// the whole invocation; pass on [`Change::high`], at that of the case. What
/// is faster has passed as well, so it is asked first.
#[must_use]
pub fn decide(change: &Change, limit: Ratio) -> Decision {
    if change.low.0 > limit.0 {
        Decision::Slower
    } else if change.top.0 < 0.0 {
        Decision::Faster
    } else if change.high.0 < limit.0 {
        Decision::Pass
    } else {
        Decision::Continue
    }
}
