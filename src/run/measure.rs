//! One case in one process: prepare, verify, time.

use crate::kit::{Correctness, Lost};

use super::{Device, Handle, Job, Prepared, Round, SampleRequest};

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
    /// Verification, where it was wanted; also where outputs proved wrong only
    /// after timing.
    pub correctness: Option<Correctness>,
    /// Times; none where the output was wrong, before timing or after.
    pub round: Option<Round>,
}

/// Prepares, verifies and times one case; a wrong kernel is not timed, and
/// times of a kernel that turned out wrong are not handed on. The case is
/// released in any event.
///
/// # Errors
///
/// [`Lost`] from any step.
pub fn measure(device: &mut dyn Device, job: &Job, wanted: &Wanted) -> Result<Measured, Lost> {
    let prepared = device.prepare(job)?;
    let result = judge_and_time(device, prepared.handle, wanted);
    // A failure to release is heard at the next request; what was measured
    // stands.
    drop(device.release(prepared.handle));
    let (correctness, round) = result?;
    Ok(Measured {
        prepared,
        correctness,
        round,
    })
}

fn judge_and_time(
    device: &mut dyn Device,
    handle: Handle,
    wanted: &Wanted,
) -> Result<(Option<Correctness>, Option<Round>), Lost> {
    let correctness = if wanted.verify {
        Some(device.verify(handle)?)
    } else {
        None
    };
    let Some(request) = &wanted.sample else {
        return Ok((correctness, None));
    };
    match &correctness {
        Some(Correctness::Wrong { .. }) => return Ok((correctness, None)),
        Some(Correctness::Right { .. } | Correctness::Unknown | Correctness::NotAsked) | None => {}
    }
    let round = device.sample(handle, request)?;
    round.check()?;
    match round.after {
        Correctness::Wrong { .. } => Ok((Some(round.after), None)),
        Correctness::Right { .. } | Correctness::Unknown | Correctness::NotAsked => {
            Ok((correctness, Some(round)))
        }
    }
}
