//! The built-in references by name, and what each asks of a kernel.

use crate::kit::Scalar;
use crate::plan::{Buffer, BufferRole, Case, Parameter, Stage};

use super::product::Layout;

/// What a built-in reference asks of a kernel.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its name in specs.
    pub name: &'static str,
    /// Buffers that the kernel must have, by name.
    pub inputs: &'static [&'static str],
    /// Outputs that it judges, by name.
    pub outputs: &'static [&'static str],
    /// Shape parameters that it reads.
    pub parameters: &'static [&'static str],
    /// How it judges.
    pub(super) family: Family,
    /// Shape and type of each buffer.
    operands: &'static [Operand],
}

/// How a built-in reference judges.
#[derive(Clone, Copy, Debug)]
pub(super) enum Family {
    /// A matrix product, its buffers by name.
    Product {
        /// Left operand.
        a: &'static str,
        /// Right operand.
        b: &'static str,
        /// Result.
        c: &'static str,
        /// How the right operand lies.
        layout: Layout,
    },
    /// Softmax and the largest k.
    TopK,
    /// Weighted sum of experts' outputs.
    Combine,
    /// The same values.
    Copy,
}

/// A buffer as a reference wants it.
#[derive(Clone, Copy, Debug)]
struct Operand {
    name: &'static str,
    /// Extents by parameter; empty where any will do.
    extents: &'static [&'static str],
    types: &'static [Scalar],
}

const FLOATS: &[Scalar] = &[Scalar::F32, Scalar::F16];
const INTEGERS: &[Scalar] = &[Scalar::U32, Scalar::I32];
const ANY: &[Scalar] = &[Scalar::F32, Scalar::F16, Scalar::U32, Scalar::I32];

const fn operand(
    name: &'static str,
    extents: &'static [&'static str],
    types: &'static [Scalar],
) -> Operand {
    Operand {
        name,
        extents,
        types,
    }
}

const COMBINE: BuiltIn = BuiltIn {
    name: "combine",
    inputs: &["expert_outputs", "indices", "weights"],
    outputs: &["out"],
    parameters: &["tokens", "hidden", "experts", "k"],
    family: Family::Combine,
    operands: &[
        operand("expert_outputs", &["experts", "tokens", "hidden"], FLOATS),
        operand("indices", &["tokens", "k"], INTEGERS),
        operand("weights", &["tokens", "k"], FLOATS),
        operand("out", &["tokens", "hidden"], FLOATS),
    ],
};

static BUILT_INS: [BuiltIn; 8] = [
    COMBINE,
    BuiltIn {
        name: "copy",
        inputs: &["src"],
        outputs: &["dst"],
        parameters: &[],
        family: Family::Copy,
        operands: &[operand("src", &[], ANY), operand("dst", &[], ANY)],
    },
    BuiltIn {
        name: "matmul",
        inputs: &["a", "b"],
        outputs: &["c"],
        parameters: &["m", "n", "k"],
        family: Family::Product {
            a: "a",
            b: "b",
            c: "c",
            layout: Layout::Across,
        },
        operands: &[
            operand("a", &["m", "k"], FLOATS),
            operand("b", &["k", "n"], FLOATS),
            operand("c", &["m", "n"], FLOATS),
        ],
    },
    BuiltIn {
        name: "matmul_nk",
        inputs: &["a", "b"],
        outputs: &["c"],
        parameters: &["m", "n", "k"],
        family: Family::Product {
            a: "a",
            b: "b",
            c: "c",
            layout: Layout::Along,
        },
        operands: &[
            operand("a", &["m", "k"], FLOATS),
            operand("b", &["n", "k"], FLOATS),
            operand("c", &["m", "n"], FLOATS),
        ],
    },
    BuiltIn {
        name: "matvec",
        inputs: &["x", "w"],
        outputs: &["y"],
        parameters: &["m", "n", "k"],
        family: Family::Product {
            a: "x",
            b: "w",
            c: "y",
            layout: Layout::Across,
        },
        operands: &[
            operand("x", &["m", "k"], FLOATS),
            operand("w", &["k", "n"], FLOATS),
            operand("y", &["m", "n"], FLOATS),
        ],
    },
    BuiltIn {
        name: "matvec_nk",
        inputs: &["x", "w"],
        outputs: &["y"],
        parameters: &["m", "n", "k"],
        family: Family::Product {
            a: "x",
            b: "w",
            c: "y",
            layout: Layout::Along,
        },
        operands: &[
            operand("x", &["m", "k"], FLOATS),
            operand("w", &["n", "k"], FLOATS),
            operand("y", &["m", "n"], FLOATS),
        ],
    },
    BuiltIn {
        name: "scatter_add",
        ..COMBINE
    },
    BuiltIn {
        name: "topk",
        inputs: &["logits"],
        outputs: &["indices", "weights"],
        parameters: &["tokens", "experts", "k"],
        family: Family::TopK,
        operands: &[
            operand("logits", &["tokens", "experts"], FLOATS),
            operand("indices", &["tokens", "k"], INTEGERS),
            operand("weights", &["tokens", "k"], FLOATS),
        ],
    },
];

/// The built-in reference of a name.
///
/// | name | computes | for the parameters |
/// |---|---|---|
/// | `matmul` | `c [m, n] = a [m, k] * b [k, n]` | `m`, `n`, `k` |
/// | `matmul_nk` | the same with `b [n, k]` | `m`, `n`, `k` |
/// | `matvec` | `y [m, n] = x [m, k] * w [k, n]` | `m`, `n`, `k` |
/// | `matvec_nk` | the same with `w [n, k]` | `m`, `n`, `k` |
/// | `topk` | `indices`, `weights [tokens, k]` of `logits [tokens, experts]` | `tokens`, `experts`, `k` |
/// | `combine`, `scatter_add` | `out [tokens, hidden]` of `expert_outputs [experts, tokens, hidden]`, `indices` and `weights [tokens, k]`; added to what an `inout` buffer held | `tokens`, `hidden`, `experts`, `k` |
/// | `copy` | `dst` as `src` | none |
#[must_use]
pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_INS.iter().find(|found| found.name == name)
}

/// All names, for did-you-mean.
#[must_use]
pub fn built_in_names() -> Vec<&'static str> {
    BUILT_INS.iter().map(|found| found.name).collect()
}

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

    fn extent(&self, stage: &Stage, name: &str) -> Result<u64, String> {
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
                "reference `{}` reads the parameter `{name}`, which the case does not give{}; add `{name}` to its `shape`",
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
                    "reference `{}` needs a buffer `{name}`, and kernel `{}` has none of that name{}; its buffers must be {}",
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
            wanted.push(self.extent(stage, name)?);
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

/// `; did you mean …?` for the likeliest of some names, or nothing.
fn hint(name: &str, names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    /// Jaro-Winkler similarity from which a name is worth suggesting.
    const SIMILAR: f64 = 0.7;
    names
        .into_iter()
        .map(|other| (strsim::jaro_winkler(name, other.as_ref()), other))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| format!("; did you mean `{}`?", other.as_ref()))
        .unwrap_or_default()
}
