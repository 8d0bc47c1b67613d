//! What a person allows: explicit flags, never the environment.

use serde::{Deserialize, Serialize};

/// Whether times can fail a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Timing {
    /// Slower fails.
    #[default]
    Gate,
    /// Slower is printed.
    Advisory,
}

/// The policy of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Policy {
    /// `--allow undecided`.
    pub allow_undecided: bool,
    /// `--allow ungated`.
    pub allow_ungated: bool,
    /// `--allow lost`.
    pub allow_lost: bool,
    /// `--require-baseline`.
    pub require_baseline: bool,
    /// `--fail-on faster`.
    pub fail_on_faster: bool,
    /// The hardware class's, or `--timing`.
    pub timing: Timing,
}
