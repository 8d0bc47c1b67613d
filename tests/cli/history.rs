//! `gate history`: recordings of a baseline file, from git.

use std::process::Command;

use serde_json::{Value, json};

use crate::project::{BASELINE, Project, case};

/// Git in the project's folder, untouched by a person's own settings.
fn git(project: &Project, arguments: &[&str]) {
    let output = Command::new("git")
        .arg("-C")
        .arg(project.path("."))
        .args(["-c", "user.name=A Person", "-c", "user.email=a@b.example"])
        .args([
            "-c",
            "commit.gpgsign=false",
            "-c",
            "core.hooksPath=/dev/null",
        ])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .expect("git runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Records at a time for the case of 128, and commits it.
fn record(project: &Project, nanos: f64, subject: &str) {
    project.cases(&json!([{"match": "n=128]", "times": [nanos]}]));
    project.update(&["--reason", subject]).exits(0);
    git(project, &["add", "."]);
    git(project, &["commit", "-qm", subject]);
}

/// Four recordings at 100 us, then four at 120 us.
fn a_step() -> Project {
    let project = Project::new();
    git(&project, &["init", "-q"]);
    for index in 0..4 {
        record(
            &project,
            100e3 + f64::from(index) * 20.0,
            &format!("Record {index}"),
        );
    }
    record(&project, 120e3, "Tile by 128");
    for index in 5..8 {
        record(
            &project,
            120e3 + f64::from(index) * 20.0,
            &format!("Record {index}"),
        );
    }
    project
}

#[test]
fn a_change_is_told_with_the_commit_at_it() {
    let project = a_step();
    let told = project.run(&["history", &case(128)]);
    told.exits(0)
        .says("1 change in 8 recordings")
        .says("Tile by 128")
        .says("▲ +20.");
    // Another case of the same recordings did not move.
    project
        .run(&["history", &case(64)])
        .exits(0)
        .says("0 changes in 8 recordings");
}

#[test]
fn json_and_the_page_tell_the_same() {
    let project = a_step();
    let told = project.run(&["history", &case(128), "--format", "json"]);
    let history: Value = serde_json::from_str(&told.out).expect("is JSON");
    let recordings = history[0]["recordings"].as_array().expect("recordings");
    let changed: Vec<usize> = (0..recordings.len())
        .filter(|at| !recordings[*at]["change"].is_null())
        .collect();
    assert_eq!(changed, [4]);
    assert_eq!(recordings[4]["subject"], "Tile by 128");

    project.check(&["--report", "html=page.html", "--report", "json=page.json"]);
    let report: Value = serde_json::from_str(&project.read("page.json")).expect("is JSON");
    let cases = report["cases"].as_array().expect("cases");
    let moved = cases
        .iter()
        .find(|one| one["id"] == case(128))
        .expect("is there");
    assert_eq!(&moved["history"], &history[0]["recordings"]);
}

#[test]
fn what_is_not_committed_stands_last() {
    let project = a_step();
    project.cases(&json!([{"match": "n=128]", "times": [120.1e3]}]));
    project.update(&[]).exits(0);
    let told = project.run(&["history", &case(128)]);
    told.exits(0).says("uncommitted").says("in 9 recordings");
}

#[test]
fn without_git_the_file_itself_is_shown_and_it_is_said() {
    let project = Project::new();
    project.update(&[]).exits(0);
    let told = project.run(&["history", &case(128)]);
    told.exits(0)
        .says("0 changes in 1 recording")
        .complains("only the recordings that the file itself holds");
}

#[test]
fn what_was_never_recorded_is_code_6_and_a_torn_file_code_2() {
    let project = Project::new();
    project
        .run(&["history", "demo/none"])
        .exits(6)
        .complains("gate update-baselines");
    project.update(&[]).exits(0);
    project.run(&["history", "demo/none"]).exits(6);
    project.write(BASELINE, "{");
    project.run(&["history", &case(128)]).exits(2);
}

#[test]
fn a_folder_that_is_given_needs_no_project() {
    let project = Project::new();
    project.update(&[]).exits(0);
    project.write("gate.toml", "no key");
    project.run(&["history", &case(128)]).exits(2);
    project
        .run(&["history", &case(128), "--baselines", "baselines"])
        .exits(0)
        .says("in 1 recording");
}
