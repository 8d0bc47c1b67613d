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

    /// The least time in which this device can do so much work: the roofline
    /// (Williams, Waterman and Patterson, 2009). None where the work is not
    /// modelled.
    #[must_use]
    pub fn roofline(&self, work: &Work) -> Option<Nanos> {
        let memory = work.bytes.map(|bytes| bytes / self.memory());
        let arithmetic = work.flops.map(|flops| flops / self.arithmetic());
        let seconds = match (memory, arithmetic) {
            (None, None) => return None,
            (Some(time), None) | (None, Some(time)) => time,
            (Some(a), Some(b)) => a.max(b),
        };
        Some(Nanos::from_seconds(seconds))
    }
}
