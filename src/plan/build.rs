//! From a recipe, a shape and a variant to buffers and stages.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kit::{LeftOut, Scalar, Work};
use crate::spec::{
    Env as _, Expr, ExprError, Kernel, Placed, Reference, Reset, Role, Slot, Source, Tolerance,
    UniformField, UniformValue, Value, WorkSpec, did_you_mean,
};

use super::buffers::{Buffers, element};
use super::mistakes::Site;
use super::recipe::{Condition, Recipe, StageRecipe};
use super::scope::{OfDevice, Parameters, Scope};
use super::{
    Binding, Buffer, BufferRole, ReferencePlan, SourcePlan, Stage, TolerancePlan, UniformPlan,
};

/// What a shape and a variant make of a recipe.
#[derive(Debug)]
pub(super) struct Built {
    /// Buffers of all stages.
    pub(super) buffers: Vec<Buffer>,
    /// The stages.
    pub(super) stages: Vec<Stage>,
    /// Work of the whole.
    pub(super) work: Work,
    /// Bytes that this variant moves, where its kernel says so.
    pub(super) traffic: Option<f64>,
}

/// A variant, and each stage's part of it.
#[derive(Debug)]
pub(super) struct Variant {
    /// All axes.
    pub(super) whole: Parameters,
    /// The axes of each stage's kernel.
    pub(super) own: Vec<Parameters>,
    /// The picks of each stage's searched axes.
    pub(super) picks: Vec<Parameters>,
}

/// Builds a case's body, or says which condition leaves it out. None where
/// something is wrong, which is noted.
pub(super) fn build(
    recipe: &Recipe<'_>,
    shape: &Parameters,
    variant: &Variant,
    site: &mut Site<'_>,
) -> Option<Result<Built, LeftOut>> {
    let seen: Vec<Parameters> = variant
        .own
        .iter()
        .zip(&variant.picks)
        .map(|(own, picks)| {
            let mut seen = picks.clone();
            seen.extend(shape.iter().map(|(n, v)| (n.clone(), v.clone())));
            seen.extend(own.iter().map(|(n, v)| (n.clone(), v.clone())));
            seen
        })
        .collect();
    // Conditions first: they guard what cannot be built where they fail.
    for (stage, seen) in recipe.stages.iter().zip(&seen) {
        if let Some(reason) = left_out(stage, seen, site)? {
            return Some(Err(reason));
        }
    }
    let most = recipe.stages.iter().map(|s| s.kernel.buffers.len()).sum();
    let mut buffers = Buffers {
        all: Vec::with_capacity(most),
        places: Vec::with_capacity(recipe.stages.len()),
    };
    let mut stages = Vec::with_capacity(recipe.stages.len());
    let parts = recipe.stages.iter().zip(seen).zip(&variant.own);
    for (index, ((part, seen), own)) in parts.enumerate() {
        let prefix = recipe
            .is_pipeline
            .then_some(part.kernel.name.value.as_str());
        let bindings = buffers.add(index, prefix, part, &seen, site);
        let stage = stage(part, bindings, &buffers, seen, own, site);
        stages.push(stage);
    }
    let stages: Vec<Stage> = stages.into_iter().collect::<Option<_>>()?;
    let work = match recipe.work {
        None => stages
            .first()
            .map_or_else(Work::default, |stage| stage.work),
        Some(given) => {
            let mut seen = shape.clone();
            seen.extend(variant.whole.iter().map(|(n, v)| (n.clone(), v.clone())));
            whole_work(&stages, work(given, &Scope::of(&seen), site)?)
        }
    };
    let traffic = match (recipe.is_pipeline, recipe.stages.first(), stages.first()) {
        (false, Some(part), Some(stage)) => amount(
            part.kernel.traffic.as_ref(),
            &Scope::of(&stage.parameters),
            site,
        )?,
        _ => None,
    };
    Some(Ok(Built {
        buffers: buffers.all,
        stages,
        work,
        traffic,
    }))
}

/// The first condition that leaves this case out without asking a device.
fn left_out(
    stage: &StageRecipe<'_>,
    seen: &Parameters,
    site: &mut Site<'_>,
) -> Option<Option<LeftOut>> {
    let scope = Scope::of(seen);
    let mut reason = None;
    for condition in &stage.decided {
        all_defined(condition, &scope, site)?;
        let holds = site.int(condition.expr, &scope)? != 0;
        if !holds && reason.is_none() {
            reason = Some(unmet(&condition.expr.value, &scope));
        }
    }
    let scope = Scope {
        parameters: seen,
        device: OfDevice::Promised,
    };
    for condition in &stage.deferred {
        all_defined(condition, &scope, site)?;
        // A trial, so that what no device can mend is found with no device.
        match condition.expr.value.eval_int(&scope) {
            Ok(_) | Err(ExprError::Overflow { .. } | ExprError::DivisionByZero { .. }) => {}
            Err(
                error @ (ExprError::Syntax { .. }
                | ExprError::Undefined { .. }
                | ExprError::NotANumber { .. }
                | ExprError::NotAType { .. }),
            ) => return site.unevaluated(condition.expr, &error),
        }
    }
    Some(reason)
}

/// A condition that does not hold, with what its names stand for.
pub(super) fn unmet(condition: &Expr, scope: &Scope<'_>) -> LeftOut {
    let values: Vec<String> = condition
        .names()
        .into_iter()
        .filter_map(|name| {
            Some(match scope.get(name)? {
                Value::Int(value) => format!("{name} is {value}"),
                Value::Word(word) => format!("{name} is `{word}`"),
            })
        })
        .collect();
    LeftOut::Where {
        condition: condition.text().to_owned(),
        values: values.join(", "),
    }
}

/// Also names that a decided `and` or `or` would not look at.
fn all_defined(condition: &Condition<'_>, scope: &Scope<'_>, site: &mut Site<'_>) -> Option<()> {
    for name in &condition.names {
        if scope.get(name).is_none() {
            let known = scope.names();
            let hint = did_you_mean(name, known.iter().map(String::as_str));
            return site.fail(
                &condition.expr.place,
                format!("`{name}` is not defined here{hint}"),
            );
        }
    }
    Some(())
}

fn stage(
    part: &StageRecipe<'_>,
    bindings: Option<Vec<Binding>>,
    buffers: &Buffers<'_>,
    seen: Parameters,
    own: &Parameters,
    site: &mut Site<'_>,
) -> Option<Stage> {
    let kernel = part.kernel;
    let scope = Scope::of(&seen);
    let uniforms: Vec<Option<UniformPlan>> = kernel
        .uniforms
        .iter()
        .map(|field| uniform(field, &scope, site))
        .collect();
    let overrides: Vec<Option<(String, f64)>> = kernel
        .overrides
        .iter()
        .map(|(name, given)| Some((name.clone(), constant(&given.value, &scope, site)?)))
        .collect();
    let dispatch = dispatch(&kernel.dispatch, &scope, site);
    let work = work(&kernel.work, &scope, site);
    let reference = reference(kernel, &scope, site);
    let tolerance = tolerance(kernel, &seen, site);
    let bindings = bindings?;
    let reset = reset(kernel, buffers, site)?;
    Some(Stage {
        kernel: kernel.name.value.clone(),
        source: source(&kernel.source),
        entry: kernel.entry.value.clone(),
        variant: own.clone(),
        overrides: overrides.into_iter().collect::<Option<_>>()?,
        bindings,
        uniforms: uniforms.into_iter().collect::<Option<_>>()?,
        uniforms_slot: kernel
            .uniforms_slot
            .map(|Slot { group, binding }| (group, binding)),
        dispatch: dispatch?,
        reset,
        reference: reference?,
        reference_place: kernel.reference.place.clone(),
        places: Arc::clone(&part.places),
        tolerance: tolerance?,
        work: work?,
        conditions: part
            .deferred
            .iter()
            .map(|condition| condition.expr.value.clone())
            .collect(),
        parameters: seen,
    })
}

fn uniform(field: &UniformField, scope: &Scope<'_>, site: &mut Site<'_>) -> Option<UniformPlan> {
    let values: Option<Vec<f64>> = field
        .values
        .iter()
        .map(|value| uniform_scalar(field, value, scope, site))
        .collect();
    Some(UniformPlan {
        name: field.name.value.clone(),
        ty: field.ty,
        values: values?,
    })
}

fn uniform_scalar(
    field: &UniformField,
    value: &UniformValue,
    scope: &Scope<'_>,
    site: &mut Site<'_>,
) -> Option<f64> {
    let (value, place) = match value {
        Ok(expr) => (site.int(expr, scope)? as f64, &expr.place),
        Err(number) => (*number, &field.name.place),
    };
    let scalar = field.ty.element.scalar;
    let fits = match scalar {
        Scalar::U32 => value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value),
        Scalar::I32 => {
            value.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value)
        }
        Scalar::F32 => value.abs() <= f64::from(f32::MAX),
        // The largest finite f16, (2 - 2^-10) * 2^15.
        Scalar::F16 => value.abs() <= 65_504.0,
    };
    if !fits {
        return site.fail(
            place,
            format!(
                "uniform `{}` is {}, which no {} can hold",
                field.name.value,
                shown(value),
                scalar.name()
            ),
        );
    }
    Some(value)
}

/// A number in full, or with an exponent where that would be long.
fn shown(value: f64) -> String {
    /// Integers below this are exact in f64 (2^53).
    const LONG: f64 = 9_007_199_254_740_992.0;
    if value.abs() < LONG {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

fn constant(value: &UniformValue, scope: &Scope<'_>, site: &mut Site<'_>) -> Option<f64> {
    match value {
        Ok(expr) => Some(site.int(expr, scope)? as f64),
        Err(number) => Some(*number),
    }
}

fn dispatch(sizes: &[Placed<Expr>; 3], scope: &Scope<'_>, site: &mut Site<'_>) -> Option<[u64; 3]> {
    let mut counts = [0; 3];
    let mut whole = true;
    for (count, expr) in counts.iter_mut().zip(sizes) {
        let value = site.int(expr, scope);
        match value.map(u64::try_from) {
            Some(Ok(value)) if value > 0 => *count = value,
            Some(Ok(_) | Err(_)) => {
                let value = value.unwrap_or_default();
                site.fail::<()>(
                    &expr.place,
                    format!(
                        "`{}` dispatches {value} workgroups; it has to be at least 1",
                        expr.value.text()
                    ),
                );
                whole = false;
            }
            None => whole = false,
        }
    }
    whole.then_some(counts)
}

fn reference(kernel: &Kernel, scope: &Scope<'_>, site: &mut Site<'_>) -> Option<ReferencePlan> {
    let (file, entry, own) = match &kernel.reference.value {
        Reference::BuiltIn(name) => return Some(ReferencePlan::BuiltIn(name.value.clone())),
        Reference::Shader {
            source,
            entry,
            dispatch,
        } => (source, entry, dispatch),
    };
    let sizes = own.as_ref().unwrap_or(&kernel.dispatch);
    let [x, y, z] = dispatch(sizes, scope, site)?;
    let mut small = [0; 3];
    for ((to, from), expr) in small.iter_mut().zip([x, y, z]).zip(sizes) {
        *to = u32::try_from(from).ok().or_else(|| {
            site.fail(
                &expr.place,
                format!("{from} workgroups are more than any device dispatches"),
            )
        })?;
    }
    Some(ReferencePlan::Shader {
        source: source(file),
        entry: entry.value.clone(),
        dispatch: small,
    })
}

fn tolerance(
    kernel: &Kernel,
    seen: &Parameters,
    site: &mut Site<'_>,
) -> Option<BTreeMap<String, TolerancePlan>> {
    let mut all = BTreeMap::new();
    let written = kernel.buffers.iter().filter(|buffer| match buffer.role {
        Role::Output | Role::Inout => true,
        Role::Input => false,
    });
    for buffer in written {
        let name = &buffer.name.value;
        let given = kernel.tolerance.get(name).map(|t| &t.value);
        let plan = match (given, &kernel.reference.value) {
            (Some(Tolerance::Exact), _) => TolerancePlan::Exact,
            (Some(Tolerance::Bound { relative, absolute }), _) => TolerancePlan::Bound {
                relative: *relative,
                absolute: *absolute,
            },
            (None, Reference::BuiltIn(_)) => TolerancePlan::Reference,
            (None, Reference::Shader { .. }) => {
                let element = element(&buffer.element, &Scope::of(seen), site)?;
                if element.scalar.is_float() {
                    return site.fail(
                        &kernel.reference.place,
                        format!("`{name}` is compared with WGSL, which computes in f32, and needs a tolerance, such as `tolerance: {{{name}: {{relative: 1e-5, absolute: 1e-6}}}}`"),
                    );
                }
                TolerancePlan::Exact
            }
        };
        all.insert(name.clone(), plan);
    }
    Some(all)
}

/// Buffers to restore before each run. Where nothing is said, all that a run
/// finds as the one before it left them; what an earlier stage writes is none
/// of these.
fn reset(kernel: &Kernel, buffers: &Buffers<'_>, site: &mut Site<'_>) -> Option<Vec<usize>> {
    let places = buffers.places.last()?;
    let named = match &kernel.reset {
        Reset::All => {
            let own = kernel
                .buffers
                .iter()
                .filter(|buffer| buffer.role == Role::Inout);
            let indices = own.filter_map(|buffer| places.get(buffer.name.value.as_str()).copied());
            return Some(
                indices
                    .filter(|index| buffers.all[*index].role == BufferRole::Inout)
                    .collect(),
            );
        }
        Reset::Named(named) => named,
    };
    named
        .iter()
        .map(|name| {
            places.get(name.value.as_str()).copied().or_else(|| {
                let hint = did_you_mean(&name.value, places.keys().copied());
                site.fail(
                    &name.place,
                    format!("no buffer `{}` to reset{hint}", name.value),
                )
            })
        })
        .collect()
}

fn source(source: &Source) -> SourcePlan {
    match source {
        Source::Template(path) => SourcePlan::Template(path.value.clone()),
        Source::Plain(path) => SourcePlan::Plain(path.value.clone()),
    }
}

fn work(spec: &WorkSpec, scope: &Scope<'_>, site: &mut Site<'_>) -> Option<Work> {
    Some(Work {
        flops: amount(spec.flops.as_ref(), scope, site)?,
        bytes: amount(spec.bytes.as_ref(), scope, site)?,
        tokens: amount(spec.tokens.as_ref(), scope, site)?,
    })
}

/// A part of the work, where it is modelled.
fn amount(
    expr: Option<&Placed<Expr>>,
    scope: &Scope<'_>,
    site: &mut Site<'_>,
) -> Option<Option<f64>> {
    let Some(expr) = expr else { return Some(None) };
    let value = site.int(expr, scope)?;
    if value < 0 {
        return site.fail(
            &expr.place,
            format!("`{}` is {value}; work is never negative", expr.value.text()),
        );
    }
    Some(Some(value as f64))
}

/// A pipeline's work: what it says itself, else the sum of its stages; but
/// its tokens are the last stage's, because stages hand the same ones on.
fn whole_work(stages: &[Stage], given: Work) -> Work {
    let sum = |part: fn(&Work) -> Option<f64>| stages.iter().map(|s| part(&s.work)).sum();
    Work {
        flops: given.flops.or_else(|| sum(|work| work.flops)),
        bytes: given.bytes.or_else(|| sum(|work| work.bytes)),
        tokens: given
            .tokens
            .or_else(|| stages.iter().rev().find_map(|stage| stage.work.tokens)),
    }
}
