//! Root mean square normalisation.

use crate::kit::Mismatch;
use crate::plan::Stage;

use super::judge::StageData;
use super::reference::{BuiltIn, FLOATS, Family, operand};
use super::rows::{self, Expected};

/// Relative tolerance: the sum of squares is off by a few roundings in any
/// order of adding, its root by half of that.
const RELATIVE: f64 = 2e-5;

/// `y[t] = x[t] / sqrt(mean(x[t]^2) + epsilon) * weight`, within `2e-5 |y|`.
///
/// Source: Zhang and Sennrich, Root Mean Square Layer Normalization, 2019.
pub(super) const BUILT_IN: BuiltIn = BuiltIn {
    name: "rmsnorm",
    inputs: &["x", "weight"],
    outputs: &["y"],
    parameters: &["tokens", "hidden"],
    family: Family::Own {
        check: |reference, _, stage| {
            epsilon(stage).map(drop).ok_or_else(|| {
                format!(
                    "reference `{}` reads the uniform `epsilon`; add `epsilon: {{type: f32, value: 1e-5}}` to `uniforms`",
                    reference.name
                )
            })
        },
        judge,
    },
    operands: &[
        operand("x", &["tokens", "hidden"], FLOATS),
        operand("weight", &["hidden"], FLOATS),
        operand("y", &["tokens", "hidden"], FLOATS),
    ],
};

/// The uniform, as f32 holds it.
fn epsilon(stage: &Stage) -> Option<f64> {
    let found = stage.uniforms.iter().find(|u| u.name == "epsilon")?;
    Some(f64::from(found.value as f32))
}

fn judge(data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    let epsilon = epsilon(data.stage)?;
    let (tokens, hidden) = (data.extent("tokens")?, data.extent("hidden")?);
    let x = data.input_of("x", &[tokens, hidden])?;
    let weight = data.input_of("weight", &[hidden])?;
    let y = data.output_of("y", &[tokens, hidden])?;
    Some(rows::judge(&y, hidden, |token, line| {
        let value = |column: usize| x.get(token * hidden + column);
        let squares: f64 = (0..hidden).map(|column| value(column).powi(2)).sum();
        let scale = 1.0 / (squares / hidden as f64 + epsilon).sqrt();
        for (column, to) in line.iter_mut().enumerate() {
            let value = value(column) * scale * weight.get(column);
            *to = Expected {
                value,
                tolerated: RELATIVE * value.abs(),
            };
        }
    }))
}
