//! `--device all`: every device of a machine side by side. The devices are
//! scripts in a folder.

use serde_json::{Value, json};

use crate::project::{Project, Told, case, reported, verdict};

/// The small project on a machine with two devices: `first` is as fast as can
/// be, on `second` the case of 128 elements is beyond its range.
fn project() -> Project {
    let project = Project::new();
    device(&project, "a", &json!({"adapter": "First"}));
    device(
        &project,
        "b",
        &json!({
            "adapter": "Second",
            "cases": [{"match": "n=128]", "times": [20e6]}],
        }),
    );
    project
}

fn device(project: &Project, file: &str, script: &Value) {
    project.write(&format!("devices/{file}.json"), script.to_string());
}

/// Runs a command on all of them.
fn on_all(project: &Project, command: &str, more: &[&str]) -> Told {
    let all = [
        command, "--device", "all", "--replay", "devices", "--seed", "1", "--rounds", "4",
    ];
    project.run(&[&all, more].concat())
}

fn parsed(project: &Project, file: &str) -> Value {
    serde_json::from_str(&project.read(file)).expect("JSON")
}

/// Without the times of day.
fn tidy(text: &str) -> String {
    text.lines()
        .map(|line| {
            match (
                line.find(" in "),
                line.find(" on First: exit")
                    .or(line.find(" on Second: exit")),
            ) {
                (Some(from), Some(to)) if from < to => {
                    format!("{} in <time>{}\n", &line[..from], &line[to..])
                }
                _ => format!("{line}\n"),
            }
        })
        .collect()
}

#[test]
fn every_device_has_its_table_its_reports_and_its_say() {
    let project = project();
    let told = on_all(
        &project,
        "check",
        &[
            "--report",
            "json=out/gate.json",
            "--report",
            "junit=gate.xml",
        ],
    );
    insta::assert_snapshot!(tidy(&told.exits(1).out));
    let one = parsed(&project, "out/gate.first-replay.json");
    let two = parsed(&project, "out/gate.second-replay.json");
    assert_eq!((&one["exit"], &two["exit"]), (&json!(0), &json!(1)));
    assert_eq!(one["device"]["adapter"], "First");
    assert_eq!(verdict(&two, 128), "slower");
    assert_eq!(verdict(&one, 128), "pass-by-range");
    assert!(
        project
            .read("gate.first-replay.xml")
            .contains("failures=\"0\"")
    );
    assert!(
        project
            .read("gate.second-replay.xml")
            .contains("failures=\"1\"")
    );
    assert!(!project.path("out/gate.json").exists());
    // What failed is what there is to explain.
    project
        .run(&["explain"])
        .exits(0)
        .says(&case(128))
        .says("exit 1");
}

/// The gravest exit code is that of all, and one device's trouble is not
/// another's.
#[test]
fn a_device_that_cannot_be_opened_leaves_the_others_alone() {
    let project = project();
    device(
        &project,
        "c",
        &json!({"adapter": "Third", "no_adapter": "it is gone"}),
    );
    let told = on_all(&project, "check", &["--filter", "tiny"]);
    told.exits(5)
        .complains("error: #2 Third (replay): starting the device: it is gone")
        .says("3 devices, the gravest exit 5")
        .says("  #2 Third (replay): exit 5");
    assert_eq!(
        told.out.matches("1 passed by range").count(),
        4,
        "{}",
        told.out
    );
    device(
        &project,
        "a",
        &json!({"adapter": "First", "cases": [{"behaviour": "wrong"}]}),
    );
    on_all(&project, "check", &[]).exits(3);
}

/// A mistake in a spec is one, however many devices there are.
#[test]
fn a_mistake_that_all_devices_meet_is_told_once() {
    let project = project();
    project.replace("specs/demo.yaml", "suite: demo", "suit: demo");
    let told = on_all(&project, "check", &[]);
    told.exits(2);
    assert_eq!(
        told.err.matches("specs/demo.yaml:2").count(),
        1,
        "{}",
        told.err
    );
}

#[test]
fn standard_output_holds_one_report() {
    let project = project();
    for more in [["--format", "json"], ["--report", "sarif=-"]] {
        on_all(&project, "check", &more)
            .exits(2)
            .complains("with `--device all` there is a report for each device");
    }
    let told = on_all(&project, "check", &["--report", "markdown=-"]);
    assert_eq!(told.exits(1).out.matches(" gate check\n").count(), 2);
    on_all(&project, "check", &["--report", "json=/dev/null"])
        .exits(2)
        .complains("/dev/null: with `--device all` each device has a file of its own");
}

#[test]
fn baselines_of_all_devices_are_recorded_at_once() {
    let project = project();
    device(&project, "b", &json!({"adapter": "Second"}));
    device(&project, "c", &json!({"adapter": "First"}));
    let told = on_all(&project, "update-baselines", &["--report", "json=a.json"]);
    told.exits(0)
        .complains("#2 First (replay) has the baselines of #0 First (replay), and is not measured")
        .says("2 devices, the gravest exit 0");
    for name in ["first-replay", "second-replay"] {
        assert!(
            project
                .path(&format!("baselines/{name}/demo.json"))
                .exists()
        );
        assert!(
            project
                .path(&format!("baselines/{name}/device.json"))
                .exists()
        );
        assert_eq!(parsed(&project, &format!("a.{name}.json"))["exit"], 0);
    }
    // Two of a kind are both checked, against what they share.
    let told = on_all(&project, "check", &["--report", "json=b.json"]);
    told.exits(0).says("3 devices");
    for name in ["first-replay", "second-replay", "first-replay-2"] {
        let report = parsed(&project, &format!("b.{name}.json"));
        assert_eq!(
            reported(&report, 64)["judgement"]["verdict"],
            "pass",
            "{name}"
        );
    }
}

#[test]
fn samples_of_each_device_have_a_file_of_their_own() {
    let project = project();
    on_all(&project, "run", &["--samples", "times.csv"]).exits(0);
    for name in ["first-replay", "second-replay"] {
        let csv = project.read(&format!("times.{name}.csv"));
        let devices = csv
            .lines()
            .skip(1)
            .all(|line| line.starts_with(&format!("{name},")));
        assert!(devices && csv.lines().count() > 1, "{name}");
    }
}

/// Parts of each device are merged like any other parts.
#[test]
fn parts_of_all_devices_are_merged_by_device() {
    let project = project();
    for k in ["1", "2"] {
        let (name, report) = (format!("hash:{k}/2"), format!("json=part-{k}.json"));
        on_all(
            &project,
            "check",
            &["--partition", &name, "--report", &report],
        );
    }
    let merge = |name: &str| {
        let files = ["1", "2"].map(|k| format!("part-{k}.{name}.json"));
        project.run(&["merge", &files[0], &files[1]])
    };
    merge("first-replay").exits(0).says("3 passed by range");
    merge("second-replay").exits(1).says("1 slower");
    project
        .run(&[
            "merge",
            "part-1.first-replay.json",
            "part-2.second-replay.json",
        ])
        .exits(2)
        .complains("device: Second (discrete, replay) and First (discrete, replay)");
}

#[test]
fn a_step_of_github_actions_has_the_outputs_of_the_gravest() {
    let project = project();
    let all = [
        "check", "--device", "all", "--replay", "devices", "--seed", "1",
    ];
    let mut gate = project.gate(&all);
    gate.env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", project.path("summary.md"))
        .env("GITHUB_OUTPUT", project.path("outputs"));
    project.told(&mut gate).exits(1);
    let outputs = project.read("outputs");
    assert_eq!(outputs.matches("exit-code=1").count(), 1, "{outputs}");
    assert_eq!(outputs.matches("exit-code=").count(), 1, "{outputs}");
    assert_eq!(
        project.read("summary.md").matches(" gate check\n").count(),
        2
    );
}

#[test]
fn all_devices_are_listed_and_probed() {
    let project = project();
    let told = project.run(&[
        "devices", "--probe", "--device", "all", "--replay", "devices",
    ]);
    told.exits(0)
        .says("First (discrete, replay)")
        .says("Second (discrete, replay)");
    assert_eq!(told.out.matches("  launch ").count(), 2);
}

/// What works on one device says so.
#[test]
fn a_command_for_one_device_refuses_all() {
    let project = project();
    project.replace(
        "specs/demo.yaml",
        "    variants: {workgroup: [64]}\n",
        "    variants: {workgroup: [64]}\n    tune: {workgroup: [32, 64]}\n",
    );
    for command in ["tune", "calibrate", "selftest", "doctor"] {
        project
            .run(&[command, "--device", "all", "--replay", "device.json"])
            .exits(2)
            .complains("`--device all` is for check, run, update-baselines and devices");
    }
}
