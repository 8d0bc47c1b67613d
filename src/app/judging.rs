//! The looks: after each round, what the baseline comparison says of every
//! case. A decision stands once it is made: a later look, with its own share
//! of the confidence, does not take it back.

use crate::baseline::{CaseRecord, Difference};
use crate::kit::{DeviceFacts, Method, Nanos, Ratio};
use crate::report::{LookReport, Reasoning};
use crate::run::Job;
use crate::stats::{
    CaseRounds, Change, Comparison, Decision, Design, Located, Precision, Rounds, common_shift,
    decide,
};
use crate::verdict::{BaselineEvidence, BaselineOutcome, Environment, Incomparable, Policy};

use super::assemble::no_baseline;
use super::judging_pairs::PairJudging;
use super::measuring::{CaseOutcome, Measurement};
use super::ready::Suite;
use super::reasoning::{outlook, recording, rounds_before};

/// The recording number of this run: no stored one has it.
const THIS_RUN: u32 = u32::MAX;

/// What it takes to judge one suite.
#[derive(Clone)]
pub(super) struct Judging<'a> {
    /// The suite.
    pub(super) suite: &'a Suite,
    /// What a person allows.
    pub(super) policy: Policy,
    facts: &'a DeviceFacts,
    confidence: f64,
    cases: usize,
    settled: Vec<Option<BaselineEvidence>>,
    latest: Vec<BaselineEvidence>,
    /// Looks that could have settled a case, up to the one that did.
    looks: Vec<Vec<LookReport>>,
    /// The noise of each case as of the last look.
    precisions: Vec<Option<Precision>>,
    /// Where a revision is compared with, and not a baseline.
    pub(super) pairs: Option<PairJudging<'a>>,
}

impl<'a> Judging<'a> {
    /// Judges a suite at the confidence of an invocation of so many cases.
    pub(super) fn new(
        suite: &'a Suite,
        policy: Policy,
        facts: &'a DeviceFacts,
        confidence: f64,
        cases: usize,
    ) -> Self {
        let latest = suite
            .jobs
            .iter()
            .map(|job| no_baseline(job.case.limits.slowdown))
            .collect();
        Self {
            suite,
            policy,
            facts,
            confidence,
            cases,
            settled: vec![None; suite.jobs.len()],
            latest,
            looks: vec![Vec::new(); suite.jobs.len()],
            precisions: vec![None; suite.jobs.len()],
            pairs: suite.pairing.as_ref().map(|pairing| {
                let design = Design { confidence, cases };
                PairJudging::new(pairing, &suite.jobs, design)
            }),
        }
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
        let job = &self.suite.jobs[index];
        BaselineEvidence {
            outcome: BaselineOutcome::Undecided,
            change: None,
            limit: job.case.limits.slowdown,
            labels: self.labels(job),
        }
    }

    /// Whether the machine moved since the baseline: what the changes of cases
    /// with the same code have in common.
    pub(super) fn environment(&self) -> Environment {
        let mut changes = Vec::new();
        let mut what: Vec<&String> = Vec::new();
        for (index, job) in self.suite.jobs.iter().enumerate() {
            let evidence = self.settled[index].as_ref().unwrap_or(&self.latest[index]);
            let same = self
                .record(job)
                .is_some_and(|record| record.code == self.suite.codes[index]);
            if let (true, Some(change)) = (same, &evidence.change) {
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

    /// What a case took in what it is compared with.
    pub(super) fn typical(&self, index: usize, outcome: &CaseOutcome) -> Option<Nanos> {
        if let Some(pairs) = &self.pairs {
            return pairs.typical(outcome);
        }
        self.record(&self.suite.jobs[index])?.typical()
    }

    /// One look after a round: which cases need no more.
    pub(super) fn look(&mut self, outcomes: &[CaseOutcome]) -> Vec<bool> {
        if let Some(pairs) = &mut self.pairs {
            return pairs.look(outcomes);
        }
        self.compare(outcomes);
        (0..outcomes.len())
            .map(|index| {
                let limits = self.suite.jobs[index].case.limits;
                let measured = outcomes[index].rounds.len();
                if measured < limits.min_rounds as usize {
                    return false;
                }
                self.settled[index].is_some()
                    || !matches!(self.latest[index].outcome, BaselineOutcome::Undecided)
            })
            .collect()
    }

    /// Compares every case that can be compared, all at once.
    fn compare(&mut self, outcomes: &[CaseOutcome]) {
        let mut indices = Vec::new();
        let mut rounds = Vec::new();
        for (index, outcome) in outcomes.iter().enumerate() {
            let job = &self.suite.jobs[index];
            let Some(record) = self.record(job) else {
                continue;
            };
            let Some(first) = outcome.rounds.first() else {
                continue;
            };
            if let Some(why) = incomparable(record, job, first) {
                self.latest[index].outcome = BaselineOutcome::Incomparable { why };
                continue;
            }
            indices.push(index);
            rounds.push(CaseRounds {
                before: record.located(),
                now: outcome
                    .rounds
                    .iter()
                    .map(|round| Located {
                        recording: THIS_RUN,
                        location: round.summary.location,
                    })
                    .collect(),
                tick: first.tick(),
                planned: (
                    job.case.limits.min_rounds as usize,
                    job.case.limits.max_rounds as usize,
                ),
            });
        }
        let design = Design {
            confidence: self.confidence,
            cases: self.cases,
        };
        let comparison = Comparison::of(&rounds, &design);
        for (index, found) in indices.iter().zip(comparison.precisions()) {
            self.precisions[*index] = found.ok();
        }
        let open: Vec<Option<Ratio>> = indices
            .iter()
            .map(|&index| {
                let limits = self.suite.jobs[index].case.limits;
                let enough = outcomes[index].rounds.len() >= limits.min_rounds as usize;
                (enough && self.settled[index].is_none()).then_some(limits.slowdown)
            })
            .collect();
        let slower = |settled: &&BaselineEvidence| settled.outcome == BaselineOutcome::Slower;
        let found = self.settled.iter().flatten().filter(slower).count();
        let changes = comparison.step_down(&open, found);
        for (index, change) in indices.into_iter().zip(changes) {
            let Ok(change) = change else {
                self.latest[index] = self.unsettled(index);
                continue;
            };
            let evidence = self.evidence(index, change);
            let measured = outcomes[index].rounds.len();
            let enough = measured >= self.suite.jobs[index].case.limits.min_rounds as usize;
            if enough && self.settled[index].is_none() {
                self.note_look(index, measured, &evidence);
            }
            if enough
                && self.settled[index].is_none()
                && !matches!(evidence.outcome, BaselineOutcome::Undecided)
            {
                self.settled[index] = Some(evidence.clone());
            }
            self.latest[index] = evidence;
        }
    }

    /// Keeps a look for the report; rounds that did not grow are no new look.
    fn note_look(&mut self, index: usize, rounds: usize, evidence: &BaselineEvidence) {
        let looks = &mut self.looks[index];
        looks.retain(|look| look.rounds < rounds);
        if let Some(change) = evidence.change {
            looks.push(LookReport {
                rounds,
                change,
                outcome: evidence.outcome.clone(),
            });
        }
    }

    /// What a case was compared with, and how.
    pub(super) fn reasoning(&self, index: usize) -> Reasoning {
        let job = &self.suite.jobs[index];
        let (Some(baselines), Some(record)) = (&self.suite.baselines, self.record(job)) else {
            return Reasoning::default();
        };
        let limits = job.case.limits;
        let plan = Rounds {
            before: record.rounds.len(),
            first: limits.min_rounds as usize,
            last: limits.max_rounds as usize,
        };
        let evidence = self.baseline(index);
        Reasoning {
            before: rounds_before(&record.rounds),
            recordings: baselines
                .recordings
                .iter()
                .filter(|one| record.rounds.iter().any(|round| round.recording == one.id))
                .map(recording)
                .collect(),
            code: Some(record.code.clone()),
            looks: self.looks[index].clone(),
            outlook: self.precisions[index].map(|known| outlook(&known, plan, &evidence)),
        }
    }

    /// Cases that the comparison found slower than their limit allows.
    pub(super) fn slower(&self) -> Vec<usize> {
        (0..self.settled.len())
            .filter(|index| self.baseline(*index).outcome == BaselineOutcome::Slower)
            .collect()
    }

    fn record(&self, job: &Job) -> Option<&CaseRecord> {
        self.suite.baselines.as_ref()?.cases.get(&job.case.id)
    }

    /// What else changed since the recordings that a case refers to.
    fn labels(&self, job: &Job) -> Vec<String> {
        match (&self.suite.baselines, self.record(job)) {
            (Some(baselines), Some(record)) => baselines.changes_since(record, self.facts),
            (None, _) | (_, None) => Vec::new(),
        }
    }

    fn evidence(&self, index: usize, change: Change) -> BaselineEvidence {
        let job = &self.suite.jobs[index];
        let limit = job.case.limits.slowdown;
        let outcome = match decide(&change, limit) {
            Decision::Pass => BaselineOutcome::Pass,
            Decision::Slower => BaselineOutcome::Slower,
            Decision::Faster => BaselineOutcome::Faster,
            Decision::Continue => BaselineOutcome::Undecided,
        };
        BaselineEvidence {
            outcome,
            change: Some(change),
            limit,
            labels: self.labels(job),
        }
    }
}

/// Why a case's record cannot be compared with this run, if so.
fn incomparable(record: &CaseRecord, job: &Job, first: &Measurement) -> Option<Incomparable> {
    let method = |method: Method, overhead: &str| format!("{method}, {overhead}");
    let raw = &first.raw;
    match record
        .comparable(raw.method, raw.overhead.name(), job.case.checks)
        .err()?
    {
        Difference::Checks { .. } => Some(Incomparable::Checks),
        Difference::Method { .. }
        | Difference::Overhead { .. }
        | Difference::Batch { .. }
        | Difference::Code => Some(Incomparable::Method {
            before: method(record.method, &record.overhead),
            now: method(raw.method, raw.overhead.name()),
        }),
    }
}
