//! Whether later runs do the work that the first one did: a case is timed in
//! hundreds of runs, of which each finds what the one before it left.
//!
//! What is restored before each run is the same for all. What is not is a
//! buffer under `inout` that the spec lets carry on, and outputs, which were
//! poisoned once. A kernel that finds itself done, and returns, would be timed
//! at nothing, with outputs that are right.

use crate::kit::{Lost, Mismatch, MismatchKind, Step};
use crate::oracle::{self, Leftover};

use super::context::Context;
use super::prepared::Prepared;
use super::verify::{Contents, begin_with, by_stage, written};

/// Runs a case that accumulates once more, on what a run left in the buffers
/// that carry on and on outputs that are poisoned anew, and judges it by its
/// reference on the same.
///
/// # Errors
///
/// [`Lost`] at [`Step::Verify`]; a wrong output is no error.
pub(super) fn carried_on(
    context: &Context,
    prepared: &Prepared,
    left: &Contents,
) -> Result<Result<(), Mismatch>, Lost> {
    if !prepared.buffers.accumulates() {
        return Ok(Ok(()));
    }
    let start: Contents = left
        .iter()
        .enumerate()
        .map(|(index, bytes)| {
            let carries_on = prepared.buffers.carries_on(index);
            bytes.clone().filter(|_| carries_on)
        })
        .collect();
    let (_, judged) = by_stage(context, prepared, &start)?;
    Ok(judged.or_else(|mismatch| later(mismatch, MismatchKind::Repeated)))
}

/// Runs a case whose kernels read an output that they write, on outputs that
/// hold something else than at first, and compares. A kernel may well read what
/// it has written itself; what stood there before must not matter.
///
/// # Errors
///
/// [`Lost`] at [`Step::Verify`]; a wrong output is no error.
pub(super) fn over_leftovers(
    context: &Context,
    prepared: &mut Prepared,
    right: &Contents,
    repeatable: bool,
) -> Result<Result<(), Mismatch>, Lost> {
    for how in [Leftover::Even, Leftover::Odd, Leftover::Neighbour] {
        let buffers = &prepared.job.case.buffers;
        let start: Contents = right
            .iter()
            .enumerate()
            .map(|(index, bytes)| {
                let bytes = bytes.as_ref().filter(|_| prepared.reads_output(index))?;
                Some(oracle::left_over(&buffers[index], bytes, how))
            })
            .collect();
        if start.iter().all(Option::is_none) {
            return Ok(Ok(()));
        }
        let mut other = None;
        if repeatable {
            begin_with(context, prepared, &start)?;
            prepared.run_once(context, Step::Verify)?;
            let found = written(context, prepared, Step::Verify)?;
            if differ(prepared, right, &found).is_none() {
                continue;
            }
            other = Some(found);
        }
        // Other bits: are they wrong, or the same other bits again?
        let (again, judged) = by_stage(context, prepared, &start)?;
        if let Err(mismatch) = judged.or_else(|found| later(found, MismatchKind::Leftover)) {
            return Ok(Err(mismatch));
        }
        let stable = other.is_some_and(|other| differ(prepared, &other, &again).is_none());
        if let Some(mismatch) = differ(prepared, right, &again).filter(|_| stable) {
            return Ok(Err(mismatch));
        }
    }
    Ok(Ok(()))
}

/// Where the writable buffers of two runs differ.
fn differ(prepared: &Prepared, one: &Contents, other: &Contents) -> Option<Mismatch> {
    let buffers = &prepared.job.case.buffers;
    let mut pairs = buffers.iter().zip(one.iter().zip(other));
    pairs.find_map(|(buffer, (one, other))| {
        let mismatch = oracle::differs(buffer, one.as_ref()?, other.as_ref()?)?;
        Some(Mismatch {
            kind: MismatchKind::Leftover,
            ..mismatch
        })
    })
}

/// What a later run's mismatch means. Where the reference is not finite, the
/// state has grown out of what numbers can tell, which proves nothing; and that
/// a tolerance is too wide for it, neither.
fn later(mismatch: Mismatch, kind: MismatchKind) -> Result<(), Mismatch> {
    match mismatch.kind {
        MismatchKind::Value if !mismatch.expected.is_finite() => Ok(()),
        MismatchKind::TooTolerant => Ok(()),
        MismatchKind::Value | MismatchKind::Unwritten => Err(Mismatch { kind, ..mismatch }),
        MismatchKind::GuardTouched
        | MismatchKind::InputChanged
        | MismatchKind::NotDeterministic
        | MismatchKind::ReferenceUnwritten
        | MismatchKind::Unjudged
        | MismatchKind::Repeated
        | MismatchKind::Leftover => Err(mismatch),
    }
}
