//! A case whose measurement never came back.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Starting the worker and opening the device.
    Start,
    /// Measuring the device's ceilings.
    Probe,
    /// Compiling the pipeline and making the buffers.
    Prepare,
    /// Running once and comparing outputs.
    Verify,
    /// Running the reference in WGSL that outputs are compared with.
    Reference,
    /// Timing.
    Sample,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Start => "starting the device",
            Self::Probe => "probing the device's ceilings",
            Self::Prepare => "preparing",
            Self::Verify => "verifying",
            Self::Reference => "running the reference",
            Self::Sample => "timing",
        })
    }
}

/// Why a case was lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Error)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LostCause {
    /// wgpu or the driver panicked.
    #[error("panicked: {0}")]
    Panicked(String),
    /// The worker process ended.
    #[error("the worker crashed ({0})")]
    Crashed(String),
    /// No answer before the deadline; the worker was killed.
    #[error("no answer within {}; the worker was killed", humantime::format_duration(*.0))]
    Hung(Duration),
    /// The device was lost.
    #[error("the device was lost: {0}")]
    DeviceLost(String),
    /// wgpu refused a call: out of memory, or a validation error.
    #[error("the device refused: {0}")]
    Refused(String),
    /// Times that no clock gives: NaN, zero, negative, end before begin.
    #[error("the timer gave garbage: {0}")]
    Garbage(String),
    /// The worker answered with something that is no answer.
    #[error("the worker's answer is unreadable: {0}")]
    Protocol(String),
    /// The machine has no adapter.
    #[error("{0}")]
    NoAdapter(String),
    /// The machine has adapters, and none of them is the one asked for.
    #[error("{0}")]
    NoSuchAdapter(String),
}

/// What was lost, and at which step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Error)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[error("{step}{}: {cause}", of(file.as_deref()))]
pub struct Lost {
    /// What was being done.
    pub step: Step,
    /// What went wrong.
    pub cause: LostCause,
    /// The reference's file, where it is the reference that was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// The end of what was being done: to what.
fn of(file: Option<&str>) -> String {
    file.map_or_else(String::new, |file| format!(" `{file}`"))
}

impl Lost {
    /// A loss at a step.
    #[must_use]
    pub fn new(step: Step, cause: LostCause) -> Self {
        Self {
            step,
            cause,
            file: None,
        }
    }

    /// The same loss, of a reference in WGSL and not of the kernel.
    #[must_use]
    pub fn of_reference(self, file: String) -> Self {
        Self {
            step: Step::Reference,
            file: Some(file),
            ..self
        }
    }
}
