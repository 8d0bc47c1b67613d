//! Each exit code by a real run, each policy flag, and which code goes first.

use serde_json::json;

use crate::project::{Project, TEMPLATE, Told, reason, reported, verdict};

/// Twenty times slower than the range of every case allows.
fn slow(n: u32) -> serde_json::Value {
    json!({"match": format!("n={n}]"), "times": [20e6]})
}

fn behaviour(n: u32, what: &str) -> serde_json::Value {
    json!({"match": format!("n={n}]"), "behaviour": what})
}

#[test]
fn what_is_right_and_within_its_range_exits_0() {
    let told = Project::new().check(&[]);
    told.exits(0).says("3 passed by range");
}

#[test]
fn slower_than_the_range_exits_1() {
    let project = Project::new();
    project.cases(&json!([slow(128)]));
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(1));
    assert_eq!(verdict(&report, 128), "slower");
    assert_eq!(verdict(&report, 64), "pass-by-range");
    assert!(reason(&report, 128).contains("slower than its range"));
}

#[test]
fn mistakes_of_usage_exit_2_with_the_cure() {
    let project = Project::new();
    let before = project.tree();
    let usage = |arguments: &[&str], what: &str| {
        project.run(arguments).exits(2).complains(what);
    };
    usage(&[], "Usage: gate");
    usage(&["chekc"], "check");
    usage(&["check", "--rounds", "0"], "write `3..10`");
    usage(&["check", "--rounds", "5..3"], "the fewest first");
    usage(&["check", "--rounds", "-1"], "`-1` is no number of rounds");
    usage(&["check", "--rounds", "--time"], "is no number of rounds");
    usage(&["check", "--time", "-1s"], "write a number and a unit");
    usage(&["check", "--seed", "-1"], "invalid value '-1' for '--seed");
    usage(&["check", "--time", "5"], "write a number and a unit");
    usage(&["check", "--allow", "slower"], "possible values");
    usage(&["check", "--allow", ""], "possible values");
    usage(&["check", "--timing", "never"], "possible values");
    usage(&["check", "--fail-on", "slower"], "possible values");
    usage(&["check", "-q", "-v"], "cannot be used with");
    usage(&["check", "--filter", ""], "it is empty");
    for none in ["", " "] {
        usage(&["check", "--device", none], "this names no device");
        usage(&["devices", "--device", none], "this names no device");
        usage(&["history", "*", "--device", none], "this names no device");
        usage(
            &["update-baselines", "--reason", none],
            "a reason of no words says nothing",
        );
    }
    for command in ["check", "run", "calibrate"] {
        usage(
            &[command, "--baselines", "basleines"],
            "--baselines basleines: there is no such folder",
        );
    }
    usage(
        &["history", "*", "--baselines", "basleines"],
        "there is no such folder",
    );
    usage(&["list", "specs/demo.yml"], "there is no such file");
    assert_eq!(project.tree(), before);
}

#[test]
fn a_wrong_output_exits_3_and_is_not_timed() {
    let project = Project::new();
    for wrong in ["wrong", "unwritten", "wrong-after"] {
        project.cases(&json!([behaviour(64, wrong)]));
        let (report, code) = project.report("check", &[]);
        assert_eq!(code, Some(3), "{wrong}");
        assert_eq!(verdict(&report, 64), "wrong");
        assert!(reported(&report, 64)["time"].is_null());
        assert!(reason(&report, 64).contains("`dst[7]`"));
    }
}

#[test]
fn output_that_varies_is_wrong_only_where_it_is_declared_not_to() {
    let project = Project::new();
    project.cases(&json!([behaviour(64, "not-repeatable")]));
    let told = project.check(&[]);
    told.exits(0).says("not deterministic");

    project.replace(
        "specs/demo.yaml",
        "    reference: copy\n",
        "    reference: copy\n    deterministic: true\n",
    );
    project.check(&[]).exits(3);
}

/// 64 elements of 10^9 FLOP each are 1.07 ms at the 60 TFLOP/s that the device
/// reaches; 10 us were measured.
#[test]
fn faster_than_physics_exits_3() {
    let project = Project::slip(
        "    reference: copy\n",
        "    reference: copy\n    work: {flops: \"n * 1000000000\"}\n",
    );
    let (report, code) = project.report("check", &["--filter", "*[n=64]*"]);
    assert_eq!(code, Some(3));
    assert!(reason(&report, 64).starts_with("faster than physics"));
}

#[test]
fn a_case_that_nothing_gates_exits_4() {
    let (report, code) = Project::with_an_ungated_case().report("check", &[]);
    assert_eq!(code, Some(4));
    assert_eq!(verdict(&report, 256), "ungated");
}

#[test]
fn a_lost_case_exits_5() {
    let project = Project::new();
    project.behaves(64, &json!("panics"));
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(5));
    assert_eq!(verdict(&report, 64), "lost");
}

/// A reference that hangs or crashes is not the kernel's loss.
#[test]
fn a_lost_reference_is_told_by_its_file() {
    let project = Project::new();
    let slow = TEMPLATE.replace("{{ workgroup }}", "64").replace(
        "dst[id.x] = src[id.x]",
        "let x = src[id.x];\n        dst[id.x] = x + 0.0",
    );
    project.write("shaders/slow.wgsl", slow);
    project.replace(
        "specs/demo.yaml",
        "reference: copy",
        "reference: {shader: slow.wgsl}\n    tolerance: {dst: exact}",
    );
    project.check(&[]).exits(0);
    for (behaviour, cause) in [
        (json!({"crashes": "reference"}), "the worker crashed"),
        (json!({"hangs": "reference"}), "no answer within 2s"),
        (json!({"device-lost": "reference"}), "the device was lost"),
    ] {
        project.behaves(64, &behaviour);
        let (report, code) = project.report("check", &["--deadline", "2s"]);
        assert_eq!(code, Some(5));
        let said = reason(&report, 64);
        assert!(
            said.starts_with("lost while running the reference `shaders/slow.wgsl`: ")
                && said.contains(cause)
                && said.contains("; that is the reference, and not the kernel"),
            "{said}"
        );
        let lost = &reported(&report, 64)["evidence"]["lost"];
        assert_eq!(lost["step"], "reference");
        assert_eq!(lost["file"], "shaders/slow.wgsl");
        assert_eq!(verdict(&report, 128), "pass-by-range");
    }
    // What happens before it runs is the kernel's.
    project.behaves(64, &json!({"crashes": "verify"}));
    let (report, _) = project.report("check", &[]);
    assert!(reason(&report, 64).starts_with("lost while verifying: "));
}

#[test]
fn nothing_to_judge_exits_6() {
    let project = Project::new();
    let told = project.check(&["--filter", "demo/cpy*"]);
    insta::assert_snapshot!(told.exits(6).err, @"error: no case is left by --filter and --exclude (3 were taken away); near are `demo/copy[n=64]@workgroup=64`, `demo/copy[n=128]@workgroup=64`, `demo/copy[n=256]@workgroup=64`");
    for command in ["list", "validate", "render"] {
        let told = project.run(&[command, "--filter", "tny"]);
        told.exits(6).complains("near are");
        project.run(&[command, "--exclude", "*"]).exits(6);
    }

    // A device on which nothing fits: every case is left out.
    let limits = json!({
        "max_invocations": 32, "max_workgroup_size": [32, 32, 32],
        "max_workgroup_memory": 16384, "max_dispatch": 65535,
        "max_storage_binding": 134_217_728, "max_uniform_binding": 65536,
        "max_buffer": 268_435_456, "max_storage_buffers": 8, "max_bind_groups": 4,
    });
    project.script(&json!({ "limits": limits }));
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(6));
    assert_eq!(report["left_out"].as_array().map(Vec::len), Some(3));
    let told = project.update(&[]);
    told.exits(6).says("no baseline was written");
    assert!(!project.path("baselines").exists());
}

#[test]
fn what_cannot_be_written_exits_7() {
    let project = Project::new();
    for command in ["check", "run"] {
        project.measure(command, &[]).exits(0);
    }
    let told = project.measure("run", &["--samples", "no/such/folder/x.csv"]);
    told.exits(7).complains("no/such/folder/x.csv: not written");
    let told = project.run(&["render", "--out", "gate.toml/rendered"]);
    told.exits(7).complains("not written");
}

#[test]
fn baselines_that_are_no_files_exit_2() {
    let project = Project::new();
    for (command, what) in [
        ("check", "--baselines gate.toml: this is no folder"),
        ("update-baselines", "gate.toml/replay-replay"),
    ] {
        let told = project.measure(command, &["--baselines", "gate.toml"]);
        told.exits(2).complains(what);
    }
    assert_eq!(project.read("gate.toml"), "");
    std::fs::create_dir_all(project.path("baselines/replay-replay/demo.json")).expect("a folder");
    for command in ["check", "update-baselines"] {
        let told = project.measure(command, &[]);
        told.exits(2).complains("demo.json: this is no file");
    }
}

#[test]
fn an_adapter_that_is_not_there_is_a_bad_request() {
    let project = Project::new();
    for backend in ["foo", "gl"] {
        let told = project.check(&["--backend", backend]);
        told.exits(2)
            .complains("possible values: vulkan, metal, dx12");
    }
    project.script(&json!({"no_such_adapter": "there is no adapter number 7"}));
    let told = project.check(&["--device", "7"]);
    told.exits(2).complains("there is no adapter number 7");
}

/// The project with a case of each kind: 64 as `first` says, 128 slower, 256
/// lost, 512 ungated.
fn mixed() -> Project {
    let project = Project::new();
    let spec = project.read("specs/demo.yaml") + "  - {kernel: copy, shape: {n: 512}}\n";
    project.write("specs/demo.yaml", spec);
    project.cases(&json!([
        behaviour(64, "wrong"),
        slow(128),
        behaviour(256, "panics")
    ]));
    project
}

#[test]
fn where_several_apply_the_first_of_3_1_5_4_is_given() {
    let project = mixed();
    let (wrong, slower, lost) = ("*[n=64]*", "*[n=128]*", "*[n=256]*");
    project.check(&[]).exits(3);
    project.check(&["--exclude", wrong]).exits(1);
    let left = ["--exclude", wrong, "--exclude", slower];
    project.check(&left).exits(5);
    project
        .check(&[&left[..], &["--exclude", lost]].concat())
        .exits(4);
}

#[test]
fn each_allowed_verdict_forgives_itself_and_nothing_else() {
    let project = mixed();
    let only = |n: &str, allow: &[&str]| -> Told {
        let filter = format!("*[n={n}]*");
        project.check(&[&["--filter", filter.as_str()], allow].concat())
    };
    for (n, code) in [("64", 3), ("128", 1), ("256", 5), ("512", 4)] {
        only(n, &[]).exits(code);
    }
    only("64", &["--allow", "undecided,ungated,lost"]).exits(3);
    only("128", &["--allow", "undecided,ungated,lost"]).exits(1);
    // Allowed, and yet nothing was judged; how it was lost is told all the same.
    only("256", &["--allow", "lost"])
        .exits(6)
        .says("allowed: lost while preparing: panicked: as the script says");
    let others = ["--exclude", "*[n=64]*", "--exclude", "*[n=128]*"];
    project
        .check(&[&others[..], &["--allow", "lost,ungated"]].concat())
        .exits(0);
    only("256", &["--allow", "undecided,ungated"]).exits(5);
    only("512", &["--allow", "ungated"]).exits(0);
    only("512", &["--allow", "undecided,lost"]).exits(4);
}

/// At exactly the tolerated slowdown no number of rounds decides.
#[test]
fn an_undecided_case_exits_4_unless_it_is_allowed() {
    let project = Project::new();
    project.update(&[]).exits(0);
    project.cases(&json!([{"match": "n=64]", "times": [10_500]}]));
    let (report, code) = project.report("check", &[]);
    assert_eq!(code, Some(4), "{}", reason(&report, 64));
    assert_eq!(verdict(&report, 64), "undecided");
    assert_eq!(verdict(&report, 128), "pass");
    project.check(&["--allow", "undecided"]).exits(0);
    project.check(&["--allow", "ungated,lost"]).exits(4);
}

#[test]
fn require_baseline_asks_for_more_than_a_range() {
    let project = Project::new();
    let told = project.check(&["--require-baseline"]);
    told.exits(4);
    project
        .check(&["--require-baseline", "--allow", "ungated"])
        .exits(4);
    project.update(&[]).exits(0);
    project.check(&["--require-baseline"]).exits(0);
}

#[test]
fn times_gate_as_the_hardware_class_says_unless_a_flag_does() {
    let project = Project::new();
    let device = |kind: &str, case| {
        project.script(&json!({"kind": kind, "cpu": "Test CPU 3000", "cases": [case]}));
    };
    for (kind, timing, code) in [
        ("discrete", None, 1),
        ("discrete", Some("advisory"), 0),
        ("discrete", Some("gate"), 1),
        ("cpu", None, 0),
        ("cpu", Some("advisory"), 0),
        ("cpu", Some("gate"), 1),
    ] {
        device(kind, slow(64));
        let flags = timing.map_or(Vec::new(), |timing| vec!["--timing", timing]);
        let told = project.check(&flags);
        told.exits(code).says("slower");
    }
    device("cpu", behaviour(64, "wrong"));
    project.check(&["--timing", "advisory"]).exits(3);
    device("cpu", behaviour(64, "panics"));
    project.check(&[]).exits(5);
}

#[test]
fn faster_passes_unless_it_is_told_to_fail() {
    let project = Project::new();
    project.update(&[]).exits(0);
    project.cases(&json!([{"match": "n=64]", "times": [9_000]}]));
    let told = project.check(&[]);
    told.exits(0).says("1 of them faster");
    let (report, code) = project.report("check", &["--fail-on", "faster"]);
    assert_eq!(code, Some(1));
    let told = project.check(&["--fail-on", "faster"]);
    told.exits(1).says("exit 1 (faster)");
    let help = project.run(&["check", "--help"]);
    help.exits(0).says("1 slower, or faster with --fail-on;");
    assert_eq!(verdict(&report, 64), "pass");
    assert_eq!(reported(&report, 64)["judgement"]["fails"], true);
    assert_eq!(reported(&report, 128)["judgement"]["fails"], false);
}
