//! The change of a case between two sets of rounds, as an interval.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::kit::{Nanos, Ratio};

use super::claims::{WIDEST, on_a_scale};
use super::distribution::t_quantile;
use super::modes::Powers;
use super::prior::{KNOWN, Spread, Trend};
use super::recording::{Side, group};

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
/// what people see is [`Change::lower`] to [`Change::upper`].
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
    /// Whether there were rounds enough to find the case slower, whatever they
    /// said.
    #[must_use]
    pub fn may_be_slower(&self) -> bool {
        self.detectable.ln() < 0.99 * WIDEST
    }

    /// The lower end to show: `low`, or, where the rounds are too few for any
    /// claim of "slower", as far below the estimate as passing asks to be
    /// above it, at the case's own confidence.
    #[must_use]
    pub fn lower(&self) -> Ratio {
        if self.may_be_slower() {
            self.low
        } else {
            on_a_scale(2.0 * self.estimate.ln() - self.high.ln())
        }
    }

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

/// What a location can resolve, in ticks of one timed span: a step over the
/// square root of 12 (Sheppard, 1898) and of some 30 samples that straddle it.
/// No variance between rounds is believed below that.
const RESOLUTION_TICKS: f64 = 0.05;

/// Nor below this, relative: a part in a million.
const RESOLUTION: f64 = 1e-6;

/// One case on the log scale.
pub(super) struct Logs {
    pub(super) before: Side,
    pub(super) now: Side,
    pub(super) spread: Spread,
    pub(super) powers: Powers,
    pub(super) relative_tick: f64,
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
    pub(super) fn of(case: &CaseRounds) -> Result<Self, StatsError> {
        let before = logs(&case.before)?;
        let now = logs(&case.now)?;
        let (spread, relative_tick) = spread(&[&before, &now], case.tick);
        let mut powers = Powers::default();
        for group in before.values().chain(now.values()) {
            powers.rounds += group.rounds;
            powers.shares += group.rounds * (1.0 - 1.0 / group.rounds).powi(2);
            powers.freedom += group.rounds - 1.0;
            powers.squares += group.squares;
            powers.fourths += group.fourths;
        }
        Ok(Self {
            before,
            now,
            spread,
            powers,
            relative_tick,
        })
    }
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
