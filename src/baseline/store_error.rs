//! Why a file of baselines could not be used, or not be written.

use std::path::PathBuf;

use thiserror::Error;

use crate::kit::CaseId;

/// A baseline file that cannot be used, or not be written. It is never
/// overwritten then.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file is not what this gate writes.
    #[error("{path}:{line}:{column}: {message}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong, and the cure.
        message: String,
    },
    /// The file could not be read at all.
    #[error("{path}: {source}; {cure}", path = .path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
        /// What to do.
        cure: &'static str,
    },
    /// The file system said no to writing.
    #[error("{path}: {source}; {cure}", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
        /// What to do.
        cure: &'static str,
    },
    /// Another process is updating the same file.
    #[error("{path}: another gate is updating these baselines; wait for it, then try again", path = .path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// Another update recorded some of the same cases since this one read them.
    #[error("{path}: another update recorded {} while this one measured; this one wrote nothing, so that those rounds are not lost; look at them, then run it again", listed(.cases), path = .path.display())]
    Overtaken {
        /// The file.
        path: PathBuf,
        /// The cases that both have.
        cases: Vec<CaseId>,
    },
    /// The device's or the suite's name makes no file name.
    #[error("`{name}` {why}")]
    Name {
        /// The name.
        name: String,
        /// Why not, and the cure.
        why: &'static str,
    },
    /// What was to be written would not read back: a mistake of the gate's.
    /// Nothing was written.
    #[error("{path}: nothing was written, because it would not read back: {message}", path = .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What reading it back would say.
        message: String,
    },
}

/// How many cases a message names.
const NAMED: usize = 3;

fn listed(cases: &[CaseId]) -> String {
    let names: Vec<String> = cases
        .iter()
        .take(NAMED)
        .map(|id| format!("`{id}`"))
        .collect();
    match cases.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
