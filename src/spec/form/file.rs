//! A file, its limits, its tables and its classes of hardware.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::json;

use super::case::{Case, Pipeline};
use super::generate::{NUMBER, identifiers, names, of_a_file, parameters};
use super::kernel::Kernel;
use super::words::{Rounds, Share, Text, Texts, Time};

/// A spec of gate: what to measure, and what to expect. A file without `suite`
/// and `cases` is one for specs to import.
#[derive(JsonSchema)]
#[schemars(title = "gate spec, format 1", transform = of_a_file)]
pub(super) struct File {
    /// The version of this format.
    #[schemars(range(min = 1, max = 1))]
    gate: Option<u32>,
    /// Name of the suite: the first part of its cases' identities, and the name
    /// of its baseline file.
    suite: Option<Suite>,
    /// Files whose classes, tables, kernels and pipelines are used here, relative
    /// to this one.
    import: Option<Texts>,
    /// Limits of the suite; a kernel's and a case's own go before them.
    limits: Option<SuiteLimits>,
    /// Classes of hardware, the closest first.
    classes: Option<Vec<Class>>,
    /// Tables of numbers that sweeps draw from: rows by name, columns by name.
    #[schemars(extend("propertyNames" = parameters()))]
    tables: Option<BTreeMap<String, Table>>,
    /// Kernels by name.
    #[schemars(extend("propertyNames" = names()))]
    kernels: Option<BTreeMap<String, Kernel>>,
    /// Chains of kernels by name, timed as a whole and by stage.
    #[schemars(extend("propertyNames" = names()))]
    pipelines: Option<BTreeMap<String, Pipeline>>,
    /// What is measured.
    #[schemars(length(min = 1))]
    cases: Option<Vec<Case>>,
    /// A table, in a file that specs import.
    #[schemars(flatten)]
    named: BTreeMap<String, Table>,
}

/// Rows by name, each with its numbers by column.
#[derive(JsonSchema)]
#[schemars(extend("minProperties" = 1))]
pub(super) struct Table(BTreeMap<String, Row>);

/// The numbers of a row, by column.
#[derive(JsonSchema)]
#[schemars(extend("propertyNames" = identifiers()))]
pub(super) struct Row(BTreeMap<String, i64>);

/// A suite's name.
#[derive(JsonSchema)]
pub(super) struct Suite(
    #[schemars(regex(pattern = "^\\s*[0-9_-]*[A-Za-z][A-Za-z0-9_-]*\\s*$"), extend("not" = json!({"const": "device"})))]
     String,
);

/// Limits of a suite.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct SuiteLimits {
    /// The slowdown that is tolerated: a change beyond it is slower [default: 2%].
    slowdown: Option<Share>,
    /// Confidence of the whole invocation, split over all of its cases [default: 99%].
    confidence: Option<Share>,
    /// Rounds, each in a fresh process: the fewest and the most [default: 3..10].
    rounds: Option<Rounds>,
    /// GPU time of each case in each round, at most [default: 100ms].
    time: Option<Time>,
    /// Host time of the suite; what is open then is undecided [default: 60s].
    budget: Option<Time>,
    /// Runs before timing, at least, and until times agree [default: 5].
    #[schemars(range(min = 0, max = 100_000))]
    warmup: Option<u32>,
}

/// A class of hardware. A device belongs to every class that matches it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Class {
    /// Its name, which `expect` uses.
    #[schemars(extend("pattern" = r"^\s*[0-9_-]*[A-Za-z][A-Za-z0-9_-]*\s*$"))]
    name: String,
    /// What a device of the class is like; `{}` is every device.
    #[schemars(rename = "match")]
    matches: Match,
    /// Size of its last-level cache, as `50 MiB`, which `cache: cold` exceeds.
    #[schemars(regex(pattern = format!(r"^\s*{NUMBER}\s*(B|KiB|MiB|GiB|kB|KB|MB|GB)\s*$")))]
    cache: Option<String>,
    /// Whether times can fail a check there.
    timing: Option<Timing>,
}

/// What a device is like. All that is said has to hold.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Match {
    /// A part of the adapter's name, with `*` for any run of characters and sets
    /// such as `[0-9]`.
    adapter: Option<Text>,
    /// Its backend.
    backend: Option<Backend>,
    /// Its kind.
    #[schemars(rename = "type")]
    kind: Option<Kind>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
pub(super) enum Backend {
    Vulkan,
    Metal,
    Dx12,
    Browser,
    Replay,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
pub(super) enum Kind {
    Discrete,
    Integrated,
    Virtual,
    Cpu,
    Other,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
pub(super) enum Timing {
    Gate,
    Advisory,
}
