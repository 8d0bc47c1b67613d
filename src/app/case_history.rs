//! `gate history`: how a case moved over the recordings in git.

use std::io;

use crate::baseline::{CaseRecord, Recording, Store};
use crate::cli::{Format, HistoryArgs};
use crate::exit;
use crate::kit::{CaseId, DeviceKey, Nanos};
use crate::plan::Filter;
use crate::report::{CaseHistory, HistoryPoint, Report, write_history};
use crate::stats::{self, Located, change_points};

use super::AppError;
use super::last_report::from_here;
use super::output::Screen;
use super::project::baselines_here;
use super::recordings::{Commit, Past, past};

/// That no change is told in a case's history where there is none.
const CONFIDENCE: f64 = 0.99;

/// So many versions of a file are read: an update a day for three years.
const ALL: usize = 1_000;

/// And so many for every case of a report at once.
const RECENT: usize = 30;

/// Prints the history of the cases that the arguments name.
pub(super) fn history(args: &HistoryArgs, screen: &Screen) -> Result<u8, AppError> {
    let filter = Filter::new(&[args.case.as_str()], &[])
        .map_err(|error| AppError::Usage(error.to_string()))?;
    let wanted = |id: &CaseId| filter.matches(id, &[]);
    let folder = baselines_here(args.baselines.as_deref())?;
    let store = Store::new(&folder);
    let files = store.files()?;
    let mut found = Vec::new();
    for (device, suite) in &files {
        if !args
            .device
            .as_ref()
            .is_none_or(|part| device.0.contains(&part.to_lowercase()))
        {
            continue;
        }
        let past = past(&store, device, suite, ALL)?;
        for note in &past.notes {
            screen.remark(&format!("note: {note}"));
        }
        found.extend(histories(&past, device, &wanted));
    }
    if found.is_empty() {
        screen.error(&format!(
            "no baseline in {} holds a case `{}`; `gate list` prints the cases, and `gate update-baselines` records them",
            from_here(&folder).display(),
            args.case
        ));
        return Ok(exit::NOTHING);
    }
    let mut out = Vec::new();
    match args.format.format {
        Format::Table => write_history(&found, &mut out)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &found).map_err(io::Error::from)?;
            out.push(b'\n');
        }
    }
    screen.write(&out)?;
    Ok(exit::PASS)
}

/// Gives each case of a report its history, as far as git tells it. Where that
/// fails, the report says so, and is written all the same.
pub(super) fn attach(report: &mut Report, store: &Store) {
    let device = report.device.key();
    for suite in report.suites.clone() {
        let past = match past(store, &device, &suite, RECENT) {
            Ok(past) => past,
            Err(error) => {
                report.notes.push(format!("no history: {error}"));
                continue;
            }
        };
        for case in &mut report.cases {
            if case.id.suite() == suite {
                case.history = points(&taken(&past, &case.id));
            }
        }
    }
}

/// One recording of one case.
struct Taken<'a> {
    recording: &'a Recording,
    record: &'a CaseRecord,
    rounds: Vec<Nanos>,
    commit: Option<&'a Commit>,
}

/// The histories of a file's cases.
fn histories(
    past: &Past,
    device: &DeviceKey,
    wanted: &dyn Fn(&CaseId) -> bool,
) -> Vec<CaseHistory> {
    let mut ids: Vec<&CaseId> = past
        .versions
        .iter()
        .flat_map(|version| version.baselines.cases.keys())
        .filter(|id| wanted(id))
        .collect();
    ids.sort();
    ids.dedup();
    ids.into_iter()
        .map(|id| CaseHistory {
            id: id.clone(),
            device: device.clone(),
            recordings: points(&taken(past, id)),
        })
        .filter(|case| !case.recordings.is_empty())
        .collect()
}

/// Every recording of a case that any version of its file holds, in the order
/// of time, each as it was when it first appeared.
fn taken<'a>(past: &'a Past, id: &CaseId) -> Vec<Taken<'a>> {
    let mut taken: Vec<Taken<'a>> = Vec::new();
    for version in &past.versions {
        let Some(record) = version.baselines.cases.get(id) else {
            continue;
        };
        for recording in &version.baselines.recordings {
            let known = |one: &Taken<'_>| {
                one.recording.id == recording.id && one.recording.time == recording.time
            };
            if taken.iter().any(known) {
                continue;
            }
            let rounds: Vec<Nanos> = record
                .rounds
                .iter()
                .filter(|round| round.recording == recording.id)
                .map(|round| round.time)
                .collect();
            if !rounds.is_empty() {
                taken.push(Taken {
                    recording,
                    record,
                    rounds,
                    commit: version.commit.as_ref(),
                });
            }
        }
    }
    taken.sort_by(|a, b| {
        (&a.recording.time, a.recording.id).cmp(&(&b.recording.time, b.recording.id))
    });
    taken
}

/// The recordings with what changed between them: a series for each stretch
/// that can be compared.
fn points(taken: &[Taken<'_>]) -> Vec<HistoryPoint> {
    let mut points = Vec::with_capacity(taken.len());
    for stretch in taken.chunk_by(|a, b| incomparable(a, b).is_none()) {
        let tick = stretch.first().map_or(Nanos(1.0), tick);
        let rounds: Vec<Vec<Nanos>> = stretch.iter().map(|one| one.rounds.clone()).collect();
        // Times of a baseline file are times: its reader saw to that.
        let changes = change_points(&rounds, tick, CONFIDENCE).unwrap_or_default();
        for (index, one) in stretch.iter().enumerate() {
            let before = taken.get(points.len().wrapping_sub(1));
            let located: Vec<Located> = one
                .rounds
                .iter()
                .map(|&location| Located {
                    recording: one.recording.id,
                    location,
                })
                .collect();
            let Ok(time) = stats::interval(&located, tick) else {
                continue;
            };
            points.push(HistoryPoint {
                recorded: one.recording.time.clone(),
                commit: one.commit.map(|commit| commit.hash.clone()),
                subject: one.commit.map(|commit| commit.subject.clone()),
                measured: one.recording.commit.clone(),
                reason: one.recording.reason.clone(),
                time,
                rounds: one.rounds.len(),
                change: changes
                    .iter()
                    .find(|change| change.at == index)
                    .map(|change| change.change),
                differs: before.map_or_else(Vec::new, |before| differs(before, one)),
                incomparable: before
                    .filter(|_| index == 0)
                    .and_then(|before| incomparable(before, one)),
            });
        }
    }
    points
}

/// The clock's step, shared among the dispatches that were timed together.
fn tick(one: &Taken<'_>) -> Nanos {
    Nanos(one.recording.facts.timer.tick.0 / f64::from(one.record.batch.max(1)))
}

/// Why one recording cannot be compared with the one before, if so.
fn incomparable(before: &Taken<'_>, now: &Taken<'_>) -> Option<String> {
    before
        .record
        .comparable(now.record.method, &now.record.overhead, now.record.checks)
        .err()
        .map(|difference| difference.to_string())
}

/// What else is different from the recording before.
fn differs(before: &Taken<'_>, now: &Taken<'_>) -> Vec<String> {
    let mut differs = before.recording.changes(&now.recording.facts);
    if before.record.code != now.record.code {
        differs.push("other WGSL".to_owned());
    }
    differs
}
