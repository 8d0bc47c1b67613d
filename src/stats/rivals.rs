//! Several rivals for one job, timed in the same rounds: which is fastest, and
//! which of the differences are more than noise.

use crate::kit::{Nanos, Ratio};

use super::StatsError;
use super::change::{logs, spread};
use super::claims::WIDEST;
use super::distribution::t_quantile;
use super::prior::{KNOWN, Trend};
use super::sequential::{Looks, Spending, level};

/// Part of a level that is spent by a part of the rounds: as for "slower" in
/// pairs, so that most is left for the last look.
const SPENDING: Spending = Spending::Power(3.0);

/// One rival's rounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    /// Location of each round.
    pub rounds: Vec<Nanos>,
    /// What the clock resolves in one location.
    pub tick: Nanos,
}

/// What lies between two rivals: relative, positive where the first is slower.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// Best estimate.
    pub estimate: Ratio,
    /// Lower end: one-sided, at the level that was asked for.
    pub low: Ratio,
    /// Upper end: likewise.
    pub high: Ratio,
}

/// What is known of one rival, on the log scale.
#[derive(Clone, Copy, Debug)]
struct Known {
    mean: f64,
    /// Standard error of that mean.
    error: f64,
    freedom: f64,
}

/// Rivals with the variances that they tell together.
#[derive(Clone, Debug)]
pub struct Rivals(Vec<Known>);

impl Rivals {
    /// Takes in all rivals at once, since strength is borrowed across them:
    /// the variance between each one's rounds is moderated by the trend that
    /// all tell, as a check moderates it across its cases.
    ///
    /// # Errors
    ///
    /// [`StatsError::NoRounds`], [`StatsError::NotATime`], of any of them.
    pub fn of(rivals: &[Rival]) -> Result<Self, StatsError> {
        let sides = rivals
            .iter()
            .map(|rival| {
                let located: Vec<_> = rival
                    .rounds
                    .iter()
                    .map(|&location| super::Located {
                        recording: 0,
                        location,
                    })
                    .collect();
                let side = logs(&located)?;
                let (spread, _) = spread(&[&side], rival.tick);
                Ok((spread, rival.rounds.len() as f64))
            })
            .collect::<Result<Vec<_>, StatsError>>()?;
        let spreads: Vec<_> = sides.iter().map(|(spread, _)| *spread).collect();
        let trend = Trend::fit(&spreads, &KNOWN);
        let known = sides.iter().map(|(spread, rounds)| {
            let (variance, freedom) = trend.moderate(spread);
            Known {
                mean: spread.time,
                error: (variance / rounds).sqrt(),
                freedom,
            }
        });
        Ok(Self(known.collect()))
    }

    /// The one whose rounds lie lowest; the first of several. None where there
    /// is no rival.
    #[must_use]
    pub fn fastest(&self) -> Option<usize> {
        self.ranking().first().copied()
    }

    /// All of them, the fastest first.
    #[must_use]
    pub fn ranking(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.0.len()).collect();
        // Stable: of equals the first stays first.
        order.sort_by(|&a, &b| self.0[a].mean.total_cmp(&self.0[b].mean));
        order
    }

    /// How much slower one is than another, each end of the interval at this
    /// one-sided level.
    ///
    /// Each rival has its own Student-t bound, and the bound of the difference
    /// is the root of the sum of their squares (Howe, 1974), which keeps its
    /// level where their variances differ. What a process does to all of its
    /// rivals alike only makes the truth narrower than this.
    #[must_use]
    pub fn gap(&self, slower: usize, than: usize, level: f64) -> Gap {
        let (a, b) = (self.0[slower], self.0[than]);
        let half = |known: Known| t_quantile(level, known.freedom) * known.error;
        let half = half(a).hypot(half(b)).min(WIDEST);
        let estimate = a.mean - b.mean;
        let ratio = |log: f64| Ratio::from_ln(log.clamp(-700.0, 700.0));
        Gap {
            estimate: ratio(estimate),
            low: ratio(estimate - half),
            high: ratio(estimate + half),
        }
    }
}

/// The level at a look after `now` rounds, where `alpha` is spent over looks
/// after each round from `first` to `last`, and both sides of a comparison
/// grow from look to look.
#[must_use]
pub fn level_of_look(alpha: f64, first: usize, last: usize, now: usize) -> f64 {
    let first = first.max(1);
    let looks = Looks {
        // The information grows with the rounds, as it does beside a side
        // that is known exactly.
        before: usize::MAX,
        first,
        last: last.max(first),
    };
    level(alpha, SPENDING, looks, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rival(rounds: &[f64]) -> Rival {
        Rival {
            rounds: rounds.iter().copied().map(Nanos).collect(),
            tick: Nanos(1.0),
        }
    }

    #[test]
    fn the_fastest_stands_first_and_gaps_have_a_sign() {
        let rivals = Rivals::of(&[
            rival(&[1_100.0, 1_101.0, 1_099.0]),
            rival(&[1_000.0, 1_001.0, 999.0]),
            rival(&[2_000.0, 2_002.0, 1_998.0]),
        ])
        .expect("times");
        assert_eq!(rivals.ranking(), [1, 0, 2]);
        let gap = rivals.gap(0, 1, 0.01);
        assert!((gap.estimate.0 - 0.1).abs() < 1e-4, "{gap:?}");
        assert!(0.05 < gap.low.0 && gap.low.0 < 0.1, "{gap:?}");
        assert!(rivals.gap(1, 0, 0.01).high.0 < 0.0);
    }

    /// With the same variance s^2 and n rounds each, the half-width is
    /// t s sqrt(2 / n), whatever the trend made of s.
    #[test]
    fn equal_rivals_have_the_interval_of_a_two_sample_t() {
        let rounds = [100.0, 101.0, 99.0, 100.5, 99.5];
        let rivals = Rivals::of(&[rival(&rounds), rival(&rounds)]).expect("times");
        let Known { error, freedom, .. } = rivals.0[0];
        let half = t_quantile(0.01, freedom) * error * 2f64.sqrt();
        let gap = rivals.gap(0, 1, 0.01);
        assert!((gap.high.ln() - half).abs() < 1e-12);
        assert_eq!(gap.estimate.0, 0.0);
    }

    #[test]
    fn looks_share_a_level_and_one_look_has_all_of_it() {
        assert!((level_of_look(0.01, 5, 5, 5) - 0.01).abs() < 1e-6);
        let first = level_of_look(0.01, 5, 20, 5);
        let last = level_of_look(0.01, 5, 20, 20);
        // A quarter of the rounds: (1/4)^3 of the level.
        assert!((first - 0.01 / 64.0).abs() < 1e-6, "{first}");
        assert!(first < last && last < 0.01, "{first} {last}");
    }

    #[test]
    fn nothing_is_said_without_rounds() {
        assert!(Rivals::of(&[rival(&[]), rival(&[1.0])]).is_err());
        assert!(Rivals::of(&[rival(&[f64::NAN])]).is_err());
        assert_eq!(Rivals::of(&[]).expect("none").fastest(), None);
    }
}
