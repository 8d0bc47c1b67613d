//! Whether a prepared case's outputs are right.

use std::sync::Arc;

use crate::kit::{Checks, Correctness, Lost, LostCause, Mismatch, Step, leading_bits};
use crate::oracle::{self, StageData, Tensor};
use crate::plan::ReferencePlan;
use crate::run::doing;

use super::again;
use super::buffers::Place;
use super::context::Context;
use super::prepared::Prepared;
use super::reference::run_reference;

/// Bytes of buffers that were read back, guards included, by index.
pub(super) type Contents = Vec<Option<Vec<u8>>>;

/// Runs a case on fresh outputs and judges every stage by what it was really
/// given; then runs it again, all stages in one submission as when timed, and
/// compares bits. What later runs would do [otherwise](super::again) is looked
/// for as well.
///
/// # Errors
///
/// [`Lost`] at [`Step::Verify`]; a wrong output is no error.
pub(super) fn verify(context: &Context, prepared: &mut Prepared) -> Result<Correctness, Lost> {
    let step = Step::Verify;
    prepared.verified = None;
    let (first, judged) = by_stage(context, prepared, &[])?;
    if let Err(mismatch) = judged {
        return Ok(Correctness::Wrong { mismatch });
    }
    context.scoped(step, || {
        prepared.buffers.restore(context);
        Ok(())
    })?;
    prepared.run_once(context, step)?;
    let second = written(context, prepared, step)?;
    let mut repeatable = true;
    for (index, (first, second)) in first.iter().zip(&second).enumerate() {
        let (Some(first), Some(second)) = (first, second) else {
            continue;
        };
        let buffer = &prepared.job.case.buffers[index];
        let Some(mismatch) = oracle::differs(buffer, first, second) else {
            continue;
        };
        repeatable = false;
        if prepared.job.case.deterministic {
            return Ok(Correctness::Wrong { mismatch });
        }
    }
    if !repeatable {
        // Another answer, which has to be right as well.
        if let Err(mismatch) = by_final(context, prepared, &second)? {
            return Ok(Correctness::Wrong { mismatch });
        }
    }
    if let Err(mismatch) = again::over_leftovers(context, prepared, &second, repeatable)? {
        return Ok(Correctness::Wrong { mismatch });
    }
    if let Err(mismatch) = again::carried_on(context, prepared, &second)? {
        return Ok(Correctness::Wrong { mismatch });
    }
    if repeatable {
        prepared.verified = Some(second);
    }
    Ok(right(prepared, repeatable))
}

/// Judges what timed runs left behind: by bits where this process, or one
/// whose digest is given, verified the case before, by the reference
/// otherwise. A case that accumulates is run once more on what it left, and
/// verified anew on fresh buffers. Gives the digest of what was judged right.
///
/// # Errors
///
/// [`Lost`]; a wrong output is no error.
pub(super) fn after(
    context: &Context,
    prepared: &mut Prepared,
    known: Option<u64>,
) -> Result<(Correctness, Option<u64>), Lost> {
    let contents = written(context, prepared, Step::Verify)?;
    if prepared.buffers.accumulates() {
        for (index, after) in contents.iter().enumerate() {
            let Some(after) = after else { continue };
            if let Err(mismatch) = check(prepared, index, after) {
                return Ok((Correctness::Wrong { mismatch }, None));
            }
        }
        if let Err(mismatch) = again::carried_on(context, prepared, &contents)? {
            return Ok((Correctness::Wrong { mismatch }, None));
        }
        return Ok((verify(context, prepared)?, None));
    }
    let digest = Some(digest(&contents));
    let same = prepared.verified.as_ref() == Some(&contents);
    if same || (known.is_some() && known == digest) {
        return Ok((right(prepared, true), digest));
    }
    Ok(match by_final(context, prepared, &contents)? {
        Ok(()) => (right(prepared, prepared.verified.is_none()), digest),
        Err(mismatch) => (Correctness::Wrong { mismatch }, None),
    })
}

/// First 64 bits of a hash over contents and which buffers they are of.
fn digest(contents: &[Option<Vec<u8>>]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for (index, bytes) in contents.iter().enumerate() {
        if let Some(bytes) = bytes {
            hasher.update(&(index as u64).to_le_bytes());
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            // Tens of megabytes, where an output is large.
            hasher.update_rayon(bytes);
        }
    }
    leading_bits(&hasher.finalize())
}

fn right(prepared: &Prepared, repeatable: bool) -> Correctness {
    let by_wgsl = prepared
        .job
        .case
        .stages
        .iter()
        .any(|stage| matches!(stage.reference, ReferencePlan::Shader { .. }));
    Correctness::Right {
        repeatable,
        by_wgsl,
    }
}

/// All buffers that a stage may write, as the last run left them.
pub(super) fn written(
    context: &Context,
    prepared: &Prepared,
    step: Step,
) -> Result<Contents, Lost> {
    context.scoped(step, || {
        let buffers = &prepared.buffers;
        buffers.read_back(context, step, prepared.ran, |index| buffers.writable(index))
    })
}

fn check(prepared: &Prepared, index: usize, after: &[u8]) -> Result<(), Mismatch> {
    let buffer = &prepared.job.case.buffers[index];
    oracle::check_raw(buffer, &prepared.buffers.initial(index), after)
}

/// Runs stage by stage from fresh buffers, but for those that `left` has other
/// contents for, and judges each by what the stages before it really wrote.
/// Gives what was written, guards included, by buffer.
pub(super) fn by_stage(
    context: &Context,
    prepared: &Prepared,
    left: &[Option<Vec<u8>>],
) -> Result<(Contents, Result<(), Mismatch>), Lost> {
    let step = Step::Verify;
    begin_with(context, prepared, left)?;
    let mut contents = initial(prepared);
    for (index, bytes) in left.iter().enumerate() {
        if let Some(bytes) = bytes {
            let buffer = &prepared.job.case.buffers[index];
            contents[index] = Arc::new(Tensor::from_bytes(buffer, bytes));
        }
    }
    let mut stages = Vec::new();
    for stage in 0..prepared.job.case.stages.len() {
        prepared.run_stage(context, step, stage)?;
        let read = context.scoped(step, || {
            prepared
                .buffers
                .read_back(context, step, Place::default(), |index| {
                    prepared.writes(stage, index)
                })
        })?;
        stages.push(Ran::new(prepared, stage, &mut contents, &read));
    }
    // A stray write of an unchecked kernel goes anywhere; a checked one cannot
    // write what is bound for reading.
    let anywhere = prepared.job.case.checks == Checks::Unchecked;
    let all = context.scoped(step, || {
        let buffers = &prepared.buffers;
        buffers.read_back(context, step, Place::default(), |index| {
            anywhere || buffers.writable(index)
        })
    })?;
    for (index, after) in all.iter().enumerate() {
        let Some(after) = after else { continue };
        if let Err(mismatch) = check(prepared, index, after) {
            return Ok((all, Err(mismatch)));
        }
    }
    for (stage, wrote) in stages.iter().enumerate() {
        if let Err(mismatch) = judge(context, prepared, stage, wrote)? {
            return Ok((all, Err(mismatch)));
        }
    }
    Ok((all, Ok(())))
}

/// Restores all buffers, and then puts other contents into some.
pub(super) fn begin_with(
    context: &Context,
    prepared: &Prepared,
    left: &[Option<Vec<u8>>],
) -> Result<(), Lost> {
    context.scoped(Step::Verify, || {
        prepared.buffers.restore(context);
        for (index, bytes) in left.iter().enumerate() {
            if let Some(bytes) = bytes {
                prepared.buffers.set(context, index, bytes);
            }
        }
        Ok(())
    })
}

/// Judges every stage by the final contents, which is exact where no buffer
/// is written by two stages.
fn by_final(
    context: &Context,
    prepared: &Prepared,
    written: &[Option<Vec<u8>>],
) -> Result<Result<(), Mismatch>, Lost> {
    for (index, after) in written.iter().enumerate() {
        let Some(after) = after else { continue };
        if let Err(mismatch) = check(prepared, index, after) {
            return Ok(Err(mismatch));
        }
    }
    let mut contents = initial(prepared);
    for stage in 0..prepared.job.case.stages.len() {
        let wrote = Ran::new(prepared, stage, &mut contents, written);
        if let Err(mismatch) = judge(context, prepared, stage, &wrote)? {
            return Ok(Err(mismatch));
        }
    }
    Ok(Ok(()))
}

/// Contents of all buffers before anything ran.
fn initial(prepared: &Prepared) -> Vec<Arc<Tensor>> {
    (0..prepared.job.case.buffers.len())
        .map(|index| Arc::new(prepared.buffers.initial_tensor(index)))
        .collect()
}

/// Contents around one stage. What it does not write is shared with all other
/// stages, and is not among what it wrote: a weight of 64 MiB is not worth
/// another copy.
struct Ran {
    before: Vec<Arc<Tensor>>,
    after: Vec<Option<Arc<Tensor>>>,
}

impl Ran {
    /// Takes in what a stage wrote, and leaves it as what the next one finds.
    fn new(
        prepared: &Prepared,
        stage: usize,
        contents: &mut [Arc<Tensor>],
        written: &[Option<Vec<u8>>],
    ) -> Self {
        let before = contents.to_vec();
        let after = prepared
            .job
            .case
            .buffers
            .iter()
            .zip(contents)
            .zip(written)
            .enumerate()
            .map(|(index, ((buffer, now), written))| {
                if !prepared.writes(stage, index) {
                    return None;
                }
                if let Some(bytes) = written {
                    *now = Arc::new(Tensor::from_bytes(buffer, bytes));
                }
                Some(Arc::clone(now))
            })
            .collect();
        Self { before, after }
    }
}

fn judge(
    context: &Context,
    prepared: &Prepared,
    stage: usize,
    ran: &Ran,
) -> Result<Result<(), Mismatch>, Lost> {
    let before: Vec<&Tensor> = ran.before.iter().map(AsRef::as_ref).collect();
    let after: Vec<Option<&Tensor>> = ran.after.iter().map(Option::as_deref).collect();
    let job = &prepared.job;
    let plan = &job.case.stages[stage];
    let reference = match (&plan.reference, &job.references[stage]) {
        (ReferencePlan::BuiltIn(_), _) => None,
        (
            ReferencePlan::Shader {
                dispatch, source, ..
            },
            Some(shader),
        ) => {
            let run = || run_reference(context, prepared, (stage, shader), *dispatch, &before);
            match doing::reference(source.path(), run)? {
                Ok(wrote) => Some(wrote),
                Err(mismatch) => return Ok(Err(mismatch)),
            }
        }
        (ReferencePlan::Shader { entry, .. }, None) => {
            return Err(Lost::new(
                Step::Verify,
                LostCause::Refused(format!("the reference `{entry}` came without its WGSL")),
            ));
        }
    };
    Ok(oracle::judge(&StageData {
        case: &job.case,
        stage: plan,
        before: &before,
        after: &after,
        reference: reference.as_deref(),
        seed: job.seed,
    }))
}
