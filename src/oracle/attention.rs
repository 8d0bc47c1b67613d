//! Attention of grouped heads: whole, a part of the context, and the parts
//! together.

use crate::kit::Mismatch;
use crate::plan::Stage;

use super::compare::UNIT_F32;
use super::judge::StageData;
use super::reference::{BuiltIn, FLOATS, Family, no_more, operand};
use super::rows::{self, Expected};
use super::tensor::Tensor;

/// Relative part of the tolerance, of the weighted magnitudes of the values:
/// f32 `exp`, which is off by `3 + 2 |x|` units in the last place (WGSL, section
/// 15.7.4), and the sums.
const RELATIVE: f64 = 1e-5;

/// Roundings of the magnitudes of a score; exp turns them into relative errors
/// of its weight, and of the sum of weights.
const ROUNDINGS: f64 = 32.0;

/// What a split without positions has for a logarithm: no weight.
const NOTHING: f64 = -1e30;

/// `out[t, h] = softmax(q[t, h] k[.., h] / sqrt(head_dim)) v[.., h]` over the
/// positions up to the token's own, which is `context - tokens + t`. Heads share
/// keys and values in groups of `heads / kv_heads`.
///
/// Source: Vaswani et al., Attention Is All You Need, 2017; grouped heads:
/// Ainslie et al., GQA, 2023.
pub(super) const WHOLE: BuiltIn = BuiltIn {
    name: "attention",
    inputs: &["q", "k", "v"],
    outputs: &["out"],
    parameters: &["tokens", "context", "heads", "kv_heads", "head_dim"],
    family: Family::Own {
        check: |reference, _, stage| {
            grouped(reference, stage)?;
            let (tokens, context) = (
                reference.extent(stage, "tokens")?,
                reference.extent(stage, "context")?,
            );
            if tokens > context {
                return Err(format!(
                    "reference `attention` puts the last of `tokens` = {tokens} at the end of `context` = {context}; make `context` at least `tokens`"
                ));
            }
            Ok(())
        },
        judge: whole,
    },
    operands: &[
        operand("q", &["tokens", "heads", "head_dim"], FLOATS),
        operand("k", &["context", "kv_heads", "head_dim"], FLOATS),
        operand("v", &["context", "kv_heads", "head_dim"], FLOATS),
        operand("out", &["tokens", "heads", "head_dim"], FLOATS),
    ],
};

/// One token's attention to each of `splits` parts of the context, every part of
/// `ceil(context / splits)` positions: `partial`, as if there were no others, and
/// `lse`, the logarithm of the sum of exponentials. A part without positions has
/// zeros and `-1e30`.
pub(super) const SPLIT: BuiltIn = BuiltIn {
    name: "attention_split",
    inputs: &["q", "k", "v"],
    outputs: &["partial", "lse"],
    parameters: &["context", "heads", "kv_heads", "head_dim", "splits"],
    family: Family::Own {
        check: |reference, _, stage| grouped(reference, stage),
        judge: split,
    },
    operands: &[
        operand("q", &["heads", "head_dim"], FLOATS),
        operand("k", &["context", "kv_heads", "head_dim"], FLOATS),
        operand("v", &["context", "kv_heads", "head_dim"], FLOATS),
        operand("partial", &["splits", "heads", "head_dim"], FLOATS),
        operand("lse", &["splits", "heads"], FLOATS),
    ],
};

/// The parts together: `out[h] = sum of softmax(lse[.., h]) partial[.., h]`.
pub(super) const REDUCE: BuiltIn = BuiltIn {
    name: "attention_reduce",
    inputs: &["partial", "lse"],
    outputs: &["out"],
    parameters: &["heads", "head_dim", "splits"],
    family: Family::Own {
        check: no_more,
        judge: reduce,
    },
    operands: &[
        operand("partial", &["splits", "heads", "head_dim"], FLOATS),
        operand("lse", &["splits", "heads"], FLOATS),
        operand("out", &["heads", "head_dim"], FLOATS),
    ],
};

fn grouped(reference: &BuiltIn, stage: &Stage) -> Result<(), String> {
    let (heads, kv_heads) = (
        reference.extent(stage, "heads")?,
        reference.extent(stage, "kv_heads")?,
    );
    if heads % kv_heads == 0 {
        return Ok(());
    }
    Err(format!(
        "reference `{}` shares keys among `heads` / `kv_heads` heads, and {heads} / {kv_heads} leaves a rest; make `heads` a multiple of `kv_heads`",
        reference.name
    ))
}

/// Keys and values.
struct Cache<'a> {
    k: &'a Tensor,
    v: &'a Tensor,
    kv_heads: usize,
    size: usize,
}

/// What a query gets of some positions.
struct Attended {
    /// Weighted values.
    values: Vec<Expected>,
    /// Logarithm of the sum of exponentials.
    lse: f64,
    /// How far f32 may take a score off.
    drift: f64,
}

impl Cache<'_> {
    fn attend(&self, query: &[f64], kv_head: usize, positions: std::ops::Range<usize>) -> Attended {
        let size = self.size;
        let scale = 1.0 / (size as f64).sqrt();
        let mut line = vec![0.0; size];
        let mut drift: f64 = 0.0;
        let scores: Vec<f64> = positions
            .clone()
            .map(|position| {
                self.k
                    .load((position * self.kv_heads + kv_head) * size, &mut line);
                let (mut score, mut magnitude) = (0.0, 0.0);
                for (a, b) in query.iter().zip(&line) {
                    score += a * b;
                    magnitude += (a * b).abs();
                }
                drift = drift.max(ROUNDINGS * UNIT_F32 * magnitude * scale);
                score * scale
            })
            .collect();
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scores.iter().map(|score| (score - top).exp()).sum();
        let mut values = vec![Expected::default(); size];
        for (position, score) in positions.zip(&scores) {
            let weight = (score - top).exp() / sum;
            self.v
                .load((position * self.kv_heads + kv_head) * size, &mut line);
            for (to, value) in values.iter_mut().zip(&line) {
                to.value += weight * value;
                to.tolerated += (weight * value).abs();
            }
        }
        for to in &mut values {
            to.tolerated *= RELATIVE + drift;
        }
        Attended {
            values,
            lse: top + sum.ln(),
            drift,
        }
    }
}

fn whole(data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    let (tokens, context) = (data.extent("tokens")?, data.extent("context")?);
    let (heads, kv_heads) = (data.extent("heads")?, data.extent("kv_heads")?);
    let size = data.extent("head_dim")?;
    let group = heads.checked_div(kv_heads)?;
    let before = context.checked_sub(tokens)?;
    let q = data.input_of("q", &[tokens, heads, size])?;
    let cache = Cache {
        k: data.input_of("k", &[context, kv_heads, size])?,
        v: data.input_of("v", &[context, kv_heads, size])?,
        kv_heads,
        size,
    };
    let out = data.output_of("out", &[tokens, heads, size])?;
    let exact = rows::sample(tokens * heads, (2 * context * size) as u64, data.seed);
    Some(rows::judge_some(
        &out,
        size,
        exact.as_deref(),
        |row, line| {
            let (token, head) = (row / heads, row % heads);
            let mut query = vec![0.0; size];
            q.load(row * size, &mut query);
            let seen = 0..before + token + 1;
            line.copy_from_slice(&cache.attend(&query, head / group, seen).values);
        },
    ))
}

fn split(data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    let (context, splits) = (data.extent("context")?, data.extent("splits")?);
    let (heads, kv_heads) = (data.extent("heads")?, data.extent("kv_heads")?);
    let size = data.extent("head_dim")?;
    let group = heads.checked_div(kv_heads)?;
    let length = context.div_ceil(splits.max(1));
    let q = data.input_of("q", &[heads, size])?;
    let cache = Cache {
        k: data.input_of("k", &[context, kv_heads, size])?,
        v: data.input_of("v", &[context, kv_heads, size])?,
        kv_heads,
        size,
    };
    let partial = data.output_of("partial", &[splits, heads, size])?;
    let lse = data.output_of("lse", &[splits, heads])?;
    let attended = |row: usize| {
        let (split, head) = (row / heads, row % heads);
        let start = split * length;
        let end = (start + length).min(context);
        (start < end).then(|| {
            let mut query = vec![0.0; size];
            q.load(head * size, &mut query);
            cache.attend(&query, head / group, start..end)
        })
    };
    let judged = rows::judge(&partial, size, |row, line| match attended(row) {
        Some(attended) => line.copy_from_slice(&attended.values),
        None => line.fill(Expected::default()),
    });
    Some(judged.and_then(|()| {
        rows::judge(&lse, 1, |row, line| {
            line[0] = match attended(row) {
                // As a difference: what matters of a logarithm is not its size.
                Some(attended) => Expected {
                    value: attended.lse,
                    tolerated: RELATIVE + attended.drift + 4.0 * UNIT_F32 * attended.lse.abs(),
                },
                None => Expected {
                    value: NOTHING,
                    tolerated: RELATIVE * NOTHING.abs(),
                },
            };
        })
    }))
}

fn reduce(data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    let (heads, splits) = (data.extent("heads")?, data.extent("splits")?);
    let size = data.extent("head_dim")?;
    let partial = data.input_of("partial", &[splits, heads, size])?;
    let lse = data.input_of("lse", &[splits, heads])?;
    let out = data.output_of("out", &[heads, size])?;
    Some(rows::judge(&out, size, |head, line| {
        let score = |split: usize| lse.get(split * heads + head);
        let top = (0..splits).map(score).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = (0..splits).map(|split| (score(split) - top).exp()).sum();
        line.fill(Expected::default());
        for split in 0..splits {
            let weight = (score(split) - top).exp() / sum;
            for (column, to) in line.iter_mut().enumerate() {
                let term = weight * partial.get((split * heads + head) * size + column);
                to.value += term;
                to.tolerated += RELATIVE * term.abs();
            }
        }
    }))
}
