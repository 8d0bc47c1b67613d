//! Whether a routing is right: the largest logits of each token, and the
//! softmax over them.

use rayon::prelude::*;

use crate::kit::Mismatch;
use crate::plan::TolerancePlan;

use super::compare::{Rule, Worst, storage_rounding};
use super::tensor::Tensor;

/// Logits that differ by less than this, and do differ, may change places: a
/// kernel that compares probabilities in f32 cannot tell them apart.
const NEAR_TIE: f64 = 1e-6;

/// Relative part of the weights' tolerance: f32 `exp` of an argument down to
/// -16, where WGSL (section 15.7.4) allows `3 + 2 |x|` units in the last
/// place, and smaller weights fall under [`ABSOLUTE`].
const RELATIVE: f64 = 1e-5;

/// Absolute part of the weights' tolerance.
const ABSOLUTE: f64 = 1e-7;

/// Logits that one task looks at.
const CHUNK: usize = 1 << 14;

/// A routing to judge.
pub(super) struct Routing<'a> {
    /// Logits, tokens by experts.
    pub(super) logits: &'a Tensor,
    /// Winners that the kernel chose, tokens by k, the best first.
    pub(super) indices: &'a Tensor,
    /// Their weights.
    pub(super) weights: &'a Tensor,
    /// Tokens.
    pub(super) tokens: usize,
    /// Experts.
    pub(super) experts: usize,
    /// Winners of each token.
    pub(super) k: usize,
}

impl Routing<'_> {
    /// Whether the tensors hold as many scalars as the extents say.
    pub(super) fn fits(&self) -> bool {
        let winners = self.tokens.checked_mul(self.k);
        self.tokens.checked_mul(self.experts) == Some(self.logits.len())
            && winners == Some(self.indices.len())
            && winners == Some(self.weights.len())
            && (1..=self.experts).contains(&self.k)
    }

    /// Judges both outputs, each by its tolerance, under its name.
    ///
    /// Indices are exact: the largest logits, the larger first, the lowest
    /// index first among equals. Only logits that differ by less than 1e-6
    /// may change places. Weights are the softmax over all experts,
    /// normalised again over the winners (which is the softmax over the
    /// winners), within `1e-5 w + 1e-7`; those of an accepted order are
    /// expected in that order.
    ///
    /// # Errors
    ///
    /// The worst mismatch of the indices, else of the weights.
    pub(super) fn judge(
        &self,
        [plan_of_indices, plan_of_weights]: [TolerancePlan; 2],
        [name_of_indices, name_of_weights]: [&str; 2],
    ) -> Result<(), Mismatch> {
        let rows = (CHUNK / self.experts).max(1);
        let (indices, weights) = (0..self.tokens.div_ceil(rows))
            .into_par_iter()
            .map(|task| {
                let mut row = Row::new(self);
                let mut worst = (Worst::default(), Worst::default());
                for token in task * rows..((task + 1) * rows).min(self.tokens) {
                    row.read(self, token);
                    row.judge_indices(token, plan_of_indices, &mut worst.0);
                    row.judge_weights(self, token, plan_of_weights, &mut worst.1);
                }
                worst
            })
            .reduce(Default::default, |a, b| (a.0.merge(b.0), a.1.merge(b.1)));
        indices.judged(plan_of_indices, name_of_indices)?;
        weights.judged(plan_of_weights, name_of_weights)
    }
}

/// One token's logits and winners; reused from token to token.
struct Row {
    logits: Vec<f64>,
    order: Vec<usize>,
    expected: Vec<usize>,
    /// As the kernel wrote them: any number.
    actual: Vec<f64>,
    weights: Vec<f64>,
    taken: Vec<bool>,
    accepted: bool,
}

impl Row {
    fn new(routing: &Routing<'_>) -> Self {
        Self {
            logits: vec![0.0; routing.experts],
            order: Vec::with_capacity(routing.experts),
            expected: vec![0; routing.k],
            actual: vec![0.0; routing.k],
            weights: vec![0.0; routing.k],
            taken: vec![false; routing.experts],
            accepted: false,
        }
    }

    fn read(&mut self, routing: &Routing<'_>, token: usize) {
        routing
            .logits
            .load(token * routing.experts, &mut self.logits);
        routing.indices.load(token * routing.k, &mut self.actual);
        routing.weights.load(token * routing.k, &mut self.weights);
        // A NaN is no maximum, in WGSL as here.
        for logit in self.logits.iter_mut().filter(|logit| logit.is_nan()) {
            *logit = f64::NEG_INFINITY;
        }
        self.order.clear();
        self.order.extend(0..routing.experts);
        let logits = &self.logits;
        let better = |a: &usize, b: &usize| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b));
        let k = routing.k;
        if k < routing.experts {
            self.order.select_nth_unstable_by(k - 1, better);
        }
        self.order[..k].sort_unstable_by(better);
        self.expected.copy_from_slice(&self.order[..k]);
        self.accepted = self.accepts();
    }

    /// The expert that the kernel chose at a place, if there is such.
    fn chosen(&self, place: usize) -> Option<usize> {
        // Saturates, and NaN gives 0, so the way back tells.
        let index = self.actual[place] as usize;
        (index < self.logits.len() && index as f64 == self.actual[place]).then_some(index)
    }

    /// Whether the kernel's order is the expected one, but for near ties.
    fn accepts(&mut self) -> bool {
        let places = 0..self.expected.len();
        if places
            .clone()
            .all(|place| self.chosen(place) == Some(self.expected[place]))
        {
            return true;
        }
        // Whatever places near ties take, each is near the logit expected
        // there: this ends most wrong rows before the slow look.
        let near = places.clone().all(|place| {
            self.chosen(place).is_some_and(|chosen| {
                (self.logits[chosen] - self.logits[self.expected[place]]).abs() < NEAR_TIE
            })
        });
        if !near {
            return false;
        }
        self.taken.fill(false);
        for place in places {
            let Some(chosen) = self.chosen(place).filter(|chosen| !self.taken[*chosen]) else {
                return false;
            };
            let logit = self.logits[chosen];
            let left = self.logits.iter().zip(&self.taken).enumerate();
            let passed_over =
                left.filter(|(_, (_, taken))| !**taken)
                    .any(|(index, (&other, _))| {
                        other - logit >= NEAR_TIE || (other == logit && index < chosen)
                    });
            if passed_over {
                return false;
            }
            self.taken[chosen] = true;
        }
        true
    }

    fn judge_indices(&self, token: usize, plan: TolerancePlan, worst: &mut Worst) {
        let k = self.expected.len();
        for (place, (&expected, &actual)) in self.expected.iter().zip(&self.actual).enumerate() {
            let (index, expected) = (token * k + place, expected as f64);
            match plan {
                TolerancePlan::Exact => worst.see(index, expected, actual, 0.0),
                TolerancePlan::Bound { relative, absolute } => {
                    worst.see(index, expected, actual, absolute + relative * expected);
                }
                TolerancePlan::Reference => {
                    let right = self.accepted || expected == actual;
                    worst.count_as(right, index, expected, actual, 0.0);
                }
            }
        }
    }

    fn judge_weights(
        &self,
        routing: &Routing<'_>,
        token: usize,
        plan: TolerancePlan,
        worst: &mut Worst,
    ) {
        let scalar = routing.weights.scalar();
        let rule = Rule { plan, scalar };
        let winner = |place: usize| {
            let chosen = self.chosen(place).filter(|_| self.accepted);
            self.logits[chosen.unwrap_or(self.expected[place])]
        };
        let k = routing.k;
        let best = (0..k).map(winner).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = (0..k).map(|place| (winner(place) - best).exp()).sum();
        for place in 0..k {
            let weight = (winner(place) - best).exp() / sum;
            let own = ABSOLUTE + RELATIVE * weight + storage_rounding(scalar, weight);
            let (expected, tolerated) = rule.apply(weight, own);
            worst.see(token * k + place, expected, self.weights[place], tolerated);
        }
    }
}
