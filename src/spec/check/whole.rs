//! The walk over all parts, and what the checks share.

use std::collections::BTreeSet;

use crate::kit::Place;
use crate::spec::{AxisValue, BufferSpec, Kernel, Placed, Spec, SpecError};

/// Most mistakes that are collected.
const MOST_ERRORS: usize = 1000;

/// Every mistake between the parts of a spec.
pub(in crate::spec) fn check(spec: &Spec) -> Vec<SpecError> {
    let swept = spec
        .cases
        .iter()
        .flat_map(|case| case.sweep.iter().map(|(name, _)| name.value.as_str()));
    let moved = spec
        .pipelines
        .values()
        .flat_map(|pipeline| {
            let variants = pipeline.variants.iter().flatten();
            variants.chain([&pipeline.tune])
        })
        .flat_map(|product| product.keys().map(String::as_str));
    let mut check = Check {
        spec,
        axes: swept.chain(moved).collect(),
        errors: Vec::new(),
    };
    for kernel in spec.kernels.values() {
        check.kernel(kernel);
    }
    for pipeline in spec.pipelines.values() {
        check.pipeline(pipeline);
    }
    for case in &spec.cases {
        if check.is_full() {
            break;
        }
        check.case(case);
    }
    check.errors
}

pub(super) struct Check<'s> {
    pub(super) spec: &'s Spec,
    /// Axes that cases and pipelines bring to kernels.
    pub(super) axes: BTreeSet<&'s str>,
    pub(super) errors: Vec<SpecError>,
}

/// The axes of a kernel's own.
pub(super) fn axes_of(kernel: &Kernel) -> impl Iterator<Item = (&str, &Placed<Vec<AxisValue>>)> {
    kernel
        .variants
        .iter()
        .chain([&kernel.tune])
        .flatten()
        .map(|(name, values)| (name.as_str(), values))
}

pub(super) fn buffer<'k>(kernel: &'k Kernel, name: &str) -> Option<&'k BufferSpec> {
    kernel
        .buffers
        .iter()
        .find(|buffer| buffer.name.value == name)
}

pub(super) fn buffer_names(kernel: &Kernel) -> impl Iterator<Item = &str> + Clone {
    kernel
        .buffers
        .iter()
        .map(|buffer| buffer.name.value.as_str())
}

impl Check<'_> {
    /// Whether going on would find nothing that is told: to look for what was
    /// meant takes time, and the same slip may stand in every entry.
    fn is_full(&self) -> bool {
        self.errors.len() >= MOST_ERRORS
    }

    pub(super) fn fail(&mut self, place: &Place, message: String) {
        // The reader cuts at a hundred.
        if !self.is_full() {
            self.errors.push(SpecError::new(place.clone(), message));
        }
    }
}
