//! Suites drawn from a recording.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::data::Recording;

/// Rounds of one replayed suite: which stand for the baseline, and which for
/// the run that is checked, in their order.
pub(crate) struct Suite {
    pub(crate) before: Vec<usize>,
    pub(crate) now: Vec<usize>,
}

impl Suite {
    pub(crate) fn uses(&self, round: usize) -> bool {
        self.before.contains(&round) || self.now.contains(&round)
    }
}

/// Changes that are injected, beyond a limit.
pub(crate) const BEYOND: [f64; 6] = [0.005, 0.01, 0.02, 0.03, 0.05, 0.10];

/// Tolerated slowdowns.
pub(crate) const LIMITS: [f64; 3] = [0.0, 0.01, 0.02];

/// Draws suites without replacement, `most` rounds a side or fewer: two rounds
/// of the recording at least stay out of each, so that what a round does to
/// the result can be told.
pub(crate) fn plan(
    recording: &Recording,
    most: usize,
    suites: usize,
    seed: u64,
    ordered: bool,
) -> Result<Vec<Suite>, String> {
    let side = (recording.rounds.saturating_sub(2) / 2).min(most);
    if side < 3 {
        return Err(format!(
            "{} rounds that all cases have are too few; 8 are the least",
            recording.rounds
        ));
    }
    Ok((0..suites)
        .map(|suite| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(suite as u64);
            let mut rounds: Vec<usize> = (0..recording.rounds).collect();
            rounds.shuffle(&mut random);
            rounds.truncate(2 * side);
            if ordered {
                rounds.sort_unstable();
            }
            let now = rounds.split_off(side);
            Suite {
                before: rounds,
                now,
            }
        })
        .collect())
}
