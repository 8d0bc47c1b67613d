//! A case: everything about one measurement that can be said without a device.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::kit::{
    Cache, CaseId, Checks, Element, LeftOut, Mode, Nanos, Place, Ratio, UniformType, Work,
};
use crate::spec::{Class, Expectation, Expr, SpecError};

use super::Tuned;

/// What can go wrong while planning: always a mistake in the spec.
#[derive(Clone, Debug, Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct PlanError(pub Vec<SpecError>);

/// The plan of one suite.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The suite's name.
    pub suite: String,
    /// Confidence of the whole invocation.
    pub confidence: f64,
    /// Time of the whole suite, at most.
    pub budget: Nanos,
    /// Hardware classes, the closest first.
    pub classes: Vec<Class>,
    /// The root that paths are below.
    pub root: PathBuf,
    /// Cases that run, in a stable order: by identity, as people read it
    /// (`tokens=32` before `tokens=128`).
    pub cases: Vec<Case>,
    /// Cases that do not, each with its reason, in the same order.
    pub left_out: Vec<(CaseId, LeftOut)>,
    /// How many cases the filter took away.
    pub filtered: usize,
}

/// A parameter that templates and expressions see.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parameter {
    /// A number.
    Int(i64),
    /// A word.
    Word(String),
    /// Several numbers.
    List(Vec<i64>),
}

/// Limits of one case, all levels resolved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseLimits {
    /// Tolerated slowdown against the baseline.
    pub slowdown: Ratio,
    /// Fewest rounds.
    pub min_rounds: u32,
    /// Most rounds.
    pub max_rounds: u32,
    /// GPU time per round, at most.
    pub time: Nanos,
    /// Runs before timing, at least.
    pub warmup: u32,
}

/// What is expected of a case on one class of hardware.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The class.
    pub class: String,
    /// The ranges.
    pub expectation: Expectation,
    /// Where they are written.
    pub place: Place,
}

/// One case: a kernel or pipeline, at a shape, in a variant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    /// What it is.
    pub id: CaseId,
    /// Its suite.
    pub suite: String,
    /// Kernel or pipeline.
    pub kernel: String,
    /// Names that people gave it.
    pub names: Vec<String>,
    /// Buffers of all stages; a connected pair is one buffer.
    pub buffers: Vec<Buffer>,
    /// One stage for a kernel, several for a pipeline.
    pub stages: Vec<Stage>,
    /// Latency or throughput.
    pub mode: Mode,
    /// Warm or cold.
    pub cache: Cache,
    /// Checked or not.
    pub checks: Checks,
    /// Fails where two runs differ.
    pub deterministic: bool,
    /// Runs even where the roofline predicts far over `time`.
    pub force: bool,
    /// Its limits.
    pub limits: CaseLimits,
    /// Its work; per stage in the stages.
    pub work: Work,
    /// Ranges by class, in no order.
    #[serde(skip)]
    pub expected: Vec<Expected>,
    /// Where it is written.
    pub place: Place,
    /// Its part in a search, where its kernel or pipeline has a `tune` space.
    #[serde(skip)]
    pub tuned: Option<Tuned>,
}

/// What a buffer is to the whole case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BufferRole {
    /// Generated; never written.
    Input,
    /// Written by a stage, poisoned before.
    Output,
    /// Generated, read and written.
    Inout,
}

/// A fill with its expressions evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FillPlan {
    /// Normal with mean and deviation.
    Normal(f64, f64),
    /// Uniform in [lo, hi).
    Uniform(f64, f64),
    /// Zeros.
    Zeros,
    /// One value.
    Constant(f64),
    /// 0, 1, 2, …
    Iota,
    /// Rows of distinct integers below a bound.
    Distinct(u64),
    /// Positive rows that sum to 1.
    Softmax,
    /// Values, repeated to length.
    Values(Vec<f64>),
}

/// A buffer of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Buffer {
    /// Its name; with the stage before a dot in a pipeline.
    pub name: String,
    /// What it is to the case.
    pub role: BufferRole,
    /// Its element.
    pub element: Element,
    /// Its extents.
    pub shape: Vec<u64>,
    /// How it is filled; none for outputs.
    pub fill: Option<FillPlan>,
}

impl Buffer {
    /// Elements.
    #[must_use]
    pub fn elements(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Scalars, without a `vec3`'s padding.
    #[must_use]
    pub fn scalars(&self) -> u64 {
        self.elements() * u64::from(self.element.lanes)
    }

    /// Bytes, a `vec3`'s padding included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.elements() * self.element.stride()
    }
}

/// Where the WGSL of a stage comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourcePlan {
    /// A template, rendered with the stage's parameters.
    Template(PathBuf),
    /// WGSL as written.
    Plain(PathBuf),
}

impl SourcePlan {
    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Template(path) | Self::Plain(path) => path,
        }
    }
}

/// Ties a WGSL variable to a buffer of the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The buffer's name within the stage: the WGSL variable's, unless a slot
    /// is given.
    pub name: String,
    /// Index into [`Case::buffers`].
    pub buffer: usize,
    /// Group and binding, where given.
    pub slot: Option<(u32, u32)>,
}

/// A member of the uniform struct with its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UniformPlan {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: UniformType,
    /// Its scalars, as many as the type has, column by column.
    pub values: Vec<f64>,
}

/// A reference with its expressions evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferencePlan {
    /// A built-in f64 oracle.
    BuiltIn(String),
    /// WGSL.
    Shader {
        /// Its file.
        source: SourcePlan,
        /// Its entry point.
        entry: String,
        /// Its dispatch.
        dispatch: [u32; 3],
    },
}

/// How far an output may be from the reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TolerancePlan {
    /// Not at all.
    Exact,
    /// `|e| <= absolute + relative * |expected|`.
    Bound {
        /// Part that grows with the value.
        relative: f64,
        /// Part that does not.
        absolute: f64,
    },
    /// The built-in reference's own rule.
    Reference,
}

/// Where in the spec parts of a stage are written, for errors about them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StagePlaces {
    /// The kernel's name.
    pub kernel: Option<Place>,
    /// The entry point, where one is named.
    pub entry: Option<Place>,
    /// Overrides, by name.
    pub overrides: BTreeMap<String, Place>,
    /// Buffers, by their names within the stage.
    pub buffers: BTreeMap<String, Place>,
    /// Tolerances, by output.
    pub tolerance: BTreeMap<String, Place>,
}

/// One dispatch of a case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stage {
    /// The kernel's name.
    pub kernel: String,
    /// Its WGSL.
    pub source: SourcePlan,
    /// Its entry point.
    pub entry: String,
    /// What a template sees: shape and variant, and nothing of the device, so
    /// that one variant has one text. A searched axis (`tune`) stands here
    /// with its pick, which is no part of the identity.
    pub parameters: BTreeMap<String, Parameter>,
    /// The variant's axes alone.
    pub variant: BTreeMap<String, Parameter>,
    /// Pipeline-overridable constants.
    pub overrides: BTreeMap<String, f64>,
    /// Buffers.
    pub bindings: Vec<Binding>,
    /// The uniform struct, in order; empty where there is none.
    pub uniforms: Vec<UniformPlan>,
    /// Slot of the uniform struct, where given.
    pub uniforms_slot: Option<(u32, u32)>,
    /// Workgroups.
    pub dispatch: [u64; 3],
    /// Buffers of the case that are restored before every run.
    pub reset: Vec<usize>,
    /// What decides whether outputs are right.
    pub reference: ReferencePlan,
    /// Where the kernel's `reference` is written.
    pub reference_place: Place,
    /// Where else in the spec what stands here is written.
    pub places: Arc<StagePlaces>,
    /// Tolerance by output's name within the stage.
    pub tolerance: BTreeMap<String, TolerancePlan>,
    /// Work of this stage.
    pub work: Work,
    /// Conditions that only a device can decide, with their text.
    #[serde(skip)]
    pub conditions: Vec<Expr>,
}
