//! Where a round's samples lie.

use serde::{Deserialize, Serialize};

use crate::kit::{Nanos, Ratio};

use super::StatsError;

/// One round in two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Robust location, finer than the clock's tick.
    pub location: Nanos,
    /// Spread of the samples, relative to the location.
    pub spread: Ratio,
    /// How many samples.
    pub samples: usize,
}

/// Summarizes the samples of one round, in nanoseconds.
///
/// # Errors
///
/// [`StatsError::NoSamples`] if there are none; [`StatsError::NotATime`] if
/// one is not finite and positive.
pub fn summarize(samples: &[f64]) -> Result<Summary, StatsError> {
    let _ = samples;
    Err(StatsError::NoSamples)
}
