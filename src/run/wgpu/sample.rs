//! Timing: warm up, choose a batch, and take samples in few submissions.

use std::time::Instant;

use crate::kit::{Lost, LostCause, Nanos, Step};
use crate::run::timing::{
    MOST_BATCH, MOST_DISPATCHES, MOST_PASSES, Timed, WINDOWS, choose, pass_at_least, warm,
};
use crate::run::{Overhead, Round, SampleRequest};
use crate::stats::median;

use super::context::Context;
use super::prepared::{Prepared, elapsed};
use super::recipe::{Recipe, Sample};
use super::timer::{Clock, Recorder};

/// Samples of one round, at most: more say nothing about the process's own
/// offset, which is what limits a comparison.
pub(super) const MOST_SAMPLES: u32 = 256;

/// GPU time of one submission, about: long beside the 0.1 ms that one costs.
pub(super) const CHUNK: Nanos = Nanos(20e6);

/// A window of the warm-up, at most.
const WINDOW: Nanos = Nanos(4e6);

/// A wall-clock sample lasts at least so long, so that the way to the device
/// and back is a percent of it.
const WALL_AT_LEAST: Nanos = Nanos(10e6);

/// So often more samples are taken where most differences were lost to noise.
const MORE: u32 = 3;

/// Host time may be so many times the requested GPU time.
pub(super) const HOST_SHARE: f64 = 2.0;

/// Samples that go to the device together.
struct Chunk {
    commands: wgpu::CommandBuffer,
    samples: u32,
    queries: u32,
    set: usize,
    /// The buffers' set that its last run takes.
    last: u32,
}

/// One case's timing.
pub(super) struct Session<'a> {
    context: &'a Context,
    clock: &'a Clock,
    prepared: &'a mut Prepared,
    started: Instant,
    /// GPU time so far.
    pub(super) busy: f64,
    /// Host time of one run in the last window: what is restored or flushed
    /// between runs is in no timed pass, and takes its time all the same.
    pub(super) wall: f64,
}

/// Times a prepared case; what it left in its outputs is not judged here.
///
/// # Errors
///
/// [`Lost`] at [`Step::Sample`]; [`LostCause::Garbage`] where the clock's
/// readings are none twice in a row, or most differences are not positive.
pub(super) fn sample(
    context: &Context,
    clock: &Clock,
    prepared: &mut Prepared,
    request: &SampleRequest,
    cpu: bool,
) -> Result<Round, Lost> {
    let mut session = Session::new(context, clock, prepared);
    context.scoped(Step::Sample, || session.round(request, cpu))
}

impl<'a> Session<'a> {
    pub(super) fn new(context: &'a Context, clock: &'a Clock, prepared: &'a mut Prepared) -> Self {
        Self {
            context,
            clock,
            prepared,
            started: Instant::now(),
            busy: 0.0,
            wall: 0.0,
        }
    }

    fn round(&mut self, request: &SampleRequest, cpu: bool) -> Result<Round, Lost> {
        // What is verified afterwards was written by timed runs.
        self.prepared.buffers.restore(self.context);
        let (run, warm) = self.warm_up(request, cpu)?;
        let recipe = self.recipe(run, request.batch);
        let (samples, wall) = match &self.clock.recorder {
            Some(recorder) => self.timed(recorder, recipe, run, request)?,
            None => self.by_wall(recipe, run, request)?,
        };
        let several = self.clock.recorder.is_some();
        let stages = (0..if several {
            recipe.told_apart() as usize
        } else {
            0
        })
            .map(|stage| samples.iter().map(|sample| sample.stages[stage]).collect())
            .collect();
        let round = Round {
            samples: samples.iter().map(|sample| sample.time).collect(),
            stages,
            wall,
            method: self.clock.timer.method,
            overhead: recipe.overhead,
            batch: recipe.batch,
            tick: self.clock.timer.tick,
            warm,
            busy: Nanos(self.busy),
            elapsed: elapsed(self.started),
            after: crate::kit::Correctness::Unknown,
            digest: None,
            clock: None,
        };
        round.check()?;
        Ok(round)
    }

    /// Runs until three windows in a row agree within a percent and at least
    /// as often as was asked, but no longer than a cap in proportion to the
    /// requested time: twice on a GPU, whose clocks have to rise, once on a
    /// software adapter, where windows may never agree. At least one window
    /// is run. Gives the time of one run, and whether windows agreed.
    pub(super) fn warm_up(
        &mut self,
        request: &SampleRequest,
        cpu: bool,
    ) -> Result<(f64, bool), Lost> {
        let cap = request.time.0 * if cpu { 1.0 } else { 2.0 };
        let least = pass_at_least(self.clock.timer.tick).0;
        let window = (request.time.0 / 16.0).clamp(least, WINDOW.0.max(least));
        let most = if self.prepared.batchable() || self.clock.recorder.is_none() {
            MOST_DISPATCHES
        } else {
            MOST_PASSES
        };
        let (mut runs, mut done, mut spent, mut last) = (1_u32, 0_u32, 0.0, 0.0);
        let mut windows: Vec<f64> = Vec::new();
        loop {
            // Once their length is known, as many as have to agree go to the
            // device together.
            let all = last * WINDOWS as f64;
            let together = if windows.is_empty() || spent + all > cap {
                1
            } else {
                WINDOWS as u32
            };
            let found = self.windows(runs, together)?;
            let run = found.last().copied().unwrap_or(0.0);
            let lasted = run * f64::from(runs);
            last = lasted;
            spent += found.iter().sum::<f64>() * f64::from(runs);
            done = done.saturating_add(runs.saturating_mul(together));
            // Windows are compared with windows of as many runs.
            if lasted * 2.0 >= window || runs == most || !windows.is_empty() {
                windows.extend(found);
            } else {
                let wanted = (window / run.max(1.0)).ceil() as u32;
                runs = wanted
                    .checked_next_power_of_two()
                    .unwrap_or(most)
                    .clamp(runs * 2, runs * 16)
                    .min(most);
            }
            if warm(&windows) && done >= request.warmup {
                let last = &windows[windows.len().saturating_sub(3)..];
                return Ok((median(last).unwrap_or(run), true));
            }
            if spent >= cap || elapsed(self.started).0 >= cap * HOST_SHARE {
                return Ok((median(&windows).unwrap_or(run), false));
            }
        }
    }

    /// Time of one run in each of some windows of so many runs.
    pub(super) fn windows(&mut self, runs: u32, count: u32) -> Result<Vec<f64>, Lost> {
        let Some(recorder) = &self.clock.recorder else {
            return (0..count)
                .map(|_| Ok(self.wall_of(runs)? / f64::from(runs)))
                .collect();
        };
        let mut encoder = self.context.encoder();
        let mut cursor = recorder.cursor(0);
        for _ in 0..count {
            if self.prepared.batchable() {
                self.prepared
                    .record_batch(&mut encoder, runs, Some(cursor.pass()));
            } else {
                for _ in 0..runs {
                    self.prepared.record_run(&mut encoder, Some(cursor.pass()));
                }
            }
        }
        let used = cursor.used();
        let commands = encoder.finish();
        let submitted = Instant::now();
        let submission = self.context.submit_finished(commands);
        self.prepared.ran = self.prepared.last();
        self.context.wait(Step::Sample, submission)?;
        self.wall = elapsed(submitted).0 / f64::from(runs.saturating_mul(count));
        let spans = recorder.spans(self.context, Step::Sample, 0, used)?;
        let empty = self.clock.timer.empty_pass.0;
        let times: Vec<f64> = spans
            .iter()
            .map(|span| (recorder.nanos(span.length()) - empty).max(self.clock.timer.tick.0))
            .collect();
        self.busy += times.iter().sum::<f64>();
        let passes = times.len() / count as usize;
        Ok(times
            .chunks_exact(passes.max(1))
            .map(|window| window.iter().sum::<f64>() / f64::from(runs))
            .collect())
    }

    /// How to take samples: as it was pinned, where that can be done here.
    fn recipe(&self, run: f64, pinned: Option<(Overhead, u32)>) -> Recipe {
        let timed = Timed {
            run: Nanos(run),
            tick: self.clock.timer.tick,
            batchable: self.prepared.batchable(),
        };
        let (overhead, batch) = how(&timed, self.clock.recorder.is_some(), pinned);
        Recipe {
            overhead,
            batch,
            stages: self.prepared.stages(),
        }
    }

    /// Samples by timestamps: one submission is recorded while the one before
    /// it runs, so that the device has work for most of the time.
    fn timed(
        &mut self,
        recorder: &Recorder,
        recipe: Recipe,
        run: f64,
        request: &SampleRequest,
    ) -> Result<(Vec<Sample>, Vec<f64>), Lost> {
        let cost = run * f64::from(recipe.runs())
            + self.clock.timer.empty_pass.0 * f64::from(recipe.passes());
        let wall = self.wall * f64::from(recipe.runs());
        let affordable = (request.time.0 / cost)
            .min(request.time.0 * HOST_SHARE / wall)
            .clamp(1.0, f64::from(MOST_SAMPLES)) as u32;
        let together =
            (CHUNK.0 / cost.max(wall / HOST_SHARE)).clamp(1.0, f64::from(affordable)) as u32;
        let together = together
            .min(wgpu::QUERY_SET_MAX_QUERIES / (2 * recipe.passes()).max(1))
            .max(1);
        let (mut left, mut set) = (affordable, 0);
        let (mut samples, mut walls) = (Vec::new(), Vec::new());
        let (mut dropped, mut garbled, mut more) = (0_usize, false, 0);
        let budget = self.busy + request.time.0;
        let sampling = Instant::now();
        let mut ahead = Some(self.chunk(recorder, recipe, together.min(left), set));
        while let Some(chunk) = ahead.take() {
            left -= chunk.samples;
            let submitted = Instant::now();
            let submission = self.context.submit_finished(chunk.commands);
            self.prepared.ran = chunk.last;
            if left > 0 {
                set += 1;
                ahead = Some(self.chunk(recorder, recipe, together.min(left), set));
            }
            self.context.wait(Step::Sample, submission)?;
            let wall = elapsed(submitted).0 / f64::from(chunk.samples * recipe.runs());
            let spans = match recorder.spans(self.context, Step::Sample, chunk.set, chunk.queries) {
                Err(lost) if matches!(lost.cause, LostCause::Garbage(_)) && !garbled => {
                    // Once may be a clock that wrapped around.
                    garbled = true;
                    left += chunk.samples;
                    if ahead.is_none() {
                        set += 1;
                        ahead = Some(self.chunk(recorder, recipe, together.min(left), set));
                    }
                    continue;
                }
                read => read?,
            };
            for sample in recipe.read(recorder, &spans, &self.clock.timer) {
                match sample {
                    Some(sample) => {
                        samples.push(sample);
                        walls.push(wall);
                    }
                    None => dropped += 1,
                }
            }
            let lasted: u64 = spans.iter().map(|span| span.length()).sum();
            self.busy += recorder.nanos(lasted);
            let over = self.busy >= budget || elapsed(sampling).0 >= request.time.0 * HOST_SHARE;
            if ahead.is_none() && dropped > samples.len() && more < MORE {
                // A machine that is busy with something else.
                more += 1;
                left = chunk.samples;
                set += 1;
                ahead = Some(self.chunk(recorder, recipe, left, set));
            } else if over && !samples.is_empty() {
                break;
            }
        }
        if dropped > samples.len() {
            return Err(Lost::new(
                Step::Sample,
                LostCause::Garbage(format!(
                    "7N runs took no longer than N in {dropped} of {} samples",
                    dropped + samples.len()
                )),
            ));
        }
        Ok((samples, walls))
    }

    fn chunk(&mut self, recorder: &Recorder, recipe: Recipe, samples: u32, set: usize) -> Chunk {
        let mut encoder = self.context.encoder();
        let mut cursor = recorder.cursor(set);
        for _ in 0..samples {
            recipe.record(self.prepared, &mut encoder, &mut cursor);
        }
        Chunk {
            // Finished here: that is where wgpu does most of its work.
            commands: encoder.finish(),
            samples,
            queries: cursor.used(),
            set,
            last: self.prepared.last(),
        }
    }

    /// Samples by the host's clock: a batch each, from submission to idle.
    fn by_wall(
        &mut self,
        recipe: Recipe,
        run: f64,
        request: &SampleRequest,
    ) -> Result<(Vec<Sample>, Vec<f64>), Lost> {
        let cost = run * f64::from(recipe.batch);
        let affordable = (request.time.0 / cost).clamp(1.0, f64::from(MOST_SAMPLES)) as u32;
        let (mut samples, mut walls) = (Vec::new(), Vec::new());
        let sampling = Instant::now();
        for _ in 0..affordable {
            let time = self.wall_of(recipe.batch)? / f64::from(recipe.batch);
            samples.push(Sample {
                time,
                stages: Vec::new(),
            });
            walls.push(time);
            if elapsed(sampling).0 >= request.time.0 * HOST_SHARE {
                break;
            }
        }
        Ok((samples, walls))
    }

    /// Host time of so many runs in one submission.
    pub(super) fn wall_of(&mut self, runs: u32) -> Result<f64, Lost> {
        let mut encoder = self.context.encoder();
        if self.prepared.batchable() {
            self.prepared.record_batch(&mut encoder, runs, None);
        } else {
            for _ in 0..runs {
                self.prepared.record_run(&mut encoder, None);
            }
        }
        let commands = encoder.finish();
        let submitted = Instant::now();
        let submission = self.context.submit_finished(commands);
        self.prepared.ran = self.prepared.last();
        self.context.wait(Step::Sample, submission)?;
        let lasted = elapsed(submitted).0;
        self.busy += lasted;
        Ok(lasted)
    }
}

/// What is done about the cost of a pass, and how many runs go into a sample:
/// as it was pinned, where that can be done here.
pub(super) fn how(
    timed: &Timed,
    timestamps: bool,
    pinned: Option<(Overhead, u32)>,
) -> (Overhead, u32) {
    match pinned {
        Some((Overhead::BatchDifference, batch)) if timestamps && timed.batchable => {
            (Overhead::BatchDifference, batch.clamp(1, MOST_BATCH))
        }
        Some((Overhead::EmptyPass, batch)) if timestamps => {
            (Overhead::EmptyPass, batch.clamp(1, MOST_PASSES))
        }
        Some((Overhead::None, batch)) if !timestamps => {
            (Overhead::None, batch.clamp(1, MOST_DISPATCHES))
        }
        Some((Overhead::BatchDifference | Overhead::EmptyPass | Overhead::None, _)) | None => {
            if timestamps {
                choose(timed)
            } else {
                let wanted = (WALL_AT_LEAST.0 / timed.run.0.max(1.0)).ceil() as u32;
                let batch = wanted
                    .checked_next_power_of_two()
                    .unwrap_or(MOST_DISPATCHES);
                (Overhead::None, batch.clamp(1, MOST_DISPATCHES))
            }
        }
    }
}
