//! Pipelines, cases and what is expected of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::generate::{NUMBER, UNIT, parameters};
use super::words::{AxisValues, Cache, CaseLimits, Checks, Expression, Mode, Text, Variants, Work};

/// A chain of kernels, timed as a whole and by stage.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Pipeline {
    /// Its kernels, in order.
    stages: Stages,
    /// Which buffer is which: a consumer's (`combine.indices`) to a producer's
    /// (`topk.indices`).
    connect: Option<BTreeMap<String, Text>>,
    /// Axes, where not those of the stages.
    variants: Option<Variants>,
    /// Axes of its stages that `gate tune` searches, those of one name together.
    #[schemars(extend("propertyNames" = parameters()))]
    tune: Option<BTreeMap<String, AxisValues>>,
    /// A model of the whole; the stages' sum where missing.
    work: Option<Work>,
    /// Limits of its cases.
    limits: Option<CaseLimits>,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum Stages {
    One(Text),
    Many(#[schemars(length(min = 1))] Vec<Text>),
}

/// A case, or many by `sweep`: a kernel or a pipeline at a shape.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    extend("oneOf" = [{"required": ["kernel"]}, {"required": ["pipeline"]}])
)]
pub(super) struct Case {
    /// The kernel that is measured.
    kernel: Option<Text>,
    /// The pipeline that is measured.
    pipeline: Option<Text>,
    /// A name for people.
    #[schemars(length(max = 100), regex(pattern = r"\S"))]
    name: Option<String>,
    /// Axes of cases: numbers, or rows where the axis is a table.
    #[schemars(extend("propertyNames" = parameters()))]
    sweep: Option<BTreeMap<String, AxisValues>>,
    /// Parameters of the shape.
    #[schemars(extend("propertyNames" = parameters()))]
    shape: Option<BTreeMap<String, Expression>>,
    /// Variants, where not the kernel's own.
    variants: Option<Variants>,
    /// Ranges by class of hardware.
    expect: Option<BTreeMap<String, Expectation>>,
    /// What its time means, where not the kernel's.
    mode: Option<Mode>,
    /// Whether inputs are in the cache, where not the kernel's.
    cache: Option<Cache>,
    /// wgpu's run-time checks, where not the kernel's.
    checks: Option<Checks>,
    /// Run even where the roofline predicts far more than `limits.time`.
    force: Option<bool>,
    /// Limits of these cases.
    limits: Option<CaseLimits>,
}

/// A range of times, or ranges of times and rates.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Expectation {
    Time(TimeRange),
    Several(Ranges),
}

/// Ranges of times and rates.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1))]
pub(super) struct Ranges {
    /// Time of one run.
    time: Option<TimeRange>,
    /// Tokens a second; below the range fails.
    tokens_per_second: Option<RateRange>,
    /// 1e9 floating-point operations a second; below the range fails.
    gflops: Option<RateRange>,
    /// 1e9 bytes a second; below the range fails.
    gigabytes_per_second: Option<RateRange>,
}

/// `1-3 ms`, `< 0.5 ms`, `> 2 us`.
#[derive(JsonSchema)]
pub(super) struct TimeRange(
    #[schemars(regex(pattern = format!(r"^\s*([<>]\s*{NUMBER}\s*{UNIT}|{NUMBER}\s*{UNIT}?\s*[-–]\s*{NUMBER}\s*{UNIT})\s*$")))]
     String,
);

/// `300-1000`, `> 300`, `< 1000`.
#[derive(JsonSchema)]
pub(super) struct RateRange(
    #[schemars(regex(pattern = format!(r"^\s*([<>]\s*{NUMBER}|{NUMBER}\s*[-–]\s*{NUMBER})\s*$")))]
    String,
);
