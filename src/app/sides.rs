//! One side of a comparison: what a person named, read and brought into one
//! form, whether it is CSV, a baseline file or a folder of those.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::baseline::{
    Baselines, CaseRecord, Recording, RoundRecord, SampleRecording, StoreError, load_file,
    read_samples, suite_of,
};
use crate::kit::{CaseId, DeviceFacts, DeviceKey, Nanos};
use crate::plan::Filter;

use super::AppError;
use super::inputs::Inputs;

/// One side.
#[derive(Debug)]
pub(super) struct Side {
    /// As it was named.
    pub(super) name: String,
    /// The device that all of it is of.
    pub(super) device: DeviceKey,
    /// The device at the latest recording, where that is known.
    pub(super) facts: Option<DeviceFacts>,
    /// What was recorded of each case.
    pub(super) cases: BTreeMap<CaseId, SideCase>,
}

/// One case of a side.
#[derive(Debug)]
pub(super) struct SideCase {
    /// Its rounds, each with the number of its recording in its file.
    pub(super) rounds: Vec<RoundRecord>,
    /// The clock's step over one timed span, where it can be told.
    pub(super) step: Option<Nanos>,
    /// How it was measured; CSV does not say.
    pub(super) kept: Option<Kept>,
}

/// What a baseline file says of a case beside its rounds.
#[derive(Debug)]
pub(super) struct Kept {
    /// The case as it stands there.
    pub(super) record: CaseRecord,
    /// The recordings that its rounds refer to, the latest last.
    pub(super) recordings: Vec<Recording>,
}

/// What a person named: a path, and which of the recordings there.
struct Named<'a> {
    path: PathBuf,
    recordings: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// `FILE#GLOB`, unless there is a file of the whole name.
    fn of(text: &'a str) -> Self {
        let whole = PathBuf::from(text);
        match text.rsplit_once('#') {
            Some((path, recordings)) if !whole.exists() && !recordings.is_empty() => Self {
                path: path.into(),
                recordings: Some(recordings),
            },
            Some(_) | None => Self {
                path: whole,
                recordings: None,
            },
        }
    }

    /// Whether a recording of this name is meant; without `#` every one is.
    fn takes(&self, names: &[String]) -> Result<bool, AppError> {
        let Some(glob) = self.recordings else {
            return Ok(true);
        };
        let filter = Filter::new(&[glob], &[]).map_err(|error| usage(error.to_string()))?;
        let (first, rest) = match names {
            [first, rest @ ..] => (CaseId(first.clone()), rest),
            [] => return Ok(false),
        };
        Ok(filter.matches(&first, rest))
    }

    fn is_folder(&self) -> bool {
        self.path.is_dir()
    }
}

/// Reads both sides; a folder of several devices is read for the device of the
/// other side.
pub(super) fn read_both(before: &str, now: &str, warmup: usize) -> Result<(Side, Side), AppError> {
    let (first, second) = (Named::of(before), Named::of(now));
    // What needs no hint is read first, and is the hint for the other.
    if first.is_folder() && !second.is_folder() {
        let now = read(&second, now, warmup, None)?;
        let before = read(&first, before, warmup, Some(&now.device))?;
        return Ok((before, now));
    }
    let before = read(&first, before, warmup, None)?;
    let now = read(&second, now, warmup, Some(&before.device))?;
    Ok((before, now))
}

/// What both sides are read from.
pub(super) fn inputs(before: &str, now: &str) -> Inputs {
    let named = [before, now].map(|text| Named::of(text).path);
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) =
        named.into_iter().partition(|path| path.is_dir());
    let inputs = Inputs::of(files);
    folders
        .iter()
        .fold(inputs, |inputs, folder| inputs.with_baselines(folder))
}

fn usage(text: String) -> AppError {
    AppError::Usage(text)
}

fn read(
    named: &Named<'_>,
    name: &str,
    warmup: usize,
    hint: Option<&DeviceKey>,
) -> Result<Side, AppError> {
    let path = &named.path;
    if named.is_folder() {
        let folder = device_folder(path, hint)?;
        let mut files = Vec::new();
        for file in baseline_files(&folder)? {
            files.extend(load_file(&file)?.map(|file_read| (file, file_read)));
        }
        return of_baselines(named, name, files);
    }
    if !path.exists() {
        return Err(usage(format!(
            "{}: there is no such file; A and B are CSV of `gate run --samples`, or baselines",
            path.display()
        )));
    }
    if begins_as_json(path)? {
        let file = load_file(path)?.map(|file| (path.clone(), file));
        of_baselines(named, name, file.into_iter().collect())
    } else {
        of_samples(named, name, read_samples(path, warmup)?)
    }
}

/// Whether the first letter of a file is JSON's.
fn begins_as_json(path: &Path) -> Result<bool, AppError> {
    let failed = |source| StoreError::Io {
        path: path.to_owned(),
        source,
        cure: "make it readable, or give another file",
    };
    let mut file = BufReader::new(fs::File::open(path).map_err(failed)?);
    let begin = file.fill_buf().map_err(failed)?;
    let first = begin.iter().find(|byte| !byte.is_ascii_whitespace());
    Ok(first == Some(&b'{'))
}

/// Names of what lies in a folder, in their order.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, AppError> {
    let failed = |source| StoreError::Io {
        path: folder.to_owned(),
        source,
        cure: "make it readable, or give another folder",
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        found.push(entry.map_err(failed)?.path());
    }
    found.sort();
    Ok(found)
}

/// Baseline files of one device.
fn baseline_files(folder: &Path) -> Result<Vec<PathBuf>, AppError> {
    Ok(entries(folder)?
        .into_iter()
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy());
            name.is_some_and(|name| suite_of(&name).is_some()) && path.is_file()
        })
        .collect())
}

/// The folder itself where baselines lie in it, else the one below it that has
/// some: that of the hinted device where there are several.
fn device_folder(folder: &Path, hint: Option<&DeviceKey>) -> Result<PathBuf, AppError> {
    if !baseline_files(folder)?.is_empty() {
        return Ok(folder.to_owned());
    }
    let mut devices = Vec::new();
    for below in entries(folder)? {
        if below.is_dir() && !baseline_files(&below)?.is_empty() {
            devices.push(below);
        }
    }
    let hinted = hint.and_then(|hint| {
        devices
            .iter()
            .find(|below| below.file_name().is_some_and(|name| *name == *hint.0))
    });
    match (devices.as_slice(), hinted) {
        ([], _) => Err(usage(format!(
            "{}: no baselines lie there; they are `<device>/<suite>.json`",
            folder.display()
        ))),
        (_, Some(only)) => Ok(only.clone()),
        ([only], None) => Ok(only.clone()),
        (several, None) => Err(usage(format!(
            "{}: there are baselines of several devices; name one folder: {}",
            folder.display(),
            list(several.iter().map(|path| path.display().to_string()))
        ))),
    }
}

fn list(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn none_of(name: &str, known: impl Iterator<Item = String>) -> AppError {
    usage(format!(
        "{name}: no recording of that name; there are {}",
        list(known)
    ))
}

fn of_baselines(
    named: &Named<'_>,
    name: &str,
    files: Vec<(PathBuf, Baselines)>,
) -> Result<Side, AppError> {
    let mut side: Option<Side> = None;
    let mut known: Vec<String> = Vec::new();
    for (path, file) in files {
        let mut wanted = Vec::new();
        for recording in &file.recordings {
            known.push(recording.id.to_string());
            if named.takes(&[recording.id.to_string()])? {
                wanted.push(recording);
            }
        }
        let side = side.get_or_insert_with(|| Side {
            name: name.to_owned(),
            device: file.device.clone(),
            facts: None,
            cases: BTreeMap::new(),
        });
        if side.device != file.device {
            return Err(usage(format!(
                "{}: these are of device `{}`, and others in the folder of `{}`",
                path.display(),
                file.device,
                side.device
            )));
        }
        if let Some(latest) = wanted.iter().max_by_key(|recording| recording.id) {
            side.facts = Some(latest.facts.clone());
        }
        for (id, record) in &file.cases {
            let mut record = record.clone();
            record
                .rounds
                .retain(|round| wanted.iter().any(|one| one.id == round.recording));
            if record.rounds.is_empty() {
                continue;
            }
            let recordings: Vec<Recording> = wanted
                .iter()
                .filter(|one| record.rounds.iter().any(|round| round.recording == one.id))
                .map(|one| (*one).clone())
                .collect();
            let step = recordings
                .last()
                .map(|latest| Nanos(latest.facts.timer.tick.0 / f64::from(record.batch.max(1))));
            side.cases.insert(
                id.clone(),
                SideCase {
                    rounds: record.rounds.clone(),
                    step,
                    kept: Some(Kept { record, recordings }),
                },
            );
        }
    }
    match side {
        Some(side) if side.cases.is_empty() && named.recordings.is_some() => {
            known.sort();
            known.dedup();
            Err(none_of(name, known.into_iter()))
        }
        Some(side) => Ok(side),
        None => Err(usage(format!("{name}: there are no baselines"))),
    }
}

fn of_samples(
    named: &Named<'_>,
    name: &str,
    recordings: Vec<SampleRecording>,
) -> Result<Side, AppError> {
    let full = |one: &SampleRecording| format!("{}/{}", one.device, one.recording);
    let mut wanted = Vec::new();
    for one in &recordings {
        if named.takes(&[one.recording.clone(), full(one)])? {
            wanted.push(one);
        }
    }
    let path = named.path.display();
    let (Some(first), several) = (wanted.first(), wanted.len() > 1) else {
        return Err(if recordings.is_empty() {
            AppError::Nothing(format!("{path}: there are no samples, only the first line"))
        } else {
            none_of(name, recordings.iter().map(full))
        });
    };
    if let Some(other) = wanted.iter().find(|one| one.device != first.device) {
        return Err(usage(format!(
            "{name}: these are recordings of several devices (`{}`, `{}`); name those of one, as \
             in `{path}#{}/*`",
            first.device, other.device, first.device
        )));
    }
    // They may be of different code, and would pass for one.
    if several && named.recordings.is_none() {
        return Err(usage(format!(
            "{path}: there are several recordings; name one as in `{path}#{}`, or several with \
             `*`: {}",
            first.recording,
            list(wanted.iter().map(|one| one.recording.clone()))
        )));
    }
    let mut cases: BTreeMap<CaseId, SideCase> = BTreeMap::new();
    for (number, one) in wanted.iter().enumerate() {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        for (id, case) in &one.cases {
            let side = cases.entry(id.clone()).or_insert_with(|| SideCase {
                rounds: Vec::new(),
                step: None,
                kept: None,
            });
            side.rounds
                .extend(case.rounds.iter().map(|(_, summary)| RoundRecord {
                    recording: number,
                    time: summary.location,
                    spread: summary.spread,
                    samples: summary.samples,
                }));
            side.step = finer(side.step, case.step);
        }
    }
    Ok(Side {
        name: name.to_owned(),
        device: DeviceKey(first.device.clone()),
        facts: None,
        cases,
    })
}

/// The smaller of two steps, of those that are known.
pub(super) fn finer(one: Option<Nanos>, other: Option<Nanos>) -> Option<Nanos> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Nanos(one.0.min(other.0))),
        (one, other) => one.or(other),
    }
}
