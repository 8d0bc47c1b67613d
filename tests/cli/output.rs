//! What the commands print, and where to.

use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::project::{Project, case, reported};

#[test]
fn the_help_of_every_command() {
    let project = Project::new();
    let mut all = String::new();
    for command in [
        None,
        Some("check"),
        Some("update-baselines"),
        Some("run"),
        Some("tune"),
        Some("calibrate"),
        Some("selftest"),
        Some("compare"),
        Some("merge"),
        Some("history"),
        Some("explain"),
        Some("list"),
        Some("validate"),
        Some("render"),
        Some("devices"),
        Some("init"),
        Some("new"),
        Some("doctor"),
        Some("schema"),
        Some("completions"),
        Some("man"),
    ] {
        let told = project.run(&["help"].into_iter().chain(command).collect::<Vec<_>>());
        told.exits(0);
        assert_eq!(told.err, "");
        assert!(
            command.is_none() || told.out.contains("\nExamples:\n  gate "),
            "{command:?} teaches by examples"
        );
        assert!(told.out.contains("Exit codes:"), "{command:?}");
        all.push_str(&format!(
            "$ gate help {}\n{}\n",
            command.unwrap_or_default(),
            told.out
        ));
    }
    insta::assert_snapshot!(all);
}

/// clap repeats arguments as they were typed, and a terminal would obey them.
#[test]
fn arguments_that_a_terminal_would_obey_are_shown_escaped() {
    let project = Project::new();
    let nasty = "a\u{1b}[31m\u{202e}b\u{9b}\u{200b}c";
    for arguments in [
        &[nasty] as &[&str],
        &["check", &format!("--{nasty}")],
        &["check", "--rounds", nasty],
        &["check", &format!("--rounds={nasty}")],
        &["check", "--backend", nasty],
        &[
            "validate", "--filter", nasty, "--filter", nasty, "--color", nasty,
        ],
        &["devices", "--device", nasty, nasty],
    ] {
        let told = project.run(arguments);
        told.exits(2);
        let bad = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}".contains(c));
        assert!(!told.err.contains(bad), "{}", told.err.escape_debug());
        assert!(told.err.contains(r"\u{1b}[31m\u{202e}b"), "{}", told.err);
    }
}

#[test]
fn the_flag_and_the_command_give_the_same_help() {
    let project = Project::new();
    assert_eq!(
        project.run(&["help", "check"]).out,
        project.run(&["check", "--help"]).out
    );
    let version = project.run(&["--version"]);
    version.exits(0).says("gate ");
}

#[test]
fn list_shows_identities_names_and_places() {
    let project = Project::new();
    insta::assert_snapshot!(project.run(&["list"]).exits(0).out);
    insta::assert_snapshot!(
        project
            .run(&["list", "-v", "--filter", "tiny"])
            .exits(0)
            .out
    );
    insta::assert_snapshot!(
        project
            .run(&["list", "--format", "json", "--filter", "tiny"])
            .exits(0)
            .out
    );
}

/// A condition that no device is needed for leaves a case out at once.
#[test]
fn list_tells_programs_what_is_left_out_too() {
    let project = Project::slip(
        "    reference: copy\n",
        "    reference: copy\n    where: [\"n < 200\"]\n",
    );
    let told = project.run(&["list", "--format", "json"]);
    let listed: Value = serde_json::from_str(&told.exits(0).out).expect("JSON");
    let listed = listed.as_array().expect("a list");
    let of = |n| listed.iter().find(|entry| entry["id"] == *case(n));
    assert_eq!(listed.len(), 3);
    assert_eq!(of(64).expect("listed")["left_out"], Value::Null);
    assert_eq!(
        of(256).expect("listed")["left_out"],
        "`where: n < 200` does not hold: n is 256"
    );
    let told = project.run(&["list"]);
    told.exits(0)
        .says("left out: `where: n < 200` does not hold");
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(0));
    assert_eq!(report["left_out"][0]["id"], *case(256));
    assert_eq!(report["cases"].as_array().map(Vec::len), Some(2));
}

#[test]
fn validate_counts_what_it_found_right() {
    let project = Project::new();
    let before = project.tree();
    insta::assert_snapshot!(
        project.run(&["validate"]).exits(0).out,
        @"valid: 3 cases in 1 suite, 1 distinct shader"
    );
    assert_eq!(project.run(&["validate", "-q"]).exits(0).out, "");
    assert_eq!(project.tree(), before);
}

#[test]
fn validate_tells_of_what_a_condition_leaves_out() {
    let project = Project::slip(
        "    reference: copy\n",
        "    reference: copy\n    where: [\"n > 100\"]\n",
    );
    insta::assert_snapshot!(
        project.run(&["validate"]).exits(0).out,
        @"valid: 2 cases in 1 suite, 1 distinct shader; 1 case left out by `where`"
    );
}

#[test]
fn render_prints_the_wgsl_or_writes_it() {
    let project = Project::new();
    let printed = project.run(&["render"]);
    printed.exits(0).says("@workgroup_size(64)");
    let told = project.run(&["render", "--out", "rendered"]);
    told.exits(0);
    let written: Vec<_> = std::fs::read_dir(project.path("rendered"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(written.len(), 1);
    let text = std::fs::read_to_string(&written[0]).expect("is text");
    let text = project.tidy(text.trim_end());
    assert!(printed.out.contains(&text), "{}", printed.out);
}

#[test]
fn devices_describes_the_device_and_probes_it() {
    let project = Project::new();
    let devices = ["devices", "--replay", "device.json"];
    insta::assert_snapshot!(project.run(&devices).exits(0).out);
    let probed = project.run(&[&devices[..], &["--probe"]].concat());
    insta::assert_snapshot!(probed.exits(0).out);
    let told = project.run(&[&devices[..], &["--probe", "--format", "json"]].concat());
    let told: Value = serde_json::from_str(&told.exits(0).out).expect("JSON");
    assert_eq!(told[0]["adapter"], "Replay");
    assert_eq!(told[0]["baselines"], "replay-replay");
    assert_eq!(told[0]["ceilings"]["fma_f32"], 6e13);
    let told = project.run(&[&devices[..], &["--format", "json"]].concat());
    let told: Value = serde_json::from_str(&told.exits(0).out).expect("JSON");
    assert_eq!(told[0]["ceilings"], Value::Null);
}

#[test]
fn a_run_writes_every_sample_under_its_columns() {
    let project = Project::new();
    project.cases(&json!([{"samples": 5, "match": "n=64]", "rounds": [0, 2]}]));
    let told = project.measure("run", &["--samples", "all.csv", "--recording", "night"]);
    told.exits(0).says("3 measured");
    let mut csv = csv::Reader::from_path(project.path("all.csv")).expect("a file");
    assert_eq!(
        csv.headers().expect("a header"),
        vec![
            "device",
            "recording",
            "round",
            "case",
            "sample",
            "gpu_ns",
            "wall_ns"
        ]
    );
    let rows: Vec<csv::StringRecord> = csv.records().map(|row| row.expect("a row")).collect();
    // 20 samples of 3 cases in 4 rounds, but 5 of one case in two of them.
    assert_eq!(rows.len(), 20 * 3 * 4 - 2 * 15);
    let tiny = case(64);
    for round in 0..4 {
        let samples: Vec<&str> = rows
            .iter()
            .filter(|row| &row[2] == round.to_string().as_str() && row[3] == *tiny)
            .map(|row| &row[4])
            .collect();
        let count = if round % 2 == 0 { 5 } else { 20 };
        let counted: Vec<String> = (0..count).map(|sample| sample.to_string()).collect();
        assert_eq!(samples, counted);
    }
    for row in &rows {
        assert_eq!((&row[0], &row[1]), ("replay-replay", "night"));
        let time: f64 = row[5].parse().expect("a number");
        assert!((9_000.0..11_000.0).contains(&time), "{time}");
        assert!(row[6].parse::<f64>().expect("a number") > time);
    }
}

#[test]
fn what_is_lost_has_no_samples_and_the_others_do() {
    let project = Project::new();
    project.behaves(128, &json!("not-a-number"));
    project.measure("run", &["--samples", "all.csv"]).exits(5);
    let text = project.read("all.csv");
    assert!(!text.contains(&case(128)) && text.contains(&case(64)));
    assert!(!text.contains("NaN"));
}

#[test]
fn the_report_as_json_has_every_case_and_how_it_was_judged() {
    let project = Project::with_an_ungated_case();
    project.behaves(128, &json!("wrong"));
    let (report, code) = project.report("check", &["--exclude", "tiny"]);
    assert_eq!(code, Some(3));
    assert_eq!(report["command"], "check");
    assert_eq!(report["seed"], 1);
    assert_eq!(report["filtered"], 1);
    assert_eq!(report["suites"], json!(["demo"]));
    assert_eq!(report["classes"], json!(["any-gpu"]));
    let ids: Vec<&str> = report["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .filter_map(|case| case["id"].as_str())
        .collect();
    assert_eq!(ids, [case(128), case(256)]);
    assert_eq!(reported(&report, 128)["judgement"]["verdict"], "wrong");
    let told = reported(&report, 256);
    assert_eq!(told["rounds"].as_array().map(Vec::len), Some(4));
    assert_eq!(told["place"]["file"], "specs/demo.yaml");
    assert_eq!(report["tally"]["failing"], 2);
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let project = Project::new();
    let mut reports = [1, 2].map(|_| project.report("check", &[]).0);
    for report in &mut reports {
        report["elapsed"] = Value::Null;
    }
    assert_eq!(reports[0], reports[1]);
}

#[test]
fn quiet_says_what_failed_and_verbose_says_it_all() {
    let project = Project::new();
    project.cases(&json!([{"match": "n=128]", "times": [20e6]}]));
    let quiet = project.check(&["-q"]);
    insta::assert_snapshot!(quiet.exits(1).out);
    assert_eq!(quiet.err, "");
    insta::assert_snapshot!(project.check(&["--filter", "tiny"]).exits(0).out);
    let verbose = project.check(&["-v", "--filter", "tiny"]);
    verbose
        .exits(0)
        .says("seed 1")
        .says("GPU busy")
        .says("ceilings: ");
}

#[test]
fn colours_come_when_they_are_asked_for() {
    let project = Project::new();
    let colour = "\u{1b}[";
    assert!(!project.check(&[]).out.contains(colour));
    project.check(&["--color", "always"]).exits(0).says(colour);
    project.behaves(64, &json!("wrong"));
    let told = project.check(&["--color", "never"]);
    assert!(!told.exits(3).out.contains(colour));
    project.write("specs/demo.yaml", "");
    let told = project.run(&["validate", "--color", "always"]);
    told.exits(2).complains(colour);
}

#[test]
fn seconds_of_budget_end_a_suite_and_say_so() {
    let project = Project::new();
    let told = project.check(&["--budget", "1ms"]);
    told.exits(4).says("the budget of 1.00 ms ended it");
    told.says("its turn never came");
}

#[test]
fn several_specs_and_folders_are_one_run() {
    let project = Project::new();
    let other = project
        .read("specs/demo.yaml")
        .replace("suite: demo", "suite: other");
    project.write(
        "more/other.yaml",
        other
            .replace("[hardware", "[../specs/hardware")
            .replace(" models.yaml", " ../specs/models.yaml"),
    );
    let (report, code) = project.report("check", &["specs", "more/other.yaml"]);
    assert_eq!(code, Some(0));
    assert_eq!(report["suites"], json!(["demo", "other"]));
    assert_eq!(report["cases"].as_array().map(Vec::len), Some(6));
}

/// `gate list | head -1`
#[test]
fn a_reader_who_has_enough_is_no_accident() {
    let sweep: Vec<String> = (1..=5_000).map(|n| n.to_string()).collect();
    let project = Project::slip(
        "  - {kernel: copy, name: tiny, shape: {n: 64}, expect: {any-gpu: \"< 1 ms\"}}\n",
        &format!(
            "  - {{kernel: copy, sweep: {{n: [{}]}}}}\n",
            sweep.join(", ")
        ),
    );
    let listed = project.run(&["list"]).exits(0).out.len();
    assert!(listed > 64 << 10, "more than a pipe holds");
    for command in ["list", "render"] {
        let mut gate = Command::new(env!("CARGO_BIN_EXE_gate"))
            .arg(command)
            .current_dir(project.path(""))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the gate starts");
        let mut out = gate.stdout.take().expect("is piped");
        out.read_exact(&mut [0]).expect("it says something");
        drop(out);
        let ended = gate.wait_with_output().expect("it ends");
        let err = String::from_utf8(ended.stderr).expect("is text");
        assert!(!err.contains("panicked"), "{err}");
        assert_eq!(err, "", "nobody is there to tell");
    }
}
