//! The form of a file: JSON with one recording and one case a line, written by
//! hand around pieces of `serde_json`, so that a diff shows one line for one
//! case.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::kit::{Checks, Method, Nanos, Ratio};

use super::{Baselines, CaseRecord, DeviceRecord, RoundRecord};

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
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    recording: u32,
    times: Vec<Time>,
    spreads: Vec<Spread>,
    samples: Vec<usize>,
}

#[derive(Serialize, Deserialize)]
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
    let mut text = format!(
        "{{\n\"format\": {},\n\"device\": {},\n\"suite\": {},\n\"recordings\": [",
        file.format,
        json(&file.device.0)?,
        json(&file.suite)?,
    );
    let mut before = "\n";
    for recording in &file.recordings {
        text.push_str(before);
        text.push_str(&serde_json::to_string(recording)?);
        before = ",\n";
    }
    text.push_str("\n],\n\"cases\": {");
    before = "\n";
    for (id, case) in &file.cases {
        text.push_str(before);
        text.push_str(&json(&id.0)?);
        text.push_str(": ");
        text.push_str(&serde_json::to_string(&CaseLine::of(case))?);
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
    Ok(format!(
        "{{\n\"format\": {},\n\"device\": {},\n\"facts\": {},\n\"ceilings\": {}\n}}\n",
        record.format,
        serde_json::to_string(&record.device)?,
        serde_json::to_string(&record.facts)?,
        serde_json::to_string(&record.ceilings)?,
    ))
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
        }
    }

    /// The record that this line is, where its recordings are known.
    pub(super) fn record(self, known: &BTreeSet<u32>) -> Result<CaseRecord, String> {
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
