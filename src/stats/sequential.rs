//! Looking again as rounds come in, and paying for it.
//!
//! Each look may end a case, so each look spends part of the case's level.
//! How much is spent by when is fixed beforehand as a function of the
//! information gathered, and the level at each look is then as large as the
//! looks' correlation allows.
//!
//! Source: Lan and DeMets, Discrete sequential boundaries for clinical trials
//! (1983), for spending and for the form near O'Brien and Fleming's boundaries;
//! Kim and DeMets (1987) for the power family; Armitage, McPherson and Rowe
//! (1969) for the recursion; Jennison and Turnbull, Group sequential
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

/// How much of a level is spent by when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Spending {
    /// `alpha * t^power` at a part `t` of the information.
    Power(f64),
    /// `2 - 2 Phi(z / sqrt(t))`, where a normal variable exceeds `z` with
    /// probability `alpha / 2`: next to nothing before half of the information
    /// is there, and so nearly all of the level at the last look.
    ObrienFleming,
}

impl Spending {
    /// What of `alpha` is spent by a fraction of the information, up to 1.
    fn spent(self, alpha: f64, fraction: f64) -> f64 {
        if fraction <= 0.0 {
            return 0.0;
        }
        match self {
            Self::Power(power) => alpha * fraction.powf(power),
            Self::ObrienFleming => {
                2.0 * normal_upper(normal_quantile(0.5 * alpha) / fraction.sqrt())
            }
        }
    }

    /// The part of `alpha` that is spent once there are so many rounds, from
    /// none before the first look to 1 at the last one.
    pub(super) fn part(self, alpha: f64, looks: Looks, now: usize) -> f64 {
        if now < looks.first || alpha <= 0.0 {
            return 0.0;
        }
        let now = now.min(looks.last);
        let fraction = looks.information(now) / looks.information(looks.last);
        (self.spent(alpha, fraction) / alpha).clamp(0.0, 1.0)
    }

    /// By which numbers it is remembered.
    fn key(self) -> u64 {
        match self {
            Self::Power(power) => power.to_bits(),
            // No power is not a number.
            Self::ObrienFleming => f64::NAN.to_bits(),
        }
    }
}

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
    /// As many as are planned, from the first number of rounds to the last.
    pub(super) fn planned(before: usize, (first, last): (usize, usize)) -> Self {
        let first = first.max(1);
        Self {
            before,
            first,
            last: last.max(first),
        }
    }

    /// The same where nothing stored stands against the rounds: information
    /// grows with them alone.
    pub(super) fn of_pairs(planned: (usize, usize)) -> Self {
        Self::planned(usize::MAX, planned)
    }

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

/// The one-sided level at `now` rounds, when `alpha` is spent in all. Before the
/// first look, that of the first; past the last one, that of the last.
pub(super) fn level(alpha: f64, spending: Spending, looks: Looks, now: usize) -> f64 {
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
            spending.spent(alpha, fraction(rounds - 1))
        };
        return spending.spent(alpha, fraction(rounds)) - before;
    }
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        let levels = known
            .entry((alpha.to_bits(), spending.key(), looks))
            .or_insert_with(|| levels(alpha, spending, &looks.fractions()));
        levels[index]
    })
}

/// Levels at all looks with these fractions of the information.
///
/// The score is a Brownian motion seen at the fractions. Its density among
/// the paths that have not crossed yet is carried from look to look on a
/// grid, and each boundary is where the paths that cross it now have just the
/// probability that this look may spend.
fn levels(alpha: f64, spending: Spending, fractions: &[f64]) -> Vec<f64> {
    let mut levels = Vec::with_capacity(fractions.len());
    let mut density: Vec<(f64, f64)> = vec![(0.0, 1.0)];
    let mut before: f64 = 0.0;
    for &fraction in fractions {
        let spend = spending.spent(alpha, fraction) - spending.spent(alpha, before);
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
        assert!((level(0.01, Spending::Power(2.0), looks, 5) - 0.01).abs() < 1e-9);
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
            let level = level(alpha, Spending::Power(2.0), looks, 3 + i);
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
        let sum: f64 = (3..=500)
            .map(|now| level(0.01, Spending::Power(2.0), looks, now))
            .sum();
        assert!((sum - 0.01).abs() < 1e-12);
    }

    #[test]
    fn past_the_last_look_the_last_level_stands() {
        let looks = Looks {
            before: 8,
            first: 3,
            last: 8,
        };
        let at = |now| level(0.01, Spending::Power(2.0), looks, now);
        assert_eq!(at(8), at(11));
        assert_eq!(at(1), at(3));
    }

    /// Lan and DeMets, 1983: at a one-sided 0.025 and five equal steps their
    /// form near O'Brien and Fleming's spends 0.0000, 0.0004, 0.0038, 0.0122
    /// and 0.0250, and its boundaries are 4.877, 3.357, 2.680, 2.290 and 2.031
    /// (Reboussin, DeMets, Kim and Lan, 2000, from their program).
    #[test]
    fn the_form_near_obrien_and_fleming_has_its_published_boundaries() {
        let fractions = [0.2, 0.4, 0.6, 0.8, 1.0];
        let of = Spending::ObrienFleming;
        for (fraction, spent) in fractions
            .iter()
            .zip([0.0, 0.000_4, 0.003_8, 0.012_2, 0.025])
        {
            assert!(
                (of.spent(0.025, *fraction) - spent).abs() < 6e-5,
                "{fraction}"
            );
        }
        let found = levels(0.025, of, &fractions);
        for (level, z) in found.iter().zip([4.877, 3.357, 2.680, 2.290, 2.031]) {
            let boundary = normal_quantile(*level);
            assert!((boundary - z).abs() < 1.5e-3, "{boundary} for {z}");
        }
    }
}
