//! The table of verdicts: the first line that holds.

use serde::{Deserialize, Serialize};

use super::{Evidence, Policy};

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Outputs are wrong, or the times are faster than physics.
    Wrong,
    /// Slower than its range or its baseline.
    Slower,
    /// Never came back.
    Lost,
    /// Not decided within the limits.
    Undecided,
    /// Not slower than its baseline.
    Pass,
    /// No comparable baseline, and within its range.
    PassByRange,
    /// Nothing to judge it by.
    Ungated,
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it fails the run under the policy.
    pub fails: bool,
    /// Slower, but on hardware whose times are advisory.
    pub advisory: bool,
    /// One sentence that says which evidence decided.
    pub reason: String,
}

/// Judges one case.
#[must_use]
pub fn judge(evidence: &Evidence, policy: &Policy) -> Judgement {
    let _ = (evidence, policy);
    Judgement {
        verdict: Verdict::Ungated,
        fails: true,
        advisory: false,
        reason: String::new(),
    }
}

/// The exit code of a run with these judgements: 3, 1, 5, 4 in this order
/// where several apply; 0 where none does; 6 where there are none.
#[must_use]
pub fn outcome(judgements: &[Judgement], policy: &Policy) -> u8 {
    let _ = (judgements, policy);
    7
}
