//! The spec format as types, imports already merged.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::kit::{Cache, Checks, Element, Mode, Nanos, Place, Ratio, UniformType};

use super::{Defaults, Expr, Range};

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

/// One spec file with everything that it imports.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The project's root: the nearest folder above the spec that holds
    /// `gate.toml`, else the parent of the spec's folder. Canonical.
    pub root: PathBuf,
    /// The spec's own file, as the user named it.
    pub file: PathBuf,
    /// All files that it was read from: its own, what it imports, and the
    /// project's `gate.toml`, which may be missing. Canonical.
    pub files: Vec<PathBuf>,
    /// The suite's name.
    pub suite: Placed<String>,
    /// The suite's limits, with gaps filled from the project's defaults.
    pub limits: Limits,
    /// Where each of these limits is written.
    pub limit_places: BTreeMap<String, Place>,
    /// The project's defaults, which `gate.toml` says.
    pub defaults: Defaults,
    /// Hardware classes, the closest first.
    pub classes: Vec<Class>,
    /// Tables that sweeps draw from, such as `model` and `length`.
    pub tables: BTreeMap<String, Table>,
    /// Kernels by name.
    pub kernels: BTreeMap<String, Kernel>,
    /// Pipelines by name.
    pub pipelines: BTreeMap<String, Pipeline>,
    /// Cases in the order of the file.
    pub cases: Vec<CaseEntry>,
}

/// Rows by name, each a map from column to integer.
pub type Table = BTreeMap<String, BTreeMap<String, i64>>;

/// Limits as written; what is missing falls through to the next outer level,
/// at last to [`Limits::builtin`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// Tolerated slowdown against the baseline.
    pub slowdown: Option<Ratio>,
    /// Confidence of the whole invocation, 0.99 for 99 %. Only on a suite.
    pub confidence: Option<f64>,
    /// Fewest and most rounds.
    pub rounds: Option<(u32, u32)>,
    /// GPU time per case and round, at most.
    pub time: Option<Nanos>,
    /// Time of the whole suite, at most. Only on a suite.
    pub budget: Option<Nanos>,
    /// Runs before timing, at least.
    pub warmup: Option<u32>,
}

impl Limits {
    /// What holds where a spec says nothing.
    #[must_use]
    pub fn builtin() -> Self {
        Self {
            slowdown: Some(Ratio(0.02)),
            confidence: Some(0.99),
            rounds: Some((3, 10)),
            time: Some(Nanos(100e6)),
            budget: Some(Nanos(60e9)),
            warmup: Some(5),
        }
    }

    /// These limits, with gaps filled from an outer level.
    #[must_use]
    pub fn or(&self, outer: &Self) -> Self {
        Self {
            slowdown: self.slowdown.or(outer.slowdown),
            confidence: self.confidence.or(outer.confidence),
            rounds: self.rounds.or(outer.rounds),
            time: self.time.or(outer.time),
            budget: self.budget.or(outer.budget),
            warmup: self.warmup.or(outer.warmup),
        }
    }
}

/// Whether times on a class of hardware can fail a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimingPolicy {
    /// Slower fails.
    #[default]
    Gate,
    /// Slower is printed.
    Advisory,
}

/// A class of hardware.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Its name, as ranges use it.
    pub name: Placed<String>,
    /// Pattern over the adapter's name: a plain substring, in which `[0-9]`
    /// and the like match one character and `*` any run of them.
    pub adapter: Option<String>,
    /// Backend that it must have.
    pub backend: Option<crate::kit::Backend>,
    /// Kind of device that it must be.
    pub kind: Option<crate::kit::DeviceKind>,
    /// Size of the last-level cache, in bytes.
    pub cache: Option<u64>,
    /// Whether times can fail a check.
    pub timing: TimingPolicy,
}

/// Where a kernel's WGSL comes from; paths are canonical and below the root.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A template in `templates/`, rendered for each variant.
    Template(Placed<PathBuf>),
    /// WGSL as written, in `shaders/`.
    Plain(Placed<PathBuf>),
}

/// One value of an axis.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AxisValue {
    /// A number.
    Int(i64),
    /// A word, such as `f16` or a table's row.
    Word(String),
    /// Several numbers, such as a 2-D workgroup; `axis.0`, `axis.1` in
    /// expressions, a list in templates.
    List(Vec<i64>),
}

/// An inclusive choice: a type by name or by an axis that holds its name.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeSpec {
    /// Written out.
    Fixed(Element),
    /// The axis (or parameter) whose value names the scalar, with the lanes.
    Axis {
        /// The axis, such as `storage`.
        axis: String,
        /// 1, or 2 to 4 in `vec4<storage>`.
        lanes: u8,
    },
}

/// What a buffer is to a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Read; verified unchanged.
    Input,
    /// Written whole; poisoned before the run.
    Output,
    /// Read and written.
    Inout,
}

/// How an input is filled, seeded.
#[derive(Clone, Debug, PartialEq)]
pub enum Fill {
    /// `normal(mean, deviation)`.
    Normal(f64, f64),
    /// `uniform(lo, hi)`: floats in [lo, hi), integers in lo..hi.
    Uniform(Bound, Bound),
    /// `zeros`.
    Zeros,
    /// `constant(x)`.
    Constant(f64),
    /// `iota`: 0, 1, 2, …
    Iota,
    /// `distinct(n)`: rows (last dimension) of distinct integers below n.
    Distinct(Expr),
    /// `softmax`: positive rows (last dimension) that sum to 1.
    Softmax,
    /// `[1, 2, 3]` or a list of numbers, repeated to length.
    Values(Vec<f64>),
}

/// Group and binding where names do not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Bind group.
    pub group: u32,
    /// Binding.
    pub binding: u32,
}

/// A buffer of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct BufferSpec {
    /// Its name, which is the WGSL variable's unless a slot is given.
    pub name: Placed<String>,
    /// What it is to the kernel.
    pub role: Role,
    /// Its element.
    pub element: Placed<TypeSpec>,
    /// Its extents; the product is the number of elements.
    pub shape: Vec<Placed<Expr>>,
    /// How it is filled; inputs and inouts only.
    pub fill: Option<Placed<Fill>>,
    /// Its slot, where given.
    pub slot: Option<Slot>,
}

/// An end of a uniform fill: an expression, or a number with decimals.
pub type Bound = Result<Expr, f64>;

/// A member of the uniform struct.
#[derive(Clone, Debug, PartialEq)]
pub struct UniformField {
    /// Its name.
    pub name: Placed<String>,
    /// Its type.
    pub ty: UniformType,
    /// Its scalars in order, column by column: each an expression, or a float
    /// written as a number. As many as the type has.
    pub values: Vec<UniformValue>,
}

/// One scalar of a uniform member.
pub type UniformValue = Result<Placed<Expr>, f64>;

/// Which `inout` buffers are restored before every run, so that each begins
/// with what was verified.
#[derive(Clone, Debug, PartialEq)]
pub enum Reset {
    /// All of them: `true`, or nothing said.
    All,
    /// These, and no other; none of them where it is `false`.
    Named(Vec<Placed<String>>),
}

/// What decides whether outputs are right.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one for each kernel; a box would only cost its readers"
)]
pub enum Reference {
    /// A built-in f64 oracle.
    BuiltIn(Placed<String>),
    /// Any WGSL that computes the same, in f32.
    Shader {
        /// Its file.
        source: Source,
        /// Its entry point.
        entry: Placed<String>,
        /// Its dispatch; the kernel's where missing.
        dispatch: Option<[Placed<Expr>; 3]>,
    },
}

/// How far an output may be from the reference.
#[derive(Clone, Debug, PartialEq)]
pub enum Tolerance {
    /// Not at all.
    Exact,
    /// `|e| <= absolute + relative * |expected|`.
    Bound {
        /// Part that grows with the value.
        relative: f64,
        /// Part that does not.
        absolute: f64,
    },
}

/// The model of a kernel's work.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkSpec {
    /// Floating-point operations.
    pub flops: Option<Placed<Expr>>,
    /// Bytes moved.
    pub bytes: Option<Placed<Expr>>,
    /// Tokens produced.
    pub tokens: Option<Placed<Expr>>,
}

/// A kernel.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// Its name and where it is declared.
    pub name: Placed<String>,
    /// Its WGSL.
    pub source: Source,
    /// Its entry point; `main` where not given.
    pub entry: Placed<String>,
    /// Gated variants: the union of these products of axes.
    pub variants: Vec<BTreeMap<String, Placed<Vec<AxisValue>>>>,
    /// Search space of `gate tune`.
    pub tune: BTreeMap<String, Placed<Vec<AxisValue>>>,
    /// Bytes that a variant moves, caches aside: what moves far more than
    /// another is not searched.
    pub traffic: Option<Placed<Expr>>,
    /// Conditions; a variant for which one fails is left out.
    pub conditions: Vec<Placed<Expr>>,
    /// Buffers in the order of the file.
    pub buffers: Vec<BufferSpec>,
    /// The uniform struct, in order.
    pub uniforms: Vec<UniformField>,
    /// Slot of the uniform struct where there are several.
    pub uniforms_slot: Option<Slot>,
    /// Pipeline-overridable constants.
    pub overrides: BTreeMap<String, Placed<UniformValue>>,
    /// Buffers restored before every run.
    pub reset: Reset,
    /// Workgroups in x, y, z.
    pub dispatch: [Placed<Expr>; 3],
    /// What decides whether outputs are right.
    pub reference: Placed<Reference>,
    /// Tolerance by output; the built-in reference's own where missing.
    pub tolerance: BTreeMap<String, Placed<Tolerance>>,
    /// Model of its work.
    pub work: WorkSpec,
    /// Latency or throughput.
    pub mode: Mode,
    /// Warm or cold.
    pub cache: Cache,
    /// Checked or not; both makes two cases.
    pub checks: Vec<Checks>,
    /// Fails where two runs differ.
    pub deterministic: bool,
    /// Its limits.
    pub limits: Limits,
}

/// A chain of kernels, timed as a whole and per stage.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Its name.
    pub name: Placed<String>,
    /// Kernels by name; a kernel may stand once.
    pub stages: Vec<Placed<String>>,
    /// Consumer's buffer (`combine.indices`) to producer's (`topk.indices`).
    pub connect: Vec<(Placed<String>, Placed<String>)>,
    /// Axes, where not those of the stages (axes of one name move together).
    pub variants: Option<Vec<BTreeMap<String, Placed<Vec<AxisValue>>>>>,
    /// Search space of `gate tune`: of its stages' axes.
    pub tune: BTreeMap<String, Placed<Vec<AxisValue>>>,
    /// Model of the whole; the stages' sum where missing.
    pub work: WorkSpec,
    /// Its limits.
    pub limits: Limits,
}

/// What a case entry measures.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A kernel.
    Kernel(Placed<String>),
    /// A pipeline.
    Pipeline(Placed<String>),
}

/// Expected ranges on one class of hardware.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectation {
    /// Time of one run, in ns.
    pub time: Option<Range>,
    /// Tokens a second; below `lo` fails.
    pub tokens_per_second: Option<Range>,
    /// 1e9 FLOP a second; below `lo` fails.
    pub gflops: Option<Range>,
    /// 1e9 bytes a second; below `lo` fails.
    pub gigabytes_per_second: Option<Range>,
}

/// An entry of `cases`, which may stand for many.
#[derive(Clone, Debug)]
pub struct CaseEntry {
    /// Where it begins.
    pub place: Place,
    /// What it measures.
    pub target: Target,
    /// A name for people.
    pub name: Option<String>,
    /// Sweeps: an axis and its values; rows where the axis is a table.
    pub sweep: Vec<(Placed<String>, Vec<Placed<AxisValue>>)>,
    /// Parameters of the shape.
    pub shape: Vec<(Placed<String>, Placed<Expr>)>,
    /// Ranges by class.
    pub expect: Vec<(Placed<String>, Placed<Expectation>)>,
    /// Mode, where not the kernel's.
    pub mode: Option<Mode>,
    /// Cache, where not the kernel's.
    pub cache: Option<Cache>,
    /// Checks, where not the kernel's.
    pub checks: Option<Vec<Checks>>,
    /// Run even where the roofline predicts far over `time`.
    pub force: bool,
    /// Limits of these cases.
    pub limits: Limits,
    /// Variants, where not those of the kernel or the pipeline.
    pub variants: Option<Vec<BTreeMap<String, Placed<Vec<AxisValue>>>>>,
}
