//! What a baseline file held before, from git.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

use crate::baseline::{Baselines, Store, StoreError};
use crate::kit::DeviceKey;

use super::AppError;

/// A commit that changed a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    /// Its hash, in full.
    pub(super) hash: String,
    /// The first line of its message.
    pub(super) subject: String,
}

/// A baseline file as it was.
#[derive(Debug)]
pub(super) struct Version {
    /// Since which commit; none for the file as it lies there, uncommitted.
    pub(super) commit: Option<Commit>,
    /// What it held.
    pub(super) baselines: Baselines,
}

/// All that is known of a file.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Its versions, the oldest first, the file as it lies there last.
    pub(super) versions: Vec<Version>,
    /// What a person should know of how complete they are.
    pub(super) notes: Vec<String>,
}

/// Reads the versions of a suite's baseline file that git knows of, the newest
/// `most`, and the one that lies there. Without git, or outside of a repository, that is all,
/// and a note says so.
///
/// # Errors
///
/// [`AppError`] where the file that lies there cannot be read. A version in git
/// that cannot is left out, with a note.
pub(super) fn past(
    store: &Store,
    device: &DeviceKey,
    suite: &str,
    most: usize,
) -> Result<Past, AppError> {
    let mut past = Past::default();
    let path = store.path(device, suite);
    match commits(&path, most) {
        Ok(commits) => {
            if commits.len() == most {
                past.notes.push(format!(
                    "{}: only the newest {most} commits are looked at",
                    path.display()
                ));
            }
            for commit in commits.into_iter().rev() {
                match version(store, device, suite, &commit) {
                    Ok(Some(baselines)) => past.versions.push(Version {
                        commit: Some(commit),
                        baselines,
                    }),
                    // Deleted by that commit.
                    Ok(None) => {}
                    Err(why) => past.notes.push(format!(
                        "{} of commit {:.12} is left out: {why}",
                        path.display(),
                        commit.hash
                    )),
                }
            }
        }
        Err(why) => past.notes.push(format!(
            "{}: {why}, so only the recordings that the file itself holds are shown",
            path.display()
        )),
    }
    if let Some(baselines) = store.load(device, suite)? {
        past.versions.push(Version {
            commit: None,
            baselines,
        });
    }
    Ok(past)
}

/// Runs git in a file's folder.
fn git(path: &Path, arguments: &[&str]) -> io::Result<Output> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output()
}

/// The commits that changed a file, the newest first and `most` at most.
fn commits(path: &Path, most: usize) -> Result<Vec<Commit>, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let most = most.to_string();
    let output = git(path, &["log", "--format=%H %s", "-n", &most, "--", &name])
        .map_err(|error| format!("git could not be run ({error})"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "git gives no history ({})",
            said.lines().next().unwrap_or("it says nothing").trim()
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let (hash, subject) = line.split_once(' ')?;
            Some(Commit {
                hash: hash.to_owned(),
                subject: subject.to_owned(),
            })
        })
        .collect())
}

/// A file as a commit left it; none where the commit deleted it.
fn version(
    store: &Store,
    device: &DeviceKey,
    suite: &str,
    commit: &Commit,
) -> Result<Option<Baselines>, String> {
    let path = store.path(device, suite);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let output = git(
        &path,
        &["cat-file", "blob", &format!("{}:./{name}", commit.hash)],
    )
    .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Ok(None);
    }
    store
        .version(&output.stdout, device, suite)
        .map(Some)
        .map_err(|error: StoreError| error.to_string())
}
