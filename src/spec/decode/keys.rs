//! The keys that each map of a spec can have.
//!
//! Read by the decoders, and held against the published JSON Schema by a test:
//! what an editor offers is what the gate reads.

pub(in crate::spec) const FILE: &[&str] = &[
    "gate",
    "suite",
    "import",
    "limits",
    "classes",
    "tables",
    "kernels",
    "pipelines",
    "cases",
];

/// Settings of a `gate.toml`.
pub(in crate::spec) const PROJECT: &[&str] = &[
    "baselines",
    "deadline",
    "timing",
    "require-baseline",
    "allow",
    "fail-on",
    "limits",
];

pub(in crate::spec) const KERNEL: &[&str] = &[
    "template",
    "shader",
    "entry",
    "variants",
    "tune",
    "traffic",
    "where",
    "inputs",
    "outputs",
    "inout",
    "uniforms",
    "uniforms_slot",
    "overrides",
    "reset",
    "dispatch",
    "reference",
    "tolerance",
    "work",
    "mode",
    "cache",
    "checks",
    "deterministic",
    "limits",
];

pub(in crate::spec) const BUFFER: &[&str] = &["type", "shape", "fill", "group", "binding"];

pub(in crate::spec) const SLOT: &[&str] = &["group", "binding"];

pub(in crate::spec) const UNIFORM: &[&str] = &["type", "value"];

pub(in crate::spec) const REFERENCE: &[&str] = &["shader", "template", "entry", "dispatch"];

pub(in crate::spec) const TOLERANCE: &[&str] = &["relative", "absolute"];

pub(in crate::spec) const WORK: &[&str] = &["flops", "bytes", "tokens"];

pub(in crate::spec) const PIPELINE: &[&str] =
    &["stages", "connect", "variants", "tune", "work", "limits"];

pub(in crate::spec) const CASE: &[&str] = &[
    "kernel", "pipeline", "name", "sweep", "shape", "variants", "expect", "mode", "cache",
    "checks", "force", "limits",
];

pub(in crate::spec) const EXPECTATION: &[&str] = &[
    "time",
    "tokens_per_second",
    "gflops",
    "gigabytes_per_second",
];

pub(in crate::spec) const CLASS: &[&str] = &["name", "match", "cache", "timing"];

pub(in crate::spec) const MATCH: &[&str] = &["adapter", "backend", "type"];

/// Limits of a suite: all that there are.
pub(in crate::spec) const SUITE_LIMITS: &[&str] = &[
    "slowdown",
    "confidence",
    "rounds",
    "time",
    "budget",
    "warmup",
];

/// Limits that one case can have of its own.
pub(in crate::spec) const CASE_LIMITS: &[&str] = &["slowdown", "rounds", "time", "warmup"];
