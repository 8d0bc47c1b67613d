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

/// No deviation is believed to be below so many times the trend's.
///
/// Rounds come in modes (a placement, a busy neighbour), and a few rounds that
/// all met the same mode look quieter than the next one will be. So quiet is
/// believed only as far as the suite is quiet, while noise is believed as it
/// is. On `lavapipe-a`, where rounds differ by 20 % in two modes, false alarms
/// at a true change of L fall from 3 % of suites to 0.6 %; on the GPU's
/// recordings nothing is lost from L + 1 % on above 25 us.
const LEAST_OF_TREND: f64 = 1.25;

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
    /// Degrees of freedom that the prior is worth.
    pub(super) freedom: f64,
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
        let told: Vec<(f64, f64, f64)> = cases
            .iter()
            .filter(|case| case.freedom > 0.0)
            .map(|case| {
                let log = case.variance.ln() - log_bias(case.freedom);
                (case.time - known.centre, log, trigamma(case.freedom / 2.0))
            })
            .collect();

        // Normal equations of the deviations from what is known, with the
        // prior's precisions on the diagonal.
        let mut a = 1.0 / known.level_variance;
        let mut b = 0.0;
        let mut c = 1.0 / known.slope_variance;
        let (mut u, mut v) = (0.0, 0.0);
        for &(x, log, sampling) in &told {
            let weight = 1.0 / (known.scatter + sampling);
            let off = log - known.level - known.slope * x;
            a += weight;
            b += weight * x;
            c += weight * x * x;
            u += weight * off;
            v += weight * x * off;
        }
        let determinant = a * c - b * b;
        let level = known.level + (c * u - b * v) / determinant;
        let slope = known.slope + (a * v - b * u) / determinant;

        // The fit takes up part of the scatter: its effective parameters are
        // the trace of the hat matrix.
        let mut parameters = 0.0;
        let mut excess = 0.0;
        for &(x, log, sampling) in &told {
            let weight = 1.0 / (known.scatter + sampling);
            let leverage = weight * (c - 2.0 * b * x + a * x * x) / determinant;
            parameters += leverage;
            let residual = log - level - slope * x;
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
            freedom,
        }
    }

    /// The prior's variance at a logarithm of a time.
    pub(super) fn variance(&self, time: f64) -> f64 {
        (self.level + self.slope * (time - self.centre) + log_bias(self.freedom)).exp()
    }

    /// A case's variance after moderation, with its degrees of freedom: the
    /// posterior mean of Smyth 2004, but no less than [`LEAST_OF_TREND`] says.
    pub(super) fn moderate(&self, case: &Spread) -> (f64, f64) {
        let freedom = self.freedom + case.freedom;
        let own = case.freedom * case.variance;
        let prior = self.freedom * self.variance(case.time);
        let typical = (self.level + self.slope * (case.time - self.centre)).exp();
        let least = LEAST_OF_TREND.powi(2) * typical;
        (((own + prior) / freedom).max(least), freedom)
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
