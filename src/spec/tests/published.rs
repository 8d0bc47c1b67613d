//! The published JSON Schema of specs says what the decoders read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::super::decode::keys;
use super::super::form;
use super::super::node::{Kind, Node, Plain};
use super::super::places::Weight;
use super::super::read::parse;
use super::*;

/// The tree of a text, as the editor's validator sees it.
fn as_json(node: &Node) -> Value {
    match &node.kind {
        Kind::List(items) => items.iter().map(as_json).collect(),
        Kind::Map(entries) => Value::Object(
            entries
                .iter()
                .map(|entry| (entry.key.text.clone(), as_json(&entry.value)))
                .collect(),
        ),
        Kind::Scalar(scalar) => match scalar.value {
            Plain::Null => Value::Null,
            Plain::Bool(value) => json!(value),
            Plain::Int(value) => json!(value),
            Plain::Float(value) => json!(value),
            Plain::Huge => json!(scalar.text.parse::<f64>().unwrap_or_default()),
            Plain::Text => json!(scalar.text),
        },
    }
}

fn yaml(text: &str) -> Value {
    let limit = Weight {
        nodes: 1_000_000,
        text: 1 << 24,
    };
    match parse(text, limit) {
        Ok((tree, _)) => as_json(&tree),
        Err(error) => panic!("{}", error.message),
    }
}

fn validator() -> Validator {
    jsonschema::validator_for(&form::schema()).expect("the schema is one")
}

/// What the schema says of a text, one complaint a line.
fn complaints(schema: &Validator, text: &str) -> String {
    schema
        .iter_errors(&yaml(text))
        .map(|error| format!("{}: {error}\n", error.instance_path()))
        .collect()
}

/// All specs of the repository, those for others to import too.
fn specs() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["specs", "examples/saxpy/specs", "src/app/selftest", "tests"];
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("is there") {
            let path = entry.expect("is there").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_schema_in_the_repository_is_current() {
    let mut text = serde_json::to_string_pretty(&form::schema()).expect("is JSON");
    text.push('\n');
    crate::kit::current(
        "schemas/spec.schema.json",
        &text,
        "cargo test --lib published",
    );
}

#[test]
fn every_spec_of_the_repository_is_valid() {
    let schema = validator();
    let specs = specs();
    assert!(specs.len() > 15, "{specs:?}");
    for path in specs {
        let text = fs::read_to_string(&path).expect("is text");
        assert_eq!(complaints(&schema, &text), "", "{}", path.display());
    }
    for text in [MOE, HARDWARE, MODELS] {
        assert_eq!(complaints(&schema, text), "");
    }
}

#[test]
fn the_schema_has_the_keys_that_are_read() {
    let schema = form::schema();
    let definitions = schema["definitions"].as_object().expect("has definitions");
    let mut read: BTreeMap<&str, Vec<&str>> = [
        ("Kernel", keys::KERNEL),
        ("Buffer", keys::BUFFER),
        ("Slot", keys::SLOT),
        ("UniformValue", keys::UNIFORM),
        ("WgslReference", keys::REFERENCE),
        ("Bounds", keys::TOLERANCE),
        ("Work", keys::WORK),
        ("Pipeline", keys::PIPELINE),
        ("Case", keys::CASE),
        ("Ranges", keys::EXPECTATION),
        ("Class", keys::CLASS),
        ("Match", keys::MATCH),
        ("SuiteLimits", keys::SUITE_LIMITS),
        ("CaseLimits", keys::CASE_LIMITS),
    ]
    .into_iter()
    .map(|(name, keys)| (name, keys.to_vec()))
    .collect();
    // An output has no fill: the gate poisons it.
    let output = keys::BUFFER.iter().copied().filter(|key| *key != "fill");
    read.insert("OutputBuffer", output.collect());
    let sorted = |mut keys: Vec<String>| {
        keys.sort_unstable();
        keys
    };
    let of = |object: &Map<String, Value>| {
        let properties = object.get("properties")?.as_object()?;
        Some(sorted(properties.keys().cloned().collect()))
    };
    let described: BTreeMap<&str, Vec<String>> = definitions
        .iter()
        .filter_map(|(name, schema)| Some((name.as_str(), of(schema.as_object()?)?)))
        .collect();
    let read: BTreeMap<&str, Vec<String>> = read
        .into_iter()
        .map(|(name, keys)| (name, sorted(keys.into_iter().map(str::to_owned).collect())))
        .collect();
    assert_eq!(described, read);
    let file = sorted(keys::FILE.iter().map(|key| (*key).to_owned()).collect());
    assert_eq!(of(schema.as_object().expect("an object")), Some(file));
}

#[test]
fn every_key_has_a_description() {
    let schema = form::schema();
    let mut silent = Vec::new();
    let definitions = schema["definitions"].as_object().expect("has definitions");
    let root = [("File", &schema)];
    for (name, schema) in definitions.iter().map(|(n, s)| (n.as_str(), s)).chain(root) {
        for (key, value) in schema["properties"].as_object().into_iter().flatten() {
            if value.get("description").is_none() {
                silent.push(format!("{name}.{key}"));
            }
        }
    }
    assert_eq!(silent, [""; 0]);
}

/// Mistakes of shape, each one replacement in the good spec.
const SHAPES: &[(&str, &str)] = &[
    ("gate: 1\n", ""),
    ("gate: 1", "gate: 2"),
    ("gate: 1", "gate: one"),
    ("suite: moe\n", ""),
    ("suite: moe", "suite: [moe]"),
    ("suite: moe", "suite: device"),
    ("suite: moe", "suite: moe/top k"),
    ("pipelines:\n", "pipeline:\n"),
    ("pipelines:\n", "colour: blue\npipelines:\n"),
    ("pipelines:\n", "model: {a: {b: 1}}\npipelines:\n"),
    ("pipelines:\n", "tables: {a: {b: {c: 1.5}}}\npipelines:\n"),
    ("pipelines:\n", "tables: {and: {b: {c: 1}}}\npipelines:\n"),
    ("slowdown: 2%", "slowdwon: 2%"),
    ("slowdown: 2%", "slowdown: a bit"),
    ("slowdown: 2%", "slowdown:"),
    ("rounds: 3..10", "rounds: 3-10"),
    ("time: 100ms", "time: 100"),
    ("time: 100ms", "time: 1 parsec"),
    ("warmup: 5", "warmup: some"),
    ("warmup: 5", "warmup: -1"),
    ("{slowdown: 0.05, rounds: 5}", "{confidence: 95%}"),
    ("    template: topk.wgsl.j2\n", ""),
    ("template: topk.wgsl.j2", "tmplate: topk.wgsl.j2"),
    (
        "template: topk.wgsl.j2",
        "template: topk.wgsl.j2\n    shader: combine.wgsl",
    ),
    ("    reference: topk\n", ""),
    ("reference: topk", "reference: {wgsl: slow.wgsl}"),
    ("reference: topk", "reference: {}"),
    ("[\"ceil_div(tokens, workgroup)\", 1, 1]", "[1, 1, 1, 1]"),
    ("[\"ceil_div(tokens, workgroup)\", 1, 1]", "[1.5, true, {}]"),
    ("workgroup: [64, 128, 256]", "workgroup: []"),
    ("workgroup: [64, 128, 256]", "workgroup: [64, 64]"),
    ("workgroup: [64, 128, 256]", "workgroup: [1.5]"),
    ("workgroup: [64, 128, 256]", "workgroup: [\"64\"]"),
    ("workgroup: [64, 128, 256]", "workgroup: [a b]"),
    ("workgroup: [64, 128, 256]", "device: [64]"),
    ("overrides: {}", "overrides: {\"a b\": 1}"),
    ("overrides: {}", "overrides: {X: [1]}"),
    ("{type: f32, value: 1e-5}", "{value: 1}"),
    ("{type: f32, value: 1e-5}", "{type: f32, valu: 1}"),
    ("deterministic: true", "deterministic: maybe"),
    ("mode: throughput", "mode: thruput"),
    ("cache: cold", "cache: [cold]"),
    ("checks: [checked, unchecked]", "checks: []"),
    ("checks: [checked, unchecked]", "checks: [checked, checked]"),
    ("tolerance: 1e-5", "tolerance: tight"),
    ("tolerance: 1e-5", "tolerance: -1"),
    ("work: {bytes:", "work: {byte:"),
    ("fill: \"normal(0, 1)\"", "fill: random"),
    ("fill: \"normal(0, 1)\"", "fill: []"),
    ("fill: softmax, group: 0,", "fill: softmax,"),
    ("{type: u32, shape: [tokens, k]}", "{type: u32}"),
    (
        "{type: u32, shape: [tokens, k]}",
        "{type: u32, shape: [tokens, k], fill: zeros}",
    ),
    (
        "{type: u32, shape: [tokens, k]}",
        "{type: vec9<u32>, shape: [tokens, k]}",
    ),
    ("stages: [topk, combine]", "stages: []"),
    (
        "  - kernel: topk\n",
        "  - pipeline: moe\n    kernel: topk\n",
    ),
    ("  - kernel: topk\n    shape", "  - shape"),
    ("nvidia-h100: \"< 15 us\"", "nvidia-h100: \"15 us\""),
    ("nvidia-h100: \"< 15 us\"", "nvidia-h100: \"< 15\""),
    ("nvidia-h100: \"< 15 us\"", "nvidia-h100: {}"),
    ("nvidia-h100: \"< 15 us\"", "nvidia-h100: {flops: 1}"),
    ("\"300-1000\"", "\"300-1000 GB\""),
    ("force: true", "force: 1"),
];

#[test]
fn what_is_refused_for_its_shape_is_refused_by_the_schema() {
    let schema = validator();
    let mut passed = Vec::new();
    for (from, to) in SHAPES {
        assert!(MOE.contains(from), "`{from}` stands in the spec");
        let text = MOE.replacen(from, to, 1);
        let project = good();
        project.write("specs/moe.yaml", text.as_bytes());
        project.errors("specs/moe.yaml");
        if complaints(&schema, &text).is_empty() {
            passed.push(format!("{from} => {to}"));
        }
    }
    assert_eq!(passed, [""; 0]);
}

#[test]
fn what_hardware_cannot_be_is_refused_too() {
    let schema = validator();
    for (from, to) in [
        ("name: software", "nmae: software"),
        ("match: {type: cpu}", "match: {type: tpu}"),
        ("match: {type: cpu}", "match: {kind: cpu}"),
        (",    match: {type: cpu}", ""),
        ("cache: 50 MiB", "cache: 50"),
        ("timing: advisory", "timing: never"),
        ("backend: metal", "backend: mettle"),
    ] {
        assert!(HARDWARE.contains(from), "{from}");
        let text = HARDWARE.replacen(from, to, 1);
        let project = good();
        project.write("specs/hardware.yaml", text.as_bytes());
        project.errors("specs/moe.yaml");
        assert_ne!(complaints(&schema, &text), "", "{from} => {to}");
    }
}
