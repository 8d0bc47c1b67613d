//! Why a case is not run on this device.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Bytes, Nanos};

/// A reason that leaves a case out: listed and counted, never hidden, and the
/// case is never shrunk to fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Error)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// A condition of the spec does not hold.
    #[error("`where: {condition}` does not hold{}", because(values))]
    Where {
        /// The condition, as it is written.
        condition: String,
        /// What its names stand for here, such as `workgroup is 512`, or why
        /// it has no value here.
        values: String,
    },
    /// A feature that the device lacks.
    #[error("the device has no {0}")]
    Feature(String),
    /// Over a limit of the device.
    #[error("{what} is {needed}, and the device's limit is {limit}")]
    Limit {
        /// What is over the limit.
        what: String,
        /// How much the case needs.
        needed: u64,
        /// How much the device offers.
        limit: u64,
    },
    /// More memory than the device has, or the gate will take.
    #[error("needs {needed} of device memory, and {limit} is the most that is taken")]
    Memory {
        /// All buffers together.
        needed: Bytes,
        /// The most that is taken.
        limit: Bytes,
    },
    /// The roofline says that it would take far longer than its share.
    #[error(
        "would take about {predicted} a run on this device, more than ten times `time: {time}`; `force: true` on the case runs it all the same"
    )]
    TooSlow {
        /// By the device's measured ceilings.
        predicted: Nanos,
        /// `limits.time` of the case.
        time: Nanos,
    },
    /// It was measured before, and not in what is judged.
    #[error("it was recorded before and is not in what is compared with that")]
    Gone,
    /// A baseline holds it, and no spec gives it any more.
    #[error(
        "its baseline has it, and no spec gives it any more: was it renamed or removed? `gate update-baselines` leaves it in the file, from where its line can be deleted"
    )]
    Unplanned,
    /// The kernel is wrong or unproven without wgpu's checks.
    #[error("unchecked runs only after the checked form verified, and it did not")]
    CheckedFormFailed,
}

/// The end of a sentence that says why.
fn because(values: &str) -> String {
    if values.is_empty() {
        String::new()
    } else {
        format!(": {values}")
    }
}
