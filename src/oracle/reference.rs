//! The built-in references by name, and what each asks of a kernel.

use crate::kit::Scalar;

use super::product::Layout;

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
}

/// A buffer as a reference wants it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    /// Its name.
    pub(super) name: &'static str,
    /// Extents by parameter; empty where any will do.
    pub(super) extents: &'static [&'static str],
    /// Types that it may hold.
    pub(super) types: &'static [Scalar],
}

const FLOATS: &[Scalar] = &[Scalar::F32, Scalar::F16];
const INTEGERS: &[Scalar] = &[Scalar::U32, Scalar::I32];
const ANY: &[Scalar] = &[Scalar::F32, Scalar::F16, Scalar::U32, Scalar::I32];

const fn operand(
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

static BUILT_INS: [BuiltIn; 8] = [
    COMBINE,
    BuiltIn {
        name: "copy",
        inputs: &["src"],
        outputs: &["dst"],
        parameters: &[],
        family: Family::Copy,
        operands: &[operand("src", &[], ANY), operand("dst", &[], ANY)],
    },
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
    BuiltIn {
        name: "scatter_add",
        ..COMBINE
    },
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
#[must_use]
pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_INS.iter().find(|found| found.name == name)
}

/// All names, for did-you-mean.
#[must_use]
pub fn built_in_names() -> Vec<&'static str> {
    BUILT_INS.iter().map(|found| found.name).collect()
}
