//! Element against element: a copy, and what a WGSL reference wrote.

use rayon::prelude::*;

use crate::kit::{Mismatch, MismatchKind, Scalar};
use crate::plan::TolerancePlan;

use super::compare::{Rule, Worst};
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
        .verdict(MismatchKind::Value, name)
}
