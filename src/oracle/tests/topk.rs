//! Routings.

use super::*;

/// Logits of some tokens, and how many winners each has.
struct Inputs {
    tokens: usize,
    experts: usize,
    k: usize,
    logits: Tensor,
}

/// What a kernel wrote.
#[derive(Clone)]
struct Wrote {
    indices: Vec<u32>,
    weights: Vec<f32>,
}

impl Inputs {
    fn new(tokens: usize, experts: usize, k: usize, fill: FillPlan) -> Self {
        let shape = [tokens as u64, experts as u64];
        Self {
            tokens,
            experts,
            k,
            logits: filled("logits", "f32", &shape, fill),
        }
    }

    fn row(logits: &[f32], k: usize) -> Self {
        Self {
            tokens: 1,
            experts: logits.len(),
            k,
            logits: f32s(&[1, logits.len() as u64], logits),
        }
    }

    /// A right kernel in f32: k rounds of a maximum, then the softmax over the
    /// winners. Among equals it takes the lowest index, or the highest.
    fn route(&self, lowest: bool) -> Wrote {
        let mut wrote = Wrote {
            indices: Vec::new(),
            weights: Vec::new(),
        };
        for row in floats(&self.logits).chunks(self.experts) {
            let mut left: Vec<usize> = (0..self.experts).collect();
            let mut winners = Vec::new();
            for _ in 0..self.k {
                let mut best = 0;
                for place in 1..left.len() {
                    let (old, new) = (row[left[best]], row[left[place]]);
                    if new > old || (new == old && !lowest) {
                        best = place;
                    }
                }
                winners.push(left.remove(best));
            }
            let top = row[winners[0]];
            let powers: Vec<f32> = winners.iter().map(|w| (row[*w] - top).exp()).collect();
            let sum: f32 = powers.iter().sum();
            wrote.indices.extend(winners.iter().map(|w| *w as u32));
            wrote.weights.extend(powers.iter().map(|power| power / sum));
        }
        wrote
    }

    /// Another right kernel: the softmax over all experts, the largest of it,
    /// normalised again.
    fn route_by_probability(&self) -> Wrote {
        let mut probabilities = Vec::new();
        for row in floats(&self.logits).chunks(self.experts) {
            let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f32 = row.iter().map(|x| (x - top).exp()).sum();
            probabilities.extend(row.iter().map(|x| (x - top).exp() / sum));
        }
        let shape = self.logits.shape.clone();
        let of_probabilities = Self {
            logits: f32s(&shape, &probabilities),
            ..*self
        };
        let mut wrote = of_probabilities.route(true);
        let chosen = wrote
            .indices
            .chunks(self.k)
            .zip(wrote.weights.chunks_mut(self.k));
        for ((indices, weights), row) in chosen.zip(probabilities.chunks(self.experts)) {
            let sum: f32 = indices.iter().map(|i| row[*i as usize]).sum();
            for (weight, index) in weights.iter_mut().zip(indices) {
                *weight = row[*index as usize] / sum;
            }
        }
        wrote
    }

    fn setup(&self, wrote: &Wrote) -> Setup {
        let extents = [
            ("tokens", self.tokens as u64),
            ("experts", self.experts as u64),
            ("k", self.k as u64),
        ];
        let chosen = [self.tokens as u64, self.k as u64];
        Setup::new("topk", &extents)
            .input("logits", &self.logits)
            .output("indices", &u32s(&chosen, &wrote.indices))
            .output("weights", &f32s(&chosen, &wrote.weights))
    }

    fn judge(&self, indices: &[u32], weights: &[f32]) -> Result<(), Mismatch> {
        let (indices, weights) = (indices.to_vec(), weights.to_vec());
        self.setup(&Wrote { indices, weights }).judge()
    }
}

#[test]
fn a_routing_worked_by_hand() {
    // exp(0) : exp(ln 3) = 1 : 3, and the third expert is far below.
    let inputs = Inputs::row(&[0.0, 3_f32.ln(), -50.0], 2);
    assert_eq!(inputs.judge(&[1, 0], &[0.75, 0.25]), Ok(()));
    let swapped = inputs.judge(&[0, 1], &[0.75, 0.25]).expect_err("swapped");
    assert_eq!(swapped.buffer, "stage.indices");
    assert_eq!(
        (swapped.index, swapped.expected, swapped.actual),
        (0, 1.0, 0.0)
    );
    assert_eq!((swapped.count, swapped.of), (2, 2));
    let weights = inputs.judge(&[1, 0], &[0.25, 0.75]).expect_err("swapped");
    assert_eq!(weights.buffer, "stage.weights");
    // Not normalised over the winners: 1 / (1 + 1 + 2) of experts 0, 1, 2.
    let half = Inputs::row(&[0.0, 0.0, 2_f32.ln()], 2);
    assert!(half.judge(&[2, 0], &[0.5, 0.25]).is_err());
    assert_eq!(half.judge(&[2, 0], &[2.0 / 3.0, 1.0 / 3.0]), Ok(()));
}

#[test]
fn right_kernels_pass_at_awkward_shapes() {
    for (tokens, experts, k) in [
        (1, 1, 1),
        (1, 8, 2),
        (33, 127, 8),
        (513, 33, 33),
        (127, 64, 1),
        (7, 513, 64),
    ] {
        let inputs = Inputs::new(tokens, experts, k, FillPlan::Normal(0.0, 1.0));
        for wrote in [inputs.route(true), inputs.route_by_probability()] {
            let judged = inputs.setup(&wrote).judge();
            assert_eq!(judged, Ok(()), "{tokens} tokens, {k} of {experts}");
        }
    }
}

#[test]
fn hard_logits_pass() {
    for (fill, why) in [
        (FillPlan::Constant(0.5), "all equal"),
        (FillPlan::Constant(-1e30), "all masked"),
        (
            FillPlan::Values(vec![1.0, 1.0, 2.0, 2.0, 2.0]),
            "duplicates",
        ),
        (FillPlan::Values(vec![1e4, -1e4, 9_999.0]), "far apart"),
        (FillPlan::Values(vec![0.5, -1e30, -1e30, -1e30]), "a mask"),
        (FillPlan::Values(vec![3.4e38, -3.4e38]), "the ends of f32"),
    ] {
        for k in [1, 2, 8, 32] {
            let inputs = Inputs::new(33, 32, k, fill.clone());
            assert_eq!(
                inputs.setup(&inputs.route(true)).judge(),
                Ok(()),
                "{why}, k {k}"
            );
        }
    }
}

#[test]
fn equals_go_to_the_lowest_index() {
    let inputs = Inputs::new(9, 16, 4, FillPlan::Constant(1.0));
    let mismatch = inputs.setup(&inputs.route(false)).wrong();
    assert_eq!((mismatch.count, mismatch.of), (36, 36));
    let inputs = Inputs::row(&[1.0, 2.0, 2.0], 2);
    assert_eq!(inputs.judge(&[1, 2], &[0.5, 0.5]), Ok(()));
    assert!(inputs.judge(&[2, 1], &[0.5, 0.5]).is_err());
    // Neither may one of the equals be passed over for a later one.
    let inputs = Inputs::row(&[2.0, 1.0, 1.0], 2);
    let weights = inputs.route(true).weights;
    assert_eq!(inputs.judge(&[0, 1], &weights), Ok(()));
    assert!(inputs.judge(&[0, 2], &weights).is_err());
}

#[test]
fn near_ties_may_change_places_and_wider_gaps_may_not() {
    let near = Inputs::row(&[0.25, 0.25 + 5e-7, -3.0, 0.25 - 4e-7], 3);
    let weights = [1.0 / 3.0; 3];
    for order in [[1, 0, 3], [0, 1, 3], [0, 3, 1]] {
        assert_eq!(near.judge(&order, &weights), Ok(()), "{order:?}");
    }
    // The last and the first are 9e-7 apart: still near.
    assert_eq!(near.judge(&[3, 1, 0], &weights), Ok(()));
    assert!(near.judge(&[1, 0, 2], &weights).is_err());
    assert!(
        near.judge(&[1, 1, 0], &weights).is_err(),
        "one winner twice"
    );
    let exact = TolerancePlan::Exact;
    let swapped = Wrote {
        indices: vec![0, 1, 3],
        weights: weights.to_vec(),
    };
    let mismatch = near.setup(&swapped).tolerance("indices", exact).wrong();
    assert_eq!(mismatch.buffer, "stage.indices");

    let wide = Inputs::row(&[0.25, 0.25 + 2e-6], 2);
    assert_eq!(wide.judge(&[1, 0], &[0.5, 0.5]), Ok(()));
    assert!(wide.judge(&[0, 1], &[0.5, 0.5]).is_err());
}

#[test]
fn indices_that_are_no_experts_are_refused() {
    let inputs = Inputs::row(&[1.0, 1.0, 1.0], 2);
    for bad in [3, 1_000, u32::MAX, 0x7fa0_dead] {
        let mismatch = inputs.judge(&[0, bad], &[0.5, 0.5]).expect_err("no expert");
        assert_eq!((mismatch.index, mismatch.actual), (1, f64::from(bad)));
    }
    let mut setup = inputs.setup(&inputs.route(true));
    let indices = setup.after[1].as_mut().expect("an output");
    indices.data = Data::I32(vec![0, -1]);
    assert_eq!(setup.wrong().actual, -1.0);
}

#[test]
fn mutants_of_a_routing_are_refused() {
    let inputs = Inputs::new(33, 64, 4, FillPlan::Normal(0.0, 1.0));
    let right = inputs.route(true);
    assert_eq!(inputs.setup(&right).judge(), Ok(()));
    let refused = |change: &dyn Fn(&mut Wrote)| {
        let mut wrote = right.clone();
        change(&mut wrote);
        let mismatch = inputs.setup(&wrote).wrong();
        (mismatch.buffer, mismatch.count)
    };
    let indices = |count| ("stage.indices".to_owned(), count);
    let weights = |count| ("stage.weights".to_owned(), count);
    assert_eq!(
        refused(&|w| w.indices.swap(0, 1)),
        indices(2),
        "swapped winners"
    );
    assert_eq!(
        refused(&|w| w.indices[7] ^= 1),
        indices(1),
        "an index off by one"
    );
    assert_eq!(
        refused(&|w| w.indices[5] = w.indices[4]),
        indices(1),
        "a duplicate"
    );
    assert_eq!(
        refused(&|w| w.indices[128..].fill(0x7fa0_dead)),
        indices(4),
        "unwritten"
    );
    assert_eq!(
        refused(&|w| w.weights.swap(0, 1)),
        weights(2),
        "swapped weights"
    );
    assert_eq!(refused(&|w| w.weights[131] = f32::NAN), weights(1), "NaN");
    assert_eq!(
        refused(&|w| w.weights[128..].fill(0.0)),
        weights(4),
        "stale"
    );
    assert_eq!(
        refused(&|w| w.weights[9] *= 1.0001),
        weights(1),
        "off by 1e-4"
    );
    // Not normalised over the winners.
    let all = Inputs {
        k: 64,
        logits: inputs.logits.clone(),
        ..inputs
    };
    let probabilities = all.route(true).weights;
    let (_, count) = refused(&|w| {
        for (index, weight) in w.weights.iter_mut().enumerate() {
            *weight = probabilities[index / 4 * 64 + index % 4];
        }
    });
    assert_eq!(count, 33 * 4);
}

#[test]
fn f16_logits_and_weights_pass() {
    let mut inputs = Inputs::new(33, 64, 4, FillPlan::Normal(0.0, 1.0));
    inputs.logits = normal("logits", "f16", &[33, 64]);
    let wrote = inputs.route(true);
    let mut setup = inputs.setup(&wrote);
    setup.after[2] = Some(stored("f16", &[33, 4], &wrote.weights));
    assert_eq!(setup.judge(), Ok(()));
    let weights = setup.after[2].as_mut().expect("an output");
    edit(weights, 0, |weight| weight * 1.003);
    assert_eq!(setup.wrong().index, 0);
}
