//! The last report of a project, kept for `gate explain`.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::report::{self, Report};

use super::AppError;
use super::assemble::FORMAT;
use super::output::Screen;
use super::replace::replace;

/// The folder below the project's root. It keeps itself out of version
/// control.
const FOLDER: &str = ".gate";

/// The report in it, as `--report json` writes it.
const FILE: &str = "last-report.json";

/// The most that is read of a report.
const MAX_BYTES: u64 = 256 << 20;

/// What makes a folder a project's root for a command that reads no spec.
const MARKS: [&str; 4] = ["gate.toml", FOLDER, "specs", ".git"];

/// Keeps a report. Where that fails, as below a root that may only be read, it
/// is said and nothing else comes of it: a check is not there to be explained.
pub(super) fn keep(report: &Report, root: &Path, screen: &Screen) {
    if let Err(error) = write(report, root) {
        screen.remark(&format!(
            "{}: not kept for `gate explain`: {error}",
            root.join(FOLDER).join(FILE).display()
        ));
    }
}

fn write(report: &Report, root: &Path) -> io::Result<()> {
    replace(&own_folder(root)?.join(FILE), &mut |out| {
        report::write_json(report, out)
    })
}

/// The gate's own folder in a project, made where it is missing, and kept out
/// of version control.
pub(super) fn own_folder(root: &Path) -> io::Result<PathBuf> {
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let ignore = folder.join(".gitignore");
    if !ignore.exists() {
        fs::write(ignore, "*\n")?;
    }
    Ok(folder)
}

/// The root of the project that a person stands in: the nearest folder above
/// that looks like one, else where they stand.
pub(super) fn root_here() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    here.ancestors()
        .find(|folder| MARKS.iter().any(|mark| folder.join(mark).exists()))
        .unwrap_or(&here)
        .to_owned()
}

/// The nearest kept report, here or above; none where there is none.
pub(super) fn find() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors()
        .map(|folder| folder.join(FOLDER).join(FILE))
        .find(|path| path.is_file())
        .map(|path| from_here(&path).to_owned())
}

/// A path as a person would name it from where they stand.
pub(super) fn from_here(path: &Path) -> &Path {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok())
        .unwrap_or(path)
}

/// The commands whose reports have cases with verdicts.
const REPORTING: [&str; 5] = ["check", "update-baselines", "run", "compare", "merge"];

/// What says of a file whether it is such a report at all.
#[derive(Deserialize)]
struct Head {
    format: Option<u64>,
    command: Option<String>,
}

impl Head {
    fn is_ours(&self) -> Result<(), String> {
        let cure = format!(
            "reports of `gate {}` are explained",
            REPORTING.join("`, `gate ")
        );
        // Other files of the gate have formats too, and no command.
        let format = self.format.filter(|_| self.command.is_some());
        if let Some(format) = format.filter(|format| *format != u64::from(FORMAT)) {
            return Err(format!(
                "this is of format {format}, and this gate reads format {FORMAT}; explain it with the gate that wrote it"
            ));
        }
        match self.command.as_deref() {
            Some(command) if !REPORTING.contains(&command) => {
                Err(format!("this is what `gate {command}` wrote; {cure}"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Reads a report.
///
/// # Errors
///
/// [`AppError::Usage`], with the place of what is none.
pub(super) fn read(path: &Path) -> Result<Report, AppError> {
    let usage = |what: String| AppError::Usage(format!("{}{what}", path.display()));
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text))
        .map_err(|error| usage(format!(": {error}; give a report in JSON with `--report`")))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(usage(": no report is larger than 256 MiB".to_owned()));
    }
    // What is no JSON, or has neither, is told below with its place.
    if let Ok(head) = serde_json::from_str::<Head>(&text) {
        head.is_ours().map_err(|why| usage(format!(": {why}")))?;
    }
    serde_json::from_str(&text).map_err(|error| {
        let place = format!(" at line {} column {}", error.line(), error.column());
        let what = error.to_string();
        usage(format!(
            ":{}:{}: this is no report of this gate ({}); `--report json=FILE` writes one",
            error.line().max(1),
            error.column().max(1),
            what.strip_suffix(&place).unwrap_or(&what)
        ))
    })
}
