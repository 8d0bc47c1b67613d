//! Buffers of a case: types, extents, fills, and who shares one with whom.

use std::collections::BTreeMap;

use crate::kit::{Element, Place, Scalar};
use crate::spec::{Bound, BufferSpec, Expr, Fill, Placed, Role, Slot, TypeSpec, did_you_mean};

use super::identity;
use super::mistakes::Site;
use super::recipe::{Link, StageRecipe};
use super::scope::{Parameters, Scope};
use super::{Binding, Buffer, BufferRole, FillPlan, Parameter};

/// Buffers of a case as its stages add them.
#[derive(Debug)]
pub(super) struct Buffers<'a> {
    /// In the order that stages name them.
    pub(super) all: Vec<Buffer>,
    /// By stage: a buffer's index by its name there.
    pub(super) places: Vec<BTreeMap<&'a str, usize>>,
}

impl<'a> Buffers<'a> {
    /// Adds a stage's buffers and binds them; connected ones are there already.
    pub(super) fn add(
        &mut self,
        stage: usize,
        prefix: Option<&str>,
        part: &StageRecipe<'a>,
        seen: &Parameters,
        site: &mut Site<'_>,
    ) -> Option<Vec<Binding>> {
        self.places.push(BTreeMap::new());
        let mut bindings = Some(Vec::with_capacity(part.kernel.buffers.len()));
        for spec in &part.kernel.buffers {
            let link = part.links.get(spec.name.value.as_str());
            let index = buffer(spec, prefix, link.is_some(), &Scope::of(seen), site)
                .and_then(|made| self.place(made, link, site));
            // On, even after a mistake: one look finds them all.
            let Some(index) = index else {
                bindings = None;
                continue;
            };
            self.places[stage].insert(&spec.name.value, index);
            if let Some(bindings) = &mut bindings {
                bindings.push(Binding {
                    name: spec.name.value.clone(),
                    buffer: index,
                    slot: spec.slot.map(|Slot { group, binding }| (group, binding)),
                });
            }
        }
        bindings
    }

    /// Where a buffer lies: behind the others, or where it is connected to.
    fn place(
        &mut self,
        made: Buffer,
        link: Option<&Link<'a>>,
        site: &mut Site<'_>,
    ) -> Option<usize> {
        let Some(link) = link else {
            self.all.push(made);
            return Some(self.all.len() - 1);
        };
        let index = *self.places[link.stage].get(link.buffer)?;
        let there = &self.all[index];
        // `atomic<u32>` holds the same words as `u32`.
        let kind = |element: Element| (element.scalar, element.lanes);
        if kind(there.element) != kind(made.element) || there.shape != made.shape {
            let text = |buffer: &Buffer| format!("{} {:?}", buffer.element, buffer.shape);
            return site.fail(
                link.place,
                format!(
                    "`{}` is {} and `{}` is {}; connected buffers have one type and one shape",
                    there.name,
                    text(there),
                    made.name,
                    text(&made)
                ),
            );
        }
        Some(index)
    }
}

fn buffer(
    spec: &BufferSpec,
    prefix: Option<&str>,
    connected: bool,
    scope: &Scope<'_>,
    site: &mut Site<'_>,
) -> Option<Buffer> {
    let name = &spec.name;
    let element = element(&spec.element, scope, site);
    let mut shape = Some(Vec::with_capacity(spec.shape.len()));
    for extent in &spec.shape {
        let value = site.int(extent, scope).and_then(|value| {
            u64::try_from(value).ok().filter(|v| *v > 0).or_else(|| {
                site.fail(
                    &extent.place,
                    format!(
                        "`{}` is {value}, and an extent of `{}` is at least 1",
                        extent.value.text(),
                        name.value
                    ),
                )
            })
        });
        match (value, &mut shape) {
            (Some(value), Some(shape)) => shape.push(value),
            (None, _) | (_, None) => shape = None,
        }
    }
    let (element, shape) = (element?, shape?);
    let bytes = shape
        .iter()
        .try_fold(element.stride(), |bytes, extent| bytes.checked_mul(*extent));
    if bytes.is_none() {
        return site.fail(
            &name.place,
            format!(
                "`{}` of shape {shape:?} has more bytes than 64 bits can count",
                name.value
            ),
        );
    }
    let role = match spec.role {
        Role::Input => BufferRole::Input,
        Role::Output => BufferRole::Output,
        Role::Inout => BufferRole::Inout,
    };
    let fill = match (role, connected) {
        (BufferRole::Output, _) | (_, true) => None,
        (BufferRole::Input | BufferRole::Inout, false) => {
            Some(fill(spec, element, &shape, scope, site)?)
        }
    };
    Some(Buffer {
        name: match prefix {
            Some(stage) => format!("{stage}.{}", name.value),
            None => name.value.clone(),
        },
        role,
        element,
        shape,
        fill,
    })
}

/// An element, its type looked up where an axis names it.
pub(super) fn element(
    spec: &Placed<TypeSpec>,
    scope: &Scope<'_>,
    site: &mut Site<'_>,
) -> Option<Element> {
    let (axis, lanes) = match &spec.value {
        TypeSpec::Fixed(element) => return Some(*element),
        TypeSpec::Axis { axis, lanes } => (axis, *lanes),
    };
    let word = match scope.parameters.get(axis) {
        Some(Parameter::Word(word)) => word,
        Some(other @ (Parameter::Int(_) | Parameter::List(_))) => {
            let value = identity::written(other);
            return site.fail(
                &spec.place,
                format!("`{axis}` is {value}, which is no type; it has to be `f32`, `f16`, `u32` or `i32`"),
            );
        }
        None => {
            let hint = did_you_mean(axis, scope.parameters.keys().map(String::as_str));
            return site.fail(
                &spec.place,
                format!("`{axis}` is neither a type nor an axis here{hint}"),
            );
        }
    };
    match Element::parse(word) {
        Some(found) if lanes == 1 => Some(found),
        Some(found) if found.lanes == 1 && !found.atomic => Some(Element { lanes, ..found }),
        Some(found) => site.fail(
            &spec.place,
            format!("`{axis}` is `{found}`, and a vector's components are plain scalars"),
        ),
        None => site.fail(
            &spec.place,
            format!(
                "`{axis}` is `{word}`, which is no type; it has to be `f32`, `f16`, `u32` or `i32`"
            ),
        ),
    }
}

/// How a generated buffer is filled; floats are normal where nothing is said.
fn fill(
    spec: &BufferSpec,
    element: Element,
    shape: &[u64],
    scope: &Scope<'_>,
    site: &mut Site<'_>,
) -> Option<FillPlan> {
    let Some(given) = &spec.fill else {
        if element.scalar.is_float() {
            return Some(FillPlan::Normal(0.0, 1.0));
        }
        return site.fail(
            &spec.name.place,
            format!(
                "`{}` holds integers and needs a fill, such as `fill: \"uniform(0, 100)\"` or, for indices that differ within a row, `fill: \"distinct(n)\"`",
                spec.name.value
            ),
        );
    };
    let place = &given.place;
    let number = |expr: &Expr, site: &mut Site<'_>| {
        let placed = Placed {
            value: expr.clone(),
            place: place.clone(),
        };
        site.int(&placed, scope)
    };
    Some(match &given.value {
        Fill::Normal(mean, deviation) => FillPlan::Normal(*mean, *deviation),
        Fill::Uniform(lo, hi) => {
            let mut end = |bound: &Bound| match bound {
                Ok(expr) => number(expr, site).map(|value| value as f64),
                Err(value) if element.scalar.is_float() => Some(*value),
                Err(value) => site.fail(
                    place,
                    format!(
                        "`{}` holds integers, and {value} is none; write `uniform(0, 100)`",
                        spec.name.value
                    ),
                ),
            };
            let (lo, hi) = (end(lo)?, end(hi)?);
            if lo >= hi {
                return site.fail(
                    place,
                    format!("uniform({lo}, {hi}) is empty: the second is not reached, and has to be above the first"),
                );
            }
            FillPlan::Uniform(lo, hi)
        }
        Fill::Zeros => FillPlan::Zeros,
        Fill::Constant(value) => {
            hold(element, &[*value], &spec.name.value, place, site)?;
            FillPlan::Constant(*value)
        }
        Fill::Iota => FillPlan::Iota,
        Fill::Distinct(bound) => {
            let bound = number(bound, site)?;
            let row = shape.last().copied().unwrap_or(1);
            match u64::try_from(bound) {
                Ok(bound) if bound >= row => FillPlan::Distinct(bound),
                Ok(_) | Err(_) => {
                    return site.fail(
                        place,
                        format!("a row of `{}` has {row} elements, and there are only {} distinct integers below {bound}", spec.name.value, bound.max(0)),
                    );
                }
            }
        }
        Fill::Softmax => FillPlan::Softmax,
        Fill::Values(values) => {
            hold(element, values, &spec.name.value, place, site)?;
            FillPlan::Values(values.clone())
        }
    })
}

/// Whether a buffer's type can hold these values: rounded to the ends of its
/// range, they would be others than those that were written.
fn hold(
    element: Element,
    values: &[f64],
    name: &str,
    place: &Place,
    site: &mut Site<'_>,
) -> Option<()> {
    let (least, most) = match element.scalar {
        Scalar::F32 => (f64::from(f32::MIN), f64::from(f32::MAX)),
        // The greatest finite f16.
        Scalar::F16 => (-65_504.0, 65_504.0),
        Scalar::U32 => (0.0, f64::from(u32::MAX)),
        Scalar::I32 => (f64::from(i32::MIN), f64::from(i32::MAX)),
    };
    let Some(wrong) = values.iter().find(|value| !(least..=most).contains(*value)) else {
        return Some(());
    };
    site.fail(
        place,
        format!(
            "the fill of `{name}` has {wrong}, which no {element} can hold: {least} to {most}",
        ),
    )
}
