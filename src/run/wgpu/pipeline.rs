//! A stage's WGSL, compiled, with its bind group layouts as reflected.

use std::collections::BTreeMap;

use wgpu::{BindGroupLayout, BindingType, BufferBindingType, ShaderStages};

use crate::kit::{Checks, Lost, LostCause, Step};
use crate::shader::{BindingKind, Resolved, Shader};

use super::context::Context;

/// A compiled stage.
#[derive(Debug)]
pub(super) struct Compiled {
    /// The pipeline.
    pub(super) pipeline: wgpu::ComputePipeline,
    /// Layouts by group; groups that the entry point does not use are missing.
    layouts: BTreeMap<u32, BindGroupLayout>,
}

/// A buffer, or a part of one, to bind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound<'a> {
    /// The buffer.
    pub(super) buffer: &'a wgpu::Buffer,
    /// Bytes of it.
    pub(super) size: u64,
}

/// Compiles a stage. Workgroup memory is zeroed exactly where the checks are
/// compiled in.
///
/// # Errors
///
/// [`LostCause::Refused`] with wgpu's words, [`LostCause::Panicked`].
pub(super) fn compile(
    context: &Context,
    shader: &Shader,
    checks: Checks,
) -> Result<Compiled, Lost> {
    let step = Step::Prepare;
    let device = &context.device;
    let most = device.limits().max_bind_groups;
    if let Some((binding, _)) = shader.bindings.iter().find(|(b, _)| b.group >= most) {
        return Err(Lost::new(
            step,
            LostCause::Refused(format!(
                "`{}` is in bind group {}, and the device has {most}",
                binding.name, binding.group
            )),
        ));
    }
    context.scoped(step, || {
        let descriptor = wgpu::ShaderModuleDescriptor {
            label: Some(&shader.entry),
            source: wgpu::ShaderSource::Wgsl((&*shader.text).into()),
        };
        let module = match checks {
            Checks::Checked => device.create_shader_module(descriptor),
            Checks::Unchecked => unchecked(device, descriptor),
        };
        let mut entries: BTreeMap<u32, Vec<wgpu::BindGroupLayoutEntry>> = BTreeMap::new();
        for (binding, _) in &shader.bindings {
            let ty = match binding.kind {
                BindingKind::Uniform => BufferBindingType::Uniform,
                BindingKind::StorageRead => BufferBindingType::Storage { read_only: true },
                BindingKind::StorageReadWrite => BufferBindingType::Storage { read_only: false },
            };
            entries
                .entry(binding.group)
                .or_default()
                .push(wgpu::BindGroupLayoutEntry {
                    binding: binding.binding,
                    visibility: ShaderStages::COMPUTE,
                    ty: BindingType::Buffer {
                        ty,
                        has_dynamic_offset: false,
                        // Left to wgpu, which knows the least size itself.
                        min_binding_size: None,
                    },
                    count: None,
                });
        }
        let layouts: BTreeMap<u32, BindGroupLayout> = entries
            .iter()
            .map(|(&group, entries)| {
                let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                    label: None,
                    entries,
                });
                (group, layout)
            })
            .collect();
        let groups = layouts.keys().last().map_or(0, |last| last + 1);
        let slots: Vec<Option<&BindGroupLayout>> =
            (0..groups).map(|group| layouts.get(&group)).collect();
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &slots,
            immediate_size: 0,
        });
        let constants: Vec<(&str, f64)> = shader
            .overrides
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(&shader.entry),
            layout: Some(&layout),
            module: &module,
            entry_point: Some(&shader.entry),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &constants,
                zero_initialize_workgroup_memory: checks == Checks::Checked,
            },
            cache: None,
        });
        Ok(Compiled { pipeline, layouts })
    })
}

/// A module without bounds checks, loop bounds and guarded divisions.
pub(super) fn unchecked(
    device: &wgpu::Device,
    descriptor: wgpu::ShaderModuleDescriptor<'_>,
) -> wgpu::ShaderModule {
    #[expect(
        unsafe_code,
        reason = "unchecked shaders are what `checks: unchecked` asks to measure, and a \
                  device's ceilings are those without checks"
    )]
    // SAFETY: the probes are the gate's own, stay in bounds and end. Of a
    // spec's kernel, the author asks for this by `checks: unchecked`, and the
    // gate runs it only after the checked form of the same WGSL verified on the
    // same inputs: no access out of bounds and no endless loop was needed for
    // the right answer. What is left is a kernel whose stray accesses the
    // checks hid; it can spoil no more than this process, which is a worker
    // that may die.
    unsafe {
        device.create_shader_module_trusted(descriptor, wgpu::ShaderRuntimeChecks::unchecked())
    }
}

impl Compiled {
    /// Binds a stage's buffers: one bind group for each group in use.
    pub(super) fn bind<'a>(
        &self,
        context: &Context,
        shader: &Shader,
        buffer: impl Fn(Resolved) -> Bound<'a>,
    ) -> Vec<(u32, wgpu::BindGroup)> {
        self.layouts
            .iter()
            .map(|(&group, layout)| {
                let entries: Vec<wgpu::BindGroupEntry<'_>> = shader
                    .bindings
                    .iter()
                    .filter(|(binding, _)| binding.group == group)
                    .map(|(binding, resolved)| {
                        let bound = buffer(*resolved);
                        wgpu::BindGroupEntry {
                            binding: binding.binding,
                            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                                buffer: bound.buffer,
                                offset: 0,
                                size: std::num::NonZeroU64::new(bound.size),
                            }),
                        }
                    })
                    .collect();
                let bound = context
                    .device
                    .create_bind_group(&wgpu::BindGroupDescriptor {
                        label: None,
                        layout,
                        entries: &entries,
                    });
                (group, bound)
            })
            .collect()
    }
}

/// A dispatch, held to what WebGPU can count.
///
/// # Errors
///
/// [`LostCause::Refused`] if a dimension has more workgroups than 32 bits.
pub(super) fn dispatch_of(counts: [u64; 3]) -> Result<[u32; 3], Lost> {
    let mut dispatch = [0; 3];
    for (slot, count) in dispatch.iter_mut().zip(counts) {
        *slot = u32::try_from(count).map_err(|_| {
            Lost::new(
                Step::Prepare,
                LostCause::Refused(format!("a dispatch of {count} workgroups")),
            )
        })?;
    }
    Ok(dispatch)
}
