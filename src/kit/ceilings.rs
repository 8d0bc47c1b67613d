//! How fast a device can go at best, as measured by the probes.

use serde::{Deserialize, Serialize};

use super::{Nanos, Work};

/// The measured limits of one device, taken warm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ceilings {
    /// Copy rate, bytes read plus bytes written, in bytes a second.
    pub copy: f64,
    /// Read rate, in bytes a second.
    pub read: f64,
    /// f32 fused multiply-add, in FLOP a second (two each).
    pub fma_f32: f64,
    /// f16 fused multiply-add, in FLOP a second; none without f16.
    pub fma_f16: Option<f64>,
    /// f16 cooperative matrix, in FLOP a second; none without it.
    pub cooperative_matrix: Option<f64>,
    /// What a dispatch that does nothing takes, in a pass of its own.
    pub launch: Nanos,
    /// Size of the last-level cache in bytes, where it could be told.
    pub cache: Option<u64>,
}

impl Ceilings {
    /// The higher of the two memory rates, in bytes a second.
    #[must_use]
    pub fn memory(&self) -> f64 {
        self.copy.max(self.read)
    }

    /// The highest arithmetic rate of any unit, in FLOP a second.
    #[must_use]
    pub fn arithmetic(&self) -> f64 {
        [Some(self.fma_f32), self.fma_f16, self.cooperative_matrix]
            .into_iter()
            .flatten()
            .fold(0.0, f64::max)
    }

    /// The least time that moving so many bytes takes, at the higher memory
    /// rate; none where the amount or the rate is not known.
    #[must_use]
    pub fn moving(&self, bytes: Option<f64>) -> Option<Nanos> {
        at_rate(bytes, self.memory())
    }

    /// The least time that so much arithmetic takes, at the highest rate; none
    /// where the amount or the rate is not known.
    #[must_use]
    pub fn computing(&self, flops: Option<f64>) -> Option<Nanos> {
        at_rate(flops, self.arithmetic())
    }

    /// The least time in which this device can do so much work: the roofline
    /// (Williams, Waterman and Patterson, 2009). None where the work is not
    /// modelled.
    #[must_use]
    pub fn roofline(&self, work: &Work) -> Option<Nanos> {
        let sides = [self.moving(work.bytes), self.computing(work.flops)];
        sides
            .into_iter()
            .flatten()
            .reduce(|a, b| if a.0 >= b.0 { a } else { b })
    }
}

/// The time of an amount at a rate a second; none where either is no number
/// that a model or a probe gives.
fn at_rate(amount: Option<f64>, rate: f64) -> Option<Nanos> {
    let amount = amount.filter(|amount| amount.is_finite() && *amount >= 0.0)?;
    (rate > 0.0).then(|| Nanos::from_seconds(amount / rate))
}
