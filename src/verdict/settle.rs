//! When the comparison with a baseline has come to an end.

use crate::kit::Ratio;
use crate::stats::{Change, Decision, decide};

use super::BaselineOutcome;

/// What a change says of the tolerated slowdown; none where it says nothing
/// yet and more rounds may still come.
#[must_use]
pub fn baseline_outcome(change: &Change, limit: Ratio, more: bool) -> Option<BaselineOutcome> {
    match decide(change, limit) {
        Decision::Continue if more => None,
        decision => Some(decision.into()),
    }
}

impl From<Decision> for BaselineOutcome {
    /// What a decision is called where no more rounds come.
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Slower => Self::Slower,
            Decision::Faster => Self::Faster,
            Decision::Pass => Self::Pass,
            Decision::Continue => Self::Undecided,
        }
    }
}
