//! Cross-references: what one part of a spec says of another must hold.

use std::collections::{BTreeMap, BTreeSet};

use crate::kit::{Element, Place};

use super::suggest::{did_you_mean, nearest, short};
use super::{
    AxisValue, BufferSpec, CaseEntry, Expr, Fill, Kernel, Pipeline, Placed, Reference, Role, Spec,
    SpecError, Target, Tolerance, TypeSpec, WorkSpec,
};

/// Every mistake between the parts of a spec.
pub(super) fn check(spec: &Spec) -> Vec<SpecError> {
    let swept = spec
        .cases
        .iter()
        .flat_map(|case| case.sweep.iter().map(|(name, _)| name.value.as_str()));
    let moved = spec
        .pipelines
        .values()
        .flat_map(|pipeline| pipeline.variants.iter().flatten())
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
        check.case(case);
    }
    check.errors
}

struct Check<'s> {
    spec: &'s Spec,
    /// Axes that cases and pipelines bring to kernels.
    axes: BTreeSet<&'s str>,
    errors: Vec<SpecError>,
}

/// The axes of a kernel's own.
fn axes_of(kernel: &Kernel) -> impl Iterator<Item = (&str, &Placed<Vec<AxisValue>>)> {
    kernel
        .variants
        .iter()
        .chain([&kernel.tune])
        .flatten()
        .map(|(name, values)| (name.as_str(), values))
}

fn buffer<'k>(kernel: &'k Kernel, name: &str) -> Option<&'k BufferSpec> {
    kernel
        .buffers
        .iter()
        .find(|buffer| buffer.name.value == name)
}

fn buffer_names(kernel: &Kernel) -> impl Iterator<Item = &str> + Clone {
    kernel
        .buffers
        .iter()
        .map(|buffer| buffer.name.value.as_str())
}

impl<'s> Check<'s> {
    fn fail(&mut self, place: &Place, message: String) {
        // The reader cuts at a hundred; here only memory is at stake.
        if self.errors.len() < 1000 {
            self.errors.push(SpecError::new(place.clone(), message));
        }
    }

    fn kernel(&mut self, kernel: &Kernel) {
        let name = &kernel.name.value;
        for wanted in &kernel.reset {
            match buffer(kernel, &wanted.value).map(|buffer| buffer.role) {
                Some(Role::Output | Role::Inout) => {}
                Some(Role::Input) => self.fail(
                    &wanted.place,
                    format!(
                        "`{}` is an input, which never changes; remove it from `reset`",
                        wanted.value
                    ),
                ),
                None => {
                    let hint = did_you_mean(&wanted.value, buffer_names(kernel));
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
        for buffer in &kernel.buffers {
            self.element(kernel, buffer);
            self.fill(buffer);
        }
        self.slots(kernel);
        self.reference(kernel);
    }

    /// A type's axis must exist, and hold nothing but types.
    fn element(&mut self, kernel: &Kernel, buffer: &BufferSpec) {
        let TypeSpec::Axis { axis, .. } = &buffer.element.value else {
            return;
        };
        let mut found = self.axes.contains(axis.as_str());
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
        let mut taken: BTreeMap<(u32, u32), &str> = BTreeMap::new();
        if let Some(slot) = kernel.uniforms_slot {
            taken.insert((slot.group, slot.binding), "the uniforms");
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
            if let Some(other) = taken.insert((slot.group, slot.binding), name) {
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
        let path = |source: &super::Source| match source {
            super::Source::Template(path) | super::Source::Plain(path) => path.value.clone(),
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

    fn pipeline(&mut self, pipeline: &Pipeline) {
        let name = &pipeline.name.value;
        let mut stages: Vec<&str> = Vec::new();
        for stage in &pipeline.stages {
            if !self.spec.kernels.contains_key(&stage.value) {
                self.unknown_kernel(stage);
            }
            if stages.contains(&stage.value.as_str()) {
                self.fail(
                    &stage.place,
                    format!("the kernel `{}` is a stage of pipeline `{name}` twice; declare it under a second name", stage.value),
                );
            }
            stages.push(&stage.value);
        }
        for (consumer, producer) in &pipeline.connect {
            let to = self.end(pipeline, consumer);
            let from = self.end(pipeline, producer);
            let (Some((to_stage, to)), Some((from_stage, from))) = (to, from) else {
                continue;
            };
            if to.role == Role::Output {
                self.fail(
                    &consumer.place,
                    format!(
                        "`{}` is an output; the left side of `connect` is what a stage reads",
                        consumer.value
                    ),
                );
            }
            if from.role == Role::Input {
                self.fail(&producer.place, format!("`{}` is an input; the right side of `connect` is what an earlier stage writes", producer.value));
            }
            if from_stage >= to_stage {
                self.fail(&producer.place, format!("`{}` is not written before `{}` is read; connect to a stage that stands earlier in `stages`", producer.value, consumer.value));
            }
            if let (TypeSpec::Fixed(a), TypeSpec::Fixed(b)) =
                (&from.element.value, &to.element.value)
                && (a.scalar, a.lanes) != (b.scalar, b.lanes)
            {
                self.fail(
                    &consumer.place,
                    format!(
                        "`{}` holds {b}, and `{}` gives {a}; connected buffers hold the same",
                        consumer.value, producer.value
                    ),
                );
            }
        }
    }

    /// One end of a connection: the stage's number, and its buffer.
    fn end(
        &mut self,
        pipeline: &Pipeline,
        end: &Placed<String>,
    ) -> Option<(usize, &'s BufferSpec)> {
        let spec = self.spec;
        let Some((stage, name)) = end.value.split_once('.') else {
            let wrong = short(&end.value);
            self.fail(
                &end.place,
                format!("`{wrong}` is no buffer of a stage; write it as in `topk.indices`"),
            );
            return None;
        };
        let Some(index) = pipeline.stages.iter().position(|s| s.value == stage) else {
            let stages = pipeline.stages.iter().map(|stage| stage.value.as_str());
            let hint = did_you_mean(stage, stages);
            let stage = short(stage);
            self.fail(
                &end.place,
                format!(
                    "pipeline `{}` has no stage `{stage}`{hint}",
                    pipeline.name.value
                ),
            );
            return None;
        };
        let kernel = spec.kernels.get(stage)?;
        let Some(found) = buffer(kernel, name) else {
            let hint = did_you_mean(name, buffer_names(kernel));
            let name = short(name);
            self.fail(
                &end.place,
                format!("kernel `{stage}` has no buffer `{name}`{hint}"),
            );
            return None;
        };
        Some((index, found))
    }

    fn unknown_kernel(&mut self, wanted: &Placed<String>) {
        let spec = self.spec;
        let name = &wanted.value;
        let hint = if spec.pipelines.contains_key(name) {
            format!("; it is a pipeline: write `pipeline: {name}`")
        } else if spec.kernels.is_empty() {
            "; the spec declares none: write it under `kernels`, or import a file that does"
                .to_owned()
        } else {
            did_you_mean(name, spec.kernels.keys().map(String::as_str))
        };
        let name = short(name);
        self.fail(&wanted.place, format!("unknown kernel `{name}`{hint}"));
    }

    fn case(&mut self, case: &CaseEntry) {
        let spec = self.spec;
        let (kernels, own): (Vec<&Kernel>, Option<&WorkSpec>) = match &case.target {
            Target::Kernel(name) => match spec.kernels.get(&name.value) {
                Some(kernel) => (vec![kernel], None),
                None => return self.unknown_kernel(name),
            },
            Target::Pipeline(name) => match spec.pipelines.get(&name.value) {
                Some(pipeline) => (
                    pipeline
                        .stages
                        .iter()
                        .filter_map(|stage| spec.kernels.get(&stage.value))
                        .collect(),
                    Some(&pipeline.work),
                ),
                None => {
                    let hint = if spec.kernels.contains_key(&name.value) {
                        format!("; it is a kernel: write `kernel: {}`", name.value)
                    } else {
                        did_you_mean(&name.value, spec.pipelines.keys().map(String::as_str))
                    };
                    let wrong = short(&name.value);
                    return self.fail(&name.place, format!("unknown pipeline `{wrong}`{hint}"));
                }
            },
        };
        self.parameters(case, &kernels);
        self.expectations(case, &kernels, own);
    }

    fn parameters(&mut self, case: &CaseEntry, kernels: &[&Kernel]) {
        let tables = &self.spec.tables;
        let variant = |name: &str| {
            kernels
                .iter()
                .find(|k| axes_of(k).any(|(axis, _)| axis == name))
        };
        for (axis, values) in &case.sweep {
            if let Some(kernel) = variant(&axis.value) {
                self.fail(&axis.place, format!("`{}` is an axis of kernel `{}` already, and each of its variants is a case; remove it here", axis.value, kernel.name.value));
            }
            match tables.get(&axis.value) {
                Some(table) => {
                    for value in values {
                        let row = match &value.value {
                            AxisValue::Word(word) => word.clone(),
                            AxisValue::Int(number) => number.to_string(),
                            AxisValue::List(_) => "a list".to_owned(),
                        };
                        if !table.contains_key(&row) {
                            let hint = did_you_mean(&row, table.keys().map(String::as_str));
                            self.fail(
                                &value.place,
                                format!("table `{}` has no row `{row}`{hint}", axis.value),
                            );
                        }
                    }
                }
                None => {
                    let near = nearest(&axis.value, tables.keys().map(String::as_str));
                    let word = values.iter().any(|v| matches!(v.value, AxisValue::Word(_)));
                    if let (Some(near), true) = (near, word) {
                        self.fail(
                            &axis.place,
                            format!("there is no table `{}`; did you mean `{near}`?", axis.value),
                        );
                    }
                }
            }
        }
        for (name, value) in &case.shape {
            if case.sweep.iter().any(|(axis, _)| axis.value == name.value) {
                self.fail(
                    &name.place,
                    format!(
                        "`{}` stands in `sweep` and in `shape`; remove one",
                        name.value
                    ),
                );
            } else if tables.contains_key(&name.value) {
                self.fail(
                    &name.place,
                    format!(
                        "`{0}` is a table; choose its rows with `sweep: {{{0}: [...]}}`",
                        name.value
                    ),
                );
            } else if let Some(kernel) = variant(&name.value) {
                self.fail(&name.place, format!("`{}` is an axis of kernel `{}` already, and each of its variants is a case; remove it here", name.value, kernel.name.value));
            }
            self.columns(case, value);
        }
    }

    /// Names such as `model.hidden` need a swept table that has the column.
    fn columns(&mut self, case: &CaseEntry, expr: &Placed<Expr>) {
        for name in expr.value.names() {
            let Some((table, column)) = name.split_once('.') else {
                continue;
            };
            let Some(rows) = self.spec.tables.get(table) else {
                continue;
            };
            if !rows.values().any(|row| row.contains_key(column)) {
                let columns: BTreeSet<&str> = rows
                    .values()
                    .flat_map(|row| row.keys().map(String::as_str))
                    .collect();
                let hint = did_you_mean(column, columns.iter().copied());
                let column = short(column);
                self.fail(
                    &expr.place,
                    format!("table `{table}` has no column `{column}`{hint}"),
                );
            } else if !case.sweep.iter().any(|(axis, _)| axis.value == table) {
                self.fail(&expr.place, format!("`{name}` needs a row of table `{table}`; choose one with `sweep: {{{table}: [...]}}`"));
            }
        }
    }

    fn expectations(&mut self, case: &CaseEntry, kernels: &[&Kernel], own: Option<&WorkSpec>) {
        let spec = self.spec;
        let modelled = |part: fn(&WorkSpec) -> bool| {
            own.is_some_and(part) || kernels.iter().any(|kernel| part(&kernel.work))
        };
        let rates = [
            (
                "tokens_per_second",
                "tokens",
                modelled(|work| work.tokens.is_some()),
            ),
            ("gflops", "flops", modelled(|work| work.flops.is_some())),
            (
                "gigabytes_per_second",
                "bytes",
                modelled(|work| work.bytes.is_some()),
            ),
        ];
        for (class, expectation) in &case.expect {
            if !spec
                .classes
                .iter()
                .any(|known| known.name.value == class.value)
            {
                let hint = if spec.classes.is_empty() {
                    "; the spec declares none: write `classes`, or import a file that does"
                        .to_owned()
                } else {
                    did_you_mean(
                        &class.value,
                        spec.classes.iter().map(|c| c.name.value.as_str()),
                    )
                };
                let wrong = short(&class.value);
                self.fail(
                    &class.place,
                    format!("unknown class of hardware `{wrong}`{hint}"),
                );
            }
            let asked = [
                expectation.value.tokens_per_second.is_some(),
                expectation.value.gflops.is_some(),
                expectation.value.gigabytes_per_second.is_some(),
            ];
            for ((rate, work, modelled), asked) in rates.into_iter().zip(asked) {
                if asked && !modelled {
                    self.fail(&expectation.place, format!("`{rate}` cannot be told without a model of the work; write `{work}` under the kernel's `work`"));
                }
            }
        }
    }
}
