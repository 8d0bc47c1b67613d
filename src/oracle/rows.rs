//! Outputs that are judged row by row: each family says what a row should hold
//! and how far off it may be.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::kit::Mismatch;

use super::compare::{Rule, Worst, storage_rounding};
use super::fill::below;
use super::judge::Output;

/// What one element should be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Expected {
    /// The value, in f64.
    pub(super) value: f64,
    /// How far f32 arithmetic may be off; what the output's type and flushed
    /// subnormal numbers add is added by [`judge`].
    pub(super) tolerated: f64,
}

/// Judges all rows of an output, each of `width` elements (the last may be
/// shorter): `expect` gets a row's number, and fills what it should hold.
///
/// # Errors
///
/// The worst mismatch.
pub(super) fn judge(
    output: &Output<'_>,
    width: usize,
    expect: impl Fn(usize, &mut [Expected]) + Sync,
) -> Result<(), Mismatch> {
    judge_some(output, width, None, expect)
}

/// The same, but where `exact` is given, only these rows (in order) are
/// compared; of the others every element must be a finite number, so that one
/// which was never written is found all the same.
///
/// # Errors
///
/// The worst mismatch.
pub(super) fn judge_some(
    output: &Output<'_>,
    width: usize,
    exact: Option<&[usize]>,
    expect: impl Fn(usize, &mut [Expected]) + Sync,
) -> Result<(), Mismatch> {
    let width = width.max(1);
    let length = output.wrote.len();
    let scalar = output.wrote.scalar();
    let rule = Rule {
        plan: output.plan,
        scalar,
    };
    (0..length.div_ceil(width))
        .into_par_iter()
        .map_init(
            || (vec![Expected::default(); width], vec![0.0; width]),
            |(line, found), row| {
                let start = row * width;
                let count = width.min(length - start);
                let (line, found) = (&mut line[..count], &mut found[..count]);
                output.wrote.load(start, found);
                let mut worst = Worst::default();
                if exact.is_some_and(|rows| rows.binary_search(&row).is_err()) {
                    for (offset, &actual) in found.iter().enumerate() {
                        let right = actual.is_finite();
                        worst.count_as(right, start + offset, 0.0, actual, 0.0);
                    }
                    return worst;
                }
                expect(row, line);
                for (offset, (wanted, &actual)) in line.iter().zip(found.iter()).enumerate() {
                    // A kernel may flush subnormal numbers to zero (WGSL,
                    // section 15.7).
                    let own = wanted.tolerated
                        + f64::from(f32::MIN_POSITIVE)
                        + storage_rounding(scalar, wanted.value);
                    let (expected, tolerated) = rule.apply(wanted.value, own);
                    worst.see(start + offset, expected, actual, tolerated);
                }
                worst
            },
        )
        .reduce(Worst::default, Worst::merge)
        .judged(output.plan, output.name)
}

/// Multiplications that one judgement takes, at most; beyond, a sample of rows
/// is compared.
const MOST_WORK: u64 = 1 << 30;

/// Rows to compare where all would be too much work: the first, the last, and
/// one drawn from each of as many equal stretches as the work allows.
pub(super) fn sample(rows: usize, work_of_each: u64, seed: u64) -> Option<Vec<usize>> {
    let most = usize::try_from(MOST_WORK / work_of_each.max(1)).unwrap_or(usize::MAX);
    if rows <= most.max(16) {
        return None;
    }
    let stretches = most.max(16);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn: Vec<usize> = (0..stretches)
        .map(|stretch| {
            let (start, end) = (stretch * rows / stretches, (stretch + 1) * rows / stretches);
            let offset = below(&mut random, (end - start) as u64);
            start + usize::try_from(offset).unwrap_or(0)
        })
        .chain([0, rows - 1])
        .collect();
    drawn.sort_unstable();
    drawn.dedup();
    Some(drawn)
}
