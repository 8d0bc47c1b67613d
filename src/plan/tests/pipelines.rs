//! Chains of kernels.

use super::*;
use crate::kit::{Cache, Place};
use crate::plan::{BufferRole, Parameter};
use crate::spec::Placed;

pub(super) const CHAIN: &str = r#"
gate: 1
suite: s
classes:
  - {name: any-gpu, match: {}}
kernels:
  first:
    template: first.wgsl.j2
    variants: {workgroup: [64, 128, 256]}
    inputs:
      x: {type: f32, shape: [n]}
    outputs:
      picks: {type: u32, shape: [n, 2]}
    uniforms: {n: u32}
    dispatch: ["ceil_div(n, workgroup)", 1, 1]
    reference: {shader: slow.wgsl}
    deterministic: true
    work: {flops: n, bytes: "12 * n", tokens: n}
  second:
    template: second.wgsl.j2
    variants: {workgroup: [128, 256, 512], pad: [0]}
    inputs:
      x: {type: f32, shape: [n]}
      chosen: {type: u32, shape: [n, 2], fill: "distinct(9)"}
    outputs:
      y: {type: f32, shape: [n]}
    dispatch: ["ceil_div(n, workgroup)", 1, 1]
    reference: {shader: slow.wgsl}
    tolerance: {y: {relative: 1.0e-5, absolute: 1.0e-6}}
    work: {flops: "2 * n", bytes: "16 * n", tokens: n}
pipelines:
  both:
    stages: [first, second]
    connect: {second.chosen: first.picks}
cases:
  - {pipeline: both, shape: {n: 1000}}
"#;

#[test]
fn axes_of_one_name_move_together() {
    let plan = plan(CHAIN);
    assert_eq!(
        ids(&plan),
        [
            "s/both[n=1000]@pad=0,workgroup=128",
            "s/both[n=1000]@pad=0,workgroup=256"
        ]
    );
    let stages = &plan.cases[0].stages;
    assert_eq!(stages[0].dispatch, [8, 1, 1]);
    assert_eq!(stages[1].dispatch, [8, 1, 1]);
    // Each stage sees the axes of its own kernel.
    assert_eq!(stages[0].variant.len(), 1);
    assert_eq!(stages[1].variant["pad"], Parameter::Int(0));
}

#[test]
fn a_connected_pair_is_one_buffer_and_still_verified() {
    let plan = plan(CHAIN);
    let case = &plan.cases[0];
    let names: Vec<&str> = case.buffers.iter().map(|b| b.name.as_str()).collect();
    assert_eq!(names, ["first.x", "first.picks", "second.x", "second.y"]);
    assert_eq!(case.buffers[1].role, BufferRole::Output);
    let bound: Vec<(&str, usize)> = case.stages[1]
        .bindings
        .iter()
        .map(|binding| (binding.name.as_str(), binding.buffer))
        .collect();
    assert_eq!(bound, [("x", 2), ("chosen", 1), ("y", 3)]);
    assert!(case.stages[0].tolerance.contains_key("picks"));
    // One stage may differ from run to run, and so may the whole.
    assert!(!case.deterministic);
}

#[test]
fn the_whole_works_as_much_as_its_stages_and_hands_on_the_same_tokens() {
    let plan = plan(CHAIN);
    let work = plan.cases[0].work;
    assert_eq!(work.flops, Some(3_000.0));
    assert_eq!(work.bytes, Some(28_000.0));
    assert_eq!(work.tokens, Some(1_000.0));
    let given = super::plan(&CHAIN.replace(
        "stages: [first, second]",
        "stages: [first, second]\n    work: {bytes: \"5 * n + workgroup\"}",
    ));
    let work = given.cases[0].work;
    assert_eq!(work.bytes, Some(5_128.0));
    assert_eq!(work.flops, Some(3_000.0));
}

#[test]
fn a_pipelines_own_variants_stand_for_those_of_its_stages() {
    let plan = plan(&CHAIN.replace(
        "stages: [first, second]",
        "stages: [first, second]\n    variants: {workgroup: [32], pad: [1, 2]}",
    ));
    assert_eq!(
        ids(&plan),
        [
            "s/both[n=1000]@pad=1,workgroup=32",
            "s/both[n=1000]@pad=2,workgroup=32"
        ]
    );
}

#[test]
fn connected_buffers_that_differ_are_told_where_they_are_connected() {
    let text = CHAIN.replace(
        "picks: {type: u32, shape: [n, 2]}",
        "picks: {type: u32, shape: [n, 3]}",
    );
    let wrong = wrong(&text);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    let line = line_of(&text, "connect:");
    assert!(wrong[0].starts_with(&format!("{line}:")), "{}", wrong[0]);
    let told = "`first.picks` is u32 [1000, 3] and `second.chosen` is u32 [1000, 2]";
    assert!(wrong[0].contains(told), "{}", wrong[0]);
}

#[test]
fn a_type_that_only_an_axis_decides_is_held_against_its_producer() {
    let text = CHAIN
        .replace("pad: [0]", "pad: [0], kind: [i32]")
        .replace("chosen: {type: u32", "chosen: {type: kind");
    let wrong = wrong(&text);
    let told = "`first.picks` is u32 [1000, 2] and `second.chosen` is i32 [1000, 2]";
    assert!(wrong[0].contains(told), "{wrong:?}");
}

#[test]
fn stages_with_no_common_variant_are_told() {
    let wrong = wrong(&CHAIN.replace("[128, 256, 512]", "[512]"));
    assert!(wrong[0].contains("no variant in common"), "{wrong:?}");
}

#[test]
fn stages_that_are_measured_differently_need_a_word_from_the_entry() {
    let text = CHAIN.replace("    deterministic: true\n", "    cache: cold\n");
    let wrong = wrong(&text);
    assert!(
        wrong[0].contains("the stages of `both` differ in `cache`; write it on this entry"),
        "{wrong:?}"
    );
    let said = text.replace("shape: {n: 1000}", "shape: {n: 1000}, cache: cold");
    let plan = plan(&said);
    assert_eq!(plan.cases[0].cache, Cache::Cold);
    assert_eq!(
        ids(&plan)[0],
        "s/both[n=1000]@cache=cold,pad=0,workgroup=128"
    );
}

/// Connects a pipeline anew, past the reader's own checks, and plans it.
fn connected(pairs: &[(&str, &str)]) -> String {
    let mut spec = read(CHAIN);
    let pipeline = spec.pipelines.get_mut("both").expect("the pipeline");
    let placed = |text: &str| Placed {
        value: text.to_owned(),
        place: Place::new("s.yaml", 1, 1),
    };
    pipeline.connect = pairs.iter().map(|(a, b)| (placed(a), placed(b))).collect();
    wrong_spec(&spec).remove(0)
}

#[test]
fn connections_that_make_no_sense_are_told() {
    for (consumer, producer) in [
        ("second.chosn", "first.picks"),
        ("secnd.chosen", "first.picks"),
        ("chosen", "first.picks"),
    ] {
        let message = connected(&[(consumer, producer)]);
        let told = format!("`{consumer}` is no buffer of a stage here");
        assert!(message.contains(&told), "{message}");
    }
    for (consumer, producer) in [
        ("first.x", "second.y"),
        ("second.y", "first.picks"),
        ("second.x", "first.x"),
    ] {
        let message = connected(&[(consumer, producer)]);
        let told = format!("`{consumer}` cannot be `{producer}`");
        assert!(message.contains(&told), "{message}");
    }
    let twice = connected(&[
        ("second.chosen", "first.picks"),
        ("second.chosen", "first.picks"),
    ]);
    assert!(
        twice.contains("`second.chosen` is connected twice"),
        "{twice}"
    );
}

/// Buffers that are restored before each run, of a kernel with two under
/// `inout`, where `reset` is written so.
fn restored(reset: &str) -> Vec<usize> {
    let text = CHAIN
        .replace(
            "    outputs:\n      y: {type: f32, shape: [n]}\n    dispatch",
            &format!(
                "    inout:\n      y: {{type: f32, shape: [n]}}\n      z: {{type: f32, shape: [n]}}\n{reset}    dispatch"
            ),
        )
        .replace("tolerance: {y: {relative: 1.0e-5, absolute: 1.0e-6}}", "tolerance: 1e-5")
        .replace("pipeline: both", "kernel: second");
    let plan = plan(&text);
    assert_eq!(plan.cases[0].buffers[2].role, BufferRole::Inout);
    plan.cases[0].stages[0].reset.clone()
}

#[test]
fn what_is_read_and_written_is_restored_unless_the_spec_says_otherwise() {
    assert_eq!(restored(""), [2, 3]);
    assert_eq!(restored("    reset: true\n"), [2, 3]);
    assert_eq!(restored("    reset: [z]\n"), [3]);
    assert_eq!(restored("    reset: z\n"), [3]);
    assert_eq!(restored("    reset: false\n"), [0; 0]);
    assert_eq!(restored("    reset: []\n"), [0; 0]);
}

#[test]
fn what_an_earlier_stage_writes_is_not_restored() {
    let text = CHAIN.replace(
        "      chosen: {type: u32, shape: [n, 2], fill: \"distinct(9)\"}\n",
        "    inout:\n      chosen: {type: u32, shape: [n, 2], fill: \"distinct(9)\"}\n",
    );
    let plan = plan(&text);
    let stage = &plan.cases[0].stages[1];
    assert_eq!(stage.reset, [0; 0]);
}
