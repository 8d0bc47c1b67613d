//! The form of a file: JSON with one recording and one case a line, written by
//! hand around pieces of `serde_json`, so that a diff shows one line for one
//! case.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::kit::{CaseId, Ceilings, Checks, DeviceFacts, DeviceKey, Method, Nanos, Ratio};

use super::{Baselines, CaseRecord, DeviceRecord, FORMAT, Recording, RoundRecord};

/// One case as it stands on its line: rounds of one recording together, and
/// their times side by side, where a reader of the diff compares them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseLine<'a> {
    method: Method,
    overhead: Cow<'a, str>,
    checks: Checks,
    batch: u32,
    code: Cow<'a, str>,
    rounds: Vec<Group>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

/// One recording as it stands on its line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordingLine {
    id: u32,
    time: String,
    commit: Option<String>,
    reason: Option<String>,
    gate: String,
    facts: DeviceFacts,
    ceilings: Option<Ceilings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

/// What a line's digest is made of beside the line: a line of another file is
/// as foreign here as one that was typed.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The format that the file says it is of.
    pub(super) format: u32,
    /// Its device.
    pub(super) device: &'a DeviceKey,
    /// Its suite; empty for the device's own file.
    pub(super) suite: &'a str,
}

impl Context<'_> {
    /// A digest of a line, by which a change by hand is seen: 64 bits in hex.
    pub(super) fn digest(&self, key: &str, line: &str) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("kernel-gate 2026 line of a baseline");
        for part in [&self.device.0, self.suite, key, line] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex()[..16].to_owned()
    }

    /// Whether a line says of itself what it is.
    pub(super) fn holds(&self, key: &str, line: &str, digest: Option<&str>) -> Result<(), String> {
        match digest {
            None if self.format < 2 => Ok(()),
            None => Err("its `digest` is missing".to_owned()),
            Some(digest) if digest == self.digest(key, line) => Ok(()),
            Some(_) => Err(
                "it does not fit its `digest`, so it was changed since it was recorded".to_owned(),
            ),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    recording: u32,
    times: Vec<Time>,
    spreads: Vec<Spread>,
    samples: Vec<usize>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "f64")]
struct Time(f64);

#[derive(Serialize, Deserialize)]
#[serde(try_from = "f64")]
struct Spread(f64);

impl TryFrom<f64> for Time {
    type Error = String;
    fn try_from(value: f64) -> Result<Self, String> {
        if value.is_finite() && value > 0.0 {
            Ok(Self(value))
        } else {
            Err(format!("{value} ns is no time: times are above zero"))
        }
    }
}

impl TryFrom<f64> for Spread {
    type Error = String;
    fn try_from(value: f64) -> Result<Self, String> {
        if value.is_finite() && value >= 0.0 {
            Ok(Self(value))
        } else {
            Err(format!("{value} is no spread: spreads are zero or above"))
        }
    }
}

/// Writes a file's text.
///
/// # Errors
///
/// What `serde_json` says; numbers that JSON has not come out as `null`, which
/// [`parse`](super::parse::parse) refuses.
pub(super) fn write(file: &Baselines) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string::<str>;
    let context = Context {
        format: FORMAT,
        device: &file.device,
        suite: &file.suite,
    };
    let mut text = format!(
        "{{\n\"format\": {FORMAT},\n\"device\": {},\n\"suite\": {},\n\"recordings\": [",
        json(&file.device.0)?,
        json(&file.suite)?,
    );
    let mut before = "\n";
    for recording in &file.recordings {
        text.push_str(before);
        let mut line = RecordingLine::of(recording);
        line.digest = Some(context.digest(RECORDING, &serde_json::to_string(&line)?));
        text.push_str(&serde_json::to_string(&line)?);
        before = ",\n";
    }
    text.push_str("\n],\n\"cases\": {");
    before = "\n";
    for (id, case) in &file.cases {
        text.push_str(before);
        text.push_str(&json(&id.0)?);
        text.push_str(": ");
        let mut line = CaseLine::of(case);
        line.digest = Some(context.digest(&id.0, &serde_json::to_string(&line)?));
        text.push_str(&serde_json::to_string(&line)?);
        before = ",\n";
    }
    text.push_str("\n}\n}\n");
    Ok(text)
}

/// Writes the text of a device's own file.
///
/// # Errors
///
/// As for [`write()`].
pub(super) fn write_device(record: &DeviceRecord) -> Result<String, serde_json::Error> {
    let facts = serde_json::to_string(&record.facts)?;
    let ceilings = serde_json::to_string(&record.ceilings)?;
    let context = Context {
        format: FORMAT,
        device: &record.device,
        suite: "",
    };
    Ok(format!(
        "{{\n\"format\": {FORMAT},\n\"device\": {},\n\"facts\": {facts},\n\"ceilings\": {ceilings},\n\"digest\": \"{}\"\n}}\n",
        serde_json::to_string(&record.device)?,
        context.digest(&facts, &ceilings),
    ))
}

/// Checks the digest of a device's own file.
pub(super) fn device_holds(
    context: Context<'_>,
    facts: &DeviceFacts,
    ceilings: &Ceilings,
    digest: Option<&str>,
) -> Result<(), String> {
    let json = |error: serde_json::Error| error.to_string();
    let facts = serde_json::to_string(facts).map_err(json)?;
    let ceilings = serde_json::to_string(ceilings).map_err(json)?;
    context.holds(&facts, &ceilings, digest)
}

/// What stands for the identity in the digest of a recording's line.
const RECORDING: &str = "recording";

impl RecordingLine {
    fn of(recording: &Recording) -> Self {
        Self {
            id: recording.id,
            time: recording.time.clone(),
            commit: recording.commit.clone(),
            reason: recording.reason.clone(),
            gate: recording.gate.clone(),
            facts: recording.facts.clone(),
            ceilings: recording.ceilings,
            digest: None,
        }
    }

    /// The recording that this line is, and whether it fits its digest.
    pub(super) fn recording(
        mut self,
        context: Context<'_>,
    ) -> Result<(Recording, Result<(), String>), String> {
        let digest = self.digest.take();
        let line = serde_json::to_string(&self).map_err(|error| error.to_string())?;
        let holds = context
            .holds(RECORDING, &line, digest.as_deref())
            .map_err(|error| format!("recording {}: {error}", self.id));
        let recording = Recording {
            id: self.id,
            time: self.time,
            commit: self.commit,
            reason: self.reason,
            gate: self.gate,
            facts: self.facts,
            ceilings: self.ceilings,
        };
        Ok((recording, holds))
    }
}

impl<'a> CaseLine<'a> {
    fn of(case: &'a CaseRecord) -> Self {
        let mut rounds: Vec<Group> = Vec::new();
        for round in &case.rounds {
            let begins = rounds
                .last()
                .is_none_or(|group| group.recording != round.recording);
            if begins {
                rounds.push(Group {
                    recording: round.recording,
                    times: Vec::new(),
                    spreads: Vec::new(),
                    samples: Vec::new(),
                });
            }
            if let Some(group) = rounds.last_mut() {
                group.times.push(Time(round.time.0));
                group.spreads.push(Spread(round.spread.0));
                group.samples.push(round.samples);
            }
        }
        Self {
            method: case.method,
            overhead: Cow::Borrowed(&case.overhead),
            checks: case.checks,
            batch: case.batch,
            code: Cow::Borrowed(&case.code),
            rounds,
            digest: None,
        }
    }

    /// The record that this line is, where its recordings are known.
    pub(super) fn record(
        mut self,
        id: &CaseId,
        context: Context<'_>,
        known: &BTreeSet<u32>,
    ) -> Result<CaseRecord, String> {
        let digest = self.digest.take();
        let line = serde_json::to_string(&self).map_err(|error| error.to_string())?;
        let holds = context.holds(&id.0, &line, digest.as_deref());
        if self.batch == 0 {
            return Err("`batch` is at least 1".to_owned());
        }
        let mut rounds = Vec::new();
        for group in self.rounds {
            let id = group.recording;
            if !known.contains(&id) {
                return Err(format!(
                    "its rounds are of recording {id}, which is not among `recordings`"
                ));
            }
            let count = group.times.len();
            if count == 0 || group.spreads.len() != count || group.samples.len() != count {
                return Err(format!(
                    "recording {id} has {count} times, {} spreads and {} samples; each round has \
                     one of each",
                    group.spreads.len(),
                    group.samples.len(),
                ));
            }
            for ((time, spread), samples) in
                group.times.iter().zip(group.spreads).zip(group.samples)
            {
                if samples == 0 {
                    return Err(format!("a round of recording {id} has no samples"));
                }
                rounds.push(RoundRecord {
                    recording: id,
                    time: Nanos(time.0),
                    spread: Ratio(spread.0),
                    samples,
                });
            }
        }
        if rounds.is_empty() {
            return Err("it has no rounds".to_owned());
        }
        // Last: what is wrong with a line says more than that it was changed.
        holds?;
        Ok(CaseRecord {
            method: self.method,
            overhead: self.overhead.into_owned(),
            checks: self.checks,
            batch: self.batch,
            code: self.code.into_owned(),
            rounds,
        })
    }
}
