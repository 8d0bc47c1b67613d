//! Whether the experts' outputs were combined right.

use rayon::prelude::*;

use crate::kit::Mismatch;
use crate::plan::TolerancePlan;

use super::compare::{Rule, UNIT_F16, UNIT_F32, Worst, storage_rounding};
use super::tensor::Tensor;

/// Roundings of the sum of magnitudes that each output may be off; seven
/// experts a token are off by fewer in the worst case, in any order.
const ROUNDINGS: f64 = 8.0;

/// A combination to judge.
pub(super) struct Combination<'a> {
    /// Every expert's output for every token: experts, tokens, hidden.
    pub(super) expert_outputs: &'a Tensor,
    /// Experts of each token: tokens, k.
    pub(super) indices: &'a Tensor,
    /// Their weights.
    pub(super) weights: &'a Tensor,
    /// What the output held before, where the kernel adds to it.
    pub(super) initial: Option<&'a Tensor>,
    /// What the kernel wrote: tokens, hidden.
    pub(super) out: &'a Tensor,
    /// Tokens.
    pub(super) tokens: usize,
    /// Components of a token.
    pub(super) hidden: usize,
    /// Experts.
    pub(super) experts: usize,
    /// Experts of each token.
    pub(super) k: usize,
    /// The kernel accumulates in f16, by its own declaration.
    pub(super) accumulate_f16: bool,
}

impl Combination<'_> {
    /// Whether the tensors hold as many scalars as the extents say.
    pub(super) fn fits(&self) -> bool {
        let out = self.tokens.checked_mul(self.hidden);
        let chosen = self.tokens.checked_mul(self.k);
        out.and_then(|out| out.checked_mul(self.experts)) == Some(self.expert_outputs.len())
            && chosen == Some(self.indices.len())
            && chosen == Some(self.weights.len())
            && out == Some(self.out.len())
            && self
                .initial
                .is_none_or(|initial| out == Some(initial.len()))
    }

    /// Judges the output named `name`: `out[t] = sum over j of weights[t, j] *
    /// expert_outputs[indices[t, j], t]`, within `8 u` times the sum of the
    /// magnitudes. An index that is no expert adds nothing.
    ///
    /// # Errors
    ///
    /// The worst mismatch.
    pub(super) fn judge(&self, plan: TolerancePlan, name: &str) -> Result<(), Mismatch> {
        let scalar = self.out.scalar();
        let rule = Rule { plan, scalar };
        let unit = if self.accumulate_f16 {
            UNIT_F16
        } else {
            UNIT_F32
        };
        // As for products: a kernel may flush subnormal numbers to zero.
        let flushed = 2.0 * (self.k as f64 + 1.0) * f64::from(f32::MIN_POSITIVE);
        (0..self.tokens)
            .into_par_iter()
            .map_init(
                || Lines::new(self.hidden),
                |lines, token| {
                    self.expect(token, lines);
                    let mut worst = Worst::default();
                    let start = token * self.hidden;
                    self.out.load(start, &mut lines.values);
                    for (column, &actual) in lines.values.iter().enumerate() {
                        let expected = lines.sums[column];
                        let own = ROUNDINGS * unit * lines.magnitudes[column]
                            + flushed
                            + storage_rounding(scalar, expected);
                        let (expected, tolerated) = rule.apply(expected, own);
                        worst.see(start + column, expected, actual, tolerated);
                    }
                    worst
                },
            )
            .reduce(Worst::default, Worst::merge)
            .judged(plan, name)
    }

    /// The expected components of a token, and their sums of magnitudes.
    fn expect(&self, token: usize, lines: &mut Lines) {
        let start = token * self.hidden;
        match self.initial {
            Some(initial) => initial.load(start, &mut lines.sums),
            None => lines.sums.fill(0.0),
        }
        for (magnitude, value) in lines.magnitudes.iter_mut().zip(&lines.sums) {
            *magnitude = value.abs();
        }
        for slot in token * self.k..(token + 1) * self.k {
            let index = self.indices.get(slot);
            if !(0.0..self.experts as f64).contains(&index) {
                continue;
            }
            let weight = self.weights.get(slot);
            let row = index as usize * self.tokens + token;
            self.expert_outputs
                .load(row * self.hidden, &mut lines.values);
            for ((sum, magnitude), value) in lines
                .sums
                .iter_mut()
                .zip(&mut lines.magnitudes)
                .zip(&lines.values)
            {
                let term = weight * value;
                *sum += term;
                *magnitude += term.abs();
            }
        }
    }
}

/// Working memory of one token.
struct Lines {
    values: Vec<f64>,
    sums: Vec<f64>,
    magnitudes: Vec<f64>,
}

impl Lines {
    fn new(hidden: usize) -> Self {
        Self {
            values: vec![0.0; hidden],
            sums: vec![0.0; hidden],
            magnitudes: vec![0.0; hidden],
        }
    }
}
