//! What a run reads, so that nothing that it is told to write is written over
//! any of it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::baseline;

use super::AppError;
use super::project::baselines_here;

/// Files that a run reads, and folders that hold baselines.
#[derive(Clone, Debug, Default)]
pub(super) struct Inputs {
    files: BTreeSet<PathBuf>,
    baselines: BTreeSet<PathBuf>,
}

impl Inputs {
    /// These files, none of which need exist.
    pub(super) fn of(files: impl IntoIterator<Item = PathBuf>) -> Self {
        Self {
            files: files.into_iter().map(|file| real(&file)).collect(),
            baselines: BTreeSet::new(),
        }
    }

    /// These, and a folder of baselines.
    pub(super) fn with_baselines(mut self, folder: &Path) -> Self {
        self.baselines.insert(real(folder));
        self
    }

    /// Holds what a flag wants to write against all of it.
    ///
    /// # Errors
    ///
    /// [`AppError::Usage`], with the cure.
    pub(super) fn spare(&self, flag: &str, path: &Path) -> Result<(), AppError> {
        let target = real(path);
        if self.files.contains(&target) {
            return Err(AppError::Usage(format!(
                "`{flag}` would write over a file that this run reads; name another file"
            )));
        }
        if let Some(folder) = self
            .baselines
            .iter()
            .find(|folder| target.starts_with(folder))
        {
            return Err(AppError::Usage(format!(
                "`{flag}` would write into {}, which holds baselines; name a file elsewhere",
                folder.display()
            )));
        }
        Ok(())
    }
}

/// Endings of what people write. A report is never meant to replace it, read
/// by this run or not.
const SOURCES: [&str; 8] = ["yaml", "yml", "toml", "wgsl", "j2", "jinja", "lock", "rs"];

/// Refuses a folder where a file is to be written, and what is there already
/// and no earlier report: a source, or baselines, wherever they lie.
///
/// # Errors
///
/// [`AppError::Usage`], with the cure.
pub(super) fn may_be_written(flag: &str, path: &Path) -> Result<(), AppError> {
    let ends_as_folder = path
        .as_os_str()
        .to_string_lossy()
        .ends_with(std::path::is_separator);
    if path.is_dir() || ends_as_folder {
        return Err(AppError::Usage(format!(
            "`{flag}`: this is a folder; name a file in it"
        )));
    }
    let target = real(path);
    let ending = target.extension().and_then(|ending| ending.to_str());
    let is_source = ending.is_some_and(|ending| {
        let ending = ending.to_ascii_lowercase();
        SOURCES.contains(&ending.as_str())
    });
    if is_source && target.exists() {
        return Err(AppError::Usage(format!(
            "`{flag}` would write over what looks like a source and no report; name another file"
        )));
    }
    if baseline::is_ours(&target) {
        return Err(AppError::Usage(format!(
            "`{flag}` would write over baselines; name another file"
        )));
    }
    // Where `gate.toml` is a mistake, the run itself says so.
    match baselines_here(None) {
        Ok(folder) => Inputs::default().with_baselines(&folder).spare(flag, path),
        Err(_) => Ok(()),
    }
}

/// A path without links and dots, as far as it exists.
pub(super) fn real(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut parts = whole.components();
    let mut missing = Vec::new();
    loop {
        if let Ok(found) = parts.as_path().canonicalize() {
            let mut found = found;
            for part in missing.into_iter().rev() {
                match part {
                    Component::ParentDir => {
                        found.pop();
                    }
                    part => found.push(part),
                }
            }
            return found;
        }
        match parts.next_back() {
            Some(part) => missing.push(part),
            None => return whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(result: Result<(), AppError>) -> String {
        result.expect_err("is refused").to_string()
    }

    #[test]
    fn what_is_read_is_spared_by_whatever_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let spec = folder.path().join("a.yaml");
        std::fs::write(&spec, "gate: 1").expect("writes");
        let inputs = Inputs::of([spec.clone()]).with_baselines(&folder.path().join("baselines"));
        inputs
            .spare("--samples b.csv", &folder.path().join("b.csv"))
            .expect("is nobody's");
        for other in ["a.yaml", "./a.yaml", "gone/../a.yaml"] {
            let told = told(inputs.spare("--samples X", &folder.path().join(other)));
            assert!(
                told.contains("a file that this run reads"),
                "{other}: {told}"
            );
        }
        let told = told(inputs.spare(
            "--report json=X",
            &folder.path().join("baselines/gpu/moe.json"),
        ));
        assert!(told.contains("holds baselines"), "{told}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_what_it_leads_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let spec = folder.path().join("a.yaml");
        std::fs::write(&spec, "gate: 1").expect("writes");
        let link = folder.path().join("link.json");
        std::os::unix::fs::symlink(&spec, &link).expect("links");
        told(Inputs::of([spec]).spare("--samples X", &link));
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(told(may_be_written("--samples X", folder.path())).contains("name a file in it"));
        told(may_be_written("--samples X", &folder.path().join("new/")));
        may_be_written("--samples X", &folder.path().join("new")).expect("may become one");
    }

    #[test]
    fn no_source_and_no_baseline_is_written_over_wherever_it_lies() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a.yaml", "b.WGSL", "gate.toml", "k.wgsl.j2"] {
            let path = folder.path().join(name);
            may_be_written("--report csv=X", &path).expect("nothing is there yet");
            std::fs::write(&path, "as it was").expect("writes");
            let told = told(may_be_written("--report csv=X", &path));
            assert!(told.contains("looks like a source"), "{name}: {told}");
        }
        let kept = folder.path().join("moe.json");
        std::fs::write(&kept, "{\n\"format\": 2,\n\"device\": \"gpu\",\n").expect("writes");
        let told = told(may_be_written("--report json=X", &kept));
        assert!(told.contains("over baselines"), "{told}");
        let report = folder.path().join("report.json");
        std::fs::write(&report, "{\n  \"format\": 1,\n  \"gate\": \"0\"").expect("writes");
        may_be_written("--report json=X", &report).expect("an earlier report is replaced");
    }
}
