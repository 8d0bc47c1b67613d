//! Two recorded runs against each other: CSV, baselines, and what is neither.

use std::io::Write;

use serde_json::{Value, json};

use crate::project::{BASELINE, Project, Told, case, reason, reported, verdict};

/// What `gate compare` answers.
fn compare(project: &Project, arguments: &[&str]) -> Told {
    project.run(&[&["compare"], arguments].concat())
}

/// Its report as data, and its exit code.
fn report(project: &Project, arguments: &[&str]) -> (Value, Option<i32>) {
    let told = compare(project, &[arguments, &["--format", "json"]].concat());
    let report: Value = serde_json::from_str(&told.out)
        .unwrap_or_else(|error| panic!("{error}: {}{}", told.out, told.err));
    assert_eq!(report["exit"].as_i64(), told.code.map(i64::from));
    (report, told.code)
}

/// Records a run of 4 rounds on a device that behaves so.
fn record(project: &Project, file: &str, cases: &Value, more: &[&str]) {
    project.cases(cases);
    let told = project.measure("run", &[&["--samples", file], more].concat());
    told.exits(0);
}

/// The device of every test: rounds of a case lie 0.3 % apart.
fn steady(n: u32, time: u32) -> Value {
    json!({"match": format!("n={n}]"), "times": [time], "offset": 0.003})
}

/// Case 128 took 10 us in A and 11 us in B; 256 half of it, 64 the same.
fn recorded() -> Project {
    let project = Project::new();
    record(
        &project,
        "a.csv",
        &json!([steady(64, 10_000), steady(128, 10_000), steady(256, 10_000)]),
        &[],
    );
    record(
        &project,
        "b.csv",
        &json!([steady(64, 10_000), steady(128, 11_000), steady(256, 5_000)]),
        &[],
    );
    project
}

#[test]
fn a_slower_recording_exits_1_and_names_the_case() {
    let project = recorded();
    let told = compare(&project, &["a.csv", "b.csv", "--slowdown", "5%"]);
    insta::assert_snapshot!(told.exits(1).out);
    let (report, _) = report(&project, &["a.csv", "b.csv", "--slowdown", "5%"]);
    assert_eq!(report["command"], "compare");
    assert_eq!(verdict(&report, 64), "pass");
    assert_eq!(verdict(&report, 128), "slower");
    let faster = reported(&report, 256);
    assert_eq!(faster["evidence"]["baseline"]["outcome"]["state"], "faster");
    assert_eq!(faster["evidence"]["correctness"]["state"], "not-asked");
    assert_eq!(
        faster["evidence"]["baseline"]["change"]["rounds"],
        json!([4, 4])
    );
}

#[test]
fn baselines_compare_as_their_recordings_do() {
    let project = Project::new();
    for (folder, time) in [("before", 10_000), ("now", 11_000)] {
        project.cases(&json!([
            steady(64, 10_000),
            steady(128, time),
            steady(256, 9_000)
        ]));
        project.update(&["--baselines", folder]).exits(0);
    }
    let folders = ["before", "now", "--slowdown", "5%"];
    let (by_folder, code) = report(&project, &folders);
    assert_eq!(code, Some(1));
    assert_eq!(verdict(&by_folder, 128), "slower");
    assert_eq!(verdict(&by_folder, 64), "pass");
    assert_eq!(by_folder["device"]["adapter"], "Replay");
    let file = |folder: &str| BASELINE.replace("baselines", folder);
    let files = [file("before"), file("now"), "--slowdown=5%".to_owned()];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let (mut by_file, _) = report(&project, &files);
    for (one, other) in [("elapsed", 0.0), ("notes", 0.0)] {
        by_file[one] = json!(other);
    }
    for n in [64, 128, 256] {
        assert_eq!(
            reported(&by_file, n)["evidence"],
            reported(&by_folder, n)["evidence"]
        );
    }
    // The change that a check finds against that baseline, on the same rounds.
    project.cases(&json!([
        steady(64, 10_000),
        steady(128, 11_000),
        steady(256, 9_000)
    ]));
    let (check, code) = project.report("check", &["--baselines", "before"]);
    assert_eq!(code, Some(1));
    for n in [64, 128, 256] {
        assert_eq!(verdict(&check, n), verdict(&by_file, n));
        let estimate = |report: &Value| {
            reported(report, n)["evidence"]["baseline"]["change"]["estimate"].as_f64()
        };
        // A file keeps seven digits of a time.
        let (live, stored) = (estimate(&check), estimate(&by_file));
        assert!((live.expect("judged") - stored.expect("judged")).abs() < 1e-6);
    }
}

#[test]
fn csv_and_baselines_of_one_device_compare_with_each_other() {
    let project = recorded();
    project.cases(&json!([
        steady(64, 10_000),
        steady(128, 10_000),
        steady(256, 5_000)
    ]));
    project.update(&[]).exits(0);
    let (report, code) = report(&project, &["baselines", "b.csv", "--slowdown", "5%"]);
    assert_eq!(code, Some(1));
    assert_eq!(verdict(&report, 128), "slower");
    let notes = report["notes"].to_string();
    assert!(notes.contains("CSV does not say how"), "{notes}");
}

#[test]
fn cases_on_one_side_only_are_listed() {
    let project = Project::new();
    record(&project, "a.csv", &json!([]), &["--exclude", "*[n=256]*"]);
    record(&project, "b.csv", &json!([]), &["--exclude", "*[n=64]*"]);
    let told = compare(&project, &["a.csv", "b.csv"]);
    insta::assert_snapshot!(told.exits(4).out);
    let (report, _) = report(&project, &["a.csv", "b.csv"]);
    assert_eq!(verdict(&report, 256), "ungated");
    assert_eq!(report["left_out"][0]["id"], *case(64));
    assert_eq!(report["left_out"][0]["why"], "gone");
    compare(&project, &["a.csv", "b.csv", "--allow", "ungated"]).exits(0);
    let none = compare(&project, &["a.csv", "b.csv", "--filter", "other*"]);
    none.exits(6).complains("no case is left to judge");
}

/// 10.5 us against 10 us, and 5 % are tolerated: no number of rounds decides.
#[test]
fn what_lies_at_the_limit_is_undecided() {
    let project = Project::new();
    record(&project, "a.csv", &json!([steady(64, 10_000)]), &[]);
    record(&project, "b.csv", &json!([steady(64, 10_500)]), &[]);
    let arguments = ["a.csv", "b.csv", "--slowdown", "5%", "--filter", "*[n=64]*"];
    let (report, code) = report(&project, &arguments);
    assert_eq!(code, Some(4), "{}", reason(&report, 64));
    assert_eq!(verdict(&report, 64), "undecided");
    let more = |flags: &[&str]| compare(&project, &[&arguments, flags].concat());
    more(&["--allow", "undecided"]).exits(0);
    more(&["--timing", "advisory"]).exits(0);
}

#[test]
fn a_file_of_several_recordings_wants_to_know_which() {
    let project = recorded();
    let a = project.read("a.csv");
    let b = project.read("b.csv");
    let (head, rows) = b.split_once('\n').expect("a header");
    assert!(a.starts_with(head));
    let renamed = |name: &str| rows.replace("replay-replay,a,", &format!("replay-replay,{name},"));
    let both = a + &renamed("night-1") + &renamed("night-2");
    project.write("both.csv", &both);
    let told = compare(&project, &["a.csv", "both.csv"]);
    told.exits(2).complains("several recordings");
    told.complains("`both.csv#a`").complains("`night-2`");
    let told = compare(&project, &["a.csv", "both.csv#nigth"]);
    told.exits(2).complains("no recording of that name");
    compare(&project, &["both.csv#a", "both.csv#night-1"]).exits(1);
    let (report, code) = report(&project, &["both.csv#a", "both.csv#night-*"]);
    assert_eq!(code, Some(1));
    let change = &reported(&report, 64)["evidence"]["baseline"]["change"];
    assert_eq!(change["rounds"], json!([4, 8]));

    // The same name twice in one file: the second is no second recording.
    project.write("twice.csv", project.read("a.csv") + rows);
    let told = compare(&project, &["a.csv", "twice.csv"]);
    told.exits(2)
        .complains("twice.csv:2:1: sample 0 of round 0");
}

#[test]
fn a_file_may_be_compressed_and_a_damaged_one_is_told() {
    let project = recorded();
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zip.write_all(project.read("b.csv").as_bytes())
        .expect("zips");
    let zip = zip.finish().expect("zips");
    project.write("b.csv.gz", &zip);
    let (plain, _) = report(&project, &["a.csv", "b.csv"]);
    let (zipped, code) = report(&project, &["a.csv", "b.csv.gz"]);
    assert_eq!(code, Some(1));
    for n in [64, 128, 256] {
        assert_eq!(
            reported(&plain, n)["evidence"],
            reported(&zipped, n)["evidence"]
        );
    }
    project.write("cut.csv.gz", &zip[..zip.len() / 2]);
    let told = compare(&project, &["a.csv", "cut.csv.gz"]);
    told.exits(2)
        .complains("cut.csv.gz:")
        .complains("damaged or cut off");
}

#[test]
fn mistakes_exit_2_and_say_where() {
    let project = recorded();
    let head = "device,recording,round,case,sample,gpu_ns,wall_ns\n";
    for (text, says) in [
        ("", "bad.csv:1:1: the file is empty"),
        ("a,b\n1,2\n", "bad.csv:1:1: there is no column `device`"),
        (
            &format!("{head}d,a,0,k,0,fast,\n"),
            "bad.csv:2:11: `fast` is no time",
        ),
        (
            &format!("{head}d,a,0,\"k,0,5,\n"),
            "bad.csv:2:7: a quote opens here",
        ),
        ("{\"format\": 1}", "bad.csv:1:"),
    ] {
        project.write("bad.csv", text);
        let told = compare(&project, &["a.csv", "bad.csv"]);
        told.exits(2).complains(says);
        assert_eq!(told.out, "");
    }
    project.write("bad.csv", head);
    compare(&project, &["a.csv", "bad.csv"]).exits(6);
    let told = compare(&project, &["a.csv", "c.csv"]);
    told.exits(2).complains("c.csv: there is no such file");
    let told = compare(&project, &["specs", "b.csv"]);
    told.exits(2).complains("specs: no baselines lie there");
    compare(&project, &["a.csv"]).exits(2);
    let told = compare(&project, &["a.csv", "b.csv", "--slowdown", "0%"]);
    told.exits(2).complains("above 0");
    let told = compare(&project, &["a.csv", "b.csv", "--warmup", "20"]);
    told.exits(2).complains("give fewer with `--warmup`");
}

#[test]
fn another_device_is_compared_only_when_asked() {
    let project = recorded();
    let other = project.read("b.csv").replace("replay-replay", "other-gpu");
    project.write("other.csv", other);
    let told = compare(&project, &["a.csv", "other.csv"]);
    told.exits(2).complains("`--across-devices`");
    let (report, code) = report(&project, &["a.csv", "other.csv", "--across-devices"]);
    assert_eq!(code, Some(1));
    let why = reason(&report, 128);
    assert!(why.contains("[device replay-replay -> other-gpu]"), "{why}");
}

/// Other people's recordings begin each round cold: here the first of three
/// samples takes ten times as long, and the middle of three is the mean of all.
#[test]
fn warm_up_that_was_recorded_is_left_out_on_demand() {
    let project = Project::new();
    let file = |first: f64, later: f64| {
        let mut text = "device,recording,round,case,sample,gpu_ns\n".to_owned();
        for round in 0..6 {
            let draw = 1.0 + f64::from(round) * 1e-4;
            for (sample, time) in [first, later, later].into_iter().enumerate() {
                text.push_str(&format!("gpu,a,{round},k,{sample},{}\n", time * draw));
            }
        }
        text
    };
    project.write("a.csv", file(10_000.0, 1_000.0));
    project.write("b.csv", file(40_000.0, 1_000.0));
    compare(&project, &["a.csv", "b.csv"]).exits(1);
    compare(&project, &["a.csv", "b.csv", "--warmup", "1"]).exits(0);
}

#[test]
fn a_file_against_itself_says_that_it_says_nothing() {
    let project = recorded();
    let told = compare(&project, &["a.csv", "a.csv"]);
    told.exits(0).says("both sides hold the same times");
}
