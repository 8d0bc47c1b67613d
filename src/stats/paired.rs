//! The change of a case between two versions that ran side by side.
//!
//! Both versions run in one process, in blocks of four: A B B A, or B A A B,
//! so that both meet the same machine. A round gives one number, the log ratio
//! of what both took. What a process draws for one version and not for the
//! other (where its code and its buffers came to lie) is the same in all its
//! blocks, so that rounds are what is counted here as well: one sample of log
//! ratios, and its moderated t statistic.
//!
//! Source: Student, The probable error of a mean (1908), for one sample of
//! differences; Smyth (2004) for moderating its variance, where two dyes on
//! one array are this design.

use serde::{Deserialize, Serialize};

use crate::kit::{Nanos, Ratio};

use super::claims::{Claim, Claims, WIDEST, Widths};
use super::distribution::t_quantile;
use super::prior::{Knowledge, Spread, Trend};
use super::sequential::Looks;
use super::{Change, Design, StatsError};

/// Samples of one version in a block.
pub const SAMPLES_OF_A_BLOCK: usize = 2;

/// What is known of the variance between rounds of log ratios before any is
/// seen.
///
/// A documented guess and a weak one: the level, 0.6 % between rounds, lies
/// between what pairs of equal kernels show on a GPU and on a software
/// adapter, and the variance of the level (9, a factor of 20 in the variance
/// either way) leaves it to the cases at hand.
const KNOWN: Knowledge = Knowledge {
    centre: 12.04,
    level: -10.2,
    level_variance: 9.0,
    slope: -0.25,
    slope_variance: 0.04,
    scatter: 2.0,
    scatter_cases: 2.0,
};

/// One round of a pair in two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairSummary {
    /// The round's change, `now / before - 1`.
    pub change: Ratio,
    /// Spread of the blocks' own log ratios, as a standard deviation: how noisy
    /// the machine was.
    pub spread: f64,
    /// How many blocks.
    pub blocks: usize,
}

/// Summarizes one round of a pair, from both versions' samples in
/// nanoseconds: block by block, two of each version.
///
/// The round's log ratio is the interquartile mean of the blocks' own: the mean
/// of what is left when the quarter of the blocks with the lowest and that with
/// the highest ratio are put aside. A block takes out what changes slower than
/// itself; what strikes a single turn makes a wild block, in either direction,
/// which then counts for nothing. Blocks on the quarters' edges count by their
/// part, so that repeating all samples changes nothing. Source: Tukey and
/// McLaughlin, 1963, for trimmed means. Compared on pairs of equal kernels on a
/// software adapter, the mean of all blocks was off by twice as much, and so
/// was the ratio of either version's fastest quarter, whose samples come from
/// different moments.
///
/// # Errors
///
/// [`StatsError::NotPaired`] if the samples do not make blocks,
/// [`StatsError::NoSamples`] if there are none, [`StatsError::NotATime`] if
/// one is not finite and positive.
pub fn summarize_pair(before: &[f64], now: &[f64]) -> Result<PairSummary, StatsError> {
    let samples = before.iter().chain(now);
    if let Some(&bad) = samples.into_iter().find(|s| !(s.is_finite() && **s > 0.0)) {
        return Err(StatsError::NotATime(bad));
    }
    if before.len() != now.len() || !before.len().is_multiple_of(SAMPLES_OF_A_BLOCK) {
        return Err(StatsError::NotPaired(before.len(), now.len()));
    }
    if before.is_empty() {
        return Err(StatsError::NoSamples);
    }
    let side = |block: &[f64]| block.iter().map(|s| s.ln()).sum::<f64>() / block.len() as f64;
    let ratios: Vec<f64> = before
        .chunks_exact(SAMPLES_OF_A_BLOCK)
        .zip(now.chunks_exact(SAMPLES_OF_A_BLOCK))
        .map(|(before, now)| side(now) - side(before))
        .collect();
    let blocks = ratios.len();
    let mean = ratios.iter().sum::<f64>() / blocks as f64;
    let squares: f64 = ratios.iter().map(|ratio| (ratio - mean).powi(2)).sum();
    Ok(PairSummary {
        change: Ratio::from_ln(interquartile_mean(&ratios)),
        spread: (squares / (blocks as f64 - 1.0).max(1.0)).sqrt(),
        blocks,
    })
}

/// The mean of the middle half, in which what lies on an edge counts by its
/// part.
fn interquartile_mean(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let (low, high) = (0.25 * count, 0.75 * count);
    let sum: f64 = sorted
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let from = index as f64;
            value * ((from + 1.0).min(high) - from.max(low)).max(0.0)
        })
        .sum();
    sum / (high - low)
}

/// All rounds of one case, both versions in each.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedRounds {
    /// Each round's [`PairSummary::change`].
    pub changes: Vec<Ratio>,
    /// What the case takes, for the prior's trend.
    pub time: Nanos,
    /// The clock's step over one timed span.
    pub tick: Nanos,
    /// Rounds at the first look and at the last, as in
    /// [`CaseRounds::planned`](super::CaseRounds::planned).
    pub planned: (usize, usize),
}

/// A case's log ratios, and what their rounds tell of their variance.
struct Logs {
    mean: f64,
    spread: Spread,
}

impl Logs {
    fn of(case: &PairedRounds) -> Result<Self, StatsError> {
        let logs: Vec<f64> = case.changes.iter().map(|change| change.ln()).collect();
        if logs.is_empty() {
            return Err(StatsError::NoRounds);
        }
        if let Some(bad) = logs.iter().find(|log| !log.is_finite()) {
            return Err(StatsError::NotATime(bad.exp()));
        }
        if !(case.time.0.is_finite() && case.time.0 > 0.0) {
            return Err(StatsError::NotATime(case.time.0));
        }
        let count = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / count;
        let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
        let resolution = super::change::Resolution::of(case.time.0.ln(), case.tick);
        // Two locations make a ratio.
        let floor = 2.0 * resolution.floor;
        let freedom = count - 1.0;
        let variance = if freedom > 0.0 {
            (squares / freedom).max(floor)
        } else {
            floor
        };
        Ok(Self {
            mean,
            spread: Spread {
                time: case.time.0.ln(),
                variance,
                freedom,
            },
        })
    }
}

/// Judges the pairs of an invocation at once, since strength is borrowed
/// across them.
///
/// The estimate is the mean of the rounds' log ratios, and its error that of a
/// mean of independent draws, with a variance moderated by all cases. There is
/// no part for recordings: both versions are of one. The confidence is shared
/// among cases and spent over looks as in [`compare`](super::compare), of
/// which all that is said of claims holds here.
///
/// # Errors
///
/// Per case: [`StatsError::NoRounds`], [`StatsError::NotATime`].
#[must_use]
pub fn compare_pairs(cases: &[PairedRounds], design: &Design) -> Vec<Result<Change, StatsError>> {
    let claims = Claims::of_pairs(design);
    let known = moderated(cases);
    cases
        .iter()
        .zip(known)
        .map(|(case, known)| {
            let (mean, within) = known?;
            Ok(change(case, mean, within, &claims))
        })
        .collect()
}

/// Each case's mean log ratio, and its variance between rounds with its degrees
/// of freedom, moderated by all cases.
pub(super) type Moderated = (f64, (f64, f64));

pub(super) fn moderated(cases: &[PairedRounds]) -> Vec<Result<Moderated, StatsError>> {
    let logs: Vec<Result<Logs, StatsError>> = cases.iter().map(Logs::of).collect();
    let spreads: Vec<Spread> = logs.iter().flatten().map(|l| l.spread).collect();
    let trend = Trend::fit(&spreads, &KNOWN);
    logs.into_iter()
        .map(|logs| {
            let logs = logs?;
            Ok((logs.mean, trend.moderate(&logs.spread)))
        })
        .collect()
}

fn change(
    case: &PairedRounds,
    mean: f64,
    (variance, freedom): (f64, f64),
    claims: &Claims,
) -> Change {
    let rounds = case.changes.len();
    let looks = Looks::of_pairs(case.planned);
    let half = |claim: Claim| {
        half_width(claim.level(looks, rounds), variance, freedom, rounds).min(WIDEST)
    };
    let widths = Widths {
        slower: half(claims.slower),
        faster: half(claims.faster),
        pass: half(claims.pass),
    };
    widths.around(mean, variance.sqrt(), freedom, (rounds, rounds))
}

/// Half-width of a one-sided bound for the mean of so many rounds.
fn half_width(level: f64, variance: f64, freedom: f64, rounds: usize) -> f64 {
    t_quantile(level, freedom) * (variance / rounds as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::super::{Decision, decide};
    use super::*;

    const ONE: Design = Design {
        confidence: 0.99,
        cases: 1,
    };

    fn case(logs: &[f64]) -> PairedRounds {
        PairedRounds {
            changes: logs.iter().map(|&log| Ratio::from_ln(log)).collect(),
            time: Nanos(1e5),
            tick: Nanos(1.0),
            planned: (3, 10),
        }
    }

    fn one(logs: &[f64]) -> Change {
        compare_pairs(&[case(logs)], &ONE)
            .remove(0)
            .expect("has rounds")
    }

    /// Student's own data (1908), additional hours of sleep under two drugs,
    /// ten patients. R's `t.test(extra ~ group, paired = TRUE)` gives a mean
    /// of 1.58 and the two-sided 95 % interval 0.7001142 to 2.4598858.
    #[test]
    fn one_sample_of_differences_is_students() {
        let hours = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let logs = Logs::of(&case(&hours)).expect("rounds");
        assert!((logs.mean - 1.58).abs() < 1e-12);
        assert_eq!(logs.spread.freedom, 9.0);
        let half = half_width(0.025, logs.spread.variance, 9.0, 10);
        assert!((logs.mean - half - 0.700_114_2).abs() < 1e-6);
        assert!((logs.mean + half - 2.459_885_8).abs() < 1e-6);
    }

    /// By hand: of four values the middle two, of six the middle three with
    /// their neighbours' halves cut off: (0.5 * 2 + 3 + 4 + 0.5 * 7) / 3; of
    /// one, itself.
    #[test]
    fn a_round_is_the_interquartile_mean_of_its_blocks() {
        let near = |values: &[f64], mean: f64| {
            let found = interquartile_mean(values);
            assert!((found - mean).abs() < 1e-12, "{found}");
        };
        near(&[9e9, 1.0, -9e9, 4.0], 2.5);
        near(&[4.0, 900.0, 2.0, -1.0, 3.0, 7.0], 11.5 / 3.0);
        near(&[0.7], 0.7);
        let before = [100.0, 100.0, 900.0, 100.0, 50.0, 200.0, 10.0, 10.0];
        let now = [110.0, 110.0, 100.0, 100.0, 100.0, 100.0, 90.0, 90.0];
        // Blocks of 10 % more, a ninth's root, none, and nine times.
        let summary = summarize_pair(&before, &now).expect("blocks");
        assert!((summary.change.0 - (1.1f64.sqrt() - 1.0)).abs() < 1e-12);
        assert_eq!(summary.blocks, 4);
    }

    /// The log ratios of two blocks of one sample's kind: 0 and ln 1.1.
    #[test]
    fn the_spread_is_that_of_the_blocks() {
        let summary = summarize_pair(&[100.0; 4], &[100.0, 100.0, 110.0, 110.0]).expect("blocks");
        assert!((summary.spread - 1.1f64.ln() / 2f64.sqrt()).abs() < 1e-12);
    }

    /// Times that grow by 0.1 % with every pass, which each block takes in the
    /// order A B B A: 40 blocks grow by 17 %, and the pair reads 0.05 %.
    #[test]
    fn a_steady_drift_hardly_shows() {
        let at = |pass: u32| 100.0 * (0.001 * f64::from(pass)).exp();
        let take = |turns: [u32; 2]| -> Vec<f64> {
            (0..40)
                .flat_map(|block| turns.map(|turn| at(4 * block + turn)))
                .collect()
        };
        let summary = summarize_pair(&take([0, 3]), &take([1, 2])).expect("blocks");
        assert!(summary.change.0.abs() < 5e-4, "{}", summary.change.0);
    }

    #[test]
    fn a_wild_block_counts_for_nothing() {
        let mut now = vec![105.0; 16];
        now[5] = 9e9;
        let summary = summarize_pair(&[100.0; 16], &now).expect("blocks");
        assert!((summary.change.0 - 0.05).abs() < 1e-12);
    }

    #[test]
    fn what_makes_no_pair_is_refused() {
        assert_eq!(summarize_pair(&[], &[]), Err(StatsError::NoSamples));
        assert_eq!(
            summarize_pair(&[1.0, 1.0], &[1.0]),
            Err(StatsError::NotPaired(2, 1))
        );
        assert_eq!(
            summarize_pair(&[1.0], &[1.0]),
            Err(StatsError::NotPaired(1, 1))
        );
        assert_eq!(
            summarize_pair(&[1.0, 0.0], &[1.0, 1.0]),
            Err(StatsError::NotATime(0.0))
        );
        assert!(summarize_pair(&[1.0, f64::NAN], &[1.0, 1.0]).is_err());
        let cases = [case(&[]), case(&[f64::NAN]), case(&[0.0])];
        let results = compare_pairs(&cases, &ONE);
        assert_eq!(results[0], Err(StatsError::NoRounds));
        assert!(results[1].is_err() && results[2].is_ok());
    }

    #[test]
    fn a_tenth_slower_in_every_round_is_slower() {
        let change = one(&[1.1f64.ln(); 6]);
        assert!((change.estimate.0 - 0.1).abs() < 1e-12);
        assert_eq!(change.rounds, (6, 6));
        assert_eq!(decide(&change, Ratio(0.02)), Decision::Slower);
        assert_eq!(decide(&one(&[0.0; 6]), Ratio(0.02)), Decision::Pass);
    }

    #[test]
    fn more_cases_widen_slower_claims_and_leave_pass_claims() {
        let rounds = case(&[0.001, -0.002, 0.003, 0.0]);
        let alone = one(&[0.001, -0.002, 0.003, 0.0]);
        let many = Design { cases: 50, ..ONE };
        let among = compare_pairs(&[rounds], &many).remove(0).expect("rounds");
        assert!(among.low.0 < alone.low.0 && among.top.0 > alone.top.0);
        assert_eq!(among.high, alone.high);
    }

    /// At a true change of exactly the limit, over all looks: suites of six
    /// pairs whose variances differ by e-folds.
    #[test]
    fn at_the_limit_a_suite_is_called_slower_once_in_a_hundred_at_most() {
        let (seed, suites, limit) = (20_261_124, 1500, Ratio(0.05));
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
        let design = Design { cases: 6, ..ONE };
        let mut alarms = 0;
        for _ in 0..suites {
            let all: Vec<Vec<f64>> = (0..6)
                .map(|_| {
                    let sigma = 0.01 * (0.7 * normal()).exp();
                    (0..10).map(|_| limit.ln() + sigma * normal()).collect()
                })
                .collect();
            let mut open = [true; 6];
            let mut alarm = false;
            for look in 3..=10 {
                let cases: Vec<PairedRounds> = all.iter().map(|logs| case(&logs[..look])).collect();
                for (change, open) in compare_pairs(&cases, &design).iter().zip(&mut open) {
                    let decision = decide(change.as_ref().expect("rounds"), limit);
                    if *open && decision != Decision::Continue {
                        *open = false;
                        alarm |= decision == Decision::Slower;
                    }
                }
            }
            alarms += usize::from(alarm);
        }
        // The upper 99.9 % point of a binomial with 1 % of 1500.
        assert!(alarms <= 27, "seed {seed}: {alarms} of {suites} suites");
    }

    fn logs() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec(-0.05f64..0.05, 1..12)
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * (1.0 + a.abs())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

        #[test]
        fn repeated_samples_in_a_round_create_no_confidence(
            blocks in prop::collection::vec((900.0f64..1100.0, 900.0f64..1100.0, 900.0f64..1100.0, 900.0f64..1100.0), 1..30),
            times in 2usize..5,
            others in logs(),
        ) {
            let before: Vec<f64> = blocks.iter().flat_map(|b| [b.0, b.1]).collect();
            let now: Vec<f64> = blocks.iter().flat_map(|b| [b.2, b.3]).collect();
            let plain = summarize_pair(&before, &now).unwrap();
            let repeated = summarize_pair(&before.repeat(times), &now.repeat(times)).unwrap();
            prop_assert!(near(plain.change.ln(), repeated.change.ln()));
            let judged = |summary: &PairSummary| {
                let mut rounds = others.clone();
                rounds.push(summary.change.ln());
                one(&rounds)
            };
            let (a, b) = (judged(&plain), judged(&repeated));
            prop_assert!(near(a.low.ln(), b.low.ln()) && near(a.top.ln(), b.top.ln()));
        }

        /// The prior's variance moves by no more than an e-fold for each of time.
        #[test]
        fn a_common_factor_cancels_but_for_the_trend_in_time(logs in logs(), scale in 1e-3f64..1e3) {
            let mut scaled = case(&logs);
            scaled.time = Nanos(scaled.time.0 * scale);
            scaled.tick = Nanos(scale);
            let (plain, scaled) = (one(&logs), compare_pairs(&[scaled], &ONE).remove(0).unwrap());
            prop_assert!(near(plain.estimate.ln(), scaled.estimate.ln()));
            let widths = [&plain, &scaled].map(|change| change.estimate.ln() - change.low.ln());
            let factor = 0.5 * f64::ln(scale).abs() + 1e-6;
            prop_assert!((widths[0] / widths[1]).ln().abs() <= factor, "{widths:?}");
        }

        #[test]
        fn the_order_of_rounds_does_not_matter(logs in logs()) {
            let mut reversed = logs.clone();
            reversed.reverse();
            prop_assert!(near(one(&logs).low.ln(), one(&reversed).low.ln()));
        }

        #[test]
        fn swapping_the_versions_negates_the_change(logs in logs()) {
            let back: Vec<f64> = logs.iter().map(|log| -log).collect();
            let (there, back) = (one(&logs), one(&back));
            prop_assert!(near(there.estimate.ln(), -back.estimate.ln()));
            prop_assert!(near(there.low.ln(), -back.top.ln()));
        }

        #[test]
        fn no_times_make_an_interval_that_json_cannot_carry(
            logs in prop::collection::vec(prop::num::f64::ANY, 1..5),
            time in prop::num::f64::POSITIVE,
            tick in prop::num::f64::ANY,
        ) {
            let mut any = case(&logs);
            any.time = Nanos(time);
            any.tick = Nanos(tick);
            if let Ok(change) = &compare_pairs(&[any], &ONE)[0] {
                let text = serde_json::to_string(change).unwrap();
                let back: Change = serde_json::from_str(&text).unwrap();
                prop_assert!(back.low.0 <= back.estimate.0 && back.estimate.0 <= back.top.0, "{text}");
            }
        }
    }
}
