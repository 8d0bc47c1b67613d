//! Rotary position embedding, from tables.

use crate::kit::Mismatch;
use crate::plan::{Parameter, Stage};

use super::compare::UNIT_F32;
use super::judge::StageData;
use super::reference::{BuiltIn, FLOATS, Family, operand};
use super::rows::{self, Expected};

/// Roundings of the magnitudes that an element may be off: two products and
/// their sum, each rounded in whichever direction (WGSL, section 15.7.4).
const ROUNDINGS: f64 = 4.0;

/// Pair i of each head, `(a, b)`, turns to `(a cos - b sin, a sin + b cos)`,
/// with `cosines[t, i]` and `sines[t, i]`. The axis or parameter `pairs` says which
/// elements are a pair: `halves`, i and i + head_dim/2, or `adjacent`, 2i and
/// 2i + 1.
///
/// Source: Su et al., RoFormer, 2021 (adjacent pairs); halves are the form of
/// GPT-NeoX.
pub(super) const BUILT_IN: BuiltIn = BuiltIn {
    name: "rope",
    inputs: &["x", "cosines", "sines"],
    outputs: &["y"],
    parameters: &["tokens", "heads", "head_dim"],
    family: Family::Own {
        check: |reference, _, stage| {
            adjacent(stage).map(drop).ok_or_else(|| {
                format!(
                    "reference `{}` reads the axis `pairs`; add `pairs: [halves]` or `pairs: [adjacent]` to `variants`",
                    reference.name
                )
            })
        },
        judge,
    },
    operands: &[
        operand("x", &["tokens", "heads", "head_dim"], FLOATS),
        operand("cosines", &["tokens", "head_dim/2"], FLOATS),
        operand("sines", &["tokens", "head_dim/2"], FLOATS),
        operand("y", &["tokens", "heads", "head_dim"], FLOATS),
    ],
};

/// Whether pairs are neighbours; none where nothing says.
fn adjacent(stage: &Stage) -> Option<bool> {
    match stage.parameters.get("pairs")? {
        Parameter::Word(word) if word == "adjacent" => Some(true),
        Parameter::Word(word) if word == "halves" => Some(false),
        Parameter::Word(_) | Parameter::Int(_) | Parameter::List(_) => None,
    }
}

fn judge(data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    let (tokens, heads) = (data.extent("tokens")?, data.extent("heads")?);
    let size = data.extent("head_dim")?;
    let half = size / 2;
    let adjacent = adjacent(data.stage)?;
    let x = data.input_of("x", &[tokens, heads, size])?;
    let cos = data.input_of("cosines", &[tokens, half])?;
    let sin = data.input_of("sines", &[tokens, half])?;
    let y = data.output_of("y", &[tokens, heads, size])?;
    Some(rows::judge(&y, size, |row, line| {
        for pair in 0..half {
            let angle = row / heads * half + pair;
            let (cos, sin) = (cos.get(angle), sin.get(angle));
            let (first, second) = if adjacent {
                (2 * pair, 2 * pair + 1)
            } else {
                (pair, pair + half)
            };
            let (a, b) = (x.get(row * size + first), x.get(row * size + second));
            let turned = |one: f64, other: f64| Expected {
                value: one + other,
                tolerated: ROUNDINGS * UNIT_F32 * (one.abs() + other.abs()),
            };
            line[first] = turned(a * cos, -b * sin);
            line[second] = turned(a * sin, b * cos);
        }
    }))
}
