//! How much slower a run is at least, by the ways in which its rounds and the
//! baseline's can be parted.
//!
//! Where a suite has few cases, nothing tells whether their rounds come in
//! modes (`modes`), and Student's t is too sure of those: with two modes met
//! equally often, eight rounds a side call 1.5 of 100 unchanged cases slower
//! where 1 is allowed. What holds for any noise is that rounds of no change
//! could stand on either side. So of all ways to part them into as many and as
//! many, the one at hand is as likely as any other, and a claim of "slower by
//! more than d" at a level is one that no more than this part of the ways would
//! make stronger.
//!
//! Source: Fisher, The design of experiments (1935), for the test; Hartigan,
//! Using subsample values as typical values (1969), and Bauer, Constructing
//! confidence sets using rank statistics (1972), for the bound: a way that
//! trades some rounds of the run for as many of the baseline is as extreme as
//! the one at hand for every shift from the difference of their means on.
//! Phipson and Smyth, Permutation p-values should never be zero (2010), for
//! drawing ways where there are too many to go through.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// As many ways are gone through; of more, [`DRAWN`] are drawn.
const MOST: f64 = 200_000.0;
const DRAWN: usize = 20_000;

/// With more rounds than this, both sides together, their means are as good as
/// normal, and nothing is gone through.
const MOST_ROUNDS: usize = 100;

/// Where they are drawn, it is always the same ones.
const SEED: u64 = 1935;

/// For every way to part the rounds but the one at hand, the shift from which
/// on it is as extreme; unsorted, since a level or two are asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Arrangements(Vec<f64>);

impl Arrangements {
    /// Of the log times of both sides; none where there are more than
    /// [`MOST_ROUNDS`].
    pub(super) fn of(before: &[f64], now: &[f64]) -> Option<Self> {
        if before.len() + now.len() > MOST_ROUNDS {
            return None;
        }
        // The order of the rounds says nothing.
        let sorted = |side: &[f64]| {
            let mut side = side.to_vec();
            side.sort_by(f64::total_cmp);
            side
        };
        let (before, now) = (sorted(before), sorted(now));
        Some(Self(if ways(before.len(), now.len()) <= MOST {
            all(&before, &now)
        } else {
            drawn(&before, &now)
        }))
    }

    /// The lower bound of the run's log ratio at a one-sided level. None where
    /// there are too few ways for any to be that rare.
    pub(super) fn low(&self, level: f64) -> Option<f64> {
        // The way at hand counts as well.
        let allowed = (level * (self.0.len() + 1) as f64).floor();
        let nth = (allowed as usize).checked_sub(1)?;
        if nth >= self.0.len() {
            return None;
        }
        let mut shifts = self.0.clone();
        let (_, shift, _) = shifts.select_nth_unstable_by(nth, f64::total_cmp);
        Some(*shift)
    }
}

/// Binomial coefficient of both sides' rounds over the run's.
fn ways(before: usize, now: usize) -> f64 {
    (1..=now).fold(1.0, |ways, i| ways * (before + i) as f64 / i as f64)
}

/// Goes through all ways: which of all rounds make the run.
fn all(before: &[f64], now: &[f64]) -> Vec<f64> {
    let mut shifts = Vec::with_capacity(ways(before.len(), now.len()) as usize);
    // Traded so far: rounds of the run, of the baseline, and the difference of
    // their sums.
    let mut open = vec![(0_usize, 0_usize, 0_usize, 0.0_f64)];
    let rounds = before.len() + now.len();
    while let Some((at, out, into, sum)) = open.pop() {
        if at == rounds {
            if out == into && out > 0 {
                shifts.push(sum / out as f64);
            }
            continue;
        }
        open.push((at + 1, out, into, sum));
        if at < now.len() {
            if out < before.len() {
                open.push((at + 1, out + 1, into, sum + now[at]));
            }
        } else if into < out {
            open.push((at + 1, out, into + 1, sum - before[at - now.len()]));
        }
    }
    shifts
}

/// Draws ways, each as likely as any other.
fn drawn(before: &[f64], now: &[f64]) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut order: Vec<usize> = (0..before.len() + now.len()).collect();
    let whole: f64 = now.iter().sum();
    (0..DRAWN)
        .map(|_| {
            let (run, _) = order.partial_shuffle(&mut random, now.len());
            let (mut traded, mut into, mut kept) = (0_usize, 0.0, 0.0);
            for &index in run.iter() {
                match now.get(index) {
                    Some(round) => kept += round,
                    None => {
                        traded += 1;
                        into += before[index - now.len()];
                    }
                }
            }
            // The way at hand, drawn again, is as extreme for every shift.
            if traded == 0 {
                f64::NEG_INFINITY
            } else {
                (whole - kept - into) / traded as f64
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(before: &[f64], now: &[f64]) -> Arrangements {
        let mut found = Arrangements::of(before, now).expect("not too many");
        found.0.sort_by(f64::total_cmp);
        found
    }

    /// By hand: 1 and 2 before, 4 and 8 now. Trading one for one shifts by
    /// 4-1, 4-2, 8-1 and 8-2, both by 6-1.5; with the way at hand there are
    /// six.
    #[test]
    fn every_trade_has_the_difference_of_its_means() {
        let found = of(&[2.0, 1.0], &[8.0, 4.0]);
        assert_eq!(found.0, [2.0, 3.0, 4.5, 6.0, 7.0]);
        assert_eq!(found.low(0.16), None);
        assert_eq!(found.low(1.0 / 6.0 + 1e-9), Some(2.0));
        assert_eq!(found.low(0.34), Some(3.0));
    }

    /// Eight and eight can be parted in 12,870 ways. Two of eight slow before,
    /// and seven now: in Fisher's exact test (R: `fisher.test(matrix(c(7, 1, 2,
    /// 6), 2), alternative = "greater")`) that has p = 0.02028, where Student's
    /// t says 0.0045.
    #[test]
    fn two_modes_are_fishers_exact_test() {
        let side =
            |slow: usize| -> Vec<f64> { (0..8).map(|i| f64::from(u8::from(i < slow))).collect() };
        let found = of(&side(2), &side(7));
        assert_eq!(found.0.len() + 1, 12_870);
        // As many or more slow ones in the run, for no shift.
        let extreme = found.0.iter().filter(|shift| **shift <= 0.0).count() + 1;
        assert!((extreme as f64 / 12_870.0 - 0.020_28).abs() < 1e-5);
        assert!(found.low(0.0202).expect("ways") <= 0.0);
        assert!(found.low(0.0204).expect("ways") > 0.0);
    }

    /// What is drawn of 2.7 million ways is near what all 12,870 say of the
    /// same quantiles, and the same in any order.
    #[test]
    fn of_too_many_ways_some_are_drawn() {
        let scores = |count: usize, by: f64| -> Vec<f64> {
            (0..count)
                .map(|i| by + (i as f64 + 0.5) / count as f64)
                .collect()
        };
        let (before, now) = (scores(12, 0.0), scores(12, 0.3));
        assert!(ways(12, 12) > MOST);
        let found = of(&before, &now);
        assert_eq!(found.0.len(), DRAWN);
        let mut turned = before.clone();
        turned.reverse();
        assert_eq!(of(&turned, &now), found);
        // The mean difference is 0.3, and its deviation 0.12.
        let low = found.low(0.05).expect("ways");
        assert!((0.07..0.13).contains(&low), "{low}");
    }

    #[test]
    fn of_very_many_rounds_nothing_is_asked() {
        assert_eq!(Arrangements::of(&[1.0], &[1.0; 100]), None);
        // As many ways as rounds, which is quick.
        assert_eq!(of(&[1.0], &[2.0; 99]).0, [1.0; 99]);
    }

    #[test]
    fn too_few_ways_are_none() {
        assert_eq!(of(&[], &[1.0]).low(0.5), None);
        assert_eq!(of(&[1.0], &[]).low(0.5), None);
        assert_eq!(of(&[1.0; 4], &[2.0; 4]).low(0.01), None);
        assert_eq!(of(&[1.0; 4], &[2.0; 4]).low(0.02), Some(1.0));
    }
}
