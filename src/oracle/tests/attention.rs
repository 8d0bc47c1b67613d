//! Attention, whole and in parts.

use super::*;
use crate::oracle::built_in;

/// Extents of an attention.
#[derive(Clone, Copy)]
struct Extents {
    tokens: usize,
    context: usize,
    heads: usize,
    kv_heads: usize,
    size: usize,
}

impl Extents {
    fn queries(self) -> [u64; 3] {
        [self.tokens as u64, self.heads as u64, self.size as u64]
    }

    fn keys(self) -> [u64; 3] {
        [self.context as u64, self.kv_heads as u64, self.size as u64]
    }

    fn setup(self, [q, k, v]: [&Tensor; 3], wrote: &Tensor) -> Setup {
        let extents = [
            ("tokens", self.tokens as u64),
            ("context", self.context as u64),
            ("heads", self.heads as u64),
            ("kv_heads", self.kv_heads as u64),
            ("head_dim", self.size as u64),
        ];
        Setup::new("attention", &extents)
            .input("q", q)
            .input("k", k)
            .input("v", v)
            .output("out", wrote)
    }

    /// What one query gets of some positions, in f32, and the logarithm of its
    /// sum: position by position, with a running maximum.
    fn attend(
        self,
        [q, k, v]: [&[f32]; 3],
        (row, head): (usize, usize),
        positions: std::ops::Range<usize>,
    ) -> (Vec<f32>, f32) {
        let size = self.size;
        let query = &q[row * size..][..size];
        let kv_head = head / (self.heads / self.kv_heads);
        let (mut top, mut sum, mut out) = (-1e38_f32, 0.0_f32, vec![0.0_f32; size]);
        for position in positions {
            let at = (position * self.kv_heads + kv_head) * size;
            let products = query.iter().zip(&k[at..at + size]);
            let score = products.map(|(a, b)| a * b).sum::<f32>() / (size as f32).sqrt();
            let highest = top.max(score);
            let (fade, weight) = ((top - highest).exp(), (score - highest).exp());
            top = highest;
            sum = sum * fade + weight;
            for (to, value) in out.iter_mut().zip(&v[at..at + size]) {
                *to = *to * fade + weight * value;
            }
        }
        (
            out.iter().map(|value| value / sum).collect(),
            top + sum.ln(),
        )
    }

    /// What a kernel writes that sees so many positions beyond its own.
    fn kernel(self, tensors: [&Tensor; 3], beyond: usize) -> Vec<f32> {
        let [q, k, v] = tensors.map(floats);
        let mut out = Vec::new();
        for row in 0..self.tokens * self.heads {
            let (token, head) = (row / self.heads, row % self.heads);
            let own = self.context - self.tokens + token + 1;
            let end = (own + beyond).min(self.context);
            out.extend(self.attend([&q, &k, &v], (row, head), 0..end).0);
        }
        out
    }
}

const SMALL: Extents = Extents {
    tokens: 5,
    context: 33,
    heads: 6,
    kv_heads: 2,
    size: 18,
};

fn inputs(extents: Extents, element: &str, spread: f64) -> [Tensor; 3] {
    let fill = || FillPlan::Normal(0.0, spread);
    [
        filled("q", element, &extents.queries(), fill()),
        filled("k", element, &extents.keys(), fill()),
        filled("v", element, &extents.keys(), FillPlan::Normal(0.0, 1.0)),
    ]
}

#[test]
fn an_attention_is_that_by_hand() {
    // One head of one column; scores are 0 and ln 3 for the second token, whose
    // weights are 1/4 and 3/4. The first token sees only itself.
    let extents = Extents {
        tokens: 2,
        context: 2,
        heads: 1,
        kv_heads: 1,
        size: 1,
    };
    let q = f32s(&[2, 1, 1], &[5.0, 1.0]);
    let k = f32s(&[2, 1, 1], &[0.0, 3_f32.ln()]);
    let v = f32s(&[2, 1, 1], &[8.0, 4.0]);
    let setup = |out: &[f32]| extents.setup([&q, &k, &v], &f32s(&[2, 1, 1], out));
    assert_eq!(setup(&[8.0, 5.0]).judge(), Ok(()));
    assert_eq!(setup(&[8.0, 7.0]).wrong().index, 1);
    // Not causal: the first token sees the second.
    assert_eq!(setup(&[4.1, 5.0]).wrong().index, 0);
}

#[test]
fn a_right_attention_passes_in_both_types_and_mutants_do_not() {
    for (element, spread) in [("f32", 1.0), ("f16", 1.0), ("f32", 40.0)] {
        let [q, k, v] = inputs(SMALL, element, spread);
        let wrote = stored(element, &SMALL.queries(), &SMALL.kernel([&q, &k, &v], 0));
        assert_eq!(
            SMALL.setup([&q, &k, &v], &wrote).judge(),
            Ok(()),
            "{spread}"
        );
    }
    let [q, k, v] = inputs(SMALL, "f32", 1.0);
    let tensors = [&q, &k, &v];
    let right = f32s(&SMALL.queries(), &SMALL.kernel(tensors, 0));
    let refused = |wrote: &Tensor| SMALL.setup(tensors, wrote).wrong();
    // A mask that is one off; heads that take the wrong group's keys.
    refused(&f32s(&SMALL.queries(), &SMALL.kernel(tensors, 1)));
    let turned = mutant(&right, |values| values.rotate_right(SMALL.size));
    assert!(refused(&turned).count > 400);
    let unwritten = mutant(&right, |values| values[29 * 18..].fill(f32::NAN));
    assert_eq!(refused(&unwritten).count, 18);
    let scaled = mutant(&right, |values| values[0] *= 1.001);
    assert_eq!(refused(&scaled).index, 0);
}

#[test]
fn rows_that_are_not_compared_must_be_numbers_all_the_same() {
    use crate::oracle::judge::Output;
    use crate::oracle::rows::judge_some;
    let ones = f32s(&[4, 3], &[1.0; 12]);
    let judged = |wrote: &Tensor| {
        let output = Output {
            name: "out",
            wrote,
            plan: TolerancePlan::Reference,
            initial: None,
        };
        judge_some(&output, 3, Some(&[0, 2]), |_, line| {
            for to in line {
                to.value = 1.0;
            }
        })
    };
    assert_eq!(judged(&ones), Ok(()));
    let changed = |index: usize, value: f32| judged(&mutant(&ones, |all| all[index] = value));
    assert_eq!(changed(7, 1.5).expect_err("compared").index, 7);
    assert_eq!(changed(4, 1.5), Ok(()));
    for lost in [f32::NAN, f32::INFINITY] {
        let mismatch = changed(4, lost).expect_err("no number");
        assert_eq!((mismatch.index, mismatch.count, mismatch.of), (4, 1, 12));
    }
}

#[test]
fn a_sample_has_both_ends_and_a_row_of_each_stretch() {
    use crate::oracle::rows::sample;
    assert_eq!(sample(1_000, 1 << 20, 1), None);
    let drawn = sample(100_000, 1 << 20, 1).expect("a sample");
    assert!((1_024..=1_026).contains(&drawn.len()), "{}", drawn.len());
    assert_eq!((drawn[0], drawn[drawn.len() - 1]), (0, 99_999));
    assert!(
        drawn
            .windows(2)
            .all(|pair| pair[0] < pair[1] && pair[1] - pair[0] < 200)
    );
    assert_ne!(Some(drawn), sample(100_000, 1 << 20, 2));
    // However long a row, some are compared.
    assert!(sample(100, u64::MAX, 1).is_some_and(|drawn| drawn.len() >= 16));
}

const ONE: Extents = Extents { tokens: 1, ..SMALL };

/// Parts of ONE's context: what a kernel writes.
fn parts(tensors: [&Tensor; 3], splits: usize) -> (Tensor, Tensor) {
    let [q, k, v] = tensors.map(floats);
    let length = ONE.context.div_ceil(splits);
    let (mut partial, mut lse) = (Vec::new(), Vec::new());
    for split in 0..splits {
        for head in 0..ONE.heads {
            let (start, end) = (split * length, ((split + 1) * length).min(ONE.context));
            if start < end {
                let (values, sum) = ONE.attend([&q, &k, &v], (head, head), start..end);
                partial.extend(values);
                lse.push(sum);
            } else {
                partial.extend(vec![0.0; ONE.size]);
                lse.push(-1e30);
            }
        }
    }
    let [splits, heads, size] = [splits, ONE.heads, ONE.size].map(|extent| extent as u64);
    (
        f32s(&[splits, heads, size], &partial),
        f32s(&[splits, heads], &lse),
    )
}

fn extents(splits: usize) -> [(&'static str, u64); 5] {
    [
        ("context", ONE.context as u64),
        ("heads", ONE.heads as u64),
        ("kv_heads", ONE.kv_heads as u64),
        ("head_dim", ONE.size as u64),
        ("splits", splits as u64),
    ]
}

#[test]
fn parts_of_an_attention_make_the_whole() {
    let [q, k, v] = inputs(ONE, "f32", 1.0);
    let tensors = [&q, &k, &v];
    let q = Tensor {
        shape: ONE.queries()[1..].to_vec(),
        ..q.clone()
    };
    // 33 positions in 8 parts of 5 leave the last with none.
    for splits in [1, 4, 8] {
        let (partial, lse) = parts(tensors, splits);
        let split = |partial: &Tensor, lse: &Tensor| {
            Setup::new("attention_split", &extents(splits))
                .input("q", &q)
                .input("k", &k)
                .input("v", &v)
                .output("partial", partial)
                .output("lse", lse)
        };
        assert_eq!(split(&partial, &lse).judge(), Ok(()), "{splits}");
        let off = mutant(&lse, |values| values[0] += 1e-3);
        assert_eq!(split(&partial, &off).wrong().index, 0);
        let swapped = mutant(&partial, |values| values.rotate_right(18));
        assert!(split(&swapped, &lse).wrong().count > 100);

        let whole = f32s(&ONE.queries()[1..], &ONE.kernel(tensors, 0));
        let reduce = |out: &Tensor| {
            Setup::new("attention_reduce", &extents(splits))
                .input("partial", &partial)
                .input("lse", &lse)
                .output("out", out)
        };
        assert_eq!(reduce(&whole).judge(), Ok(()), "{splits}");
        let off = mutant(&whole, |values| values[107] += 1e-3);
        assert_eq!(reduce(&off).wrong().index, 107);
    }
}

#[test]
fn extents_that_make_no_attention_are_told() {
    let checked = |extents: Extents| {
        let [q, k, v] = inputs(extents, "f32", 1.0);
        let case = extents.setup([&q, &k, &v], &q).case();
        let found = built_in("attention").expect("built in");
        found.check(&case, &case.stages[0])
    };
    assert_eq!(checked(SMALL), Ok(()));
    let uneven = Extents {
        kv_heads: 4,
        ..SMALL
    };
    insta::assert_snapshot!(checked(uneven).expect_err("refused"), @"reference `attention` shares keys among `heads` / `kv_heads` heads, and 6 / 4 leaves a rest; make `heads` a multiple of `kv_heads`");
    let short = Extents {
        context: 4,
        ..SMALL
    };
    insta::assert_snapshot!(checked(short).expect_err("refused"), @"reference `attention` puts the last of `tokens` = 5 at the end of `context` = 4; make `context` at least `tokens`");
}
