//! Searching for the best variant, and gating it.

use serde_json::{Value, json};

use crate::project::{Project, Told};

/// Where the picks of the scripted device lie.
const PICKS: &str = "baselines/replay-replay/demo.tune.json";

/// The case of so many elements, as it is searched.
fn searched(n: u32) -> String {
    format!("demo/copy[n={n}]")
}

fn variant(n: u32, workgroup: u32) -> String {
    format!("demo/copy[n={n}]@workgroup={workgroup}")
}

/// The small project with a search space of six workgroups.
fn project() -> Project {
    Project::slip(
        "    variants: {workgroup: [64]}\n",
        "    variants: {workgroup: [64]}\n    tune: {workgroup: [8, 16, 32, 64, 128, 256]}\n",
    )
}

/// One workgroup is twice as fast as all others.
fn fastest(workgroup: u32) -> Value {
    json!([
        {"match": format!("workgroup={workgroup}"), "times": [5_000], "offset": 0.003},
        {"offset": 0.003},
    ])
}

fn tune(project: &Project, more: &[&str]) -> Told {
    let arguments = ["tune", "--replay", "device.json", "--seed", "1"];
    project.run(&[&arguments, more].concat())
}

/// What was picked, without the time of day and its digest.
fn picks(project: &Project) -> Value {
    let mut file: Value = serde_json::from_str(&project.read(PICKS)).expect("JSON");
    let picks = file["picks"].as_object_mut().expect("picks");
    for record in picks.values_mut() {
        let record = record.as_object_mut().expect("a record");
        record.remove("when").expect("is there");
        record.remove("digest").expect("is there");
    }
    file["picks"].clone()
}

#[test]
fn the_fastest_is_picked_written_and_gated() {
    let project = project();
    project.cases(&fastest(256));
    let told = tune(&project, &[]);
    insta::assert_snapshot!(told.exits(0).out);
    let found = picks(&project);
    for n in [64, 128, 256] {
        let record = &found[searched(n)];
        assert_eq!(record["pick"], variant(n, 256));
        assert_eq!(record["candidates"], 6);
        let next = &record["runners_up"][0];
        assert_eq!(next["tied"], false);
        let low = next["change"][1].as_f64().expect("a number");
        assert!((0.9..1.0).contains(&low), "{next}");
    }
    let lines = project.read(PICKS);
    let lines = lines.lines().filter(|line| line.starts_with("\"demo/"));
    assert_eq!(lines.count(), 3, "one case a line");
    assert!(!project.path(".gate/tune/replay-replay/demo.json").exists());

    // The variants and the picks are gated, and nothing else of the space.
    let (report, _) = project.report("check", &[]);
    let ids: Vec<&str> = report["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .map(|case| case["id"].as_str().expect("an identity"))
        .collect();
    let wanted: Vec<String> = [64, 128, 256]
        .into_iter()
        .flat_map(|n| [variant(n, 64), variant(n, 256)])
        .collect();
    assert_eq!(ids, wanted);
    project.update(&[]).exits(0).says(&variant(64, 256));
    project.check(&["--require-baseline"]).exits(0);
    project.cases(&json!([{"match": "workgroup=256", "times": [6_000], "offset": 0.003}]));
    let told = project.check(&[]);
    told.exits(1).says(&variant(64, 256));
}

#[test]
fn what_cannot_be_told_apart_leaves_the_simpler_one_and_says_so() {
    let project = project();
    // 8 is as fast as 256, and less to run; but 64 is gated anyway.
    project.cases(&json!([
        {"match": "workgroup=256", "times": [5_000], "offset": 0.002},
        {"match": "workgroup=8", "times": [5_000], "offset": 0.002},
        {"offset": 0.002},
    ]));
    tune(&project, &[])
        .exits(0)
        .says("do not tell `workgroup=8` from `workgroup=256`; the simpler one is picked");
    assert_eq!(picks(&project)[searched(64)]["pick"], variant(64, 8));
    assert_eq!(
        picks(&project)[searched(64)]["runners_up"][0],
        json!({
            "id": variant(64, 256),
            "change": picks(&project)[searched(64)]["runners_up"][0]["change"],
            "tied": true,
        })
    );

    project.cases(&json!([{"offset": 0.01}]));
    let told = tune(&project, &[]);
    told.exits(0).says("the pick was `workgroup=8`");
    for n in [64, 128, 256] {
        assert_eq!(picks(&project)[searched(n)]["pick"], variant(n, 64));
    }
}

#[test]
fn equal_code_is_measured_once_and_what_moves_too_much_never() {
    let project = Project::slip(
        "    variants: {workgroup: [64]}\n",
        "    variants: {workgroup: [64]}\n    tune: {workgroup: [64, 128], rows: [1, 2, 5]}\n    traffic: \"n * rows\"\n",
    );
    let told = tune(&project, &["--dry-run", "--filter", "*n=64]*"]);
    // Rows are in no text: one of three stays for each workgroup.
    told.exits(0)
        .says("2 of 7: 5 of equal code")
        .says("1 case would be searched");
    assert!(!project.path("baselines").exists());

    project.replace(
        "templates/copy.wgsl.j2",
        "struct Parameters",
        "// {{ rows }} rows\nstruct Parameters",
    );
    let told = tune(&project, &["--dry-run", "--filter", "*n=64]*"]);
    // One row in workgroups of 64 is the gated variant; five rows move five
    // times what one does.
    told.exits(0)
        .says("4 of 7: 1 of equal code, 2 move too much");
    let told = tune(
        &project,
        &["--dry-run", "--filter", "*n=64]*", "--format", "json"],
    );
    let found: Value = serde_json::from_str(&told.exits(0).out).expect("JSON");
    let case = &found["suites"][0]["cases"][0];
    assert_eq!(case["end"], "planned");
    assert_eq!((&case["merged"], &case["pruned"]), (&json!(1), &json!(2)));
}

#[test]
fn what_a_device_cannot_run_is_left_out_with_its_reason() {
    let project = project();
    project.replace("specs/demo.yaml", "128, 256]}", "128, 512]}");
    let told = tune(&project, &["--dry-run"]);
    told.exits(0)
        .says("15 candidates")
        .says("left out: 3 candidates: the workgroup's x is 512, and the device's limit is 256");
}

#[test]
fn a_wrong_candidate_is_told_and_never_picked() {
    let project = project();
    project.cases(&json!([
        {"match": "n=64]@workgroup=8", "times": [1_000], "behaviour": "wrong"},
        {"match": "n=128]@workgroup=8", "times": [1_000], "behaviour": "panics"},
        {"match": "workgroup=128", "times": [5_000]},
    ]));
    let told = tune(&project, &[]);
    told.exits(3)
        .says("demo/copy[n=64]@workgroup=8: wrong: ")
        .says("demo/copy[n=128]@workgroup=8: lost: ");
    let found = picks(&project);
    assert_eq!(found[searched(64)]["pick"], variant(64, 128));
    assert_eq!(found[searched(128)]["pick"], variant(128, 128));

    project.cases(&json!([{"match": "n=64]", "behaviour": "panics"}]));
    let told = tune(&project, &[]);
    told.exits(5).says("none: all are wrong or lost");
}

#[test]
fn a_search_out_of_budget_picks_nothing_and_goes_on() {
    let project = project();
    project.cases(&fastest(256));
    let told = tune(&project, &["--budget", "1ms"]);
    told.exits(4)
        .says("not yet")
        .says("3 to go on with by the next `gate tune`");
    assert!(!project.path("baselines").exists());
    let told = tune(&project, &[]);
    told.exits(0)
        .complains("going on with an interrupted search");
    assert_eq!(picks(&project)[searched(64)]["pick"], variant(64, 256));
}

#[test]
fn a_spec_that_changed_begins_anew_and_so_does_what_cannot_be_read() {
    let project = project();
    let state = ".gate/tune/replay-replay/demo.json";
    tune(&project, &["--budget", "1ms"]).exits(4);
    project.replace("specs/demo.yaml", "[8, 16, 32,", "[16, 32,");
    let told = tune(&project, &["--budget", "1ms"]);
    told.exits(4)
        .complains("is of another spec, device, driver or gate; this one begins anew");
    let other = ["tune", "--replay", "device.json", "--seed", "2"];
    project
        .run(&other)
        .exits(0)
        .complains("had seed 1; this one begins anew");

    tune(&project, &["--budget", "1ms"]).exits(4);
    let text = project.read(state);
    project.write(state, &text[..text.len() / 2]);
    let told = tune(&project, &["--budget", "1ms"]);
    told.exits(4).complains("cannot be read");
    let told = tune(&project, &["--restart"]);
    told.exits(0);
    assert!(!told.err.contains("interrupted"), "{}", told.err);
}

#[test]
fn picks_that_cannot_be_read_are_told_and_never_overwritten() {
    let project = project();
    tune(&project, &[]).exits(0);
    let good = project.read(PICKS);
    for (bad, why) in [
        (good[..good.len() / 2].to_owned(), "the file ends too early"),
        (good.replace("\"format\": 1", "\"format\": 9"), "newer gate"),
        (
            good.replace("=64\",\"code\"", "=32\",\"code\""),
            "changed since",
        ),
    ] {
        project.write(PICKS, &bad);
        for told in [tune(&project, &[]), project.check(&[]), project.update(&[])] {
            told.exits(2).complains(why).complains("demo.tune.json:");
        }
        assert_eq!(project.read(PICKS), bad);
    }
}

#[test]
fn a_check_says_where_a_pick_is_missing_outdone_or_gone() {
    let project = project();
    project
        .check(&[])
        .exits(0)
        .says("no pick for this device of 3 cases, whose `variants` alone are gated");
    project.cases(&fastest(256));
    tune(&project, &["--filter", "*n=64]*"]).exits(0);
    let told = project.check(&[]);
    told.exits(0).says("no pick for this device of 2 cases");
    tune(&project, &[]).exits(0);
    let told = project.check(&[]);
    assert!(!told.exits(0).out.contains("pick"), "{}", told.out);

    // It does not fail: the pick is gated by its own baseline.
    project.cases(&fastest(64));
    let told = project.check(&[]);
    told.exits(0).says(&format!(
        "`{}` is clearly faster than the pick `{}`: -",
        variant(64, 64),
        variant(64, 256)
    ));
    project.replace("specs/demo.yaml", "128, 256]}", "128]}");
    let told = project.check(&[]);
    told.exits(0)
        .says("3 picks are of `gate tune` in no search space any more");
}

#[test]
fn what_has_no_space_is_not_searched() {
    let project = Project::new();
    let told = tune(&project, &[]);
    told.exits(6).complains("has a search space; add one");
    let project = self::project();
    tune(&project, &["--filter", "nothing"]).exits(6);
    tune(&project, &["--rounds", "0"]).exits(2);
}

/// Killed in each of its rounds and run again, a search picks what it would
/// have picked: by the same rounds, to the last digit.
#[cfg(target_os = "linux")]
#[test]
fn a_search_that_is_killed_goes_on_to_the_same_picks() {
    use crate::process::Running;

    let script = |hangs: &[u32]| {
        json!([
            // A finalist, so that every round has it.
            {"rounds": hangs, "match": "workgroup=128", "behaviour": {"hangs": "sample"}},
            {"match": "workgroup=128", "times": [5_000], "offset": 0.01},
            {"match": "workgroup=256", "times": [5_020], "offset": 0.01},
            {"offset": 0.01},
        ])
    };
    // No entry counts in no round: a hang in a round that never comes.
    let quiet = script(&[1_000]);
    let whole = project();
    whole.cases(&quiet);
    let more = ["--rounds", "3..6"];
    let told = tune(&whole, &more);
    told.exits(0);
    let wanted = picks(&whole);

    for round in 0..3 {
        let project = project();
        project.cases(&script(&[round]));
        let arguments = ["--seed", "1", "--rounds", "3..6", "--deadline", "1h"];
        let mut gate = Running::start(&project, "tune", &arguments);
        gate.until_round(round);
        if round > 0 {
            assert!(project.path(".gate/tune/replay-replay/demo.json").exists());
        }
        gate.signal("KILL");
        gate.end();
        Running::until_alone(&project.path("device.json"));
        assert!(!project.path(PICKS).exists());
        project.cases(&quiet);
        tune(&project, &more).exits(0);
        assert_eq!(picks(&project), wanted, "killed in round {round}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_search_exits_130_and_goes_on() {
    use crate::process::Running;

    let project = project();
    project.cases(&json!([{"rounds": [1], "behaviour": {"hangs": "sample"}}]));
    let mut gate = Running::start(&project, "tune", &["--seed", "1", "--deadline", "1h"]);
    gate.until_round(1);
    gate.signal("INT");
    let output = gate.end();
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("not yet"), "{said}");
    project.script(&json!({}));
    let told = tune(&project, &[]);
    told.exits(0).complains("from round 2");
}

/// Two searches of one suite would take each other's state.
#[cfg(target_os = "linux")]
#[test]
fn a_suite_is_searched_by_one_gate_at_a_time() {
    use crate::process::Running;

    let project = project();
    project.cases(&json!([{"rounds": [1], "behaviour": {"hangs": "sample"}}]));
    let mut gate = Running::start(&project, "tune", &["--seed", "1", "--deadline", "1h"]);
    gate.until_round(1);
    tune(&project, &[]).exits(7).complains("demo.lock");
    gate.signal("KILL");
    gate.end();
}
