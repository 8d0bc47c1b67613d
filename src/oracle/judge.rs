//! Whether one stage's outputs are right.

use crate::kit::{Mismatch, MismatchKind};
use crate::plan::{Buffer, BufferRole, Case, Parameter, ReferencePlan, Stage, TolerancePlan};

use super::combine::Combination;
use super::elementwise::{compare, default_tolerance};
use super::matmul::Product;
use super::product::Layout;
use super::reference::{BuiltIn, Family, built_in};
use super::tensor::Tensor;
use super::topk::Routing;

/// Everything that a stage's judgement needs. Tensors are indexed as
/// [`Case::buffers`].
#[derive(Clone, Copy, Debug)]
pub struct StageData<'a> {
    /// The case.
    pub case: &'a Case,
    /// The stage.
    pub stage: &'a Stage,
    /// Contents before the stage ran: for a pipeline's later stages, what the
    /// stages before it really wrote.
    pub before: &'a [&'a Tensor],
    /// Contents after it ran; none for what it does not write.
    pub after: &'a [Option<&'a Tensor>],
    /// What a WGSL reference wrote, where the reference is WGSL; none for what
    /// the reference does not bind.
    pub reference: Option<&'a [Option<Tensor>]>,
    /// Seed of sampled checks.
    pub seed: u64,
}

/// Judges the outputs of a stage against its reference.
///
/// The tolerance is the spec's where it gives one, else the built-in
/// reference's own. Against a WGSL reference the default is: integers exactly,
/// f32 within `1e-5 |x| + 1e-6`, f16 within `2e-3 |x| + 1e-4`. NaN and infinity
/// are never right.
///
/// # Errors
///
/// The worst [`Mismatch`] of the first wrong output. A stage that cannot be
/// judged, because a buffer or a parameter that its reference needs is missing
/// ([`BuiltIn::check`] says so beforehand), or because nothing that it writes
/// is compared, is [`MismatchKind::Unjudged`], with no element counted.
pub fn judge(data: &StageData<'_>) -> Result<(), Mismatch> {
    let judged = match &data.stage.reference {
        ReferencePlan::BuiltIn(name) => built_in(name).and_then(|found| by_built_in(found, data)),
        ReferencePlan::Shader { .. } => data.reference.and_then(|wrote| by_wgsl(wrote, data)),
    };
    let judged = judged.unwrap_or_else(|| {
        Err(Mismatch {
            kind: MismatchKind::Unjudged,
            buffer: data.stage.kernel.clone(),
            index: 0,
            place: None,
            integer: false,
            expected: f64::NAN,
            actual: f64::NAN,
            tolerated: 0.0,
            count: 0,
            of: 0,
        })
    });
    judged.map_err(|mismatch| {
        let buffers = &data.case.buffers;
        let found = buffers
            .iter()
            .position(|buffer| buffer.name == mismatch.buffer);
        let Some(index) = found else {
            return mismatch;
        };
        let place = match mismatch.kind {
            MismatchKind::TooTolerant => data.place_of_tolerance(index),
            _ => None,
        };
        Mismatch { place, ..mismatch }.within(&buffers[index].shape, buffers[index].element)
    })
}

impl<'a> StageData<'a> {
    /// Where the tolerance of a buffer is written.
    fn place_of_tolerance(&self, buffer: usize) -> Option<String> {
        let mut bindings = self.stage.bindings.iter();
        let binding = bindings.find(|binding| binding.buffer == buffer)?;
        let place = self.stage.places.tolerance.get(&binding.name);
        Some(place.unwrap_or(&self.stage.reference_place).to_string())
    }

    pub(super) fn buffer(&self, name: &str) -> Option<(usize, &'a Buffer)> {
        let binding = self.stage.bindings.iter().find(|b| b.name == name)?;
        Some((binding.buffer, self.case.buffers.get(binding.buffer)?))
    }

    pub(super) fn input(&self, name: &str) -> Option<&'a Tensor> {
        self.before.get(self.buffer(name)?.0).copied()
    }

    pub(super) fn output(&self, name: &str) -> Option<Output<'a>> {
        let (index, buffer) = self.buffer(name)?;
        let plan = self.stage.tolerance.get(name);
        Some(Output {
            name: &buffer.name,
            wrote: (*self.after.get(index)?)?,
            plan: plan.copied().unwrap_or(TolerancePlan::Reference),
            initial: match buffer.role {
                BufferRole::Inout => Some(*self.before.get(index)?),
                BufferRole::Input | BufferRole::Output => None,
            },
        })
    }

    pub(super) fn extent(&self, name: &str) -> Option<usize> {
        match self.stage.parameters.get(name)? {
            Parameter::Int(value) => usize::try_from(*value).ok(),
            Parameter::Word(_) | Parameter::List(_) => None,
        }
    }

    /// Contents of an input of a given length, in scalars.
    pub(super) fn input_of(&self, name: &str, extents: &[usize]) -> Option<&'a Tensor> {
        self.input(name)
            .filter(|input| length(extents) == Some(input.len()))
    }

    /// The same for an output.
    pub(super) fn output_of(&self, name: &str, extents: &[usize]) -> Option<Output<'a>> {
        self.output(name)
            .filter(|output| length(extents) == Some(output.wrote.len()))
    }

    fn accumulates_f16(&self) -> bool {
        self.stage.parameters.get("accumulate") == Some(&Parameter::Word("f16".into()))
    }
}

fn length(extents: &[usize]) -> Option<usize> {
    extents
        .iter()
        .try_fold(1_usize, |length, extent| length.checked_mul(*extent))
}

/// An output of a stage.
pub(super) struct Output<'a> {
    /// Its name within the case.
    pub(super) name: &'a str,
    /// What the kernel wrote.
    pub(super) wrote: &'a Tensor,
    /// Its tolerance.
    pub(super) plan: TolerancePlan,
    /// What an `inout` buffer held before.
    pub(super) initial: Option<&'a Tensor>,
}

/// None where something that the reference needs is missing.
fn by_built_in(reference: &BuiltIn, data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    match reference.family {
        Family::Product { a, b, c, layout } => product(data, [a, b, c], layout),
        Family::TopK => {
            let (indices, weights) = (data.output("indices")?, data.output("weights")?);
            let routing = Routing {
                logits: data.input("logits")?,
                indices: indices.wrote,
                weights: weights.wrote,
                tokens: data.extent("tokens")?,
                experts: data.extent("experts")?,
                k: data.extent("k")?,
            };
            let plans = [indices.plan, weights.plan];
            routing
                .fits()
                .then(|| routing.judge(plans, [indices.name, weights.name]))
        }
        Family::Combine => {
            let out = data.output("out")?;
            let combination = Combination {
                expert_outputs: data.input("expert_outputs")?,
                indices: data.input("indices")?,
                weights: data.input("weights")?,
                initial: out.initial,
                out: out.wrote,
                tokens: data.extent("tokens")?,
                hidden: data.extent("hidden")?,
                experts: data.extent("experts")?,
                k: data.extent("k")?,
                accumulate_f16: data.accumulates_f16(),
            };
            combination
                .fits()
                .then(|| combination.judge(out.plan, out.name))
        }
        Family::Own { judge, .. } => judge(data),
        Family::Copy => {
            let (from, to) = (data.input("src")?, data.output("dst")?);
            (from.len() == to.wrote.len()).then(|| compare(from, to.wrote, to.plan, to.name))
        }
    }
}

fn product(
    data: &StageData<'_>,
    [a, b, c]: [&str; 3],
    layout: Layout,
) -> Option<Result<(), Mismatch>> {
    let c = data.output(c)?;
    let extents = [data.extent("m")?, data.extent("n")?, data.extent("k")?];
    let operands = [data.input(a)?, data.input(b)?, c.wrote];
    let product = Product::new(operands, extents, layout, data.accumulates_f16())?;
    Some(product.judge(c.plan, c.name, data.seed))
}

/// Compares what the stage writes, and only that: what it reads of an earlier
/// stage was judged there. None where nothing is compared, or the reference
/// lacks what the stage writes.
fn by_wgsl(reference: &[Option<Tensor>], data: &StageData<'_>) -> Option<Result<(), Mismatch>> {
    let mut compared = false;
    for binding in &data.stage.bindings {
        let buffer = data.case.buffers.get(binding.buffer)?;
        let Some(wrote) = data.after.get(binding.buffer)? else {
            continue;
        };
        if buffer.role == BufferRole::Input {
            continue;
        }
        let expected = reference.get(binding.buffer)?.as_ref()?;
        if expected.len() != wrote.len() {
            return None;
        }
        let default = default_tolerance(wrote.scalar());
        let plan = match data.stage.tolerance.get(&binding.name) {
            None | Some(TolerancePlan::Reference) => default,
            Some(plan @ (TolerancePlan::Exact | TolerancePlan::Bound { .. })) => *plan,
        };
        if let Err(mismatch) = compare(expected, wrote, plan, &buffer.name) {
            return Some(Err(mismatch));
        }
        compared = true;
    }
    compared.then_some(Ok(()))
}
