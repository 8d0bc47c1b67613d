//! Softmax of rows.

use crate::kit::Mismatch;

use super::judge::StageData;
use super::reference::{BuiltIn, FLOATS, Family, no_more, operand};
use super::rows::{self, Expected};

/// Relative part of the tolerance: f32 `exp` of an argument down to -16, where
/// WGSL (section 15.7.4) allows `3 + 2 |x|` units in the last place; smaller
/// results fall under [`ABSOLUTE`].
const RELATIVE: f64 = 1e-5;

/// Absolute part of the tolerance.
const ABSOLUTE: f64 = 1e-7;

/// `y[r] = exp(x[r] - max) / sum(exp(x[r] - max))`, within `1e-5 y + 1e-7`.
pub(super) const BUILT_IN: BuiltIn = BuiltIn {
    name: "softmax",
    inputs: &["x"],
    outputs: &["y"],
    parameters: &["rows", "n"],
    family: Family::Own {
        check: no_more,
        judge,
    },
    operands: &[
        operand("x", &["rows", "n"], FLOATS),
        operand("y", &["rows", "n"], FLOATS),
    ],
};

fn judge(data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    let (count, n) = (data.extent("rows")?, data.extent("n")?);
    let x = data.input_of("x", &[count, n])?;
    let y = data.output_of("y", &[count, n])?;
    Some(rows::judge(&y, n, |row, line| {
        let value = |column: usize| x.get(row * n + column);
        let most = (0..n).map(value).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = (0..n).map(|column| (value(column) - most).exp()).sum();
        for (column, to) in line.iter_mut().enumerate() {
            let share = (value(column) - most).exp() / sum;
            *to = Expected {
                value: share,
                tolerated: RELATIVE * share + ABSOLUTE,
            };
        }
    }))
}
