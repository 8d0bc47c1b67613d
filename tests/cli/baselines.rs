//! Recording, and comparing with what was recorded.

use serde_json::{Value, json};

use crate::process::Running;
use crate::project::{BASELINE, Project, case, reason, reported, verdict};

fn recorded(project: &Project) -> Value {
    serde_json::from_str(&project.read(BASELINE)).expect("JSON")
}

/// Recordings that a case's rounds refer to, and how many rounds of each.
fn rounds(file: &Value, n: u32) -> Vec<(i64, usize)> {
    let rounds = file["cases"][case(n)]["rounds"].as_array();
    rounds
        .expect("rounds")
        .iter()
        .map(|group| {
            let times = group["times"].as_array().map_or(0, Vec::len);
            (group["recording"].as_i64().expect("a number"), times)
        })
        .collect()
}

/// The project with its baselines recorded.
fn baselined() -> Project {
    let project = Project::new();
    project.update(&["--reason", "the first"]).exits(0);
    project
}

#[test]
fn an_update_writes_and_a_check_passes_against_it() {
    let project = Project::new();
    let told = project.update(&["--reason", "the first"]);
    insta::assert_snapshot!(told.exits(0).out);
    let file = recorded(&project);
    assert_eq!(file["recordings"][0]["reason"], "the first");
    for n in [64, 128, 256] {
        assert_eq!(rounds(&file, n), [(1, 4)]);
    }
    let before = project.tree();
    let told = project.check(&[]);
    insta::assert_snapshot!(told.exits(0).out);
    assert_eq!(project.tree(), before, "a check writes nothing");
}

#[test]
fn ten_percent_slower_exits_1_and_names_the_case() {
    let project = baselined();
    project.cases(&json!([{"match": "n=128]", "times": [11_000]}]));
    let told = project.check(&[]);
    insta::assert_snapshot!(told.exits(1).out);
}

#[test]
fn a_case_is_compared_with_its_own_rounds() {
    let project = Project::new();
    project.cases(&json!([{"match": "n=64]", "times": [50_000]}]));
    project.update(&[]).exits(0);
    project.check(&[]).exits(0);
    project.cases(&json!([
        {"match": "n=64]", "times": [10_000]},
        {"match": "n=128]", "times": [50_000]}
    ]));
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(1));
    assert_eq!(verdict(&report, 64), "pass");
    assert_eq!(
        reported(&report, 64)["evidence"]["baseline"]["outcome"]["state"],
        "faster"
    );
    assert_eq!(verdict(&report, 128), "slower");
}

#[test]
fn a_partial_update_keeps_the_other_cases() {
    let project = baselined();
    let told = project.update(&["--filter", "*[n=64]*", "--reason", "the second"]);
    told.exits(0).says("1 case written");
    told.says("2 kept as they were");
    let file = recorded(&project);
    assert_eq!(rounds(&file, 64), [(2, 4)]);
    assert_eq!(rounds(&file, 128), [(1, 4)]);
    assert_eq!(rounds(&file, 256), [(1, 4)]);
    assert_eq!(file["recordings"][0]["reason"], "the first");
    assert_eq!(file["recordings"][1]["reason"], "the second");
    project.check(&[]).exits(0);
}

#[test]
fn append_joins_the_rounds_of_two_recordings() {
    let project = baselined();
    project.update(&["--append"]).exits(0);
    let file = recorded(&project);
    for n in [64, 128, 256] {
        assert_eq!(rounds(&file, n), [(1, 4), (2, 4)]);
    }
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(0));
    let change = &reported(&report, 64)["evidence"]["baseline"]["change"];
    assert_eq!(change["rounds"], json!([8, 4]));
}

#[test]
fn without_append_an_update_replaces_what_it_measured() {
    let project = baselined();
    project.update(&["--reason", "the second"]).exits(0);
    let file = recorded(&project);
    assert_eq!(file["recordings"].as_array().map(Vec::len), Some(1));
    assert_eq!(file["recordings"][0]["reason"], "the second");
}

#[test]
fn wrong_outputs_and_lost_cases_are_not_recorded() {
    for (behaviour, code, why) in [
        (json!("wrong"), 3, "wrong outputs are not recorded"),
        (json!("panics"), 5, "lost cases are not recorded"),
        (json!({"crashes": "sample"}), 5, "--exclude leaves them out"),
    ] {
        let project = Project::new();
        project.behaves(128, &behaviour);
        let told = project.update(&[]);
        told.exits(code).says(why).says(&case(128));
        assert!(!project.path("baselines").exists());

        project.script(&json!({}));
        project.update(&[]).exits(0);
        let before = project.tree();
        project.behaves(128, &behaviour);
        project.update(&[]).exits(code);
        project.script(&json!({}));
        assert_eq!(project.tree(), before);
        project.behaves(128, &behaviour);
        project.update(&["--exclude", "*[n=128]*"]).exits(0);
    }
}

#[test]
fn another_driver_is_compared_and_labelled() {
    let project = baselined();
    project.script(&json!({
        "driver_info": "2.0",
        "cases": [{"match": "n=128]", "times": [11_000]}]
    }));
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(1));
    assert_eq!(verdict(&report, 64), "pass");
    let label = "[driver 1.0 -> 2.0]";
    assert!(
        reason(&report, 128).contains(label),
        "{}",
        reason(&report, 128)
    );
    assert!(
        reason(&report, 64).contains(label),
        "{}",
        reason(&report, 64)
    );
    project.script(&json!({"wgpu": "31.0.0"}));
    let (report, _) = project.report("check", &[]);
    assert!(reason(&report, 64).contains("[wgpu 30.0.1 -> 31.0.0]"));
}

#[test]
fn baselines_of_another_device_are_not_used() {
    let project = baselined();
    project.script(&json!({"adapter": "Other GPU", "cases": [{"times": [20_000]}]}));
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(0));
    for n in [64, 128, 256] {
        assert_eq!(verdict(&report, n), "pass-by-range");
    }
    project.check(&["--require-baseline"]).exits(4);
    project.update(&[]).exits(0);
    assert!(
        project
            .path("baselines/other-gpu-replay/demo.json")
            .exists()
    );
    project.check(&["--require-baseline"]).exits(0);
}

#[test]
fn a_software_adapter_is_another_device_on_another_processor() {
    let project = Project::new();
    let on = |cpu: &str| project.script(&json!({"kind": "cpu", "cpu": cpu}));
    on("Core A");
    project.update(&[]).exits(0);
    project.check(&["--require-baseline"]).exits(0);
    on("Core B");
    project.check(&["--require-baseline"]).exits(4);
    project.update(&[]).exits(0);
    for key in ["replay-core-a-replay", "replay-core-b-replay"] {
        assert!(project.path(&format!("baselines/{key}/demo.json")).exists());
    }
}

#[test]
fn times_of_another_method_pass_by_range_with_the_reason() {
    let project = baselined();
    let timer = json!({"method": "wall-clock", "tick": 100.0, "empty_pass": 0.0});
    project.script(&json!({"timer": timer, "cases": [{"times": [20_000]}]}));
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(0));
    assert_eq!(verdict(&report, 64), "pass-by-range");
    let why = reason(&report, 64);
    assert!(
        why.contains(
            "the baseline was timed by pass-timestamps, empty-pass, this run by wall-clock"
        ),
        "{why}"
    );
    project.check(&["--require-baseline"]).exits(4);
    // Recorded anew, it is compared again.
    project.update(&[]).exits(0);
    project.check(&["--require-baseline"]).exits(0);
}

#[test]
fn baselines_lie_where_they_are_told_to() {
    let project = Project::new();
    let elsewhere = ["--baselines", "kept/here"];
    project.update(&elsewhere).exits(0);
    assert!(project.path("kept/here/replay-replay/demo.json").exists());
    assert!(!project.path("baselines").exists());
    project
        .check(&[&elsewhere[..], &["--require-baseline"]].concat())
        .exits(0);
    project.check(&["--require-baseline"]).exits(4);
}

/// Two suites, one of them wrong: neither is recorded.
#[test]
fn an_update_of_two_suites_is_whole_or_not_at_all() {
    let project = Project::new();
    let other = project
        .read("specs/demo.yaml")
        .replace("suite: demo", "suite: other");
    project.write("specs/other.yaml", other);
    project.cases(&json!([{"match": "other/*n=64]", "behaviour": "wrong"}]));
    project.update(&[]).exits(3);
    assert!(!project.path("baselines").exists());
    project.script(&json!({}));
    let told = project.update(&[]);
    told.exits(0).says("demo.json").says("other.json");
    project
        .check(&["--require-baseline"])
        .exits(0)
        .says("6 passed");
}

#[test]
fn a_run_judges_nothing_by_its_baseline() {
    let project = baselined();
    project.cases(&json!([{"times": [900_000_000]}]));
    let before = project.tree();
    project.measure("run", &[]).exits(0).says("3 measured");
    assert_eq!(project.tree(), before);
}

/// A case that was gated once and that no spec gives any more is told, fails
/// nothing, and stays in the file until someone deletes its line.
#[test]
fn a_case_that_only_its_baseline_knows_is_told() {
    let project = baselined();
    project.replace("specs/demo.yaml", "shape: {n: 128}", "shape: {n: 129}");
    let told = project.check(&[]);
    told.exits(0)
        .says("its baseline has it, and no spec gives it any more")
        .says(&case(128))
        .says("1 left out");
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(0));
    assert_eq!(report["left_out"][0]["id"], case(128));
    assert_eq!(report["left_out"][0]["why"], "unplanned");
    let partly = project.check(&["--filter", "*n=64]*"]);
    assert!(
        !partly.exits(0).out.contains("no spec gives"),
        "{}",
        partly.out
    );
    project.update(&[]).exits(0);
    assert_eq!(rounds(&recorded(&project), 128), [(1, 4)]);

    let file = project.read(BASELINE);
    let kept: Vec<&str> = file
        .lines()
        .filter(|line| !line.contains("n=128]"))
        .collect();
    assert_eq!(kept.len() + 1, file.lines().count());
    project.write(BASELINE, kept.join("\n") + "\n");
    let told = project.check(&["--require-baseline"]);
    assert!(!told.exits(0).out.contains("left out"), "{}", told.out);
}

/// Ceilings are measured and stay in memory: only an update makes the folder.
#[test]
fn a_check_makes_no_folder_of_baselines() {
    let project = Project::new();
    let told = project.check(&["-v"]);
    told.exits(0)
        .complains("ceilings: measured now, for this run; `gate update-baselines` stores them in");
    assert!(!project.check(&[]).exits(0).err.contains("ceilings"));
    project.measure("run", &[]).exits(0);
    assert!(!project.path("baselines").exists());
    project.update(&[]).exits(0);
    assert!(project.path("baselines/replay-replay/device.json").exists());
    assert!(!project.check(&["-v"]).exits(0).err.contains("ceilings:"));
}

/// The device answers a worker as soon as the test writes to its script, which
/// is a pipe: so the test says when a round goes on.
fn waiting_for_a_script(project: &Project) {
    let script = project.path("device.json");
    std::fs::remove_file(&script).expect("removed");
    let made = std::process::Command::new("mkfifo").arg(&script).status();
    assert!(made.expect("`mkfifo` is there").success());
    project.write("other.json", "{}");
}

/// An update of two rounds, and before the second another update of one case:
/// the first one's exit code, what it printed, and what it complained of.
fn overtaken(project: &Project, more: &[&str]) -> (Option<i32>, String, String) {
    waiting_for_a_script(project);
    let more = [&["--rounds", "2"], more].concat();
    let gate = Running::start(project, "update-baselines", &more);
    gate.until_round(0);
    project.write("device.json", "{}");
    gate.until_round(1);
    let other = [
        "update-baselines",
        "--replay",
        "other.json",
        "--rounds",
        "4",
    ];
    let of_128 = ["--filter", "*n=128]*", "--reason", "the other"];
    project.run(&[&other[..], &of_128].concat()).exits(0);
    project.write("device.json", "{}");
    let output = gate.end();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn an_update_loses_no_rounds_that_another_recorded_meanwhile() {
    let project = baselined();
    let (code, _, said) = overtaken(&project, &[]);
    assert_eq!(code, Some(7), "{said}");
    let what = format!("another update recorded `{}` while", case(128));
    assert!(said.contains(&what), "{said}");
    let file = recorded(&project);
    assert_eq!(rounds(&file, 64), [(1, 4)]);
    assert_eq!(rounds(&file, 128), [(2, 4)]);

    // The first file of all is no other case.
    let project = Project::new();
    assert_eq!(overtaken(&project, &[]).0, Some(7));
    assert_eq!(rounds(&recorded(&project), 128), [(1, 4)]);
}

#[test]
fn updates_at_once_keep_each_others_cases() {
    let project = baselined();
    let (code, said, _) = overtaken(&project, &["--filter", "*n=64]*"]);
    assert_eq!(code, Some(0), "{said}");
    let what = "1 case of them by another update, while this one measured";
    assert!(said.contains(what), "{said}");
    let file = recorded(&project);
    assert_eq!(rounds(&file, 64), [(3, 2)]);
    assert_eq!(rounds(&file, 128), [(2, 4)]);
    assert_eq!(rounds(&file, 256), [(1, 4)]);

    let project = baselined();
    let (code, said, _) = overtaken(&project, &["--append"]);
    assert_eq!(code, Some(0), "{said}");
    let file = recorded(&project);
    assert_eq!(rounds(&file, 64), [(1, 4), (3, 2)]);
    assert_eq!(rounds(&file, 128), [(2, 4), (3, 2)]);
}

/// Everything is wrong: whoever measured would say so.
#[test]
fn what_cannot_be_written_is_known_before_anything_is_measured() {
    let project = Project::new();
    project.cases(&json!([{"behaviour": "wrong"}]));
    std::fs::create_dir_all(project.path("baselines/replay-replay/.lock/x")).expect("folders");
    let before = project.tree();
    let told = project.update(&[]);
    told.exits(7).complains("baselines/replay-replay/.lock: ");
    assert_eq!(told.out, "");
    assert_eq!(project.tree(), before);
    // Trying leaves nothing behind, not even the folders.
    let project = Project::new();
    project.cases(&json!([{"behaviour": "wrong"}]));
    project.update(&["--baselines", "kept/there"]).exits(3);
    assert!(!project.path("kept").exists());
}

#[test]
fn a_link_stays_one_and_what_it_leads_to_is_replaced() {
    let project = baselined();
    let before = project.read(BASELINE);
    let kept = project.path("kept/demo.json");
    project.write("kept/demo.json", &before);
    project.link(BASELINE, &kept);
    project.check(&["--require-baseline"]).exits(0);
    project.update(&["--append"]).exits(0);
    assert!(project.path(BASELINE).is_symlink());
    assert_ne!(project.read("kept/demo.json"), before);
    assert_eq!(rounds(&recorded(&project), 64), [(1, 4), (2, 4)]);
    // One that leads nowhere is no missing file.
    std::fs::remove_file(kept).expect("removed");
    for command in ["check", "update-baselines"] {
        let told = project.measure(command, &[]);
        told.exits(2)
            .complains("demo.json: ")
            .complains("symbolic link");
    }
    assert!(!project.path("kept/demo.json").exists());
}
