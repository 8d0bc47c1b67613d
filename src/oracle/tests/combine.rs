//! Weighted sums of experts' outputs.

use super::*;

/// Extents and inputs of a combination.
struct Inputs {
    tokens: usize,
    hidden: usize,
    experts: usize,
    k: usize,
    outputs: Tensor,
    indices: Vec<u32>,
    weights: Vec<f32>,
}

impl Inputs {
    fn new(tokens: usize, hidden: usize, experts: usize, k: usize) -> Self {
        let extents = [experts as u64, tokens as u64, hidden as u64];
        let chosen = [tokens as u64, k as u64];
        let picked = FillPlan::Distinct(experts as u64);
        let indices = match filled("indices", "u32", &chosen, picked).data {
            Data::U32(values) => values,
            Data::F32(_) | Data::F16(_) | Data::I32(_) => panic!("asked for u32"),
        };
        Self {
            tokens,
            hidden,
            experts,
            k,
            outputs: normal("expert_outputs", "f32", &extents),
            indices,
            weights: floats(&filled("weights", "f32", &chosen, FillPlan::Softmax)),
        }
    }

    /// The gather form in f32; `backwards` adds the last expert first.
    fn gather(&self, backwards: bool) -> Tensor {
        let values = floats(&self.outputs);
        let mut out = vec![0.0; self.tokens * self.hidden];
        for (index, out) in out.iter_mut().enumerate() {
            let (token, column) = (index / self.hidden, index % self.hidden);
            for step in 0..self.k {
                let slot = token * self.k + if backwards { self.k - 1 - step } else { step };
                let expert = self.indices[slot] as usize;
                if expert < self.experts {
                    let place = (expert * self.tokens + token) * self.hidden + column;
                    *out += self.weights[slot] * values[place];
                }
            }
        }
        f32s(&[self.tokens as u64, self.hidden as u64], &out)
    }

    fn unjudged(&self, reference: &str) -> Setup {
        let extents = [
            ("tokens", self.tokens as u64),
            ("hidden", self.hidden as u64),
            ("experts", self.experts as u64),
            ("k", self.k as u64),
        ];
        let chosen = [self.tokens as u64, self.k as u64];
        Setup::new(reference, &extents)
            .input("expert_outputs", &self.outputs)
            .input("indices", &u32s(&chosen, &self.indices))
            .input("weights", &f32s(&chosen, &self.weights))
    }

    fn setup(&self, out: &Tensor) -> Setup {
        self.unjudged("combine").output("out", out)
    }
}

/// Two experts, two tokens, two components:
/// expert 0 says [1 2], [3 4], expert 1 says [5 6], [7 8].
fn by_hand(indices: &[u32], weights: &[f32]) -> Inputs {
    Inputs {
        tokens: 2,
        hidden: 2,
        experts: 2,
        k: 2,
        outputs: f32s(&[2, 2, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
        indices: indices.to_vec(),
        weights: weights.to_vec(),
    }
}

#[test]
fn a_combination_worked_by_hand() {
    // Token 0: 0.25 [1 2] + 0.75 [5 6] = [4 5]; token 1: 0.5 [7 8] + 2 [3 4] =
    // [9.5 12].
    let inputs = by_hand(&[0, 1, 1, 0], &[0.25, 0.75, 0.5, 2.0]);
    let out = f32s(&[2, 2], &[4.0, 5.0, 9.5, 12.0]);
    assert_eq!(
        inputs
            .setup(&out)
            .tolerance("out", TolerancePlan::Exact)
            .judge(),
        Ok(())
    );
    assert_eq!(
        inputs.unjudged("scatter_add").output("out", &out).judge(),
        Ok(())
    );
    let mut wrong = inputs.setup(&f32s(&[2, 2], &[4.0, 5.0, 9.5, 12.1])).wrong();
    wrong.actual = 0.0;
    assert_eq!(
        (wrong.index, wrong.expected, wrong.buffer.as_str()),
        (3, 12.0, "stage.out")
    );
}

#[test]
fn an_index_that_is_no_expert_adds_nothing() {
    let out = f32s(&[2, 2], &[0.25, 0.5, 3.5, 4.0]);
    for outside in [2, 1_000_000, u32::MAX] {
        let inputs = by_hand(&[0, outside, 1, outside], &[0.25, 0.75, 0.5, 2.0]);
        assert_eq!(inputs.setup(&out).judge(), Ok(()), "{outside}");
        // A kernel that clamps the index adds the last expert's 0.75 [5 6].
        let clamped = mutant(&out, |out| out[0] += 3.75);
        inputs.setup(&clamped).wrong();
    }
    let mut setup = by_hand(&[0, 0, 1, 0], &[0.25, 0.75, 0.5, 2.0]).setup(&out);
    setup.before[1].data = Data::I32(vec![0, -1, 1, i32::MIN]);
    assert_eq!(setup.judge(), Ok(()));
}

#[test]
fn an_output_that_is_read_too_is_added_to() {
    let inputs = by_hand(&[0, 1, 1, 0], &[0.25, 0.75, 0.5, 2.0]);
    let (zeros, ones) = (f32s(&[2, 2], &[0.0; 4]), f32s(&[2, 2], &[1.0; 4]));
    let out = f32s(&[2, 2], &[4.0, 5.0, 9.5, 12.0]);
    let judged = |before: &Tensor, after: &Tensor| {
        let setup = inputs.unjudged("combine").inout("out", before, after);
        setup.judge()
    };
    assert_eq!(judged(&zeros, &out), Ok(()));
    assert!(judged(&ones, &out).is_err());
    assert_eq!(
        judged(&ones, &f32s(&[2, 2], &[5.0, 6.0, 10.5, 13.0])),
        Ok(())
    );
}

#[test]
fn right_kernels_pass_in_either_order() {
    for (tokens, hidden, experts, k) in [
        (1, 1, 1, 1),
        (33, 127, 8, 2),
        (5, 513, 7, 7),
        (2, 64, 64, 64),
    ] {
        let inputs = Inputs::new(tokens, hidden, experts, k);
        for backwards in [false, true] {
            let judged = inputs.setup(&inputs.gather(backwards)).judge();
            assert_eq!(judged, Ok(()), "{tokens}x{hidden}, {k} of {experts}");
        }
    }
}

#[test]
fn hard_routings_pass() {
    let mut one = Inputs::new(33, 65, 8, 2);
    one.indices.fill(3);
    assert_eq!(
        one.setup(&one.gather(false)).judge(),
        Ok(()),
        "one expert for all"
    );
    let mut zero = Inputs::new(33, 65, 8, 2);
    zero.weights.fill(0.0);
    assert_eq!(
        zero.setup(&zero.gather(false)).judge(),
        Ok(()),
        "zero weights"
    );
    zero.setup(&mutant(&zero.gather(false), |out| out[4] = 1e-30))
        .wrong();
    let mut outside = Inputs::new(33, 65, 8, 2);
    outside.indices.fill(u32::MAX);
    assert_eq!(
        outside.setup(&outside.gather(false)).judge(),
        Ok(()),
        "no expert at all"
    );
    // w x - w (x + a little) cancels.
    let mut cancel = Inputs::new(33, 65, 8, 2);
    cancel.indices.fill(3);
    for pair in cancel.weights.chunks_mut(2) {
        pair[0] = -pair[1].next_up();
    }
    assert_eq!(
        cancel.setup(&cancel.gather(false)).judge(),
        Ok(()),
        "cancellation"
    );
}

#[test]
fn f16_outputs_may_be_off_by_their_rounding() {
    let inputs = Inputs::new(33, 65, 8, 2);
    let out = stored("f16", &[33, 65], &floats(&inputs.gather(false)));
    assert_eq!(inputs.setup(&out).judge(), Ok(()));
    let mut wrong = out;
    edit(&mut wrong, 70, |value| value * 1.002);
    assert_eq!(inputs.setup(&wrong).wrong().index, 70);
}

#[test]
fn mutants_of_a_combination_are_refused() {
    let inputs = Inputs::new(33, 65, 8, 2);
    let right = inputs.gather(false);
    assert_eq!(inputs.setup(&right).judge(), Ok(()));

    let changed = |change: &dyn Fn(&mut Inputs)| {
        let mut other = Inputs::new(33, 65, 8, 2);
        change(&mut other);
        inputs.setup(&other.gather(false)).wrong().count
    };
    assert_eq!(
        changed(&|other| other.indices.swap(0, 1)),
        65,
        "swapped index"
    );
    assert_eq!(
        changed(&|other| other.weights[65] = 0.0),
        65,
        "a missing term"
    );
    assert_eq!(
        changed(&|other| other.indices[20] ^= 1),
        65,
        "an index off by one"
    );
    assert_eq!(
        changed(&|other| other.weights.rotate_left(1)),
        33 * 65,
        "shifted weights"
    );

    let last = mutant(&right, |out| out[32 * 65..].fill(0.0));
    assert_eq!(inputs.setup(&last).wrong().count, 65, "last token stale");
    let column = mutant(&right, |out| out[65..130].rotate_left(1));
    assert_eq!(
        inputs.setup(&column).wrong().count,
        65,
        "columns off by one"
    );
    for bad in [f32::NAN, f32::INFINITY] {
        let mismatch = inputs
            .setup(&mutant(&right, |out| out[2_144] = bad))
            .wrong();
        assert_eq!((mismatch.index, mismatch.count), (2_144, 1));
    }
    let twice = mutant(&right, |out| out.iter_mut().for_each(|out| *out *= 2.0));
    assert!(inputs.setup(&twice).wrong().count > 2_000, "added twice");
}
