//! Several adapters, and several parts of a plan, on real devices.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::turn;

/// Runs the gate on the example, writing into a folder; its exit code and what
/// it said.
fn gate(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/saxpy");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    command
        .current_dir(folder)
        .args(arguments)
        .env_remove("GITHUB_ACTIONS");
    if arguments[0] == "check" {
        // Its baselines, if there are any, are of some other time.
        let baselines = folder.join("baselines");
        std::fs::create_dir_all(&baselines).expect("makes a folder");
        command
            .args(["--rounds", "2", "--time", "5ms", "--seed", "1"])
            .arg("--baselines")
            .arg(baselines)
            .arg(example.join("specs/saxpy.yaml"));
    }
    let output = command.output().expect("the gate runs");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8(said).expect("is text"),
    )
}

fn parsed(path: &Path) -> Value {
    let text = std::fs::read(path).expect("a report");
    serde_json::from_slice(&text).expect("JSON")
}

/// Identities, outputs and verdicts.
fn told(report: &Value) -> Vec<(Value, Value, Value)> {
    let cases = report["cases"].as_array().expect("cases");
    cases
        .iter()
        .map(|case| {
            (
                case["id"].clone(),
                case["evidence"]["correctness"].clone(),
                case["judgement"]["verdict"].clone(),
            )
        })
        .collect()
}

#[test]
fn parts_of_a_plan_come_to_what_the_whole_comes_to() {
    let _turn = turn();
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, said) = gate(folder.path(), &["check", "--report", "json=whole.json"]);
    assert_eq!(whole, Some(0), "{said}");
    for part in 1..=3 {
        let name = format!("hash:{part}/3");
        let report = format!("json=part-{part}.json");
        let arguments = ["check", "--partition", &name, "--report", &report];
        let (code, said) = gate(folder.path(), &arguments);
        assert_eq!(code, Some(0), "{said}");
    }
    let merge = ["merge", "part-1.json", "part-2.json", "part-3.json"];
    let (code, said) = gate(
        folder.path(),
        &[&merge[..], &["--report", "json=merged.json"]].concat(),
    );
    assert_eq!(code, Some(0), "{said}");
    let whole = parsed(&folder.path().join("whole.json"));
    let merged = parsed(&folder.path().join("merged.json"));
    assert_eq!(told(&merged), told(&whole));
    assert!(told(&merged).len() > 1, "{merged:#}");
}

/// As many reports as `gate devices` lists distinct ones.
#[test]
fn every_adapter_of_this_machine_is_checked() {
    let _turn = turn();
    let folder = tempfile::tempdir().expect("a folder");
    let (code, said) = gate(folder.path(), &["devices", "--format", "json"]);
    assert_eq!(code, Some(0), "{said}");
    // What a driver has to say comes after it.
    let mut values = serde_json::Deserializer::from_str(&said).into_iter::<Vec<Value>>();
    let listed = values.next().expect("a list").expect("JSON");
    let distinct: Vec<&Value> = listed
        .iter()
        .filter(|one| one["same_as"].is_null())
        .collect();
    let arguments = ["check", "--device", "all", "--report", "json=gate.json"];
    let (code, said) = gate(folder.path(), &arguments);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains(&format!("{} device", distinct.len())),
        "{said}"
    );
    for one in distinct {
        let name = one["baselines"].as_str().expect("a name");
        let report = parsed(&folder.path().join(format!("gate.{name}.json")));
        assert_eq!(report["device"]["adapter"], one["adapter"]);
        assert_eq!(report["exit"], 0);
    }
}
