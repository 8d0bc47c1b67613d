//! Looking again as rounds come in, and paying for it.
//!
//! Each look may end a case, so each look spends part of the case's level.
//! How much is spent by when is fixed beforehand as a function of the
//! information gathered, and the level at each look is then as large as the
//! looks' correlation allows.
//!
//! Source: Lan and DeMets, Discrete sequential boundaries for clinical trials
//! (1983); Kim and DeMets (1987) for the power family; Armitage, McPherson
//! and Rowe (1969) for the recursion; Jennison and Turnbull, Group sequential
//! methods (2000), sections 3.8 and 11.5, for carrying normal levels over to
//! t statistics by their significance level.

use std::cell::RefCell;
use std::collections::HashMap;

use super::distribution::{normal_quantile, normal_upper};

/// Points of the grid that carries the density from look to look.
const GRID: usize = 257;

/// Beyond so many looks the level of each is what it spends: valid still
/// (a union bound), and no recursion over hundreds of looks.
const MOST_LOOKS: usize = 32;

/// So many levels are remembered for a thread.
const MOST_REMEMBERED: usize = 1024;

/// How looks are spent: rounds of the baseline, and of this run from the
/// first to the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Looks {
    /// Rounds of the baseline.
    pub(super) before: usize,
    /// Rounds of this run at the first look; at least 1.
    pub(super) first: usize,
    /// Rounds of this run at the last look.
    pub(super) last: usize,
}

impl Looks {
    /// Information at a number of rounds, as the reciprocal of the variance
    /// of a difference of means, in units of the variance between rounds.
    ///
    /// What two recordings differ by is left out: it only makes the looks
    /// more alike, so that leaving it out spends too much, never too little.
    fn information(&self, rounds: usize) -> f64 {
        1.0 / (1.0 / self.before.max(1) as f64 + 1.0 / rounds.max(1) as f64)
    }

    /// Information at every look, as a part of that at the last.
    fn fractions(&self) -> Vec<f64> {
        let all = self.information(self.last);
        (self.first..=self.last)
            .map(|rounds| self.information(rounds) / all)
            .collect()
    }
}

/// The one-sided level at `now` rounds, when `alpha` is spent in all as
/// `alpha * fraction^power`. Past the last look, that of the last.
pub(super) fn level(alpha: f64, power: f64, looks: Looks, now: usize) -> f64 {
    type Key = (u64, u64, Looks);
    thread_local! {
        // Worked out once for all cases and looks: a recursion of integrals.
        static KNOWN: RefCell<HashMap<Key, Vec<f64>>> = RefCell::default();
    }
    let count = looks.last.saturating_sub(looks.first) + 1;
    let index = now.saturating_sub(looks.first).min(count - 1);
    if count > MOST_LOOKS {
        let fraction = |rounds| looks.information(rounds) / looks.information(looks.last);
        let rounds = looks.first + index;
        let before = if index == 0 {
            0.0
        } else {
            fraction(rounds - 1).powf(power)
        };
        return alpha * (fraction(rounds).powf(power) - before);
    }
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        let levels = known
            .entry((alpha.to_bits(), power.to_bits(), looks))
            .or_insert_with(|| levels(alpha, power, &looks.fractions()));
        levels[index]
    })
}

/// Levels at all looks with these fractions of the information.
///
/// The score is a Brownian motion seen at the fractions. Its density among
/// the paths that have not crossed yet is carried from look to look on a
/// grid, and each boundary is where the paths that cross it now have just the
/// probability that this look may spend.
fn levels(alpha: f64, power: f64, fractions: &[f64]) -> Vec<f64> {
    let mut levels = Vec::with_capacity(fractions.len());
    let mut density: Vec<(f64, f64)> = vec![(0.0, 1.0)];
    let mut before: f64 = 0.0;
    for &fraction in fractions {
        let spend = alpha
            * (fraction.powf(power)
                - if before > 0.0 {
                    before.powf(power)
                } else {
                    0.0
                });
        let step = (fraction - before).sqrt();
        let boundary = boundary(&density, step, spend, fraction.sqrt());
        levels.push(normal_upper(boundary / fraction.sqrt()));
        density = carry(&density, step, fraction.sqrt(), boundary);
        before = fraction;
    }
    levels
}

/// Where paths cross with probability `spend`.
fn boundary(density: &[(f64, f64)], step: f64, spend: f64, scale: f64) -> f64 {
    let crossing = |at: f64| -> f64 {
        density
            .iter()
            .map(|&(s, weight)| weight * normal_upper((at - s) / step))
            .sum()
    };
    // A single look at that level would put it here; earlier looks took some
    // paths away, so it lies below.
    let mut high = normal_quantile(spend) * scale;
    let mut low = -9.0 * scale;
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if crossing(middle) > spend {
            low = middle;
        } else {
            high = middle;
        }
        if high - low < 1e-12 * scale {
            break;
        }
    }
    high
}

/// The density after one more step, below the boundary, as weights of
/// Simpson's rule.
fn carry(density: &[(f64, f64)], step: f64, scale: f64, boundary: f64) -> Vec<(f64, f64)> {
    let low = -8.0 * scale;
    let width = (boundary - low) / (GRID - 1) as f64;
    let norm = 1.0 / (step * (2.0 * std::f64::consts::PI).sqrt());
    (0..GRID)
        .map(|i| {
            let s = low + width * i as f64;
            let value: f64 = density
                .iter()
                .map(|&(from, weight)| weight * norm * (-0.5 * ((s - from) / step).powi(2)).exp())
                .sum();
            let simpson = if i == 0 || i == GRID - 1 {
                1.0
            } else if i % 2 == 1 {
                4.0
            } else {
                2.0
            };
            (s, value * simpson * width / 3.0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One look: the whole level.
    #[test]
    fn a_single_look_has_the_whole_level() {
        let looks = Looks {
            before: 8,
            first: 5,
            last: 5,
        };
        assert!((level(0.01, 2.0, looks, 5) - 0.01).abs() < 1e-9);
    }

    /// Jennison and Turnbull 2000, table 2.1: Pocock's constant for five
    /// equally spaced looks at a two-sided level of 0.05 is 2.413, so looks at
    /// that constant spend 0.025 a side, but for paths that cross both
    /// boundaries. Their cumulative spending given to the recursion must give
    /// the constant back: the check is run forward, on the crossing
    /// probabilities of a constant boundary.
    #[test]
    fn constant_boundaries_spend_what_the_tables_say() {
        let mut density = vec![(0.0, 1.0)];
        let mut spent = 0.0;
        let step = (0.2f64).sqrt();
        for look in 1..=5 {
            let scale = (0.2 * f64::from(look)).sqrt();
            let at = 2.413 * scale;
            spent += density
                .iter()
                .map(|&(s, w): &(f64, f64)| w * normal_upper((at - s) / step))
                .sum::<f64>();
            density = carry(&density, step, scale, at);
        }
        assert!((spent - 0.025).abs() < 2e-5, "{spent}");
    }

    /// Paths that crossed before need not be paid for again, so that every
    /// look but the first may be bolder than what it spends.
    #[test]
    fn looks_spend_no_more_than_alpha_and_give_more_than_a_union_bound() {
        let looks = Looks {
            before: 8,
            first: 3,
            last: 8,
        };
        let alpha = 0.01;
        let fractions = looks.fractions();
        let mut before = 0.0f64;
        for (i, fraction) in fractions.iter().enumerate() {
            let spend = alpha * (fraction.powi(2) - before.powi(2));
            let level = level(alpha, 2.0, looks, 3 + i);
            if i == 0 {
                assert!((level / spend - 1.0).abs() < 1e-6);
            } else {
                assert!(level > spend, "look {i}: {level} <= {spend}");
            }
            assert!(level < alpha);
            before = *fraction;
        }
    }

    #[test]
    fn hundreds_of_looks_spend_by_the_union_bound() {
        let looks = Looks {
            before: 10,
            first: 3,
            last: 500,
        };
        let sum: f64 = (3..=500).map(|now| level(0.01, 2.0, looks, now)).sum();
        assert!((sum - 0.01).abs() < 1e-12);
    }

    #[test]
    fn past_the_last_look_the_last_level_stands() {
        let looks = Looks {
            before: 8,
            first: 3,
            last: 8,
        };
        assert_eq!(level(0.01, 2.0, looks, 8), level(0.01, 2.0, looks, 11));
        assert_eq!(level(0.01, 2.0, looks, 1), level(0.01, 2.0, looks, 3));
    }
}
