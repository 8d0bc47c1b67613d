//! Cases: targets, parameters and expectations.

use std::collections::{BTreeMap, BTreeSet};

use crate::kit::nearest;
use crate::spec::suggest::{did_you_mean, short};
use crate::spec::{
    AxisValue, CaseEntry, Expr, Fill, Kernel, Placed, Reference, Source, Target, TypeSpec, WorkSpec,
};

use super::whole::{Check, axes_of};

/// The kernel that has an axis of this name.
fn owner<'k>(kernels: &[&'k Kernel], axis: &str) -> Option<&'k Kernel> {
    kernels
        .iter()
        .copied()
        .find(|kernel| axes_of(kernel).any(|(name, _)| name == axis))
}

fn variant_already(axis: &str, kernel: &Kernel) -> String {
    format!(
        "`{axis}` is an axis of kernel `{}` already, and each of its variants is a case; remove it here",
        kernel.name.value
    )
}

impl Check<'_> {
    pub(super) fn case(&mut self, case: &CaseEntry) {
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
        if self.sweep(case, &kernels) {
            self.shape(case, &kernels);
            self.unused(case, &kernels);
        }
        self.classes(case);
        let stages = match &case.target {
            Target::Kernel(_) => 1,
            Target::Pipeline(name) => spec
                .pipelines
                .get(&name.value)
                .map_or(0, |p| p.stages.len()),
        };
        // An unknown stage is told already.
        if kernels.len() == stages {
            self.rates(case, &kernels, own);
        }
    }

    /// Whether the sweep can be read.
    fn sweep(&mut self, case: &CaseEntry, kernels: &[&Kernel]) -> bool {
        let tables = &self.spec.tables;
        let before = self.errors.len();
        for (axis, values) in &case.sweep {
            let name = &axis.value;
            if let Some(kernel) = owner(kernels, name) {
                self.fail(&axis.place, variant_already(name, kernel));
            }
            let Some(table) = tables.get(name) else {
                let word = values.iter().any(|v| matches!(v.value, AxisValue::Word(_)));
                if word && let Some(near) = nearest(name, tables.keys().map(String::as_str)) {
                    self.fail(
                        &axis.place,
                        format!("there is no table `{name}`; did you mean `{near}`?"),
                    );
                }
                continue;
            };
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
                        format!("table `{name}` has no row `{row}`{hint}"),
                    );
                }
            }
        }
        self.errors.len() == before
    }

    /// Axes that change nothing: all their values would be the same work under
    /// other names. A template and a built-in reference may ask for any name.
    fn unused(&mut self, case: &CaseEntry, kernels: &[&Kernel]) {
        // A table that is not there, which may be the axis misspelt, is told where
        // its name stands.
        let astray = |name: &str| {
            name.split_once('.').is_some_and(|(table, _)| {
                !self.spec.tables.contains_key(table)
                    && !case.sweep.iter().any(|(axis, _)| axis.value == table)
            })
        };
        let mut shape = case.shape.iter().flat_map(|(_, expr)| expr.value.names());
        if shape.any(astray) {
            return;
        }
        for (axis, _) in &case.sweep {
            let name = &axis.value;
            if case
                .shape
                .iter()
                .any(|(_, expr)| mentions(&expr.value, name))
            {
                continue;
            }
            let Some(rows) = self.spec.tables.get(name) else {
                if !kernels.is_empty() && kernels.iter().all(|kernel| ignores(kernel, name)) {
                    self.fail(
                        &axis.place,
                        format!("nothing uses `{name}`, so all its values are the same work; use it in `shape` or in the kernel, or remove it"),
                    );
                }
                continue;
            };
            let example = rows.values().flat_map(BTreeMap::keys).next();
            let example = example.map_or_else(String::new, |column| {
                format!(", as in `shape: {{{column}: {name}.{column}}}`")
            });
            self.fail(
                &axis.place,
                format!("`shape` asks for nothing of `{name}`, so all its rows are the same work; use a column{example}, or remove it"),
            );
        }
    }

    fn shape(&mut self, case: &CaseEntry, kernels: &[&Kernel]) {
        for (name, value) in &case.shape {
            let text = &name.value;
            if case.sweep.iter().any(|(axis, _)| axis.value == *text) {
                self.fail(
                    &name.place,
                    format!("`{text}` stands in `sweep` and in `shape`; remove one"),
                );
            } else if self.spec.tables.contains_key(text) {
                self.fail(
                    &name.place,
                    format!("`{text}` is a table; choose its rows with `sweep: {{{text}: [...]}}`"),
                );
            } else if let Some(kernel) = owner(kernels, text) {
                self.fail(&name.place, variant_already(text, kernel));
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

    fn classes(&mut self, case: &CaseEntry) {
        let classes = &self.spec.classes;
        for (class, _) in &case.expect {
            if classes.iter().any(|known| known.name.value == class.value) {
                continue;
            }
            let hint = if classes.is_empty() {
                "; the spec declares none: write `classes`, or import a file that does".to_owned()
            } else {
                did_you_mean(&class.value, classes.iter().map(|c| c.name.value.as_str()))
            };
            let wrong = short(&class.value);
            self.fail(
                &class.place,
                format!("unknown class of hardware `{wrong}`{hint}"),
            );
        }
    }

    /// A rate that is expected can be told only where the work is modelled.
    fn rates(&mut self, case: &CaseEntry, kernels: &[&Kernel], own: Option<&WorkSpec>) {
        let modelled = |part: fn(&WorkSpec) -> bool| {
            own.is_some_and(part) || kernels.iter().any(|kernel| part(&kernel.work))
        };
        for (_, expectation) in &case.expect {
            let asked = [
                (
                    expectation.value.tokens_per_second.is_some(),
                    "tokens_per_second",
                    "tokens",
                    modelled(|work| work.tokens.is_some()),
                ),
                (
                    expectation.value.gflops.is_some(),
                    "gflops",
                    "flops",
                    modelled(|work| work.flops.is_some()),
                ),
                (
                    expectation.value.gigabytes_per_second.is_some(),
                    "gigabytes_per_second",
                    "bytes",
                    modelled(|work| work.bytes.is_some()),
                ),
            ];
            for (asked, rate, work, modelled) in asked {
                if asked && !modelled {
                    self.fail(
                        &expectation.place,
                        format!("`{rate}` cannot be told without a model of the work; write `{work}` under the kernel's `work`"),
                    );
                }
            }
        }
    }
}

/// Whether an expression asks for a parameter, or for a part of it.
fn mentions(expr: &Expr, parameter: &str) -> bool {
    expr.names()
        .iter()
        .any(|name| name.split('.').next() == Some(parameter))
}

/// Whether a parameter is nothing to a kernel, as far as the spec tells.
fn ignores(kernel: &Kernel, parameter: &str) -> bool {
    let Reference::Shader {
        source: Source::Plain(_),
        dispatch: own,
        ..
    } = &kernel.reference.value
    else {
        return false;
    };
    if matches!(kernel.source, Source::Template(_)) {
        return false;
    }
    let typed = kernel.buffers.iter().any(
        |buffer| matches!(&buffer.element.value, TypeSpec::Axis { axis, .. } if axis == parameter),
    );
    let filled = kernel
        .buffers
        .iter()
        .filter_map(|buffer| buffer.fill.as_ref());
    let fills = filled.flat_map(|fill| match &fill.value {
        Fill::Uniform(lo, hi) => vec![lo.as_ref().ok(), hi.as_ref().ok()],
        Fill::Distinct(bound) => vec![Some(bound)],
        Fill::Normal(..)
        | Fill::Zeros
        | Fill::Constant(_)
        | Fill::Iota
        | Fill::Softmax
        | Fill::Values(_) => Vec::new(),
    });
    let values = kernel.uniforms.iter().flat_map(|field| &field.values);
    let values = values.chain(kernel.overrides.values().map(|given| &given.value));
    let work = &kernel.work;
    let placed = kernel
        .buffers
        .iter()
        .flat_map(|buffer| &buffer.shape)
        .chain(&kernel.dispatch)
        .chain(own.iter().flatten())
        .chain(&kernel.conditions)
        .chain(&kernel.traffic)
        .chain(&work.flops)
        .chain(&work.bytes)
        .chain(&work.tokens)
        .chain(values.filter_map(|value| value.as_ref().ok()));
    let mut all = placed.map(|expr| &expr.value).chain(fills.flatten());
    !typed && !all.any(|expr| mentions(expr, parameter))
}
