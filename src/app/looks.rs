//! The looks of a comparison with a baseline: what the rounds so far say of
//! every case. A decision stands once it is made: a later look, with its own
//! share of the confidence, does not take it back.
//!
//! Whoever has the rounds may look: a check while it measures, and whoever
//! judges again from reports.

use crate::kit::{Nanos, Ratio};
use crate::report::{LookReport, Outlook};
use crate::stats::{
    CaseRounds, Change, Comparison, Design, Located, Precision, Rounds, common_shift, spent,
};
use crate::verdict::{
    BaselineEvidence, BaselineOutcome, Environment, Incomparable, baseline_outcome,
};

use super::assemble::no_baseline;
use super::reasoning::outlook;

/// The recording number of this run: no stored one has it.
const THIS_RUN: u32 = u32::MAX;

/// What a case is compared with, and how it may be looked at.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    /// The baseline's rounds; none where there is no baseline.
    pub(super) before: Option<Vec<Located>>,
    /// Rounds at the first look and at the last.
    pub(super) planned: (usize, usize),
    /// The tolerated slowdown.
    pub(super) limit: Ratio,
    /// What else changed since the baseline.
    pub(super) labels: Vec<String>,
    /// Whether the baseline is of the same WGSL.
    pub(super) same_code: bool,
}

/// What there is of a case at a look.
#[derive(Clone, Debug)]
pub(super) enum Now {
    /// No round yet.
    Nothing,
    /// Rounds that cannot be compared, and why.
    Incomparable(Incomparable),
    /// Rounds, each with its location, and what the clock resolves in one.
    Rounds(Vec<Nanos>, Nanos),
}

/// All looks so far.
#[derive(Clone)]
pub(super) struct Looks {
    cases: Vec<Compared>,
    design: Design,
    settled: Vec<Option<BaselineEvidence>>,
    latest: Vec<BaselineEvidence>,
    /// Looks that could have settled a case, up to the one that did.
    looks: Vec<Vec<LookReport>>,
    /// The noise of each case as of the last look.
    precisions: Vec<Option<Precision>>,
}

impl Looks {
    /// No look yet.
    pub(super) fn new(cases: Vec<Compared>, design: Design) -> Self {
        Self {
            settled: vec![None; cases.len()],
            latest: cases.iter().map(|case| no_baseline(case.limit)).collect(),
            looks: vec![Vec::new(); cases.len()],
            precisions: vec![None; cases.len()],
            cases,
            design,
        }
    }

    /// One look: compares every case that can be compared, all at once.
    pub(super) fn look(&mut self, now: &[Now]) {
        let mut indices = Vec::new();
        let mut rounds = Vec::new();
        for (index, now) in now.iter().enumerate() {
            let case = &self.cases[index];
            let Some(before) = &case.before else {
                continue;
            };
            match now {
                Now::Nothing => {}
                Now::Incomparable(why) => {
                    let why = why.clone();
                    self.latest[index].outcome = BaselineOutcome::Incomparable { why };
                }
                Now::Rounds(times, tick) => {
                    indices.push(index);
                    rounds.push(CaseRounds {
                        before: before.clone(),
                        now: times
                            .iter()
                            .map(|time| Located {
                                recording: THIS_RUN,
                                location: *time,
                            })
                            .collect(),
                        tick: *tick,
                        planned: case.planned,
                    });
                }
            }
        }
        let comparison = Comparison::of(&rounds, &self.design);
        for (index, found) in indices.iter().zip(comparison.precisions()) {
            self.precisions[*index] = found.ok();
        }
        let open: Vec<Option<Ratio>> = indices
            .iter()
            .zip(&rounds)
            .map(|(&index, rounds)| {
                let case = &self.cases[index];
                let enough = rounds.now.len() >= case.planned.0;
                (enough && self.settled[index].is_none()).then_some(case.limit)
            })
            .collect();
        let slower = |settled: &&BaselineEvidence| settled.outcome == BaselineOutcome::Slower;
        let found = self.settled.iter().flatten().filter(slower).count();
        let changes = comparison.step_down(&open, found);
        for ((index, rounds), change) in indices.into_iter().zip(&rounds).zip(changes) {
            let Ok(change) = change else {
                self.latest[index] = self.unsettled(index);
                continue;
            };
            let evidence = self.evidence(index, change);
            let measured = rounds.now.len();
            if measured >= self.cases[index].planned.0 && self.settled[index].is_none() {
                self.note_look(index, measured, &evidence);
                if evidence.outcome != BaselineOutcome::Undecided {
                    self.settled[index] = Some(evidence.clone());
                }
            }
            self.latest[index] = evidence;
        }
    }

    /// Keeps a look for the report; rounds that did not grow are no new look.
    fn note_look(&mut self, index: usize, rounds: usize, evidence: &BaselineEvidence) {
        let case = &self.cases[index];
        let before = case.before.as_ref().map_or(0, Vec::len);
        let spent = spent(&self.design, before, case.planned, rounds);
        let looks = &mut self.looks[index];
        looks.retain(|look| look.rounds < rounds);
        if let Some(change) = evidence.change {
            looks.push(LookReport {
                rounds,
                change,
                outcome: evidence.outcome.clone(),
                spent: Some(spent),
            });
        }
    }

    /// Whether a case with so many rounds needs no more.
    pub(super) fn is_decided(&self, index: usize, rounds: usize) -> bool {
        rounds >= self.cases[index].planned.0
            && (self.settled[index].is_some()
                || self.latest[index].outcome != BaselineOutcome::Undecided)
    }

    /// What the baseline said of a case: at the look that settled it, or at
    /// the last one. A run that ended before a case had its fewest rounds
    /// never came to a look that its confidence pays for: nothing is claimed
    /// then.
    pub(super) fn baseline(&self, index: usize) -> BaselineEvidence {
        if let Some(settled) = &self.settled[index] {
            return settled.clone();
        }
        let latest = self.latest[index].clone();
        match latest.outcome {
            BaselineOutcome::None
            | BaselineOutcome::Incomparable { .. }
            | BaselineOutcome::Undecided => latest,
            BaselineOutcome::Pass | BaselineOutcome::Slower | BaselineOutcome::Faster => {
                self.unsettled(index)
            }
        }
    }

    /// A baseline that could be compared, and too few rounds to do so.
    fn unsettled(&self, index: usize) -> BaselineEvidence {
        let case = &self.cases[index];
        BaselineEvidence {
            outcome: BaselineOutcome::Undecided,
            change: None,
            limit: case.limit,
            labels: case.labels.clone(),
        }
    }

    fn evidence(&self, index: usize, change: Change) -> BaselineEvidence {
        let case = &self.cases[index];
        BaselineEvidence {
            // Rounds that the plan still allows are the schedule's matter.
            outcome: baseline_outcome(&change, case.limit, false)
                .unwrap_or(BaselineOutcome::Undecided),
            change: Some(change),
            limit: case.limit,
            labels: case.labels.clone(),
        }
    }

    /// The looks of a case that could have settled it.
    pub(super) fn looks(&self, index: usize) -> Vec<LookReport> {
        self.looks[index].clone()
    }

    /// What rounds as noisy as these can show.
    pub(super) fn outlook(&self, index: usize) -> Option<Outlook> {
        let case = &self.cases[index];
        let plan = Rounds {
            before: case.before.as_ref().map_or(0, Vec::len),
            first: case.planned.0,
            last: case.planned.1,
        };
        let evidence = self.baseline(index);
        self.precisions[index].map(|known| outlook(&known, plan, evidence.change, evidence.limit))
    }

    /// Cases that the comparison found slower than their limit allows.
    pub(super) fn slower(&self) -> Vec<usize> {
        (0..self.cases.len())
            .filter(|index| self.baseline(*index).outcome == BaselineOutcome::Slower)
            .collect()
    }

    /// Whether the machine moved since the baseline: what the changes of those
    /// of these cases that have the same code have in common.
    pub(super) fn environment(&self, cases: impl IntoIterator<Item = usize>) -> Environment {
        let mut changes = Vec::new();
        let mut what: Vec<&String> = Vec::new();
        for index in cases {
            let evidence = self.settled[index].as_ref().unwrap_or(&self.latest[index]);
            if let (true, Some(change)) = (self.cases[index].same_code, &evidence.change) {
                changes.push(change);
                what.extend(
                    evidence
                        .labels
                        .iter()
                        .filter(|label| !label.starts_with("tick")),
                );
            }
        }
        what.sort();
        what.dedup();
        match common_shift(&changes) {
            None => Environment::Steady,
            Some(by) if what.is_empty() => Environment::Shifted {
                by,
                what: "the machine itself: clocks, temperature, or what else runs on it".into(),
            },
            Some(by) => Environment::Shifted {
                by,
                what: what
                    .iter()
                    .map(|label| label.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            },
        }
    }
}
