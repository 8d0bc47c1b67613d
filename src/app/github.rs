//! What GitHub Actions takes beside the log: the job's summary and the step's
//! outputs, in files that it names by variables.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::report::{self, Report};

/// The most that GitHub takes of one step as a summary, less what is kept for a
/// last line. Source: "Workflow commands for GitHub Actions": 1 MiB.
const LARGEST: usize = (1 << 20) - 1024;

/// Where a step of GitHub Actions leaves what is not its log.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    summary: Option<PathBuf>,
    outputs: Option<PathBuf>,
}

impl Step {
    /// The step that this process is a part of; none elsewhere.
    pub(super) fn here() -> Option<Self> {
        let is_here = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let file = |name| {
            std::env::var_os(name)
                .filter(|value: &OsString| !value.is_empty())
                .map(PathBuf::from)
        };
        is_here.then(|| Self {
            summary: file("GITHUB_STEP_SUMMARY"),
            outputs: file("GITHUB_OUTPUT"),
        })
    }

    /// Leaves the outputs to another report of this step.
    pub(super) fn forget_outputs(&mut self) {
        self.outputs = None;
    }

    /// Adds to the job's summary and the step's outputs; what could not be
    /// written.
    pub(super) fn leave(&self, report: &Report) -> Vec<(PathBuf, io::Error)> {
        let mut failures = Vec::new();
        let mut add = |path: &Option<PathBuf>, write: fn(&Report) -> io::Result<Vec<u8>>| {
            if let Some(path) = path
                && let Err(error) = write(report).and_then(|bytes| append(path, &bytes))
            {
                failures.push((path.clone(), error));
            }
        };
        add(&self.summary, |report| {
            let mut bytes = Vec::new();
            report::write_markdown(report, &mut bytes)?;
            bytes.push(b'\n');
            Ok(cut(bytes))
        });
        add(&self.outputs, |report| {
            let mut bytes = Vec::new();
            report::write_outputs(report, &mut bytes)?;
            Ok(bytes)
        });
        failures
    }
}

/// GitHub's files are added to: other steps have written there.
fn append(path: &PathBuf, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(bytes)
}

/// A summary that GitHub does not refuse: cut after a line where it is too long.
fn cut(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() > LARGEST {
        let end = bytes[..LARGEST].iter().rposition(|byte| *byte == b'\n');
        bytes.truncate(end.map_or(0, |end| end + 1));
        bytes.extend_from_slice(b"\n\n</details>\n\n(cut: a job's summary holds no more)\n");
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_summary_is_cut_after_a_line() {
        let line = "| a case |\n";
        let long = line.repeat(200_000).into_bytes();
        let short = cut(long);
        assert!(short.len() < 1 << 20);
        let text = String::from_utf8(short).expect("is text");
        let (lines, end) = text.split_once("\n\n").expect("ends");
        assert!(lines.lines().all(|one| one == "| a case |"));
        assert!(end.contains("cut"));
        assert_eq!(cut(b"short\n".to_vec()), b"short\n");
    }
}
