//! From the types to the schema.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::spec::decode::{RESERVED, keys};

use super::file::File;

/// A number without a sign.
pub(super) const NUMBER: &str = r"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?";
/// Units of time.
pub(super) const UNIT: &str = "(ns|us|µs|μs|ms|s|min|h)";

/// The JSON Schema of a spec, in draft 7, which editors of YAML know best.
pub(in crate::spec) fn schema() -> Value {
    let mut schema = SchemaSettings::draft07()
        .into_generator()
        .into_root_schema_for::<File>()
        .to_value();
    without_null(&mut schema);
    schema
}

/// An optional key is one that may be missing, and never one without a value.
pub(super) fn without_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(without_null),
        Value::Object(object) => {
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    object.insert("type".to_owned(), one);
                }
            }
            if let Some(Value::Array(words)) = object.get_mut("enum") {
                words.retain(|word| !word.is_null());
            }
            if let Some(Value::Array(any)) = object.get_mut("anyOf") {
                any.retain(|one| one != &json!({"type": "null"}));
                if let [Value::Object(one)] = any.as_slice() {
                    let one = one.clone();
                    object.remove("anyOf");
                    // Draft 7 ignores whatever stands beside a reference.
                    if object.is_empty() || !one.contains_key("$ref") {
                        // What the key says of itself goes before what its type says.
                        for (key, value) in one {
                            object.entry(key).or_insert(value);
                        }
                    } else {
                        object.insert("allOf".to_owned(), json!([one]));
                    }
                }
            }
            object.values_mut().for_each(without_null);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Names of kernels, pipelines, suites and classes.
pub(super) fn names() -> Value {
    json!({"pattern": "^[0-9_-]*[A-Za-z][A-Za-z0-9_-]*$", "maxLength": 64})
}

/// Names that expressions and WGSL use.
pub(super) fn identifiers() -> Value {
    json!({"pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 64})
}

/// Identifiers that expressions do not keep for themselves.
pub(super) fn parameters() -> Value {
    json!({"pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 64, "not": {"enum": RESERVED}})
}

/// What a spec is, and a file without a suite that specs import.
pub(super) fn of_a_file(schema: &mut Schema) {
    let known: Vec<Value> = keys::FILE.iter().map(|key| json!(key)).collect();
    schema.insert(
        "if".to_owned(),
        json!({"anyOf": [{"required": ["suite"]}, {"required": ["cases"]}]}),
    );
    // An imported file may name its tables at its top; a spec does not.
    schema.insert(
        "then".to_owned(),
        json!({"required": ["gate", "suite", "cases"], "propertyNames": {"enum": known}}),
    );
}

/// Group and binding go together.
pub(super) fn slot_dependencies() -> Value {
    json!({"group": ["binding"], "binding": ["group"]})
}
