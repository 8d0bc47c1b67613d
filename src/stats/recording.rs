//! What rounds of one recording share: the offset that the recording drew.

use std::collections::BTreeMap;

/// Deviation between recordings of one machine, relative, apart from the
/// clock's part.
///
/// Together with [`RECORDING_TICKS`] this puts two recordings of a kernel
/// 0.06 % apart where it is long, 0.08 % at 25 us and 0.2 % at 7 us on a
/// clock of 32 ns (one standard deviation of the difference): recordings of
/// one H100 model on different days lay below 0.1 % apart above 25 us, and
/// 0.2 to 0.5 % at 7 us.
const RECORDING_FLOOR: f64 = 4e-4;

/// The clock's part of that deviation, in ticks of one timed span.
const RECORDING_TICKS: f64 = 0.3;

/// Degrees of freedom that this documented variance is worth.
const RECORDING_FREEDOM: f64 = 16.0;

/// The variance between recordings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Between {
    /// Of log times.
    pub(super) variance: f64,
    /// Its degrees of freedom.
    pub(super) freedom: f64,
}

/// One recording's rounds of a case, on one side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Group {
    /// Rounds.
    pub(super) rounds: f64,
    /// Mean of the logarithms of their locations, in ns.
    pub(super) mean: f64,
    /// Sum of squares around that mean.
    pub(super) squares: f64,
    /// Sum of fourth powers around that mean.
    pub(super) fourths: f64,
}

/// The groups of one side, by recording.
pub(super) type Side = BTreeMap<u32, Group>;

/// Groups log times by recording.
pub(super) fn group(rounds: impl Iterator<Item = (u32, f64)>) -> Side {
    let mut logs: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (recording, log) in rounds {
        logs.entry(recording).or_default().push(log);
    }
    let grouped = logs.into_iter().map(|(recording, logs)| {
        let rounds = logs.len() as f64;
        // Around the first, so that equal times have no spread at all.
        let first = logs.first().copied().unwrap_or_default();
        let mean = first + logs.iter().map(|log| log - first).sum::<f64>() / rounds;
        let sum = |power| logs.iter().map(|log| (log - mean).powi(power)).sum();
        let group = Group {
            rounds,
            mean,
            squares: sum(2),
            fourths: sum(4),
        };
        (recording, group)
    });
    grouped.collect()
}

impl Between {
    /// The variance between recordings, from those of both sides.
    ///
    /// Documented until a side holds several; then moderated by them: what
    /// the variance of their means exceeds that of their rounds by. Source:
    /// Cochran, 1954 (the moment estimate), moderated as in [`super::prior`].
    /// `relative_tick` is the clock's step over the time, `within` the
    /// variance between rounds.
    pub(super) fn estimate(sides: [&Side; 2], relative_tick: f64, within: f64) -> Self {
        let mut squares = RECORDING_FREEDOM
            * (RECORDING_FLOOR.powi(2) + (RECORDING_TICKS * relative_tick).powi(2));
        let mut freedom = RECORDING_FREEDOM;
        for side in sides {
            let count = side.len() as f64;
            if side.len() < 2 {
                continue;
            }
            let mean = side.values().map(|g| g.mean).sum::<f64>() / count;
            let spread = side.values().map(|g| (g.mean - mean).powi(2)).sum::<f64>();
            let explained = side.values().map(|g| within / g.rounds).sum::<f64>() / count;
            squares += (spread - (count - 1.0) * explained).max(0.0);
            freedom += count - 1.0;
        }
        Self {
            variance: squares / freedom,
            freedom,
        }
    }
}

/// The mean of a side and the weight of each of its recordings in it, so that
/// each counts by how well it is known.
///
/// Source: DerSimonian and Laird, 1986 (random effects).
pub(super) fn weigh(side: &Side, between: f64, within: f64) -> (f64, BTreeMap<u32, f64>) {
    let weights: BTreeMap<u32, f64> = side
        .iter()
        .map(|(&id, group)| (id, 1.0 / (between + within / group.rounds)))
        .collect();
    let total: f64 = weights.values().sum();
    let weights: BTreeMap<u32, f64> = weights.into_iter().map(|(id, w)| (id, w / total)).collect();
    let mean = side
        .iter()
        .map(|(id, group)| weights.get(id).copied().unwrap_or(0.0) * group.mean)
        .sum();
    (mean, weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_recording_a_side_leaves_the_documented_variance() {
        let side = group([(1, 0.0), (1, 0.1)].into_iter());
        let between = Between::estimate([&side, &side], 0.0, 1.0);
        assert!((between.variance.sqrt() - RECORDING_FLOOR).abs() < 1e-12);
        assert_eq!(between.freedom, RECORDING_FREEDOM);
    }

    /// Means 0, 0.3, 0.6 with exact rounds: variance 0.09 with 2 degrees,
    /// beside 16 of 0: 0.18 / 18 = 0.01.
    #[test]
    fn several_recordings_tell_their_own_variance() {
        let side = group([(1, 0.0), (2, 0.3), (3, 0.6)].into_iter());
        let between = Between::estimate([&side, &Side::new()], 0.0, 0.0);
        assert!((between.variance - 0.01).abs() < 1e-6);
        assert_eq!(between.freedom, RECORDING_FREEDOM + 2.0);
    }

    /// Without variance between recordings each round counts alike; without
    /// variance between rounds each recording does.
    #[test]
    fn recordings_count_by_what_is_known_of_them() {
        let side = group([(1, 1.0), (1, 1.0), (1, 1.0), (2, 5.0)].into_iter());
        assert!((weigh(&side, 0.0, 1.0).0 - 2.0).abs() < 1e-12);
        assert!((weigh(&side, 1.0, 0.0).0 - 3.0).abs() < 1e-12);
    }
}
