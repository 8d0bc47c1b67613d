//! Where a round's samples lie.

use serde::{Deserialize, Serialize};

use crate::kit::{Nanos, Ratio};

use super::StatsError;

/// Turns an interquartile range into a standard deviation, for normal data:
/// twice the normal distribution's upper quartile, 2 * 0.67449.
///
/// Source: Johnson, Kotz and Balakrishnan, Continuous Univariate
/// Distributions 1 (1994), chapter 13.
const QUARTILES_TO_SIGMA: f64 = 1.348_98;

/// One round in two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// Robust location, finer than the clock's tick.
    pub location: Nanos,
    /// Spread of the samples, relative to the location.
    pub spread: Ratio,
    /// How many samples.
    pub samples: usize,
}

/// Summarizes the samples of one round, in nanoseconds; warm-up is not among
/// them.
///
/// The location is the interquartile mean: the mean of the samples that are
/// left when the fastest and the slowest quarter are put aside. Up to a
/// quarter of wild samples on either end cannot move it far, and where the
/// median can only take the clock's steps, the mean of many samples that
/// straddle a step reads between them. Source: Tukey and McLaughlin, 1963
/// (trimmed means). The spread is the interquartile range as a standard
/// deviation.
///
/// # Errors
///
/// [`StatsError::NoSamples`] if there are none; [`StatsError::NotATime`] if
/// one is not finite and positive.
pub fn summarize(samples: &[f64]) -> Result<Summary, StatsError> {
    if let Some(&bad) = samples.iter().find(|s| !(s.is_finite() && **s > 0.0)) {
        return Err(StatsError::NotATime(bad));
    }
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quarter = sorted.len() / 4;
    let middle = &sorted[quarter..sorted.len() - quarter];
    let (Some(&low), Some(&high)) = (middle.first(), middle.last()) else {
        return Err(StatsError::NoSamples);
    };
    // Offsets from the smallest keep the sum exact where all are equal, and
    // finite where they are huge.
    let offsets: f64 = middle
        .iter()
        .map(|s| (s - low) / middle.len() as f64)
        .sum::<f64>();
    let location = low + offsets;
    Ok(Summary {
        location: Nanos(location),
        spread: Ratio((high - low) / QUARTILES_TO_SIGMA / location),
        samples: sorted.len(),
    })
}
