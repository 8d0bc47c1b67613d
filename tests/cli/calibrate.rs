//! A suite against itself.

use serde_json::{Value, json};

use crate::project::{Project, Told, case};

fn calibrate(project: &Project, more: &[&str]) -> Told {
    let arguments = [
        "calibrate",
        "--replay",
        "device.json",
        "--seed",
        "1",
        "--rounds",
        "12",
        "--suites",
        "60",
    ];
    project.run(&[&arguments, more].concat())
}

fn calibrated(project: &Project) -> Value {
    let told = calibrate(project, &["--format", "json"]);
    let all: Value = serde_json::from_str(&told.exits(0).out).expect("JSON");
    all[0].clone()
}

/// Rounds of 64 lie 0.1 % apart, those of 128 and 256 4 %; 5 % are tolerated.
#[test]
fn what_a_machine_can_honour_is_told_case_by_case() {
    let project = Project::new();
    project.cases(&json!([{"match": "n=64]", "offset": 0.001}, {"offset": 0.04}]));
    let found = calibrated(&project);
    assert_eq!(found["suite"], "demo");
    assert_eq!(found["rounds"], 12);
    let of = |n: u32, field: &str| -> f64 {
        let cases = found["cases"].as_array().expect("cases");
        let one = cases.iter().find(|one| one["id"] == *case(n));
        // No number of rounds up to 50 is as good as endless ones.
        let found = one.expect("calibrated")[field].as_f64();
        found.unwrap_or(f64::INFINITY)
    };
    assert!((0.0003..0.003).contains(&of(64, "offset")));
    assert!((0.015..0.08).contains(&of(128, "offset")));
    assert!(of(64, "detectable") < of(64, "limit"));
    assert!(of(128, "detectable") > of(128, "limit"));
    assert!(of(128, "honoured") < of(128, "detectable"));
    assert!(of(64, "rounds_needed") < of(128, "rounds_needed"));
    let slowdown = found["recommended"]["slowdown"].as_f64().expect("one");
    assert!(slowdown >= of(128, "honoured") && slowdown >= of(256, "honoured"));
    let replays = &found["replays"];
    assert_eq!(
        (&replays["suites"], &replays["rounds_a_side"]),
        (&json!(60), &json!(6))
    );
    assert!(replays["alarms"]["share"].as_f64().expect("a share") <= 0.05);

    let told = calibrate(&project, &[]);
    told.exits(0).says("Recommended: `slowdown: ");
    assert!(!project.path("baselines").exists(), "nothing is recorded");
    assert!(!project.path(".gate").exists());
}

#[test]
fn a_quiet_machine_honours_every_limit() {
    let project = Project::new();
    let told = calibrate(&project, &[]);
    insta::assert_snapshot!(told.exits(0).out);
}

#[test]
fn what_is_wrong_or_lost_is_not_calibrated() {
    let project = Project::new();
    project.behaves(128, &json!("wrong"));
    let told = calibrate(&project, &[]);
    told.exits(3).says("wrong output").says("too few rounds");
    project.behaves(128, &json!("panics"));
    calibrate(&project, &[]).exits(5);
    let told = calibrate(&project, &["--filter", "nothing"]);
    told.exits(6);
    let few = ["calibrate", "--replay", "device.json", "--rounds", "5"];
    project.run(&few).exits(2).complains("give 8 at least");
}
