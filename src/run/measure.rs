//! One case in one process: prepare, verify, time.

use crate::kit::{Correctness, Lost, LostCause, Step};

use super::{Device, Job, Prepared, Round, SampleRequest};

/// What is wanted of a measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// Verify before timing.
    pub verify: bool,
    /// Time it; none verifies only.
    pub sample: Option<SampleRequest>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Compile and first-run time.
    pub prepared: Prepared,
    /// Verification, where it was wanted.
    pub correctness: Option<Correctness>,
    /// Times; none where the output was wrong.
    pub round: Option<Round>,
}

/// Prepares, verifies and times one case; a wrong kernel is not timed.
///
/// # Errors
///
/// [`Lost`] from any step.
pub fn measure(device: &mut dyn Device, job: &Job, wanted: &Wanted) -> Result<Measured, Lost> {
    let _ = (device, job, wanted, Correctness::Unknown);
    Err(Lost::new(
        Step::Prepare,
        LostCause::Protocol("not built yet".into()),
    ))
}
