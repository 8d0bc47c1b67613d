//! The self-test on a scripted device: each way in which it can end.

use serde_json::{Value, json};

use crate::project::{Project, Told};

fn selftest(cases: &Value, more: &Value) -> Told {
    let project = Project::new();
    let mut script = json!({ "cases": cases });
    if let (Some(script), Some(more)) = (script.as_object_mut(), more.as_object()) {
        script.extend(more.clone());
    }
    project.script(&script);
    project.run(&["selftest", "--replay", "device.json", "--seed", "1"])
}

/// A device that does what the kernel asks for.
fn honest() -> Vec<Value> {
    vec![
        json!({"match": "extra=0", "times": [100_000]}),
        json!({"match": "extra=5", "times": [105_000]}),
        json!({"match": "extra=2000", "times": [2_100_000]}),
        json!({"match": "extra=20", "times": [120_000]}),
        json!({"match": "extra=3000", "times": [3_100_000]}),
        json!({"match": "fault=1", "behaviour": "wrong"}),
        json!({"match": "fault=2", "behaviour": "unwritten"}),
    ]
}

/// The honest device, but for one entry.
fn but(index: usize, entry: Value) -> Value {
    let mut cases = honest();
    cases[index] = entry;
    Value::Array(cases)
}

#[test]
fn a_device_that_does_what_is_asked_is_seen_through() {
    let told = selftest(&json!(honest()), &json!({}));
    insta::assert_snapshot!(told.exits(0).out);
    let told = selftest(
        &json!(honest()),
        &json!({"kind": "cpu", "cpu": "Test CPU 3000"}),
    );
    told.exits(0)
        .says("3000 % more work")
        .says("beyond a limit of 10.0 %");
}

#[test]
fn work_that_takes_no_longer_proves_nothing() {
    let told = selftest(
        &but(1, json!({"match": "extra=5", "times": [100_500]})),
        &json!({}),
    );
    told.exits(4)
        .says("0 of 8 blocks")
        .says("nothing was proven");
}

#[test]
fn a_fault_that_is_not_seen_exits_7() {
    let told = selftest(&but(5, json!({"match": "fault=1"})), &json!({}));
    told.exits(7).says("cannot be trusted");
}

#[test]
fn a_device_that_is_lost_exits_5() {
    let told = selftest(
        &but(0, json!({"match": "extra=0", "behaviour": "panics"})),
        &json!({}),
    );
    told.exits(5).says("the device was lost");
    let told = selftest(
        &but(3, json!({"match": "extra=20", "behaviour": "panics"})),
        &json!({}),
    );
    told.exits(5);
}
