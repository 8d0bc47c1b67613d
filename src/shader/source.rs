//! Files below the root, and no others.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::hint::did_you_mean;

/// The most that a template or WGSL file may hold, in bytes.
pub(super) const MAX_BYTES: u64 = 1 << 20;

/// Where a file was found and what it says.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The file as a person would name it.
    pub(super) shown: Arc<str>,
    /// Its text.
    pub(super) text: Arc<str>,
}

/// A file that is not there, or does not give WGSL.
#[derive(Clone, Debug)]
pub(super) struct SourceError {
    /// The file as a person would name it.
    pub(super) shown: Arc<str>,
    /// Line and column, where the file's own text is at fault; none where the
    /// spec asks for the wrong file.
    pub(super) at: Option<(usize, usize)>,
    /// What is wrong, and the cure.
    pub(super) message: String,
    /// The line with a caret below what is wrong, where the text is at hand.
    pub(super) snippet: Option<String>,
}

/// Reads sources below one root.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    root: PathBuf,
    /// The root without symlinks, to tell what lies below it.
    real: Option<PathBuf>,
    /// What was read, canonical.
    read: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Sources {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            real: root.canonicalize().ok(),
            read: Arc::default(),
        }
    }

    /// All files that were read, canonical.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.iter().cloned().collect()
    }

    /// Reads a kernel's own source: below `folder`, or anywhere below the
    /// root when it is not there.
    pub(super) fn main(&self, folder: &str, path: &Path) -> Result<Source, SourceError> {
        self.find(self.below_root(path), &[folder, ""])
    }

    /// A path without the root, where it begins with it.
    fn below_root<'a>(&self, path: &'a Path) -> &'a Path {
        match self.real.as_ref().and_then(|r| path.strip_prefix(r).ok()) {
            Some(below) => below,
            None => path.strip_prefix(&self.root).unwrap_or(path),
        }
    }

    /// A kernel's source as the project names it, wherever the project lies.
    pub(super) fn named(&self, path: &Path) -> String {
        slashes(self.below_root(path))
    }

    /// Reads what a template includes or imports: below `templates/` or
    /// `shaders/` only.
    pub(super) fn included(&self, name: &str) -> Result<Source, SourceError> {
        self.find(Path::new(name), &["templates", "shaders"])
    }

    fn find(&self, path: &Path, folders: &[&str]) -> Result<Source, SourceError> {
        let named: Arc<str> = slashes(path).into();
        let refuse = |message: String| SourceError {
            shown: named.clone(),
            at: None,
            message,
            snippet: None,
        };
        let plain = path
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !plain || path.as_os_str().is_empty() {
            return Err(refuse(format!(
                "`{named}` may not be absolute or hold `..`; name a file below the project's root"
            )));
        }
        let Some(real) = &self.real else {
            return Err(refuse(format!(
                "the project's root `{}` cannot be read; does the folder exist?",
                self.root.display()
            )));
        };
        for folder in folders {
            let file = self.root.join(folder).join(path);
            match file.canonicalize() {
                Ok(found) if found.starts_with(real.join(folder)) => return self.read(&found),
                Ok(found) if found.starts_with(real) && folders.contains(&"") => {
                    return self.read(&found);
                }
                Ok(_) => {
                    return Err(refuse(format!(
                        "`{named}` is a link that leads out of {}; copy the file instead",
                        place_words(folders)
                    )));
                }
                Err(_) => {}
            }
        }
        let candidates = self.list(folders);
        Err(refuse(format!(
            "there is no file `{named}` in {}{}",
            place_words(folders),
            did_you_mean(&named, candidates.iter().map(String::as_str)),
        )))
    }

    fn read(&self, file: &Path) -> Result<Source, SourceError> {
        let shown = self.shown(file);
        let refuse = |at, message| SourceError {
            shown: shown.clone(),
            at,
            message,
            snippet: None,
        };
        let unreadable =
            |error: std::io::Error| refuse(None, format!("`{shown}` cannot be read: {error}"));
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(refuse(None, format!("`{shown}` is not a file")));
        }
        self.read
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(file.to_owned());
        let mut bytes = Vec::new();
        fs::File::open(file)
            .and_then(|opened| opened.take(MAX_BYTES + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(refuse(
                None,
                format!("`{shown}` is larger than {MAX_BYTES} bytes, the most that is read"),
            ));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source {
                shown,
                // Some editors begin a file with it; to WGSL it is no blank.
                text: text.strip_prefix('\u{feff}').unwrap_or(&text).into(),
            }),
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let at = line_column(&String::from_utf8_lossy(valid), valid.len());
                Err(refuse(
                    Some(at),
                    "is not UTF-8 from here on; save it as UTF-8".to_owned(),
                ))
            }
        }
    }

    /// A file as a person would name it: from where they stand, else from the
    /// root.
    pub(super) fn shown(&self, file: &Path) -> Arc<str> {
        let here = std::env::current_dir().and_then(|dir| dir.canonicalize());
        let below = here
            .ok()
            .and_then(|here| file.strip_prefix(here).ok())
            .or_else(|| {
                self.real
                    .as_ref()
                    .and_then(|real| file.strip_prefix(real).ok())
            });
        slashes(below.unwrap_or(file)).into()
    }

    /// Names of the files in some folders, for suggestions; a bounded number.
    fn list(&self, folders: &[&str]) -> Vec<String> {
        let mut names = Vec::new();
        for folder in folders {
            let Ok(entries) = fs::read_dir(self.root.join(folder)) else {
                continue;
            };
            for entry in entries.flatten().take(1_000) {
                if entry.path().is_file() {
                    names.push(entry.file_name().to_string_lossy().into_owned());
                }
            }
        }
        names.sort();
        names
    }
}

/// The folders in words: "`templates/` or `shaders/`".
fn place_words(folders: &[&str]) -> String {
    let words: Vec<String> = folders
        .iter()
        .map(|folder| match *folder {
            "" => "elsewhere below the project's root".to_owned(),
            folder => format!("`{folder}/`"),
        })
        .collect();
    words.join(" or ")
}

/// A path with `/` on every system.
fn slashes(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    if path.is_absolute() {
        path.to_string_lossy().into_owned()
    } else {
        parts.join("/")
    }
}

/// Line and column of a byte of a text, both from 1, the column in characters.
pub(super) fn line_column(text: &str, byte: usize) -> (usize, usize) {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}
