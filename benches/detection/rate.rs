//! A share of suites with an interval that knows that replays overlap.

use super::replay::Suite;

/// Two-sided 95 % of the normal distribution.
const Z: f64 = 1.959_964;

/// A share in [0, 1] with its 95 % interval.
#[derive(Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) share: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Rate {
    /// `0.4 (0.1-1.2)`, in percent.
    pub(crate) fn percent(self) -> String {
        let digits = |share: f64| {
            let percent = 100.0 * share;
            let near_an_end = !(9.95..=90.05).contains(&percent);
            if near_an_end && percent > 0.0 && percent < 100.0 {
                format!("{percent:.1}")
            } else {
                format!("{percent:.0}")
            }
        };
        format!(
            "{} ({}-{})",
            digits(self.share),
            digits(self.low),
            digits(self.high)
        )
    }
}

/// The mean of what suites gave, each in [0, 1].
///
/// Replays share rounds, so they are not that many independent suites: the
/// variance of their mean is that of a jackknife over rounds (each left out
/// in turn, with all suites that use it), less what is due to the number of
/// replays alone. Source: Efron and Stein, 1981; Wager, Hastie and Efron,
/// 2014, for the correction. The interval is Wilson's at the number of
/// independent suites that this variance is worth, at most the replays; where
/// all replays agree, the recorded rounds are taken for that number, so that
/// "never" has an honest upper end.
pub(crate) fn rate(values: &[f64], suites: &[Suite], rounds: usize) -> Rate {
    let count = values.len() as f64;
    let share = values.iter().sum::<f64>() / count;
    let spread = values.iter().map(|v| (v - share).powi(2)).sum::<f64>() / count;
    let worth = if spread <= 0.0 {
        rounds as f64
    } else {
        let mut variance = 0.0;
        for round in 0..rounds {
            let (mut sum, mut without) = (0.0, 0.0);
            for (value, suite) in values.iter().zip(suites) {
                if !suite.uses(round) {
                    sum += value;
                    without += 1.0;
                }
            }
            if without > 0.0 {
                let chance = spread * (1.0 / without - 1.0 / count);
                variance += (sum / without - share).powi(2) - chance;
            }
        }
        variance *= (rounds as f64 - 1.0) / rounds as f64;
        (share * (1.0 - share) / variance.max(spread / count)).clamp(1.0, count)
    };
    // Wilson, 1927.
    let z2 = Z * Z / worth;
    let centre = (share + z2 / 2.0) / (1.0 + z2);
    let half = Z / (1.0 + z2) * (share * (1.0 - share) / worth + z2 / (4.0 * worth)).sqrt();
    Rate {
        share,
        low: (centre - half).clamp(0.0, share),
        high: (centre + half).clamp(share, 1.0),
    }
}
