//! Which of many candidates to pick: successive halving, then a final.
//!
//! Rung `k` gives its survivors `FIRST_RUNG * 2^k` more rounds, and keeps the
//! better half with everything that may still be the fastest. As soon as no more
//! than [`FINALISTS`] may be, these go on to the final, where they are timed in
//! the same rounds until they are told apart.
//!
//! The rungs choose and the final judges, and they share no data. Of many
//! candidates that are alike, the one that the rungs put first was lucky, and
//! would be so again if its lucky rounds were counted twice.
//!
//! Source: Karnin, Koren and Somekh, Almost optimal exploration in
//! multi-armed bandits (2013), for successive halving; Gupta, On some multiple
//! decision rules (1965), for keeping a set that holds the best one with a
//! given probability.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::kit::{Nanos, Ratio};
use crate::stats::{Gap, Rival, Rivals, level_of_look};

/// Rounds of the first rung; each further one has twice as many.
pub const FIRST_RUNG: u32 = 2;

/// Rungs at most. What is not told apart after 2 + 4 + 8 + 16 rounds is chosen
/// among by simplicity.
pub const MOST_RUNGS: u32 = 4;

/// Candidates of a final, at most.
pub const FINALISTS: usize = 4;

/// A final ends where all that may still be the fastest are shown to lie this
/// near to each other: less than that is not worth a search.
pub const MARGIN: Ratio = Ratio(0.01);

/// What all cases of an invocation share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Of the whole invocation, such as 0.99: what finals claim of any case is
    /// right, all together, with at least this probability. In the rungs the
    /// fastest of each case survives with at least this probability.
    pub confidence: f64,
    /// Cases that are searched in the invocation.
    pub cases: usize,
    /// Rounds of a final, at least and at most.
    pub finals: (u32, u32),
}

/// What is known of one candidate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entrant {
    /// Number and location of each of its rounds, in order.
    pub rounds: Vec<(u32, Nanos)>,
    /// What the clock resolves in one location.
    pub tick: Nanos,
    /// Wrong, or lost: it cannot be picked.
    pub out: bool,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is measured.
    In,
    /// It left after a rung.
    SetAside {
        /// Which, from 0.
        rung: u32,
        /// How far it was behind the fastest one then, as it seemed.
        behind: Ratio,
        /// Whether the rung's interval excludes that it is the fastest; else it
        /// made room for simpler ones and for such as seemed faster.
        clearly: bool,
    },
    /// It cannot be picked.
    Out,
}

/// Another finalist, beside the pick.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunnerUp {
    /// Which.
    pub index: usize,
    /// How much slower than the pick it is; negative where it seems faster.
    pub change: Ratio,
    /// Lower end of the interval, at the confidence of the invocation.
    pub low: Ratio,
    /// Upper end.
    pub high: Ratio,
    /// It was claimed to be slower than the pick.
    pub apart: bool,
    /// Nothing was claimed against it: it may be as fast as any.
    pub tied: bool,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    /// The picked candidate: of those that no other was shown to be faster
    /// than, the simplest.
    pub index: usize,
    /// The other finalists, the fastest first.
    pub runners_up: Vec<RunnerUp>,
    /// Rounds of the final.
    pub rounds: u32,
}

impl Pick {
    /// Finalists that the data cannot tell from the pick.
    pub fn tied(&self) -> impl Iterator<Item = &RunnerUp> {
        self.runners_up.iter().filter(|other| other.tied)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stage {
    /// A rung, which ends when each survivor has so many rounds.
    Rung { number: u32, rounds: u32 },
    /// The final, of the rounds from this number on, between so many.
    Final { from: u32, of: usize, seen: u32 },
    /// A pick was made.
    Over(Pick),
    /// Nothing is left to pick.
    Void,
}

/// The search of one case. Candidates are numbered from the simplest on.
///
/// Pure: the same rounds give the same pick, in one run or in several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tournament {
    stage: Stage,
    fates: Vec<Fate>,
    /// Pairs of finalists of which the first was shown to be slower. What was
    /// claimed stands: its look was paid for.
    slower: BTreeSet<(usize, usize)>,
}

impl Tournament {
    /// A search among so many candidates, the simplest first. A few need no
    /// rungs.
    #[must_use]
    pub fn new(candidates: usize) -> Self {
        let stage = if candidates > FINALISTS {
            Stage::Rung {
                number: 0,
                rounds: FIRST_RUNG,
            }
        } else {
            Stage::Final {
                from: 0,
                of: candidates,
                seen: 0,
            }
        };
        Self {
            stage,
            fates: vec![Fate::In; candidates],
            slower: BTreeSet::new(),
        }
    }

    /// Whether a candidate needs another round. One that has more of a rung or
    /// of a final than others, whose rounds were lost or set aside, waits for
    /// them.
    #[must_use]
    pub fn wants(&self, candidate: usize, entrants: &[Entrant]) -> bool {
        let (Some(Fate::In), Some(entrant)) = (self.fates.get(candidate), entrants.get(candidate))
        else {
            return false;
        };
        match self.stage {
            Stage::Rung { rounds, .. } => entrant.rounds.len() < rounds as usize,
            Stage::Final { from, .. } => {
                played(&[candidate], entrants, from) <= played(&self.active(), entrants, from)
            }
            Stage::Over(_) | Stage::Void => false,
        }
    }

    /// Whether no further round is needed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over(_) | Stage::Void)
    }

    /// The pick, once it is made.
    #[must_use]
    pub fn pick(&self) -> Option<&Pick> {
        match &self.stage {
            Stage::Over(pick) => Some(pick),
            Stage::Rung { .. } | Stage::Final { .. } | Stage::Void => None,
        }
    }

    /// What became of each candidate.
    #[must_use]
    pub fn fates(&self) -> &[Fate] {
        &self.fates
    }

    /// Takes in all rounds up to now; `next` is the number of the next one.
    pub fn step(&mut self, entrants: &[Entrant], next: u32, rules: &Rules) {
        if self.is_over() {
            return;
        }
        for (fate, entrant) in self.fates.iter_mut().zip(entrants) {
            if entrant.out {
                *fate = Fate::Out;
            }
        }
        let active = self.active();
        if active.is_empty() {
            self.stage = Stage::Void;
            return;
        }
        match self.stage {
            Stage::Rung { number, rounds } => {
                let complete = active
                    .iter()
                    .all(|&index| entrants[index].rounds.len() >= rounds as usize);
                if complete {
                    self.end_rung(&active, entrants, (number, rounds), next, rules);
                }
            }
            Stage::Final { from, of, seen } => {
                let (least, most) = rules.finals;
                let rounds = played(&active, entrants, from);
                if rounds >= least.max(1) && rounds > seen {
                    self.look(&active, entrants, (from, of, rounds), rounds >= most, rules);
                }
            }
            Stage::Over(_) | Stage::Void => {}
        }
    }

    /// Ends a final whose budget has ended, if it had its fewest rounds. Else
    /// there is no pick: rungs choose, and judge nothing.
    pub fn close(&mut self, entrants: &[Entrant], rules: &Rules) {
        if let Stage::Final { from, of, .. } = self.stage {
            let active = self.active();
            let rounds = played(&active, entrants, from);
            if !active.is_empty() && rounds >= rules.finals.0.max(1) {
                self.look(&active, entrants, (from, of, rounds), true, rules);
            }
        }
    }

    fn active(&self) -> Vec<usize> {
        let fates = self.fates.iter().enumerate();
        fates
            .filter(|(_, fate)| **fate == Fate::In)
            .map(|(index, _)| index)
            .collect()
    }

    /// Keeps the better half and whatever may still be the fastest.
    fn end_rung(
        &mut self,
        active: &[usize],
        entrants: &[Entrant],
        (number, rounds): (u32, u32),
        next: u32,
        rules: &Rules,
    ) {
        let Ok(rivals) = rivals(active, entrants, 0) else {
            return;
        };
        let ranking = rivals.ranking();
        let best = ranking.first().copied().unwrap_or_default();
        // The true best is behind the one that seems so by more than this, at
        // any rung, with a probability of at most one less the confidence: a
        // union over its rivals, and over the rungs.
        let others = active.len().saturating_sub(1).max(1) as f64;
        let level = alpha(rules) / (others * f64::from(MOST_RUNGS));
        let gaps: Vec<Gap> = (0..active.len())
            .map(|place| rivals.gap(place, best, level))
            .collect();
        // A gap that is no number is no reason to go.
        let may_win = |place: usize| {
            place == best || gaps[place].low.0.partial_cmp(&0.0) != Some(Ordering::Greater)
        };
        let open: Vec<usize> = (0..active.len()).filter(|place| may_win(*place)).collect();
        let half = &ranking[..ranking.len().div_ceil(2)];
        let last = number + 1 >= MOST_RUNGS;

        let mut keep: BTreeSet<usize> = open.iter().copied().collect();
        if open.len() > FINALISTS {
            keep.extend(half);
        } else if let (1, Some(second)) = (open.len(), ranking.get(1)) {
            // Clear already, and judged by a final all the same, beside one
            // other at least.
            keep.insert(*second);
        }
        if last && keep.len() > FINALISTS {
            // Places are in the order of simplicity.
            keep = open.first().copied().into_iter().collect();
            let fast = ranking.iter().filter(|place| may_win(**place));
            for place in fast {
                if keep.len() < FINALISTS {
                    keep.insert(*place);
                }
            }
        }
        for place in 0..active.len() {
            if !keep.contains(&place) {
                self.fates[active[place]] = Fate::SetAside {
                    rung: number,
                    behind: gaps[place].estimate,
                    clearly: !may_win(place),
                };
            }
        }
        self.stage = if keep.len() <= FINALISTS {
            Stage::Final {
                from: next,
                of: keep.len(),
                seen: 0,
            }
        } else {
            let number = number + 1;
            Stage::Rung {
                number,
                rounds: rounds + (FIRST_RUNG << number),
            }
        };
    }

    /// Looks at a final, and ends it where all is told or no more is to come.
    fn look(
        &mut self,
        active: &[usize],
        entrants: &[Entrant],
        (from, of, rounds): (u32, usize, u32),
        last: bool,
        rules: &Rules,
    ) {
        let Ok(rivals) = rivals(active, entrants, from) else {
            return;
        };
        // Every ordered pair of every case is a claim that may be false.
        let pairs = (of * of.saturating_sub(1)).max(1) as f64;
        let share = alpha(rules) / (pairs * rules.cases.max(1) as f64);
        let (least, most) = rules.finals;
        let level = level_of_look(share, least as usize, most as usize, rounds as usize);
        let places = 0..active.len();
        for one in places.clone() {
            for other in places.clone() {
                if one != other && rivals.gap(one, other, level).low.0 > 0.0 {
                    self.slower.insert((active[one], active[other]));
                }
            }
        }
        let beaten = |place: usize| {
            places
                .clone()
                .any(|other| self.slower.contains(&(active[place], active[other])))
        };
        let mut open: Vec<usize> = places.clone().filter(|place| !beaten(*place)).collect();
        if open.is_empty() {
            // Looks that contradict each other: then nothing is known.
            open = places.clone().collect();
        }
        let near = |one: usize, other: usize| {
            let gap = rivals.gap(one, other, level);
            gap.low.ln() > -MARGIN.ln() && gap.high.ln() < MARGIN.ln()
        };
        let alike = open
            .iter()
            .enumerate()
            .all(|(at, &one)| open[at + 1..].iter().all(|&other| near(one, other)));
        if !(last || alike) {
            self.stage = Stage::Final {
                from,
                of,
                seen: rounds,
            };
            return;
        }
        let Some(&pick) = open.first() else {
            return;
        };
        let runners_up = rivals
            .ranking()
            .into_iter()
            .filter(|place| *place != pick)
            .map(|place| {
                let gap = rivals.gap(place, pick, level);
                RunnerUp {
                    index: active[place],
                    change: gap.estimate,
                    low: gap.low,
                    high: gap.high,
                    apart: self.slower.contains(&(active[place], active[pick])),
                    tied: open.contains(&place),
                }
            })
            .collect();
        self.stage = Stage::Over(Pick {
            index: active[pick],
            runners_up,
            rounds,
        });
    }
}

fn alpha(rules: &Rules) -> f64 {
    (1.0 - rules.confidence).clamp(0.0, 0.5)
}

/// Rounds of a final that all of its candidates have.
fn played(active: &[usize], entrants: &[Entrant], from: u32) -> u32 {
    let count = |index: &usize| {
        let rounds = entrants[*index].rounds.iter();
        rounds.filter(|(round, _)| *round >= from).count()
    };
    let least = active.iter().map(count).min().unwrap_or(0);
    u32::try_from(least).unwrap_or(u32::MAX)
}

/// The active candidates by their rounds from a number on.
fn rivals(
    active: &[usize],
    entrants: &[Entrant],
    from: u32,
) -> Result<Rivals, crate::stats::StatsError> {
    let rivals: Vec<Rival> = active
        .iter()
        .map(|&index| Rival {
            rounds: entrants[index]
                .rounds
                .iter()
                .filter(|(round, _)| *round >= from)
                .map(|(_, location)| *location)
                .collect(),
            tick: entrants[index].tick,
        })
        .collect();
    Rivals::of(&rivals)
}
