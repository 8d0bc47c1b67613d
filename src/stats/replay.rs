//! Rounds of one suite against themselves: what the gate would have said of
//! code that did not change.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::kit::{Nanos, Ratio};

use super::share::share;
use super::{CaseRounds, Design, Located, Share, compare};

/// Fewer rounds than this leave no suite to be drawn: one look at the fewest,
/// on each side.
const FEWEST_ROUNDS: usize = 4;

/// One case, measured without being changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Unchanged {
    /// Its rounds, with the number of the process that each was measured in.
    pub rounds: Vec<(u32, Nanos)>,
    /// The clock's step over one timed span.
    pub tick: Nanos,
    /// Rounds of a check at the first look and at the last.
    pub planned: (usize, usize),
    /// Tolerated slowdown.
    pub limit: Ratio,
}

/// What replays of a suite came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// How many were drawn.
    pub suites: usize,
    /// Rounds a side, at most.
    pub rounds: usize,
    /// Suites in which any case was called slower, unchanged.
    pub alarms: Share,
    /// The same with every case made slower by just its limit.
    pub alarms_at_limit: Share,
    /// Suites of which every case passed, unchanged.
    pub passes: Share,
    /// Per case: the share of suites in which it was called slower, unchanged.
    pub cases: Vec<Share>,
}

/// How one case of one suite ended.
#[derive(Clone, Copy, Default)]
struct Ended {
    slower: bool,
    passed: bool,
    slower_at_limit: bool,
}

/// Replays a suite: processes are drawn without replacement, one half as the
/// baseline and as many as the run that is checked, and judged as a check
/// does, look by look, at the confidence of an invocation of these cases.
/// None where fewer than four processes measured every case.
///
/// A slowdown by just the limit is injected by multiplying the times, which
/// moves every end of the interval with them.
#[must_use]
pub fn replay(cases: &[Unchanged], confidence: f64, suites: usize, seed: u64) -> Option<Replayed> {
    let first = cases.first()?;
    let common: Vec<u32> = first
        .rounds
        .iter()
        .map(|(round, _)| *round)
        .filter(|round| {
            cases
                .iter()
                .all(|case| case.rounds.iter().any(|(one, _)| one == round))
        })
        .collect();
    if common.len() < FEWEST_ROUNDS {
        return None;
    }
    let most = cases.iter().map(|case| case.planned.1).max()?;
    let side = (common.len() / 2).min(most.max(1));
    // By index into `common`, so that a case's times are found by it.
    let times: Vec<Vec<Nanos>> = cases
        .iter()
        .map(|case| {
            common
                .iter()
                .filter_map(|round| {
                    let found = case.rounds.iter().find(|(one, _)| one == round);
                    found.map(|(_, time)| *time)
                })
                .collect()
        })
        .collect();
    let drawn: Vec<Vec<usize>> = (0..suites)
        .map(|suite| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(suite as u64);
            let mut all: Vec<usize> = (0..common.len()).collect();
            all.shuffle(&mut random);
            all.truncate(2 * side);
            all
        })
        .collect();
    let ended: Vec<Vec<Ended>> = drawn
        .par_iter()
        .map(|picked| one_suite(cases, &times, picked.split_at(side), confidence))
        .collect();

    let uses = |suite: usize, round: usize| {
        drawn
            .get(suite)
            .is_some_and(|picked| picked.contains(&round))
    };
    let of = |holds: &dyn Fn(&[Ended]) -> bool| {
        let values: Vec<bool> = ended.iter().map(|suite| holds(suite)).collect();
        share(&values, uses, common.len())
    };
    Some(Replayed {
        suites,
        rounds: side,
        alarms: of(&|suite| suite.iter().any(|case| case.slower)),
        alarms_at_limit: of(&|suite| suite.iter().any(|case| case.slower_at_limit)),
        passes: of(&|suite| suite.iter().all(|case| case.passed)),
        cases: (0..cases.len())
            .map(|index| of(&|suite| suite.get(index).is_some_and(|case| case.slower)))
            .collect(),
    })
}

/// Looks at one suite as a check does; a case ends with the first claim.
fn one_suite(
    cases: &[Unchanged],
    times: &[Vec<Nanos>],
    (before, now): (&[usize], &[usize]),
    confidence: f64,
) -> Vec<Ended> {
    let located = |recording: u32, picked: &[usize], times: &[Nanos]| -> Vec<Located> {
        picked
            .iter()
            .filter_map(|index| {
                Some(Located {
                    recording,
                    location: *times.get(*index)?,
                })
            })
            .collect()
    };
    let planned: Vec<(usize, usize)> = cases
        .iter()
        .map(|case| {
            let last = case.planned.1.clamp(1, now.len().max(1));
            (case.planned.0.clamp(1, last), last)
        })
        .collect();
    let design = Design {
        confidence,
        cases: cases.len(),
    };
    let mut ended = vec![Ended::default(); cases.len()];
    let mut open = vec![(true, true); cases.len()];
    let looks = planned.iter().map(|(first, _)| *first).min().unwrap_or(1)..=now.len();
    for look in looks {
        let rounds: Vec<CaseRounds> = cases
            .iter()
            .zip(times)
            .zip(&planned)
            .map(|((case, times), planned)| CaseRounds {
                before: located(1, before, times),
                now: located(2, &now[..look.min(planned.1)], times),
                tick: case.tick,
                planned: *planned,
            })
            .collect();
        for (index, change) in compare(&rounds, &design).into_iter().enumerate() {
            let (first, last) = planned[index];
            let Ok(change) = change else { continue };
            if look < first || look > last {
                continue;
            }
            let limit = cases[index].limit.0;
            if open[index].0 {
                ended[index].slower = change.low.0 > limit;
                ended[index].passed = change.high.0 < limit;
                open[index].0 = !(ended[index].slower || ended[index].passed);
            }
            // Times and limit are multiplied alike, so that the limit takes the
            // place of no change.
            if open[index].1 {
                ended[index].slower_at_limit = change.low.0 > 0.0;
                open[index].1 = change.low.0 <= 0.0 && change.high.0 >= 0.0;
            }
        }
        if open.iter().all(|(one, other)| !one && !other) {
            break;
        }
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve rounds that lie on a grid of that width around 10 us.
    fn unchanged(width: f64, limit: f64) -> Unchanged {
        Unchanged {
            rounds: (0..12)
                .map(|round| {
                    let place = f64::from((round * 5) % 12) / 11.0 - 0.5;
                    (round, Nanos(10_000.0 * (1.0 + width * place)))
                })
                .collect(),
            tick: Nanos(1.0),
            planned: (3, 6),
            limit: Ratio(limit),
        }
    }

    #[test]
    fn a_quiet_suite_passes_always_and_never_alarms() {
        let quiet = vec![unchanged(0.002, 0.05); 3];
        let found = replay(&quiet, 0.99, 200, 1).expect("replays");
        assert_eq!((found.suites, found.rounds), (200, 6));
        assert_eq!(found.alarms.share, 0.0);
        assert_eq!(found.passes.share, 1.0);
        assert_eq!(found.cases.len(), 3);
        // Never in 12 rounds: not above z^2 / (12 + z^2), 24 %.
        assert!((found.alarms.high - 0.242).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn a_limit_below_the_noise_decides_nothing_and_does_not_alarm() {
        let noisy = vec![unchanged(0.2, 0.01); 2];
        let found = replay(&noisy, 0.99, 200, 1).expect("replays");
        assert!(found.passes.share < 0.05, "{found:?}");
        assert!(found.alarms.share < 0.05, "{found:?}");
        assert!(found.alarms_at_limit.share < 0.05, "{found:?}");
    }

    #[test]
    fn the_same_seed_draws_the_same_and_too_few_rounds_draw_nothing() {
        let case = unchanged(0.02, 0.02);
        let cases = std::slice::from_ref(&case);
        assert_eq!(replay(cases, 0.99, 50, 7), replay(cases, 0.99, 50, 7));
        let mut short = case.clone();
        short.rounds.truncate(3);
        assert_eq!(replay(&[case, short], 0.99, 50, 7), None);
        assert_eq!(replay(&[], 0.99, 50, 7), None);
    }
}
