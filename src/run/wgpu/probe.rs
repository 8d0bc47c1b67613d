//! The device's ceilings: copy, read, multiply-add, matrices, launch.
//!
//! Each probe runs until it is warm and long enough to be read; a ceiling is
//! the best of several passes, since nothing makes a device faster than it is.

use std::time::Instant;

use wgpu::BufferUsages;

use crate::kit::{Ceilings, DeviceFacts, DeviceKind, Lost, LostCause, Nanos, Step};
use crate::stats::median;

use super::context::Context;
use super::pipeline::unchecked;
use super::prepared::{begin, elapsed};
use super::timer::Clock;

const COPY: &str = include_str!("../../../shaders/probe_copy.wgsl");
const READ: &str = include_str!("../../../shaders/probe_read.wgsl");
pub(super) const FMA_F32: &str = include_str!("../../../shaders/probe_fma_f32.wgsl");
const FMA_F16: &str = include_str!("../../../shaders/probe_fma_f16.wgsl");
const MATRIX: &str = include_str!("../../../shaders/probe_coop_f16.wgsl");
const NOOP: &str = include_str!("../../../shaders/probe_noop.wgsl");

/// Bytes of a vector, and vectors of one workgroup, as the probes' headers say.
const VECTOR: u64 = 16;
const COPY_VECTORS: u64 = 1_024;
const READ_VECTORS: u64 = 2_048;
/// Invocations of one workgroup, of all arithmetic probes.
const INVOCATIONS: u64 = 256;
/// FLOPs of one round of an invocation, and of a subgroup in the matrix probe.
pub(super) const FMA_FLOPS: f64 = 512.0;
const MATRIX_FLOPS: f64 = 65_536.0;
/// Bytes of the matrix probe's buffers.
const MATRIX_SOURCE: usize = 3_072;
const MATRIX_TARGET: u64 = 65_536;

/// A probe's pass lasts about this long.
const PASS: Nanos = Nanos(2e6);
const PASS_ON_CPU: Nanos = Nanos(10e6);

/// Passes before any counts, and passes of which the best counts.
const WARM_UP: usize = 3;
const PASSES: usize = 8;

/// The arithmetic probes' rounds, at most; they double up to here.
const MOST_ROUNDS: u32 = 1 << 16;

/// Noop passes; the middle one counts.
const LAUNCHES: u32 = 101;

struct Probe<'a> {
    context: &'a Context,
    clock: &'a Clock,
    pass: Nanos,
    cpu: bool,
}

/// A probe, bound.
pub(super) struct Bound {
    /// Its pipeline.
    pub(super) pipeline: wgpu::ComputePipeline,
    /// All that it binds, in group 0.
    pub(super) group: wgpu::BindGroup,
}

/// Measures the ceilings of an open device, warm, in a second or two.
///
/// # Errors
///
/// [`Lost`] at [`Step::Probe`].
pub(super) fn probe(
    context: &Context,
    clock: &Clock,
    facts: &DeviceFacts,
) -> Result<Ceilings, Lost> {
    let cpu = facts.kind == DeviceKind::Cpu;
    let probe = Probe {
        context,
        clock,
        pass: if cpu { PASS_ON_CPU } else { PASS },
        cpu,
    };
    context.scoped(Step::Probe, || {
        // Arithmetic first: it raises the clocks, memory then runs warm.
        let fma_f32 = probe.arithmetic(FMA_F32)?;
        let fma_f16 = facts
            .features
            .f16
            .then(|| probe.arithmetic(FMA_F16))
            .transpose()?;
        let cooperative_matrix = facts
            .features
            .cooperative_matrix
            .then(|| probe.matrix(facts.features.subgroup_min))
            .transpose()?;
        let (copy, read) = probe.memory(facts)?;
        Ok(Ceilings {
            copy,
            read,
            fma_f32,
            fma_f16,
            cooperative_matrix,
            launch: probe.launch()?,
            // A size that no interface tells; the classes of hardware do.
            cache: None,
        })
    })
}

impl Probe<'_> {
    /// Workgroups that fill the device: a software adapter has few cores.
    fn workgroups(&self) -> u32 {
        if self.cpu { 64 } else { 2_048 }
    }

    /// FLOP a second of multiply-adds.
    fn arithmetic(&self, text: &str) -> Result<f64, Lost> {
        let target = self.buffer(4, BufferUsages::STORAGE);
        let invocations = u64::from(self.workgroups()) * INVOCATIONS;
        self.rounds(text, &[&target], fma_params, |rounds| {
            FMA_FLOPS * f64::from(rounds) * invocations as f64
        })
    }

    /// FLOP a second of 16x16x16 matrices of f16.
    fn matrix(&self, subgroup: u32) -> Result<f64, Lost> {
        let source = self.buffer(MATRIX_SOURCE as u64, BufferUsages::STORAGE);
        // Random halves between 0.25 and 0.5, with either sign.
        let mut words = Random(0x6d61_7472);
        let halves: Vec<u8> = (0..MATRIX_SOURCE / 2)
            .flat_map(|_| {
                let bits = 0x3400 | (words.next() & 0x83ff);
                (bits as u16).to_le_bytes()
            })
            .collect();
        self.context.queue.write_buffer(&source, 0, &halves);
        let target = self.buffer(MATRIX_TARGET, BufferUsages::STORAGE);
        let subgroups =
            f64::from(self.workgroups()) * INVOCATIONS as f64 / f64::from(subgroup.max(1));
        self.rounds(
            MATRIX,
            &[&source, &target],
            |rounds| rounds.to_le_bytes().to_vec(),
            |rounds| MATRIX_FLOPS * f64::from(rounds) * subgroups,
        )
    }

    /// Work a second of a probe that repeats itself, with as many rounds as
    /// make a pass long enough.
    fn rounds(
        &self,
        text: &str,
        buffers: &[&wgpu::Buffer],
        params: impl Fn(u32) -> Vec<u8>,
        work: impl Fn(u32) -> f64,
    ) -> Result<f64, Lost> {
        let uniform = self.buffer(16, BufferUsages::UNIFORM);
        let mut bound = vec![&uniform];
        bound.extend(buffers);
        let bound = bind(self.context, text, &bound);
        let mut rounds = 4;
        loop {
            self.context
                .queue
                .write_buffer(&uniform, 0, &params(rounds));
            let lasted = self.time(&bound, self.workgroups(), 1)?;
            if lasted >= self.pass.0 || rounds >= MOST_ROUNDS {
                break;
            }
            rounds *= 2;
        }
        let best = self.best(&bound, self.workgroups(), 1)?;
        Ok(work(rounds) / best * 1e9)
    }

    /// Bytes a second of copying and of reading, from buffers far greater than
    /// a cache.
    fn memory(&self, facts: &DeviceFacts) -> Result<(f64, f64), Lost> {
        let wished: u64 = if self.cpu { 32 << 20 } else { 256 << 20 };
        let block = 1 << 20;
        let bytes = wished
            .min(facts.limits.max_storage_binding)
            .min(facts.limits.max_buffer)
            / block
            * block;
        let source = self.buffer(bytes, BufferUsages::STORAGE);
        self.fill(&source, block);
        let target = self.buffer(bytes, BufferUsages::STORAGE);
        let vectors = bytes / VECTOR;
        let rate = |text: &str, target: &wgpu::Buffer, per_workgroup: u64, moved: u64| {
            let bound = bind(self.context, text, &[&source, target]);
            let workgroups = u32::try_from(vectors.div_ceil(per_workgroup)).unwrap_or(u32::MAX);
            let once = self.time(&bound, workgroups, 1)?;
            let times = (self.pass.0 / once).ceil().clamp(1.0, 64.0) as u32;
            let best = self.best(&bound, workgroups, times)?;
            Ok(moved as f64 * f64::from(times) / best * 1e9)
        };
        let copy = rate(COPY, &target, COPY_VECTORS, 2 * bytes)?;
        drop(target);
        let sink = self.buffer(VECTOR, BufferUsages::STORAGE);
        let read = rate(READ, &sink, READ_VECTORS, bytes)?;
        Ok((copy, read))
    }

    /// Time of a dispatch that does nothing, in a pass of its own.
    fn launch(&self) -> Result<Nanos, Lost> {
        let sink = self.buffer(4, BufferUsages::STORAGE);
        let bound = bind(self.context, NOOP, &[&sink]);
        let times: Vec<f64> = (0..LAUNCHES)
            .map(|_| self.time(&bound, 1, 1))
            .collect::<Result<_, Lost>>()?;
        Ok(Nanos(median(&times).unwrap_or(self.clock.timer.tick.0)))
    }

    /// The best of several passes, after some that do not count.
    fn best(&self, bound: &Bound, workgroups: u32, times: u32) -> Result<f64, Lost> {
        for _ in 0..WARM_UP {
            self.time(bound, workgroups, times)?;
        }
        let mut best = f64::INFINITY;
        for _ in 0..PASSES {
            best = best.min(self.time(bound, workgroups, times)?);
        }
        Ok(best)
    }

    /// Time of one pass of so many dispatches, less an empty pass; a tick at
    /// least.
    fn time(&self, bound: &Bound, workgroups: u32, times: u32) -> Result<f64, Lost> {
        let mut encoder = self.context.encoder();
        let mut cursor = self.clock.recorder.as_ref().map(|r| r.cursor());
        {
            let mut pass = begin(&mut encoder, cursor.as_mut().map(|cursor| cursor.pass()));
            pass.set_pipeline(&bound.pipeline);
            pass.set_bind_group(0, &bound.group, &[]);
            for _ in 0..times {
                pass.dispatch_workgroups(workgroups, 1, 1);
            }
        }
        let commands = encoder.finish();
        let submitted = Instant::now();
        let submission = self.context.submit_finished(commands);
        self.context.wait(Step::Probe, submission)?;
        let wall = elapsed(submitted).0;
        let lasted = match &self.clock.recorder {
            None => wall,
            Some(recorder) => {
                let spans = recorder.spans(self.context, Step::Probe, 2)?;
                let span = spans.first().ok_or_else(|| {
                    Lost::new(Step::Probe, LostCause::Garbage("no reading".into()))
                })?;
                recorder.nanos(span.length()) - self.clock.timer.empty_pass.0
            }
        };
        Ok(lasted.max(self.clock.timer.tick.0))
    }

    fn buffer(&self, size: u64, usage: BufferUsages) -> wgpu::Buffer {
        self.context.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("probe"),
            size,
            usage: usage | BufferUsages::COPY_DST | BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        })
    }

    /// Fills a buffer with copies of one random block: zeros may be compressed
    /// on the way and run faster.
    fn fill(&self, buffer: &wgpu::Buffer, block: u64) {
        let mut words = Random(0x7072_6f62);
        let bytes: Vec<u8> = (0..block / 4)
            .flat_map(|_| words.next().to_le_bytes())
            .collect();
        let from = self.buffer(block, BufferUsages::STORAGE);
        self.context.queue.write_buffer(&from, 0, &bytes);
        let mut encoder = self.context.encoder();
        for at in 0..buffer.size() / block {
            encoder.copy_buffer_to_buffer(&from, 0, buffer, at * block, block);
        }
        self.context.submit(encoder);
    }
}

/// Compiles a probe without checks, which would lower the ceiling, and binds
/// its buffers from 0 on.
pub(super) fn bind(context: &Context, text: &str, buffers: &[&wgpu::Buffer]) -> Bound {
    let device = &context.device;
    let module = unchecked(
        device,
        wgpu::ShaderModuleDescriptor {
            label: Some("probe"),
            source: wgpu::ShaderSource::Wgsl(text.into()),
        },
    );
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("probe"),
        layout: None,
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    let entries: Vec<wgpu::BindGroupEntry<'_>> = (0..)
        .zip(buffers)
        .map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding,
            resource: buffer.as_entire_binding(),
        })
        .collect();
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("probe"),
        layout: &pipeline.get_bind_group_layout(0),
        entries: &entries,
    });
    Bound { pipeline, group }
}

/// Parameters of the multiply-add probes: how many rounds, and a scale and a
/// step that keep every chain near 2.
pub(super) fn fma_params(rounds: u32) -> Vec<u8> {
    let mut bytes = rounds.to_le_bytes().to_vec();
    bytes.extend(0.5_f32.to_le_bytes());
    bytes.extend(1.0_f32.to_le_bytes());
    bytes
}

/// Words that no memory compresses.
///
/// Source: Steele, Lea and Flood, 2014 (SplitMix64), upper halves.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 32) as u32
    }
}
