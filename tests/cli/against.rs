//! Judging against a git revision: what stands there, what stands here, and
//! that nothing of either is touched.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::project::{Project, SPEC, TEMPLATE, Told, case};

/// Runs git in a folder, away from the configuration of whoever runs the
/// tests.
#[track_caller]
pub(crate) fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
        .args([
            "-c",
            "commit.gpgsign=false",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Commits all that stands in a project.
#[track_caller]
pub(crate) fn commit(project: &Project) {
    let folder = project.path("");
    git_in(&folder, &["add", "--all"]);
    git_in(&folder, &["commit", "--quiet", "--message", "all"]);
}

/// The small project as a repository, with one commit, whose template says
/// `old`.
pub(crate) fn committed() -> Project {
    let project = Project::new();
    project.write("templates/copy.wgsl.j2", format!("// old\n{TEMPLATE}"));
    git_in(&project.path(""), &["init", "--quiet"]);
    commit(&project);
    project
}

/// The same, with another template on disk, that says `new`.
fn changed() -> Project {
    let project = committed();
    project.replace("templates/copy.wgsl.j2", "// old", "// new");
    project
}

/// The device's answers: what the old code takes in all cases, and the new in
/// one.
fn takes(project: &Project, old: u32, n: u32, new: u32) {
    project.cases(&json!([
        {"wgsl": "// old", "times": [old]},
        {"match": format!("n={n}]"), "times": [new]},
        {"times": [old]}
    ]));
}

pub(crate) fn against(project: &Project, more: &[&str]) -> (Value, Option<i32>) {
    project.report("check", &[&["--against", "HEAD"], more].concat())
}

fn reported(report: &Value, n: u32) -> &Value {
    let cases = report["cases"].as_array().expect("cases");
    let found = cases.iter().find(|found| found["id"] == case(n).as_str());
    found.expect("is reported")
}

pub(crate) fn verdict(report: &Value, n: u32) -> &str {
    reported(report, n)["judgement"]["verdict"]
        .as_str()
        .expect("a verdict")
}

pub(crate) fn state(report: &Value, n: u32) -> &str {
    reported(report, n)["evidence"]["paired"]["outcome"]["state"]
        .as_str()
        .expect("a state")
}

pub(crate) fn reason(report: &Value, n: u32) -> String {
    let reason = &reported(report, n)["judgement"]["reason"];
    reason.as_str().expect("a reason").to_owned()
}

/// The hash of the last commit is another with every change of a test's files.
fn without_hash(project: &Project, told: &Told) -> String {
    let hash = git_in(&project.path(""), &["rev-parse", "HEAD"]);
    told.out.replace(&hash[..9], "<hash>")
}

#[test]
fn what_got_slower_exits_1_and_nothing_is_written_anywhere() {
    let project = changed();
    takes(&project, 10_000, 128, 11_000);
    let before = project.tree();
    let told = project.check(&["--against", "HEAD"]);
    insta::assert_snapshot!(without_hash(&project, told.exits(1)));
    assert_eq!(project.tree(), before, "neither the files nor git's own");
    let told = project.check(&["--against", "HEAD", "-v"]);
    told.exits(1).says("blocks of A B B A each");
}

#[test]
fn a_pair_is_explained_to_its_author() {
    let project = changed();
    takes(&project, 10_000, 128, 11_000);
    project.check(&["--against", "HEAD"]).exits(1);
    let told = project.run(&["explain", "n=128]"]);
    insta::assert_snapshot!(without_hash(&project, told.exits(0)));
}

#[test]
fn the_report_carries_every_round_of_the_pairs() {
    let project = changed();
    takes(&project, 10_000, 128, 11_000);
    let (report, _) = against(&project, &[]);
    let paired = &reported(&report, 128)["evidence"]["paired"];
    let rounds = paired["rounds"].as_array().expect("rounds");
    assert_eq!(rounds.len(), 4);
    for round in rounds {
        assert!((round["change"].as_f64().expect("a number") - 0.1).abs() < 1e-9);
        assert_eq!(round["blocks"], 10);
    }
    assert!((paired["change"]["estimate"].as_f64().expect("a number") - 0.1).abs() < 1e-9);
    let of = &report["against"];
    assert_eq!((&of["changed"], &of["unchanged"]), (&json!(3), &json!(0)));
    let commit = git_in(&project.path(""), &["rev-parse", "HEAD"]);
    assert_eq!(of["commit"], commit.as_str());
    // The range is evidence beside it.
    let ranges = &reported(&report, 128)["evidence"]["ranges"];
    assert_eq!(ranges[0]["outcome"], "within");
}

#[test]
fn what_did_not_change_is_listed_and_a_handful_is_timed_all_the_same() {
    let project = committed();
    let (report, code) = against(&project, &[]);
    assert_eq!(code, Some(0));
    for n in [64, 128, 256] {
        assert_eq!(
            (state(&report, n), verdict(&report, n)),
            ("unchanged", "pass")
        );
    }
    assert_eq!(report["against"]["unchanged"], 3);
    assert_eq!(
        report["against"]["controls"].as_array().map(Vec::len),
        Some(3)
    );
    assert_eq!(report["against"]["alarms"], json!([]));

    // With six there are four controls; the others are verified, not timed.
    let spec = SPEC.replace("{n: 128}", "{n: 128}, sweep: {more: [1, 2, 3, 4]}");
    let spec = spec.replace(
        "shape: {n: 128}, sweep",
        "shape: {n: \"128 + more\"}, sweep",
    );
    project.write("specs/demo.yaml", spec);
    commit(&project);
    let (report, code) = against(&project, &[]);
    assert_eq!(code, Some(0));
    assert_eq!(report["against"]["unchanged"], 6);
    assert_eq!(
        report["against"]["controls"].as_array().map(Vec::len),
        Some(4)
    );
    let cases = report["cases"].as_array().expect("cases");
    let timed = cases.iter().filter(|case| !case["time"].is_null());
    assert_eq!(timed.count(), 4);
    for case in cases {
        assert_eq!(case["evidence"]["correctness"]["state"], "right");
    }
}

#[test]
fn a_control_that_moves_is_a_warning_and_no_verdict() {
    let project = committed();
    project.cases(&json!([{"match": "n=64]", "pair_bias": 0.1}]));
    let (report, code) = against(&project, &[]);
    assert_eq!(code, Some(0));
    assert_eq!(report["against"]["alarms"], json!([case(64)]));
    assert_eq!(verdict(&report, 64), "pass");
    let told = project.check(&["--against", "HEAD"]);
    told.exits(0).says("controls that moved");
}

#[test]
fn faster_passes_and_fails_where_that_was_asked_for() {
    let project = changed();
    takes(&project, 10_000, 128, 8_000);
    let (report, code) = against(&project, &[]);
    assert_eq!((code, state(&report, 128)), (Some(0), "faster"));
    assert_eq!((verdict(&report, 64), state(&report, 64)), ("pass", "pass"));
    project
        .check(&["--against", "HEAD", "--fail-on", "faster"])
        .exits(1);
}

#[test]
fn pairs_that_scatter_are_undecided() {
    let project = changed();
    project.cases(&json!([{"match": "n=128]", "pair_offset": 0.2}]));
    let (report, code) = against(&project, &[]);
    assert_eq!((code, verdict(&report, 128)), (Some(4), "undecided"));
    let why = reason(&report, 128);
    assert!(why.contains("undecided against HEAD ("), "{why}");
}

#[test]
fn times_are_advisory_on_a_software_adapter_unless_they_are_asked_to_count() {
    let project = changed();
    project.script(&json!({"kind": "cpu", "cpu": "Core", "cases": [
        {"wgsl": "// new", "times": [12_000]}
    ]}));
    let (report, code) = against(&project, &[]);
    assert_eq!((code, verdict(&report, 64)), (Some(0), "slower"));
    project
        .check(&["--against", "HEAD", "--timing", "gate"])
        .exits(1);
}

#[test]
fn a_wrong_output_here_is_wrong() {
    let project = changed();
    for behaviour in ["wrong", "wrong-after"] {
        project.cases(&json!([{"match": "n=64]", "wgsl": "// new", "behaviour": behaviour}]));
        let (report, code) = against(&project, &[]);
        assert_eq!((code, verdict(&report, 64)), (Some(3), "wrong"));
    }
    // Of code that did not change as well: what is right may have changed.
    let project = committed();
    project.behaves(64, &json!("wrong"));
    let (_, code) = against(&project, &[]);
    assert_eq!(code, Some(3));
}

#[test]
fn a_version_that_is_wrong_or_lost_there_is_not_timed_against() {
    let project = changed();
    for (behaviour, says) in [
        (json!("wrong"), "its output is wrong there"),
        (json!("wrong-after"), "its output is wrong there"),
        (json!("panics"), "it is lost there while preparing"),
        (
            json!({"crashes": "verify"}),
            "it is lost there while verifying",
        ),
    ] {
        project.cases(&json!([{"match": "n=64]", "wgsl": "// old", "behaviour": behaviour}]));
        let (report, code) = against(&project, &[]);
        assert_eq!(code, Some(0), "{behaviour}");
        assert_eq!(state(&report, 64), "unusable");
        assert_eq!(verdict(&report, 64), "pass-by-range");
        let why = reason(&report, 64);
        assert!(why.contains(says), "{why}");
        assert_eq!(verdict(&report, 128), "pass");
        project
            .check(&["--against", "HEAD", "--require-baseline"])
            .exits(4);
    }
}

#[test]
fn a_loss_here_is_a_loss() {
    let project = changed();
    project.cases(&json!([{"match": "n=64]", "wgsl": "// new", "behaviour": "panics"}]));
    let (report, code) = against(&project, &[]);
    assert_eq!((code, verdict(&report, 64)), (Some(5), "lost"));
}

#[test]
fn added_and_removed_cases_are_listed() {
    let project = committed();
    project.replace("specs/demo.yaml", "{n: 128}", "{n: 512}");
    let (report, code) = against(&project, &[]);
    assert_eq!(code, Some(0));
    assert_eq!(
        (state(&report, 512), verdict(&report, 512)),
        ("added", "pass-by-range")
    );
    assert_eq!(report["against"]["added"], json!([case(512)]));
    assert_eq!(report["against"]["removed"], json!([case(128)]));
    let told = project.check(&["--against", "HEAD"]);
    told.exits(0)
        .says("added since HEAD")
        .says("removed since HEAD");

    // Without a range nothing gates it.
    let spec = project.read("specs/demo.yaml");
    project.write(
        "specs/demo.yaml",
        spec.replace("{n: 512}, expect: {any-gpu: \"< 1 ms\"}", "{n: 512}"),
    );
    let (report, code) = against(&project, &[]);
    assert_eq!((code, verdict(&report, 512)), (Some(4), "ungated"));
    project
        .check(&["--against", "HEAD", "--allow", "ungated"])
        .exits(0);
}

#[test]
fn a_filter_holds_on_both_sides() {
    let project = committed();
    project.replace("specs/demo.yaml", "{n: 128}", "{n: 512}");
    let (report, code) = against(&project, &["--filter", "*n=64]*"]);
    assert_eq!(code, Some(0));
    assert_eq!(report["cases"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["against"]["removed"], json!([]));
}

#[test]
fn what_a_case_is_given_counts_as_its_code_does() {
    for (from, to, is_changed) in [
        ("normal(0, 1)", "normal(0, 2)", true),
        ("ceil_div(n, workgroup)", "ceil_div(n, workgroup) + 1", true),
        ("limits: {slowdown: 5%}", "limits: {slowdown: 6%}", false),
        ("name: tiny", "name: small", false),
    ] {
        let project = committed();
        project.replace("specs/demo.yaml", from, to);
        let (report, _) = against(&project, &[]);
        let expected = if is_changed { "pass" } else { "unchanged" };
        assert_eq!(state(&report, 64), expected, "{to}");
    }
}

#[test]
fn baselines_are_not_asked() {
    let project = changed();
    project.write("baselines/replay-replay/demo.json", "not JSON");
    let (report, code) = against(&project, &[]);
    assert_eq!((code, verdict(&report, 64)), (Some(0), "pass"));
    let told = project.check(&["--against", "HEAD", "--baselines", "kept"]);
    told.exits(2);
}

/// Two copies in a row, of which the revision has an older text.
const CHAIN: &str = r#"gate: 1
suite: demo
import: [hardware.yaml]
limits: {slowdown: 5%}
kernels:
  first: &copy
    template: copy.wgsl.j2
    variants: {workgroup: [64]}
    uniforms: {n: u32}
    inputs: {src: {type: f32, shape: [n], fill: "normal(0, 1)"}}
    outputs: {dst: {type: f32, shape: [n]}}
    dispatch: ["ceil_div(n, workgroup)", 1, 1]
    reference: copy
  second: *copy
pipelines:
  both: {stages: [first, second], connect: {second.src: first.dst}}
cases:
  - {pipeline: both, shape: {n: 128}, expect: {any-gpu: "< 1 ms"}}
"#;

/// The chain as a repository, its template newer than the commit's; the second
/// stage takes 6 us where it took 5.
fn chain() -> Project {
    let project = Project::new();
    project.write("specs/demo.yaml", CHAIN);
    project.write("templates/copy.wgsl.j2", format!("// old\n{TEMPLATE}"));
    git_in(&project.path(""), &["init", "--quiet"]);
    commit(&project);
    project.replace("templates/copy.wgsl.j2", "// old", "// new");
    project.cases(&json!([
        {"wgsl": "// old", "times": [10_000], "stages": [0.5, 0.5], "offset": 0.002},
        {"times": [11_000], "stages": [5.0 / 11.0, 6.0 / 11.0], "offset": 0.002}
    ]));
    project
}

#[test]
fn a_pipelines_stages_tell_where_it_changed() {
    let project = chain();
    let told = project.check(&["--against", "HEAD"]);
    insta::assert_snapshot!("stages_of_a_pair", without_hash(&project, told.exits(1)));
    let told = project.run(&["explain"]);
    insta::assert_snapshot!(
        "stages_of_a_pair_explained",
        without_hash(&project, told.exits(0))
    );
    let (report, _) = against(&project, &[]);
    let stages = report["cases"][0]["stages"].as_array().expect("stages");
    for (stage, changed) in stages.iter().zip([0.0, 0.2]) {
        let change = stage["change"][0].as_f64().expect("a number");
        assert!((change - changed).abs() < 1e-6, "{stage}");
        assert!(stage["change"][1].as_f64() < stage["change"][2].as_f64());
        assert!(stage["before"].as_f64().is_some());
    }
}

#[test]
fn stages_that_only_one_side_has_are_told_as_such() {
    let project = chain();
    project.replace("specs/demo.yaml", "  second: *copy", "  other: *copy");
    project.replace("specs/demo.yaml", "[first, second]", "[first, other]");
    project.replace("specs/demo.yaml", "second.src", "other.src");
    let (report, _) = against(&project, &[]);
    let found = &report["cases"][0];
    let stages = found["stages"].as_array().expect("stages");
    assert_eq!(stages[1]["kernel"], "other");
    assert!(stages[0]["change"].is_array() && stages[1]["change"].is_null());
    let notes = found["notes"].to_string();
    assert!(
        notes.contains("`second` is a stage of the revision's version only, 5.00 us"),
        "{notes}"
    );
}

/// What was two kernels is one: it is still told what each took.
#[test]
fn a_pipeline_that_became_one_kernel_tells_what_its_stages_took() {
    let project = chain();
    project.replace(
        "specs/demo.yaml",
        "[first, second], connect: {second.src: first.dst}",
        "[first]",
    );
    let (report, _) = against(&project, &[]);
    let notes = report["cases"][0]["notes"].to_string();
    assert!(notes.contains("`second` is a stage"), "{notes}");
}

/// Looks at pairs are those of any check: after so many rounds, with so much of
/// the confidence, until one decides.
#[test]
fn looks_at_pairs_are_kept_until_one_decides() {
    let project = changed();
    takes(&project, 10_000, 128, 11_000);
    let check = ["check", "--replay", "device.json", "--seed", "1"];
    let asked = ["--against", "HEAD", "--rounds", "3..6"];
    project.run(&[&check[..], &asked].concat()).exits(1);
    let kept = project.read(".gate/last-report.json");
    let report: Value = serde_json::from_str(&kept).expect("JSON");
    let looks = |n: u32| reported(&report, n)["reasoning"]["looks"].clone();
    let found = looks(128);
    let found = found.as_array().expect("looks");
    let last = found.last().expect("one at least");
    assert_eq!(last["outcome"]["state"], "slower");
    let rounds: Vec<u64> = found
        .iter()
        .filter_map(|look| look["rounds"].as_u64())
        .collect();
    assert!(rounds.is_sorted_by(|a, b| a < b), "{rounds:?}");
    for look in &found[..found.len() - 1] {
        assert_eq!(look["outcome"]["state"], "undecided");
    }
    let spent = |look: &Value, claim: &str| look["spent"][claim].as_f64().expect("a part");
    assert!(spent(last, "slower") > 0.0 && spent(last, "slower") <= 1.0);
    assert!(
        spent(last, "pass") > spent(last, "slower"),
        "it is spent earlier"
    );
    assert_eq!(looks(64)[0]["outcome"]["state"], "pass");
    let outlook = &reported(&report, 64)["reasoning"]["outlook"];
    assert!(outlook["detectable"].as_f64().expect("a number") < 0.05);
}

#[test]
fn an_undecided_pair_is_told_what_would_settle_it() {
    let project = changed();
    project.cases(&json!([
        {"wgsl": "// old", "times": [10_000], "pair_offset": 0.03},
        {"match": "n=128]", "times": [10_200], "pair_offset": 0.03},
        {"times": [10_000], "pair_offset": 0.03}
    ]));
    project.check(&["--against", "HEAD"]).exits(4);
    let told = project.run(&["explain", "n=128]"]);
    insta::assert_snapshot!(without_hash(&project, told.exits(0)));
    // Its limit is below what so many rounds can show, and the verdict says so.
    told.says("the limit of 5.00 % is below the smallest slowdown");
}
