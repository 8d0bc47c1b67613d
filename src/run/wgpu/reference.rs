//! References in WGSL: what they compute of what a stage was given.

use wgpu::BufferUsages;

use crate::kit::{Checks, Lost, Mismatch, Step};
use crate::oracle::{self, Tensor};
use crate::plan::BufferRole;
use crate::shader::{BindingKind, Resolved, Shader};

use super::buffers::{pad, staging, uniform};
use super::context::Context;
use super::pipeline::{Bound, compile, dispatch_of};
use super::prepared::{Prepared, begin};

/// Runs a reference in WGSL, always checked, on buffers of its own that hold
/// what the stage was given. Gives all buffers that it binds as it left them,
/// or the output of the stage that it left unwritten.
pub(super) fn run_reference(
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
