//! Devices that fail, each in a worker process that really does: the other
//! cases are measured, the lost one is named, and the exit code is 5.

use serde_json::{Value, json};

use crate::project::{Project, case, reason, verdict};

/// What goes wrong with 128, and what is said of it. All other cases pass.
#[track_caller]
fn loses(behaviour: Value, why: &str) {
    let project = Project::new();
    project.behaves(128, &behaviour);
    let (report, code) = project.report("check", &["--deadline", "20s"]);
    assert_eq!(code, Some(5), "{behaviour}");
    assert_eq!(verdict(&report, 128), "lost");
    let told = reason(&report, 128);
    assert!(told.starts_with(why), "{told}");
    for n in [64, 256] {
        assert_eq!(verdict(&report, n), "pass-by-range", "{behaviour}");
    }
    assert_eq!(report["tally"]["lost"], 1);
}

#[test]
fn creating_the_pipeline_panics() {
    loses(
        json!("panics"),
        "lost while preparing: panicked: as the script says",
    );
}

#[test]
fn the_device_refuses_the_pipeline() {
    loses(
        json!("refused"),
        "lost while preparing: the device refused: as the script says",
    );
}

#[test]
fn the_worker_crashes_at_any_step() {
    for (step, doing) in [
        ("prepare", "preparing"),
        ("verify", "verifying"),
        ("sample", "timing"),
    ] {
        loses(
            json!({ "crashes": step }),
            &format!("lost while {doing}: the worker crashed (signal: 6"),
        );
    }
}

/// At each step at the same time: every one waits for two deadlines.
#[test]
fn the_worker_hangs_at_any_step() {
    let hangs = |step: &str, doing: &str| {
        let project = Project::new();
        project.behaves(128, &json!({ "hangs": step }));
        // Timing may take sixteen times what was asked for, above the deadline.
        let (report, code) = project.report("check", &["--deadline", "2s", "--time", "1ms"]);
        assert_eq!(code, Some(5), "{step}");
        let told = reason(&report, 128);
        let why = format!("lost while {doing}: no answer within 2s");
        assert!(told.starts_with(&why), "{told}");
        let cure = "; where it is slow and does not hang, `--deadline` gives it more time";
        assert!(
            told.ends_with(&format!("the worker was killed{cure}")),
            "{told}"
        );
        assert_eq!(verdict(&report, 64), "pass-by-range");
        assert_eq!(verdict(&report, 256), "pass-by-range");
    };
    std::thread::scope(|scope| {
        scope.spawn(|| hangs("prepare", "preparing"));
        scope.spawn(|| hangs("verify", "verifying"));
        scope.spawn(|| hangs("sample", "timing"));
    });
}

/// wgpu would refuse the pipeline, and the case would count as lost.
#[test]
fn a_binding_number_over_the_limit_is_left_out() {
    let project = Project::new();
    project.replace("templates/copy.wgsl.j2", "@binding(2)", "@binding(999)");
    project.check(&[]).exits(0);
    project.replace("templates/copy.wgsl.j2", "@binding(999)", "@binding(1000)");
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(6));
    assert_eq!(
        report["left_out"][0]["reason"],
        "the highest binding number is 1000, and the device's limit is 999"
    );
}

#[test]
fn the_device_is_lost_at_any_step() {
    for (step, doing) in [
        ("prepare", "preparing"),
        ("verify", "verifying"),
        ("sample", "timing"),
    ] {
        loses(
            json!({ "device-lost": step }),
            &format!("lost while {doing}: the device was lost"),
        );
    }
}

#[test]
fn the_timer_gives_garbage() {
    let garbage = "lost while timing: the timer gave garbage: a sample of";
    loses(json!("not-a-number"), &format!("{garbage} NaN"));
    loses(json!("zero"), &format!("{garbage} 0 ns"));
    loses(json!("backwards"), &format!("{garbage} -"));
}

#[test]
fn the_worker_answers_nonsense() {
    for (step, doing) in [("prepare", "preparing"), ("sample", "timing")] {
        loses(
            json!({ "babbles": step }),
            &format!("lost while {doing}: the worker's answer is unreadable"),
        );
    }
}

#[test]
fn a_driver_that_prints_to_the_pipe_does_no_harm() {
    let project = Project::new();
    project.behaves(128, &json!("prints"));
    project.check(&[]).exits(0).says("3 passed by range");
}

#[test]
fn a_case_that_is_lost_once_is_measured_again() {
    let project = Project::new();
    project.cases(&json!([
        {"match": "n=128]", "rounds": [1], "behaviour": {"crashes": "sample"}}
    ]));
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(0));
    assert_eq!(verdict(&report, 128), "pass-by-range");
    project.check(&[]).says("lost once and measured again");
}

/// Wrong in any round is wrong, whatever was right before it.
#[test]
fn an_output_that_is_wrong_later_is_wrong() {
    let project = Project::new();
    project.cases(&json!([
        {"match": "n=128]", "rounds": [2], "behaviour": "wrong-after"}
    ]));
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(3));
    assert_eq!(verdict(&report, 128), "wrong");
}

#[test]
fn a_device_that_loses_everything_ends_the_run() {
    let project = Project::new();
    project.cases(&json!([{"behaviour": {"crashes": "prepare"}}]));
    let told = project.check(&[]);
    told.exits(5).says("3 lost");
    for n in [64, 128, 256] {
        told.says(&case(n));
    }
}

#[test]
fn without_an_adapter_nothing_is_lost_but_the_run() {
    let project = Project::new();
    project.script(&json!({"no_adapter": "there is no adapter; install a driver"}));
    for command in ["check", "run", "update-baselines"] {
        let told = project.measure(command, &[]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(told.exits(5).err, @"error: starting the device: there is no adapter; install a driver");
        }
        assert_eq!(told.out, "");
    }
    let told = project.run(&["devices", "--replay", "device.json"]);
    told.exits(5).complains("there is no adapter");
    assert!(!project.path("baselines").exists());
}
