//! The files of a revision, written into a folder of their own that goes away
//! again: nothing is checked out over anybody's files.

use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use super::AppError;
use super::git::{Entry, Kind, Repository, Revision, os};

/// A spec is at most so large, and anything else that is read a sixteenth of
/// it; larger files are not written.
const LARGEST_SPEC: u64 = 16 << 20;
const LARGEST_OTHER: u64 = 1 << 20;

/// What is written of a revision, at most.
const MOST_FILES: usize = 100_000;
const MOST_BYTES: u64 = 1 << 30;

/// The files of a revision below some folders.
#[derive(Debug)]
pub(super) struct Tree {
    _folder: TempDir,
    /// Where the repository's top is in it; canonical.
    pub(super) top: PathBuf,
}

impl Tree {
    /// Writes what a revision holds below the roots of the projects that
    /// paths (from the repository's top) lie in.
    pub(super) fn new(
        repository: &Repository,
        revision: &Revision,
        paths: &[PathBuf],
    ) -> Result<Self, AppError> {
        let entries = repository.entries(revision)?;
        let roots = roots(&entries, paths);
        let mut wanted = Vec::new();
        for entry in &entries {
            let path = Path::new(os(&entry.path));
            let largest = match path.extension().and_then(|name| name.to_str()) {
                Some("yaml" | "yml") => LARGEST_SPEC,
                Some(_) | None => LARGEST_OTHER,
            };
            if roots.iter().any(|root| path.starts_with(root)) && entry.size <= largest {
                wanted.push(entry);
            }
        }
        // Links last, so that no file is written through one.
        wanted.sort_by_key(|entry| entry.kind == Kind::Link);
        bounded(revision, &wanted)?;

        let failed = |error: std::io::Error| AppError::Write {
            path: std::env::temp_dir(),
            source: error,
        };
        let folder = TempDir::with_prefix("gate-against-").map_err(failed)?;
        let top = folder.path().canonicalize().map_err(failed)?.join("tree");
        fs::create_dir(&top).map_err(failed)?;
        repository.contents(revision, &wanted, &mut |index, bytes| {
            write(&top, wanted[index], &bytes).map_err(|error| {
                let path = String::from_utf8_lossy(&wanted[index].path);
                AppError::Usage(format!(
                    "`{path}` of {} cannot be written to a temporary folder: {error}; is there room, and is its name one that this system allows?",
                    revision.shown()
                ))
            })
        })?;
        Ok(Self {
            _folder: folder,
            top,
        })
    }
}

/// The roots of the projects that paths lie in, by the rule of
/// [`Spec::root`](crate::spec::Spec::root) on the revision's own files.
fn roots(entries: &[Entry], paths: &[PathBuf]) -> Vec<PathBuf> {
    let marked = |folder: &Path| {
        let marker = folder.join("gate.toml");
        entries
            .iter()
            .any(|entry| Path::new(os(&entry.path)) == marker)
    };
    let is_folder = |path: &Path| {
        entries
            .iter()
            .any(|entry| Path::new(os(&entry.path)).parent() == Some(path))
    };
    let mut roots: Vec<PathBuf> = Vec::new();
    for path in paths {
        let folder = if is_folder(path) {
            path.as_path()
        } else {
            path.parent().unwrap_or(Path::new(""))
        };
        let root = folder
            .ancestors()
            .find(|above| marked(above))
            .or(folder.parent())
            .unwrap_or(Path::new(""));
        if !roots.iter().any(|known| root.starts_with(known)) {
            roots.push(root.to_owned());
        }
    }
    roots
}

/// Holds a tree to what is read in a moment.
fn bounded(revision: &Revision, wanted: &[&Entry]) -> Result<(), AppError> {
    let bytes: u64 = wanted.iter().map(|entry| entry.size).sum();
    if wanted.len() <= MOST_FILES && bytes <= MOST_BYTES {
        return Ok(());
    }
    Err(AppError::Usage(format!(
        "the project's root holds {} files of {} MiB at {}, more than are read for a comparison; put a `gate.toml` into the folder that holds the specs, templates and shaders, so that it is the root",
        wanted.len(),
        bytes >> 20,
        revision.shown()
    )))
}

/// Writes one file below the top, and nowhere else.
fn write(top: &Path, entry: &Entry, bytes: &[u8]) -> std::io::Result<()> {
    let path = Path::new(os(&entry.path));
    let plain = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !plain || path.as_os_str().is_empty() {
        return Err(std::io::Error::other("it leads out of the repository"));
    }
    let path = top.join(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match entry.kind {
        Kind::Link => link(bytes, &path),
        Kind::File => {
            // Never over what is there, and never through a link.
            let mut file = fs::File::create_new(&path)?;
            file.write_all(bytes)
        }
    }
}

#[cfg(unix)]
fn link(target: &[u8], path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(os(target), path)
}

/// A file that holds the target, as git writes it where there are no links.
#[cfg(not(unix))]
fn link(target: &[u8], path: &Path) -> std::io::Result<()> {
    fs::write(path, target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, kind: Kind) -> Entry {
        Entry {
            path: path.as_bytes().to_vec(),
            kind,
            object: String::new(),
            size: 0,
        }
    }

    fn roots_of(files: &[&str], path: &str) -> Vec<PathBuf> {
        let entries: Vec<Entry> = files.iter().map(|file| entry(file, Kind::File)).collect();
        roots(&entries, &[PathBuf::from(path)])
    }

    #[test]
    fn the_root_is_the_nearest_marked_folder_else_the_parent_of_the_specs() {
        let unmarked = ["specs/a.yaml", "k/specs/b.yaml"];
        assert_eq!(roots_of(&unmarked, "k/specs/b.yaml"), [Path::new("k")]);
        assert_eq!(roots_of(&unmarked, "specs"), [Path::new("")]);
        let marked = ["gate.toml", "k/specs/b.yaml"];
        assert_eq!(roots_of(&marked, "k/specs/b.yaml"), [Path::new("")]);
        let nearer = ["gate.toml", "k/gate.toml", "k/x/specs/b.yaml"];
        assert_eq!(roots_of(&nearer, "k/x/specs"), [Path::new("k")]);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_outside_of_the_folder_or_through_a_link() {
        let folder = TempDir::new().expect("a folder");
        let top = folder.path().join("tree");
        fs::create_dir(&top).expect("a folder");
        for path in ["../out", "/etc/out", "a/../../out", ""] {
            assert!(
                write(&top, &entry(path, Kind::File), b"x").is_err(),
                "{path}"
            );
        }
        write(&top, &entry("a/b", Kind::File), b"x").expect("below it");
        assert!(!folder.path().join("out").exists());
        write(&top, &entry("way", Kind::Link), b"../..").expect("a link");
        write(&top, &entry("out", Kind::Link), b"../victim").expect("a link");
        assert!(write(&top, &entry("out", Kind::File), b"x").is_err());
        assert!(!folder.path().join("victim").exists());
    }
}
