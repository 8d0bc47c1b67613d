//! Routing and combining at shapes and inputs that are hard.

use kernel_gate::plan::FillPlan;

use crate::suites::{judged, portable, refill, verify, with_cases};
use crate::{gpu, turn};

/// One token and a prime of them, more than a dispatch's dimension of
/// workgroups holds, all experts chosen, and widths of no multiple.
const ODD: &str = "
  - kernel: topk
    sweep: {tokens: [1, 33, 127], experts: [3, 8, 33, 64]}
    shape: {k: 3}
  - {kernel: topk, shape: {tokens: 5, experts: 8, k: 8}}
  - {kernel: topk, shape: {tokens: 5, experts: 1, k: 1}}
  - {kernel: topk, shape: {tokens: 65536, experts: 8, k: 2}, variants: {workgroup: [64]}}
  - kernel: combine
    sweep: {tokens: [1, 33], hidden: [1, 127, 512]}
    shape: &three {experts: 5, k: 3}
  - {kernel: combine, shape: {tokens: 65536, hidden: 4, experts: 2, k: 1}, variants: {workgroup: [64]}}
  - kernel: combine_atomic
    sweep: {tokens: [1, 33], hidden: [1, 127, 512]}
    shape: *three
  - pipeline: moe
    sweep: {tokens: [1, 33], hidden: [4, 127]}
    shape: *three
";

#[test]
fn routing_is_right_at_odd_shapes() {
    let suite = with_cases("moe", ODD);
    let kernels = portable(&suite);
    assert!(
        kernels.iter().eq(["combine", "combine_atomic", "topk"]),
        "{kernels:?}"
    );
    let _turn = turn();
    let run = verify(&suite, &mut gpu(), |_| {});
    assert_eq!(run, 92);
}

#[test]
fn topk_holds_equal_large_and_masked_logits_and_duplicates() {
    let suite = with_cases(
        "moe",
        "
  - kernel: topk
    sweep: {experts: [8, 33, 64]}
    shape: {tokens: 9, k: 3}
    variants: {workgroup: [64]}
  - {kernel: topk, shape: {tokens: 9, experts: 8, k: 8}, variants: {workgroup: [64]}}
",
    );
    let _turn = turn();
    let mut gpu = gpu();
    for values in [
        // All the same: the lowest indices win.
        vec![0.0],
        vec![1e4, -1e4, 9_999.0],
        vec![-1e30],
        vec![-1e30, 2.0, -1e30, 1.0, -1e30],
        // The largest is there several times, in several lanes.
        vec![1.0, 2.0, 2.0, 0.0, 2.0, 2.0, -1.0],
    ] {
        let fill = FillPlan::Values(values);
        let run = verify(&suite, &mut gpu, |case| refill(case, "logits", &fill));
        assert_eq!(run, 4);
    }
}

#[test]
fn combine_holds_one_expert_no_weight_and_indices_of_none() {
    let suite = with_cases(
        "moe",
        "
  - {kernel: combine, shape: &of {tokens: 9, hidden: 33, experts: 4, k: 2}, variants: {workgroup: [64]}}
  - {kernel: combine_atomic, shape: *of, variants: {workgroup: [64]}}
",
    );
    let _turn = turn();
    let mut gpu = gpu();
    for (indices, weights) in [
        (vec![2.0], vec![0.5]),
        (vec![0.0, 3.0], vec![0.0]),
        (vec![4.0, 1.0, 4_294_967_295.0], vec![0.25, 0.75]),
    ] {
        let run = verify(&suite, &mut gpu, |case| {
            refill(case, "indices", &FillPlan::Values(indices.clone()));
            refill(case, "weights", &FillPlan::Values(weights.clone()));
        });
        assert_eq!(run, 2);
    }
}

#[test]
fn wrong_routing_is_found_wrong() {
    let suite = with_cases(
        "moe",
        "
  - {kernel: topk, shape: {tokens: 9, experts: 33, k: 3}, variants: {workgroup: [64]}}
  - {kernel: combine, shape: &of {tokens: 9, hidden: 33, experts: 4, k: 2}, variants: {workgroup: [64]}}
  - {kernel: combine_atomic, shape: *of, variants: {workgroup: [64]}}
",
    );
    let _turn = turn();
    let mut gpu = gpu();
    assert_eq!(judged(&suite, &mut gpu, None), (3, 0));
    for mutant in [
        // One lane's experts are never looked at.
        ("topk", "var expert = lane;", "var expert = max(lane, 1u);"),
        // Not divided by the sum.
        ("topk", "- top) / sum", "- top)"),
        // The last expert of each token is left out.
        ("combine", "range(k)", "range(k - 1)"),
        // A neighbour's weight.
        ("combine_atomic", "weights[slot]", "weights[slot ^ 1u]"),
    ] {
        assert_eq!(judged(&suite, &mut gpu, Some(mutant)), (2, 1), "{mutant:?}");
    }
}
