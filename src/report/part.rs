//! One part of a plan, and what it takes to judge it together with the others.

use serde::{Deserialize, Serialize};

use crate::kit::{CaseId, Nanos};
use crate::verdict::Policy;

/// Which part of a plan a report is of, and of which plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Part {
    /// Which part, from 1.
    pub part: u32,
    /// How many parts there are.
    pub of: u32,
    /// How many cases the confidence is shared among: those of the whole plan.
    pub shares: usize,
    /// What was selected of the specs: each `--filter`.
    pub filter: Vec<String>,
    /// And each `--exclude`.
    pub exclude: Vec<String>,
    /// The suites of the plan.
    pub suites: Vec<SuitePart>,
    /// All cases of the plan that this device can run, in the plan's order.
    pub plan: Vec<Planned>,
    /// Cases of this part that were timed, with what a report does not say
    /// elsewhere and judging takes.
    pub timed: Vec<Timed>,
    /// Digest of the whole report but this: one that was cut or changed since it
    /// was written is no measurement.
    pub seal: String,
}

/// A suite of a plan. Digests are of what must be the same in all parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SuitePart {
    /// The suite.
    pub suite: String,
    /// What is allowed in it.
    pub policy: Policy,
    /// Digest of what its spec says of its cases.
    pub spec: String,
    /// Digest of its WGSL.
    pub shaders: String,
    /// Digest of its limits.
    pub limits: String,
    /// Digest of this device's baselines of it.
    pub baselines: String,
    /// Cases that the baseline has and the spec gives no more.
    pub unplanned: Vec<CaseId>,
}

/// A case of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Planned {
    /// What it is.
    pub id: CaseId,
    /// The part that it is in.
    pub part: u32,
}

/// A case that was timed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Timed {
    /// What it is.
    pub id: CaseId,
    /// The clock's step, shared among the dispatches that were timed together.
    pub tick: Nanos,
    /// Fewest rounds, and most.
    pub rounds: (usize, usize),
}
