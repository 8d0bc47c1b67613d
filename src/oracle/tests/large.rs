//! Products that are too large to compare output by output.

use std::sync::OnceLock;

use super::*;

const M: usize = 4_096;
const N: usize = 4_096;
const K: usize = 512;

/// Rows and columns that differ in more than a power of two.
const DISTINCT: usize = 61;

/// A power of two that a row or column is scaled by, so that the product of
/// two distinct vectors gives many outputs exactly.
fn scale(index: usize) -> f32 {
    let sign = if index.is_multiple_of(3) { -1.0 } else { 1.0 };
    sign * [1.0, 0.5, 2.0, 0.25][index / DISTINCT % 4]
}

/// 4096 x 4096 outputs from 61 x 61 dot products, each added up in f32 one by
/// one, as a kernel would.
fn product() -> &'static (Tensor, Tensor, Tensor) {
    static PRODUCT: OnceLock<(Tensor, Tensor, Tensor)> = OnceLock::new();
    PRODUCT.get_or_init(|| {
        let rows = floats(&normal("a", "f32", &[DISTINCT as u64, K as u64]));
        let columns = floats(&normal("b", "f32", &[DISTINCT as u64, K as u64]));
        let mut dots = vec![0.0; DISTINCT * DISTINCT];
        for (index, sum) in dots.iter_mut().enumerate() {
            let row = &rows[index / DISTINCT * K..][..K];
            let column = &columns[index % DISTINCT * K..][..K];
            *sum = row
                .iter()
                .zip(column)
                .fold(0.0_f32, |sum, (a, b)| sum + a * b);
        }
        let a: Vec<f32> = (0..M * K)
            .map(|i| rows[i / K % DISTINCT * K + i % K] * scale(i / K))
            .collect();
        let b: Vec<f32> = (0..K * N)
            .map(|i| columns[i % N % DISTINCT * K + i / N] * scale(i % N))
            .collect();
        let c: Vec<f32> = (0..M * N)
            .map(|i| {
                let (row, column) = (i / N, i % N);
                dots[row % DISTINCT * DISTINCT + column % DISTINCT] * scale(row) * scale(column)
            })
            .collect();
        let shape = |x: usize, y: usize| [x as u64, y as u64];
        (
            f32s(&shape(M, K), &a),
            f32s(&shape(K, N), &b),
            f32s(&shape(M, N), &c),
        )
    })
}

fn setup(change: impl FnOnce(&mut Vec<f32>)) -> Setup {
    let (a, b, c) = product();
    Setup::new(
        "matmul",
        &[("m", M as u64), ("n", N as u64), ("k", K as u64)],
    )
    .input("a", a)
    .input("b", b)
    .output("c", &mutant(c, change))
}

#[test]
fn a_right_large_product_passes() {
    assert_eq!(setup(|_| {}).judge(), Ok(()));
}

#[test]
fn one_wrong_output_among_sixteen_million_is_found() {
    // Off by 0.02, where outputs are about 20 and 0.0005 is tolerated.
    let index = 1_234 * N + 2_345;
    let mismatch = setup(|c| c[index] += 0.02 * scale(1_234) * scale(2_345)).wrong();
    assert_eq!((mismatch.index, mismatch.count), (index as u64, 1));
    assert!(
        mismatch.of < (M * N) as u64 / 16,
        "{} were computed",
        mismatch.of
    );
}

#[test]
fn one_nan_in_the_last_place_is_found() {
    let mismatch = setup(|c| c[M * N - 1] = f32::NAN).wrong();
    assert_eq!((mismatch.index, mismatch.count), ((M * N) as u64 - 1, 1));
    assert!(mismatch.actual.is_nan());
}

#[test]
fn two_outputs_that_changed_places_are_found() {
    // In one block of columns, where one weight for all would not see it.
    let index = 77 * N + 160;
    let mismatch = setup(|c| c.swap(index, index + 1)).wrong();
    assert_eq!(mismatch.count, 2);
}

#[test]
fn one_missing_product_of_one_output_is_found() {
    let (a, b, _) = product();
    let (row, column) = (3_000, 4_000);
    // The largest product of that output.
    let missing = (0..K)
        .map(|p| a.get(row * K + p) * b.get(p * N + column))
        .fold(
            0.0,
            |most: f64, term| if term.abs() > most.abs() { term } else { most },
        );
    let index = row * N + column;
    let mismatch = setup(|c| c[index] -= missing as f32).wrong();
    assert_eq!((mismatch.index, mismatch.count), (index as u64, 1));
}

#[test]
fn a_stale_row_and_a_shifted_row_are_found() {
    let stale = setup(|c| c[(M - 1) * N..].fill(0.0)).wrong();
    assert_eq!(stale.index / N as u64, M as u64 - 1);
    let shifted = setup(|c| c[2_000 * N..2_001 * N].rotate_left(1)).wrong();
    assert_eq!(shifted.index / N as u64, 2_000);
}

#[test]
fn errors_that_each_pass_fail_together() {
    // Each output off by 13.5 roundings of its sum of magnitudes, where 16 are
    // tolerated; together they are a mean square error of about 1.3e-10.
    let (a, b, _) = product();
    let mut errors = vec![0.0; DISTINCT * DISTINCT];
    for (index, error) in errors.iter_mut().enumerate() {
        let (row, column) = (index / DISTINCT, index % DISTINCT);
        let scale = f64::from(scale(row) * scale(column)).abs();
        let magnitude: f64 = (0..K)
            .map(|p| (a.get(row * K + p) * b.get(p * N + column)).abs())
            .sum();
        *error = (13.5 * magnitude / scale / f64::from(1 << 24)) as f32;
    }
    let off = |index: usize| {
        let (row, column) = (index / N, index % N);
        scale(row) * scale(column) * errors[row % DISTINCT * DISTINCT + column % DISTINCT]
    };
    let alone = setup(|c| c[5_000_000] += off(5_000_000));
    assert_eq!(alone.judge(), Ok(()));
    let all = setup(|c| {
        for (index, c) in c.iter_mut().enumerate() {
            *c += off(index);
        }
    });
    assert!(all.wrong().count > 1);
}

#[test]
fn a_large_product_with_its_weight_transposed_is_covered_too() {
    let (a, b, c) = product();
    let b = floats(b);
    let transposed: Vec<f32> = (0..N * K).map(|i| b[i % K * N + i / K]).collect();
    let b = f32s(&[N as u64, K as u64], &transposed);
    let extents = [("m", M as u64), ("n", N as u64), ("k", K as u64)];
    let setup = |c: &Tensor| {
        Setup::new("matmul_nk", &extents)
            .input("a", a)
            .input("b", &b)
            .output("c", c)
    };
    assert_eq!(setup(c).judge(), Ok(()));
    let index = 4_000 * N + 7;
    let wrong = mutant(c, |c| c[index] += 0.02 * scale(4_000) * scale(7));
    assert_eq!(setup(&wrong).wrong().index, index as u64);
}
