//! Element against element: a copy, what a WGSL reference wrote, a sum, and a
//! gate.

use rayon::prelude::*;

use crate::kit::{Mismatch, Scalar};
use crate::plan::TolerancePlan;

use super::compare::{Rule, UNIT_F32, Worst};
use super::judge::StageData;
use super::reference::{BuiltIn, FLOATS, Family, operand};
use super::rows::{self, Expected};
use super::tensor::Tensor;

/// Elements that one task compares.
const CHUNK: usize = 1 << 16;

/// Tolerance of an output that is compared with a WGSL reference where the
/// spec gives none: integers exactly; f32 within `1e-5 |x| + 1e-6`, which
/// holds two f32 kernels that add some thousand terms in different orders;
/// f16 within `2e-3 |x| + 1e-4`, two units in the last place.
pub(super) fn default_tolerance(scalar: Scalar) -> TolerancePlan {
    match scalar {
        Scalar::F32 => TolerancePlan::Bound {
            relative: 1e-5,
            absolute: 1e-6,
        },
        Scalar::F16 => TolerancePlan::Bound {
            relative: 2e-3,
            absolute: 1e-4,
        },
        Scalar::U32 | Scalar::I32 => TolerancePlan::Exact,
    }
}

/// Compares two tensors of one length.
///
/// # Errors
///
/// The worst mismatch.
pub(super) fn compare(
    expected: &Tensor,
    actual: &Tensor,
    plan: TolerancePlan,
    name: &str,
) -> Result<(), Mismatch> {
    let scalar = actual.scalar();
    let rule = Rule { plan, scalar };
    let length = actual.len();
    (0..length.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let start = chunk * CHUNK;
            let count = CHUNK.min(length - start);
            let (mut wanted, mut found) = (vec![0.0; count], vec![0.0; count]);
            expected.load(start, &mut wanted);
            actual.load(start, &mut found);
            let mut worst = Worst::default();
            for (offset, (&expected, &actual)) in wanted.iter().zip(&found).enumerate() {
                let (expected, tolerated) = rule.apply(expected, 0.0);
                worst.see(start + offset, expected, actual, tolerated);
            }
            worst
        })
        .reduce(Worst::default, Worst::merge)
        .judged(plan, name)
}

/// `out = a + b`: the residual of a layer.
pub(super) const ADD: BuiltIn = BuiltIn {
    name: "add",
    inputs: &["a", "b"],
    outputs: &["out"],
    parameters: &[],
    family: Family::Own {
        check: |reference, case, stage| reference.same_length(case, stage, &["a", "b", "out"]),
        judge: |data| pairwise(data, ["a", "b"], sum),
    },
    operands: &[
        operand("a", &[], FLOATS),
        operand("b", &[], FLOATS),
        operand("out", &[], FLOATS),
    ],
};

/// `out = silu(gate) * up`, where `silu(x) = x / (1 + exp(-x))`.
///
/// Source: Shazeer, GLU Variants Improve Transformer, 2020 (SwiGLU).
pub(super) const SILU_GATE: BuiltIn = BuiltIn {
    name: "silu_gate",
    inputs: &["gate", "up"],
    outputs: &["out"],
    parameters: &[],
    family: Family::Own {
        check: |reference, case, stage| reference.same_length(case, stage, &["gate", "up", "out"]),
        judge: |data| pairwise(data, ["gate", "up"], gated),
    },
    operands: &[
        operand("gate", &[], FLOATS),
        operand("up", &[], FLOATS),
        operand("out", &[], FLOATS),
    ],
};

/// A sum of two is rounded once, in whichever direction (WGSL, section 15.7.4).
fn sum(a: f64, b: f64) -> Expected {
    let value = a + b;
    Expected {
        value,
        tolerated: 2.0 * UNIT_F32 * value.abs(),
    }
}

/// Within `1e-5 |x| + 1e-6`: WGSL's f32 `exp` may be off by `3 + 2 |x|` units in
/// the last place, which is below 1e-5 down to -40, and beyond the result is
/// below the absolute part.
fn gated(gate: f64, up: f64) -> Expected {
    let value = silu(gate) * up;
    Expected {
        value,
        tolerated: 1e-5 * value.abs() + 1e-6,
    }
}

/// `x / (1 + exp(-x))`.
pub(super) fn silu(x: f64) -> f64 {
    x / (1.0 + (-x).exp())
}

fn pairwise(
    data: &StageData<'_>,
    [a, b]: [&str; 2],
    expect: fn(f64, f64) -> Expected,
) -> Option<Result<(), Mismatch>> {
    let out = data.output("out")?;
    let length = [out.wrote.len()];
    let (a, b) = (data.input_of(a, &length)?, data.input_of(b, &length)?);
    Some(rows::judge(&out, CHUNK, |chunk, line| {
        for (index, to) in (chunk * CHUNK..).zip(line) {
            *to = expect(a.get(index), b.get(index));
        }
    }))
}
