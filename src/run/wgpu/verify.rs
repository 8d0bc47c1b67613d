//! Whether a prepared case's outputs are right.

use std::sync::Arc;

use wgpu::BufferUsages;

use crate::kit::{Checks, Correctness, Lost, LostCause, Mismatch, Step, leading_bits};
use crate::oracle::{self, StageData, Tensor};
use crate::plan::{BufferRole, ReferencePlan};
use crate::run::doing;
use crate::shader::{BindingKind, Resolved, Shader};

use super::buffers::{Place, pad, staging, uniform};
use super::context::Context;
use super::pipeline::{Bound, compile, dispatch_of};
use super::prepared::{Prepared, begin};

/// Bytes of buffers that were read back, guards included, by index.
type Contents = Vec<Option<Vec<u8>>>;

/// Runs a case on fresh outputs and judges every stage by what it was really
/// given; then runs it again, all stages in one submission as when timed, and
/// compares bits.
///
/// # Errors
///
/// [`Lost`] at [`Step::Verify`]; a wrong output is no error.
pub(super) fn verify(context: &Context, prepared: &mut Prepared) -> Result<Correctness, Lost> {
    let step = Step::Verify;
    prepared.verified = None;
    let (first, judged) = by_stage(context, prepared)?;
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
    } else {
        prepared.verified = Some(second);
    }
    Ok(right(prepared, repeatable))
}

/// Judges what timed runs left behind: by bits where this process, or one
/// whose digest is given, verified the case before, by the reference
/// otherwise. A case that accumulates is run once more on fresh buffers. Gives
/// the digest of what was judged right.
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
fn written(context: &Context, prepared: &Prepared, step: Step) -> Result<Contents, Lost> {
    context.scoped(step, || {
        let buffers = &prepared.buffers;
        buffers.read_back(context, step, prepared.ran, |index| buffers.writable(index))
    })
}

fn check(prepared: &Prepared, index: usize, after: &[u8]) -> Result<(), Mismatch> {
    let buffer = &prepared.job.case.buffers[index];
    oracle::check_raw(buffer, &prepared.buffers.initial(index), after)
}

/// Runs stage by stage from fresh buffers, and judges each by what the stages
/// before it really wrote. Gives what was written, guards included, by buffer.
fn by_stage(
    context: &Context,
    prepared: &Prepared,
) -> Result<(Contents, Result<(), Mismatch>), Lost> {
    let step = Step::Verify;
    context.scoped(step, || {
        prepared.buffers.restore(context);
        Ok(())
    })?;
    let mut contents = initial(prepared);
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

/// Runs a reference in WGSL, always checked, on buffers of its own that hold
/// what the stage was given. Gives all buffers that it binds as it left them,
/// or the output of the stage that it left unwritten.
fn run_reference(
    context: &Context,
    prepared: &Prepared,
    (stage, shader): (usize, &Shader),
    dispatch: [u32; 3],
    before: &[&Tensor],
) -> Result<Result<Vec<Option<Tensor>>, Mismatch>, Lost> {
    let step = Step::Verify;
    let compiled = compile(context, shader, Checks::Checked)?;
    let dispatch = dispatch_of(dispatch.map(u64::from))?;
    let case = &prepared.job.case;
    context.scoped(step, || {
        let mut encoder = context.encoder();
        let uniforms = uniform(context, &shader.uniforms);
        let bound_as_uniform = |index| {
            shader.bindings.iter().any(|(binding, resolved)| {
                *resolved == Resolved::Buffer(index) && binding.kind == BindingKind::Uniform
            })
        };
        let held: Vec<Option<wgpu::Buffer>> = (0..before.len())
            .map(|index| {
                shader
                    .bindings
                    .iter()
                    .any(|(_, resolved)| *resolved == Resolved::Buffer(index))
                    .then(|| filled(context, before[index].to_bytes(), bound_as_uniform(index)))
            })
            .collect();
        let groups = compiled.bind(context, shader, |resolved| {
            let buffer = match resolved {
                Resolved::Buffer(index) => held[index].as_ref(),
                Resolved::Uniforms => uniforms.as_ref(),
            }
            .expect("every binding of the shader has its buffer");
            Bound {
                buffer,
                size: buffer.size(),
            }
        });
        {
            let mut pass = begin(&mut encoder, None);
            pass.set_pipeline(&compiled.pipeline);
            for (group, bind_group) in &groups {
                pass.set_bind_group(*group, bind_group, &[]);
            }
            pass.dispatch_workgroups(dispatch[0], dispatch[1], dispatch[2]);
        }
        let staged: Vec<Option<wgpu::Buffer>> = held
            .iter()
            .map(|held| {
                held.as_ref().map(|source| {
                    let staging = staging(context, source.size());
                    encoder.copy_buffer_to_buffer(source, 0, &staging, 0, None);
                    staging
                })
            })
            .collect();
        let submission = context.submit(encoder);
        context.wait(step, submission)?;
        let mut wrote = Vec::with_capacity(staged.len());
        for (index, (staging, buffer)) in staged.iter().zip(&case.buffers).enumerate() {
            let Some(staging) = staging else {
                wrote.push(None);
                continue;
            };
            // Poisoned before, unless an earlier stage has filled it.
            let made = buffer.role == BufferRole::Output && prepared.writes(stage, index);
            let read = context.read(step, staging, staging.size(), |bytes| {
                if made {
                    oracle::check_reference(buffer, bytes)?;
                }
                Ok(Tensor::from_bytes(buffer, bytes))
            })?;
            match read {
                Ok(tensor) => wrote.push(Some(tensor)),
                Err(mismatch) => return Ok(Err(mismatch)),
            }
        }
        Ok(Ok(wrote))
    })
}

fn filled(context: &Context, mut bytes: Vec<u8>, uniform: bool) -> wgpu::Buffer {
    pad(&mut bytes, if uniform { 16 } else { 4 });
    let kind = if uniform {
        BufferUsages::UNIFORM
    } else {
        BufferUsages::empty()
    };
    let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("reference"),
        size: bytes.len() as u64,
        usage: kind | BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    context.queue.write_buffer(&buffer, 0, &bytes);
    buffer
}
