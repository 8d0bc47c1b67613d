//! Rows of a table.

use crate::kit::Mismatch;

use super::judge::StageData;
use super::reference::{BuiltIn, FLOATS, Family, INTEGERS, operand};
use super::rows::{self, Expected};

/// `out[t] = table[indices[t]]`, exactly; an index beyond the table gives zeros.
pub(super) const BUILT_IN: BuiltIn = BuiltIn {
    name: "embedding",
    inputs: &["table", "indices"],
    outputs: &["out"],
    parameters: &["tokens", "vocabulary", "hidden"],
    family: Family::Own {
        check: |reference, case, stage| reference.same_type(case, stage, "table", "out"),
        judge,
    },
    operands: &[
        operand("table", &["vocabulary", "hidden"], FLOATS),
        operand("indices", &["tokens"], INTEGERS),
        operand("out", &["tokens", "hidden"], FLOATS),
    ],
};

fn judge(data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    let (tokens, hidden) = (data.extent("tokens")?, data.extent("hidden")?);
    let vocabulary = data.extent("vocabulary")?;
    let table = data.input_of("table", &[vocabulary, hidden])?;
    let indices = data.input_of("indices", &[tokens])?;
    let mut out = data.output_of("out", &[tokens, hidden])?;
    // Values are moved, not computed: no bit may differ.
    if out.plan == crate::plan::TolerancePlan::Reference {
        out.plan = crate::plan::TolerancePlan::Exact;
    }
    Some(rows::judge(&out, hidden, |token, line| {
        let index = indices.get(token);
        let known = (0.0..vocabulary as f64).contains(&index);
        for (column, to) in line.iter_mut().enumerate() {
            let value = if known {
                table.get(index as usize * hidden + column)
            } else {
                0.0
            };
            *to = Expected {
                value,
                tolerated: 0.0,
            };
        }
    }))
}
