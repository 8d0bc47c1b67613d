//! One part of a plan, and what it takes to judge it together with the others.

use serde::{Deserialize, Serialize};

use crate::kit::{CaseId, Nanos};
use crate::stats::Located;
use crate::verdict::Policy;

/// Which part of a plan a report is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Which part, from 1.
    pub part: u32,
    /// How many parts there are.
    pub of: u32,
    /// Digest of the whole plan: cases, their code, limits and baselines, the
    /// policies, the device. Parts belong together where it is the same.
    pub plan: String,
    /// Cases of the whole plan: what the confidence is shared among.
    pub cases: usize,
    /// The policy of each suite.
    pub policies: Vec<SuitePolicy>,
    /// The cases of this part, in plan order.
    pub entries: Vec<PartCase>,
}

/// The policy that a suite is judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuitePolicy {
    /// The suite.
    pub suite: String,
    /// What is allowed in it.
    pub policy: Policy,
}

/// A case of a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartCase {
    /// What it is.
    pub id: CaseId,
    /// Its position in the whole plan, from 0.
    pub position: usize,
    /// The other side of its comparison; none where there is none.
    pub compared: Option<Compared>,
}

/// What the rounds of a case are compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The baseline's rounds.
    pub before: Vec<Located>,
    /// The clock's step over one timed span.
    pub tick: Nanos,
    /// Rounds at the first look and at the last.
    pub planned: (usize, usize),
    /// Whether the baseline is of the same WGSL.
    pub same_code: bool,
}
