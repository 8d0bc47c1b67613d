//! What is known of a case, each line on its own.

use serde::{Deserialize, Serialize};

use crate::kit::{Correctness, Lost, Nanos, Place, Ratio};
use crate::stats::Change;

/// Whether the device could have done the work in that time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Plausibility {
    /// It could.
    Plausible,
    /// The data fits in the cache, so memory's ceiling does not apply.
    CacheResident,
    /// Not judged: software adapter, no work model, or no ceilings.
    NotJudged,
    /// The whole interval lies 15 % or more beyond the ceiling.
    FasterThanPhysics {
        /// The least time by the ceiling.
        least: Nanos,
        /// The measured time's upper end.
        measured: Nanos,
        /// `read`, `copy`, `FMA` or `cooperative matrix`.
        ceiling: String,
    },
}

/// What a range said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RangeOutcome {
    /// Within.
    Within,
    /// Better than the range: information, so that it can be tightened.
    Faster,
    /// Worse than the range.
    Slower,
}

/// One range that applies on this hardware.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RangeEvidence {
    /// The class of hardware.
    pub class: String,
    /// `time`, `tokens/s`, `GFLOP/s` or `GB/s`.
    pub quantity: String,
    /// The range as text, such as `1-3 ms`.
    pub range: String,
    /// The measured value as text.
    pub measured: String,
    /// What it said.
    pub outcome: RangeOutcome,
    /// Where it is written.
    pub place: Place,
}

/// Why a stored baseline cannot be compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Incomparable {
    /// Times were taken in another way.
    Method {
        /// The baseline's.
        before: String,
        /// This run's.
        now: String,
    },
    /// Checked against unchecked.
    Checks,
}

/// What the comparison with the baseline said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum BaselineOutcome {
    /// There is none for this case on this device.
    None,
    /// There is one that cannot be compared.
    Incomparable {
        /// Why.
        why: Incomparable,
    },
    /// The whole interval lies below the tolerated slowdown.
    Pass,
    /// The whole interval lies above it.
    Slower,
    /// The whole interval lies below no change at all.
    Faster,
    /// Neither, after all rounds that the limits allow.
    Undecided,
}

/// The baseline's line of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BaselineEvidence {
    /// What it said.
    pub outcome: BaselineOutcome,
    /// The change, where it could be compared.
    pub change: Option<Change>,
    /// The tolerated slowdown.
    pub limit: Ratio,
    /// What else changed since: `driver 535 -> 580`, `wgpu 29 -> 30`.
    pub labels: Vec<String>,
}

/// What the comparison with another version in the same processes said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum PairedOutcome {
    /// The revision does not have the case.
    Added,
    /// The revision has it, and it cannot be timed there.
    Unusable {
        /// Why.
        why: String,
    },
    /// The code, and what it is given, is the revision's.
    Unchanged {
        /// It was timed all the same, as a negative control.
        control: bool,
    },
    /// The whole interval lies below the tolerated slowdown.
    Pass,
    /// The whole interval lies above it.
    Slower,
    /// The whole interval lies below no change at all.
    Faster,
    /// Neither, after all rounds that the limits allow.
    Undecided,
}

/// One round of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PairedRound {
    /// What the revision's version took.
    pub before: Nanos,
    /// What this version took.
    pub now: Nanos,
    /// The round's change: the interquartile mean of its blocks' log ratios.
    pub change: Ratio,
    /// Spread of the blocks' own log ratios: how noisy the machine was.
    pub spread: f64,
    /// Blocks of four samples, two of each version.
    pub blocks: usize,
}

/// The revision's line of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PairedEvidence {
    /// The revision, as it was asked for, with its short hash.
    pub revision: String,
    /// What it said.
    pub outcome: PairedOutcome,
    /// The change, where there is one.
    pub change: Option<Change>,
    /// The tolerated slowdown.
    pub limit: Ratio,
    /// The change is that of the CPU time, and not of what a clock reads.
    #[serde(default)]
    pub by_cpu: bool,
    /// The rounds of the pair.
    pub rounds: Vec<PairedRound>,
}

/// Whether the machine itself moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Environment {
    /// Nothing suggests it.
    Steady,
    /// Unchanged code moved by so much.
    Shifted {
        /// Common shift of cases whose code is unchanged.
        by: Ratio,
        /// What changed: driver, wgpu, clocks.
        what: String,
    },
}

/// Everything known of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Evidence {
    /// Outputs.
    pub correctness: Correctness,
    /// Physics.
    pub plausibility: Plausibility,
    /// Ranges that apply: those of the closest class that has any.
    pub ranges: Vec<RangeEvidence>,
    /// The baseline.
    pub baseline: BaselineEvidence,
    /// Another revision's version, where that was asked for; it is judged by
    /// then, and not by the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paired: Option<PairedEvidence>,
    /// The machine.
    pub environment: Environment,
    /// The loss, where the worker never answered.
    pub lost: Option<Lost>,
}

impl Evidence {
    /// The change that the case is judged by: against the revision where one
    /// was asked for, else against the baseline.
    #[must_use]
    pub fn change(&self) -> Option<&Change> {
        match &self.paired {
            Some(paired) => paired.change.as_ref(),
            None => self.baseline.change.as_ref(),
        }
    }

    /// Whether the case is faster than what it is judged by.
    #[must_use]
    pub fn is_faster(&self) -> bool {
        match &self.paired {
            Some(paired) => paired.outcome == PairedOutcome::Faster,
            None => self.baseline.outcome == BaselineOutcome::Faster,
        }
    }
}
