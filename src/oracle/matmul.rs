//! Whether a matrix product is right.
//!
//! Small products are compared output by output. Large ones are covered whole
//! by Freivalds' check (Probabilistic machines can use less running time,
//! 1977), which here does not judge but points: it says which outputs to
//! compute exactly, and only those decide. So a right kernel is never called
//! wrong by chance.
//!
//! How sure it is: the columns are cut into blocks, each combined with random
//! weights of its own, `±[1, 2)`. With errors `e_j` in one row of a block, the
//! residual is `sum of r_j e_j`. One wrong output moves it by at least its
//! whole error, with certainty; two or more cancel to within a share `x` of
//! themselves with a chance of about `x`, since the weights are continuous.
//! Rounding of the right outputs moves it, by Hoeffding's inequality, by more
//! than `2 t sqrt(sum of e_j^2)` with a chance of at most `2 exp(-t^2 / 2)`.
//! The rows and blocks with the largest residuals, relative to the norms of
//! what was multiplied, are then compared output by output, [`EXACT`] products
//! in all. A wrong output is missed only if its error is smaller than what
//! rounding alone adds up to in as many other blocks.

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::kit::{Mismatch, MismatchKind};
use crate::plan::TolerancePlan;

use super::compare::{Rule, UNIT_F16, UNIT_F32, Worst, storage_rounding};
use super::fill::below;
use super::product::{Combined, Layout, Operand, block};
use super::tensor::Tensor;

/// Products up to which every output is compared exactly, and how many are
/// spent on exact outputs beyond it: a fraction of a second on two cores.
const EXACT: u64 = 1 << 28;

/// Products that Freivalds' check may take: rows times the inner dimension
/// times blocks of columns.
const COMBINED: u64 = 1 << 30;

/// Residuals that may be ranked.
const RESIDUALS: u64 = 1 << 22;

/// Columns of the narrowest block.
const NARROWEST: usize = 16;

/// Roundings of the sum of magnitudes that each output may be off. Kernels
/// that sum normal data in f32, in any order, were off by 2 to 4 at inner
/// dimensions up to 14336.
const ROUNDINGS: f64 = 16.0;

/// Roundings of the result that each output may be off on top, times the root
/// of the inner dimension. It matters where products have one sign, as with a
/// `uniform(0, 1)` fill: there the partial sums grow, and a kernel that adds
/// them one by one was off by up to 0.6 of this at inner dimensions from 127
/// to 14336, that is by 88 roundings of the sum of magnitudes at the latter.
const DRIFT: f64 = 2.0;

/// Root of the normalised mean square error that is tolerated: 1e-10 of the
/// outputs' mean square.
const ROOT_NMSE: f64 = 1e-5;

/// The same with f16 accumulation, 5e-4.
const ROOT_NMSE_F16: f64 = 0.022_360_679_774_997_9;

/// Least root mean square error that is tolerated, in roundings of the sum of
/// magnitudes: where outputs cancel to nearly nothing, the mean square error
/// cannot shrink with them. On normal data it stays below [`ROOT_NMSE`] up to
/// inner dimensions of 16384.
const ROOT_MEAN_ROUNDINGS: f64 = 2.0;

/// A product to judge.
pub(super) struct Product<'a> {
    /// Left operand, its rows along the inner dimension.
    pub(super) a: Operand<'a>,
    /// Right operand.
    pub(super) b: Operand<'a>,
    /// What the kernel wrote.
    pub(super) c: &'a Tensor,
    /// Rows of the result.
    pub(super) m: usize,
    /// Its columns.
    pub(super) n: usize,
    /// The inner dimension.
    pub(super) k: usize,
    /// The kernel accumulates in f16, by its own declaration.
    pub(super) accumulate_f16: bool,
}

impl<'a> Product<'a> {
    /// A product, if the tensors hold as many scalars as the extents say.
    pub(super) fn new(
        [a, b, c]: [&'a Tensor; 3],
        [m, n, k]: [usize; 3],
        layout: Layout,
        accumulate_f16: bool,
    ) -> Option<Self> {
        if m.checked_mul(n) != Some(c.len()) {
            return None;
        }
        Some(Self {
            a: Operand::new(a, Layout::Along, m, k)?,
            b: Operand::new(b, layout, n, k)?,
            c,
            m,
            n,
            k,
            accumulate_f16,
        })
    }

    /// Judges the output named `name`.
    ///
    /// Each output may be off by `16 u S + 2 sqrt(k) u |c|`, where `S` is the
    /// sum of the magnitudes of its products, and the root mean square over
    /// all outputs by `1e-5` of the outputs' own (`1e-10` of the mean square).
    /// `u` is 2^-24, or 2^-11 where the kernel accumulates in f16. An f16
    /// output may be off by the rounding of its type on top.
    ///
    /// # Errors
    ///
    /// The worst mismatch; of a large product its counts are those of the
    /// outputs that were computed exactly.
    pub(super) fn judge(&self, plan: TolerancePlan, name: &str, seed: u64) -> Result<(), Mismatch> {
        let scalar = self.c.scalar();
        let rule = Rule { plan, scalar };
        let small = (self.m as u64)
            .checked_mul(self.n as u64)
            .and_then(|outputs| outputs.checked_mul(self.k as u64))
            .is_some_and(|products| products <= EXACT);
        let (pointed, sampled) = if small {
            (Vec::new(), self.everything())
        } else {
            self.chosen(seed)
        };
        let own = |expected: f64, magnitude: f64| {
            rule.apply(expected, self.tolerated(expected, magnitude))
        };
        let (worst, sums) = self.compare(&sampled, own);
        let (suspects, _) = self.compare(&pointed, own);
        worst.merge(suspects).judged(plan, name)?;
        match plan {
            TolerancePlan::Exact | TolerancePlan::Bound { .. } => Ok(()),
            TolerancePlan::Reference => {
                let limit = self.root_mean_square_limit(&sums);
                if (sums.errors / sums.count).sqrt() <= limit || sums.count == 0.0 {
                    return Ok(());
                }
                // At least one output is off by more than the root mean square.
                let (worst, _) = self.compare(&sampled, |expected, _| (expected, limit));
                worst.verdict(MismatchKind::Value, name)
            }
        }
    }

    /// What one output may be off.
    fn tolerated(&self, expected: f64, magnitude: f64) -> f64 {
        let unit = self.unit();
        // A kernel may flush subnormal numbers to zero (WGSL, section 15.7),
        // each product and each sum.
        let flushed = 2.0 * self.k as f64 * f64::from(f32::MIN_POSITIVE);
        unit * (ROUNDINGS * magnitude + DRIFT * (self.k as f64).sqrt() * expected.abs())
            + flushed
            + storage_rounding(self.c.scalar(), expected)
    }

    /// What the outputs may be off, as a root mean square.
    fn root_mean_square_limit(&self, sums: &Sums) -> f64 {
        let outputs = (sums.outputs / sums.count).sqrt();
        let magnitudes = (sums.magnitudes / sums.count).sqrt();
        let share = if self.accumulate_f16 {
            ROOT_NMSE_F16
        } else {
            ROOT_NMSE
        };
        let flushed = 2.0 * self.k as f64 * f64::from(f32::MIN_POSITIVE);
        (share * outputs).max(ROOT_MEAN_ROUNDINGS * self.unit() * magnitudes)
            + flushed
            + storage_rounding(self.c.scalar(), outputs)
    }

    fn unit(&self) -> f64 {
        if self.accumulate_f16 {
            UNIT_F16
        } else {
            UNIT_F32
        }
    }

    /// All outputs.
    fn everything(&self) -> Vec<Patch> {
        const ROWS: usize = 64;
        const COLUMNS: usize = 64;
        let mut patches = Vec::new();
        for row in (0..self.m).step_by(ROWS) {
            for first in (0..self.n).step_by(COLUMNS) {
                patches.push(Patch {
                    rows: (row..(row + ROWS).min(self.m)).collect(),
                    first,
                    end: (first + COLUMNS).min(self.n),
                });
            }
        }
        patches
    }

    /// The outputs to compute exactly: those that Freivalds' check points at,
    /// and a sample in which each block of a row is as likely as another,
    /// beside the four corners.
    fn chosen(&self, seed: u64) -> (Vec<Patch>, Vec<Patch>) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let weights: Vec<f64> = (0..self.n).map(|_| weight(&mut random)).collect();
        let width = self.block_width();
        let blocks = self.n.div_ceil(width);
        let most = EXACT / (width as u64 * self.k as u64).max(1);
        let most = usize::try_from(most).unwrap_or(usize::MAX).max(8);
        let found = Combined::new(&self.b, &weights, width).largest(&self.a, self.c, most / 4 * 3);

        let mut sampled: BTreeSet<(usize, usize)> = BTreeSet::new();
        for _ in 0..most / 4 {
            let row = below(&mut random, self.m as u64);
            let block = below(&mut random, blocks as u64);
            sampled.insert((index(block), index(row)));
        }
        for row in [0, self.m - 1] {
            for block in [0, blocks - 1] {
                sampled.insert((block, row));
            }
        }
        let pointed: BTreeSet<(usize, usize)> = found
            .iter()
            .map(|residual| (residual.block, residual.row))
            .filter(|place| !sampled.contains(place))
            .collect();
        (self.patches(width, &pointed), self.patches(width, &sampled))
    }

    /// Columns of a block: as few as the budget allows.
    fn block_width(&self) -> usize {
        let mut width = NARROWEST;
        loop {
            let residuals = self.m as u64 * self.n.div_ceil(width) as u64;
            let products = residuals.saturating_mul(self.k as u64);
            if width >= self.n || (products <= COMBINED && residuals <= RESIDUALS) {
                return width.min(self.n).max(1);
            }
            width *= 2;
        }
    }

    /// Groups rows by their block of columns, a few rows a patch; the places
    /// come ordered.
    fn patches(&self, width: usize, places: &BTreeSet<(usize, usize)>) -> Vec<Patch> {
        const ROWS: usize = 64;
        let mut patches: Vec<Patch> = Vec::new();
        for &(block, row) in places {
            let first = block * width;
            match patches.last_mut() {
                Some(patch) if patch.first == first && patch.rows.len() < ROWS => {
                    patch.rows.push(row);
                }
                Some(_) | None => patches.push(Patch {
                    rows: vec![row],
                    first,
                    end: (first + width).min(self.n),
                }),
            }
        }
        patches
    }

    /// Compares patches exactly. The sums are added in a fixed order, so that
    /// the number of threads changes nothing.
    fn compare(
        &self,
        patches: &[Patch],
        rule: impl Fn(f64, f64) -> (f64, f64) + Sync,
    ) -> (Worst, Sums) {
        let parts: Vec<(Worst, Sums)> = patches
            .par_iter()
            .map(|patch| self.compare_patch(patch, &rule))
            .collect();
        let mut worst = Worst::default();
        let mut sums = Sums::default();
        for (part, more) in parts {
            worst = worst.merge(part);
            sums.count += more.count;
            sums.errors += more.errors;
            sums.outputs += more.outputs;
            sums.magnitudes += more.magnitudes;
        }
        (worst, sums)
    }

    fn compare_patch(
        &self,
        patch: &Patch,
        rule: &(impl Fn(f64, f64) -> (f64, f64) + Sync),
    ) -> (Worst, Sums) {
        let mut worst = Worst::default();
        let mut sums = Sums::default();
        let exact = block(&self.a, &self.b, &patch.rows, patch.first..patch.end);
        let mut line = vec![0.0; patch.end - patch.first];
        for (slot, row) in patch.rows.iter().enumerate() {
            let start = row * self.n + patch.first;
            self.c.load(start, &mut line);
            for (column, &actual) in line.iter().enumerate() {
                let (expected, magnitude) = exact.at(slot, column);
                sums.count += 1.0;
                sums.errors += (actual - expected) * (actual - expected);
                sums.outputs += expected * expected;
                sums.magnitudes += magnitude * magnitude;
                let (expected, tolerated) = rule(expected, magnitude);
                worst.see(start + column, expected, actual, tolerated);
            }
        }
        (worst, sums)
    }
}

/// Outputs that are computed together: some rows, a range of columns.
struct Patch {
    rows: Vec<usize>,
    first: usize,
    end: usize,
}

/// What the mean square error is made of.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    count: f64,
    errors: f64,
    outputs: f64,
    magnitudes: f64,
}

/// A random weight: either sign, a magnitude in [1, 2).
fn weight(random: &mut ChaCha8Rng) -> f64 {
    let bits = random.next_u64();
    let magnitude = 1.0 + (bits >> 12) as f64 / (1_u64 << 52) as f64;
    if bits & 1 == 0 { magnitude } else { -magnitude }
}

fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
