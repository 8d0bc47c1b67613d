//! A share of replays with an interval that knows that they overlap.

use serde::{Deserialize, Serialize};

/// Two-sided 95 % of the normal distribution.
const Z: f64 = 1.959_964;

/// A share in [0, 1] with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Share {
    /// The share.
    pub share: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The share of replays of which something holds. `values` says it of each,
/// `uses(replay, round)` whether a replay used a round, of so many.
///
/// The variance is that of a jackknife over rounds: each left out in turn, with
/// all replays that use it, less what is due to the number of replays alone.
/// Source: Efron and Stein, 1981; Wager, Hastie and Efron, 2014. The interval
/// is Wilson's (1927) at the number of independent replays that this variance
/// is worth, at most all of them; where all agree, the rounds are taken for
/// that number, so that "never" has an honest upper end. Without replays
/// nothing is known: 0 to 1.
pub(super) fn share(values: &[bool], uses: impl Fn(usize, usize) -> bool, rounds: usize) -> Share {
    let count = values.len() as f64;
    if values.is_empty() || rounds == 0 {
        return Share {
            share: 0.0,
            low: 0.0,
            high: 1.0,
        };
    }
    let held = values.iter().filter(|held| **held).count() as f64;
    let share = held / count;
    let spread = share * (1.0 - share);
    let worth = if spread <= 0.0 {
        rounds as f64
    } else {
        let mut variance = 0.0;
        for round in 0..rounds {
            let without: Vec<bool> = values
                .iter()
                .enumerate()
                .filter(|(replay, _)| !uses(*replay, round))
                .map(|(_, held)| *held)
                .collect();
            if without.is_empty() {
                continue;
            }
            let of = without.len() as f64;
            let left = without.iter().filter(|held| **held).count() as f64 / of;
            variance += (left - share).powi(2) - spread * (1.0 / of - 1.0 / count);
        }
        variance *= (rounds as f64 - 1.0) / rounds as f64;
        (spread / variance.max(spread / count)).clamp(1.0, count)
    };
    let z2 = Z * Z / worth;
    let centre = (share + z2 / 2.0) / (1.0 + z2);
    let half = Z / (1.0 + z2) * (spread / worth + z2 / (4.0 * worth)).sqrt();
    Share {
        share,
        low: (centre - half).clamp(0.0, share),
        high: (centre + half).clamp(share, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wilson at 0 of 20: the upper end is z^2 / (20 + z^2) = 0.1611.
    #[test]
    fn never_has_the_upper_end_of_as_many_suites_as_rounds() {
        let found = share(&[false; 500], |_, _| true, 20);
        assert_eq!((found.share, found.low), (0.0, 0.0));
        assert!((found.high - 0.161_125).abs() < 1e-5, "{found:?}");
    }

    /// Replays that all hinge on one round are worth few, and those that hinge
    /// on none are worth as many as they are.
    #[test]
    fn a_share_that_hinges_on_a_round_is_less_certain() {
        let values: Vec<bool> = (0..400).map(|replay| replay % 10 == 0).collect();
        let hinging = share(&values, |replay, _| replay % 10 == 0, 10);
        let free = share(&values, |replay, round| (replay / 10) % 10 == round, 10);
        assert_eq!(hinging.share, free.share);
        assert!(hinging.high - hinging.low > 2.0 * (free.high - free.low));
    }
}
