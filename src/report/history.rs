//! How cases moved over the recordings of their baselines.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::kit::{CaseId, DeviceKey, Nanos};
use crate::stats::Change;

use super::text::{change, clean, count, time, width};

/// One case on one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CaseHistory {
    /// The case.
    pub id: CaseId,
    /// The device.
    pub device: DeviceKey,
    /// Its recordings, the oldest first.
    pub recordings: Vec<HistoryPoint>,
}

/// One recording of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HistoryPoint {
    /// When it was recorded, in RFC 3339, UTC.
    pub recorded: String,
    /// The commit that brought it into the baseline file; none where it is not
    /// committed.
    pub commit: Option<String>,
    /// That commit's subject.
    pub subject: Option<String>,
    /// The commit that was measured, as the recording says.
    pub measured: Option<String>,
    /// Why it was recorded, as the person said.
    pub reason: Option<String>,
    /// Location over its rounds, with its interval (95 %, between rounds).
    pub time: (Nanos, Nanos, Nanos),
    /// How many rounds.
    pub rounds: usize,
    /// The case changed here: from the stretch of recordings before to the one
    /// that begins with this.
    pub change: Option<Change>,
    /// What is different from the recording before, such as
    /// `driver 535 -> 580`.
    pub differs: Vec<String>,
    /// Why it cannot be compared with the recording before; then a new series
    /// begins here.
    pub incomparable: Option<String>,
}

/// Writes histories for people: a recording a line, and a line for each change.
///
/// # Errors
///
/// Of the writer.
pub fn write_history(cases: &[CaseHistory], out: &mut dyn Write) -> io::Result<()> {
    for (index, case) in cases.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{} on {}", clean(&case.id.0), case.device)?;
        let times: Vec<String> = case
            .recordings
            .iter()
            .map(|point| time(point.time))
            .collect();
        let wide = times.iter().map(|text| width(text)).max().unwrap_or(0);
        for (point, time) in case.recordings.iter().zip(&times) {
            if let Some(why) = &point.incomparable {
                writeln!(
                    out,
                    "  ── not comparable with what was before: {}",
                    clean(why)
                )?;
            }
            if let Some(found) = &point.change {
                let sign = if found.estimate.0 > 0.0 { '▲' } else { '▼' };
                let subject = point.subject.as_deref().unwrap_or("not committed yet");
                writeln!(out, "  {sign} {}: {}", change(found), clean(subject))?;
            }
            let pad = " ".repeat(wide.saturating_sub(width(time)));
            let mut line = format!(
                "  {}  {:12}  {pad}{time}  {}",
                clean(&point.recorded),
                point.commit.as_deref().map_or("uncommitted", short),
                count(point.rounds, "round", "rounds"),
            );
            let said = point.reason.iter().chain(&point.differs);
            for (at, text) in said.enumerate() {
                line.push_str(if at == 0 { "  " } else { ", " });
                line.push_str(&clean(text));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        let changes = case
            .recordings
            .iter()
            .filter(|point| point.change.is_some())
            .count();
        writeln!(
            out,
            "  {} in {}",
            count(changes, "change", "changes"),
            count(case.recordings.len(), "recording", "recordings")
        )?;
    }
    Ok(())
}

/// A commit's hash, as short as people write it.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
