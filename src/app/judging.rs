//! Judging while a suite is measured: after each round, what the baseline or
//! the revision says of every case.

use crate::baseline::{CaseRecord, Difference};
use crate::kit::{DeviceFacts, Method, Nanos};
use crate::report::Reasoning;
use crate::run::Job;
use crate::stats::Design;
use crate::verdict::{BaselineEvidence, Environment, Evidence, Incomparable, Policy};

use super::judging_pairs::PairJudging;
use super::looks::{Compared, Looks, Now};
use super::measuring::{CaseOutcome, Measurement};
use super::ready::Suite;
use super::reasoning::{recording, rounds_before};

/// What it takes to judge one suite.
#[derive(Clone)]
pub(super) struct Judging<'a> {
    /// The suite.
    pub(super) suite: &'a Suite,
    /// What a person allows.
    pub(super) policy: Policy,
    looks: Looks,
    /// Where a revision is compared with, and not a baseline.
    pub(super) pairs: Option<PairJudging<'a>>,
}

impl<'a> Judging<'a> {
    /// Judges a suite at the confidence of an invocation of so many cases.
    pub(super) fn new(
        suite: &'a Suite,
        policy: Policy,
        facts: &DeviceFacts,
        confidence: f64,
        cases: usize,
    ) -> Self {
        let design = Design { confidence, cases };
        Self {
            suite,
            policy,
            looks: Looks::new(compared(suite, facts), design),
            pairs: suite
                .pairing
                .as_ref()
                .map(|pairing| PairJudging::new(pairing, &suite.jobs, design)),
        }
    }

    /// What the baseline said of a case.
    pub(super) fn baseline(&self, index: usize) -> BaselineEvidence {
        self.looks.baseline(index)
    }

    /// Whether the machine moved since the baseline: what the changes of cases
    /// with the same code have in common.
    pub(super) fn environment(&self) -> Environment {
        self.looks.environment(0..self.suite.jobs.len())
    }

    /// What a case took in what it is compared with.
    pub(super) fn typical(&self, index: usize, outcome: &CaseOutcome) -> Option<Nanos> {
        if let Some(pairs) = &self.pairs {
            return pairs.typical(outcome);
        }
        record(self.suite, &self.suite.jobs[index])?.typical()
    }

    /// One look after a round: which cases need no more.
    pub(super) fn look(&mut self, outcomes: &[CaseOutcome]) -> Vec<bool> {
        if let Some(pairs) = &mut self.pairs {
            return pairs.look(outcomes);
        }
        let now: Vec<Now> = outcomes
            .iter()
            .zip(&self.suite.jobs)
            .map(|(outcome, job)| now(record(self.suite, job), job, outcome))
            .collect();
        self.looks.look(&now);
        outcomes
            .iter()
            .enumerate()
            .map(|(index, outcome)| self.looks.is_decided(index, outcome.rounds.len()))
            .collect()
    }

    /// What a case was compared with, and how.
    pub(super) fn reasoning(&self, index: usize, evidence: &Evidence) -> Reasoning {
        if let (Some(pairs), Some(paired)) = (&self.pairs, &evidence.paired) {
            return pairs.reasoning(index, &paired.outcome);
        }
        let job = &self.suite.jobs[index];
        let (Some(baselines), Some(record)) = (&self.suite.baselines, record(self.suite, job))
        else {
            return Reasoning::default();
        };
        Reasoning {
            before: rounds_before(&record.rounds),
            recordings: baselines
                .recordings
                .iter()
                .filter(|one| record.rounds.iter().any(|round| round.recording == one.id))
                .map(recording)
                .collect(),
            code: Some(record.code.clone()),
            looks: self.looks.looks(index),
            outlook: self.looks.outlook(index),
        }
    }

    /// Cases that the comparison found slower than their limit allows.
    pub(super) fn slower(&self) -> Vec<usize> {
        self.looks.slower()
    }
}

/// The baseline's record of a case.
fn record<'a>(suite: &'a Suite, job: &Job) -> Option<&'a CaseRecord> {
    suite.baselines.as_ref()?.cases.get(&job.case.id)
}

/// What each case of a suite is compared with.
fn compared(suite: &Suite, facts: &DeviceFacts) -> Vec<Compared> {
    suite
        .jobs
        .iter()
        .zip(&suite.codes)
        .map(|(job, code)| {
            let record = record(suite, job);
            let limits = job.case.limits;
            Compared {
                before: record.map(CaseRecord::located),
                planned: (limits.min_rounds as usize, limits.max_rounds as usize),
                limit: limits.slowdown,
                labels: match (&suite.baselines, record) {
                    (Some(baselines), Some(record)) => baselines.changes_since(record, facts),
                    (None, _) | (_, None) => Vec::new(),
                },
                same_code: record.is_some_and(|record| record.code == *code),
            }
        })
        .collect()
}

/// What there is of a case by now.
fn now(record: Option<&CaseRecord>, job: &Job, outcome: &CaseOutcome) -> Now {
    let (Some(record), Some(first)) = (record, outcome.rounds.first()) else {
        return Now::Nothing;
    };
    if let Some(why) = incomparable(record, job, first) {
        return Now::Incomparable(why);
    }
    let times = outcome.rounds.iter();
    Now::Rounds(
        times.map(|round| round.summary.location).collect(),
        first.tick(),
    )
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
