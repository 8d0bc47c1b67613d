//! One file replaced as a whole, under the lock of its folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::StoreError;

/// How the files begin and end that a replacement is written to. Whoever has
/// the lock of the folder may remove any that lies there: its writer is gone.
const TEMPORARY: (&str, &str) = (".gate-", ".tmp");

/// The lock of a folder. It is the lock on the file that counts, and the
/// system lets go of that when its holder dies; the file itself means nothing.
const LOCK: &str = ".lock";

/// How long to wait between two tries to get the lock.
const PAUSE: Duration = Duration::from_millis(5);

/// How often a folder is made anew that vanishes while it is made.
const TRIES: u32 = 20;

/// The steps of a replacement, in order. Each is reported before it is done,
/// and a test may fail it or die in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteStep {
    /// Making the temporary file.
    Create,
    /// Writing its first half.
    Write,
    /// Writing the rest.
    WriteRest,
    /// Making its content durable.
    Sync,
    /// Putting it in the old file's place.
    Rename,
    /// Making the new name durable.
    SyncFolder,
    /// All is done.
    Done,
}

/// Called before each step; an error stands for an error of the step.
#[derive(Clone, Copy)]
pub(super) struct Hook(pub(super) fn(WriteStep) -> io::Result<()>);

impl Hook {
    /// Nothing is in the way.
    pub(super) const NONE: Self = Self(|_| Ok(()));
}

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hook")
    }
}

/// The exclusive right to change files in a folder, until dropped.
#[derive(Debug)]
pub(super) struct FolderLock {
    path: PathBuf,
    /// Folders that were made for it, the innermost first.
    made: Vec<PathBuf>,
    _file: File,
}

impl FolderLock {
    /// Makes the folder where it is missing, and locks it, waiting at most so
    /// long for another holder.
    pub(super) fn acquire(folder: &Path, patience: Duration) -> Result<Self, StoreError> {
        let mut made = Vec::new();
        let locked = Self::wait_for(folder, patience, &mut made);
        match locked {
            Ok((path, file)) => Ok(Self {
                path,
                made,
                _file: file,
            }),
            Err(error) => {
                remove_empty(&made);
                Err(error)
            }
        }
    }

    fn wait_for(
        folder: &Path,
        patience: Duration,
        made: &mut Vec<PathBuf>,
    ) -> Result<(PathBuf, File), StoreError> {
        let path = folder.join(LOCK);
        let deadline = Instant::now() + patience;
        let mut tries = 0;
        loop {
            match make_folder(folder, made) {
                Ok(()) => {}
                // Another holder tidied up the folders around it in between.
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(PAUSE);
                    continue;
                }
                Err(source) => {
                    return Err(StoreError::Io {
                        path: folder.to_owned(),
                        source,
                        cure: "give a folder that can be made with `--baselines`",
                    });
                }
            }
            let file = match OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
            {
                Ok(file) => file,
                // Another holder tidied up the folder in between.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    wait(&path, deadline)?;
                    continue;
                }
                Err(source) => {
                    return Err(StoreError::Io {
                        path,
                        source,
                        cure: "make the folder writable, or give another with `--baselines`",
                    });
                }
            };
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => return Ok((path, file)),
                // The last holder removed the file that was locked here: there
                // is a new one, or none.
                Ok(()) | Err(TryLockError::WouldBlock) => wait(&path, deadline)?,
                Err(TryLockError::Error(source)) => {
                    return Err(StoreError::Io {
                        path,
                        source,
                        cure: "this file system has no locks, it seems; give a folder on another \
                               with `--baselines`",
                    });
                }
            }
        }
    }

    /// Lets go, and leaves no folder behind that was made for nothing.
    pub(super) fn undo(self) {
        let made = self.made.clone();
        drop(self);
        remove_empty(&made);
    }
}

/// Removes folders, the innermost first, up to the first that something is in.
fn remove_empty(folders: &[PathBuf]) {
    for folder in folders {
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Removed while still locked: who waits for this lock finds that its
        // path leads elsewhere, and tries again. Where files have no such
        // identity to tell, it stays: an empty file that means nothing.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes a folder and those that it lies in, and notes which were missing.
fn make_folder(folder: &Path, made: &mut Vec<PathBuf>) -> io::Result<()> {
    let above = folder.ancestors();
    let missing: Vec<&Path> = above
        .take_while(|one| !one.as_os_str().is_empty() && !one.exists())
        .collect();
    fs::create_dir_all(folder)?;
    for folder in missing {
        if !made.iter().any(|known| known == folder) {
            made.push(folder.to_owned());
        }
    }
    // The innermost first, also where a later try found more of them missing.
    made.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    Ok(())
}

fn wait(lock: &Path, deadline: Instant) -> Result<(), StoreError> {
    if Instant::now() >= deadline {
        return Err(StoreError::Locked {
            path: lock.to_owned(),
        });
    }
    std::thread::sleep(PAUSE);
    Ok(())
}

/// Whether the path still leads to this open file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(named)) => open.ino() == named.ino() && open.dev() == named.dev(),
        _ => false,
    }
}

/// Elsewhere the lock file is never removed, so the path leads to it.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// Removes what killed replacements left in a folder. Needs the folder's lock;
/// what cannot be removed does not matter.
pub(super) fn remove_leftovers(folder: &Path, _lock: &FolderLock) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Puts these bytes in the place of a file: a temporary file in the same
/// folder is written, made durable, and renamed. Whenever this ends, the old
/// file or the new one is there, whole.
pub(super) fn replace(
    path: &Path,
    bytes: &[u8],
    hook: Hook,
    _lock: &FolderLock,
) -> Result<(), StoreError> {
    let failed = |source: io::Error| StoreError::Io {
        path: path.to_owned(),
        source,
        cure: "the old file stands; free some space or make the folder writable, and run this \
               again",
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let halves = bytes.split_at(bytes.len() / 2);
    let write = || -> io::Result<tempfile::NamedTempFile> {
        (hook.0)(WriteStep::Create)?;
        let mut file = temporary(folder, path)?;
        (hook.0)(WriteStep::Write)?;
        file.write_all(halves.0)?;
        (hook.0)(WriteStep::WriteRest)?;
        file.write_all(halves.1)?;
        file.flush()?;
        (hook.0)(WriteStep::Sync)?;
        file.as_file().sync_all()?;
        (hook.0)(WriteStep::Rename)?;
        Ok(file)
    };
    write()
        .map_err(failed)?
        .persist(path)
        .map_err(|error| failed(error.error))?;
    (hook.0)(WriteStep::SyncFolder)
        .and_then(|()| sync_folder(folder))
        .and_then(|()| (hook.0)(WriteStep::Done))
        .map_err(|source| StoreError::Io {
            path: path.to_owned(),
            source,
            cure: "the new file is in place, but a power cut may yet undo it; look after the disk",
        })
}

/// Tries whether a file could be replaced, and leaves no trace.
///
/// # Errors
///
/// [`StoreError::Io`].
pub(super) fn try_replacing(path: &Path, _lock: &FolderLock) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    temporary(folder, path)
        .and_then(tempfile::NamedTempFile::close)
        .map_err(|source| StoreError::Io {
            path: path.to_owned(),
            source,
            cure: "nothing was measured; make the folder writable, or give another with \
                   `--baselines`",
        })
}

/// A temporary file with the permissions of the file that it will replace, or
/// of any new file: its own would keep others from reading the baselines.
fn temporary(folder: &Path, path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder)?;
    #[cfg(unix)]
    if let Ok(old) = fs::metadata(path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(file)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems cannot, and need not.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// Windows makes a rename durable by itself, and opens no folders.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
