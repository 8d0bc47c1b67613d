//! What a baseline file says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::kit::{CaseId, Ceilings, Checks, DeviceFacts, DeviceKey, Method, Nanos, Ratio};
use crate::stats::Located;

/// The format's version that this gate writes: each recording and each case
/// with a digest of its line. Version 1, which is read as well, has none.
pub const FORMAT: u32 = 2;

/// Baselines of one suite on one device.
///
/// Its form on disk is made and read in one place, which refuses what a plain
/// deserializer would swallow: a case written twice, a round of no recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Baselines {
    /// Version of the format.
    pub format: u32,
    /// The device.
    pub device: DeviceKey,
    /// The suite.
    pub suite: String,
    /// Every recording that a round refers to, by `id`, and the latest.
    pub recordings: Vec<Recording>,
    /// Cases by identity.
    pub cases: BTreeMap<CaseId, CaseRecord>,
}

/// One run of `gate update-baselines`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// Number that rounds refer to, from 1; never used twice in a file.
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
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug, PartialEq)]
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

/// What is kept of a device itself: `<device>/device.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceRecord {
    /// Version of the format.
    pub format: u32,
    /// The device.
    pub device: DeviceKey,
    /// The device as it was when its ceilings were measured.
    pub facts: DeviceFacts,
    /// Its ceilings, measured warm.
    pub ceilings: Ceilings,
}

impl Baselines {
    /// An empty file for a suite on a device.
    #[must_use]
    pub fn new(device: DeviceKey, suite: impl Into<String>) -> Self {
        Self {
            format: FORMAT,
            device,
            suite: suite.into(),
            recordings: Vec::new(),
            cases: BTreeMap::new(),
        }
    }

    /// The recording of this number.
    #[must_use]
    pub fn recording(&self, id: u32) -> Option<&Recording> {
        self.recordings.iter().find(|recording| recording.id == id)
    }

    /// What is different on this device from when the case's rounds were
    /// recorded, as labels for its comparison: `driver 535 -> 580`. Each label
    /// once, the oldest recording's first.
    #[must_use]
    pub fn changes_since(&self, case: &CaseRecord, now: &DeviceFacts) -> Vec<String> {
        let mut labels = Vec::new();
        for round in &case.rounds {
            let Some(recording) = self.recording(round.recording) else {
                continue;
            };
            for label in recording.changes(now) {
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
        }
        labels
    }
}

impl Recording {
    /// What is different on the device now. The adapter and the backend never
    /// are: they make the key.
    #[must_use]
    pub fn changes(&self, now: &DeviceFacts) -> Vec<String> {
        let before = &self.facts;
        let mut labels = Vec::new();
        let mut label = |what: &str, before: &str, now: &str| {
            if before != now {
                labels.push(format!("{what} {before} -> {now}"));
            }
        };
        label("driver", &before.driver, &now.driver);
        label("driver", &before.driver_info, &now.driver_info);
        label("wgpu", &before.wgpu, &now.wgpu);
        label(
            "tick",
            &before.timer.tick.to_string(),
            &now.timer.tick.to_string(),
        );
        labels
    }
}

impl CaseRecord {
    /// Its rounds, as the comparison takes them.
    #[must_use]
    pub fn located(&self) -> Vec<Located> {
        self.rounds
            .iter()
            .map(|round| Located {
                recording: round.recording,
                location: round.time,
            })
            .collect()
    }

    /// Geometric mean of its rounds' times, for a person to see; none without
    /// rounds.
    #[must_use]
    pub fn typical(&self) -> Option<Nanos> {
        if self.rounds.is_empty() {
            return None;
        }
        let sum: f64 = self.rounds.iter().map(|round| round.time.0.ln()).sum();
        Some(Nanos((sum / self.rounds.len() as f64).exp()))
    }
}
