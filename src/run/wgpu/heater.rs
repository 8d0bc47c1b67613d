//! Keeps a GPU's clocks up while the host prepares, and tells when they are.
//!
//! A GPU that waits for the host falls to its idle clocks within
//! milliseconds, and runs a kernel at a fifth of its speed until it is back:
//! so steadily that windows of a warm-up agree. So a thread runs short passes
//! of multiply-adds whenever nothing is being timed. What they take tells the
//! clock: warm is what is as fast as the fastest seen in this process.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wgpu::BufferUsages;

use crate::kit::{Lost, Nanos, Step};
use crate::run::timing::{Heat, WARM_PASSES};
use crate::stats::median;

use super::context::Context;
use super::prepared::begin;
use super::probe::{Bound, FMA_F32, FMA_FLOPS, bind, fma_params};
use super::timer::Recorder;

/// A pass lasts about this long, and so does what may stand in the way of a
/// request of the host's.
const PASS: Nanos = Nanos(0.4e6);

/// Workgroups of a pass: they fill any device.
const WORKGROUPS: u32 = 2_048;

/// Invocations of a workgroup of the probe.
const INVOCATIONS: f64 = 256.0;

/// Rounds of a pass at most, on the fastest device.
const MOST_ROUNDS: u32 = 1_024;

/// A process that knows of no other's clock heats for so long before anything
/// counts: on the way up from rest, an H100 pauses at clocks that are steady
/// and not its own.
const FIRST_HEAT: Duration = Duration::from_millis(400);

/// How long the clocks may take to rise, once in a process and later.
const FIRST_RISE: Duration = Duration::from_secs(2);
const RISE: Duration = Duration::from_secs(1);

/// How long the very fastest clock is waited for; then one that is near enough
/// will do.
const PATIENCE: Duration = Duration::from_millis(250);

/// Passes after a case that tell the clock it ran at.
const TELLING: usize = 3;

/// A thread that keeps an open device warm until it is dropped.
#[derive(Debug)]
pub(super) struct Heater {
    started: Instant,
    /// FLOPs of a pass.
    work: f64,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Somebody times something.
    paused: bool,
    /// The thread has nothing on the device.
    idle: bool,
    /// The thread is to end, or has ended.
    stopped: bool,
    /// Clocks have risen once.
    risen: bool,
    heat: Heat,
    recent: VecDeque<f64>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a condition holds or the time is over.
    fn wait_until(&self, limit: Duration, done: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let until = Instant::now() + limit;
        let mut state = self.lock();
        while !done(&state) && !state.stopped {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        state
    }
}

/// Nothing of the heater's runs while this lives.
pub(super) struct Pause<'a> {
    heater: &'a Heater,
    /// Whether the clocks were up when it began.
    pub(super) warm: bool,
    /// What a pass took then, in nanoseconds.
    pass: Option<f64>,
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let mut state = self.heater.shared.lock();
        state.paused = false;
        state.recent.clear();
        drop(state);
        self.heater.shared.changed.notify_all();
    }
}

impl Heater {
    /// Starts to heat.
    ///
    /// # Errors
    ///
    /// [`Lost`] at the start, as the device reports it.
    pub(super) fn start(context: &Context) -> Result<Self, Lost> {
        let stove = Stove::new(context)?;
        let work = stove.work;
        let shared = Arc::new(Shared::default());
        let heard = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            while heard.wait_for_work() {
                // A device in trouble says so to whoever asks it next.
                let Ok(time) = stove.pass() else { break };
                heard.note(time);
            }
            heard.lock().stopped = true;
            heard.changed.notify_all();
        });
        Ok(Self {
            started: Instant::now(),
            work,
            shared,
            thread: Some(thread),
        })
    }

    /// Waits for the clocks to be up, then lets nothing run but the caller's
    /// work. `known` is the best rate of other processes, in FLOP a second: a
    /// fresh process waits for that. A device that throttles is not waited for
    /// forever, and what it does now is what counts from then on.
    pub(super) fn settle(&self, known: Option<f64>) -> Pause<'_> {
        let limit = {
            let mut state = self.shared.lock();
            if state.risen {
                RISE
            } else {
                if let Some(rate) = known {
                    state.heat.know(self.work / rate * 1e9);
                }
                FIRST_RISE
            }
        };
        let began = Instant::now();
        let is_warm = |state: &State| {
            state.heat.is_warm(&state.recent)
                || (began.elapsed() >= PATIENCE && state.heat.is_near(&state.recent))
        };
        let mut state = self.shared.wait_until(limit, |state| {
            is_warm(state)
                && (state.risen || known.is_some() || self.started.elapsed() >= FIRST_HEAT)
        });
        let warm = is_warm(&state);
        state.risen = true;
        if !state.heat.is_warm(&state.recent) {
            // What it did before is not waited for again.
            let recent = state.recent.clone();
            state.heat.accept(&recent);
        }
        let pass = middle(&state.recent);
        state.paused = true;
        drop(state);
        self.shared.changed.notify_all();
        drop(self.shared.wait_until(FIRST_RISE, |state| state.idle));
        Pause {
            heater: self,
            warm,
            pass,
        }
    }

    /// Heats again, and tells the clock around the pause: the lower rate of
    /// before and after, in FLOP a second.
    pub(super) fn resume(&self, pause: Pause<'_>) -> Option<f64> {
        let before = pause.pass;
        drop(pause);
        let state = self
            .shared
            .wait_until(FIRST_RISE, |state| state.recent.len() >= TELLING);
        let after = middle(&state.recent);
        let slower = before?.max(after?);
        (slower > 0.0).then(|| self.work / slower * 1e9)
    }
}

fn middle(times: &VecDeque<f64>) -> Option<f64> {
    let times: Vec<f64> = times.iter().copied().collect();
    median(&times)
}

impl Drop for Heater {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // Ends within a pass; a panic in it has nobody left to tell.
            drop(thread.join());
        }
    }
}

impl Shared {
    /// Waits out pauses; false when it is time to end.
    fn wait_for_work(&self) -> bool {
        let mut state = self.lock();
        while state.paused && !state.stopped {
            state.idle = true;
            self.changed.notify_all();
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.idle = false;
        !state.stopped
    }

    fn note(&self, time: f64) {
        let mut state = self.lock();
        state.heat.note(time);
        if state.recent.len() == WARM_PASSES {
            state.recent.pop_front();
        }
        state.recent.push_back(time);
        drop(state);
        self.changed.notify_all();
    }
}

/// What heats.
struct Stove {
    context: Context,
    recorder: Recorder,
    bound: Bound,
    /// FLOPs of a pass.
    work: f64,
}

impl Stove {
    /// Compiles the probe and finds how much of it makes a pass.
    fn new(context: &Context) -> Result<Self, Lost> {
        context.scoped(Step::Start, || {
            let buffer = |size, usage| {
                context.device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("heater"),
                    size,
                    usage: usage | BufferUsages::COPY_DST,
                    mapped_at_creation: false,
                })
            };
            let params = buffer(16, BufferUsages::UNIFORM);
            let sink = buffer(4, BufferUsages::STORAGE);
            let mut stove = Self {
                context: context.clone(),
                recorder: Recorder::new(context),
                bound: bind(context, FMA_F32, &[&params, &sink]),
                work: 0.0,
            };
            let mut rounds = 1;
            loop {
                stove.work = FMA_FLOPS * f64::from(rounds) * f64::from(WORKGROUPS) * INVOCATIONS;
                context.queue.write_buffer(&params, 0, &fma_params(rounds));
                if stove.pass()? >= PASS.0 || rounds >= MOST_ROUNDS {
                    return Ok(stove);
                }
                rounds *= 2;
            }
        })
    }

    /// Runs one pass; its time in nanoseconds.
    fn pass(&self) -> Result<f64, Lost> {
        let mut encoder = self.context.encoder();
        let mut cursor = self.recorder.cursor();
        {
            let mut pass = begin(&mut encoder, Some(cursor.pass()));
            pass.set_pipeline(&self.bound.pipeline);
            pass.set_bind_group(0, &self.bound.group, &[]);
            pass.dispatch_workgroups(WORKGROUPS, 1, 1);
        }
        let submission = self.context.submit(encoder);
        self.context.wait(Step::Start, submission)?;
        let spans = self.recorder.spans(&self.context, Step::Start, 2)?;
        Ok(spans
            .first()
            .map_or(0.0, |span| self.recorder.nanos(span.length())))
    }
}
