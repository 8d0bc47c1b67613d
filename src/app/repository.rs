//! Files as the repository names them, and not as a person does from where they
//! stand: what annotates lines knows nothing of the working folder.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::kit::Place;
use crate::report::Report;

/// A report whose files are named from the root of the repository that they lie
/// in, with slashes; from the working folder where there is no repository. A
/// file that lies outside keeps its whole path.
pub(super) fn from_root(report: &Report) -> Report {
    let mut report = report.clone();
    let Ok(here) = std::env::current_dir() else {
        return report;
    };
    let mut names = Names {
        here,
        known: HashMap::new(),
    };
    for case in &mut report.cases {
        names.rename(&mut case.place);
        for range in &mut case.evidence.ranges {
            names.rename(&mut range.place);
        }
    }
    report
}

struct Names {
    here: PathBuf,
    known: HashMap<Arc<str>, Arc<str>>,
}

impl Names {
    fn rename(&mut self, place: &mut Place) {
        let name = match self.known.get(&place.file) {
            Some(known) => Arc::clone(known),
            None => {
                let name: Arc<str> = named(&self.here, Path::new(&*place.file)).into();
                self.known
                    .insert(Arc::clone(&place.file), Arc::clone(&name));
                name
            }
        };
        place.file = name;
    }
}

/// The name of one file.
fn named(here: &Path, file: &Path) -> String {
    let whole = here.join(file);
    // What links and `..` lead to, where it is still there.
    let whole = std::fs::canonicalize(&whole).unwrap_or(whole);
    let here = std::fs::canonicalize(here).unwrap_or_else(|_| here.to_owned());
    let root = whole
        .ancestors()
        .skip(1)
        .find(|folder| folder.join(".git").exists())
        .unwrap_or(&here);
    slashed(whole.strip_prefix(root).unwrap_or(&whole))
}

fn slashed(path: &Path) -> String {
    let mut name = String::new();
    for component in path.components() {
        match component {
            Component::RootDir => name.push('/'),
            // `\\?\C:` is `C:` to everyone else.
            Component::Prefix(prefix) => {
                name.push_str(
                    prefix
                        .as_os_str()
                        .to_string_lossy()
                        .trim_start_matches(r"\\?\"),
                );
            }
            Component::CurDir => {}
            Component::ParentDir | Component::Normal(_) => {
                if !name.is_empty() && !name.ends_with('/') {
                    name.push('/');
                }
                name.push_str(&component.as_os_str().to_string_lossy());
            }
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn files_are_named_from_the_repository_they_lie_in() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("is there");
        fs::create_dir_all(root.join("repo/.git")).expect("made");
        fs::create_dir_all(root.join("repo/kernels/specs")).expect("made");
        fs::write(root.join("repo/kernels/specs/moe.yaml"), "").expect("written");
        fs::write(root.join("alone.yaml"), "").expect("written");
        let kernels = root.join("repo/kernels");
        let name = "kernels/specs/moe.yaml";
        assert_eq!(named(&kernels, Path::new("specs/moe.yaml")), name);
        assert_eq!(
            named(&kernels, Path::new("./specs/../specs/moe.yaml")),
            name
        );
        let whole = kernels.join("specs/moe.yaml");
        assert_eq!(named(&root, &whole), name);
        assert_eq!(named(&root, Path::new("alone.yaml")), "alone.yaml");
        assert_eq!(
            named(&kernels, Path::new("../../alone.yaml")),
            root.join("alone.yaml").display().to_string()
        );
        assert_eq!(named(&kernels, Path::new("gone.yaml")), "kernels/gone.yaml");
    }
}
