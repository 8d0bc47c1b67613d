//! What a case's rounds promise of the next ones: the smallest change that
//! they can show, the smallest limit that they can honour, and how many rounds
//! would tell.

use crate::kit::Ratio;

use super::claims::{Claim, Claims, looks_of_slower};
use super::distribution::{normal_quantile, t_quantile};
use super::paired::{PairedRounds, moderated};
use super::sequential::Looks;
use super::{Design, StatsError};

/// A change counts as one that can be seen, and a limit as one that can be
/// honoured, where it comes out so in this share of runs.
pub const POWER: f64 = 0.95;

/// The most rounds that are thought about.
const MOST_ROUNDS: usize = 200;

/// The noise of one case, as all cases of its invocation tell it, and the
/// levels that its claims have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// Variance between rounds of log times, with its degrees of freedom.
    pub(super) rounds: (f64, f64),
    /// Variance between recordings, likewise.
    pub(super) recordings: (f64, f64),
    /// The claims' levels, and how they are spent.
    pub(super) claims: Claims,
}

/// How a case is compared: rounds of its baseline, and of a run at the first
/// look and at the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounds {
    /// Rounds of the baseline.
    pub before: usize,
    /// Rounds of the run at the first look.
    pub first: usize,
    /// Rounds of the run at the last look.
    pub last: usize,
}

impl Rounds {
    /// Of two versions side by side: no baseline of so few rounds stands
    /// against them.
    #[must_use]
    pub fn of_pairs((first, last): (usize, usize)) -> Self {
        Self {
            before: usize::MAX,
            first,
            last,
        }
    }
}

impl Precision {
    /// Deviation between rounds, after moderation, on the log scale.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.rounds.0.sqrt()
    }

    /// Variance of a difference of two recordings of so many rounds: its part
    /// from rounds, and from the recordings themselves.
    fn variances(&self, plan: Rounds) -> (f64, f64) {
        let rounds = 1.0 / plan.before.max(1) as f64 + 1.0 / plan.last.max(1) as f64;
        (self.rounds.0 * rounds, 2.0 * self.recordings.0)
    }

    fn error(&self, plan: Rounds) -> f64 {
        let (rounds, recordings) = self.variances(plan);
        (rounds + recordings).sqrt()
    }

    /// Half-width of a bound at the last look, as [`compare`](super::compare)
    /// makes it.
    fn half(&self, plan: Rounds, claim: Claim) -> f64 {
        let looks = Looks::planned(plan.before, (plan.first, plan.last));
        let looks = if claim == self.claims.slower {
            looks_of_slower(looks)
        } else {
            looks
        };
        let level = claim.level(looks, plan.last);
        let (rounds, recordings) = self.variances(plan);
        let by_rounds = t_quantile(level, self.rounds.1) * rounds.sqrt();
        // Versions side by side have none.
        let by_recordings = if recordings > 0.0 {
            t_quantile(level, self.recordings.1) * recordings.sqrt()
        } else {
            0.0
        };
        by_rounds.hypot(by_recordings)
    }

    /// The minimum detectable change: the smallest true slowdown that is told
    /// from none by the last look in 95 of 100 runs.
    ///
    /// The critical half-width, and the normal quantile of the power on top of
    /// it. Source: Bloom, Minimum detectable effects (1995).
    #[must_use]
    pub fn detectable(&self, plan: Rounds) -> Ratio {
        let reserve = normal_quantile(1.0 - POWER) * self.error(plan);
        Ratio::from_ln(self.half(plan, self.claims.slower) + reserve)
    }

    /// The smallest limit that an unchanged case passes by the last look in 95
    /// of 100 runs: the half-width of "pass", with the same reserve.
    #[must_use]
    pub fn honoured(&self, plan: Rounds) -> Ratio {
        let reserve = normal_quantile(1.0 - POWER) * self.error(plan);
        Ratio::from_ln(self.half(plan, self.claims.pass) + reserve)
    }

    /// How many rounds, looked at once, decide a change that stays as it was
    /// estimated; none where no number of them does, because recordings alone
    /// differ by more than what is left to the limit.
    #[must_use]
    pub fn rounds_to_tell(&self, estimate: Ratio, limit: Ratio, before: usize) -> Option<usize> {
        let distance = estimate.ln() - limit.ln();
        let claim = if distance > 0.0 {
            self.claims.slower
        } else {
            self.claims.pass
        };
        (1..=MOST_ROUNDS).find(|&rounds| {
            let plan = Rounds {
                before,
                first: rounds,
                last: rounds,
            };
            self.half(plan, claim) < distance.abs()
        })
    }

    /// The fewest rounds a side, up to `most`, that honour a limit, with looks
    /// from `first` on; none where these do not.
    #[must_use]
    pub fn rounds_to_honour(&self, limit: Ratio, first: usize, most: usize) -> Option<usize> {
        (first..=most).find(|&rounds| {
            let plan = Rounds {
                before: rounds,
                first,
                last: rounds,
            };
            self.honoured(plan).0 <= limit.0
        })
    }
}

/// What the pairs of all cases of an invocation promise of further rounds, with
/// the variances and the levels of [`compare_pairs`](super::compare_pairs); to
/// be asked of [`Rounds::of_pairs`].
///
/// # Errors
///
/// Per case, as for [`compare_pairs`](super::compare_pairs).
#[must_use]
pub fn precision_of_pairs(
    cases: &[PairedRounds],
    design: &Design,
) -> Vec<Result<Precision, StatsError>> {
    let claims = Claims::of_pairs(design);
    moderated(cases)
        .into_iter()
        .map(|known| {
            let (_, rounds) = known?;
            Ok(Precision {
                rounds,
                // Both versions are of one recording.
                recordings: (0.0, 0.0),
                claims,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sequential::Spending;
    use super::*;

    /// Deviation 1 % between rounds, none between recordings, both known
    /// exactly; levels 1 % and 2.5 %.
    fn exact() -> Precision {
        Precision {
            rounds: (1e-4, 1e9),
            recordings: (0.0, 1e9),
            claims: Claims {
                slower: Claim {
                    alpha: 0.01,
                    spending: Spending::ObrienFleming,
                },
                faster: Claim {
                    alpha: 0.01,
                    spending: Spending::Power(3.0),
                },
                pass: Claim {
                    alpha: 0.025,
                    spending: Spending::Power(1.0),
                },
            },
        }
    }

    fn once(before: usize, rounds: usize) -> Rounds {
        Rounds {
            before,
            first: rounds,
            last: rounds,
        }
    }

    /// With 8 rounds a side the error is 1 % over 2, and the normal quantiles
    /// of 1 %, 2.5 % and 5 % are 2.3263, 1.9600 and 1.6449: (2.3263 + 1.6449)
    /// / 2 = 1.9856 on the log scale for a change, 1.8024 for a limit.
    #[test]
    fn one_look_at_eight_rounds_a_side_by_hand() {
        let found = exact().detectable(once(8, 8)).ln();
        assert!((found - 0.019_856).abs() < 2e-6, "{found}");
        let limit = exact().honoured(once(8, 8)).ln();
        assert!((limit - 0.018_024).abs() < 2e-6, "{limit}");
    }

    /// 8 rounds before: half-width 2.3263 % times the root of 1/8 + 1/n. An
    /// estimate 1.2 % above the limit needs 1/8 + 1/n < 0.26610, so n = 8.
    #[test]
    fn rounds_to_tell_are_those_whose_half_width_fits() {
        let limit = Ratio::from_ln(0.01);
        let above = Ratio::from_ln(0.022);
        assert_eq!(exact().rounds_to_tell(above, limit, 8), Some(8));
        // Below the limit by as much, by the bolder level of "pass": 1/8 + 1/n
        // < 0.37486, n = 5.
        let below = Ratio::from_ln(-0.002);
        assert_eq!(exact().rounds_to_tell(below, limit, 8), Some(5));
        // More than the baseline's own rounds leave: never.
        let near = Ratio::from_ln(0.011);
        assert_eq!(exact().rounds_to_tell(near, limit, 8), None);
    }

    #[test]
    fn more_rounds_show_less_and_looks_cost_something() {
        let mut last = f64::INFINITY;
        for rounds in 3..12 {
            let found = exact().detectable(once(10, rounds)).0;
            assert!(found < last);
            last = found;
        }
        let looked = Rounds {
            before: 10,
            first: 3,
            last: 10,
        };
        assert!(exact().detectable(looked).0 > exact().detectable(once(10, 10)).0);
    }

    /// What recordings differ by is left however many rounds there are.
    #[test]
    fn recordings_set_a_floor_that_rounds_do_not_reach() {
        let noisy = Precision {
            recordings: (1e-4, 1e9),
            ..exact()
        };
        assert!(noisy.detectable(once(200, 200)).0 > 0.05);
        assert_eq!(noisy.rounds_to_honour(Ratio(0.02), 3, 200), None);
        // 1.96 + 1.6449 = 3.605 times 1 % times the root of 2/n below 2 %
        // (1.9803 % on the log scale): n = 7 for one look; looks cost one or two more.
        let needed = exact().rounds_to_honour(Ratio(0.02), 3, 50);
        assert!(matches!(needed, Some(7..=9)), "{needed:?}");
    }
}
