//! The built-in references by name, and what each asks of a kernel.

use crate::kit::{Mismatch, Scalar};
use crate::plan::{Case, Stage};

use super::judge::StageData;
use super::product::Layout;
use super::{attention, elementwise, embedding, moe, quantised, rmsnorm, rope, softmax};

/// What a built-in reference asks of a kernel.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its name in specs.
    pub name: &'static str,
    /// Buffers that the kernel must have, by name.
    pub inputs: &'static [&'static str],
    /// Outputs that it judges, by name.
    pub outputs: &'static [&'static str],
    /// Shape parameters that it reads.
    pub parameters: &'static [&'static str],
    /// How it judges.
    pub(super) family: Family,
    /// Shape and type of each buffer.
    pub(super) operands: &'static [Operand],
}

/// How a built-in reference judges.
#[derive(Clone, Copy, Debug)]
pub(super) enum Family {
    /// A matrix product, its buffers by name.
    Product {
        /// Left operand.
        a: &'static str,
        /// Right operand.
        b: &'static str,
        /// Result.
        c: &'static str,
        /// How the right operand lies.
        layout: Layout,
    },
    /// Softmax and the largest k.
    TopK,
    /// Weighted sum of experts' outputs.
    Combine,
    /// The same values.
    Copy,
    /// By functions of the family's own file.
    Own {
        /// What names and extents do not say; see [`BuiltIn::check`].
        check: fn(&BuiltIn, &Case, &Stage) -> Result<(), String>,
        /// Judges; none where something that it needs is missing.
        judge: fn(&StageData<'_>) -> Option<Result<(), Mismatch>>,
    },
}

/// The check of a family that asks for no more than its names and extents.
pub(super) fn no_more(_: &BuiltIn, _: &Case, _: &Stage) -> Result<(), String> {
    Ok(())
}

/// A buffer as a reference wants it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    /// Its name.
    pub(super) name: &'static str,
    /// Extents by parameter, as in `head_dim/2` or `tokens*k`; empty where any
    /// will do.
    pub(super) extents: &'static [&'static str],
    /// Types that it may hold.
    pub(super) types: &'static [Scalar],
}

pub(super) const FLOATS: &[Scalar] = &[Scalar::F32, Scalar::F16];
pub(super) const INTEGERS: &[Scalar] = &[Scalar::U32, Scalar::I32];
const ANY: &[Scalar] = &[Scalar::F32, Scalar::F16, Scalar::U32, Scalar::I32];

pub(super) const fn operand(
    name: &'static str,
    extents: &'static [&'static str],
    types: &'static [Scalar],
) -> Operand {
    Operand {
        name,
        extents,
        types,
    }
}

const COMBINE: BuiltIn = BuiltIn {
    name: "combine",
    inputs: &["expert_outputs", "indices", "weights"],
    outputs: &["out"],
    parameters: &["tokens", "hidden", "experts", "k"],
    family: Family::Combine,
    operands: &[
        operand("expert_outputs", &["experts", "tokens", "hidden"], FLOATS),
        operand("indices", &["tokens", "k"], INTEGERS),
        operand("weights", &["tokens", "k"], FLOATS),
        operand("out", &["tokens", "hidden"], FLOATS),
    ],
};

static BUILT_INS: [BuiltIn; 23] = [
    elementwise::ADD,
    attention::WHOLE,
    attention::REDUCE,
    attention::SPLIT,
    COMBINE,
    BuiltIn {
        name: "copy",
        inputs: &["src"],
        outputs: &["dst"],
        parameters: &[],
        family: Family::Copy,
        operands: &[operand("src", &[], ANY), operand("dst", &[], ANY)],
    },
    embedding::BUILT_IN,
    BuiltIn {
        name: "matmul",
        inputs: &["a", "b"],
        outputs: &["c"],
        parameters: &["m", "n", "k"],
        family: Family::Product {
            a: "a",
            b: "b",
            c: "c",
            layout: Layout::Across,
        },
        operands: &[
            operand("a", &["m", "k"], FLOATS),
            operand("b", &["k", "n"], FLOATS),
            operand("c", &["m", "n"], FLOATS),
        ],
    },
    BuiltIn {
        name: "matmul_nk",
        inputs: &["a", "b"],
        outputs: &["c"],
        parameters: &["m", "n", "k"],
        family: Family::Product {
            a: "a",
            b: "b",
            c: "c",
            layout: Layout::Along,
        },
        operands: &[
            operand("a", &["m", "k"], FLOATS),
            operand("b", &["n", "k"], FLOATS),
            operand("c", &["m", "n"], FLOATS),
        ],
    },
    BuiltIn {
        name: "matvec",
        inputs: &["x", "w"],
        outputs: &["y"],
        parameters: &["m", "n", "k"],
        family: Family::Product {
            a: "x",
            b: "w",
            c: "y",
            layout: Layout::Across,
        },
        operands: &[
            operand("x", &["m", "k"], FLOATS),
            operand("w", &["k", "n"], FLOATS),
            operand("y", &["m", "n"], FLOATS),
        ],
    },
    BuiltIn {
        name: "matvec_nk",
        inputs: &["x", "w"],
        outputs: &["y"],
        parameters: &["m", "n", "k"],
        family: Family::Product {
            a: "x",
            b: "w",
            c: "y",
            layout: Layout::Along,
        },
        operands: &[
            operand("x", &["m", "k"], FLOATS),
            operand("w", &["n", "k"], FLOATS),
            operand("y", &["m", "n"], FLOATS),
        ],
    },
    quantised::Q4_0,
    quantised::Q8_0,
    moe::COMBINE,
    moe::DOWN,
    moe::GATE_UP,
    moe::GROUP,
    rmsnorm::BUILT_IN,
    rope::BUILT_IN,
    BuiltIn {
        name: "scatter_add",
        ..COMBINE
    },
    elementwise::SILU_GATE,
    softmax::BUILT_IN,
    BuiltIn {
        name: "topk",
        inputs: &["logits"],
        outputs: &["indices", "weights"],
        parameters: &["tokens", "experts", "k"],
        family: Family::TopK,
        operands: &[
            operand("logits", &["tokens", "experts"], FLOATS),
            operand("indices", &["tokens", "k"], INTEGERS),
            operand("weights", &["tokens", "k"], FLOATS),
        ],
    },
];

/// The built-in reference of a name.
///
/// | name | computes | for the parameters |
/// |---|---|---|
/// | `matmul` | `c [m, n] = a [m, k] * b [k, n]` | `m`, `n`, `k` |
/// | `matmul_nk` | the same with `b [n, k]` | `m`, `n`, `k` |
/// | `matvec` | `y [m, n] = x [m, k] * w [k, n]` | `m`, `n`, `k` |
/// | `matvec_nk` | the same with `w [n, k]` | `m`, `n`, `k` |
/// | `topk` | `indices`, `weights [tokens, k]` of `logits [tokens, experts]` | `tokens`, `experts`, `k` |
/// | `combine`, `scatter_add` | `out [tokens, hidden]` of `expert_outputs [experts, tokens, hidden]`, `indices` and `weights [tokens, k]`; added to what an `inout` buffer held | `tokens`, `hidden`, `experts`, `k` |
/// | `copy` | `dst` as `src` | none |
/// | `add` | `out = a + b`, of one length | none |
/// | `silu_gate` | `out = silu(gate) * up`, of one length | none |
/// | `softmax` | `y [rows, n]`, the softmax of each row of `x` | `rows`, `n` |
/// | `rmsnorm` | `y = x / sqrt(mean(x^2) + epsilon) * weight`, `x` and `y [tokens, hidden]`; the uniform `epsilon` | `tokens`, `hidden` |
/// | `embedding` | `out [tokens, hidden]`, the rows `indices [tokens]` of `table [vocabulary, hidden]` | `tokens`, `vocabulary`, `hidden` |
/// | `rope` | `y [tokens, heads, head_dim]`, pairs of `x` turned by `cosines` and `sines [tokens, head_dim/2]`; the axis `pairs` says which | `tokens`, `heads`, `head_dim` |
/// | `attention` | `out [tokens, heads, head_dim]`, causal, of `q` like it and `k`, `v [context, kv_heads, head_dim]` | `tokens`, `context`, `heads`, `kv_heads`, `head_dim` |
/// | `attention_split` | `partial [splits, heads, head_dim]` and `lse [splits, heads]`, one token's attention to parts of the context | `context`, `heads`, `kv_heads`, `head_dim`, `splits` |
/// | `attention_reduce` | `out [heads, head_dim]` of `partial` and `lse` | `heads`, `head_dim`, `splits` |
/// | `moe_group` | `order [tokens*k]`, choices sorted by expert, and `ends [experts]`, of `indices [tokens, k]` | `tokens`, `experts`, `k` |
/// | `moe_gate_up` | `h [tokens*k, intermediate]` in that order, of `x [tokens, hidden]`, `gate` and `up [experts, hidden, intermediate]` | `tokens`, `hidden`, `intermediate`, `experts`, `k` |
/// | `moe_down` | `y [tokens*k, hidden]` in the choices' order, of `h` and `down [experts, intermediate, hidden]` | as `moe_gate_up` |
/// | `moe_combine` | `out [tokens, hidden]` of `y` and `weights [tokens, k]` | `tokens`, `hidden`, `k` |
/// | `matvec_q8_0` | `y [m, n] = x [m, k] * w`, `w [n, k]` as `quants [n, k/4]` and `scales [n, k/32]` | `m`, `n`, `k` |
/// | `matvec_q4_0` | the same with `quants [n, k/8]` | `m`, `n`, `k` |
#[must_use]
pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_INS.iter().find(|found| found.name == name)
}

/// All names, for did-you-mean.
#[must_use]
pub fn built_in_names() -> Vec<&'static str> {
    BUILT_INS.iter().map(|found| found.name).collect()
}
