//! The published example of a report is current.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::kit::current;

use super::super::json::Whole;
use super::super::{Report, write_json};
use super::fixture::everything;

const COMMAND: &str = "cargo test --lib published";

fn written(report: &Report) -> String {
    let mut out = Vec::new();
    write_json(report, &mut out).expect("writes to memory");
    String::from_utf8(out).expect("is text")
}

#[test]
fn the_example_in_the_repository_is_current() {
    current(
        "schemas/report.example.json",
        &written(&everything()),
        COMMAND,
    );
}

/// A float is `null` where it is none: NaN, or an interval's end at infinity.
/// And no map is closed: a later gate may say more.
fn as_written(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(as_written),
        Value::Object(object) => {
            if object.get("type") == Some(&json!("number")) {
                object.insert("type".to_owned(), json!(["number", "null"]));
            }
            object.remove("additionalProperties");
            object.values_mut().for_each(as_written);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Whole<'static>>()
        .to_value();
    as_written(&mut schema);
    schema["title"] = json!("Report of gate, format 1");
    schema["properties"]["format"]["const"] = json!(1);
    schema
}

#[test]
fn the_schema_in_the_repository_is_current() {
    let mut text = serde_json::to_string_pretty(&schema()).expect("is JSON");
    text.push('\n');
    current("schemas/report.schema.json", &text, COMMAND);
}

#[test]
fn a_report_is_what_the_schema_says() {
    let schema = jsonschema::validator_for(&schema()).expect("the schema is one");
    let whole: Value = serde_json::from_str(&written(&everything())).expect("is JSON");
    let errors: Vec<String> = schema
        .iter_errors(&whole)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, [""; 0]);
    for (pointer, other) in [
        ("/format", json!(2)),
        ("/exit", json!("red")),
        ("/device/kind", json!("quantum")),
        ("/cases/0/place/line", json!(-1)),
        ("/cases/0/judgement/verdict", json!("fine")),
        ("/cases/0/rounds", json!(null)),
        ("/tally", json!([])),
    ] {
        let mut broken = whole.clone();
        *broken.pointer_mut(pointer).expect(pointer) = other;
        assert!(!schema.is_valid(&broken), "{pointer}");
    }
    for missing in ["exit", "cases", "tally", "device"] {
        let mut broken = whole.clone();
        broken.as_object_mut().expect("a map").remove(missing);
        assert!(!schema.is_valid(&broken), "{missing}");
    }
}

/// Every key of the example is described, so that none is published unawares.
#[test]
fn every_key_of_a_report_is_in_the_schema() {
    fn keys(value: &Value, into: &mut std::collections::BTreeSet<String>, properties: bool) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| keys(item, into, properties)),
            Value::Object(object) => {
                for (key, value) in object {
                    let named = key == "properties" && !properties;
                    if named {
                        into.extend(
                            value
                                .as_object()
                                .into_iter()
                                .flat_map(|map| map.keys().cloned()),
                        );
                    } else if properties {
                        into.insert(key.clone());
                    }
                    keys(value, into, properties);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let (mut described, mut there) = Default::default();
    keys(&schema(), &mut described, false);
    let whole: Value = serde_json::from_str(&written(&everything())).expect("is JSON");
    keys(&whole, &mut there, true);
    let silent: Vec<&String> = there.difference(&described).collect();
    assert_eq!(silent, [""; 0]);
}
