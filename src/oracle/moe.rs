//! A mixture of experts that computes only what was routed: choices grouped by
//! expert, each expert's feed-forward block on its group, and the choices of a
//! token together. Choice j of token t is number `t k + j`.

use crate::kit::Mismatch;
use crate::plan::TolerancePlan;

use super::compare::UNIT_F32;
use super::elementwise::silu;
use super::judge::{Output, StageData};
use super::reference::{BuiltIn, FLOATS, Family, INTEGERS, no_more, operand};
use super::rows::{self, Expected};
use super::tensor::Tensor;

/// Roundings of the sum of magnitudes of a product, as for matrix products.
const ROUNDINGS: f64 = 16.0;

/// `order`, the choices sorted by expert, each expert's in their own order, those
/// of no expert last; and `ends`, where each expert's end.
pub(super) const GROUP: BuiltIn = BuiltIn {
    name: "moe_group",
    inputs: &["indices"],
    outputs: &["order", "ends"],
    parameters: &["tokens", "experts", "k"],
    family: Family::Own {
        check: no_more,
        judge: group,
    },
    operands: &[
        operand("indices", &["tokens", "k"], INTEGERS),
        operand("order", &["tokens*k"], INTEGERS),
        operand("ends", &["experts"], INTEGERS),
    ],
};

/// `h[i] = silu(x[t] gate[e]) * (x[t] up[e])` for the i-th choice in order, of
/// token t and expert e; zeros for a choice of no expert.
pub(super) const GATE_UP: BuiltIn = BuiltIn {
    name: "moe_gate_up",
    inputs: &["x", "order", "ends", "gate", "up"],
    outputs: &["h"],
    parameters: &["tokens", "hidden", "intermediate", "experts", "k"],
    family: Family::Own {
        check: no_more,
        judge: gate_up,
    },
    operands: &[
        operand("x", &["tokens", "hidden"], FLOATS),
        operand("order", &["tokens*k"], INTEGERS),
        operand("ends", &["experts"], INTEGERS),
        operand("gate", &["experts", "hidden", "intermediate"], FLOATS),
        operand("up", &["experts", "hidden", "intermediate"], FLOATS),
        operand("h", &["tokens*k", "intermediate"], FLOATS),
    ],
};

/// `y[order[i]] = h[i] down[e]`: back in the choices' own order.
pub(super) const DOWN: BuiltIn = BuiltIn {
    name: "moe_down",
    inputs: &["h", "order", "ends", "down"],
    outputs: &["y"],
    parameters: &["tokens", "hidden", "intermediate", "experts", "k"],
    family: Family::Own {
        check: no_more,
        judge: down,
    },
    operands: &[
        operand("h", &["tokens*k", "intermediate"], FLOATS),
        operand("order", &["tokens*k"], INTEGERS),
        operand("ends", &["experts"], INTEGERS),
        operand("down", &["experts", "intermediate", "hidden"], FLOATS),
        operand("y", &["tokens*k", "hidden"], FLOATS),
    ],
};

/// `out[t] = sum over j < k of weights[t, j] y[t k + j]`.
pub(super) const COMBINE: BuiltIn = BuiltIn {
    name: "moe_combine",
    inputs: &["y", "weights"],
    outputs: &["out"],
    parameters: &["tokens", "hidden", "k"],
    family: Family::Own {
        check: no_more,
        judge: combine,
    },
    operands: &[
        operand("y", &["tokens*k", "hidden"], FLOATS),
        operand("weights", &["tokens", "k"], FLOATS),
        operand("out", &["tokens", "hidden"], FLOATS),
    ],
};

fn group(data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    let choices = data.extent("tokens")?.checked_mul(data.extent("k")?)?;
    let experts = data.extent("experts")?;
    let indices = data.input_of("indices", &[choices])?;
    let order = exactly(data.output_of("order", &[choices])?);
    let ends = exactly(data.output_of("ends", &[experts])?);
    let expert = |choice: usize| {
        let index = indices.get(choice);
        if (0.0..experts as f64).contains(&index) {
            index as usize
        } else {
            experts
        }
    };
    let mut sorted: Vec<usize> = (0..choices).collect();
    // Stable: equal experts keep their order.
    sorted.sort_by_key(|choice| expert(*choice));
    let mut counts = vec![0_usize; experts + 1];
    for choice in 0..choices {
        counts[expert(choice)] += 1;
    }
    let judged = rows::judge(&order, choices, |_, line| {
        for (to, choice) in line.iter_mut().zip(&sorted) {
            to.value = *choice as f64;
        }
    });
    Some(judged.and_then(|()| {
        rows::judge(&ends, experts, |_, line| {
            let mut end = 0;
            for (to, count) in line.iter_mut().zip(&counts) {
                end += count;
                to.value = end as f64;
            }
        })
    }))
}

/// Integers are exact where the spec says nothing else.
fn exactly(mut output: Output<'_>) -> Output<'_> {
    if output.plan == TolerancePlan::Reference {
        output.plan = TolerancePlan::Exact;
    }
    output
}

/// Choices by place, and the expert of each; none beyond the last group.
struct Groups<'a> {
    order: &'a Tensor,
    ends: Vec<usize>,
}

impl<'a> Groups<'a> {
    /// None where what an earlier stage wrote is no grouping.
    fn new(data: &StageData<'a>, choices: usize, experts: usize) -> Option<Self> {
        let order = data.input_of("order", &[choices])?;
        let ends = data.input_of("ends", &[experts])?;
        let ends: Vec<usize> = (0..experts).map(|e| ends.get(e) as usize).collect();
        let sorted = ends.is_sorted() && ends.last().is_none_or(|last| *last <= choices);
        sorted.then_some(Self { order, ends })
    }

    fn choice(&self, place: usize) -> usize {
        self.order.get(place) as usize
    }

    fn expert(&self, place: usize) -> Option<usize> {
        let expert = self.ends.partition_point(|end| *end <= place);
        (expert < self.ends.len()).then_some(expert)
    }
}

/// Adds `row` times an expert's matrix of `depth` rows by `sums.len()` columns.
fn product(row: &[f64], matrix: &Tensor, expert: usize, sums: &mut [Expected]) {
    let width = sums.len();
    let mut line = vec![0.0; width];
    for (step, a) in row.iter().enumerate() {
        matrix.load((expert * row.len() + step) * width, &mut line);
        for (sum, b) in sums.iter_mut().zip(&line) {
            sum.value += a * b;
            sum.tolerated += ROUNDINGS * UNIT_F32 * (a * b).abs();
        }
    }
}

fn gate_up(data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    let (tokens, k) = (data.extent("tokens")?, data.extent("k")?);
    let (hidden, intermediate) = (data.extent("hidden")?, data.extent("intermediate")?);
    let experts = data.extent("experts")?;
    let choices = tokens.checked_mul(k)?;
    let groups = Groups::new(data, choices, experts)?;
    let x = data.input_of("x", &[tokens, hidden])?;
    let gate = data.input_of("gate", &[experts, hidden, intermediate])?;
    let up = data.input_of("up", &[experts, hidden, intermediate])?;
    let h = data.output_of("h", &[choices, intermediate])?;
    let work = (2 * hidden * intermediate) as u64;
    let exact = rows::sample(choices, work, data.seed);
    Some(rows::judge_some(
        &h,
        intermediate,
        exact.as_deref(),
        |place, line| {
            line.fill(Expected::default());
            let token = groups.choice(place) / k;
            let Some(expert) = groups.expert(place).filter(|_| token < tokens) else {
                return;
            };
            let mut row = vec![0.0; hidden];
            x.load(token * hidden, &mut row);
            let mut gates = vec![Expected::default(); intermediate];
            product(&row, gate, expert, &mut gates);
            product(&row, up, expert, line);
            for (to, gate) in line.iter_mut().zip(&gates) {
                let opened = silu(gate.value);
                // silu is nowhere steeper than 1.1.
                let off = 1e-5 * opened.abs() + 1e-6 + 1.1 * gate.tolerated;
                *to = Expected {
                    value: opened * to.value,
                    tolerated: off * (to.value.abs() + to.tolerated) + opened.abs() * to.tolerated,
                };
            }
        },
    ))
}

fn down(data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    let (tokens, k) = (data.extent("tokens")?, data.extent("k")?);
    let (hidden, intermediate) = (data.extent("hidden")?, data.extent("intermediate")?);
    let experts = data.extent("experts")?;
    let choices = tokens.checked_mul(k)?;
    let groups = Groups::new(data, choices, experts)?;
    let h = data.input_of("h", &[choices, intermediate])?;
    let weights = data.input_of("down", &[experts, intermediate, hidden])?;
    let y = data.output_of("y", &[choices, hidden])?;
    let mut places = vec![None; choices];
    for place in 0..choices {
        // A choice that is none fits nowhere, and its place stays unknown.
        if let Some(to) = places.get_mut(groups.choice(place)) {
            *to = Some(place);
        }
    }
    let exact = rows::sample(choices, (hidden * intermediate) as u64, data.seed);
    Some(rows::judge_some(
        &y,
        hidden,
        exact.as_deref(),
        |choice, line| {
            line.fill(Expected::default());
            let place = places[choice];
            if let Some((place, expert)) = place.and_then(|p| Some((p, groups.expert(p)?))) {
                let mut row = vec![0.0; intermediate];
                h.load(place * intermediate, &mut row);
                product(&row, weights, expert, line);
            }
        },
    ))
}

fn combine(data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    let (tokens, k, hidden) = (
        data.extent("tokens")?,
        data.extent("k")?,
        data.extent("hidden")?,
    );
    let y = data.input_of("y", &[tokens, k, hidden])?;
    let weights = data.input_of("weights", &[tokens, k])?;
    let out = data.output_of("out", &[tokens, hidden])?;
    Some(rows::judge(&out, hidden, |token, line| {
        line.fill(Expected::default());
        let mut row = vec![0.0; hidden];
        for choice in token * k..(token + 1) * k {
            y.load(choice * hidden, &mut row);
            let weight = weights.get(choice);
            for (to, value) in line.iter_mut().zip(&row) {
                to.value += weight * value;
                to.tolerated += 8.0 * UNIT_F32 * (weight * value).abs();
            }
        }
    }))
}
