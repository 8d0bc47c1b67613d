//! The looks of a run against a revision: after each round, what the pairs
//! say of every case. As with baselines, a decision stands once it is made.

use crate::kit::Nanos;
use crate::run::Job;
use crate::stats::{Change, Decision, Design, PairedRounds, compare_pairs, decide};
use crate::verdict::{PairedEvidence, PairedOutcome, PairedRound};

use super::against::{Pairing, Partner};
use super::measuring::CaseOutcome;

/// What it takes to judge the pairs of one suite.
#[derive(Clone)]
pub(super) struct PairJudging<'a> {
    pairing: &'a Pairing,
    jobs: &'a [Job],
    design: Design,
    settled: Vec<Option<(Decision, Change)>>,
    latest: Vec<Option<Change>>,
}

impl<'a> PairJudging<'a> {
    pub(super) fn new(pairing: &'a Pairing, jobs: &'a [Job], design: Design) -> Self {
        Self {
            pairing,
            jobs,
            design,
            settled: vec![None; jobs.len()],
            latest: vec![None; jobs.len()],
        }
    }

    /// One look after a round: which cases need no more. Controls go on for
    /// as long as there is a case to control, and no longer.
    pub(super) fn look(&mut self, outcomes: &[CaseOutcome]) -> Vec<bool> {
        self.compare(outcomes);
        let done: Vec<bool> = (0..outcomes.len())
            .map(|index| {
                let outcome = &outcomes[index];
                let enough =
                    outcome.rounds.len() >= self.jobs[index].case.limits.min_rounds as usize;
                let open = self.pairing.partners[index].before().is_some()
                    && outcome.other.is_usable()
                    && self.settled[index].is_none();
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

    /// Judges every pair that was timed, all at once.
    fn compare(&mut self, outcomes: &[CaseOutcome]) {
        let mut indices = Vec::new();
        let mut cases = Vec::new();
        for (index, outcome) in outcomes.iter().enumerate() {
            let rounds = rounds(outcome);
            let (Some(first), Some(pair)) = (outcome.rounds.first(), rounds.first()) else {
                continue;
            };
            let limits = self.jobs[index].case.limits;
            cases.push(PairedRounds {
                changes: rounds.iter().map(|round| round.change).collect(),
                time: pair.before,
                tick: first.tick(),
                planned: (limits.min_rounds as usize, limits.max_rounds as usize),
            });
            indices.push(index);
        }
        for ((index, case), change) in indices
            .into_iter()
            .zip(&cases)
            .zip(compare_pairs(&cases, &self.design))
        {
            let Ok(change) = change else { continue };
            self.latest[index] = Some(change);
            let limits = self.jobs[index].case.limits;
            let decision = decide(&change, limits.slowdown);
            if case.changes.len() >= limits.min_rounds as usize
                && self.settled[index].is_none()
                && decision != Decision::Continue
            {
                self.settled[index] = Some((decision, change));
            }
        }
    }

    /// What the revision says of a case: at the look that settled it, or at
    /// the last one.
    pub(super) fn evidence(&self, index: usize, outcome: &CaseOutcome) -> PairedEvidence {
        let enough = rounds(outcome).len() >= self.jobs[index].case.limits.min_rounds as usize;
        let latest = self.latest[index].filter(|_| enough);
        let (decided, change) = match self.settled[index] {
            Some((decision, change)) => (Some(decision), Some(change)),
            None => (None, latest),
        };
        let outcome_of_pair = match &self.pairing.partners[index] {
            Partner::Added => PairedOutcome::Added,
            Partner::Unusable(why) => PairedOutcome::Unusable { why: why.clone() },
            Partner::Unchanged { control, .. } => PairedOutcome::Unchanged { control: *control },
            Partner::Changed(_) => match (outcome.other.why_not(), decided) {
                (Some(why), _) => PairedOutcome::Unusable { why },
                (None, Some(Decision::Slower)) => PairedOutcome::Slower,
                (None, Some(Decision::Faster)) => PairedOutcome::Faster,
                (None, Some(Decision::Pass)) => PairedOutcome::Pass,
                (None, Some(Decision::Continue) | None) => PairedOutcome::Undecided,
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

    /// What a case took at the revision: the geometric mean of its rounds.
    pub(super) fn typical(&self, outcome: &CaseOutcome) -> Option<Nanos> {
        let rounds = rounds(outcome);
        let logs: f64 = rounds.iter().map(|round| round.before.0.ln()).sum();
        (!rounds.is_empty()).then(|| Nanos((logs / rounds.len() as f64).exp()))
    }
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
