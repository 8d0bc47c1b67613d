//! A mixture of experts that computes only what was routed.

use super::*;

/// Extents: tokens, hidden, intermediate, experts, choices of a token.
const EXTENTS: [(&str, u64); 5] = [
    ("tokens", 3),
    ("hidden", 2),
    ("intermediate", 2),
    ("experts", 3),
    ("k", 2),
];

/// Choices 0 to 5 are of experts 2, 0, 0, 2, 9 (which is none), and 0.
const INDICES: [u32; 6] = [2, 0, 0, 2, 9, 0];
/// By expert: 0 has 1, 2 and 5; 1 has none; 2 has 0 and 3; 4 is of none.
const ORDER: [u32; 6] = [1, 2, 5, 0, 3, 4];
const ENDS: [u32; 3] = [3, 3, 5];

fn group(order: &[u32], ends: &[u32]) -> Setup {
    Setup::new("moe_group", &EXTENTS)
        .input("indices", &u32s(&[3, 2], &INDICES))
        .output("order", &u32s(&[6], order))
        .output("ends", &u32s(&[3], ends))
}

#[test]
fn choices_are_grouped_as_by_hand() {
    assert_eq!(group(&ORDER, &ENDS).judge(), Ok(()));
    // Not stable, though grouped.
    assert_eq!(group(&[2, 1, 5, 0, 3, 4], &ENDS).wrong().index, 0);
    // Starts for ends.
    assert_eq!(group(&ORDER, &[0, 3, 3]).wrong().count, 2);
    // The choice of none is lost.
    assert!(group(&[1, 2, 5, 0, 3, 3], &ENDS).judge().is_err());
}

/// Every expert's matrix is the unit matrix times its number and one.
fn matrices() -> Tensor {
    f32s(
        &[3, 2, 2],
        &[1.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 2.0, 3.0, 0.0, 0.0, 3.0],
    )
}

fn grouped(reference: &str) -> Setup {
    Setup::new(reference, &EXTENTS)
        .input("order", &u32s(&[6], &ORDER))
        .input("ends", &u32s(&[3], &ENDS))
}

#[test]
fn experts_open_and_gate_as_by_hand() {
    // Tokens 0 to 2; the places hold tokens 0, 1, 2 (of expert 0), 0, 1 (of
    // expert 2, whose matrices are three times as large), and 2 (of none).
    let x = f32s(&[3, 2], &[1.0, 0.0, -2.0, 4.0, 0.5, 1e4]);
    let silu = |x: f64| (x / (1.0 + (-x).exp())) as f32;
    let right = [
        [silu(1.0), 0.0],
        [silu(-2.0) * -2.0, silu(4.0) * 4.0],
        [silu(0.5) * 0.5, 1e8],
        [silu(3.0) * 3.0, 0.0],
        [silu(-6.0) * -6.0, silu(12.0) * 12.0],
        [0.0, 0.0],
    ]
    .concat();
    let judged = |h: &[f32]| {
        let setup = grouped("moe_gate_up")
            .input("x", &x)
            .input("gate", &matrices())
            .input("up", &matrices());
        setup.output("h", &f32s(&[6, 2], h)).judge()
    };
    assert_eq!(judged(&right), Ok(()));
    let changed = |at: usize, value: f32| {
        let mut h = right.clone();
        h[at] = value;
        judged(&h).expect_err("refused").index
    };
    // A row of the wrong expert; a choice of none that is computed; one lost.
    assert_eq!(changed(6, silu(1.0)), 6);
    assert_eq!(changed(10, 0.5), 10);
    assert_eq!(changed(0, f32::NAN), 0);
}

#[test]
fn rows_go_back_to_their_choices_as_by_hand() {
    let h = f32s(
        &[6, 2],
        &[
            1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0,
        ],
    );
    // Choice 0 stands at place 3, of expert 2; and so on.
    let right = [
        21.0, 24.0, 1.0, 2.0, 3.0, 4.0, 27.0, 30.0, 0.0, 0.0, 5.0, 6.0,
    ];
    let setup = |y: &[f32]| {
        let setup = grouped("moe_down")
            .input("h", &h)
            .input("down", &matrices());
        setup.output("y", &f32s(&[6, 2], y))
    };
    assert_eq!(setup(&right).judge(), Ok(()));
    let mut unordered = right;
    unordered.swap(0, 2);
    assert_eq!(setup(&unordered).wrong().count, 2);
}

#[test]
fn choices_are_combined_as_by_hand() {
    let y = f32s(&[2, 3], &[1.0, 2.0, 3.0, 10.0, 20.0, 30.0]);
    let setup = |out: &[f32]| {
        Setup::new("moe_combine", &[("tokens", 1), ("hidden", 3), ("k", 2)])
            .input("y", &y)
            .input("weights", &f32s(&[1, 2], &[0.5, 0.25]))
            .output("out", &f32s(&[1, 3], out))
    };
    assert_eq!(setup(&[3.0, 6.0, 9.0]).judge(), Ok(()));
    // The weights swapped.
    assert_eq!(setup(&[5.25, 10.5, 15.75]).wrong().count, 3);
}

#[test]
fn a_grouping_that_is_none_cannot_be_judged() {
    let setup = Setup::new("moe_down", &EXTENTS)
        .input("order", &u32s(&[6], &ORDER))
        .input("ends", &u32s(&[3], &[3, 2, 5]))
        .input("h", &f32s(&[6, 2], &[0.0; 12]))
        .input("down", &matrices())
        .output("y", &f32s(&[6, 2], &[0.0; 12]));
    assert!(setup.judge().is_err());
}
