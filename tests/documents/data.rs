//! The YAML of the documents: specs are what the schema allows, and what a
//! recipe for a CI calls is called.

use serde_json::{Map, Value, json};

use super::markdown::{Block, Document, chapters};

fn documents() -> Vec<Document> {
    let chapters = chapters();
    let guide = chapters.iter().map(String::as_str);
    let all = guide.chain(["README.md", "CONTRIBUTING.md", "DESIGN.md"]);
    all.map(Document::read).collect()
}

/// YAML as JSON.
fn yaml(place: &str, text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{place}: {error}"))
}

fn schema() -> jsonschema::Validator {
    let text = super::markdown::read("schemas/spec.schema.json");
    let schema = serde_json::from_str(&text).expect("is JSON");
    jsonschema::validator_for(&schema).expect("is a schema")
}

/// A document shows one kind of thing at a time: what it leaves out of a file or
/// of a kernel, and which a spec has to have, is added.
fn completed(mut spec: Value) -> Value {
    let Some(file) = spec.as_object_mut() else {
        return spec;
    };
    if file.contains_key("suite") || file.contains_key("cases") {
        for (key, value) in [
            ("gate", json!(1)),
            ("suite", json!("shown")),
            ("cases", json!([{"kernel": "shown"}])),
        ] {
            file.entry(key).or_insert(value);
        }
    }
    let kernels = file.get_mut("kernels").and_then(Value::as_object_mut);
    for kernel in kernels.into_iter().flat_map(Map::values_mut) {
        let Some(kernel) = kernel.as_object_mut() else {
            continue;
        };
        for (alternatives, value) in [
            (&["template", "shader"][..], json!("shown.wgsl")),
            (&["outputs", "inout"], json!({})),
            (&["dispatch"], json!([1])),
            (&["reference"], json!("shown")),
        ] {
            if !alternatives.iter().any(|key| kernel.contains_key(*key)) {
                kernel.insert(alternatives[0].to_owned(), value);
            }
        }
    }
    spec
}

/// What the schema says of a spec, one complaint a line.
fn complaints(schema: &jsonschema::Validator, spec: Value) -> String {
    schema
        .iter_errors(&completed(spec))
        .map(|error| format!("{}: {error}\n", error.instance_path()))
        .collect()
}

#[test]
fn every_spec_is_what_the_schema_allows() {
    let schema = schema();
    let mut seen = 0;
    for document in documents() {
        let is_spec = |block: &&Block| block.language == "yaml" && block.mark("ci").is_none();
        for block in document.blocks.iter().filter(is_spec) {
            let place = document.place(block);
            let spec = yaml(&place, &block.text);
            // A modeline alone holds nothing.
            if !spec.is_null() {
                assert_eq!(complaints(&schema, spec), "", "{place}");
                seen += 1;
            }
        }
    }
    assert!(seen > 15, "{seen} specs");
}

#[test]
fn what_is_no_spec_is_found() {
    let schema = schema();
    for (text, right) in [
        ("classes: [{name: a, match: {}}]", true),
        ("classes: [{nmae: a, match: {}}]", false),
        ("kernels: {a: {tempate: a.wgsl}}", false),
        ("limits: {slowdown: much}", false),
        ("gate: 1\nsuite: a\ncases: []", false),
    ] {
        let said = complaints(&schema, yaml("here", text));
        assert_eq!(said.is_empty(), right, "{text}: {said}");
    }
}

/// The scripts of a recipe: what stands under these keys, at any depth.
fn scripts(recipe: &Value, found: &mut Vec<String>) {
    match recipe {
        Value::Array(items) => items.iter().for_each(|item| scripts(item, found)),
        Value::Object(map) => {
            for (key, value) in map {
                let script = ["run", "script", "before_script", "command", "commands"];
                match value {
                    Value::String(text) if script.contains(&key.as_str()) => {
                        found.push(text.clone());
                    }
                    Value::Array(lines) if script.contains(&key.as_str()) => {
                        found.extend(lines.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    other => scripts(other, found),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(unix)]
#[test]
#[expect(clippy::print_stdout, reason = "what did not run is told")]
fn what_recipes_call_is_called() {
    use super::shell::calls;
    use super::stage::{Stage, software_adapter};
    use clap::Parser as _;

    let adapter = software_adapter();
    let (mut read, mut ran) = (0, 0);
    for document in documents() {
        let is_recipe = |block: &&Block| block.mark("ci").is_some();
        for block in document.blocks.iter().filter(is_recipe) {
            let place = document.place(block);
            let mut found = Vec::new();
            scripts(&yaml(&place, &block.text), &mut found);
            let here = adapter.clone().map(|device| {
                let here = Stage::example(device);
                // Machines with a GPU are told to require one.
                let ended = here.run("gate update-baselines", "2");
                assert_eq!(ended.code, 0, "{}", ended.said);
                here
            });
            for line in found.iter().flat_map(|script| script.lines()) {
                let calls = calls(line).unwrap_or_else(|what| panic!("{place}: {line}: {what}"));
                let gates: Vec<_> = calls.iter().filter(|call| call[0] == "gate").collect();
                for call in &gates {
                    if let Err(error) = kernel_gate::cli::Cli::try_parse_from(*call) {
                        panic!("{place}: {line}: {error}");
                    }
                    read += 1;
                }
                let Some(here) = here.as_ref().filter(|_| !gates.is_empty()) else {
                    continue;
                };
                assert_eq!(
                    gates.len(),
                    calls.len(),
                    "{place}: {line}: give it a line of its own"
                );
                // What a runner would say, in the example's repository.
                let script = format!(
                    "export BASE=HEAD CI_MERGE_REQUEST_DIFF_BASE_SHA=HEAD BUILDKITE_PULL_REQUEST_BASE_BRANCH=HEAD\n{line}"
                );
                let ended = here.run(&script, "2");
                assert_eq!(ended.code, 0, "{place}: {line}:\n{}", ended.said);
                assert_eq!(ended.calls.len(), gates.len(), "{place}: {line}");
                ran += gates.len();
            }
        }
    }
    println!("recipes: {read} calls of gate read, {ran} run on {adapter:?}");
    assert!(read >= 6, "{read}");
}
