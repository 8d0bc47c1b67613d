//! How a case came to its verdict: what it was compared with, and what each
//! look said.

use serde::{Deserialize, Serialize};

use crate::kit::{Nanos, Ratio};
use crate::stats::{Change, Spent};
use crate::verdict::BaselineOutcome;

/// All of it, for `gate explain`; empty where there was nothing to compare
/// with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Reasoning {
    /// Rounds that it was compared with.
    pub before: Vec<BeforeRound>,
    /// The recordings that those belong to.
    pub recordings: Vec<RecordingReport>,
    /// Hash of the WGSL that was compared with, where it is known.
    pub code: Option<String>,
    /// Each look that could have decided, the first one first.
    pub looks: Vec<LookReport>,
    /// What these rounds promise of further ones.
    pub outlook: Option<Outlook>,
}

/// One round that was compared with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BeforeRound {
    /// The recording that it belongs to.
    pub recording: u32,
    /// Location.
    pub time: Nanos,
    /// Relative spread of its samples.
    pub spread: Ratio,
    /// How many samples.
    pub samples: usize,
}

/// Where rounds come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecordingReport {
    /// Number that rounds refer to.
    pub id: u32,
    /// When, in RFC 3339.
    pub time: String,
    /// Commit of the project.
    pub commit: Option<String>,
    /// Why it was recorded, as the person said.
    pub reason: Option<String>,
}

/// One look at the rounds so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LookReport {
    /// Rounds of this run that there were.
    pub rounds: usize,
    /// The change, with the interval that this look's share of the confidence
    /// gives.
    pub change: Change,
    /// What it said; none undecided is followed by another look.
    pub outcome: BaselineOutcome,
    /// How much of the confidence was used up by it; none in reports of before
    /// that was told.
    #[serde(default)]
    pub spent: Option<Spent>,
}

/// What rounds as noisy as these can show.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Outlook {
    /// The most rounds of a run that are thought of.
    pub rounds: usize,
    /// The smallest slowdown that they tell from none, 19 times in 20.
    pub detectable: Ratio,
    /// The smallest limit that an unchanged case passes in them, 19 times in
    /// 20.
    pub honoured: Ratio,
    /// How many rounds, looked at once, would decide the change as it was
    /// estimated; none where no number of them would.
    pub to_tell: Option<usize>,
}
