//! The buffers of a case: filled, poisoned, guarded, rotated.

use std::borrow::Cow;

use wgpu::{BufferUsages, CommandEncoder};

use crate::kit::{Bytes, Lost, LostCause, Step};
use crate::oracle::{self, Tensor};
use crate::plan::{Buffer, BufferRole};
use crate::run::Job;
use crate::shader::{BindingKind, Resolved};

use super::context::Context;
use super::pipeline::Bound;
use super::rotation::{places, rotation};
use super::upload::LARGE;

/// Which of the equal copies of its buffers a run takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Of the buffers that rotate from run to run.
    pub(super) rotation: u32,
    /// Of all others, which stay where they are from one run to the next.
    pub(super) placement: u32,
}

/// One buffer of the case.
#[derive(Debug)]
struct Held {
    spec: Buffer,
    /// Declared bytes, and the guard where there is one: what is checked.
    watched: usize,
    /// Contents before the case runs, padded to whole words; none of a large
    /// input, whose contents are generated again where they are wanted.
    initial: Option<Vec<u8>>,
    /// Bound for writing by a stage.
    writable: bool,
    /// Equal copies at different addresses.
    sets: Vec<wgpu::Buffer>,
    /// Whether every run takes another one.
    rotates: bool,
    /// Where restored buffers are copied from.
    pristine: Option<wgpu::Buffer>,
}

/// The buffers of a case.
#[derive(Debug)]
pub(super) struct CaseBuffers {
    held: Vec<Held>,
    /// By stage.
    uniforms: Vec<Option<wgpu::Buffer>>,
    flush: Option<wgpu::Buffer>,
    rotation: u32,
    seed: u64,
    cpu: bool,
}

impl Held {
    /// The copy that a run takes.
    fn at(&self, place: Place) -> &wgpu::Buffer {
        let index = if self.rotates {
            place.rotation
        } else {
            place.placement
        };
        &self.sets[index as usize % self.sets.len()]
    }

    /// Whether it may lie in several places: it does not rotate, and what one
    /// run leaves in it is nothing to the next.
    fn is_placed(&self) -> bool {
        let keeps = self.spec.role == BufferRole::Inout && self.pristine.is_none();
        !self.rotates && !keeps
    }
}

impl CaseBuffers {
    /// Makes and fills all buffers of a job; uploads are under way when this
    /// returns.
    ///
    /// # Errors
    ///
    /// [`LostCause::Refused`]: a buffer over the device's limit, or no memory.
    pub(super) fn new(context: &Context, job: &Job, cpu: bool) -> Result<Self, Lost> {
        let step = Step::Prepare;
        let limits = context.device.limits();
        for buffer in &job.case.buffers {
            if buffer.bytes() > limits.max_buffer_size {
                return Err(Lost::new(
                    step,
                    LostCause::Refused(format!(
                        "buffer `{}` of {} is over the device's limit of {}",
                        buffer.name,
                        Bytes(buffer.bytes()),
                        Bytes(limits.max_buffer_size)
                    )),
                ));
            }
        }
        let rotation = rotation(job, cpu, limits.max_buffer_size);
        context.scoped(step, || {
            let mut encoder = context.encoder();
            let mut held = Vec::with_capacity(job.case.buffers.len());
            for index in 0..job.case.buffers.len() {
                let sets = match job.case.buffers[index].role {
                    BufferRole::Input => rotation.inputs,
                    BufferRole::Output => rotation.outputs,
                    BufferRole::Inout => 1,
                };
                held.push(hold(context, job, index, sets, &mut encoder)?);
            }
            let uniforms = job
                .shaders
                .iter()
                .map(|shader| uniform(context, &shader.uniforms))
                .collect();
            let flush = rotation.flush.map(|size| {
                context.device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("flush"),
                    size,
                    usage: BufferUsages::COPY_DST,
                    mapped_at_creation: false,
                })
            });
            context.submit(encoder);
            Ok(Self {
                held,
                uniforms,
                flush,
                // At most 256 and 8.
                rotation: u32::try_from(rotation.inputs.max(rotation.outputs)).unwrap_or(1),
                seed: job.seed,
                cpu,
            })
        })
    }

    /// In how many places the case may lie, by the memory it takes.
    pub(super) fn places(&self) -> u32 {
        let placed = self.held.iter().filter(|held| held.is_placed());
        let bytes = placed
            .map(|held| held.sets[0].size())
            .fold(0, u64::saturating_add);
        places(bytes, self.cpu)
    }

    /// Copies the buffers to so many places, if they do not lie there yet.
    /// Outputs have to be [restored](Self::restore) after it.
    ///
    /// # Errors
    ///
    /// [`LostCause::Refused`]: no memory. There is one place then, as before.
    pub(super) fn place(&mut self, context: &Context, places: u32) -> Result<(), Lost> {
        let held = &mut self.held;
        let placed = context.scoped(Step::Sample, || {
            let mut encoder = context.encoder();
            for held in held.iter_mut().filter(|held| held.is_placed()) {
                while held.sets.len() < places as usize {
                    let first = &held.sets[0];
                    let copy = context.device.create_buffer(&wgpu::BufferDescriptor {
                        label: Some(&held.spec.name),
                        size: first.size(),
                        usage: first.usage(),
                        mapped_at_creation: false,
                    });
                    encoder.copy_buffer_to_buffer(first, 0, &copy, 0, None);
                    held.sets.push(copy);
                }
            }
            context.submit(encoder);
            Ok(())
        });
        if placed.is_err() {
            for held in self.held.iter_mut().filter(|held| held.is_placed()) {
                held.sets.truncate(1);
            }
        }
        placed
    }

    /// How many sets of bind groups there are.
    pub(super) fn rotation(&self) -> u32 {
        self.rotation
    }

    /// Whether something has to happen between two runs, so that two cannot
    /// stand in one pass.
    pub(super) fn between_runs(&self) -> bool {
        self.flush.is_some() || self.held.iter().any(|held| held.pristine.is_some())
    }

    /// Whether running again changes the answer: a buffer that is read and
    /// written, and not restored.
    pub(super) fn accumulates(&self) -> bool {
        (0..self.held.len()).any(|index| self.carries_on(index))
    }

    /// Whether a buffer holds what the run before left in it.
    pub(super) fn carries_on(&self, index: usize) -> bool {
        let held = &self.held[index];
        held.spec.role == BufferRole::Inout && held.writable && held.pristine.is_none()
    }

    /// Puts other contents, as they were [read back](Self::read_back), into the
    /// first copy of a buffer.
    pub(super) fn set(&self, context: &Context, index: usize, bytes: &[u8]) {
        let mut padded = bytes.to_vec();
        pad(&mut padded, 4);
        context
            .queue
            .write_buffer(&self.held[index].sets[0], 0, &padded);
    }

    /// What a binding of a stage is bound to.
    pub(super) fn bound(&self, stage: usize, resolved: Resolved, place: Place) -> Bound<'_> {
        let buffer = match resolved {
            Resolved::Buffer(index) => self.held[index].at(place),
            Resolved::Uniforms => self.uniforms[stage]
                .as_ref()
                .expect("reflection resolves to uniforms only where a stage has them"),
        };
        Bound {
            buffer,
            size: buffer.size(),
        }
    }

    /// Records what comes between two runs: a flushed cache, restored buffers.
    pub(super) fn record_between_runs(&self, encoder: &mut CommandEncoder, place: Place) {
        if let Some(flush) = &self.flush {
            encoder.clear_buffer(flush, 0, None);
        }
        for held in &self.held {
            if let Some(pristine) = &held.pristine {
                encoder.copy_buffer_to_buffer(pristine, 0, held.at(place), 0, None);
            }
        }
    }

    /// Puts every writable buffer back to what it held at first: inputs as
    /// generated, outputs poisoned, guards whole.
    pub(super) fn restore(&self, context: &Context) {
        let mut encoder = context.encoder();
        for held in self.held.iter().filter(|held| held.writable) {
            // What can be written is kept.
            let Some(initial) = &held.initial else {
                continue;
            };
            let (first, others) = held.sets.split_first().expect("a buffer has a copy");
            context.queue.write_buffer(first, 0, initial);
            // Written before what is submitted next.
            for other in others {
                encoder.copy_buffer_to_buffer(first, 0, other, 0, None);
            }
        }
        context.submit(encoder);
    }

    /// What a buffer held at first, with its guard.
    pub(super) fn initial(&self, index: usize) -> Cow<'_, [u8]> {
        let held = &self.held[index];
        match &held.initial {
            Some(initial) => Cow::Borrowed(&initial[..held.watched]),
            None => Cow::Owned(initial_bytes(&held.spec, self.seed)),
        }
    }

    /// The same, typed: a large input is generated as such, without a detour
    /// through its bytes.
    pub(super) fn initial_tensor(&self, index: usize) -> Tensor {
        let held = &self.held[index];
        match &held.initial {
            Some(initial) => Tensor::from_bytes(&held.spec, &initial[..held.watched]),
            None => oracle::generate(&held.spec, self.seed, 0),
        }
    }

    /// Whether a stage may write a buffer.
    pub(super) fn writable(&self, index: usize) -> bool {
        self.held[index].writable
    }

    /// Reads back some buffers of one set, with their guards; the others stay
    /// empty.
    ///
    /// # Errors
    ///
    /// [`LostCause::Refused`], [`LostCause::DeviceLost`].
    pub(super) fn read_back(
        &self,
        context: &Context,
        step: Step,
        place: Place,
        wanted: impl Fn(usize) -> bool,
    ) -> Result<Vec<Option<Vec<u8>>>, Lost> {
        let mut encoder = context.encoder();
        let staged: Vec<Option<wgpu::Buffer>> = self
            .held
            .iter()
            .enumerate()
            .map(|(index, held)| {
                wanted(index).then(|| {
                    let source = held.at(place);
                    let staging = staging(context, source.size());
                    encoder.copy_buffer_to_buffer(source, 0, &staging, 0, None);
                    staging
                })
            })
            .collect();
        context.submit(encoder);
        staged
            .iter()
            .zip(&self.held)
            .map(|(staging, held)| {
                staging
                    .as_ref()
                    .map(|staging| {
                        context.read(step, staging, staging.size(), |bytes| {
                            bytes[..held.watched].to_vec()
                        })
                    })
                    .transpose()
            })
            .collect()
    }
}

/// A buffer that the host can read.
pub(super) fn staging(context: &Context, size: u64) -> wgpu::Buffer {
    context.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("read back"),
        size,
        usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// Bytes that a buffer holds before anything runs.
fn initial_bytes(buffer: &Buffer, seed: u64) -> Vec<u8> {
    match buffer.role {
        BufferRole::Output => oracle::poisoned(buffer),
        // All rotating sets are copies of set 0: what matters of them is their
        // address, and so every set gives the same answer.
        BufferRole::Input | BufferRole::Inout => oracle::generate(buffer, seed, 0).to_bytes(),
    }
}

/// Rounds up to whole words, as buffers and bindings must be.
pub(super) fn pad(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to).max(to), 0);
}

/// How the kernels of a job use one of its buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Use {
    writable: bool,
    uniform: bool,
    /// A kernel asks for its length.
    measured: bool,
    /// It is restored between runs.
    restored: bool,
}

impl Use {
    fn of(job: &Job, index: usize) -> Self {
        let uses = || {
            job.shaders
                .iter()
                .flat_map(|shader| &shader.bindings)
                .filter(move |(_, resolved)| *resolved == Resolved::Buffer(index))
                .map(|(binding, _)| binding)
        };
        let mut stages = job.case.stages.iter();
        Self {
            writable: uses().any(|binding| binding.kind == BindingKind::StorageReadWrite),
            uniform: uses().any(|binding| binding.kind == BindingKind::Uniform),
            measured: uses().any(|binding| binding.uses_array_length),
            restored: stages.any(|stage| stage.reset.contains(&index)),
        }
    }
}

/// Whether the buffers of two jobs would be the same, in what they hold and in
/// how they are made.
pub(super) fn alike(one: &Job, other: &Job) -> bool {
    let how = |job: &Job| (job.seed, job.cache, job.case.mode, job.case.cache);
    let uniforms = |job: &Job| -> Vec<Vec<u8>> {
        let shaders = job.shaders.iter();
        shaders.map(|shader| shader.uniforms.clone()).collect()
    };
    how(one) == how(other)
        && one.case.buffers == other.case.buffers
        && uniforms(one) == uniforms(other)
        && (0..one.case.buffers.len()).all(|index| Use::of(one, index) == Use::of(other, index))
}

fn hold(
    context: &Context,
    job: &Job,
    index: usize,
    sets: u64,
    encoder: &mut CommandEncoder,
) -> Result<Held, Lost> {
    let spec = &job.case.buffers[index];
    let Use {
        writable,
        uniform,
        measured,
        restored,
    } = Use::of(job, index);
    let mut usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
    if uniform {
        usage |= BufferUsages::UNIFORM;
    }
    let make = |size| {
        context.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(&spec.name),
            size,
            usage,
            mapped_at_creation: false,
        })
    };
    let rotated = |first: wgpu::Buffer, encoder: &mut CommandEncoder| {
        let mut all = vec![first];
        for _ in 1..sets {
            let copy = make(all[0].size());
            encoder.copy_buffer_to_buffer(&all[0], 0, &copy, 0, None);
            all.push(copy);
        }
        all
    };
    let plain = spec.role == BufferRole::Input && !writable && !uniform && !restored;
    if plain && spec.bytes() >= LARGE {
        let first = make(spec.bytes().next_multiple_of(4));
        let parts = oracle::Parts::new(spec, job.seed, 0);
        if context.uploads().fill(context, &parts, &first)? {
            return Ok(Held {
                spec: spec.clone(),
                watched: usize::try_from(spec.bytes()).unwrap_or(usize::MAX),
                initial: None,
                writable,
                sets: rotated(first, encoder),
                rotates: sets > 1,
                pristine: None,
            });
        }
    }
    let mut initial = initial_bytes(spec, job.seed);
    // A guard lengthens the binding, so not where the kernel asks for its
    // length; and only where the kernel could touch it.
    let guard = oracle::guard_bytes();
    let fits = initial.len() as u64 + guard.len() as u64
        <= context.device.limits().max_storage_buffer_binding_size;
    if writable && fits && !uniform && !measured {
        initial.extend_from_slice(&guard);
    }
    let watched = initial.len();
    pad(&mut initial, if uniform { 16 } else { 4 });
    let size = initial.len() as u64;
    let first = make(size);
    context.queue.write_buffer(&first, 0, &initial);
    let pristine = restored.then(|| {
        let copy = make(size);
        context.queue.write_buffer(&copy, 0, &initial);
        copy
    });
    Ok(Held {
        spec: spec.clone(),
        watched,
        initial: Some(initial),
        writable,
        sets: rotated(first, encoder),
        rotates: sets > 1,
        pristine,
    })
}

/// A uniform buffer; none for a stage without uniforms.
pub(super) fn uniform(context: &Context, bytes: &[u8]) -> Option<wgpu::Buffer> {
    if bytes.is_empty() {
        return None;
    }
    let mut padded = bytes.to_vec();
    pad(&mut padded, 16);
    let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("uniforms"),
        size: padded.len() as u64,
        usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    context.queue.write_buffer(&buffer, 0, &padded);
    Some(buffer)
}
