//! The templates of a transformer's layers, at shapes and inputs that are hard.

use kernel_gate::plan::FillPlan;
use kernel_gate::run::Device;

use crate::suites::{judged, portable, refill, verify};
use crate::{gpu, turn};

#[test]
fn layers_are_right_at_odd_shapes() {
    let _turn = turn();
    let run = verify(include_str!("odd.yaml"), &mut gpu(), |_| {});
    // Half of them need no 16-bit floats and no subgroups.
    assert!(run > 100, "{run} cases");
}

/// All but matrix products and routing, which have suites of their own.
#[test]
fn every_layer_runs_on_a_device_of_default_limits_and_no_features() {
    let kernels = portable(include_str!("odd.yaml"));
    let expected = [
        "add",
        "attention",
        "attention_reduce",
        "attention_split",
        "embedding",
        "matvec_q4_0",
        "matvec_q8_0",
        "moe_combine",
        "moe_down",
        "moe_gate_up",
        "moe_group",
        "rmsnorm",
        "rope",
        "silu_gate",
        "softmax",
    ];
    assert!(kernels.iter().eq(expected), "{kernels:?}");
}

#[test]
fn softmax_holds_equal_large_and_masked_logits() {
    let suite = "
gate: 1
suite: hard
import: [layers.yaml]
cases:
  - kernel: softmax
    sweep: {n: [8, 33, 1024]}
    shape: {rows: 3}
    variants: {storage: [f32], workgroup: [64], reduce: [tree, subgroup]}
";
    let _turn = turn();
    let mut gpu = gpu();
    for values in [
        vec![0.0],
        vec![1e4, -1e4, 9_999.0],
        vec![-1e30],
        vec![-1e30, 2.0, -1e30, 1.0, -1e30],
    ] {
        let fill = FillPlan::Values(values);
        let run = verify(suite, &mut gpu, |case| refill(case, "x", &fill));
        assert!(run >= 3, "{run} cases");
    }
}

#[test]
fn attention_holds_equal_and_large_scores_and_gates_hold_large_ones() {
    let suite = "
gate: 1
suite: hard
import: [layers.yaml]
cases:
  - kernel: attention
    shape: {tokens: 33, context: 40, heads: 2, kv_heads: 1, head_dim: 64}
    variants: {storage: [f32], rows: [32, 64]}
  - pipeline: attention_decode
    shape: {context: 127, heads: 2, kv_heads: 1, head_dim: 64}
    variants: {storage: [f32], splits: [8], workgroup: [64], reduce: [tree, subgroup]}
  - kernel: silu_gate
    shape: {tokens: 3, intermediate: 33}
    variants: {storage: [f32], workgroup: [64], each: [1]}
";
    let _turn = turn();
    let mut gpu = gpu();
    // Of 64 columns over 8, scores are 8 times the product of a query's and a
    // key's element: zero, and up to ten thousand either way.
    for (queries, keys) in [(0.0, 1.0), (30.0, 40.0)] {
        let run = verify(suite, &mut gpu, |case| {
            refill(case, "q", &FillPlan::Constant(queries));
            refill(
                case,
                "k",
                &FillPlan::Values(vec![keys, -keys, keys, keys, -keys]),
            );
            refill(
                case,
                "gate",
                &FillPlan::Values(vec![1e4, -1e4, 0.0, -90.0, 90.0]),
            );
        });
        assert!(run >= 4, "{run} cases");
    }
}

#[test]
fn half_precision_holds_its_largest_values() {
    let suite = "
gate: 1
suite: hard
import: [layers.yaml]
cases:
  - kernel: rmsnorm
    shape: {tokens: 2, hidden: 513}
    variants: {storage: [f16], workgroup: [64], reduce: [tree, subgroup]}
  - kernel: softmax
    shape: {rows: 2, n: 513}
    variants: {storage: [f16], workgroup: [64], reduce: [tree, subgroup]}
";
    let _turn = turn();
    let mut gpu = gpu();
    let fill = FillPlan::Values(vec![65_504.0, -65_504.0, 0.0, 1.0]);
    let run = verify(suite, &mut gpu, |case| refill(case, "x", &fill));
    let f16 = gpu.facts().expect("facts").features.f16;
    assert_eq!(run > 0, f16, "{run} cases");
}

#[test]
fn an_index_beyond_the_table_is_contained() {
    let suite = "
gate: 1
suite: hard
import: [layers.yaml]
cases:
  - kernel: embedding
    sweep: {hidden: [33, 64]}
    shape: {tokens: 5, vocabulary: 7}
    variants: {storage: [f32], workgroup: [64]}
";
    let _turn = turn();
    let fill = FillPlan::Values(vec![6.0, 7.0, 4_294_967_295.0, 0.0]);
    let run = verify(suite, &mut gpu(), |case| refill(case, "indices", &fill));
    assert_eq!(run, 2);
}

#[test]
fn experts_hold_one_for_all_tokens_and_indices_of_none() {
    let suite = "
gate: 1
suite: hard
import: [layers.yaml]
cases:
  - pipeline: moe_experts
    shape: {tokens: 40, hidden: 33, intermediate: 65, experts: 4, k: 2}
    variants: {storage: [f32], rows: [8, 32, 64], workgroup: [64]}
";
    let _turn = turn();
    let mut gpu = gpu();
    for indices in [vec![1.0], vec![3.0, 0.0], vec![4.0, 2.0, 4_294_967_295.0]] {
        let fill = FillPlan::Values(indices);
        let run = verify(suite, &mut gpu, |case| refill(case, "indices", &fill));
        assert_eq!(run, 3);
    }
}

#[test]
fn wrong_templates_are_found_wrong() {
    // A file, what it says, and what a mutant says.
    let mutants = [
        // The last column is never written.
        (
            "softmax",
            "column{{ e }} < columns {\n        y",
            "column{{ e }} + 1u < columns {\n        y",
        ),
        // The weight of the neighbour.
        (
            "rmsnorm",
            "(weight[column{{ e }}])",
            "(weight[column{{ e }} ^ 1u])",
        ),
        // The other way round.
        ("rope", "a * c - b * s", "a * c + b * s"),
        // The mask is one off.
        (
            "attention",
            "dims.tokens + first + 1u",
            "dims.tokens + first + 2u",
        ),
        // What was summed is not scaled down.
        ("attention", "out{{ r }}_{{ q }} *= fade", "// fade"),
        // A part's first position is left out.
        (
            "attention_split",
            "if at < count {",
            "if at > 0u && at < count {",
        ),
        // The low half twice.
        (
            "dequantised_matvec",
            " >> 4u) & 0x0f0f0f0fu",
            " >> 0u) & 0x0f0f0f0fu",
        ),
        // Not stable: an invocation's own choice is not counted.
        ("moe_group", "counts[index].x - 1u", "counts[index].x"),
        // The wrong expert's matrix.
        ("grouped", "(expert * depth + row) * width", "row * width"),
        // A row beyond those of the workgroup.
        (
            "embedding",
            "let token = group.y",
            "let token = 1u + group.y",
        ),
    ];
    let suite = "
gate: 1
suite: mutants
import: [layers.yaml]
cases:
  - {kernel: softmax, shape: {rows: 2, n: 33}, variants: {storage: [f32], workgroup: [64], reduce: [tree]}}
  - {kernel: rmsnorm, shape: {tokens: 2, hidden: 33}, variants: {storage: [f32], workgroup: [64], reduce: [tree]}}
  - {kernel: rope, shape: {tokens: 2, heads: 2, head_dim: 18}, variants: {pairs: [halves], storage: [f32], workgroup: [64]}}
  - {kernel: attention, shape: {tokens: 40, context: 70, heads: 1, kv_heads: 1, head_dim: 18}, variants: {storage: [f32], rows: [32]}}
  - {kernel: attention_split, shape: {context: 70, heads: 1, kv_heads: 1, head_dim: 18}, variants: {storage: [f32], splits: [8], workgroup: [64], reduce: [tree]}}
  - {kernel: matvec_q4_0, shape: {m: 1, n: 3, k: 32}, variants: {scale: [f32], rows: [2], workgroup: [64], reduce: [tree]}}
  - {pipeline: moe_experts, shape: {tokens: 9, hidden: 33, intermediate: 65, experts: 4, k: 2}, variants: {storage: [f32], rows: [8], workgroup: [64]}}
  - {kernel: embedding, shape: {tokens: 2, vocabulary: 7, hidden: 33}, variants: {storage: [f32], workgroup: [64]}}
";
    let _turn = turn();
    let mut gpu = gpu();
    let (right, wrong) = judged(suite, &mut gpu, None);
    assert_eq!((right, wrong), (8, 0));
    for (template, from, to) in mutants {
        let (right, wrong) = judged(suite, &mut gpu, Some((template, from, to)));
        assert_eq!((right, wrong), (7, 1), "{template}: `{to}`");
    }
}
