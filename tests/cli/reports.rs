//! `--report FORMAT=FILE`: what is written, where to, and what stands in the
//! way.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::project::{BASELINE, Project, case, verdict};

fn parsed(project: &Project, file: &str) -> Value {
    serde_json::from_str(&project.read(file)).expect("is JSON")
}

#[test]
fn several_reports_of_one_run_say_the_same() {
    let project = Project::new();
    project.cases(&json!([{"match": "n=128]", "times": [20e6]}]));
    let told = project.check(&[
        "--report",
        "json=out/deep/a.json",
        "--report",
        "csv=a.csv",
        "--report",
        "markdown=a.md",
    ]);
    told.exits(1).says("1 slower");
    let report = parsed(&project, "out/deep/a.json");
    assert_eq!(verdict(&report, 128), "slower");
    assert_eq!(
        (&report["exit"], &report["interrupted"]),
        (&json!(1), &json!(false))
    );
    let mut csv = csv::Reader::from_path(project.path("a.csv")).expect("a file");
    let rows: Vec<csv::StringRecord> = csv.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!((&rows[1][1], &rows[1][6]), (case(128).as_str(), "slower"));
    assert!(project.read("a.md").contains("**✗ slower (range)**"));
    let left: Vec<_> = project
        .tree()
        .into_keys()
        .filter(|path| path.to_string_lossy().contains(".gate-report"))
        .collect();
    assert_eq!(left, [""; 0].map(std::path::PathBuf::from));
}

#[test]
fn commands_that_do_not_judge_write_reports_too() {
    let project = Project::new();
    for command in ["run", "update-baselines"] {
        project
            .measure(command, &["--report", "json=a.json"])
            .exits(0);
        let report = parsed(&project, "a.json");
        assert_eq!(report["command"], command);
        assert_eq!(report["interrupted"], false);
    }
}

#[test]
fn a_dash_prints_the_report_in_the_tables_place() {
    let project = Project::new();
    let printed = project.check(&["--report", "json=-"]);
    let printed: Value = serde_json::from_str(&printed.exits(0).out).expect("nothing else");
    let (formatted, _) = project.report("check", &[]);
    let same = |mut report: Value| {
        report["elapsed"] = Value::Null;
        report
    };
    assert_eq!(same(printed), same(formatted));
    let told = project.check(&["--report", "csv=-", "--report", "json=a.json"]);
    assert!(told.exits(0).out.starts_with("device,case,"));
    assert_eq!(told.out.lines().count(), 1 + 3);
    assert_eq!(parsed(&project, "a.json")["exit"], 0);
}

#[test]
fn two_reports_need_two_places() {
    let project = Project::new();
    for (flags, says) in [
        (
            &["--report", "json=-", "--report", "csv=-"][..],
            "`--report csv=-`: standard output is taken",
        ),
        (
            &["--format", "json", "--report", "csv=-"],
            "`--report csv=-`: standard output is taken",
        ),
        (
            &["--report", "json=a", "--report", "csv=a"],
            "`--report csv=a`: the json report goes there already",
        ),
        (
            &["--report", "json=a", "--report", "csv=./b/../a"],
            "`--report csv=./b/../a`: the json report goes there already",
        ),
        (
            &["--report", "csv=specs"],
            "`--report csv=specs`: this is a folder; name a file in it",
        ),
        (&["--report", "xml=a"], "`xml` is no format of a report"),
        (&["--report", "json"], "write FORMAT=FILE"),
        (&["--report", "json="], "the file is missing"),
    ] {
        project.check(flags).exits(2).complains(says);
    }
    assert!(!project.path("a").exists());
}

/// Told before anything is measured, with the code that the help promises.
#[test]
fn a_report_that_cannot_be_written_is_7() {
    let project = Project::new();
    project.write("file", "");
    for target in ["json=file/below", "json=/dev/full"] {
        let told = project.check(&["--report", target, "--report", "markdown=b.md"]);
        told.exits(7).complains("the report was not written: ");
        let path = target.split_once('=').expect("has a file").1;
        told.complains(path);
    }
}

/// The spec, what it imports, the template, the marker of the root and what is
/// recorded are what a run is judged by.
#[test]
fn nothing_that_a_run_reads_is_written_over() {
    let project = Project::new();
    project.write("gate.toml", "");
    project.write("more/own.wgsl", "");
    project.measure("update-baselines", &[]).exits(0);
    project.link("link.json", &project.path("specs/demo.yaml"));
    let before = project.tree();
    for (target, says) in [
        ("specs/demo.yaml", "looks like a source"),
        ("specs/../specs/demo.yaml", "looks like a source"),
        ("link.json", "looks like a source"),
        ("specs/models.yaml", "looks like a source"),
        ("templates/copy.wgsl.j2", "looks like a source"),
        ("gate.toml", "looks like a source"),
        // Read by this run or not.
        ("more/own.wgsl", "looks like a source"),
        (BASELINE, "over baselines"),
        ("baselines/new.json", "which holds baselines"),
    ] {
        for command in ["check", "run", "update-baselines"] {
            let told = project.measure(command, &["--report", &format!("json={target}")]);
            told.exits(2)
                .complains(&format!("`--report json={target}` would write"))
                .complains(says);
        }
        let told = project.measure("run", &["--samples", target]);
        told.exits(2)
            .complains(&format!("`--samples {target}` would write"));
        project
            .run(&["merge", "part.json", "--report", &format!("json={target}")])
            .exits(2)
            .complains(says);
    }
    assert_eq!(project.tree(), before, "nothing is written");
    let elsewhere = ["--baselines", "more", "--report", "json=baselines/new.json"];
    project
        .check(&elsewhere)
        .exits(2)
        .complains("which holds baselines");
}

#[test]
fn parts_and_recordings_are_spared_too() {
    let project = Project::new();
    let part = "json=part.json";
    project
        .check(&["--partition", "hash:1/1", "--report", part])
        .exits(0);
    project
        .run(&["merge", "part.json", "--report", part])
        .exits(2)
        .complains("a file that this run reads");
    project.measure("run", &["--samples", "a.csv"]).exits(0);
    project
        .run(&["compare", "a.csv", "a.csv", "--report", "csv=a.csv"])
        .exits(2)
        .complains("a file that this run reads");
}

#[test]
fn samples_go_to_standard_output_in_the_tables_place() {
    let project = Project::new();
    let told = project.measure("run", &["--samples", "-", "--report", "json=a.json"]);
    told.exits(0);
    let mut lines = told.out.lines();
    assert_eq!(
        lines.next(),
        Some("device,recording,round,case,sample,gpu_ns,wall_ns")
    );
    let rows: Vec<&str> = lines.collect();
    assert!(!rows.is_empty());
    assert!(
        rows.iter().all(|row| row.matches(',').count() >= 6),
        "{rows:?}"
    );
    assert!(!project.path("-").exists());
    assert_eq!(parsed(&project, "a.json")["command"], "run");
    for (flags, says) in [
        (
            &["--samples", "-", "--report", "csv=-"][..],
            "`--report csv=-`: standard output is taken by the samples",
        ),
        (
            &["--samples", "-", "--format", "json"],
            "`--samples -` and `--format json` both go to standard output",
        ),
        (
            &["--samples", "b.csv", "--report", "csv=./b.csv"],
            "`--report csv=./b.csv`: the samples go there already",
        ),
        (
            &["--samples", "specs"],
            "`--samples specs`: this is a folder",
        ),
    ] {
        project.measure("run", flags).exits(2).complains(says);
    }
}

/// One that fails at the end costs neither the others nor what is printed.
#[test]
fn the_other_reports_are_written_all_the_same() {
    let project = Project::new();
    let told = project.check(&["--report", "json=/dev/full", "--report", "csv=a.csv"]);
    told.exits(7).says("3 passed by range");
    assert_eq!(project.read("a.csv").lines().count(), 1 + 3);
}

#[test]
fn a_report_may_be_read_by_others_and_a_device_stays_a_device() {
    let project = Project::new();
    project.write("plain", "");
    project
        .check(&["--report", "json=a.json", "--report", "csv=/dev/null"])
        .exits(0);
    let mode = |file: &str| {
        let known = std::fs::metadata(project.path(file)).expect("is there");
        known.permissions().mode()
    };
    assert_eq!(mode("a.json"), mode("plain"));
    let null = std::fs::metadata("/dev/null").expect("is there");
    assert!(!null.is_file());
}

/// An earlier run's report is not taken for that of a run that found nothing.
#[test]
fn a_bad_request_writes_no_report() {
    let project = Project::new();
    project.write("specs/demo.yaml", "");
    project.check(&["--report", "json=a.json"]).exits(2);
    assert!(!project.path("a.json").exists());
}

/// A project in a repository's folder: its files are named from there.
fn in_a_repository() -> Project {
    let project = Project::new();
    project.write(".git/HEAD", "");
    project.cases(&json!([{"match": "n=128]", "times": [20e6]}]));
    project
}

#[test]
fn junit_and_sarif_point_at_the_specs_lines() {
    let project = in_a_repository();
    let spec = project.path("specs/demo.yaml").display().to_string();
    project
        .check(&[
            &spec,
            "--report",
            "junit=a.xml",
            "--report",
            "sarif=a.sarif",
        ])
        .exits(1);
    let junit = project.read("a.xml");
    assert!(
        junit.contains("tests=\"3\" skipped=\"0\" failures=\"1\" errors=\"0\""),
        "{junit}"
    );
    assert!(
        junit.contains("file=\"specs/demo.yaml\" line=\"16\""),
        "{junit}"
    );
    let sarif = parsed(&project, "a.sarif");
    let found = sarif["runs"][0]["results"].as_array().expect("results");
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["ruleId"], &found[0]["level"]),
        (&json!("slower"), &json!("error"))
    );
    let at = &found[0]["locations"][0]["physicalLocation"];
    assert_eq!(at["artifactLocation"]["uri"], "specs/demo.yaml");
    assert_eq!(at["region"]["startLine"], 16);
}

#[test]
fn an_empty_run_is_no_success_in_junit() {
    let project = Project::slip(
        "    reference: copy\n",
        "    reference: copy\n    where: [\"workgroup > device.max_invocations\"]\n",
    );
    project.check(&["--report", "junit=a.xml"]).exits(6);
    let junit = project.read("a.xml");
    assert!(junit.contains("errors=\"1\""), "{junit}");
    assert!(junit.contains("nothing to judge"), "{junit}");
    assert_eq!(junit.matches("<skipped").count(), 3, "{junit}");
}

/// Under GitHub Actions no flag is needed.
#[test]
fn a_step_of_github_actions_is_told_what_it_needs() {
    let project = in_a_repository();
    project.write("summary.md", "before\n");
    let step = |more: &[&str]| {
        let mut gate = project.gate(&[&Project::measuring("check"), more].concat());
        gate.env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", project.path("summary.md"))
            .env("GITHUB_OUTPUT", project.path("outputs.txt"));
        project.told(&mut gate)
    };
    let told = step(&[]);
    told.exits(1)
        .says("::group::gate check: 2 passed by range, 1 slower")
        .says("\n::error file=specs/demo.yaml,line=16,col=5,title=gate%3A slower (range)::demo/copy[n=128]@workgroup=64: slower than its range");
    let summary = project.read("summary.md");
    assert!(
        summary.starts_with("before\n### ✗ gate check\n"),
        "{summary}"
    );
    let outputs = project.read("outputs.txt");
    for line in [
        "exit-code=1",
        "verdict=slower",
        "failing=1",
        "slower=1",
        "passed-by-range=2",
        "device=replay-replay",
    ] {
        assert!(
            outputs.lines().any(|one| one == line),
            "{line} in {outputs}"
        );
    }
    // Where a program reads standard output, annotations go beside it.
    let told = step(&["--format", "json"]);
    let _: Value = serde_json::from_str(&told.exits(1).out).expect("nothing but JSON");
    told.complains("::error file=specs/demo.yaml,line=16,col=5,");
    // Where the form was asked for, it is not given twice.
    let told = step(&["--report", "github=log.txt"]);
    assert!(!told.exits(1).out.contains("::"), "{}", told.out);
    assert!(
        project
            .read("log.txt")
            .contains("\n::error file=specs/demo.yaml,line=16,")
    );
}

#[test]
fn a_summary_that_cannot_be_written_is_7() {
    let project = Project::new();
    let mut gate = project.gate(&Project::measuring("check"));
    gate.env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", project.path("specs"));
    let told = project.told(&mut gate);
    told.exits(7)
        .says("3 passed by range")
        .complains("specs: the report was not written");
}
