//! The device's clock: what it can be trusted with, and its readings.

use std::time::Instant;

use wgpu::{BufferUsages, CommandEncoder, ComputePassTimestampWrites};

use crate::kit::{Lost, LostCause, Method, Nanos, Step, Timer};
use crate::run::timing::{Span, spans, tick_of};
use crate::stats::median;

use super::buffers::staging;
use super::context::Context;
use super::prepared::{begin, elapsed};

/// Queries of one set.
///
/// Source: WebGPU specification, maximum query count.
const QUERIES: u32 = wgpu::QUERY_SET_MAX_QUERIES;

/// Empty passes of one calibration, and how often it is repeated.
const EMPTY_PASSES: u32 = 101;
const CALIBRATIONS: usize = 5;

/// A clock that runs this much faster or slower than the host's around the
/// same work is not in nanoseconds: one backend's period is hard-coded, and
/// off by 41 on some chips. Wide, because the host's clock also counts the way
/// to the device and back.
const CLOCK_FAST: f64 = 2.0;
const CLOCK_SLOW: f64 = 0.02;

/// Timestamps of a device, and the way to read them.
#[derive(Debug)]
pub(super) struct Recorder {
    set: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    staging: wgpu::Buffer,
    /// Nanoseconds of one raw unit.
    period: f64,
}

/// Hands out queries, a pass at a time.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    set: &'a wgpu::QuerySet,
    next: u32,
}

impl<'a> Cursor<'a> {
    /// Timestamps for one more pass.
    pub(super) fn pass(&mut self) -> ComputePassTimestampWrites<'a> {
        let begin = self.next;
        self.next += 2;
        ComputePassTimestampWrites {
            query_set: self.set,
            beginning_of_pass_write_index: Some(begin),
            end_of_pass_write_index: Some(begin + 1),
        }
    }

    /// Queries handed out.
    pub(super) fn used(&self) -> u32 {
        self.next
    }
}

impl Recorder {
    /// Makes the query set of an open device that has timestamps.
    pub(super) fn new(context: &Context) -> Self {
        let bytes = u64::from(QUERIES) * 8;
        Self {
            set: context.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("timestamps"),
                ty: wgpu::QueryType::Timestamp,
                count: QUERIES,
            }),
            resolved: context.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("timestamps"),
                size: bytes,
                usage: BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            }),
            staging: staging(context, bytes),
            period: f64::from(context.queue.get_timestamp_period()),
        }
    }

    /// Begins to record anew; what was recorded before must have been read.
    pub(super) fn cursor(&self) -> Cursor<'_> {
        Cursor {
            set: &self.set,
            next: 0,
        }
    }

    /// Nanoseconds of so many raw units.
    pub(super) fn nanos(&self, raw: u64) -> f64 {
        raw as f64 * self.period
    }

    /// Resolves what was recorded, in a submission of its own: the passes must
    /// have completed, or Metal resolves zeros.
    ///
    /// # Errors
    ///
    /// [`Lost`] at the step that is given.
    pub(super) fn raw(&self, context: &Context, step: Step, used: u32) -> Result<Vec<u64>, Lost> {
        let mut encoder: CommandEncoder = context.encoder();
        encoder.resolve_query_set(&self.set, 0..used, &self.resolved, 0);
        let bytes = u64::from(used) * 8;
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.staging, 0, bytes);
        context.submit(encoder);
        context.read(step, &self.staging, bytes, |bytes| {
            bytes
                .as_chunks::<8>()
                .0
                .iter()
                .map(|word| u64::from_le_bytes(*word))
                .collect()
        })
    }

    /// The same as pairs of begin and end.
    ///
    /// # Errors
    ///
    /// [`LostCause::Garbage`] for what no clock gives.
    pub(super) fn spans(
        &self,
        context: &Context,
        step: Step,
        used: u32,
    ) -> Result<Vec<Span>, Lost> {
        let raw = self.raw(context, step, used)?;
        spans(&raw).map_err(|what| Lost::new(step, LostCause::Garbage(what)))
    }
}

/// The clock of an open device, and what reads it; without one that can be
/// trusted, the host's.
#[derive(Debug)]
pub(super) struct Clock {
    /// What goes into the facts.
    pub(super) timer: Timer,
    /// None where times are taken by the host.
    pub(super) recorder: Option<Recorder>,
}

impl Clock {
    /// Measures the device's clock with empty passes: its tick, what an empty
    /// pass reads, and whether it can be trusted.
    ///
    /// # Errors
    ///
    /// [`Lost`] at the start; a useless clock is no error.
    pub(super) fn measure(context: &Context) -> Result<Self, Lost> {
        if !context
            .device
            .features()
            .contains(wgpu::Features::TIMESTAMP_QUERY)
        {
            return Ok(Self::host());
        }
        let recorder = context.scoped(Step::Start, || Ok(Recorder::new(context)))?;
        let mut differences = Vec::new();
        let mut empties = Vec::new();
        let mut rates = Vec::new();
        for _ in 0..CALIBRATIONS {
            let (raw, wall) = calibrate(context, &recorder)?;
            // A single bad one is not worth another method, whose times could
            // not be compared with those of other rounds.
            let Ok(passes) = spans(&raw) else { continue };
            let whole = match (passes.first(), passes.last()) {
                (Some(first), Some(last)) if last.end >= first.begin => last.end - first.begin,
                _ => continue,
            };
            rates.push(recorder.nanos(whole) / wall.0);
            differences.push(tick_of(&raw));
            empties.extend(passes.iter().map(|span| recorder.nanos(span.length())));
        }
        // The divisor of all divisors; readings that never moved say nothing.
        let step = differences.iter().fold(0, |a, &b| tick_of(&[0, a, a + b]));
        let rate = median(&rates).unwrap_or(0.0);
        if step == 0 || !(CLOCK_SLOW..=CLOCK_FAST).contains(&rate) {
            return Ok(Self::host());
        }
        Ok(Self {
            timer: Timer {
                method: Method::PassTimestamps,
                tick: Nanos(recorder.nanos(step)),
                empty_pass: Nanos(median(&empties).unwrap_or(0.0)),
            },
            recorder: Some(recorder),
        })
    }

    /// The host's clock: its step, and no pass to subtract.
    fn host() -> Self {
        let mut step = f64::INFINITY;
        for _ in 0..100 {
            let started = Instant::now();
            let mut read = elapsed(started);
            // Bounded: a clock moves at least once in a while.
            for _ in 0..1_000_000 {
                if read.0 > 0.0 {
                    break;
                }
                read = elapsed(started);
            }
            if read.0 > 0.0 {
                step = step.min(read.0);
            }
        }
        Self {
            timer: Timer {
                method: Method::WallClock,
                tick: Nanos(if step.is_finite() { step } else { 1_000.0 }),
                empty_pass: Nanos(0.0),
            },
            recorder: None,
        }
    }
}

/// One submission of empty passes: their readings, and the host's time for
/// all of them.
fn calibrate(context: &Context, recorder: &Recorder) -> Result<(Vec<u64>, Nanos), Lost> {
    context.scoped(Step::Start, || {
        let mut encoder = context.encoder();
        let mut cursor = recorder.cursor();
        for _ in 0..EMPTY_PASSES {
            drop(begin(&mut encoder, Some(cursor.pass())));
        }
        let used = cursor.used();
        let started = Instant::now();
        let submission = context.submit(encoder);
        context.wait(Step::Start, submission)?;
        let wall = elapsed(started);
        Ok((recorder.raw(context, Step::Start, used)?, wall))
    })
}
