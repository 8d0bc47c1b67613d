//! `gate init` and `gate new kernel`: files that a project begins with. None is
//! ever written over another.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::app::AppError;
use crate::app::last_report::from_here;
use crate::app::output::Screen;
use crate::cli::{InitArgs, NewKernelArgs};
use crate::exit;

use super::generate::OF_SPECS;

const SPEC: &str = include_str!("starter/spec.yaml");
const TEMPLATE: &str = include_str!("starter/template.wgsl.j2");
const REFERENCE: &str = include_str!("starter/reference.wgsl");
const CONFIG: &str = include_str!("starter/gate.toml");
const WORKFLOW: &str = include_str!("starter/workflow.yml");

/// Name of the kernel that a project begins with.
const FIRST: &str = "saxpy";

/// Where the gate's own sources are, as its manifest says; empty where it does not.
const SOURCES: &str = env!("CARGO_PKG_REPOSITORY");

/// The workflow, below the repository's root.
const WORKFLOW_FILE: &str = ".github/workflows/gate.yml";

/// The schema beside the specs, where their first line looks for it.
const SCHEMA: &str = "specs/gate.schema.json";

/// Longest name of a kernel, as in a spec.
const LONGEST_NAME: usize = 64;

/// What makes a folder a project of some kind, besides `gate.toml`.
const PROJECTS: [&str; 8] = [
    "Cargo.toml",
    "package.json",
    "deno.json",
    "pyproject.toml",
    "go.mod",
    "CMakeLists.txt",
    "meson.build",
    ".git",
];

/// A file to be made.
struct Starter {
    path: PathBuf,
    text: String,
}

/// The files of a kernel, below a project's root.
fn kernel(root: &Path, name: &str) -> Vec<Starter> {
    [
        (format!("specs/{name}.yaml"), SPEC),
        (format!("templates/{name}.wgsl.j2"), TEMPLATE),
        (format!("shaders/{name}_plain.wgsl"), REFERENCE),
    ]
    .into_iter()
    .map(|(path, text)| Starter {
        path: root.join(path),
        text: text.replace("NAME", name),
    })
    .collect()
}

/// Writes the first kernel's files into a folder; its spec.
pub(super) fn unpack(root: &Path) -> Result<PathBuf, AppError> {
    for starter in kernel(root, FIRST) {
        make(&starter)?;
    }
    Ok(root.join(format!("specs/{FIRST}.yaml")))
}

/// Starts a project.
pub(super) fn init(args: &InitArgs, screen: &Screen) -> Result<u8, AppError> {
    let here = std::env::current_dir()?;
    let root = match &args.folder {
        Some(folder) => here.join(folder),
        None => root_above(&here),
    };
    let repository = root
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .unwrap_or(&root);
    let inside = root.strip_prefix(repository).unwrap_or(Path::new(""));
    let workflow = WORKFLOW
        .replace("\"REPOSITORY\"", &yaml_text(SOURCES))
        .replace("FOLDER", &yaml_folder(inside));
    let mut starters = vec![
        Starter {
            path: root.join("gate.toml"),
            text: CONFIG.to_owned(),
        },
        Starter {
            path: root.join(SCHEMA),
            text: OF_SPECS.to_owned(),
        },
    ];
    starters.extend(kernel(&root, FIRST));
    starters.push(Starter {
        path: repository.join(WORKFLOW_FILE),
        text: workflow,
    });
    let mut told = format!("{}\n", root.display());
    let mut made = false;
    for starter in &starters {
        made = make(starter)?;
        let what = if made { "made" } else { "kept" };
        let why = if made { "" } else { ", which was there" };
        let name = from_here(&starter.path).display();
        told.push_str(&format!("  {what}  {name}{why}\n"));
    }
    let to = match root.strip_prefix(&here) {
        Ok(below) if below.as_os_str().is_empty() => String::new(),
        Ok(below) => format!("cd {} && ", below.display()),
        Err(_) => format!("cd {} && ", root.display()),
    };
    told.push_str(&format!(
        "\nNext: `{to}gate check` runs the first kernel; `gate new kernel NAME` adds one.\n"
    ));
    // The workflow is the last; one that was there says for itself.
    if made && SOURCES.is_empty() {
        told.push_str(&format!(
            "Before you push: name the git repository of the gate's sources in {}, as GATE_REPOSITORY.\n",
            from_here(&repository.join(WORKFLOW_FILE)).display()
        ));
    }
    screen.print(&told)?;
    Ok(exit::PASS)
}

/// Adds a kernel to the project that a person stands in.
pub(super) fn new_kernel(args: &NewKernelArgs, screen: &Screen) -> Result<u8, AppError> {
    let name = &args.name;
    named(name)?;
    let here = std::env::current_dir()?;
    let root = here
        .ancestors()
        .find(|folder| folder.join("gate.toml").is_file())
        .or_else(|| here.ancestors().find(|folder| folder.join("specs").is_dir()))
        .ok_or_else(|| {
            AppError::Usage(format!(
                "{}: no project of gate is here or above, for there is no `gate.toml` and no `specs/`; `gate init` starts one",
                here.display()
            ))
        })?;
    let mut starters = kernel(root, name);
    // All or nothing: half a kernel beside another's files would not run.
    if let Some(there) = starters.iter().find(|starter| starter.path.exists()) {
        return Err(AppError::Usage(format!(
            "{}: is there already, and is not written over; choose another name, or move it away",
            from_here(&there.path).display()
        )));
    }
    starters.push(Starter {
        path: root.join(SCHEMA),
        text: OF_SPECS.to_owned(),
    });
    let mut told = String::new();
    for starter in &starters {
        if make(starter)? {
            told.push_str(&format!("made  {}\n", from_here(&starter.path).display()));
        }
    }
    let spec = root.join(format!("specs/{name}.yaml"));
    let spec = from_here(&spec).display();
    told.push_str(&format!("\nNext: `gate check {spec}`\n"));
    screen.print(&told)?;
    Ok(exit::PASS)
}

/// Whether a kernel and its suite can have this name.
fn named(name: &str) -> Result<(), AppError> {
    let fits = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let lettered = name.chars().any(|c| c.is_ascii_alphabetic());
    // A name that begins with a dash would be a flag to the next command.
    if fits && lettered && !name.starts_with('-') && name.len() <= LONGEST_NAME && name != "device"
    {
        return Ok(());
    }
    Err(AppError::Usage(format!(
        "`{}` cannot name a kernel; a name has letters, digits, `_` and `-`, at least one letter, {LONGEST_NAME} characters at most, and is not `device`",
        name.escape_debug()
    )))
}

/// The root of the project that a folder is a part of: the nearest above that
/// has gate's mark, else the nearest that is a project of any kind, else the
/// folder itself.
fn root_above(here: &Path) -> PathBuf {
    let has = |folder: &Path, marks: &[&str]| marks.iter().any(|mark| folder.join(mark).exists());
    here.ancestors()
        .find(|folder| has(folder, &["gate.toml"]))
        .or_else(|| here.ancestors().find(|folder| has(folder, &PROJECTS)))
        .unwrap_or(here)
        .to_owned()
}

/// A folder inside the repository, as a YAML text.
fn yaml_folder(folder: &Path) -> String {
    let parts: Vec<String> = folder
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    if parts.is_empty() {
        return ".".to_owned();
    }
    yaml_text(&parts.join("/"))
}

/// A text in quotes: JSON's are YAML's, whatever stands in them.
fn yaml_text(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// Makes a file as a whole, with its folders, unless there is one of its name.
fn make(starter: &Starter) -> Result<bool, AppError> {
    let failed = |source: io::Error| AppError::Write {
        path: starter.path.clone(),
        source,
    };
    // A link that leads nowhere is something too.
    if starter.path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    let folder = starter.path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Less what the person's umask takes away.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(starter.text.as_bytes()).map_err(failed)?;
    match file.persist_noclobber(&starter.path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(error.error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_nearest_project() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for inside in ["repo/.git", "repo/packages/a/src", "repo/gpu/deep", "alone"] {
            std::fs::create_dir_all(root.join(inside)).expect("made");
        }
        std::fs::write(root.join("repo/packages/a/package.json"), "{}").expect("written");
        std::fs::write(root.join("repo/gpu/gate.toml"), "").expect("written");
        let above = |inside: &str| root_above(&root.join(inside));
        assert_eq!(above("repo/packages/a/src"), root.join("repo/packages/a"));
        assert_eq!(above("repo/packages"), root.join("repo"));
        assert_eq!(above("repo/gpu/deep"), root.join("repo/gpu"));
    }

    #[test]
    fn names_that_no_spec_takes_are_refused() {
        for good in ["saxpy", "top-k", "_a", "2d_blur", &"a".repeat(64)] {
            assert!(named(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "7",
            "a b",
            "a/b",
            "../a",
            "-a",
            "é",
            "device",
            &"a".repeat(65),
        ] {
            assert!(named(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_folder_stands_in_yaml_whatever_it_is_called() {
        assert_eq!(yaml_folder(Path::new("")), ".");
        assert_eq!(yaml_folder(Path::new("a/b")), "\"a/b\"");
        assert_eq!(yaml_folder(Path::new("a: \"b\"")), "\"a: \\\"b\\\"\"");
    }
}
