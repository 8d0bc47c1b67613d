//! The format of a baseline file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::kit::{CaseId, Ceilings, Checks, DeviceFacts, DeviceKey, Method, Nanos, Ratio};

/// The format's version that this gate writes.
pub const FORMAT: u32 = 1;

/// Baselines of one suite on one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baselines {
    /// Version of the format.
    pub format: u32,
    /// The device.
    pub device: DeviceKey,
    /// The suite.
    pub suite: String,
    /// Every recording that a round refers to, by `id`.
    pub recordings: Vec<Recording>,
    /// Cases by identity.
    pub cases: BTreeMap<CaseId, CaseRecord>,
}

/// One run of `gate update-baselines`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// Number that rounds refer to; never used twice in a file.
    pub id: u32,
    /// When, in RFC 3339, UTC.
    pub time: String,
    /// Commit of the project, with `-dirty` where the tree was.
    pub commit: Option<String>,
    /// Why, as the person said.
    pub reason: Option<String>,
    /// Version of the gate.
    pub gate: String,
    /// The device, its clock included.
    pub facts: DeviceFacts,
    /// The device's ceilings at the time.
    pub ceilings: Option<Ceilings>,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseRecord {
    /// How its times were taken.
    pub method: Method,
    /// `empty-pass`, `batch-difference` or `none`.
    pub overhead: String,
    /// With or without wgpu's checks.
    pub checks: Checks,
    /// Dispatches timed together.
    pub batch: u32,
    /// Hash of the WGSL of its stages.
    pub code: String,
    /// Its rounds, in the order of recording.
    pub rounds: Vec<RoundRecord>,
}

/// One round.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundRecord {
    /// The recording's id.
    pub recording: u32,
    /// Location.
    pub time: Nanos,
    /// Relative spread of its samples.
    pub spread: Ratio,
    /// How many samples.
    pub samples: usize,
}
