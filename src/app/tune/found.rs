//! What searches came to.

use serde::Serialize;

use crate::app::measuring::CaseOutcome;
use crate::baseline::{PickRecord, RivalRecord};
use crate::exit;
use crate::kit::{CaseId, DeviceKey, Nanos, Ratio};
use crate::rounds::{Fate, Tournament};
use crate::run::Job;
use crate::stats::{Located, interval};

use super::follow::Unfit;
use super::space::Contest;

/// Version of the form for programs.
pub(super) const FORMAT: u32 = 1;

/// A whole run.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    pub(super) format: u32,
    pub(super) gate: String,
    pub(super) command: String,
    pub(super) device: DeviceKey,
    pub(super) confidence: f64,
    pub(super) suites: Vec<FoundSuite>,
    pub(super) notes: Vec<String>,
    pub(super) interrupted: bool,
    pub(super) exit: u8,
}

/// One suite.
#[derive(Debug, Serialize)]
pub(super) struct FoundSuite {
    pub(super) suite: String,
    pub(super) seed: u64,
    /// Rounds, those before an interruption included.
    pub(super) rounds: u32,
    /// Host time of this run.
    pub(super) elapsed: Nanos,
    pub(super) cases: Vec<FoundCase>,
    /// Candidates that this device cannot or should not run, by reason.
    pub(super) left_out: Vec<(String, usize)>,
    /// The file that the picks are in.
    pub(super) written: Option<String>,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum End {
    /// Nothing was to be measured.
    Planned,
    /// There is a pick.
    Picked,
    /// It goes on with the next run.
    Unfinished,
    /// No candidate is left.
    Lost,
}

/// One case.
#[derive(Debug, Serialize)]
pub(super) struct FoundCase {
    /// The identity without the searched axes.
    pub(super) case: CaseId,
    pub(super) end: End,
    pub(super) pick: Option<CaseId>,
    /// The pick is one of the spec's `variants`.
    pub(super) gated: bool,
    /// The pick before.
    pub(super) before: Option<CaseId>,
    /// Time of the pick in the final, with its 95 % interval between rounds.
    pub(super) time: Option<(Nanos, Nanos, Nanos)>,
    /// Rounds of the final.
    pub(super) final_rounds: u32,
    /// The other finalists, the fastest first.
    pub(super) runners_up: Vec<FoundRival>,
    /// Candidates that this device can run.
    pub(super) planned: usize,
    /// Of those, how many are the same code as a simpler one.
    pub(super) merged: usize,
    /// Of those, how many are modelled to move too many bytes.
    pub(super) pruned: usize,
    /// Candidates that were measured.
    pub(super) candidates: usize,
    /// Those that left after a rung.
    pub(super) set_aside: Vec<FoundAside>,
    /// Those that cannot be picked.
    pub(super) unfit: Vec<FoundUnfit>,
}

/// A runner-up.
#[derive(Debug, Serialize)]
pub(super) struct FoundRival {
    pub(super) id: CaseId,
    /// How much slower than the pick, with its interval at the confidence of
    /// the invocation.
    pub(super) change: (Ratio, Ratio, Ratio),
    /// Shown to be slower than the pick.
    pub(super) apart: bool,
    /// Not told from the pick, which is simpler.
    pub(super) tied: bool,
}

/// A candidate that left after a rung.
#[derive(Debug, Serialize)]
pub(super) struct FoundAside {
    pub(super) id: CaseId,
    pub(super) rung: u32,
    pub(super) behind: Ratio,
    pub(super) clearly: bool,
}

/// A candidate that cannot be picked.
#[derive(Debug, Serialize)]
pub(super) struct FoundUnfit {
    pub(super) id: CaseId,
    pub(super) wrong: bool,
    pub(super) why: String,
}

impl FoundCase {
    /// A case of which nothing was measured.
    pub(super) fn planned(contest: &Contest) -> Self {
        Self {
            case: contest.group.clone(),
            end: End::Planned,
            pick: None,
            gated: false,
            before: None,
            time: None,
            final_rounds: 0,
            runners_up: Vec::new(),
            planned: contest.planned,
            merged: contest.merged,
            pruned: contest.pruned,
            candidates: contest.candidates.len(),
            set_aside: Vec::new(),
            unfit: Vec::new(),
        }
    }

    /// A case whose search has ended, or was ended.
    pub(super) fn of(
        contest: &Contest,
        tournament: &Tournament,
        jobs: &[Job],
        outcomes: &[CaseOutcome],
        unfit: &[Option<Unfit>],
    ) -> Self {
        let mut found = Self::planned(contest);
        let id = |index: usize| jobs[index].case.id.clone();
        found.end = if tournament.is_over() {
            End::Lost
        } else {
            End::Unfinished
        };
        for (index, fate) in tournament.fates().iter().enumerate() {
            if let Fate::SetAside {
                rung,
                behind,
                clearly,
            } = *fate
            {
                found.set_aside.push(FoundAside {
                    id: id(index),
                    rung,
                    behind,
                    clearly,
                });
            }
        }
        for (index, unfit) in unfit.iter().enumerate() {
            if let Some(unfit) = unfit {
                found.unfit.push(FoundUnfit {
                    id: id(index),
                    wrong: matches!(unfit, Unfit::Wrong(_)),
                    why: unfit.why().to_owned(),
                });
            }
        }
        let Some(pick) = tournament.pick() else {
            return found;
        };
        found.end = End::Picked;
        found.pick = Some(id(pick.index));
        found.gated = jobs[pick.index]
            .case
            .tuned
            .as_ref()
            .is_some_and(|tuned| tuned.gated);
        found.time = time_of_final(&outcomes[pick.index], pick.rounds);
        found.final_rounds = pick.rounds;
        found.runners_up = pick
            .runners_up
            .iter()
            .map(|other| FoundRival {
                id: id(other.index),
                change: (other.change, other.low, other.high),
                apart: other.apart,
                tied: other.tied,
            })
            .collect();
        found
    }

    /// The pick as it is written, with the hash of its WGSL.
    pub(super) fn record(
        &self,
        code: String,
        confidence: f64,
        when: &str,
        driver: &str,
    ) -> Option<PickRecord> {
        let rivals = self.runners_up.iter().map(|other| RivalRecord {
            id: other.id.clone(),
            change: other.change,
            tied: other.tied,
        });
        Some(PickRecord::new(
            self.pick.clone()?,
            code,
            self.time?,
            self.final_rounds,
            rivals.collect(),
            self.candidates,
            confidence,
            when.to_owned(),
            driver.to_owned(),
        ))
    }
}

/// The time of the final: its rounds are the last ones.
fn time_of_final(outcome: &CaseOutcome, rounds: u32) -> Option<(Nanos, Nanos, Nanos)> {
    let first = outcome.rounds.len().checked_sub(rounds as usize)?;
    let located: Vec<Located> = outcome.rounds[first..]
        .iter()
        .map(|round| Located {
            recording: 0,
            location: round.summary.location,
        })
        .collect();
    interval(&located, outcome.rounds.first()?.tick()).ok()
}

impl Found {
    /// The exit code of it all.
    pub(super) fn code(&self) -> u8 {
        let cases = || self.suites.iter().flat_map(|suite| &suite.cases);
        let any = |end| cases().any(|case| case.end == end);
        if self.interrupted {
            exit::INTERRUPTED
        } else if cases().next().is_none() {
            exit::NOTHING
        } else if cases().any(|case| case.unfit.iter().any(|unfit| unfit.wrong)) {
            exit::WRONG
        } else if any(End::Lost) {
            exit::LOST
        } else if any(End::Unfinished) {
            exit::UNDECIDED
        } else {
            exit::PASS
        }
    }
}
