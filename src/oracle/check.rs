//! Whether a stage has what its built-in reference needs, before any GPU call.

use crate::kit::nearest;
use crate::plan::{Buffer, BufferRole, Case, Parameter, Stage};

use super::reference::{BuiltIn, Family, Operand};

impl BuiltIn {
    /// Whether a stage has all that this reference needs: buffers by name, of
    /// the right role, type and shape, and shape parameters. The last extent
    /// counts scalars, so `[m, k / 4]` of `vec4<f32>` is `[m, k]`, and a
    /// buffer of one extent may hold the same number of scalars.
    ///
    /// # Errors
    ///
    /// What is missing or does not fit, and the cure: one line, to be placed
    /// at the stage's `reference`.
    pub fn check(&self, case: &Case, stage: &Stage) -> Result<(), String> {
        for name in self.parameters {
            self.extent(stage, name)?;
        }
        for operand in self.operands {
            self.check_operand(operand, case, stage)?;
        }
        match self.family {
            Family::Product { .. } | Family::Combine => {}
            Family::Own { check, .. } => check(self, case, stage)?,
            Family::TopK => {
                let (k, experts) = (self.extent(stage, "k")?, self.extent(stage, "experts")?);
                if k > experts {
                    return Err(format!(
                        "reference `topk` cannot pick k = {k} of {experts} experts; make `k` at most `experts`"
                    ));
                }
            }
            Family::Copy => {
                let (src, dst) = (
                    self.buffer(case, stage, "src")?,
                    self.buffer(case, stage, "dst")?,
                );
                if src.element.scalar != dst.element.scalar || src.scalars() != dst.scalars() {
                    return Err(format!(
                        "reference `copy` needs `src` and `dst` of one type and length, not {} and {}",
                        described(src),
                        described(dst)
                    ));
                }
            }
        }
        self.check_all_judged(case, stage)
    }

    /// An operand's extent: parameters, each of them divided by a number that
    /// leaves no rest or not, multiplied.
    fn extent_of(&self, stage: &Stage, written: &str) -> Result<u64, String> {
        let mut product = 1_u64;
        for factor in written.split('*') {
            let (name, divisor) = match factor.split_once('/') {
                Some((name, divisor)) => (name, divisor.parse().unwrap_or(1)),
                None => (factor, 1),
            };
            let value = self.extent(stage, name)?;
            if value % divisor != 0 {
                return Err(format!(
                    "reference `{}` needs `{name}` as a multiple of {divisor}, not {value}",
                    self.name
                ));
            }
            product = product.saturating_mul(value / divisor);
        }
        Ok(product)
    }

    /// Whether all of some buffers hold the same number of scalars.
    pub(super) fn same_length(
        &self,
        case: &Case,
        stage: &Stage,
        names: &[&str],
    ) -> Result<(), String> {
        for pair in names.windows(2) {
            let one = self.buffer(case, stage, pair[0])?;
            let other = self.buffer(case, stage, pair[1])?;
            if one.scalars() != other.scalars() {
                return Err(format!(
                    "reference `{}` needs `{}` and `{}` of one length, not {} and {}",
                    self.name,
                    pair[0],
                    pair[1],
                    described(one),
                    described(other)
                ));
            }
        }
        Ok(())
    }

    /// Whether two buffers hold one type.
    pub(super) fn same_type(
        &self,
        case: &Case,
        stage: &Stage,
        one: &str,
        other: &str,
    ) -> Result<(), String> {
        let (first, second) = (
            self.buffer(case, stage, one)?,
            self.buffer(case, stage, other)?,
        );
        if first.element.scalar == second.element.scalar {
            return Ok(());
        }
        Err(format!(
            "reference `{}` needs `{one}` and `{other}` of one type, not {} and {}",
            self.name,
            described(first),
            described(second)
        ))
    }

    pub(super) fn extent(&self, stage: &Stage, name: &str) -> Result<u64, String> {
        match stage.parameters.get(name) {
            Some(Parameter::Int(value)) => u64::try_from(*value)
                .ok()
                .filter(|value| *value > 0)
                .ok_or_else(|| {
                    format!(
                        "reference `{}` needs `{name}` of at least 1, not {value}",
                        self.name
                    )
                }),
            Some(Parameter::Word(_) | Parameter::List(_)) => Err(format!(
                "reference `{}` reads `{name}` as an extent; make it one number",
                self.name
            )),
            None => Err(format!(
                "reference `{}` reads the parameter `{name}`, which the case does not give; add `{name}` to its `shape`{}",
                self.name,
                hint(name, stage.parameters.keys())
            )),
        }
    }

    fn buffer<'a>(&self, case: &'a Case, stage: &Stage, name: &str) -> Result<&'a Buffer, String> {
        let binding = stage.bindings.iter().find(|binding| binding.name == name);
        binding
            .and_then(|binding| case.buffers.get(binding.buffer))
            .ok_or_else(|| {
                let taken = |name: &&String| {
                    !(self.inputs.contains(&name.as_str()) || self.outputs.contains(&name.as_str()))
                };
                format!(
                    "reference `{}` needs a buffer `{name}`, and kernel `{}` has none of that name{}; the reference reads and judges {}",
                    self.name,
                    stage.kernel,
                    hint(name, stage.bindings.iter().map(|b| &b.name).filter(taken)),
                    self.signature()
                )
            })
    }

    fn check_operand(&self, operand: &Operand, case: &Case, stage: &Stage) -> Result<(), String> {
        let buffer = self.buffer(case, stage, operand.name)?;
        let output = self.outputs.contains(&operand.name);
        match buffer.role {
            BufferRole::Input if output => {
                return Err(format!(
                    "reference `{}` judges `{}`, which the kernel declares as an input; declare it under `outputs`",
                    self.name, operand.name
                ));
            }
            BufferRole::Input | BufferRole::Output | BufferRole::Inout => {}
        }
        if !operand.types.contains(&buffer.element.scalar) {
            let types: Vec<&str> = operand.types.iter().map(|scalar| scalar.name()).collect();
            return Err(format!(
                "reference `{}` needs `{}` of {}, not {}",
                self.name,
                operand.name,
                types.join(" or "),
                buffer.element
            ));
        }
        if operand.extents.is_empty() {
            return Ok(());
        }
        let mut wanted = Vec::new();
        for name in operand.extents {
            wanted.push(self.extent_of(stage, name)?);
        }
        let mut shape = buffer.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = last.saturating_mul(u64::from(buffer.element.lanes));
        }
        let product = |extents: &[u64]| {
            let checked = |product: u64, extent: &u64| product.checked_mul(*extent);
            extents.iter().try_fold(1, checked)
        };
        let flat = shape.len() == 1 && product(&wanted) == Some(shape[0]);
        if shape == wanted || flat {
            return Ok(());
        }
        Err(format!(
            "reference `{}` needs `{}` as [{}] = {wanted:?}, not {}",
            self.name,
            operand.name,
            operand.extents.join(", "),
            described(buffer)
        ))
    }

    /// An output that nothing judges would pass whatever it holds.
    fn check_all_judged(&self, case: &Case, stage: &Stage) -> Result<(), String> {
        let known = |name: &str| self.inputs.contains(&name) || self.outputs.contains(&name);
        for name in stage.tolerance.keys() {
            if !self.outputs.contains(&name.as_str()) {
                return Err(format!(
                    "`tolerance` of `{name}`: reference `{}` judges no such output{}",
                    self.name,
                    hint(name, self.outputs.iter())
                ));
            }
        }
        // In a pipeline, what an earlier stage wrote is no output of this one.
        let earlier: Vec<usize> = case
            .stages
            .iter()
            .take_while(|other| !std::ptr::eq(*other, stage))
            .flat_map(|other| other.bindings.iter().map(|binding| binding.buffer))
            .collect();
        for binding in &stage.bindings {
            let role = case.buffers.get(binding.buffer).map(|buffer| buffer.role);
            if role == Some(BufferRole::Output)
                && !known(&binding.name)
                && !earlier.contains(&binding.buffer)
            {
                return Err(format!(
                    "output `{}` of kernel `{}` is judged by nothing: reference `{}` judges {}; declare it under `inout` if it is scratch memory, or use a WGSL reference",
                    binding.name,
                    stage.kernel,
                    self.name,
                    listed(self.outputs)
                ));
            }
        }
        Ok(())
    }

    /// `a [m, k], b [k, n], c [m, n]`.
    fn signature(&self) -> String {
        let shown: Vec<String> = self
            .operands
            .iter()
            .map(|operand| match operand.extents {
                [] => format!("`{}`", operand.name),
                extents => format!("`{}` [{}]", operand.name, extents.join(", ")),
            })
            .collect();
        shown.join(", ")
    }
}

/// `[4, 8] of f32`.
fn described(buffer: &Buffer) -> String {
    format!("{:?} of {}", buffer.shape, buffer.element)
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" and ")
}

/// ` (did you mean …?)` for the likeliest of some names, or nothing.
fn hint(name: &str, names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    nearest(name, names.iter().map(AsRef::as_ref))
        .map(|other| format!(" (did you mean `{other}`?)"))
        .unwrap_or_default()
}
