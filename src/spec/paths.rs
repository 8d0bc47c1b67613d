//! Paths that a spec names: below the project's root, and nowhere else.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::suggest::short;
use crate::kit::nearest;

/// Why a path does not lead to a file of the project.
pub(super) enum Astray {
    Missing,
    Absolute,
    Outside(PathBuf),
    NoFile,
    Unreadable(String),
}

impl Astray {
    pub(super) fn message(&self, written: &str, root: &Path) -> String {
        let written = short(written);
        match self {
            Self::Missing => format!("there is no `{written}`"),
            Self::Absolute => format!(
                "`{written}` is absolute; write it relative to this file, so that the project can move"
            ),
            Self::Outside(to) => format!(
                "`{written}` leads to {}, outside of the project's root {}; keep everything below the root, or put a `gate.toml` into the folder that shall be the root",
                to.display(),
                root.display()
            ),
            Self::NoFile => format!("`{written}` is no regular file"),
            Self::Unreadable(why) => format!("`{written}` cannot be read: {why}"),
        }
    }
}

pub(super) fn from_io(error: &std::io::Error) -> Astray {
    match error.kind() {
        ErrorKind::NotFound => Astray::Missing,
        _ => Astray::Unreadable(error.to_string()),
    }
}

/// The file that a path leads to, links followed, if it is one below the root.
pub(super) fn below(root: &Path, path: &Path) -> Result<PathBuf, Astray> {
    let real = path.canonicalize().map_err(|error| from_io(&error))?;
    if !real.starts_with(root) {
        return Err(Astray::Outside(real));
    }
    // Never a pipe or a device: reading one may hang, or never end.
    match fs::metadata(&real) {
        Ok(metadata) if metadata.is_file() => Ok(real),
        Ok(_) => Err(Astray::NoFile),
        Err(error) => Err(from_io(&error)),
    }
}

/// Whether a path begins at a root or on a drive, and not where it is written.
pub(super) fn is_anchored(path: &Path) -> bool {
    path.has_root() || path.components().any(|c| matches!(c, Component::Prefix(_)))
}

/// Finds the file that a spec names: the first that exists below these
/// folders.
///
/// # Errors
///
/// A message that says what was tried.
pub(super) fn find(root: &Path, folders: &[PathBuf], written: &str) -> Result<PathBuf, String> {
    let path = Path::new(written);
    if written.is_empty() {
        return Err("the path is empty; write a file's name".to_owned());
    }
    if is_anchored(path) {
        return Err(Astray::Absolute.message(written, root));
    }
    let mut tried: Vec<String> = Vec::new();
    for folder in folders {
        match below(root, &folder.join(path)) {
            Ok(found) => return Ok(found),
            Err(Astray::Missing) => {
                let place = match folder.strip_prefix(root) {
                    Ok(inside) if inside.as_os_str().is_empty() => "the root itself".to_owned(),
                    Ok(inside) => format!("`{}`", inside.display()),
                    Err(_) => folder.display().to_string(),
                };
                if !tried.contains(&place) {
                    tried.push(place);
                }
            }
            Err(
                astray @ (Astray::Absolute
                | Astray::Outside(_)
                | Astray::NoFile
                | Astray::Unreadable(_)),
            ) => return Err(astray.message(written, root)),
        }
    }
    let mut message = Astray::Missing.message(written, root);
    message.push_str(" in ");
    message.push_str(&joined(&tried));
    if let Some(near) = near_file(folders, path) {
        message.push_str(&format!("; did you mean `{near}`?"));
    }
    Err(message)
}

/// `a, b or c`.
fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// A file of one of these folders whose name is like that of the missing one.
fn near_file(folders: &[PathBuf], path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let parent = path.parent()?;
    folders.iter().find_map(|folder| {
        let names: Vec<String> = fs::read_dir(folder.join(parent))
            .ok()?
            .take(1000)
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        let near = nearest(name, names.iter().map(String::as_str))?;
        Some(parent.join(near).display().to_string())
    })
}

/// `folder/../name` as `name`, for a name that a person reads.
pub(super) fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(tidied.components().next_back(), Some(Component::Normal(_))) =>
            {
                tidied.pop();
            }
            Component::ParentDir
            | Component::Normal(_)
            | Component::RootDir
            | Component::Prefix(_) => tidied.push(component),
        }
    }
    tidied
}
