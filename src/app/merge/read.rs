//! Files of parts, as what they are and nothing else.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::app::AppError;
use crate::app::assemble::FORMAT;
use crate::app::partition::note;
use crate::kit::CaseId;
use crate::report::{Part, Report, is_sealed};

/// The most that is read of a report.
const MAX_BYTES: u64 = 1 << 30;

/// What gives a part.
const CURE: &str = "`gate check --partition hash:K/N --report json=FILE` writes a part";

/// A part as it was read.
#[derive(Debug)]
pub(super) struct Read {
    /// Its file.
    pub(super) path: PathBuf,
    /// What it measured.
    pub(super) report: Report,
    /// What it is a part of.
    pub(super) part: Part,
}

/// Reads all parts, in their order.
///
/// # Errors
///
/// [`AppError::Usage`], with a line for each file that is none.
pub(super) fn read_all(paths: &[PathBuf]) -> Result<Vec<Read>, AppError> {
    let mut parts = Vec::new();
    let mut wrong = Vec::new();
    for path in files(paths)? {
        match read(&path) {
            Ok(part) => parts.push(part),
            Err(what) => wrong.push(format!("{}{what}", path.display())),
        }
    }
    if !wrong.is_empty() {
        return Err(AppError::Usage(wrong.join("\nerror: ")));
    }
    parts.sort_by_key(|read| read.part.part);
    Ok(parts)
}

/// The files that are meant. A folder stands for the JSON files in it, and in
/// the folders in it, as artifacts of a job are downloaded.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, AppError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        for entry in entries(path)? {
            if entry.is_dir() {
                files.extend(entries(&entry)?.into_iter().filter(|path| is_json(path)));
            } else if is_json(&entry) {
                files.push(entry);
            }
        }
        if files.len() == before {
            return Err(AppError::Usage(format!(
                "{}: there is no JSON file in this folder; {CURE}",
                path.display()
            )));
        }
    }
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, AppError> {
    let unread = |error: std::io::Error| AppError::Usage(format!("{}: {error}", folder.display()));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread)? {
        paths.push(entry.map_err(unread)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn is_json(path: &Path) -> bool {
    path.is_file()
        && path
            .extension()
            .is_some_and(|extension| extension == "json")
}

/// Reads one part; else what is wrong with the file, to stand after its name.
fn read(path: &Path) -> Result<Read, String> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text))
        .map_err(|error| format!(": {error}; {CURE}"))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(": no part is larger than 1 GiB".to_owned());
    }
    let whole: Value = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
    let format = whole.get("format").and_then(Value::as_u64);
    if let Some(newer) = format.filter(|format| *format > u64::from(FORMAT)) {
        return Err(format!(
            ": it is of format {newer}, which a newer gate writes, and this one reads up to {FORMAT}; merge with the gate that measured"
        ));
    }
    // Another version's report is not expected to have all that this one's has.
    let Some(gate) = whole.get("gate").and_then(Value::as_str) else {
        return Err(format!(": it is no report of the gate; {CURE}"));
    };
    if gate != env!("CARGO_PKG_VERSION") {
        return Err(format!(
            ": gate {gate} wrote it, and this is {}; merge with the gate that measured",
            env!("CARGO_PKG_VERSION")
        ));
    }
    if whole.get("part").is_none() {
        return Err(format!(": it is of a whole plan, and of no part; {CURE}"));
    }
    if !is_sealed(&whole) {
        return Err(
            ": it was changed since it was written, and is no measurement any more; measure that part again"
                .to_owned(),
        );
    }
    drop(whole);
    let mut report: Report = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
    let Some(part) = report.part.take() else {
        return Err(format!(": it is of a whole plan, and of no part; {CURE}"));
    };
    sound(&report, &part)?;
    report.notes.retain(|known| *known != note(&part));
    Ok(Read {
        path: path.to_owned(),
        report,
        part,
    })
}

fn unreadable(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = error.to_string();
    let cut = if error.is_eof() {
        "it is cut short"
    } else {
        "it is no report of this gate"
    };
    format!(
        ":{}:{}: {cut} ({}); {CURE}",
        error.line().max(1),
        error.column().max(1),
        what.strip_suffix(&place).unwrap_or(&what)
    )
}

/// Whether a part is all that it should be.
fn sound(report: &Report, part: &Part) -> Result<(), String> {
    let name = format!("part {} of {}", part.part, part.of);
    let here = || part.plan.iter().filter(|case| case.part == part.part);
    if report.interrupted {
        return Err(format!(
            ": {name} did not come to its end: it was interrupted, or crashed, with {} of its {} cases in the report; measure it again",
            report.cases.len(),
            here().count()
        ));
    }
    if part.part == 0 || part.part > part.of {
        return Err(format!(": there is no {name}"));
    }
    let cases = report.cases.iter().map(|case| &case.id);
    let left_out = report.left_out.iter().map(|one| &one.id);
    let told: HashSet<&CaseId> = cases.chain(left_out).collect();
    if let Some(missing) = here().find(|case| !told.contains(&case.id)) {
        return Err(format!(
            ": {name} says nothing of `{}`; measure it again",
            missing.id
        ));
    }
    Ok(())
}
