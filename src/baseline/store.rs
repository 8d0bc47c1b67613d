//! Find, load, and replace atomically.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::kit::{Ceilings, DeviceFacts, DeviceKey};

use super::parse::{self, Fault};
use super::replace::{FolderLock, Hook, remove_leftovers, replace, try_replacing};
use super::{Baselines, DeviceRecord, FORMAT, StoreError, text};

/// The most that is read of a file: a hundred thousand cases of a hundred
/// rounds each fit in.
const MAX_BYTES: u64 = 256 << 20;

/// The name, without its ending, of the file about the device itself.
const DEVICE_FILE: &str = "device";

/// How the name of a file of picks ends, before `.json`.
pub(super) const PICKS_SUFFIX: &str = ".tune";

/// How long an update waits for another one, which takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// A folder of baselines: `<device-key>/<suite>.json`.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    patience: Duration,
    pub(super) hook: Hook,
}

impl Store {
    /// A store in a folder, which need not exist.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            patience: PATIENCE,
            hook: Hook::NONE,
        }
    }

    /// The same store with another patience, and with something in the way of
    /// its writing.
    #[cfg(test)]
    pub(super) fn troubled(&self, patience: Duration, hook: Hook) -> Self {
        Self {
            folder: self.folder.clone(),
            patience,
            hook,
        }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the baselines of a device and suite lie.
    #[must_use]
    pub fn path(&self, device: &DeviceKey, suite: &str) -> PathBuf {
        self.folder.join(&device.0).join(format!("{suite}.json"))
    }

    /// Where a device's facts and ceilings lie.
    #[must_use]
    pub fn device_path(&self, device: &DeviceKey) -> PathBuf {
        self.path(device, DEVICE_FILE)
    }

    /// Loads; none where there is no file.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`], [`StoreError::Unread`], [`StoreError::Name`].
    pub fn load(&self, device: &DeviceKey, suite: &str) -> Result<Option<Baselines>, StoreError> {
        check_names(device, suite)?;
        let path = self.path(device, suite);
        match read(&path)? {
            None => Ok(None),
            Some(bytes) => parse::parse(&bytes, device, suite)
                .map(Some)
                .map_err(|fault| unreadable(path, fault)),
        }
    }

    /// Which files there are: device and suite, in the order of their names.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`]; a folder that is not there has no files.
    pub fn files(&self) -> Result<Vec<(DeviceKey, String)>, StoreError> {
        let mut files = Vec::new();
        for device in names(&self.folder)? {
            for file in names(&self.folder.join(&device))? {
                let Some(suite) = suite_of(&file) else {
                    continue;
                };
                let device = DeviceKey(device.clone());
                if check_names(&device, suite).is_ok() {
                    files.push((device, suite.to_owned()));
                }
            }
        }
        files.sort();
        Ok(files)
    }

    /// Reads what a file held at another time, as from version control.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`], [`StoreError::Name`].
    pub fn version(
        &self,
        bytes: &[u8],
        device: &DeviceKey,
        suite: &str,
    ) -> Result<Baselines, StoreError> {
        check_names(device, suite)?;
        parse::parse(bytes, device, suite)
            .map_err(|fault| unreadable(self.path(device, suite), fault))
    }

    /// Changes a file under its lock: loads what is there, hands it to
    /// `change`, and replaces the file with the result by temporary file,
    /// fsync and rename. Killed at any moment, the old file or the new one is
    /// there, whole. `change` should only compute: measure before. A file that is
    /// a symbolic link stays one: what it leads to is replaced.
    ///
    /// # Errors
    ///
    /// Any [`StoreError`], or what `change` returns; the old file then stands.
    /// An [`StoreError::Io`] that says so is the exception: the new file is in
    /// place, and only its durability is in doubt.
    pub fn update<E: From<StoreError>>(
        &self,
        device: &DeviceKey,
        suite: &str,
        change: impl FnOnce(Option<Baselines>) -> Result<Baselines, E>,
    ) -> Result<PathBuf, E> {
        check_names(device, suite)?;
        let path = self.path(device, suite);
        self.locked(&path, |path, lock| -> Result<(), E> {
            let before = self.load(device, suite)?;
            let after = change(before)?;
            let written = text::write(&after)
                .map_err(|error| error.to_string())
                .and_then(|text| match parse::parse(text.as_bytes(), device, suite) {
                    Ok(back) if back == after => Ok(text),
                    Ok(_) => Err("it reads back as something else".to_owned()),
                    Err(fault) => Err(fault.message),
                })
                .map_err(|message| StoreError::Unwritable {
                    path: path.to_owned(),
                    message,
                })?;
            replace(path, written.as_bytes(), self.hook, lock)?;
            Ok(())
        })?;
        Ok(path)
    }

    /// What is known of a device's ceilings; none where nothing is. Whether
    /// they still hold (the driver may be another) is the caller's to say.
    ///
    /// # Errors
    ///
    /// As for [`Store::load`].
    pub fn ceilings(&self, device: &DeviceKey) -> Result<Option<DeviceRecord>, StoreError> {
        check_name(&device.0)?;
        let path = self.device_path(device);
        match read(&path)? {
            None => Ok(None),
            Some(bytes) => parse::parse_device(&bytes, device)
                .map(Some)
                .map_err(|fault| unreadable(path, fault)),
        }
    }

    /// Keeps a device's ceilings, as safely as baselines.
    ///
    /// # Errors
    ///
    /// As for [`Store::update`]; an unreadable file is not overwritten.
    pub fn save_ceilings(
        &self,
        facts: &DeviceFacts,
        ceilings: &Ceilings,
    ) -> Result<PathBuf, StoreError> {
        let device = facts.key();
        check_name(&device.0)?;
        let path = self.device_path(&device);
        let record = DeviceRecord {
            format: FORMAT,
            device: device.clone(),
            facts: facts.clone(),
            ceilings: *ceilings,
        };
        self.locked(&path, |path, lock| {
            self.ceilings(&device)?;
            let text = text::write_device(&record)
                .map_err(|error| error.to_string())
                .and_then(|text| match parse::parse_device(text.as_bytes(), &device) {
                    Ok(_) => Ok(text),
                    Err(fault) => Err(fault.message),
                })
                .map_err(|message| StoreError::Unwritable {
                    path: path.to_owned(),
                    message,
                })?;
            replace(path, text.as_bytes(), self.hook, lock)
        })?;
        Ok(path)
    }

    /// Tries whether the baselines of these suites and the device's own file
    /// can be written, before an hour is spent on measuring them. Nothing is
    /// left behind.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`], [`StoreError::Locked`], [`StoreError::Name`].
    pub fn try_writing<'a>(
        &self,
        device: &DeviceKey,
        suites: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), StoreError> {
        let mut paths = vec![self.device_path(device)];
        for suite in suites {
            check_names(device, suite)?;
            paths.push(self.path(device, suite));
        }
        for path in paths {
            let path = followed(&path)?;
            let lock = FolderLock::acquire(folder_of(&path), self.patience)?;
            let result = try_replacing(&path, &lock);
            lock.undo();
            result?;
        }
        Ok(())
    }

    /// Does something to a file under the lock of the folder that it lies in,
    /// links followed, and leaves no folder behind that it made for nothing.
    pub(super) fn locked<E: From<StoreError>>(
        &self,
        path: &Path,
        work: impl FnOnce(&Path, &FolderLock) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = followed(path)?;
        let folder = folder_of(&path);
        let lock = FolderLock::acquire(folder, self.patience)?;
        remove_leftovers(folder, &lock);
        let result = work(&path, &lock);
        if result.is_err() {
            lock.undo();
        }
        result
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// What a path leads to: the file that a symbolic link names, so that it is
/// replaced and not the link.
fn followed(path: &Path) -> Result<PathBuf, StoreError> {
    if !path.is_symlink() {
        return Ok(path.to_owned());
    }
    fs::canonicalize(path).map_err(|source| StoreError::Unread {
        path: path.to_owned(),
        source,
        cure: LEADS_NOWHERE,
    })
}

/// The cure of a link without a file at its end.
const LEADS_NOWHERE: &str =
    "this is a symbolic link: make what it leads to readable, or remove the link";

/// Reads one file of baselines wherever it lies and whatever it is named;
/// none where there is no file.
///
/// # Errors
///
/// [`StoreError::Unreadable`], [`StoreError::Io`].
pub fn load_file(path: &Path) -> Result<Option<Baselines>, StoreError> {
    match read(path)? {
        None => Ok(None),
        Some(bytes) => parse::parse_any(&bytes)
            .map(Some)
            .map_err(|fault| unreadable(path.to_owned(), fault)),
    }
}

/// The suite whose baselines a file of this name holds; none where it is the
/// device's own file, one of picks, or no file of baselines at all.
#[must_use]
pub fn suite_of(file: &str) -> Option<&str> {
    let suite = file.strip_suffix(".json")?;
    (suite != DEVICE_FILE && !suite.ends_with(PICKS_SUFFIX)).then_some(suite)
}

/// Whether a file begins as this room's files do: baselines, picks, and a
/// device's facts, of whatever version. What cannot be read does not.
#[must_use]
pub fn is_ours(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(256).read_to_end(&mut head));
    let head = String::from_utf8_lossy(&head);
    let mut lines = head.lines().skip(1);
    read.is_ok()
        && lines
            .next()
            .is_some_and(|line| line.starts_with("\"format\": "))
        && lines
            .next()
            .is_some_and(|line| line.starts_with("\"device\": "))
}

pub(super) fn check_names(device: &DeviceKey, suite: &str) -> Result<(), StoreError> {
    check_name(&device.0)?;
    check_name(suite)?;
    if suite.ends_with(PICKS_SUFFIX) {
        return Err(StoreError::Name {
            name: suite.to_owned(),
            why: "names the file of another suite's picks; give the suite another name",
        });
    }
    if suite == DEVICE_FILE {
        return Err(StoreError::Name {
            name: suite.to_owned(),
            why: "names the file of the device's own facts; give the suite another name",
        });
    }
    Ok(())
}

/// Names become files and folders: nothing in them may lead elsewhere.
fn check_name(name: &str) -> Result<(), StoreError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    if !name.is_empty() && name.len() <= 200 && !name.starts_with('.') && name.chars().all(plain) {
        return Ok(());
    }
    Err(StoreError::Name {
        name: name.chars().take(80).collect(),
        why: "makes no file name; use letters, digits, `-`, `_`, `+` and `.`, and begin with none \
              of the dots",
    })
}

pub(super) fn unreadable(path: PathBuf, fault: Fault) -> StoreError {
    StoreError::Unreadable {
        path,
        line: fault.line,
        column: fault.column,
        message: fault.message,
    }
}

/// The names in a folder; none where there is no such folder, or it is none.
fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let failed = |source: io::Error| StoreError::Io {
        path: folder.to_owned(),
        source,
        cure: "make it readable, or give another folder with `--baselines`",
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(failed(error)),
    };
    entries
        .filter_map(|entry| match entry {
            Ok(entry) => entry.file_name().into_string().ok().map(Ok),
            Err(error) => Some(Err(failed(error))),
        })
        .collect()
}

/// The bytes of a file; none where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let failed = |source: io::Error, cure: &'static str| StoreError::Unread {
        path: path.to_owned(),
        source,
        cure,
    };
    let readable = "make it readable, or give another folder with `--baselines`";
    // Looked at before it is opened: opening a pipe would wait for its other end.
    let kind = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A link to nothing is a mistake, and not a file that nobody wrote.
            return match path.is_symlink() {
                true => Err(failed(error, LEADS_NOWHERE)),
                false => Ok(None),
            };
        }
        Err(error) => return Err(failed(error, readable)),
        Ok(found) => found,
    };
    if !kind.is_file() {
        return Err(failed(
            io::Error::new(io::ErrorKind::InvalidInput, "this is no file"),
            "a file of baselines belongs here: move the other thing away",
        ));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| failed(error, readable))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(failed(
            io::Error::new(io::ErrorKind::FileTooLarge, "more than 256 MiB"),
            "no gate writes such baselines: restore the file, or delete it and record anew",
        ));
    }
    Ok(Some(bytes))
}
