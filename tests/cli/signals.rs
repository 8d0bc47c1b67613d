//! Ctrl-C, termination, and `kill -9`.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use serde_json::{Value, json};

use crate::process::{Running, until};
use crate::project::{BASELINE, Project, verdict};

/// A request that hangs is waited for longer than the test has patience.
const PATIENT: [&str; 4] = ["--rounds", "4", "--deadline", "1h"];

/// Everything is measured once, and then hangs.
fn hanging() -> Project {
    let project = Project::new();
    project.cases(&json!([{"rounds": [1, 2, 3], "behaviour": {"hangs": "sample"}}]));
    project
}

#[test]
fn an_interrupt_reports_what_was_finished_and_exits_130() {
    for signal in ["INT", "TERM"] {
        let project = hanging();
        let more = [&PATIENT[..], &["--format", "json"]].concat();
        let mut gate = Running::start(&project, "check", &more);
        gate.until_round(1);
        gate.signal(signal);
        let output = gate.end();
        assert_eq!(output.status.code(), Some(130), "{signal}");
        let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
        assert_eq!(report["interrupted"], true);
        assert_eq!(report["exit"], 130);
        for n in [64, 128, 256] {
            assert_eq!(verdict(&report, n), "pass-by-range");
        }
        Running::until_alone(&project.path("device.json"));
    }
}

/// One case hangs, and those behind it in the round have no turn.
#[test]
fn an_interrupted_check_counts_what_it_did_not_measure() {
    let project = Project::new();
    project.behaves(128, &json!({"hangs": "sample"}));
    let report = |project: &Project| -> Value {
        serde_json::from_str(&project.read("out/a.json")).expect("is whole")
    };
    let more = [&PATIENT[..], &["--report", "json=out/a.json"]].concat();
    let mut gate = Running::start(&project, "check", &more);
    until("the report has begun", || {
        project.path("out/a.json").exists()
    });
    gate.signal("INT");
    let output = gate.end();
    assert_eq!(output.status.code(), Some(130));
    let report = report(&project);
    let unmeasured = report["unmeasured"].as_u64().expect("a number");
    let measured = report["cases"].as_array().map_or(0, Vec::len) as u64;
    assert!(unmeasured >= 1, "128 hangs");
    assert_eq!(measured + unmeasured, 3);
    let out = String::from_utf8(output.stdout).expect("is text");
    let what = format!("{unmeasured} not measured");
    assert!(out.contains(&what), "{out}");
}

/// `kill -9` asks nobody: what was finished was written before.
#[test]
fn a_killed_check_leaves_its_reports_with_what_was_finished() {
    let project = hanging();
    let more = ["--report", "json=out/a.json", "--report", "csv=a.csv"];
    let mut gate = Running::start(&project, "check", &[&PATIENT[..], &more].concat());
    gate.until_round(1);
    gate.signal("KILL");
    assert_eq!(gate.end().status.signal(), Some(9));
    let report: Value = serde_json::from_str(&project.read("out/a.json")).expect("is whole");
    assert_eq!(report["interrupted"], true);
    assert_eq!(report["exit"], 130);
    for n in [64, 128, 256] {
        assert_eq!(verdict(&report, n), "pass-by-range");
    }
    assert_eq!(project.read("a.csv").lines().count(), 1 + 3);
    Running::until_alone(&project.path("device.json"));
}

#[test]
fn an_interrupted_check_claims_nothing_against_its_baseline() {
    let project = hanging();
    project.script(&json!({}));
    project.update(&[]).exits(0);
    project.cases(&json!([
        {"match": "n=64]", "rounds": [0], "times": [20_000]},
        {"rounds": [1, 2, 3], "behaviour": {"hangs": "sample"}}
    ]));
    let more = [&PATIENT[..], &["--format", "json"]].concat();
    let mut gate = Running::start(&project, "check", &more);
    gate.until_round(1);
    gate.signal("INT");
    let output = gate.end();
    assert_eq!(output.status.code(), Some(130));
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    for n in [64, 128] {
        assert_eq!(verdict(&report, n), "undecided");
    }
}

/// A script that is a pipe without a writer: the device never opens.
#[test]
fn an_interrupt_before_anything_was_measured_says_so() {
    let project = Project::new();
    let script = project.path("device.json");
    std::fs::remove_file(&script).expect("removed");
    let made = Command::new("mkfifo").arg(&script).status();
    assert!(made.expect("`mkfifo` is there").success());
    for command in ["check", "devices"] {
        let more: &[&str] = if command == "check" { &PATIENT } else { &[] };
        let mut gate = Running::start(&project, command, more);
        gate.until_round(0);
        gate.signal("INT");
        let output = gate.end();
        assert_eq!(output.status.code(), Some(130), "{command}");
        assert!(output.stdout.is_empty());
        let err = String::from_utf8(output.stderr).expect("is text");
        assert_eq!(err, "error: interrupted before anything was measured\n");
        Running::until_alone(&script);
    }
}

#[test]
fn an_interrupted_update_writes_nothing() {
    let project = hanging();
    let mut gate = Running::start(&project, "update-baselines", &PATIENT);
    gate.until_round(1);
    gate.signal("INT");
    let output = gate.end();
    assert_eq!(output.status.code(), Some(130));
    let out = String::from_utf8(output.stdout).expect("is text");
    assert!(
        out.contains("interrupted: no baseline was written"),
        "{out}"
    );
    assert!(!project.path("baselines").exists());
}

/// The first interrupt ends no run whose report nobody reads; the second does.
#[test]
fn a_second_interrupt_ends_at_once() {
    // Some hundred cases make a report that no pipe holds.
    let sweep: Vec<String> = (1..=300).map(|n| n.to_string()).collect();
    let project = Project::slip(
        "  - {kernel: copy, name: tiny, shape: {n: 64}, expect: {any-gpu: \"< 1 ms\"}}\n",
        &format!(
            "  - {{kernel: copy, sweep: {{n: [{}]}}}}\n",
            sweep.join(", ")
        ),
    );
    let more = ["--rounds", "1", "--format", "json"];
    let mut gate = Running::start(&project, "check", &more);
    let mut first = [0];
    let out = gate.child().stdout.as_mut().expect("is piped");
    out.read_exact(&mut first).expect("a report begins");
    assert_eq!(&first, b"{");
    let mut code = None;
    until("the gate has ended by interrupts", || {
        gate.signal("INT");
        let status = gate.child().try_wait().expect("can be waited for");
        code = status.map(|status| status.code());
        status.is_some()
    });
    assert_eq!(code, Some(Some(130)));
}

#[test]
fn a_killed_update_leaves_the_old_baselines_and_the_next_one_works() {
    let project = hanging();
    let script = project.read("device.json");
    project.script(&json!({}));
    project.update(&["--reason", "the first"]).exits(0);
    let before = project.tree();
    let old = project.read(BASELINE);

    project.write("device.json", &script);
    let mut gate = Running::start(&project, "update-baselines", &PATIENT);
    gate.until_round(1);
    gate.signal("KILL");
    let output = gate.end();
    assert_eq!(output.status.signal(), Some(9));
    assert_eq!(project.read(BASELINE), old);
    // Its workers hear that their parent is gone, hung or not.
    Running::until_alone(&project.path("device.json"));

    project.script(&json!({}));
    assert_eq!(project.tree(), before);
    project.check(&[]).exits(0);
    project.update(&["--reason", "the second"]).exits(0);
    assert!(project.read(BASELINE).contains("\"reason\":\"the second\""));
    assert!(!project.read(BASELINE).contains("the first"));
}

/// Killed at many moments of one update, its writing included: there is the
/// old file or the new one, whole, and nothing beside it that gets in the way.
#[test]
fn whenever_an_update_is_killed_its_baselines_are_whole() {
    let project = Project::new();
    project.update(&["--reason", "the first"]).exits(0);
    for pause in 0..20 {
        let mut gate = Running::start(&project, "update-baselines", &["--rounds", "2"]);
        // A loop of another length each time, to meet it elsewhere.
        for _ in 0..pause {
            gate.works_on(0);
        }
        gate.signal("KILL");
        gate.end();
        project.check(&[]).exits(0);
    }
    project.update(&[]).exits(0);
}
