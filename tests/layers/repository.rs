//! What holds for every file that the project ships.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders that a checkout gathers and the project does not ship.
const NOT_SHIPPED: &[&str] = &[".git", ".gate", "target", "node_modules"];

/// Files of the project below `root`: those that git does not ignore, or,
/// where this is no checkout (a crate's archive), all.
pub(crate) fn files(root: &Path) -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output();
    match listed {
        Ok(output) if output.status.success() && !output.stdout.is_empty() => {
            String::from_utf8_lossy(&output.stdout)
                .split_terminator('\0')
                .map(|name| root.join(name))
                .filter(|path| path.is_file())
                .collect()
        }
        _ => below(root),
    }
}

/// All files below a folder, sorted.
pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let entry = entry.expect("an entry of a readable folder");
            let name = entry.file_name();
            let kind = entry.file_type().expect("a kind of file");
            if kind.is_dir() && !NOT_SHIPPED.iter().any(|skipped| name == *skipped) {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// Line and text of the paths in a text that exist on one person's machine
/// alone.
pub(crate) fn private_paths(text: &str) -> Vec<(usize, &str)> {
    // In halves, since this file is checked as well.
    let roots = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("/Us", "ers/"),
        concat!(":\\Us", "ers\\"),
    ];
    let begins = |line: &str| {
        roots.iter().any(|root| {
            line.match_indices(root).any(|(at, _)| {
                // Behind a name it is a part of a longer path or of an address.
                root.starts_with(':')
                    || !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-*}".contains(c))
            })
        })
    };
    text.lines()
        .enumerate()
        .filter(|(_, line)| begins(line))
        .map(|(index, line)| (index + 1, line.trim()))
        .collect()
}
