//! What a person is told who wrote a spec that is not one.
//!
//! Each mistake is one replacement in the good spec. Read the messages aloud:
//! they say where, what, and the cure.

use super::*;

/// The good spec with one replacement, and what is said of it.
fn slip(from: &str, to: &str) -> String {
    assert_eq!(
        MOE.matches(from).count(),
        1,
        "`{from}` stands in the spec once"
    );
    let project = good();
    project.write("specs/moe.yaml", MOE.replace(from, to).as_bytes());
    let told = project.errors("specs/moe.yaml");
    format!(
        "{} => {}\n    {}",
        from.escape_debug(),
        to.escape_debug(),
        told.trim_end().replace('\n', "\n    ")
    )
}

fn slips(all: &[(&str, &str)]) -> String {
    all.iter()
        .map(|(from, to)| slip(from, to))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn yaml_that_does_not_parse() {
    let told = slips(&[
        ("\"1-3 ms\"", "> 3 ms"),
        ("suite: moe", "suite: @moe"),
        ("slowdown: 2%", "slowdown: \"2%"),
        ("  rounds: 3..10", "\trounds: 3..10"),
        ("  rounds: 3..10", "   rounds: 3..10"),
        ("  rounds: 3..10", " rounds: 3..10"),
        ("rounds: 3..10", "rounds: 3: 10"),
        ("[tokens, experts], fill", "[tokens, experts, fill"),
        ("reset: [out]", "reset: *out"),
        ("reset: [out]", "reset: !out"),
        ("reset: [out]", "reset: {[a]: b}"),
        ("reset: [out]", "<<: out"),
        ("  warmup: 5", "  time: 5 ms"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn the_file_as_a_whole() {
    let told = slips(&[
        ("gate: 1\n", ""),
        ("gate: 1", "gate: 2"),
        ("gate: 1", "gate: one"),
        ("suite: moe\n", ""),
        ("suite: moe", "suite: [moe]"),
        ("suite: moe", "suite: moe/top k"),
        ("suite: moe", "suite: device"),
        ("suite: moe", "suite: 2026"),
        ("pipelines:\n", "pipeline:\n"),
        ("pipelines:\n", "model: {a: {b: 1}}\npipelines:\n"),
        (
            "pipelines:\n",
            "tables: {a: {b: 1.5}, and: {x: {y: 1}}, c: {}, d: {e: {1f: 1}}}\npipelines:\n",
        ),
        ("pipelines:\n", "colour: blue\npipelines:\n"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn limits_that_are_none() {
    let told = slips(&[
        ("slowdown: 2%", "slowdwon: 2%"),
        ("slowdown: 2%", "slowdown: 2"),
        ("slowdown: 2%", "slowdown: 0%"),
        ("slowdown: 2%", "slowdown: -2%"),
        ("slowdown: 2%", "slowdown: a bit"),
        ("slowdown: 2%", "slowdown:"),
        ("confidence: 99%", "confidence: 99"),
        ("confidence: 99%", "confidence: 100%"),
        ("rounds: 3..10", "rounds: 10..3"),
        ("rounds: 3..10", "rounds: 0"),
        ("rounds: 3..10", "rounds: 3-10"),
        ("time: 100ms", "time: 100"),
        ("time: 100ms", "time: 1 parsec"),
        ("budget: 60s", "budget: 0s"),
        ("budget: 60s", "budget: 1000000 s"),
        ("warmup: 5", "warmup: some"),
        ("warmup: 5", "warmup: -1"),
        ("{slowdown: 0.05, rounds: 5}", "{confidence: 95%}"),
        ("{time: 50 ms}", "{budget: 5 s}"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn kernels_that_are_none() {
    let told = slips(&[
        ("    template: topk.wgsl.j2\n", ""),
        ("template: topk.wgsl.j2", "tmplate: topk.wgsl.j2"),
        ("template: topk.wgsl.j2", "template: topk.wgsl"),
        ("template: topk.wgsl.j2", "template: ../../topk.wgsl.j2"),
        (
            "template: topk.wgsl.j2",
            "template: topk.wgsl.j2\n    shader: combine.wgsl",
        ),
        ("entry: main", "entry: ma in"),
        ("    reference: topk\n", ""),
        ("reference: topk", "reference: {wgsl: slow.wgsl}"),
        ("reference: topk", "reference: {}"),
        (
            "    dispatch: [\"ceil_div(tokens, workgroup)\", 1, 1]\n",
            "",
        ),
        ("[\"ceil_div(tokens, workgroup)\", 1, 1]", "[1, 1, 1, 1]"),
        ("[\"ceil_div(tokens, workgroup)\", 1, 1]", "[1.5, true, {}]"),
        (
            "\"ceil_div(tokens, workgroup)\"",
            "\"ceil_div(tokens, workgroup\"",
        ),
        (
            "\"ceil_div(tokens, workgroup)\"",
            "\"cdiv(tokens, workgroup)\"",
        ),
        ("overrides: {}", "overrides: {\"a b\": 1, X: [1]}"),
        (
            "uniforms: {tokens: u32, experts: u32, k: u32}",
            "uniforms: {tokens: vec4<u32>, experts: {value: 1}, k: {type: u32, value: 0.5}}",
        ),
        (
            "uniforms: {tokens: u32, experts: u32, k: u32}",
            "uniforms: {tokens: mat2x2<u32>, experts: {type: vec3<f32>, value: [1, 2]}, k: {type: vec2<u32>, value: [1, 0.5]}}",
        ),
        ("deterministic: true", "deterministic: maybe"),
        ("mode: throughput", "mode: thruput"),
        ("cache: cold", "cache: [cold]"),
        ("checks: [checked, unchecked]", "checks: [checked, checked]"),
        ("checks: [checked, unchecked]", "checks: []"),
        ("tolerance: 1e-5", "tolerance: tight"),
        ("tolerance: 1e-5", "tolerance: -1"),
        ("tolerance: 1e-5", "tolerance: {rel: 0.1}"),
        ("tolerance: 1e-5", "tolerance: {out: {relative: .nan}}"),
        ("tolerance: 1e-5", "tolerance: {}"),
        ("work: {bytes:", "work: {byte:"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn axes_that_are_none() {
    let told = slips(&[
        ("workgroup: [64, 128, 256]", "workgroup: []"),
        ("workgroup: [64, 128, 256]", "workgroup:"),
        ("workgroup: [64, 128, 256]", "workgroup: [64, 64]"),
        (
            "workgroup: [64, 128, 256]",
            "workgroup: [64.5, true, \"64\", {a: 1}, [], [a], a b, ~]",
        ),
        ("workgroup: [64, 128, 256]", "work-group: [64]"),
        ("workgroup: [64, 128, 256]", "cache: [warm, cold]"),
        ("workgroup: [64, 128, 256]", "max: [1]"),
        ("variants:\n      workgroup: [64, 128, 256]", "variants: []"),
        ("variants:\n      workgroup: [64, 128, 256]", "variants: 64"),
        ("storage: f16,", "storage: [f16, bf16],"),
        ("model: [small, 7b]", "model: [smal, 7b]"),
        ("model: [small, 7b]", "modle: [small, 7b]"),
        ("model: [small, 7b]", "model: []"),
        ("model: [small, 7b]", "model: [small, 7b], tile: [1]"),
        ("model: [small, 7b]", "model: [small, 7b], tokens: [1]"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn buffers_that_are_none() {
    let told = slips(&[
        ("logits: {type: f32", "logits: {type: f64"),
        ("logits: {type: f32", "logits: {type: vec5<f32>"),
        ("logits: {type: f32", "logits: {type: strorage"),
        ("logits: {type: f32, shape", "logits: {shape"),
        (
            "logits: {type: f32, shape: [tokens, experts]",
            "logits: {type: f32, shape: []",
        ),
        (
            "logits: {type: f32, shape: [tokens, experts]",
            "logits: {type: f32, shape: [tokens, 1.5]",
        ),
        (
            "logits: {type: f32, shape: [tokens, experts]",
            "logits: {type: f32, shape: [tokens, \"experts *\"]",
        ),
        ("logits: {type: f32", "2logits: {type: f32"),
        ("logits: {type: f32", "indices: {type: f32"),
        ("fill: \"normal(0, 1)\"", "fill: \"normal(0)\""),
        ("fill: \"normal(0, 1)\"", "fill: \"normal(0, -1)\""),
        ("fill: \"normal(0, 1)\"", "fill: \"uniform(0, lots of)\""),
        ("fill: \"normal(0, 1)\"", "fill: \"constant(nan)\""),
        ("fill: \"normal(0, 1)\"", "fill: random"),
        ("fill: \"normal(0, 1)\"", "fill: distinct(8)"),
        ("fill: \"normal(0, 1)\"", "fill: []"),
        ("fill: distinct(experts)", "fill: [0.5, 1]"),
        (
            "indices: {type: u32, shape: [tokens, k]}",
            "indices: {type: u32, shape: [tokens, k], fill: zeros}",
        ),
        ("group: 0, binding: 1", "group: 0"),
        ("group: 0, binding: 1", "group: 0, binding: -1"),
        (
            "fill: distinct(experts)}",
            "fill: distinct(experts), group: 0, binding: 1}",
        ),
        ("reset: [out]", "reset: [uot]"),
        ("reset: [out]", "reset: [x]"),
        ("reset: [out]", "reset: [out, out]"),
        (
            "    inout:\n      out:     {type: storage, shape: [tokens, hidden], fill: zeros}\n",
            "    outputs:\n      out:     {type: storage, shape: [tokens, hidden]}\n",
        ),
        ("reset: [out]", "uniforms_slot: {group: 0, binding: 1}"),
        (
            "{indices: exact, weights:",
            "{indexes: exact, logits: exact, weights:",
        ),
        (
            "    outputs:\n      indices: {type: u32, shape: [tokens, k]}\n      weights: {type: f32, shape: [tokens, k]}\n",
            "",
        ),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn an_axis_that_changes_nothing() {
    let told = slips(&[
        (
            "    shape: {tokens: 1, experts: 8, k: 2}\n    expect: {apple-m: \"< 0.5 ms\"",
            "    shape: {tokens: 1, experts: 8, k: 2}\n    sweep: {model: [small, 7b]}\n    expect: {apple-m: \"< 0.5 ms\"",
        ),
        (
            "length: [single, very-long]}",
            "length: [single, very-long], pad: [1, 2]}",
        ),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn references_that_prove_nothing() {
    let told = slips(&[
        ("{shader: slow.wgsl, entry: slow,", "{shader: combine.wgsl,"),
        ("    tolerance: 1e-5\n", ""),
        ("    tolerance: 1e-5\n", "    tolerance: 1\n"),
        (
            "    tolerance: 1e-5\n",
            "    tolerance: {relative: 1.5, absolute: 1e-6}\n",
        ),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn pipelines_that_are_none() {
    let told = slips(&[
        ("stages: [topk, combine]", "stages: []"),
        ("stages: [topk, combine]", "stages: [topkk, combine]"),
        ("stages: [topk, combine]", "stages: [combine, topk]"),
        ("stages: [topk, combine]", "stages: [topk, combine, topk]"),
        (
            "combine.indices: topk.indices",
            "combine.indexes: topk.indices",
        ),
        (
            "combine.indices: topk.indices",
            "combin.indices: topk.indices",
        ),
        ("combine.indices: topk.indices", "indices: topk.indices"),
        (
            "combine.indices: topk.indices",
            "combine.indices: topk.logits",
        ),
        (
            "combine.indices: topk.indices",
            "combine.indices: topk.weights",
        ),
        (
            "combine.indices: topk.indices",
            "topk.weights: topk.indices",
        ),
        (
            "stages: [topk, combine]",
            "stages: [topk, combine]\n    mode: latency",
        ),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn cases_that_are_none() {
    let told = slips(&[
        ("- kernel: topk\n", "- kernel: topkk\n"),
        ("- kernel: topk\n", "- kernel: moe\n"),
        ("- kernel: topk\n", "- pipeline: combine\n"),
        ("- kernel: topk\n", "- name: nothing\n"),
        ("- pipeline: moe", "- pipeline: moe\n    kernel: topk"),
        ("- pipeline: moe", "- pipeline: mo"),
        ("name: decode", "nmae: decode"),
        ("name: decode", "name: \"two\\nlines\""),
        ("force: true", "force: 1"),
        (
            "{tokens: 1, experts: 8, k: 2}",
            "{tokens: 1.5, experts: ~, k: \"2 +\", 4k: 1, cache: 2, model: 3}",
        ),
        ("hidden: \"model.hidden\"", "hidden: \"model.hiden\""),
        ("length: [single, very-long]", "batch: [1, 2]"),
        ("{apple-m: \"< 0.5 ms\"", "{aple-m: \"< 0.5 ms\""),
        ("{apple-m: \"< 0.5 ms\"", "{apple-m: 3-1ms"),
        ("{apple-m: \"< 0.5 ms\"", "{apple-m: 1 parsec"),
        ("{apple-m: \"< 0.5 ms\"", "{apple-m: -1-3 ms"),
        ("{apple-m: \"< 0.5 ms\"", "{apple-m: 5"),
        ("{apple-m: \"< 0.5 ms\"", "{apple-m: [1, 3]"),
        ("{apple-m: \"< 0.5 ms\"", "{apple-m: {}"),
        ("{apple-m: \"< 0.5 ms\"", "{apple-m: {tiem: \"< 1 ms\"}"),
        (
            "{apple-m: \"< 0.5 ms\"",
            "{apple-m: {gflops: \"1-2 GFLOP/s\"}",
        ),
        ("tokens: tokens}", "}"),
        ("{slowdown: 0.05, rounds: 5}", "fast"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn hardware_that_is_none() {
    let mut all = String::new();
    for text in [
        "classes: {}",
        "classes: [{match: {}}]",
        "classes: [{name: a}]",
        "classes: [{name: a, match: {adaptor: x}}]",
        "classes: [{name: a, match: {adapter: \"M[0-9\"}}]",
        "classes: [{name: a, match: {backend: volcano, type: gpu}}]",
        "classes: [{name: a, match: {}, cache: 50, timing: strict}]",
        "classes: [{name: a, match: {}, cache: 50 parsec}]",
        "{}",
    ] {
        let project = good();
        project.write("specs/hardware.yaml", text.as_bytes());
        let told = project.errors("specs/moe.yaml");
        let told: Vec<&str> = told.lines().take(2).collect();
        all.push_str(&format!("{text}\n    {}\n", told.join("\n    ")));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn all_mistakes_are_told_in_the_order_of_the_file() {
    let project = good();
    let text = MOE
        .replace("slowdown: 2%", "slowdown: 2")
        .replace("entry: main", "entri: main")
        .replace("force: true", "force: yes");
    project.write("specs/moe.yaml", text.as_bytes());
    let lines: Vec<String> = project
        .errors("specs/moe.yaml")
        .lines()
        .map(|l| l.split(' ').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        lines,
        [
            "specs/moe.yaml:6:13:",
            "specs/moe.yaml:16:5:",
            "specs/moe.yaml:78:12:"
        ]
    );
}

#[test]
fn a_hundred_mistakes_are_enough() {
    use std::fmt::Write as _;
    let project = good();
    let mut text = MOE.to_owned();
    for _ in 0..100_000 {
        let _ = writeln!(text, "  - {{kernel: topkk}}");
    }
    project.write("specs/moe.yaml", text.as_bytes());
    let told = project.errors("specs/moe.yaml");
    assert_eq!(told.lines().count(), 101);
    assert!(
        told.lines()
            .last()
            .is_some_and(|line| line.contains("mistakes more"))
    );
}
