//! The guide's reference of specs, written from the JSON Schema.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::super::form;
use super::super::schema::Limits;

/// Definitions with keys, in the order of a spec, each with an example.
const SECTIONS: &[(&str, &str)] = &[
    (
        "File",
        "gate: 1\nsuite: moe\nimport: [hardware.yaml, models.yaml]\ncases:\n  - {kernel: topk, shape: {tokens: 1, experts: 8, k: 2}}",
    ),
    (
        "SuiteLimits",
        "limits: {slowdown: 2%, confidence: 99%, rounds: 3..10, time: 100ms, budget: 60s, warmup: 5}",
    ),
    (
        "CaseLimits",
        "cases:\n  - kernel: topk\n    limits: {slowdown: 5%, rounds: 5}",
    ),
    (
        "Class",
        "classes:\n  - {name: nvidia-h100, match: {adapter: \"H100\"}, cache: 50 MiB}\n  - {name: software, match: {type: cpu}, timing: advisory}",
    ),
    (
        "Match",
        "classes:\n  - {name: apple-m, match: {adapter: \"Apple M[0-9]\", backend: metal}}",
    ),
    (
        "Kernel",
        "kernels:\n  saxpy:\n    shader: saxpy.wgsl\n    variants: {workgroup: [64, 256]}\n    overrides: {workgroup: workgroup}\n    uniforms: {n: u32}\n    inputs: {x: {type: f32, shape: [n]}}\n    outputs: {z: {type: f32, shape: [n]}}\n    dispatch: [\"ceil_div(n, workgroup)\", 1, 1]\n    reference: {shader: saxpy_slow.wgsl, dispatch: [1, 1, 1]}\n    tolerance: {z: {relative: 1e-6, absolute: 1e-6}}\n    work: {flops: \"2 * n\", bytes: \"12 * n\"}",
    ),
    (
        "Buffer",
        "kernels:\n  sum:\n    shader: sum.wgsl\n    inputs:\n      x: {type: f16, shape: [rows, n], fill: \"normal(0, 1)\"}\n      weights: {type: vec4<f32>, shape: [\"n / 4\"], fill: iota, group: 1, binding: 0}\n    outputs: {y: {type: f32, shape: [rows]}}\n    dispatch: [rows]\n    reference: {shader: sum_slow.wgsl}\n    tolerance: 1e-5",
    ),
    ("OutputBuffer", ""),
    ("Slot", ""),
    (
        "UniformValue",
        "kernels:\n  saxpy:\n    shader: saxpy.wgsl\n    uniforms:\n      n: u32                              # the parameter of that name\n      a: {type: f32, value: 1.5}\n      bias: {type: vec3<f32>, value: [1, \"n\", 0.5]}\n    outputs: {z: {type: f32, shape: [n]}}\n    dispatch: [1]\n    reference: {shader: saxpy_slow.wgsl}\n    tolerance: exact",
    ),
    ("WgslReference", ""),
    ("Bounds", ""),
    ("Work", ""),
    (
        "Pipeline",
        "pipelines:\n  moe:\n    stages: [topk, combine]\n    connect: {combine.indices: topk.indices, combine.weights: topk.weights}",
    ),
    (
        "Case",
        "cases:\n  - kernel: topk\n    name: short prompts\n    sweep: {model: [small, 7b], tokens: [1, 128]}\n    shape: {experts: model.experts, k: model.top_k}\n    expect: {nvidia-h100: \"< 15 us\", any-gpu: {time: \"< 1 ms\", tokens_per_second: \"> 1e6\"}}",
    ),
    ("Ranges", ""),
];

/// `SuiteLimits` as `Suite limits`.
fn title(name: &str) -> String {
    let mut title = String::new();
    for letter in name.replace("Wgsl", "WGSL").chars() {
        let begins = letter.is_uppercase() && title.ends_with(|c: char| c.is_lowercase());
        if begins || (letter == 'R' && title == "WGSL") {
            title.push(' ');
            title.extend(letter.to_lowercase());
        } else {
            title.push(letter);
        }
    }
    title
}

fn link(name: &str) -> String {
    let title = title(name);
    let anchor = title.to_lowercase().replace(' ', "-");
    format!(
        "[{}](#{anchor})",
        title.to_lowercase().replace("wgsl", "WGSL")
    )
}

fn description(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.replace('\n', " ")
}

/// A cell of a table: a bar would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn bounds(schema: &Value, least: &str, most: &str) -> Option<String> {
    match (&schema[least], &schema[most]) {
        (Value::Null, Value::Null) => None,
        (least, Value::Null) => Some(format!("at least {least}")),
        (Value::Null, most) => Some(format!("at most {most}")),
        (least, most) => Some(format!("{least} to {most}")),
    }
}

fn with(what: &str, bounds: Option<String>) -> String {
    match bounds {
        Some(bounds) => format!("{what}, {bounds}"),
        None => what.to_owned(),
    }
}

/// What a value may be, in words.
fn words(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return link(name.trim_start_matches("#/definitions/"));
    }
    if let Some([one]) = schema["allOf"].as_array().map(Vec::as_slice) {
        return words(one);
    }
    if let Some(any) = schema["anyOf"]
        .as_array()
        .filter(|_| schema["type"].is_null())
    {
        let mut forms: Vec<String> = any.iter().map(words).collect();
        forms.dedup();
        return forms.join(", or ");
    }
    if let Some(values) = schema["enum"].as_array() {
        let words = values.iter().filter_map(Value::as_str);
        let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
        return words.join(", ");
    }
    match schema["type"].as_str() {
        Some("integer") if schema["minimum"].is_u64() && schema["minimum"] == schema["maximum"] => {
            format!("`{}`", schema["minimum"])
        }
        Some("integer") => with("integer", bounds(schema, "minimum", "maximum")),
        Some("number") => with("number", bounds(schema, "minimum", "maximum")),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("string") => "text".to_owned(),
        Some("array") => {
            let some = bounds(schema, "minItems", "maxItems");
            let some = some.map(|some| format!(" ({some})")).unwrap_or_default();
            let item = match words(&schema["items"]) {
                several if several.contains(", ") => format!("({several})"),
                one => one,
            };
            format!("list{some} of {item}")
        }
        Some("object") => match &schema["additionalProperties"] {
            Value::Object(_) => format!(
                "names, each with {}",
                words(&schema["additionalProperties"])
            ),
            _ => panic!("an object without a name: {schema}"),
        },
        other => panic!("no words for {other:?} in {schema}"),
    }
}

/// The keys that some alternatives ask for.
fn alternatives(schema: &Value, key: &str) -> Vec<String> {
    let all = schema[key].as_array().into_iter().flatten();
    all.filter_map(|one| one["required"].as_array())
        .flatten()
        .filter_map(Value::as_str)
        .map(|key| format!("`{key}`"))
        .collect()
}

/// What holds for the keys together.
fn together(schema: &Value) -> String {
    let mut text = String::new();
    let mut say = |sentence: String| {
        text.push(' ');
        text.push_str(&sentence);
    };
    let exactly = alternatives(schema, "oneOf");
    if !exactly.is_empty() {
        say(format!("It has either {}.", exactly.join(" or ")));
    }
    let some = alternatives(schema, "anyOf");
    if !some.is_empty() {
        say(format!("It has at least one of {}.", some.join(", ")));
    }
    if schema["minProperties"] == 1 {
        say("At least one key is given.".to_owned());
    }
    if schema["dependencies"].is_object() {
        let keys: Vec<String> = schema["dependencies"]
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .map(|key| format!("`{key}`"))
            .collect();
        say(format!("{} go together.", keys.join(" and ")));
    }
    text
}

fn section(out: &mut String, name: &str, schema: &Value, example: &str) {
    writeln!(out, "\n## {}\n", title(name)).expect("a string takes it");
    writeln!(out, "{}{}\n", description(schema), together(schema)).expect("a string takes it");
    if !example.is_empty() {
        writeln!(out, "```yaml\n{example}\n```\n").expect("a string takes it");
    }
    // Of a file it depends on what it is.
    let required = match name {
        "File" => &schema["then"]["required"],
        _ => &schema["required"],
    };
    let required: Vec<&str> = required
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    out.push_str("| key | value | |\n|---|---|---|\n");
    let properties = schema["properties"].as_object().expect("has keys");
    // What must be there comes first.
    let (first, then): (Vec<_>, Vec<_>) = properties
        .iter()
        .partition(|(key, _)| required.contains(&key.as_str()));
    for (key, value) in first.iter().chain(&then) {
        let must = match (required.contains(&key.as_str()), name) {
            (true, "File") => "**Required in a suite.** ",
            (true, _) => "**Required.** ",
            (false, _) => "",
        };
        let said = cell(&description(value));
        writeln!(out, "| `{key}` | {} | {must}{said} |", cell(&words(value)))
            .expect("a string takes it");
    }
}

/// The whole reference.
fn reference() -> String {
    let schema = form::schema();
    let definitions = schema["definitions"].as_object().expect("has definitions");
    let mut out = String::from(
        "# Spec reference\n\n\
         <!-- Made by a test from the schema: `INSTA_UPDATE=always cargo test --lib published` writes it. -->\n\n\
         You want to look up a key. [A file](#file) shows what stands at the top; each section \
         has the keys of one part of it. This page is generated from the JSON Schema that `gate schema` prints, so that it \
         says what this version reads; what takes more than one place to see, such as a name that nothing \
         declares, `gate validate` tells. [Add a kernel](adding-a-kernel.md) explains the parts in the order in which you meet them.\n",
    );
    for (name, example) in SECTIONS {
        let part = if *name == "File" {
            &schema
        } else {
            &definitions[*name]
        };
        section(&mut out, name, part, example);
    }
    let sections: BTreeSet<&str> = SECTIONS.iter().map(|(name, _)| *name).collect();
    out.push_str("\n## Values\n\nWhat the tables above link to.\n");
    for (name, part) in definitions {
        if part["properties"].is_object() {
            assert!(sections.contains(name.as_str()), "{name} has no section");
            continue;
        }
        let said = description(part);
        writeln!(out, "\n### {}\n\n{said}\n", title(name)).expect("a string takes it");
        writeln!(out, "Written as: {}.", words(part)).expect("a string takes it");
    }
    out
}

#[test]
fn the_published_reference_in_the_guide_is_current() {
    crate::kit::current(
        "docs/src/spec-reference.md",
        &reference(),
        "cargo test --lib published",
    );
}

#[test]
fn every_definition_is_linked_to_where_it_is_used() {
    let text = reference();
    for (name, _) in form::schema()["definitions"].as_object().expect("has") {
        assert!(text.contains(&format!("# {}\n", title(name))), "{name}");
        assert!(text.contains(&link(name)), "{name} is linked from nowhere");
    }
    assert_eq!(link("WgslReference"), "[WGSL reference](#wgsl-reference)");
}

#[test]
fn the_limits_told_are_those_that_hold() {
    let built = Limits::builtin();
    let percent = |share: f64| format!("{}%", share * 100.0);
    let (least, most) = built.rounds.expect("has one");
    let defaults = [
        ("slowdown", percent(built.slowdown.expect("has one").0)),
        ("confidence", percent(built.confidence.expect("has one"))),
        ("rounds", format!("{least}..{most}")),
        (
            "time",
            format!("{}ms", built.time.expect("has one").0 / 1e6),
        ),
        (
            "budget",
            format!("{}s", built.budget.expect("has one").0 / 1e9),
        ),
        ("warmup", built.warmup.expect("has one").to_string()),
    ];
    let schema = form::schema();
    let keys = &schema["definitions"]["SuiteLimits"]["properties"];
    for (key, default) in &defaults {
        let said = keys[key]["description"].as_str().expect("has one");
        let default = format!("[default: {default}]");
        assert!(said.contains(&default), "{key}: {said}");
    }
}
