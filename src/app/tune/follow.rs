//! Leads the searches of a suite through its rounds.

use crate::app::interrupt;
use crate::app::measuring::{CaseOutcome, Measurement, Watch};
use crate::app::physics::is_impossible;
use crate::app::session::Known;
use crate::kit::{Correctness, Nanos};
use crate::rounds::{Entrant, Rules, Tournament};
use crate::run::Job;

use super::state::{Keeper, State};

/// All searches of a suite, and where they are kept.
pub(super) struct Follow<'a> {
    /// One for each case.
    pub(super) tournaments: Vec<Tournament>,
    /// How many candidates each case has.
    pub(super) sizes: &'a [usize],
    /// The candidates, those of a case together.
    pub(super) jobs: &'a [Job],
    /// How picks are made.
    pub(super) rules: Rules,
    /// The device.
    pub(super) known: &'a Known,
    /// Where the state is kept.
    pub(super) keeper: &'a Keeper,
    /// What it is kept by.
    pub(super) key: &'a str,
    /// Seed of order and inputs.
    pub(super) seed: u64,
    /// The next round.
    pub(super) round: u32,
    /// Why the state could not be kept, once.
    pub(super) unkept: Option<String>,
}

impl Follow<'_> {
    /// Candidates of which the next round needs nothing.
    pub(super) fn done(&self, cases: &[CaseOutcome]) -> Vec<bool> {
        self.tournaments
            .iter()
            .zip(&self.entrants(cases))
            .flat_map(|(one, entrants)| {
                (0..entrants.len()).map(|index| !one.wants(index, entrants))
            })
            .collect()
    }

    /// What is known of the candidates of each case.
    fn entrants(&self, cases: &[CaseOutcome]) -> Vec<Vec<Entrant>> {
        let mut all = cases.iter().zip(self.jobs);
        self.sizes
            .iter()
            .map(|size| {
                all.by_ref()
                    .take(*size)
                    .map(|(case, job)| Entrant {
                        rounds: case
                            .rounds
                            .iter()
                            .map(|one| (one.round, one.summary.location))
                            .collect(),
                        tick: case.rounds.first().map_or(Nanos(0.0), Measurement::tick),
                        out: why_out(job, case, self.known).is_some(),
                    })
                    .collect()
            })
            .collect()
    }

    /// Ends finals that the budget ended.
    pub(super) fn close(&mut self, cases: &[CaseOutcome]) {
        let entrants = self.entrants(cases);
        for (tournament, entrants) in self.tournaments.iter_mut().zip(&entrants) {
            tournament.close(entrants, &self.rules);
        }
        self.save(cases);
    }

    fn save(&mut self, cases: &[CaseOutcome]) {
        let state = State::of(self.key, self.seed, self.round, &self.tournaments, cases);
        if let Err(error) = self.keeper.save(&state) {
            let why = format!("this search was not kept ({error}): interrupted, it begins anew");
            self.unkept.get_or_insert(why);
        }
    }
}

impl Watch for Follow<'_> {
    fn case(&mut self, _: &[CaseOutcome]) {}

    fn round(&mut self, cases: &[CaseOutcome]) -> Vec<bool> {
        // A round that was cut short is measured again when the search goes on.
        if !interrupt::asked() {
            self.round += 1;
            let entrants = self.entrants(cases);
            for (tournament, entrants) in self.tournaments.iter_mut().zip(&entrants) {
                tournament.step(entrants, self.round, &self.rules);
            }
            self.save(cases);
        }
        self.done(cases)
    }
}

/// Why a candidate cannot be picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// What it computes is wrong, or it is faster than physics.
    Wrong(String),
    /// It was lost too often.
    Lost(String),
}

impl Unfit {
    /// As a sentence.
    pub(super) fn why(&self) -> &str {
        match self {
            Self::Wrong(why) | Self::Lost(why) => why,
        }
    }
}

/// Why a candidate cannot be picked, if so.
pub(super) fn why_out(job: &Job, case: &CaseOutcome, known: &Known) -> Option<Unfit> {
    if let Some(Correctness::Wrong { mismatch }) = &case.correctness {
        return Some(Unfit::Wrong(mismatch.to_string()));
    }
    if case.checked_form_failed {
        return Some(Unfit::Wrong("its checked form is wrong".to_owned()));
    }
    if case.is_lost() {
        let last = case.losses.last().map(ToString::to_string);
        return Some(Unfit::Lost(last.unwrap_or_default()));
    }
    is_impossible(job, case, known).then(|| Unfit::Wrong("faster than physics".to_owned()))
}
