//! How much a case does, from its spec's model of its work.

use serde::{Deserialize, Serialize};

/// The least work that one run of a case must do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Work {
    /// Floating-point operations.
    pub flops: Option<f64>,
    /// Bytes moved to and from memory, each input read once and each output
    /// written once.
    pub bytes: Option<f64>,
    /// Tokens produced.
    pub tokens: Option<f64>,
}
