//! The looks of a run against a revision: after each round, what the pairs
//! say of every case. As with baselines, a decision stands once it is made.

use crate::kit::{Nanos, Ratio};
use crate::plan::Case;
use crate::report::{LookReport, Outlook, Reasoning};
use crate::run::Job;
use crate::stats::{
    Change, Decision, Design, PairedRounds, Precision, Rounds, compare_pairs, decide,
    precision_of_pairs, spent_on_pairs,
};
use crate::verdict::{PairedEvidence, PairedOutcome, PairedRound};

use super::against::{Pairing, Partner};
use super::measuring::CaseOutcome;
use super::project::code_of_job;
use super::reasoning::outlook;

/// All looks at pairs so far.
#[derive(Clone)]
pub(super) struct PairLooks {
    /// The tolerated slowdown of each case.
    limits: Vec<Ratio>,
    design: Design,
    settled: Vec<Option<(Decision, Change)>>,
    latest: Vec<Option<Change>>,
    /// Looks that could have settled a case, up to the one that did.
    looks: Vec<Vec<LookReport>>,
    /// The noise of each case as of the last look, and its rounds at the first
    /// look and at the last.
    precisions: Vec<Option<(Precision, Rounds)>>,
}

impl PairLooks {
    /// No look yet.
    pub(super) fn new(limits: Vec<Ratio>, design: Design) -> Self {
        Self {
            settled: vec![None; limits.len()],
            latest: vec![None; limits.len()],
            looks: vec![Vec::new(); limits.len()],
            precisions: vec![None; limits.len()],
            limits,
            design,
        }
    }

    /// One look at the rounds that there are, where there are any.
    pub(super) fn look(&mut self, now: &[Option<PairedRounds>]) {
        let mut indices = Vec::new();
        let mut cases = Vec::new();
        for (index, rounds) in now.iter().enumerate() {
            if let Some(rounds) = rounds {
                indices.push(index);
                cases.push(rounds.clone());
            }
        }
        let precisions = precision_of_pairs(&cases, &self.design);
        for ((index, case), precision) in indices.iter().zip(&cases).zip(precisions) {
            let plan = Rounds::of_pairs(case.planned);
            self.precisions[*index] = precision.ok().map(|known| (known, plan));
        }
        for ((index, case), change) in indices
            .into_iter()
            .zip(&cases)
            .zip(compare_pairs(&cases, &self.design))
        {
            let Ok(change) = change else { continue };
            self.latest[index] = Some(change);
            let rounds = case.changes.len();
            if rounds >= case.planned.0 && self.settled[index].is_none() {
                let decision = decide(&change, self.limits[index]);
                let looks = &mut self.looks[index];
                // Rounds that did not grow are no new look.
                looks.retain(|look| look.rounds < rounds);
                looks.push(LookReport {
                    rounds,
                    change,
                    outcome: decision.into(),
                    spent: Some(spent_on_pairs(&self.design, case.planned, rounds)),
                });
                if decision != Decision::Continue {
                    self.settled[index] = Some((decision, change));
                }
            }
        }
    }

    /// Whether a case needs no more.
    fn is_settled(&self, index: usize) -> bool {
        self.settled[index].is_some()
    }

    /// What the revision says of a case: at the look that settled it, or, with
    /// its fewest rounds, at the last one.
    pub(super) fn said(&self, index: usize, enough: bool) -> (Option<Decision>, Option<Change>) {
        match self.settled[index] {
            Some((decision, change)) => (Some(decision), Some(change)),
            None => (None, self.latest[index].filter(|_| enough)),
        }
    }

    /// The looks of a case that could have settled it.
    pub(super) fn looks(&self, index: usize) -> Vec<LookReport> {
        self.looks[index].clone()
    }

    /// What rounds as noisy as these can show.
    pub(super) fn outlook(&self, index: usize) -> Option<Outlook> {
        let change = match self.settled[index] {
            Some((_, change)) => Some(change),
            None => self.latest[index],
        };
        self.precisions[index]
            .map(|(known, plan)| outlook(&known, plan, change, self.limits[index]))
    }
}

/// Whether pairs of a case are judged, rather than watched.
pub(super) fn is_judged(outcome: &PairedOutcome) -> bool {
    match outcome {
        PairedOutcome::Pass
        | PairedOutcome::Slower
        | PairedOutcome::Faster
        | PairedOutcome::Undecided => true,
        PairedOutcome::Added | PairedOutcome::Unusable { .. } | PairedOutcome::Unchanged { .. } => {
            false
        }
    }
}

/// What a decision on two versions of a case is called.
pub(super) fn outcome_of(decided: Option<Decision>) -> PairedOutcome {
    match decided {
        Some(Decision::Slower) => PairedOutcome::Slower,
        Some(Decision::Faster) => PairedOutcome::Faster,
        Some(Decision::Pass) => PairedOutcome::Pass,
        Some(Decision::Continue) | None => PairedOutcome::Undecided,
    }
}

/// What it takes to judge the pairs of one suite.
#[derive(Clone)]
pub(super) struct PairJudging<'a> {
    pairing: &'a Pairing,
    jobs: &'a [Job],
    looks: PairLooks,
}

impl<'a> PairJudging<'a> {
    pub(super) fn new(pairing: &'a Pairing, jobs: &'a [Job], design: Design) -> Self {
        let limits = jobs.iter().map(|job| job.case.limits.slowdown).collect();
        Self {
            pairing,
            jobs,
            looks: PairLooks::new(limits, design),
        }
    }

    /// One look after a round: which cases need no more. Controls go on for
    /// as long as there is a case to control, and no longer.
    pub(super) fn look(&mut self, outcomes: &[CaseOutcome]) -> Vec<bool> {
        let now: Vec<Option<PairedRounds>> = outcomes
            .iter()
            .zip(self.jobs)
            .map(|(outcome, job)| now(outcome, job))
            .collect();
        self.looks.look(&now);
        let done: Vec<bool> = (0..outcomes.len())
            .map(|index| {
                let outcome = &outcomes[index];
                let enough =
                    outcome.rounds.len() >= self.jobs[index].case.limits.min_rounds as usize;
                let open = self.pairing.partners[index].before().is_some()
                    && outcome.other.is_usable()
                    && !self.looks.is_settled(index);
                enough && !open
            })
            .collect();
        let is_changed =
            |index: &usize| matches!(self.pairing.partners[*index], Partner::Changed(_));
        let controlled = (0..outcomes.len())
            .filter(is_changed)
            .any(|index| !done[index] && !outcomes[index].is_lost() && !outcomes[index].is_wrong());
        (0..outcomes.len())
            .map(|index| {
                let least = self.jobs[index].case.limits.min_rounds as usize;
                let rests = !is_changed(&index) && outcomes[index].rounds.len() >= least;
                done[index] || (rests && !controlled)
            })
            .collect()
    }

    /// What the revision says of a case: at the look that settled it, or at
    /// the last one.
    pub(super) fn evidence(&self, index: usize, outcome: &CaseOutcome) -> PairedEvidence {
        let enough = rounds(outcome).len() >= self.jobs[index].case.limits.min_rounds as usize;
        let (decided, change) = self.looks.said(index, enough);
        let outcome_of_pair = match &self.pairing.partners[index] {
            Partner::Added => PairedOutcome::Added,
            Partner::Unusable(why) => PairedOutcome::Unusable { why: why.clone() },
            Partner::Unchanged { control, .. } => PairedOutcome::Unchanged { control: *control },
            Partner::Changed(_) => match outcome.other.why_not() {
                Some(why) => PairedOutcome::Unusable { why },
                None => outcome_of(decided),
            },
        };
        let compared = !matches!(outcome_of_pair, PairedOutcome::Unusable { .. });
        PairedEvidence {
            revision: self.pairing.revision.clone(),
            outcome: outcome_of_pair,
            change: change.filter(|_| compared),
            limit: self.jobs[index].case.limits.slowdown,
            by_cpu: outcome
                .rounds
                .iter()
                .any(|round| round.before.as_ref().is_some_and(|before| before.by_cpu)),
            rounds: rounds(outcome),
        }
    }

    /// The revision's version of a case, where both were to be timed.
    pub(super) fn before(&self, index: usize) -> Option<&Case> {
        Some(&self.pairing.partners[index].before()?.case)
    }

    /// How a case came to its verdict; of those that are not judged by pairs
    /// there is nothing to tell.
    pub(super) fn reasoning(&self, index: usize, outcome: &PairedOutcome) -> Reasoning {
        let Some(before) = self.pairing.partners[index].before() else {
            return Reasoning::default();
        };
        if !is_judged(outcome) {
            return Reasoning::default();
        }
        Reasoning {
            code: Some(code_of_job(before)),
            looks: self.looks.looks(index),
            outlook: self.looks.outlook(index),
            ..Reasoning::default()
        }
    }

    /// What a case took at the revision: the geometric mean of its rounds.
    pub(super) fn typical(&self, outcome: &CaseOutcome) -> Option<Nanos> {
        let rounds = rounds(outcome);
        let logs: f64 = rounds.iter().map(|round| round.before.0.ln()).sum();
        (!rounds.is_empty()).then(|| Nanos((logs / rounds.len() as f64).exp()))
    }
}

/// What there is of a case by now; none where both versions were timed in no
/// round.
fn now(outcome: &CaseOutcome, job: &Job) -> Option<PairedRounds> {
    let rounds = rounds(outcome);
    let (first, pair) = (outcome.rounds.first()?, rounds.first()?);
    let limits = job.case.limits;
    Some(PairedRounds {
        changes: rounds.iter().map(|round| round.change).collect(),
        time: pair.before,
        tick: first.tick(),
        planned: (limits.min_rounds as usize, limits.max_rounds as usize),
    })
}

/// The rounds in which both versions were timed.
fn rounds(outcome: &CaseOutcome) -> Vec<PairedRound> {
    outcome
        .rounds
        .iter()
        .filter_map(|round| {
            let before = round.before.as_ref()?;
            Some(PairedRound {
                before: before.summary.location,
                now: round.summary.location,
                change: before.pair.change,
                spread: before.pair.spread,
                blocks: before.pair.blocks,
            })
        })
        .collect()
}
