//! When the comparison with a baseline has come to an end.

use crate::kit::Ratio;
use crate::stats::{Change, Decision, decide};

use super::BaselineOutcome;

/// What a change says of the tolerated slowdown; none where it says nothing
/// yet and more rounds may still come.
#[must_use]
pub fn baseline_outcome(change: &Change, limit: Ratio, more: bool) -> Option<BaselineOutcome> {
    match decide(change, limit) {
        Decision::Slower => Some(BaselineOutcome::Slower),
        Decision::Faster => Some(BaselineOutcome::Faster),
        Decision::Pass => Some(BaselineOutcome::Pass),
        Decision::Continue if more => None,
        Decision::Continue => Some(BaselineOutcome::Undecided),
    }
}
