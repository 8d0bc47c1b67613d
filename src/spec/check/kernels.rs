//! Kernels: what is said of their buffers, types and reference.

use std::collections::{BTreeMap, BTreeSet};

use crate::kit::{Element, nearest};
use crate::spec::suggest::{did_you_mean, short};
use crate::spec::{
    AxisValue, BufferSpec, Fill, Kernel, Reference, Reset, Role, Source, Tolerance, TypeSpec,
};

use super::whole::{Check, axes_of, buffer};

impl Check<'_> {
    pub(super) fn kernel(&mut self, kernel: &Kernel) {
        let name = &kernel.name.value;
        let reset = match &kernel.reset {
            Reset::All => &[][..],
            Reset::Named(names) => names,
        };
        for wanted in reset {
            match buffer(kernel, &wanted.value).map(|buffer| buffer.role) {
                Some(Role::Inout) => {}
                // It would be reset to poison, which kernel and reference could
                // then both read and agree on.
                Some(Role::Output) => self.fail(
                    &wanted.place,
                    format!(
                        "`{}` is an output, which a kernel writes whole and never reads; where it adds to what is there, move it to `inout` with what it begins with, such as `fill: zeros`, else remove it from `reset`",
                        wanted.value
                    ),
                ),
                Some(Role::Input) => self.fail(
                    &wanted.place,
                    format!(
                        "`{}` is an input, which never changes; remove it from `reset`",
                        wanted.value
                    ),
                ),
                None => {
                    let written = kernel
                        .buffers
                        .iter()
                        .filter(|buffer| buffer.role != Role::Input)
                        .map(|buffer| buffer.name.value.as_str());
                    let hint = did_you_mean(&wanted.value, written);
                    let wrong = short(&wanted.value);
                    self.fail(
                        &wanted.place,
                        format!("kernel `{name}` has no buffer `{wrong}` to reset{hint}"),
                    );
                }
            }
        }
        for (output, tolerance) in &kernel.tolerance {
            match buffer(kernel, output).map(|buffer| buffer.role) {
                Some(Role::Output | Role::Inout) => {}
                Some(Role::Input) => self.fail(
                    &tolerance.place,
                    format!(
                        "`{output}` is an input, which must not change at all; remove its tolerance"
                    ),
                ),
                None => {
                    let outputs = kernel
                        .buffers
                        .iter()
                        .filter(|buffer| buffer.role != Role::Input)
                        .map(|buffer| buffer.name.value.as_str());
                    let hint = did_you_mean(output, outputs);
                    let wrong = short(output);
                    self.fail(
                        &tolerance.place,
                        format!("kernel `{name}` has no output `{wrong}`{hint}"),
                    );
                }
            }
        }
        let mut told = BTreeSet::new();
        for buffer in &kernel.buffers {
            if let TypeSpec::Axis { axis, .. } = &buffer.element.value
                && told.insert(axis)
            {
                self.type_axis(kernel, buffer, axis);
            }
            self.fill(buffer);
        }
        self.slots(kernel);
        self.reference(kernel);
    }

    /// A type's axis must exist, and hold nothing but types.
    fn type_axis(&mut self, kernel: &Kernel, buffer: &BufferSpec, axis: &str) {
        let mut found = self.axes.contains(axis);
        for (name, values) in axes_of(kernel) {
            if name != axis {
                continue;
            }
            found = true;
            for value in &values.value {
                let named = match value {
                    AxisValue::Word(word) => Element::parse(word)
                        .is_some_and(|element| element.lanes == 1 && !element.atomic),
                    AxisValue::Int(_) | AxisValue::List(_) => false,
                };
                if !named {
                    self.fail(
                        &values.place,
                        format!("the axis `{axis}` is the type of buffer `{}`, so its values are among f32, f16, u32 and i32", buffer.name.value),
                    );
                    break;
                }
            }
        }
        if !found {
            let names: Vec<&str> = axes_of(kernel)
                .map(|(name, _)| name)
                .chain(["f32", "f16", "u32", "i32"])
                .collect();
            let hint = match nearest(axis, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a buffer holds f32, f16, u32, i32, vec2 to vec4 of them, atomics, or what an axis of the kernel names".to_owned(),
            };
            self.fail(
                &buffer.element.place,
                format!("unknown type `{}`; {hint}", short(axis)),
            );
        }
    }

    fn fill(&mut self, buffer: &BufferSpec) {
        let (Some(fill), TypeSpec::Fixed(element)) = (&buffer.fill, &buffer.element.value) else {
            return;
        };
        let float = element.scalar.is_float();
        let message = match &fill.value {
            Fill::Normal(..) | Fill::Softmax if !float => {
                "gives fractions, and the buffer holds integers; write `uniform(0, 8)`, say"
            }
            Fill::Distinct(_) if float => {
                "gives integers, and the buffer holds floats; write `normal(0, 1)`, say"
            }
            Fill::Constant(value) if !float && value.fract() != 0.0 => {
                "has a fraction, and the buffer holds integers"
            }
            Fill::Values(values) if !float && values.iter().any(|v| v.fract() != 0.0) => {
                "has a fraction, and the buffer holds integers"
            }
            Fill::Normal(..)
            | Fill::Uniform(..)
            | Fill::Zeros
            | Fill::Constant(_)
            | Fill::Iota
            | Fill::Distinct(_)
            | Fill::Softmax
            | Fill::Values(_) => return,
        };
        self.fail(
            &fill.place,
            format!("the fill of buffer `{}` {message}", buffer.name.value),
        );
    }

    fn slots(&mut self, kernel: &Kernel) {
        let mut taken: BTreeMap<(u32, u32), String> = BTreeMap::new();
        if let Some(slot) = kernel.uniforms_slot {
            taken.insert((slot.group, slot.binding), "the uniforms".to_owned());
            if kernel.uniforms.is_empty() {
                self.fail(
                    &kernel.name.place,
                    format!(
                        "kernel `{}` has a `uniforms_slot` and no `uniforms`; remove it",
                        kernel.name.value
                    ),
                );
            }
        }
        for buffer in &kernel.buffers {
            let Some(slot) = buffer.slot else { continue };
            let name = buffer.name.value.as_str();
            if let Some(other) = taken.insert((slot.group, slot.binding), format!("`{name}`")) {
                self.fail(
                    &buffer.name.place,
                    format!("`{name}` has group {} and binding {}, which {other} has already; two buffers cannot share a slot", slot.group, slot.binding),
                );
            }
        }
    }

    fn reference(&mut self, kernel: &Kernel) {
        let Reference::Shader { source, entry, .. } = &kernel.reference.value else {
            return;
        };
        let path = |source: &Source| match source {
            Source::Template(path) | Source::Plain(path) => path.value.clone(),
        };
        if path(source) == path(&kernel.source) && entry.value == kernel.entry.value {
            self.fail(
                &kernel.reference.place,
                format!("the reference of kernel `{}` is the kernel itself, which proves nothing; name another file or entry point", kernel.name.value),
            );
        }
        for buffer in &kernel.buffers {
            let float = match &buffer.element.value {
                TypeSpec::Fixed(element) => element.scalar.is_float(),
                TypeSpec::Axis { .. } => true,
            };
            let name = &buffer.name.value;
            if float && buffer.role != Role::Input && !kernel.tolerance.contains_key(name) {
                self.fail(
                    &buffer.name.place,
                    format!("a reference in WGSL has no tolerance of its own for `{name}`; say one, as in `tolerance: {{{name}: {{relative: 1e-5, absolute: 1e-7}}}}`"),
                );
            }
        }
        for (name, tolerance) in &kernel.tolerance {
            let integer = buffer(kernel, name).is_some_and(|buffer| match &buffer.element.value {
                TypeSpec::Fixed(element) => !element.scalar.is_float(),
                TypeSpec::Axis { .. } => false,
            });
            if integer && !matches!(tolerance.value, Tolerance::Exact) {
                self.fail(
                    &tolerance.place,
                    format!(
                        "`{name}` holds integers, which are compared exactly; write `{name}: exact`"
                    ),
                );
            }
        }
    }
}
