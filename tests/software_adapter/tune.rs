//! A search on a real device, from a spec to a gated pick.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{ended, turn};

const SPEC: &str = "
gate: 1
suite: small
import: [hardware.yaml, layers.yaml]
cases:
  - kernel: rmsnorm
    shape: {tokens: 3, hidden: 36}
    variants: {storage: [f32], workgroup: [64], reduce: [tree]}
    expect: {software: \"< 10 s\", any-gpu: \"< 1 s\"}
";

/// Copies the files of a folder, as they are.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let name = path.file_name().expect("a name");
            fs::copy(&path, to.join(name)).expect("copied");
        }
    }
}

#[test]
fn a_search_picks_a_verified_candidate_and_a_check_gates_it() {
    let _turn = turn();
    let root = tempfile::tempdir().expect("a folder");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["templates", "specs"] {
        copy(&repository.join(folder), &root.path().join(folder));
    }
    fs::write(root.path().join("specs/small.yaml"), SPEC).expect("written");
    let gate = |command: &str, more: &[&str]| {
        let (code, said) = ended(
            Command::new(env!("CARGO_BIN_EXE_gate"))
                .current_dir(root.path())
                .args([command, "specs/small.yaml", "--seed", "1"])
                .args(["--rounds", "2", "--time", "2ms"])
                // Four candidates are left, which need no rungs.
                .args(["--exclude", "*workgroup=128", "--exclude", "*workgroup=512"])
                .args(["--exclude", "*workgroup=1024"])
                .args(more),
        );
        assert_eq!(code, Some(0), "{said}");
        said
    };
    let said = gate("tune", &[]);
    assert!(said.contains("1 of 1 case picked"), "{said}");
    let files: Vec<_> = fs::read_dir(root.path().join("baselines"))
        .expect("a folder")
        .map(|device| device.expect("a device").path().join("small.tune.json"))
        .filter(|path| path.exists())
        .collect();
    assert_eq!(files.len(), 1, "one device has picks");
    let picks = fs::read_to_string(&files[0]).expect("is text");
    let pick = picks
        .split("\"pick\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a pick");
    let said = gate("check", &["--format", "json"]);
    assert!(
        said.contains(&format!("\"id\": \"{pick}\"")),
        "{pick} in {said}"
    );
}
