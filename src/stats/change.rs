//! The change of a case between two sets of rounds, as an interval.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::kit::{Nanos, Ratio};

use super::distribution::t_quantile;
use super::precision::Precision;
use super::prior::{KNOWN, Spread, Trend};
use super::recording::{Between, Side, group, weigh};
use super::sequential::{Looks, level};

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum StatsError {
    /// A round without samples.
    #[error("a round has no samples")]
    NoSamples,
    /// A side without rounds.
    #[error("one side has no rounds")]
    NoRounds,
    /// A sample that is no time.
    #[error("{0} is not a time")]
    NotATime(f64),
    /// Samples of two versions that do not make blocks of four.
    #[error("{0} samples before and {1} now do not make pairs")]
    NotPaired(usize, usize),
}

/// One round's location and the recording it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Located {
    /// The recording: rounds of one recording share its offset. A number that
    /// stands on both sides of a case means that both were recorded together,
    /// so that the offset cancels.
    pub recording: u32,
    /// Location of the round.
    pub location: Nanos,
}

/// Both sides of one case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseRounds {
    /// The baseline's rounds.
    pub before: Vec<Located>,
    /// This run's rounds.
    pub now: Vec<Located>,
    /// What the clock resolves in one location: its step, divided by the number
    /// of dispatches timed together.
    pub tick: Nanos,
    /// Rounds of this run at the first look and at the last, which is how
    /// often the case may be looked at: once with each number of rounds
    /// between. A case that stops early keeps its own look.
    pub planned: (usize, usize),
}

/// How much confidence there is to spend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// Of the whole invocation, such as 0.99.
    pub confidence: f64,
    /// Cases judged in the whole invocation, all suites and parts together.
    pub cases: usize,
}

/// A change with its interval; relative to the baseline, positive is slower.
///
/// `low` to `top` is the interval at the confidence of the whole invocation;
/// what people see is `low` to [`Change::upper`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    /// Best estimate.
    pub estimate: Ratio,
    /// Lower end: one-sided, for "slower" claims, at this look's share of the
    /// whole invocation's confidence.
    pub low: Ratio,
    /// Upper end: one-sided, for "pass" claims, at this look's share of the
    /// case's own confidence.
    pub high: Ratio,
    /// Upper end: one-sided, for "faster" claims, at the level of `low`.
    pub top: Ratio,
    /// The smallest change beyond the limit that these rounds could have
    /// shown, as a half-width: from `low` to the estimate.
    pub detectable: Ratio,
    /// Between-round deviation after moderation, on the log scale.
    pub sigma: f64,
    /// Degrees of freedom of that deviation, after moderation.
    pub freedom: f64,
    /// Rounds of the baseline and of this run.
    pub rounds: (usize, usize),
}

impl Change {
    /// The upper end to show, one for all: that of a "faster" claim where one
    /// is made, at the confidence of the whole invocation, and else the one
    /// that passing asks for, at the case's own.
    #[must_use]
    pub fn upper(&self) -> Ratio {
        if self.top.0 < 0.0 {
            self.top
        } else {
            self.high
        }
    }
}

/// Part of a case's level for "slower" that is spent by a part `t` of the
/// information: `t^3`, near O'Brien and Fleming's boundaries, so that most is
/// left for the last look. On the recordings, 3 finds more than 2 and 1 do at
/// every change up to L + 2 %. Source: Kim and DeMets, 1987.
const SLOWER_POWER: f64 = 3.0;

/// The same for "pass": near Pocock's, so that what is clear passes at the
/// first look.
const PASS_POWER: f64 = 1.0;

/// What a location can resolve, in ticks of one timed span: a step over the
/// square root of 12 (Sheppard, 1898) and of some 30 samples that straddle it.
/// No variance between rounds is believed below that.
const RESOLUTION_TICKS: f64 = 0.05;

/// Nor below this, relative: a part in a million.
const RESOLUTION: f64 = 1e-6;

/// Half-widths are cut here on the log scale, so that an interval which says
/// nothing is still a pair of numbers.
pub(super) const WIDEST: f64 = 20.0;

/// One case on the log scale.
struct Logs {
    before: Side,
    now: Side,
    spread: Spread,
    relative_tick: f64,
}

pub(super) fn logs(rounds: &[Located]) -> Result<Side, StatsError> {
    if rounds.is_empty() {
        return Err(StatsError::NoRounds);
    }
    if let Some(bad) = rounds
        .iter()
        .map(|round| round.location.0)
        .find(|ns| !(ns.is_finite() && *ns > 0.0))
    {
        return Err(StatsError::NotATime(bad));
    }
    Ok(group(
        rounds
            .iter()
            .map(|round| (round.recording, round.location.0.ln())),
    ))
}

/// What the clock can tell of a time.
pub(super) struct Resolution {
    /// A tick over the time, at most 1.
    pub(super) relative_tick: f64,
    /// No variance of a round's log time is believed to be below this.
    pub(super) floor: f64,
}

impl Resolution {
    /// Of the time with this natural logarithm, in nanoseconds.
    pub(super) fn of(log: f64, tick: Nanos) -> Self {
        // A clock whose step is not known is taken for one of a nanosecond.
        let step = if tick.0.is_finite() && tick.0 > 0.0 {
            tick.0
        } else {
            1.0
        };
        let relative_tick = (step.ln() - log).exp().min(1.0);
        Self {
            relative_tick,
            floor: (RESOLUTION_TICKS * relative_tick).powi(2) + RESOLUTION.powi(2),
        }
    }
}

/// The parts of the level of an invocation that one case has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shares {
    /// For "slower", and as much for "faster".
    slower: f64,
    /// For "pass".
    pass: f64,
}

impl Shares {
    /// Bonferroni's for the first, all of it for the second.
    pub(super) fn of(design: &Design) -> Self {
        let pass = (1.0 - design.confidence).clamp(0.0, 0.5);
        Self {
            slower: pass / design.cases.max(1) as f64,
            pass,
        }
    }
}

/// Half-widths on the log scale at one look.
pub(super) struct Widths {
    slower: f64,
    pass: f64,
}

impl Widths {
    /// At a number of rounds, where `half` gives the half-width at a level.
    pub(super) fn at(
        shares: Shares,
        looks: Looks,
        rounds: usize,
        half: impl Fn(f64) -> f64,
    ) -> Self {
        let half = |alpha, power| half(level(alpha, power, looks, rounds)).min(WIDEST);
        Self {
            slower: half(shares.slower, SLOWER_POWER),
            pass: half(shares.pass, PASS_POWER),
        }
    }

    /// The interval around an estimate on the log scale.
    pub(super) fn around(
        &self,
        estimate: f64,
        sigma: f64,
        freedom: f64,
        rounds: (usize, usize),
    ) -> Change {
        let ratio = |log: f64| Ratio::from_ln(log.clamp(-700.0, 700.0));
        Change {
            estimate: ratio(estimate),
            low: ratio(estimate - self.slower),
            high: ratio(estimate + self.pass),
            top: ratio(estimate + self.slower),
            detectable: ratio(self.slower),
            sigma,
            freedom,
            rounds,
        }
    }
}

/// The variance between rounds, pooled within the recordings of all sides.
pub(super) fn spread(sides: &[&Side], tick: Nanos) -> (Spread, f64) {
    let centre = sides
        .iter()
        .map(|side| side.values().map(|g| g.mean).sum::<f64>() / side.len() as f64)
        .sum::<f64>()
        / sides.len() as f64;
    let Resolution {
        relative_tick,
        floor,
    } = Resolution::of(centre, tick);
    let groups = || sides.iter().flat_map(|side| side.values());
    let freedom = groups().map(|g| g.rounds - 1.0).sum::<f64>();
    let squares = groups().map(|g| g.squares).sum::<f64>();
    let variance = if freedom > 0.0 {
        (squares / freedom).max(floor)
    } else {
        floor
    };
    let spread = Spread {
        time: centre,
        variance,
        freedom,
    };
    (spread, relative_tick)
}

impl Logs {
    fn of(case: &CaseRounds) -> Result<Self, StatsError> {
        let before = logs(&case.before)?;
        let now = logs(&case.now)?;
        let (spread, relative_tick) = spread(&[&before, &now], case.tick);
        Ok(Self {
            before,
            now,
            spread,
            relative_tick,
        })
    }
}

/// Compares all cases of an invocation at once, since strength is borrowed
/// across them.
///
/// The estimate is the difference of mean log locations. It varies by rounds,
/// with a variance moderated by all cases, and by recordings; each has its own
/// one-sided Student-t bound, and the bound of their sum is the root of the
/// sum of squares (Howe, 1974), which keeps its level where one of the two is
/// known by a few degrees of freedom only and Satterthwaite's does not.
/// `low` and `top` share `1 - confidence` equally among
/// the cases (Bonferroni), so that the chance of any false claim of "slower"
/// in the whole invocation, or any of "faster", is below it at any true change
/// up to the limit; `high` takes all of it for each case. Each share is spent
/// over the looks that the case is planned to have.
///
/// A case may be compared at each look from the first planned one on, and
/// ends with the first claim: what is claimed later of fewer rounds than were
/// measured is not covered.
///
/// # Errors
///
/// Per case: [`StatsError::NoRounds`], [`StatsError::NotATime`].
#[must_use]
pub fn compare(cases: &[CaseRounds], design: &Design) -> Vec<Result<Change, StatsError>> {
    let (logs, trend, shares) = prepare(cases, design);
    cases
        .iter()
        .zip(logs)
        .map(|(case, logs)| Ok(change(case, &logs?, &trend, shares)))
        .collect()
}

/// What the rounds of all cases of an invocation promise of further ones, with
/// the variances and the levels of [`compare`].
///
/// # Errors
///
/// Per case, as for [`compare`].
#[must_use]
pub fn precision(cases: &[CaseRounds], design: &Design) -> Vec<Result<Precision, StatsError>> {
    let (logs, trend, shares) = prepare(cases, design);
    logs.into_iter()
        .map(|logs| {
            let logs = logs?;
            let rounds = trend.moderate(&logs.spread);
            let between =
                Between::estimate([&logs.before, &logs.now], logs.relative_tick, rounds.0);
            Ok(Precision {
                rounds,
                recordings: (between.variance, between.freedom),
                slower: (shares.slower, SLOWER_POWER),
                pass: (shares.pass, PASS_POWER),
            })
        })
        .collect()
}

/// All cases on the log scale, the trend that they tell, and each one's shares
/// of the level.
fn prepare(
    cases: &[CaseRounds],
    design: &Design,
) -> (Vec<Result<Logs, StatsError>>, Trend, Shares) {
    let logs: Vec<Result<Logs, StatsError>> = cases.iter().map(Logs::of).collect();
    let spreads: Vec<Spread> = logs.iter().flatten().map(|l| l.spread).collect();
    let trend = Trend::fit(&spreads, &KNOWN);
    let shares = Shares::of(&Design {
        cases: design.cases.max(spreads.len()),
        ..*design
    });
    (logs, trend, shares)
}

fn change(case: &CaseRounds, logs: &Logs, trend: &Trend, shares: Shares) -> Change {
    let (within, within_freedom) = trend.moderate(&logs.spread);
    let between = Between::estimate([&logs.before, &logs.now], logs.relative_tick, within);
    let (mean_before, weights_before) = weigh(&logs.before, between.variance, within);
    let (mean_now, weights_now) = weigh(&logs.now, between.variance, within);
    let estimate = mean_now - mean_before;

    // Variance of the estimate from rounds, and from recordings: a recording
    // that stands on both sides counts by the difference of its weights.
    let from_rounds: f64 = [(&logs.before, &weights_before), (&logs.now, &weights_now)]
        .into_iter()
        .flat_map(|(side, weights)| {
            weights
                .iter()
                .filter_map(|(id, w)| Some(w * w * within / side.get(id)?.rounds))
        })
        .sum();
    let recordings: BTreeSet<&u32> = weights_before.keys().chain(weights_now.keys()).collect();
    let from_recordings: f64 = recordings
        .into_iter()
        .map(|id| {
            let before = weights_before.get(id).copied().unwrap_or(0.0);
            let now = weights_now.get(id).copied().unwrap_or(0.0);
            (before - now).powi(2) * between.variance
        })
        .sum();
    let (first, last) = case.planned;
    let first = first.max(1);
    let looks = Looks {
        before: case.before.len(),
        first,
        last: last.max(first),
    };
    let widths = Widths::at(shares, looks, case.now.len(), |level| {
        let by_rounds = t_quantile(level, within_freedom) * from_rounds.sqrt();
        let by_recordings = t_quantile(level, between.freedom) * from_recordings.sqrt();
        by_rounds.hypot(by_recordings)
    });
    let rounds = (case.before.len(), case.now.len());
    widths.around(estimate, within.sqrt(), within_freedom, rounds)
}

/// The time of a case from its rounds: location, and the two-sided 95 %
/// interval between rounds.
///
/// The location is the geometric mean of the rounds'. Up to two rounds borrow
/// the documented prior for their variance; three and more stand on their own
/// (Student, 1908). What other recordings would add is not in it.
///
/// # Errors
///
/// [`StatsError::NoRounds`], [`StatsError::NotATime`].
pub fn interval(rounds: &[Located], tick: Nanos) -> Result<(Nanos, Nanos, Nanos), StatsError> {
    let side = logs(rounds)?;
    let (spread, _) = spread(&[&side], tick);
    let (within, freedom) = if spread.freedom < 2.0 {
        Trend::fit(&[], &KNOWN).moderate(&spread)
    } else {
        (spread.variance, spread.freedom)
    };
    let count = rounds.len() as f64;
    let mean = side.values().map(|g| g.rounds * g.mean).sum::<f64>() / count;
    let half = (t_quantile(0.025, freedom) * (within / count).sqrt()).min(WIDEST);
    Ok((
        Nanos(mean.exp()),
        Nanos((mean - half).exp()),
        Nanos((mean + half).exp()),
    ))
}
