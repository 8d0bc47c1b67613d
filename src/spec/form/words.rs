//! What all parts of a spec are written in: expressions, times, limits, axes.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::generate::{NUMBER, UNIT, parameters};

/// Some text.
#[derive(JsonSchema)]
#[schemars(inline)]
pub(super) struct Text(#[schemars(regex(pattern = r"\S"))] String);

/// One text, or a list of them.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Texts {
    One(Text),
    Many(Vec<Text>),
}

/// An integer, or an expression of 64-bit integers over the shape, the variant,
/// rows of tables (`model.hidden`) and, in `where`, `device.…`: numbers and names
/// with `+ - * / %` (`/` drops the fraction), comparisons, `and`, `or`, `not`,
/// `min`, `max`, `ceil_div` and `size_of`, as in `ceil_div(n, workgroup)`.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Expression {
    Integer(i64),
    Text(Text),
}

/// A number, or an expression of integers.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum NumberOrExpression {
    Number(f64),
    Text(Text),
}

/// A time with its unit: `100ms`, `60 s`, `15 us`.
#[derive(JsonSchema)]
pub(super) struct Time(#[schemars(regex(pattern = format!(r"^\s*{NUMBER}\s*{UNIT}\s*$")))] String);

/// A share: `2%`, or `0.02`.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Share {
    Percent(#[schemars(regex(pattern = format!(r"^\s*{NUMBER}\s*%?\s*$")))] String),
    Fraction(#[schemars(range(min = 0))] f64),
}

/// How many rounds (fresh processes): the fewest and the most, as `3..10`, or
/// exactly so many.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Rounds {
    Range(#[schemars(regex(pattern = r"^\s*[0-9]+\s*(\.\.\s*[0-9]+\s*)?$"))] String),
    Exactly(#[schemars(range(min = 1, max = 1000))] u32),
}

/// Limits of one kernel, pipeline or case, where not those around it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct CaseLimits {
    /// The slowdown that is tolerated: a change beyond it is slower.
    slowdown: Option<Share>,
    /// Rounds, each in a fresh process: the fewest and the most.
    rounds: Option<Rounds>,
    /// GPU time of the case in each round, at most.
    time: Option<Time>,
    /// Runs before timing, at least, and until times agree.
    #[schemars(range(min = 0, max = 100_000))]
    warmup: Option<u32>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
pub(super) enum Mode {
    Latency,
    Throughput,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
pub(super) enum Cache {
    Warm,
    Cold,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
pub(super) enum Check {
    Checked,
    Unchecked,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum Checks {
    One(Check),
    Many(#[schemars(length(min = 1), extend("uniqueItems" = true))] Vec<Check>),
}

/// Axes with their values, multiplied; or a list of such products.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Variants {
    One(Axes),
    Many(#[schemars(length(min = 1))] Vec<Axes>),
}

/// Axes with their values, multiplied.
#[derive(JsonSchema)]
#[schemars(extend("propertyNames" = parameters()))]
pub(super) struct Axes(BTreeMap<String, AxisValues>);

/// The values of an axis: one, or a list.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum AxisValues {
    One(AxisScalar),
    Many(#[schemars(length(min = 1), extend("uniqueItems" = true))] Vec<AxisValue>),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum AxisScalar {
    Integer(i64),
    Word(AxisWord),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum AxisValue {
    Integer(i64),
    Word(AxisWord),
    List(#[schemars(length(min = 1, max = 16))] Vec<i64>),
}

/// A word such as `f16`, which is no number.
#[derive(JsonSchema)]
#[schemars(inline)]
pub(super) struct AxisWord(
    #[schemars(
        regex(pattern = "^[A-Za-z0-9_.<>-]+$"),
        length(max = 64),
        extend("not" = {"pattern": "^[+-]?[0-9]+$"})
    )]
    String,
);

/// Expressions, or one.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum Expressions {
    One(Expression),
    Many(Vec<Expression>),
}

/// A model of the work of one run.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Work {
    /// Floating-point operations.
    flops: Option<Expression>,
    /// Bytes moved.
    bytes: Option<Expression>,
    /// Tokens produced.
    tokens: Option<Expression>,
}
