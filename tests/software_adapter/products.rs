//! The templates of matrix products at their edges: extents that are a
//! multiple of nothing, fewer steps than a tile is deep, and whole tiles. The
//! specs themselves hold large even shapes, which a software adapter leaves
//! out.

use kernel_gate::plan::FillPlan;
use kernel_gate::run::Device;

use crate::suites::{portable, refill, verify, with_cases};
use crate::{gpu, turn};

/// Shapes and forms within the limits that every device has.
const CASES: &str = "
  - {kernel: matvec, shape: {m: 1, n: 131, k: 517}, variants: {storage: [f32], columns: [16], workgroup: [256]}}
  - {kernel: matvec, shape: {m: 5, n: 132, k: 4136}, variants: {storage: [f32], columns: [16], workgroup: [256]}}
  - {kernel: matmul, shape: {m: 127, n: 513, k: 33}, variants: &forms [
      {storage: [f32], tile: [128], deep: [8, 16], split: [1]},
      {storage: [f32], tile: [64], deep: [8], split: [4]},
      {storage: [f32], tile: [32], deep: [8], split: [8]}]}
  - {kernel: matmul, shape: {m: 65, n: 132, k: 4}, variants: *forms}
  - {kernel: matmul, shape: {m: 128, n: 128, k: 128}, variants: *forms}
";

#[test]
fn products_are_right_at_their_edges() {
    let suite = with_cases("matmul", CASES);
    assert!(portable(&suite).iter().eq(["matmul", "matvec"]));
    let _turn = turn();
    let run = verify(&suite, &mut gpu(), |_| {});
    assert_eq!(run, 14);
}

/// Large terms that cancel but for a small one; and, in f16 too, the largest
/// that it holds, of which any stretch sums up to one at most.
#[test]
fn products_hold_what_cancels_and_the_largest_halves() {
    let suite = |storage: &str| {
        let cases = "
  - {kernel: matvec, shape: {m: 1, n: 33, k: 513}, variants: {storage: STORAGE, columns: [16], workgroup: [256]}}
  - {kernel: matmul, shape: {m: 33, n: 65, k: 130}, variants: {storage: STORAGE, tile: [64], deep: [8], split: [4]}}
";
        with_cases("matmul", &cases.replace("STORAGE", storage))
    };
    let _turn = turn();
    let mut gpu = gpu();
    let f16 = gpu.facts().expect("facts").features.f16;
    for (storage, terms, expected) in [
        ("[f32]", vec![1e6, 1.0, -1e6, 1e-3, 3e6, -3e6, 0.5], 2),
        (
            "[f32, f16]",
            vec![65_504.0, -65_504.0, 0.0],
            if f16 { 4 } else { 2 },
        ),
    ] {
        let run = verify(&suite(storage), &mut gpu, |case| {
            for name in ["x", "a"] {
                refill(case, name, &FillPlan::Values(terms.clone()));
            }
            for name in ["w", "b"] {
                refill(case, name, &FillPlan::Constant(1.0));
            }
        });
        assert_eq!(run, expected);
    }
}
