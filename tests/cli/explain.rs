//! The last report, what `gate explain` says of it, and slowdowns that are
//! accepted with a reason.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::project::{BASELINE, Project, Told, case, reported};

fn explain(project: &Project, arguments: &[&str]) -> Told {
    project.run(&[&["explain"], arguments].concat())
}

/// 10 us in the baseline; then 11 us for 128, 10.5 us for 256: at its limit.
fn checked() -> Project {
    let project = Project::new();
    let device = |n128: u32, n256: u32| {
        project.cases(&json!([
            {"match": "n=128]", "times": [n128], "offset": 0.003},
            {"match": "n=256]", "times": [n256], "offset": 0.003},
            {"offset": 0.003},
        ]));
    };
    device(10_000, 10_000);
    project.update(&["--reason", "the first"]).exits(0);
    device(11_000, 10_500);
    let check = ["check", "--replay", "device.json", "--seed", "1"];
    let told = project.run(&[&check[..], &["--rounds", "3..4"]].concat());
    told.exits(1);
    project
}

/// The lines of an explanation without what differs from run to run.
fn tidy(text: &str) -> String {
    text.lines()
        .map(|line| match line.find("recording 1 of ") {
            Some(at) => format!("{}<time and commit>: \"the first\"\n", &line[..at + 15]),
            None => format!("{line}\n"),
        })
        .collect()
}

#[test]
fn a_slower_case_is_explained_to_its_author() {
    let project = checked();
    let told = explain(&project, &["n=128]"]);
    insta::assert_snapshot!(tidy(&told.exits(0).out));
}

#[test]
fn an_undecided_case_is_told_what_would_settle_it() {
    let project = checked();
    let told = explain(&project, &[&case(256)]);
    insta::assert_snapshot!(tidy(&told.exits(0).out));
}

#[test]
fn without_a_case_those_that_fail_are_explained() {
    let project = checked();
    let told = explain(&project, &[]);
    told.exits(0).says(&case(128)).says(&case(256));
    assert!(!told.out.contains(&case(64)), "{}", told.out);
    project.cases(&json!([]));
    project.check(&["--allow", "undecided"]).exits(0);
    let told = explain(&project, &[]);
    told.exits(6)
        .complains("no case fails")
        .complains(&case(64));
}

#[test]
fn a_case_goes_by_identity_name_glob_or_a_part_of_its_own() {
    let project = checked();
    for (word, n) in [("tiny", 64), ("*n=64*", 64), ("N=64]", 64), (&case(64), 64)] {
        explain(&project, &[word]).exits(0).says(&case(n));
    }
    let told = explain(&project, &["*"]);
    told.exits(0).says(&case(64)).says(&case(256));
    let told = explain(&project, &["copy"]);
    told.exits(2).complains("`copy` stands in 3 cases");
    let told = explain(&project, &["cpoy[n=64]"]);
    told.exits(6).complains("did you mean").complains(&case(64));
    explain(&project, &[""]).exits(2);
}

#[test]
fn a_report_of_ones_own_is_explained_too() {
    let project = checked();
    let file = ["--report", "json=out/gate.json"];
    project.check(&file).exits(1);
    fs::remove_dir_all(project.path(".gate")).expect("is there");
    let told = explain(&project, &["tiny"]);
    told.exits(2).complains("there is no last report");
    let told = explain(&project, &["tiny", "--report", "out/gate.json"]);
    told.exits(0).says("out/gate.json: gate check");

    project.write("bad.json", "{\"format\": 1,\n  \"gate\": 7}");
    let told = explain(&project, &["tiny", "--report", "bad.json"]);
    told.exits(2)
        .complains("bad.json:2:")
        .complains("this is no report of this gate");
    let whole = project.read("out/gate.json");
    for (from, to, what) in [
        (
            "\"format\": 1",
            "\"format\": 2",
            "this is of format 2, and this gate reads format 1",
        ),
        (
            "\"command\": \"check\"",
            "\"command\": \"tune\"",
            "this is what `gate tune` wrote",
        ),
    ] {
        assert_eq!(whole.matches(from).count(), 1, "`{from}` stands once");
        project.write("other.json", whole.replace(from, to));
        let told = explain(&project, &["tiny", "--report", "other.json"]);
        told.exits(2).complains("other.json: ").complains(what);
    }
    project.write("other.json", project.read(BASELINE));
    let told = explain(&project, &["tiny", "--report", "other.json"]);
    told.exits(2).complains("this is no report of this gate");
    let told = explain(&project, &["tiny", "--report", "no.json"]);
    told.exits(2).complains("no.json: ");
    project.write("cut.json", &project.read("out/gate.json")[..500]);
    explain(&project, &["tiny", "--report", "cut.json"]).exits(2);
}

#[test]
fn a_check_keeps_its_report_out_of_version_control() {
    let project = checked();
    assert_eq!(project.read(".gate/.gitignore"), "*\n");
    let kept: Value = serde_json::from_str(&project.read(".gate/last-report.json")).expect("JSON");
    assert_eq!(kept["command"], "check");
    let looks = &reported(&kept, 128)["reasoning"]["looks"];
    assert_eq!(looks[0]["rounds"], 3);
    let before = &reported(&kept, 128)["reasoning"]["before"];
    assert_eq!(before.as_array().map(Vec::len), Some(4));
    // Read from a folder below.
    fs::create_dir_all(project.path("specs/deep")).expect("a folder");
    let told = project.told(
        project
            .gate(&["explain", "tiny"])
            .current_dir(project.path("specs/deep")),
    );
    told.exits(0);
}

#[test]
fn a_root_that_may_only_be_read_does_not_fail_a_check() {
    let project = Project::new();
    let root = project.path("");
    let may = |mode| fs::set_permissions(&root, fs::Permissions::from_mode(mode)).expect("may");
    may(0o555);
    let free = fs::write(project.path("probe"), "").is_ok();
    let told = project.check(&[]);
    may(0o755);
    told.exits(0);
    // Who may write anywhere, such as root, keeps it all the same.
    if !free {
        told.complains("not kept for `gate explain`");
    }
    // A file in the folder's place stops everyone.
    let project = Project::new();
    project.write(".gate", "");
    project
        .check(&[])
        .exits(0)
        .complains("not kept for `gate explain`");
}

#[test]
fn a_comparison_is_explained_like_a_check() {
    let project = Project::new();
    for (file, time) in [("a.csv", 10_000), ("b.csv", 11_000)] {
        project.cases(&json!([{"match": "n=64]", "times": [time], "offset": 0.003}]));
        project.measure("run", &["--samples", file]).exits(0);
    }
    project.run(&["compare", "a.csv", "b.csv"]).exits(1);
    let told = explain(&project, &["n=64]"]);
    insta::assert_snapshot!(told.exits(0).out);
}

#[test]
fn a_slowdown_is_recorded_only_with_a_reason() {
    let project = Project::new();
    project.update(&[]).exits(0);
    project.cases(&json!([{"match": "n=128]", "times": [11_000]}]));
    let before = project.tree();
    let told = project.update(&[]);
    insta::assert_snapshot!(told.exits(1).out);
    assert_eq!(project.tree(), before, "nothing is written");
    project.update(&["--reason", " "]).exits(2);
    project.update(&["--append"]).exits(1);
    assert_eq!(project.tree(), before);
    project.update(&["--reason", "fewer registers"]).exits(0);
    project.check(&[]).exits(0);
    let told = explain(&project, &["n=128]"]);
    told.exits(0).says(": \"fewer registers\"");
    // Faster needs none, and neither does what lies within the limit.
    project.cases(&json!([{"match": "n=128]", "times": [9_000]}]));
    project.update(&[]).exits(0);
}

#[test]
fn where_times_are_advisory_no_reason_is_asked_for() {
    let project = Project::new();
    let device = |time: u32| {
        project.script(&json!({
            "kind": "cpu", "cpu": "Test CPU 3000", "cases": [{"times": [time]}]
        }));
    };
    device(10_000);
    project.update(&[]).exits(0);
    device(20_000);
    project.update(&[]).exits(0);
    // Unless the project says that they count, and a flag says it last.
    device(40_000);
    project.write("gate.toml", "timing = \"gate\"\n");
    project
        .update(&[])
        .exits(1)
        .says("`--reason TEXT` accepts it");
    let config = project.run(&["update-baselines", "--print-config"]);
    let config = config.exits(0);
    let timing = config.out.lines().find(|line| line.contains("timing"));
    assert!(timing.is_some_and(|line| line.ends_with("gate.toml:1:10")));
    assert!(!config.out.contains("fail-on"), "{}", config.out);
    project.update(&["--timing", "advisory"]).exits(0);
    project.write("gate.toml", "timing = \"advisory\"\n");
    device(80_000);
    project.update(&["--timing", "gate"]).exits(1);
    project.update(&[]).exits(0);
}

/// Rounds that lie 5 % apart cannot show 5 %.
#[test]
fn a_limit_that_the_machine_cannot_honour_is_told() {
    let project = Project::new();
    project.cases(&json!([{"offset": 0.05}]));
    project.update(&["--reason", "the first"]).exits(0);
    let told = project.check(&["--allow", "undecided"]);
    told.exits(0)
        .says("is finer than what 4 rounds can show on this machine");
    let told = project.check(&[]);
    told.exits(4)
        .says("is below the smallest slowdown that 4 rounds can show here");
}

#[test]
fn what_is_wrong_or_lost_is_not_asked_for_its_time() {
    let project = Project::new();
    project.update(&["--reason", "the first"]).exits(0);
    project.behaves(128, &json!("wrong"));
    project.check(&[]).exits(3);
    // It has a baseline, and no word of it.
    insta::assert_snapshot!(explain(&project, &[&case(128)]).exits(0).out);
    project.behaves(128, &json!("panics"));
    project.check(&[]).exits(5);
    let told = explain(&project, &[&case(128)]);
    told.exits(0).says("None that can be answered: it was lost");
    assert!(!told.out.contains("baseline has no rounds"), "{}", told.out);
}
