//! Files of a project: where its root is, what may be read, and what imports
//! what.

use std::ffi::OsStr;
use std::fs::{self, File as Handle};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::kit::Place;

use super::SpecError;
use super::node::{Kind, Node};
use super::paths::{Astray, below, find, from_io, tidy};
use super::places::{Weight, walk};
use super::project::FILE;
use super::read::parse;

/// Largest file that is read, in bytes.
const LARGEST_FILE: u64 = 16 << 20;
/// What all files of one spec may weigh together.
const HEAVIEST: Weight = Weight {
    nodes: 2_500_000,
    text: 64 << 20,
};
/// Most files that one spec may consist of.
const MOST_FILES: usize = 256;

/// A file of a spec, read and not yet understood.
pub(super) struct File {
    /// As a person would name it from where they stand.
    pub(super) name: Arc<str>,
    /// Its folder, canonical.
    pub(super) folder: PathBuf,
    /// What it says.
    pub(super) tree: Node,
}

/// Reads a spec's file and its imports.
pub(super) struct Loader {
    /// The project's root, canonical.
    pub(super) root: PathBuf,
    /// The spec's own file, as the user named it.
    pub(super) path: PathBuf,
    /// All files, the spec's own first, then in the order of the imports.
    pub(super) files: Vec<File>,
    pub(super) seen: Vec<PathBuf>,
    left: Weight,
}

/// A path as a place that stands for the whole file.
fn whole(path: &Path) -> Place {
    Place::whole(path.display().to_string())
}

/// Reads a file of at most [`LARGEST_FILE`] bytes as text.
pub(super) fn read_text(path: &Path, name: &Arc<str>) -> Result<String, SpecError> {
    let whole = |message: String| SpecError::new(Place::whole(Arc::clone(name)), message);
    let unreadable = |error: std::io::Error| whole(format!("the file cannot be read: {error}"));
    let handle = Handle::open(path).map_err(unreadable)?;
    let too_large = || {
        whole(format!(
            "the file is larger than {} MiB, the most that is read; sweep instead of listing, or split the suite",
            LARGEST_FILE >> 20
        ))
    };
    if handle.metadata().is_ok_and(|m| m.len() > LARGEST_FILE) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    handle
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(too_large());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        SpecError::new(
            Place::new(Arc::clone(name), line, column),
            "this is not UTF-8; save the file as UTF-8",
        )
    })?;
    // Editors of another age begin a file with a mark of its byte order.
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

impl Loader {
    /// Finds the root of a spec's project; where a `top` is given, which is
    /// canonical, no folder above it is looked at.
    pub(super) fn new(path: &Path, top: Option<&Path>) -> Result<Self, SpecError> {
        let fail = |message: String| SpecError::new(whole(path), message);
        let metadata = fs::metadata(path).map_err(|error| match from_io(&error) {
            Astray::Missing if path.extension().is_none() => fail(
                "there is no such file or folder; `gate init` starts a project here".to_owned(),
            ),
            Astray::Missing => fail("there is no such file".to_owned()),
            astray => fail(astray.message(&path.display().to_string(), Path::new(""))),
        })?;
        if metadata.is_dir() {
            return Err(fail("this is a folder, and a spec is a file".to_owned()));
        }
        let named = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // Of the folder as named, so that a link cannot move the root.
        let folder = named
            .canonicalize()
            .map_err(|error| fail(format!("its folder cannot be read: {error}")))?;
        let root = folder
            .ancestors()
            .take_while(|above| top.is_none_or(|top| above.starts_with(top)))
            .find(|above| above.join(FILE).is_file())
            .or(folder.parent())
            .unwrap_or(&folder)
            .to_owned();
        Ok(Self {
            root,
            path: path.to_owned(),
            files: Vec::new(),
            seen: Vec::new(),
            left: HEAVIEST,
        })
    }

    /// Reads the spec's own file and everything that it imports.
    pub(super) fn load_main(&mut self) -> Result<(), Vec<SpecError>> {
        let path = self.path.clone();
        let real = below(&self.root, &path).map_err(|astray| {
            vec![SpecError::new(
                whole(&path),
                astray.message(&path.display().to_string(), &self.root),
            )]
        })?;
        let name: Arc<str> = path.display().to_string().into();
        let mut errors = Vec::new();
        self.load(real, name, &mut Vec::new(), &mut errors);
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    fn load(
        &mut self,
        real: PathBuf,
        name: Arc<str>,
        chain: &mut Vec<(PathBuf, Arc<str>)>,
        errors: &mut Vec<SpecError>,
    ) {
        let tree = match self.tree(&real, &name) {
            Ok(tree) => tree,
            Err(error) => {
                errors.push(error);
                return;
            }
        };
        let folder = real.parent().unwrap_or(&self.root).to_owned();
        self.seen.push(real.clone());
        let imports = imports(&tree, &name, errors);
        self.files.push(File {
            name: Arc::clone(&name),
            folder: folder.clone(),
            tree,
        });
        chain.push((real, Arc::clone(&name)));
        for (written, place) in imports {
            let found = match find(&self.root, std::slice::from_ref(&folder), &written) {
                Ok(found) => found,
                Err(message) => {
                    errors.push(SpecError::new(place, message));
                    continue;
                }
            };
            if let Some(start) = chain.iter().position(|(above, _)| *above == found) {
                let mut round: Vec<&str> = chain[start..].iter().map(|(_, n)| &**n).collect();
                round.extend(round.first().copied());
                errors.push(SpecError::new(
                    place,
                    format!(
                        "these files import each other in a circle: {}; move what they share into a file that imports none of them",
                        round.join(" -> ")
                    ),
                ));
            } else if self.seen.contains(&found) {
                // Shared by two importers: read once.
            } else if self.files.len() == MOST_FILES {
                errors.push(SpecError::new(
                    place,
                    format!("a spec consists of {MOST_FILES} files at most"),
                ));
            } else {
                let beside = Path::new(&*name).with_file_name(&written);
                let shown = tidy(&beside).display().to_string().into();
                self.load(found, shown, chain, errors);
            }
        }
        chain.pop();
    }

    fn tree(&mut self, real: &Path, name: &Arc<str>) -> Result<Node, SpecError> {
        let text = read_text(real, name)?;
        let (tree, weight) = parse(&text, self.left).map_err(|error| {
            SpecError::new(
                Place::new(Arc::clone(name), error.line as usize, error.column as usize),
                error.message,
            )
        })?;
        self.left = self.left.less(weight);
        Ok(tree)
    }
}

/// The imports that a file names, with their places.
fn imports(tree: &Node, name: &Arc<str>, errors: &mut Vec<SpecError>) -> Vec<(String, Place)> {
    let Some(entry) = tree.get("import") else {
        return Vec::new();
    };
    let items = match &entry.value.kind {
        Kind::List(items) => items.as_slice(),
        Kind::Scalar(_) | Kind::Map(_) => std::slice::from_ref(&entry.value),
    };
    let mut imports = Vec::new();
    for item in items {
        let place = Place::new(Arc::clone(name), item.line as usize, item.column as usize);
        match item.scalar() {
            Some(scalar) if !item.is_null() => imports.push((scalar.text.clone(), place)),
            _ => errors.push(SpecError::new(
                place,
                format!(
                    "`import` names files, and here is {}; write it as in `import: [hardware.yaml]`",
                    item.found()
                ),
            )),
        }
    }
    imports
}

/// The spec files that paths stand for, each once, in order.
pub(super) fn specs_of(paths: &[PathBuf], errors: &mut Vec<SpecError>) -> Vec<PathBuf> {
    let mut specs: Vec<PathBuf> = Vec::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in paths {
        let candidates = if path.is_dir() {
            match specs_in(path) {
                Ok(found) => found,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            }
        } else {
            vec![path.clone()]
        };
        for candidate in candidates {
            // What cannot be found is told when it is read.
            let real = candidate
                .canonicalize()
                .unwrap_or_else(|_| candidate.clone());
            if !seen.contains(&real) {
                seen.push(real);
                specs.push(candidate);
            }
        }
    }
    specs
}

/// The specs directly in a folder, in alphabetical order.
fn specs_in(folder: &Path) -> Result<Vec<PathBuf>, SpecError> {
    let fail = |message: String| SpecError::new(whole(folder), message);
    let found =
        listed(folder).map_err(|error| fail(format!("the folder cannot be read: {error}")))?;
    if !found.is_empty() {
        return Ok(found);
    }
    // A project's root is named in place of the folder below it.
    let below = folder.join("specs");
    let cure = match listed(&below) {
        Ok(found) if !found.is_empty() => {
            format!(
                "this project's specs lie in `{}`: name that folder",
                below.display()
            )
        }
        Ok(_) | Err(_) => {
            "a spec is a `.yaml` file with a `suite:` and `cases:`; `gate init` starts a project"
                .to_owned()
        }
    };
    Err(fail(format!("no file in this folder is a spec; {cure}")))
}

/// The files of a folder that are specs, in alphabetical order.
fn listed(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let extension = path.extension().and_then(OsStr::to_str);
            matches!(extension, Some("yaml" | "yml")) && path.is_file() && is_spec(path)
        })
        .collect();
    found.sort();
    Ok(found)
}

/// Whether a file of a folder is a spec, and not one for others to import.
/// One that cannot be read is: reading it tells why.
fn is_spec(path: &Path) -> bool {
    let name: Arc<str> = path.display().to_string().into();
    let Ok(text) = read_text(path, &name) else {
        return true;
    };
    match walk(&text, HEAVIEST) {
        Ok((spot, _)) => spot.has_key("suite") || spot.has_key("cases"),
        Err(_) => true,
    }
}
