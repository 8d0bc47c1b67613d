//! Blocks of a matrix product in f64, and the product with random vectors.

use std::ops::Range;

use rayon::prelude::*;

use super::tensor::{Number, Tensor, each_type};

/// Vectors in a panel: what the inner loop multiplies at once.
const PANEL: usize = 4;

/// Length of the inner dimension that is packed at once: a block of both
/// operands stays in a core's cache.
const DEPTH: usize = 512;

/// How the vectors of an operand lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Each vector runs along the inner dimension: rows of A, or columns of a
    /// B that is stored as [n, k].
    Along,
    /// The inner dimension steps from row to row: columns of a B that is
    /// stored as [k, n].
    Across,
}

/// One operand of a product, as `count` vectors of length `depth`: A has its
/// rows, B its columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand<'a> {
    tensor: &'a Tensor,
    layout: Layout,
    count: usize,
    depth: usize,
}

/// Four numbers of as many vectors, for each step of the inner dimension.
type Panels = Vec<[f64; PANEL]>;

impl<'a> Operand<'a> {
    /// An operand, if the tensor holds as many scalars.
    pub(super) fn new(
        tensor: &'a Tensor,
        layout: Layout,
        count: usize,
        depth: usize,
    ) -> Option<Self> {
        (count.checked_mul(depth) == Some(tensor.len())).then_some(Self {
            tensor,
            layout,
            count,
            depth,
        })
    }

    /// Packs a stretch of some vectors into panels, one after the other; the
    /// last is padded with zeros. Vectors that lie across are consecutive.
    fn pack(&self, vectors: &[usize], stretch: Range<usize>) -> Panels {
        let length = stretch.len();
        let mut panels = vec![[0.0; PANEL]; vectors.len().div_ceil(PANEL) * length];
        each_type!(&self.tensor.data, values => match self.layout {
            Layout::Along => {
                for (slot, vector) in vectors.iter().enumerate() {
                    let start = vector * self.depth;
                    let from = &values[start + stretch.start..start + stretch.end];
                    let panel = &mut panels[slot / PANEL * length..][..length];
                    for (to, from) in panel.iter_mut().zip(from) {
                        to[slot % PANEL] = from.value();
                    }
                }
            }
            Layout::Across => {
                let first = vectors.first().copied().unwrap_or_default();
                for (step, row) in stretch.enumerate() {
                    let start = row * self.count + first;
                    let from = &values[start..start + vectors.len()];
                    for (panel, from) in from.chunks(PANEL).enumerate() {
                        for (to, from) in panels[panel * length + step].iter_mut().zip(from) {
                            *to = from.value();
                        }
                    }
                }
            }
        });
        panels
    }
}

/// Some rows and a range of columns of a product.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Columns.
    width: usize,
    /// Sums of products, row after row.
    sums: Vec<f64>,
    /// Sums of their magnitudes.
    magnitudes: Vec<f64>,
}

impl Block {
    /// Sum of products, and of their magnitudes, of an output.
    pub(super) fn at(&self, row: usize, column: usize) -> (f64, f64) {
        let index = row * self.width + column;
        (self.sums[index], self.magnitudes[index])
    }
}

/// Computes some outputs of the product in f64, with the sum of the products'
/// magnitudes.
pub(super) fn block(
    a: &Operand<'_>,
    b: &Operand<'_>,
    rows: &[usize],
    columns: Range<usize>,
) -> Block {
    let width = columns.len();
    let columns: Vec<usize> = columns.collect();
    let mut sums = vec![0.0; rows.len() * width];
    let mut magnitudes = sums.clone();
    for start in (0..a.depth).step_by(DEPTH) {
        let stretch = start..(start + DEPTH).min(a.depth);
        let length = stretch.len();
        let packed_b = b.pack(&columns, stretch.clone());
        for (group, rows) in rows.chunks(PANEL).enumerate() {
            let packed_a = a.pack(rows, stretch.clone());
            for (panel, b) in packed_b.chunks(length).enumerate() {
                let (products, sizes) = (tile(&packed_a, b), tile_of_magnitudes(&packed_a, b));
                for row in 0..rows.len() {
                    let first = panel * PANEL;
                    for column in first..(first + PANEL).min(width) {
                        let index = (group * PANEL + row) * width + column;
                        sums[index] += products[row][column - first];
                        magnitudes[index] += sizes[row][column - first];
                    }
                }
            }
        }
    }
    Block {
        width,
        sums,
        magnitudes,
    }
}

/// Products of every vector of one panel with every vector of the other.
fn tile(a: &[[f64; PANEL]], b: &[[f64; PANEL]]) -> [[f64; PANEL]; PANEL] {
    let mut sums = [[0.0; PANEL]; PANEL];
    for (a, b) in a.iter().zip(b) {
        for (sums, a) in sums.iter_mut().zip(a) {
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum += a * b;
            }
        }
    }
    sums
}

/// The same of their magnitudes.
fn tile_of_magnitudes(a: &[[f64; PANEL]], b: &[[f64; PANEL]]) -> [[f64; PANEL]; PANEL] {
    let mut sums = [[0.0; PANEL]; PANEL];
    for (a, b) in a.iter().zip(b) {
        for (sums, a) in sums.iter_mut().zip(a) {
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum += (a * b).abs();
            }
        }
    }
    sums
}

/// How far the outputs of one row, in one block of columns, are off together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Residual {
    /// The row.
    pub(super) row: usize,
    /// The block of columns.
    pub(super) block: usize,
    /// Residual of the row's random combination, divided by the norms of the
    /// operands that made it; infinite where it is no number.
    pub(super) size: f64,
}

impl Residual {
    /// The larger first; of equals the first row and block.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        (other.size.total_cmp(&self.size))
            .then(self.row.cmp(&other.row))
            .then(self.block.cmp(&other.block))
    }
}

/// Columns of B, combined with weights within each block of `width` columns.
pub(super) struct Combined<'a> {
    weights: &'a [f64],
    width: usize,
    blocks: usize,
    /// Panels of the combined columns, each over the whole inner dimension.
    panels: Vec<Panels>,
    /// Euclidean norm of the columns that each block combines.
    norms: Vec<f64>,
}

impl<'a> Combined<'a> {
    /// Combines the columns of `b`, one weight a column.
    pub(super) fn new(b: &Operand<'_>, weights: &'a [f64], width: usize) -> Self {
        let blocks = b.count.div_ceil(width);
        let (panels, norms): (Vec<_>, Vec<_>) = (0..blocks.div_ceil(PANEL))
            .into_par_iter()
            .map(|panel| combine_panel(b, weights, width, panel))
            .unzip();
        Self {
            weights,
            width,
            blocks,
            panels,
            norms: norms.into_iter().flatten().collect(),
        }
    }

    /// The largest residuals of C against A times the combined columns:
    /// Freivalds' check, with a random vector for each block of columns.
    pub(super) fn largest(&self, a: &Operand<'_>, c: &Tensor, most: usize) -> Vec<Residual> {
        /// Rows a task.
        const ROWS: usize = 32;
        let keep = |mut found: Vec<Residual>| {
            if found.len() > most && most > 0 {
                found.select_nth_unstable_by(most - 1, Residual::order);
                found.truncate(most);
            }
            found
        };
        let mut largest = (0..a.count.div_ceil(ROWS))
            .into_par_iter()
            .map(|task| {
                let end = ((task + 1) * ROWS).min(a.count);
                let rows: Vec<usize> = (task * ROWS..end).collect();
                keep(
                    rows.chunks(PANEL)
                        .flat_map(|rows| self.residuals(a, c, rows))
                        .collect(),
                )
            })
            .reduce(Vec::new, |mut found, more| {
                found.extend(more);
                keep(found)
            });
        largest.sort_unstable_by(Residual::order);
        largest
    }

    fn residuals(&self, a: &Operand<'_>, c: &Tensor, rows: &[usize]) -> Vec<Residual> {
        let mut predicted = vec![[[0.0; PANEL]; PANEL]; self.panels.len()];
        let mut norms = [0.0; PANEL];
        for start in (0..a.depth).step_by(DEPTH) {
            let stretch = start..(start + DEPTH).min(a.depth);
            let packed = a.pack(rows, stretch.clone());
            for step in &packed {
                for (norm, value) in norms.iter_mut().zip(step) {
                    *norm += value * value;
                }
            }
            for (sums, panel) in predicted.iter_mut().zip(&self.panels) {
                let more = tile(&packed, &panel[stretch.clone()]);
                for (sum, more) in sums.iter_mut().flatten().zip(more.iter().flatten()) {
                    *sum += more;
                }
            }
        }
        let mut line = vec![0.0; self.weights.len()];
        let mut found = Vec::with_capacity(rows.len() * self.blocks);
        for (slot, &row) in rows.iter().enumerate() {
            c.load(row * line.len(), &mut line);
            let blocks = line.chunks(self.width).zip(self.weights.chunks(self.width));
            for (block, (values, weights)) in blocks.enumerate() {
                let actual: f64 = values.iter().zip(weights).map(|(c, w)| c * w).sum();
                let residual = (actual - predicted[block / PANEL][slot][block % PANEL]).abs();
                let scale = norms[slot].sqrt() * self.norms[block];
                let size = if residual == 0.0 {
                    0.0
                } else {
                    residual / scale
                };
                let size = if size.is_finite() {
                    size
                } else {
                    f64::INFINITY
                };
                found.push(Residual { row, block, size });
            }
        }
        found
    }
}

/// Four blocks' combined columns over the whole inner dimension, and the norms
/// of what they combine.
fn combine_panel(
    b: &Operand<'_>,
    weights: &[f64],
    width: usize,
    panel: usize,
) -> (Panels, Vec<f64>) {
    let mut combined = vec![[0.0; PANEL]; b.depth];
    let first = panel * PANEL;
    let last = (first + PANEL).min(b.count.div_ceil(width));
    let mut squares = vec![0.0; last - first];
    for (slot, block) in (first..last).enumerate() {
        let columns = block * width..((block + 1) * width).min(b.count);
        each_type!(&b.tensor.data, values => match b.layout {
            Layout::Along => {
                for column in columns {
                    let weight = weights[column];
                    let values = &values[column * b.depth..(column + 1) * b.depth];
                    for (to, value) in combined.iter_mut().zip(values) {
                        let value = value.value();
                        to[slot] += weight * value;
                        squares[slot] += value * value;
                    }
                }
            }
            Layout::Across => {
                for (step, to) in combined.iter_mut().enumerate() {
                    let values = &values[step * b.count..][columns.clone()];
                    let (mut sum, mut square) = (0.0, 0.0);
                    for (value, weight) in values.iter().zip(&weights[columns.clone()]) {
                        let value = value.value();
                        sum += weight * value;
                        square += value * value;
                    }
                    to[slot] = sum;
                    squares[slot] += square;
                }
            }
        });
    }
    (combined, squares.into_iter().map(f64::sqrt).collect())
}
