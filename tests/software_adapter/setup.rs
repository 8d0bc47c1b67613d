//! What a new user does first.

use std::path::Path;
use std::process::Command;

use super::{ended, turn};

/// Runs the gate in a folder; its exit code and what it said.
fn gate(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    ended(
        Command::new(env!("CARGO_BIN_EXE_gate"))
            .current_dir(folder)
            .args(arguments)
            .env_remove("GITHUB_ACTIONS"),
    )
}

#[test]
fn a_project_that_was_started_is_green_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let (code, said) = gate(folder.path(), arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
    };
    let _turn = turn();
    run(&["init"]);
    run(&["new", "kernel", "second"]);
    run(&["check", "--rounds", "2", "--time", "5ms"]);
    // And a kernel that computes something else is not.
    let template = folder.path().join("templates/second.wgsl.j2");
    let text = std::fs::read_to_string(&template).expect("is there");
    let wrong = text.replace("* x[i] + y[i]", "* x[i] - y[i]");
    assert_ne!(text, wrong);
    std::fs::write(&template, wrong).expect("written");
    let check = ["check", "--rounds", "2", "--time", "5ms"];
    let (code, said) = gate(folder.path(), &check);
    assert_eq!(code, Some(3), "{said}");
}

#[test]
fn a_doctor_finds_the_adapter_or_says_what_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let _turn = turn();
    let (code, said) = gate(folder.path(), &["doctor"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("A check can run here."), "{said}");
    if cfg!(target_os = "linux") {
        let output = Command::new(env!("CARGO_BIN_EXE_gate"))
            .current_dir(folder.path())
            .arg("doctor")
            .env("VK_DRIVER_FILES", "/nonexistent.json")
            .env("VK_ICD_FILENAMES", "/nonexistent.json")
            .output()
            .expect("the gate runs");
        let said = String::from_utf8(output.stdout).expect("is text");
        assert_eq!(output.status.code(), Some(5), "{said}");
        assert!(said.contains("MISSING  vulkan drivers"), "{said}");
        let what = "of VK_DRIVER_FILES: /nonexistent.json is not there";
        assert!(said.contains(what), "{said}");
        assert!(said.contains("correct it, or unset it"), "{said}");
        assert!(said.contains("No check can run here."), "{said}");
    }
    // A backend that this build never has: of no use are the drivers there.
    for arguments in [
        &["doctor"][..],
        &["devices"],
        &["devices", "--device", "all"],
    ] {
        let (code, said) = ended(
            Command::new(env!("CARGO_BIN_EXE_gate"))
                .current_dir(folder.path())
                .args(arguments)
                .env("WGPU_BACKEND", "gl"),
        );
        assert_eq!(code, Some(2), "{said}");
        let what = "WGPU_BACKEND=gl names no backend that this build of the gate has";
        assert!(said.contains(what), "{said}");
    }
}
