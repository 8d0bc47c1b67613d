//! Reads a spec and everything that it imports.

use std::path::{Path, PathBuf};

use super::{Spec, SpecError};

/// Reads one spec file.
///
/// # Errors
///
/// Every [`SpecError`] found, in the order of the file.
pub fn read(path: &Path) -> Result<Spec, Vec<SpecError>> {
    let _ = path;
    Err(Vec::new())
}

/// Reads specs from files and folders; a folder stands for the specs in it
/// that declare a suite.
///
/// # Errors
///
/// Every [`SpecError`] found.
pub fn read_all(paths: &[PathBuf]) -> Result<Vec<Spec>, Vec<SpecError>> {
    paths.iter().map(|path| read(path)).collect()
}
