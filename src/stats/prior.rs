//! The variance between rounds: each case's own, moderated by what all cases
//! tell together.
//!
//! A handful of rounds knows its own variance badly. Taking one variance for
//! all cases would be worse: it differs by a factor of 200 within one suite.
//! So each variance is shrunk toward a trend, as far as the cases' agreement
//! with that trend warrants.
//!
//! Source: Smyth, Linear models and empirical Bayes methods for assessing
//! differential expression in microarray experiments (2004), for the scaled
//! inverse chi-square prior and its estimate by moments of log variances; Law,
//! Chen, Shi and Smyth, voom (2014), and limma's `squeezeVar(covariate)`, for
//! the trend. What is added: the trend and its scatter begin at documented
//! values, worth a few cases, because an invocation may hold one case only.

use statrs::function::gamma::digamma;

use super::distribution::{trigamma, trigamma_inverse};
use super::median;
use super::modes::Modes;

/// The variance of one case as its rounds tell it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    /// The natural logarithm of its time in nanoseconds.
    pub(super) time: f64,
    /// Variance between rounds, of log times; positive.
    pub(super) variance: f64,
    /// Its degrees of freedom; 0 where there is one round a side.
    pub(super) freedom: f64,
}

/// What is known of variances before any is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Knowledge {
    /// Where the trend is centred: the logarithm of a time in nanoseconds.
    pub(super) centre: f64,
    /// Log variance there, as [`Trend`] counts it.
    pub(super) level: f64,
    /// How far a device's own level lies from that, as a variance.
    pub(super) level_variance: f64,
    /// Change of the log variance for each e-fold of time.
    pub(super) slope: f64,
    /// How far a device's own slope lies from that, as a variance.
    pub(super) slope_variance: f64,
    /// Variance of cases' log variances around the trend.
    pub(super) scatter: f64,
    /// How many cases that scatter is worth.
    pub(super) scatter_cases: f64,
}

/// Fitted to the recordings `h100-a` and `h100-b` (23 cases of 6 us to 73 ms,
/// fresh processes): the level is 0.12 % between rounds at 170 us, falling by
/// a quarter of an e-fold of the variance for each e-fold of time, and cases
/// scatter around the trend with variance 3.4, which makes a prior worth 1.3
/// degrees of freedom. Time counts as such and not in ticks of the clock: a
/// batch of a short kernel is read as finely as a long kernel, and its launch
/// differs from process to process all the same. A software adapter lies ten e-folds above that level,
/// hence the wide variance of the level.
pub(super) const KNOWN: Knowledge = Knowledge {
    centre: 12.04,
    level: -13.5,
    level_variance: 9.0,
    slope: -0.25,
    slope_variance: 0.04,
    scatter: 3.4,
    scatter_cases: 2.0,
};

/// No deviation of pairs and of rivals is believed to be below so many times
/// the trend's: as [`super::modes`] has it where nothing is known of modes.
const LEAST_OF_TREND: f64 = 1.25;

/// Residuals beyond so many deviations count for less in the robust trend.
/// Source: Huber, Robust statistics (1981): 1.5 keeps 96 % of the efficiency
/// where all is normal.
const HUBER: f64 = 1.5;

/// Turns a median absolute deviation into a standard deviation, for normal
/// data. Source: Rousseeuw and Croux, 1993.
const MAD_TO_SIGMA: f64 = 1.4826;

/// Rounds of reweighting: enough, since the weights are bounded.
const REWEIGHTINGS: usize = 5;

/// A prior is never taken for worth more degrees of freedom than this, however
/// well the cases agree: agreement of the cases at hand is no promise for the
/// next round.
const MOST_FREEDOM: f64 = 30.0;

/// The prior of an invocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trend {
    centre: f64,
    level: f64,
    slope: f64,
    /// The same line, led astray by no few cases that are far noisier or
    /// quieter than the others: level and slope.
    robust: (f64, f64),
    /// Degrees of freedom that the prior is worth.
    pub(super) freedom: f64,
}

/// What one case tells of the trend: log time from the centre, bias-corrected
/// log variance, and how badly it is known.
type Told = (f64, f64, f64);

/// The normal equations of the deviations from what is known, with the
/// prior's precisions on the diagonal.
#[derive(Clone, Copy)]
struct Line {
    a: f64,
    b: f64,
    c: f64,
    determinant: f64,
    level: f64,
    slope: f64,
}

impl Line {
    fn fit(told: &[Told], known: &Knowledge, weight: impl Fn(&Told) -> f64) -> Self {
        let mut a = 1.0 / known.level_variance;
        let mut b = 0.0;
        let mut c = 1.0 / known.slope_variance;
        let (mut u, mut v) = (0.0, 0.0);
        for case in told {
            let &(x, log, _) = case;
            let weight = weight(case);
            let off = log - known.level - known.slope * x;
            a += weight;
            b += weight * x;
            c += weight * x * x;
            u += weight * off;
            v += weight * x * off;
        }
        let determinant = a * c - b * b;
        Self {
            a,
            b,
            c,
            determinant,
            level: known.level + (c * u - b * v) / determinant,
            slope: known.slope + (a * v - b * u) / determinant,
        }
    }

    fn residual(&self, &(x, log, _): &Told) -> f64 {
        log - self.level - self.slope * x
    }

    /// The line that a few cases far from it do not move: reweighted as Huber
    /// has it, by the median absolute residual, but no less than what sampling
    /// explains.
    fn robust(self, told: &[Told], known: &Knowledge) -> (f64, f64) {
        let mut line = self;
        for _ in 0..REWEIGHTINGS {
            let off: Vec<f64> = told.iter().map(|case| line.residual(case).abs()).collect();
            let Some(middle) = median(&off) else { break };
            let scale = MAD_TO_SIGMA * middle;
            let before = line;
            line = Self::fit(told, known, |case| {
                let sampling = case.2;
                let limit = HUBER * scale.max(sampling.sqrt());
                let off = before.residual(case).abs();
                (limit / off).min(1.0) / (known.scatter + sampling)
            });
        }
        (line.level, line.slope)
    }
}

/// `E[ln(s^2 / sigma^2)]` for a variance with so many degrees of freedom.
fn log_bias(freedom: f64) -> f64 {
    digamma(freedom / 2.0) - (freedom / 2.0).ln()
}

impl Trend {
    /// Fits the trend and its worth to the cases of an invocation.
    ///
    /// A Bayesian linear regression of bias-corrected log variances on log
    /// time, each weighted by how well it is known; then the excess of the
    /// residuals' variance over what sampling explains, matched to trigamma
    /// of half the prior's degrees of freedom.
    pub(super) fn fit(cases: &[Spread], known: &Knowledge) -> Self {
        let told: Vec<Told> = cases
            .iter()
            .filter(|case| case.freedom > 0.0)
            .map(|case| {
                let log = case.variance.ln() - log_bias(case.freedom);
                (case.time - known.centre, log, trigamma(case.freedom / 2.0))
            })
            .collect();

        let line = Line::fit(&told, known, |&(_, _, sampling)| {
            1.0 / (known.scatter + sampling)
        });
        let Line {
            a,
            b,
            c,
            determinant,
            level,
            slope,
        } = line;

        // The fit takes up part of the scatter: its effective parameters are
        // the trace of the hat matrix.
        let mut parameters = 0.0;
        let mut excess = 0.0;
        for &(x, log, sampling) in &told {
            let weight = 1.0 / (known.scatter + sampling);
            let leverage = weight * (c - 2.0 * b * x + a * x * x) / determinant;
            parameters += leverage;
            let residual = line.residual(&(x, log, sampling));
            excess += residual * residual - sampling * (1.0 - leverage);
        }
        let cases = (told.len() as f64 - parameters).max(0.0);
        let scatter =
            (known.scatter_cases * known.scatter + excess) / (known.scatter_cases + cases);
        let freedom = if scatter > 0.0 {
            (2.0 * trigamma_inverse(scatter)).min(MOST_FREEDOM)
        } else {
            MOST_FREEDOM
        };
        Self {
            centre: known.centre,
            level,
            slope,
            robust: line.robust(&told, known),
            freedom,
        }
    }

    /// The prior's variance at a logarithm of a time.
    pub(super) fn variance(&self, time: f64) -> f64 {
        (self.level + self.slope * (time - self.centre) + log_bias(self.freedom)).exp()
    }

    /// What the variance typically is at a logarithm of a time, whatever a few
    /// cases do.
    pub(super) fn typical(&self, time: f64) -> f64 {
        let (level, slope) = self.robust;
        (level + slope * (time - self.centre)).exp()
    }

    /// A case's variance with its degrees of freedom: the posterior mean of
    /// Smyth 2004.
    fn posterior(&self, case: &Spread) -> (f64, f64) {
        let freedom = self.freedom + case.freedom;
        let own = case.freedom * case.variance;
        let prior = self.freedom * self.variance(case.time);
        ((own + prior) / freedom, freedom)
    }

    /// A case's variance after moderation, with its degrees of freedom: the
    /// posterior mean, but no less than [`LEAST_OF_TREND`] says.
    pub(super) fn moderate(&self, case: &Spread) -> (f64, f64) {
        let (variance, freedom) = self.posterior(case);
        let typical = (self.level + self.slope * (case.time - self.centre)).exp();
        (variance.max(LEAST_OF_TREND.powi(2) * typical), freedom)
    }

    /// The same for a case that is compared with a baseline: no less than what
    /// its own rounds say, for noise is believed as it is, and a suite of quiet
    /// cases would talk down the one that is not; and no less than `modes`
    /// allows.
    pub(super) fn moderate_upward(&self, case: &Spread, modes: Modes) -> (f64, f64) {
        let (variance, freedom) = self.posterior(case);
        let own = if case.freedom > 0.0 {
            case.variance
        } else {
            0.0
        };
        let least = modes.least(self.typical(case.time));
        (variance.max(own).max(least), freedom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knowing nothing and with no slope, this is limma's `fitFDist`.
    const NOTHING: Knowledge = Knowledge {
        centre: 0.0,
        level: 0.0,
        level_variance: 1e12,
        slope: 0.0,
        slope_variance: 1e-12,
        scatter: 1.0,
        scatter_cases: 0.0,
    };

    fn spreads(variances: &[f64]) -> Vec<Spread> {
        variances
            .iter()
            .map(|&variance| Spread {
                time: 0.0,
                variance,
                freedom: 4.0,
            })
            .collect()
    }

    /// By hand, for variances 1, 16, 256 with 4 degrees each: the log
    /// variances are 0, 2 ln 2, … in steps of ln 16 = 2.7726, so their
    /// variance is 7.6872; less trigamma(2) = 0.6449 leaves 7.0423, which is
    /// trigamma at 0.40315: 0.8063 prior degrees. Their mean, bias taken out,
    /// is ln 16 - digamma(2) + ln 2 = 3.0430; plus digamma(0.40315) -
    /// ln(0.40315) the prior's log variance.
    #[test]
    fn without_knowledge_it_is_the_moment_estimate_of_limma() {
        let trend = Trend::fit(&spreads(&[1.0, 16.0, 256.0]), &NOTHING);
        let target = 16f64.ln().powi(2) - (std::f64::consts::PI.powi(2) / 6.0 - 1.0);
        assert!((trigamma(trend.freedom / 2.0) - target).abs() < 1e-6);
        let mean = 16f64.ln() - (1.0 - 0.577_215_664_901_532_9) + 2f64.ln();
        let expected = (mean + log_bias(trend.freedom)).exp();
        assert!((trend.variance(0.0) / expected - 1.0).abs() < 1e-6);
    }

    /// 1, 2, 4: variance of the logs 0.4805 is below trigamma(2) = 0.6449, so
    /// limma calls the prior infinite; here it is capped. The prior's variance
    /// is then 2 exp(ln 2 - digamma(2)) = 2.6207, but for the cap's own bias.
    #[test]
    fn cases_that_agree_beyond_chance_make_the_strongest_prior_allowed() {
        let trend = Trend::fit(&spreads(&[1.0, 2.0, 4.0]), &NOTHING);
        assert_eq!(trend.freedom, MOST_FREEDOM);
        let expected = 2.620_7 * log_bias(MOST_FREEDOM).exp();
        assert!((trend.variance(0.0) - expected).abs() < 1e-3);
    }

    /// squeezeVar: (d0 s0^2 + d s^2) / (d0 + d).
    #[test]
    fn moderation_is_the_mean_weighted_by_freedom() {
        let trend = Trend {
            centre: 0.0,
            level: -log_bias(6.0),
            slope: 0.0,
            robust: (0.0, 0.0),
            freedom: 6.0,
        };
        let (variance, freedom) = trend.moderate(&Spread {
            time: 3.0,
            variance: 11.0,
            freedom: 4.0,
        });
        assert!((variance - 5.0).abs() < 1e-12);
        assert!((freedom - 10.0).abs() < 1e-12);
    }

    /// The trend's deviation is 1 everywhere: 0.1 is not believed, 1.25 is
    /// the least.
    #[test]
    fn quiet_is_believed_as_far_as_the_trend_is_quiet() {
        let trend = Trend {
            centre: 0.0,
            level: 0.0,
            slope: 0.0,
            robust: (0.0, 0.0),
            freedom: 1.0,
        };
        let (variance, freedom) = trend.moderate(&Spread {
            time: 3.0,
            variance: 0.01,
            freedom: 9.0,
        });
        assert!((variance - 1.25 * 1.25).abs() < 1e-12);
        assert!((freedom - 10.0).abs() < 1e-12);
    }

    /// Posterior (4 * 11 + 6 * 1) / 10 = 5 is below the case's own 11; an own
    /// variance of 0.1 gives 0.64, above what modes leave at a typical
    /// deviation of 1, 1.25 squared, only where there are none and the device
    /// is not shared: a typical deviation of a thousandth leaves the posterior.
    #[test]
    fn noise_is_believed_as_it_is_and_quiet_as_far_as_modes_allow() {
        let mut trend = Trend {
            centre: 0.0,
            level: -log_bias(6.0),
            slope: 0.0,
            robust: (0.0, 0.0),
            freedom: 6.0,
        };
        let case = |variance| Spread {
            time: 3.0,
            variance,
            freedom: 4.0,
        };
        let none = Modes::of(&[]);
        assert_eq!(trend.moderate_upward(&case(11.0), none), (11.0, 10.0));
        let (variance, _) = trend.moderate_upward(&case(0.1), none);
        assert!((variance - 1.25 * 1.25).abs() < 1e-12);
        trend.robust = (1e-6f64.ln(), 0.0);
        let (variance, _) = trend.moderate_upward(&case(0.1), none);
        assert!((variance - 0.64).abs() < 1e-12);
    }

    /// Forty cases at one variance and eight at a hundred times as much: the
    /// plain line goes up by an e-fold's half and more, the robust one by less
    /// than a third of that.
    #[test]
    fn a_few_noisy_cases_do_not_lift_the_robust_trend() {
        let cases: Vec<Spread> = (0..48)
            .map(|i| Spread {
                time: 8.0 + 0.1 * f64::from(i),
                variance: if i % 6 == 0 { 1e-2 } else { 1e-4 },
                freedom: 14.0,
            })
            .collect();
        let trend = Trend::fit(&cases, &KNOWN);
        let usual = 1e-4f64.ln() - log_bias(14.0);
        let plain = trend.level + trend.slope * (10.0 - trend.centre) - usual;
        let robust = trend.typical(10.0).ln() - usual;
        assert!(plain > 0.5, "{plain}");
        assert!(robust < plain / 3.0, "{robust} of {plain}");
    }

    #[test]
    fn without_cases_the_documented_prior_stands() {
        let trend = Trend::fit(&[], &KNOWN);
        assert!((trigamma(trend.freedom / 2.0) - KNOWN.scatter).abs() < 1e-9);
        assert_eq!((trend.level, trend.slope), (KNOWN.level, KNOWN.slope));
    }

    #[test]
    fn a_suite_of_noisy_cases_raises_the_prior_of_each() {
        let noisy: Vec<Spread> = (0..12)
            .map(|i| Spread {
                time: 9.0 + f64::from(i),
                variance: 0.04,
                freedom: 12.0,
            })
            .collect();
        let trend = Trend::fit(&noisy, &KNOWN);
        let deviation = trend.variance(12.0).sqrt();
        assert!((0.05..0.3).contains(&deviation), "{deviation}");
        assert!(trend.freedom > 2.0, "{}", trend.freedom);
    }

    #[test]
    fn the_trend_follows_the_cases() {
        // Variance falls as 1/time: slope -1.
        let cases: Vec<Spread> = (0..40)
            .map(|i| {
                let time = 8.0 + 0.25 * f64::from(i);
                Spread {
                    time,
                    variance: 1e-4 * (-time).exp(),
                    freedom: 12.0,
                }
            })
            .collect();
        let trend = Trend::fit(&cases, &KNOWN);
        assert!((-1.0..-0.75).contains(&trend.slope), "{}", trend.slope);
    }
}
