//! What reporters see: everything, and nothing else.

use serde::{Deserialize, Serialize};

use crate::kit::{CaseId, Ceilings, DeviceFacts, LeftOut, Nanos, Place, Ratio, Work};
use crate::verdict::{Evidence, Judgement, Verdict};

use super::HistoryPoint;
use super::Part;
use super::Reasoning;

/// The result of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// Version of this format.
    pub format: u32,
    /// Version of the gate.
    pub gate: String,
    /// The command: `check`, `run`, `update-baselines`. Reports of the last two
    /// judge nothing by time: what they call a case is what became of it
    /// (`right`, `recorded`).
    pub command: String,
    /// Suites judged.
    pub suites: Vec<String>,
    /// The device.
    pub device: DeviceFacts,
    /// Its classes, the closest first.
    pub classes: Vec<String>,
    /// Its ceilings.
    pub ceilings: Option<Ceilings>,
    /// Confidence of the whole invocation.
    pub confidence: f64,
    /// Seed of order and inputs.
    pub seed: u64,
    /// Rounds that were run.
    pub rounds: u32,
    /// Host time of the run.
    pub elapsed: Nanos,
    /// GPU time of the run.
    pub busy: Nanos,
    /// Cases, in plan order.
    pub cases: Vec<CaseReport>,
    /// Left-out cases, in plan order.
    pub left_out: Vec<LeftOutReport>,
    /// How many cases the filter took away.
    pub filtered: usize,
    /// The revision that was compared with; none with baselines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
    /// Which part of the plan this is; none where it is all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Remarks about the whole run, such as a fallback to wall clock or a
    /// budget that ran out.
    pub notes: Vec<String>,
    /// The run was interrupted; the cases are what was finished.
    pub interrupted: bool,
    /// Planned cases of which a run that was interrupted measured nothing.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unmeasured: usize,
    /// The exit code.
    pub exit: u8,
}

fn is_none(number: &usize) -> bool {
    *number == 0
}

/// What a revision is to the cases of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Against {
    /// As a person reads it: what was asked for, and its short hash.
    pub revision: String,
    /// Hash of the commit.
    pub commit: String,
    /// Cases whose code, or what it is given, differs.
    pub changed: usize,
    /// Cases that are the same.
    pub unchanged: usize,
    /// Cases that the revision does not have.
    pub added: Vec<CaseId>,
    /// Cases that only the revision has.
    pub removed: Vec<CaseId>,
    /// Cases that it has, and that could not be timed against.
    pub unusable: Vec<CaseId>,
    /// Unchanged cases that were timed all the same.
    pub controls: Vec<CaseId>,
    /// Of those, the ones whose interval does not hold "no change" within the
    /// limit: the machine was not steady, or the changes are off as well.
    pub alarms: Vec<CaseId>,
}

/// A rate that a case asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Rate {
    /// `GFLOP/s`, `GB/s`, `tokens/s`.
    pub unit: String,
    /// The rate.
    pub value: f64,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CaseReport {
    /// What it is.
    pub id: CaseId,
    /// Names that people gave it.
    pub names: Vec<String>,
    /// Where it is written.
    pub place: Place,
    /// Location over this run's rounds, with its interval (95 %, between
    /// rounds); none where it was not timed.
    pub time: Option<(Nanos, Nanos, Nanos)>,
    /// What its baseline says that it took; none without one.
    pub before: Option<Nanos>,
    /// Rates, the one that the case is about first.
    pub rates: Vec<Rate>,
    /// Its work.
    pub work: Work,
    /// Roofline time over measured time; none without a model or ceilings, or
    /// where launch cost dominates.
    pub roofline: Option<Ratio>,
    /// `memory`, `compute`, `cache` or `launch`.
    pub bound: Option<String>,
    /// Everything known.
    pub evidence: Evidence,
    /// The verdict.
    pub judgement: Judgement,
    /// This run's rounds.
    pub rounds: Vec<RoundReport>,
    /// Stages of a pipeline.
    pub stages: Vec<StageReport>,
    /// Its baseline's recordings, from git, the oldest first; gathered for the
    /// HTML page alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryPoint>,
    /// Host time to compile, first round.
    pub compile: Option<Nanos>,
    /// Hash of the WGSL.
    pub code: String,
    /// What it was compared with, and what each look said.
    #[serde(default)]
    pub reasoning: Reasoning,
    /// Remarks, such as `not repeatable`.
    pub notes: Vec<String>,
}

/// One round of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RoundReport {
    /// Location.
    pub time: Nanos,
    /// Relative spread of its samples.
    pub spread: Ratio,
    /// How many samples.
    pub samples: usize,
    /// Dispatches a sample.
    pub batch: u32,
    /// Whether warm-up ended because times agreed.
    pub warm: bool,
    /// Its samples' quantiles at [`QUANTILES`], each the time of one dispatch;
    /// empty where they are not known.
    #[serde(default)]
    pub quantiles: Vec<Nanos>,
}

/// The parts of a round's samples that lie at or below its quantiles: the
/// fastest sample first, the slowest last, and more of them at both ends, where
/// distributions differ.
pub const QUANTILES: [f64; 11] = [0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0];

/// One stage of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StageReport {
    /// The kernel.
    pub kernel: String,
    /// Location over this run's rounds.
    pub time: Nanos,
    /// Part of the pipeline's time.
    pub share: Ratio,
    /// What it took at the revision that was timed in turns; none where there
    /// is no such stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Nanos>,
    /// By how much it changed since that revision, with an interval (95 %,
    /// between rounds, of this stage by itself). Nothing is judged by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<(Ratio, Ratio, Ratio)>,
}

/// A case that was left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LeftOutReport {
    /// What it is.
    pub id: CaseId,
    /// Why, as data.
    pub why: LeftOut,
    /// Why, as a sentence.
    pub reason: String,
}

/// Verdicts counted: each case once, by what it came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tally {
    /// Passed against a baseline, the faster ones included.
    pub pass: usize,
    /// Of those, how many are faster.
    pub faster: usize,
    /// Passed by range.
    pub pass_by_range: usize,
    /// Slower, and it counts.
    pub slower: usize,
    /// Slower, on advisory hardware.
    pub advisory: usize,
    /// Wrong.
    pub wrong: usize,
    /// Lost.
    pub lost: usize,
    /// Undecided.
    pub undecided: usize,
    /// Of those, how many are on advisory hardware.
    #[serde(default)]
    pub undecided_advisory: usize,
    /// Ungated.
    pub ungated: usize,
    /// Left out.
    pub left_out: usize,
    /// Of all cases, how many fail the run under its policy.
    pub failing: usize,
}

impl Report {
    /// Counts the verdicts.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally {
            left_out: self.left_out.len(),
            ..Tally::default()
        };
        for case in &self.cases {
            let judgement = &case.judgement;
            tally.failing += usize::from(judgement.fails);
            let count = match judgement.verdict {
                Verdict::Wrong => &mut tally.wrong,
                Verdict::Slower if judgement.advisory => &mut tally.advisory,
                Verdict::Slower => &mut tally.slower,
                Verdict::Lost => &mut tally.lost,
                Verdict::Undecided => {
                    tally.undecided_advisory += usize::from(judgement.advisory);
                    &mut tally.undecided
                }
                Verdict::Pass => {
                    tally.faster += usize::from(case.evidence.is_faster());
                    &mut tally.pass
                }
                Verdict::PassByRange => &mut tally.pass_by_range,
                Verdict::Ungated => &mut tally.ungated,
            };
            *count += 1;
        }
        tally
    }
}
