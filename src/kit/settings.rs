//! How a case is measured; each is part of what the case is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether dispatches wait for each other.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One output: a barrier between dispatches, as in a decode step.
    #[default]
    Latency,
    /// Rotating outputs, so that dispatches may overlap.
    Throughput,
}

/// What lies in the last-level cache when a dispatch begins.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Cache {
    /// The same inputs again and again.
    #[default]
    Warm,
    /// Rotating inputs that together exceed three times the cache.
    Cold,
}

/// Whether wgpu's run-time checks (bounds, loops, zeroed workgroup memory)
/// are compiled into the shader.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Checks {
    /// As every WebGPU user ships it.
    #[default]
    Checked,
    /// Without them; only after the checked form verified.
    Unchecked,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Latency => "latency",
            Self::Throughput => "throughput",
        })
    }
}

impl fmt::Display for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Warm => "warm",
            Self::Cold => "cold",
        })
    }
}

impl fmt::Display for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Checked => "checked",
            Self::Unchecked => "unchecked",
        })
    }
}
