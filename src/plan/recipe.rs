//! What an entry's target stands for: a kernel is one stage, a pipeline
//! several with connections.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kit::{Cache, Checks, Mode, Place};
use crate::spec::{
    BufferSpec, Expr, Kernel, Limits, MAX_CASES, Pipeline, Placed, Role, Spec, Target, WorkSpec,
    did_you_mean,
};

use super::StagePlaces;
use super::axis::{self, Product};
use super::build::Variant;
use super::mistakes::Mistakes;
use super::scope::{DEVICE_NAMES, Parameters};

/// A kernel or pipeline, resolved once for all its entries.
#[derive(Debug)]
pub(super) struct Recipe<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its stages, one or more.
    pub(super) stages: Vec<StageRecipe<'a>>,
    /// Its variants; or only their number, where they are too many to make.
    pub(super) variants: Result<Vec<Parameters>, u128>,
    /// Axes that `gate tune` searches.
    pub(super) tune: &'a Product,
    /// Its limits.
    pub(super) limits: &'a Limits,
    /// A pipeline's own model of its work.
    pub(super) work: Option<&'a WorkSpec>,
    /// Whether buffers carry their stage's name.
    pub(super) is_pipeline: bool,
    /// What all stages agree on; none where they differ.
    pub(super) mode: Option<Mode>,
    /// The same for the cache.
    pub(super) cache: Option<Cache>,
    /// The same for wgpu's checks.
    pub(super) checks: Option<&'a [Checks]>,
}

/// One stage.
#[derive(Debug)]
pub(super) struct StageRecipe<'a> {
    /// Its kernel.
    pub(super) kernel: &'a Kernel,
    /// Conditions that shape and variant decide, with the names they read.
    pub(super) decided: Vec<Condition<'a>>,
    /// Conditions that need a device.
    pub(super) deferred: Vec<Condition<'a>>,
    /// Buffers that are an earlier stage's, by name.
    pub(super) links: BTreeMap<&'a str, Link<'a>>,
    /// Where its parts are written, which all its cases share.
    pub(super) places: Arc<StagePlaces>,
}

/// A condition and the names it reads.
#[derive(Debug)]
pub(super) struct Condition<'a> {
    /// The condition.
    pub(super) expr: &'a Placed<Expr>,
    /// Its names.
    pub(super) names: Vec<&'a str>,
}

/// Where a connected buffer comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link<'a> {
    /// The stage that has it.
    pub(super) stage: usize,
    /// Its name there.
    pub(super) buffer: &'a str,
    /// Where the connection is written.
    pub(super) place: &'a Place,
}

impl<'a> Recipe<'a> {
    /// Resolves a target. None where that failed, which is noted.
    pub(super) fn of(
        spec: &'a Spec,
        target: &'a Target,
        mistakes: &mut Mistakes,
    ) -> Option<Recipe<'a>> {
        match target {
            Target::Kernel(name) => {
                let kernel = find(&spec.kernels, name, "kernel", mistakes)?;
                Some(Self::of_kernel(kernel, mistakes))
            }
            Target::Pipeline(name) => {
                let pipeline = find(&spec.pipelines, name, "pipeline", mistakes)?;
                Self::of_pipeline(spec, pipeline, mistakes)
            }
        }
    }

    fn of_kernel(kernel: &'a Kernel, mistakes: &mut Mistakes) -> Self {
        Self {
            name: &kernel.name.value,
            variants: made(&kernel.variants),
            tune: &kernel.tune,
            limits: &kernel.limits,
            work: None,
            is_pipeline: false,
            mode: Some(kernel.mode),
            cache: Some(kernel.cache),
            checks: Some(&kernel.checks),
            stages: vec![StageRecipe::new(kernel, BTreeMap::new(), mistakes)],
        }
    }

    fn of_pipeline(
        spec: &'a Spec,
        pipeline: &'a Pipeline,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let before = mistakes.len();
        let name = &pipeline.name;
        if spec.kernels.contains_key(&name.value) {
            mistakes.add(
                &name.place,
                format!(
                    "`{}` names a kernel too, and their cases would have one identity; rename the pipeline",
                    name.value
                ),
            );
        }
        let kernels: Vec<&Kernel> = pipeline
            .stages
            .iter()
            .filter_map(|stage| find(&spec.kernels, stage, "kernel", mistakes))
            .collect();
        let mut links = vec![BTreeMap::new(); kernels.len()];
        for (consumer, producer) in &pipeline.connect {
            connect(&kernels, &mut links, consumer, producer, mistakes);
        }
        if mistakes.len() > before {
            return None;
        }
        let variants = match &pipeline.variants {
            Some(own) => {
                axis::check(own, mistakes);
                axis::check_known(own, &kernels, mistakes);
                made(own)
            }
            None => joined(&kernels).unwrap_or_else(|why| {
                mistakes.add(&name.place, why);
                Ok(Vec::new())
            }),
        };
        let tune = std::slice::from_ref(&pipeline.tune);
        axis::check(tune, mistakes);
        axis::check_known(tune, &kernels, mistakes);
        let Some(first) = kernels.first() else {
            mistakes.add(
                &name.place,
                format!("pipeline `{}` has no stages", name.value),
            );
            return None;
        };
        Some(Self {
            name: &name.value,
            variants,
            tune: &pipeline.tune,
            limits: &pipeline.limits,
            work: Some(&pipeline.work),
            is_pipeline: true,
            mode: common(&kernels, |kernel| kernel.mode),
            cache: common(&kernels, |kernel| kernel.cache),
            checks: kernels
                .iter()
                .all(|kernel| kernel.checks == first.checks)
                .then_some(first.checks.as_slice()),
            stages: kernels
                .iter()
                .zip(links)
                .map(|(kernel, links)| StageRecipe::new(kernel, links, mistakes))
                .collect(),
        })
    }

    /// A variant with each stage's part of it.
    pub(super) fn variant(&self, whole: Parameters) -> Variant {
        let kernels = self.kernels();
        Variant {
            own: kernels.iter().map(|k| axis::of_stage(k, &whole)).collect(),
            picks: kernels.iter().map(|k| axis::picks(k, self.tune)).collect(),
            whole,
        }
    }

    /// The stages' kernels.
    pub(super) fn kernels(&self) -> Vec<&'a Kernel> {
        self.stages.iter().map(|stage| stage.kernel).collect()
    }
}

impl<'a> StageRecipe<'a> {
    fn new(
        kernel: &'a Kernel,
        links: BTreeMap<&'a str, Link<'a>>,
        mistakes: &mut Mistakes,
    ) -> Self {
        axis::check(&kernel.variants, mistakes);
        axis::check(std::slice::from_ref(&kernel.tune), mistakes);
        let mut decided = Vec::new();
        let mut deferred = Vec::new();
        for expr in &kernel.conditions {
            let names = expr.value.names();
            let asked: Vec<&str> = names
                .iter()
                .filter_map(|name| name.strip_prefix("device."))
                .collect();
            for name in &asked {
                if !DEVICE_NAMES.contains(name) {
                    let hint = did_you_mean(name, DEVICE_NAMES);
                    let known = if hint.is_empty() {
                        format!("; it can be {}", DEVICE_NAMES.join(", "))
                    } else {
                        String::new()
                    };
                    mistakes.add(
                        &expr.place,
                        format!("`device.{name}` is not known{hint}{known}"),
                    );
                }
            }
            let condition = if asked.is_empty() {
                &mut decided
            } else {
                &mut deferred
            };
            condition.push(Condition { expr, names });
        }
        Self {
            kernel,
            decided,
            deferred,
            links,
            places: Arc::new(places(kernel)),
        }
    }
}

/// A kernel or pipeline by name. The reader has told a wrong one already.
fn find<'a, T>(
    all: &'a BTreeMap<String, T>,
    name: &Placed<String>,
    what: &str,
    mistakes: &mut Mistakes,
) -> Option<&'a T> {
    let found = all.get(&name.value);
    if found.is_none() {
        mistakes.add(&name.place, format!("unknown {what} `{}`", name.value));
    }
    found
}

fn made(variants: &[Product]) -> Result<Vec<Parameters>, u128> {
    let count = axis::count(variants);
    if count > MAX_CASES {
        return Err(count);
    }
    Ok(axis::assignments(variants))
}

/// The stages' variants, joined; the outer error is a sentence.
fn joined(kernels: &[&Kernel]) -> Result<Result<Vec<Parameters>, u128>, String> {
    let mut all = vec![Parameters::new()];
    for kernel in kernels {
        match made(&kernel.variants) {
            Ok(own) => all = axis::join(&all, &own)?,
            Err(count) => return Ok(Err(count)),
        }
    }
    Ok(Ok(all))
}

fn common<T: PartialEq>(kernels: &[&Kernel], get: impl Fn(&Kernel) -> T) -> Option<T> {
    let first = get(kernels.first()?);
    kernels
        .iter()
        .all(|kernel| get(kernel) == first)
        .then_some(first)
}

/// Ties one consumer's buffer to its producer's.
fn connect<'a>(
    kernels: &[&'a Kernel],
    links: &mut [BTreeMap<&'a str, Link<'a>>],
    consumer: &'a Placed<String>,
    producer: &'a Placed<String>,
    mistakes: &mut Mistakes,
) {
    let (Some((to, taken)), Some((from, made))) = (
        end(kernels, consumer, mistakes),
        end(kernels, producer, mistakes),
    ) else {
        return;
    };
    let written = match made.role {
        Role::Output | Role::Inout => true,
        Role::Input => false,
    };
    let read = match taken.role {
        Role::Input | Role::Inout => true,
        Role::Output => false,
    };
    if from >= to || !written || !read {
        mistakes.add(
            &consumer.place,
            format!(
                "`{}` cannot be `{}`; connect what a stage reads to what an earlier one writes",
                consumer.value, producer.value
            ),
        );
        return;
    }
    let link = Link {
        stage: from,
        buffer: &made.name.value,
        place: &consumer.place,
    };
    if links[to].insert(&taken.name.value, link).is_some() {
        mistakes.add(
            &consumer.place,
            format!(
                "`{}` is connected twice; a buffer has one producer",
                consumer.value
            ),
        );
    }
}

/// One end of a connection: the stage's index and the buffer. The reader has
/// told a wrong one better already.
fn end<'a>(
    kernels: &[&'a Kernel],
    written: &'a Placed<String>,
    mistakes: &mut Mistakes,
) -> Option<(usize, &'a BufferSpec)> {
    let found = written.value.split_once('.').and_then(|(stage, buffer)| {
        let index = kernels.iter().position(|k| k.name.value == stage)?;
        let mut buffers = kernels[index].buffers.iter();
        Some((index, buffers.find(|b| b.name.value == buffer)?))
    });
    if found.is_none() {
        mistakes.add(
            &written.place,
            format!("`{}` is no buffer of a stage here", written.value),
        );
    }
    found
}

/// Where the spec says what a stage is made of.
fn places(kernel: &Kernel) -> StagePlaces {
    // Where no entry point is named, it stands at the kernel's name.
    let named = kernel.entry.place != kernel.name.place;
    StagePlaces {
        kernel: Some(kernel.name.place.clone()),
        entry: named.then(|| kernel.entry.place.clone()),
        overrides: kernel
            .overrides
            .iter()
            .map(|(name, given)| (name.clone(), given.place.clone()))
            .collect(),
        buffers: kernel
            .buffers
            .iter()
            .map(|buffer| (buffer.name.value.clone(), buffer.name.place.clone()))
            .collect(),
        tolerance: kernel
            .tolerance
            .iter()
            .map(|(name, given)| (name.clone(), given.place.clone()))
            .collect(),
    }
}
