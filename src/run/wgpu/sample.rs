//! Timing: warm up, choose a batch, and take samples in few submissions.

use std::time::Instant;

use crate::kit::{Lost, LostCause, Nanos, Step};
use crate::run::timing::{
    MOST_BATCH, MOST_DISPATCHES, MOST_PASSES, Span, Timed, WINDOWS, choose, pass_at_least, places,
    warm,
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

/// GPU time of the samples that are waited for together: long beside the way
/// to the device and back.
pub(super) const CHUNK: Nanos = Nanos(20e6);

/// Dispatches of a submission, about, where there are many: a millisecond of
/// the host's, long beside the 0.1 ms that a submission costs.
const PIECE: u32 = 512;

/// A window of the warm-up, at most.
const WINDOW: Nanos = Nanos(4e6);

/// A wall-clock sample lasts at least so long, so that the way to the device
/// and back is a percent of it.
const WALL_AT_LEAST: Nanos = Nanos(10e6);

/// So often more samples are taken where most differences were lost to noise.
const MORE: u32 = 3;

/// Host time may be so many times the requested GPU time.
pub(super) const HOST_SHARE: f64 = 2.0;

/// One case's timing.
pub(super) struct Session<'a> {
    context: &'a Context,
    clock: &'a Clock,
    prepared: &'a mut Prepared,
    started: Instant,
    /// GPU time so far.
    pub(super) busy: f64,
    /// Host time of one run in the quickest window: what is restored or
    /// flushed between runs is in no timed pass, and takes its time all the
    /// same; what held up one window does not.
    pub(super) wall: f64,
}

/// Times a prepared case; what it left in its outputs is not judged here.
/// `rising`: the device's clocks may still have to rise.
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
    rising: bool,
) -> Result<Round, Lost> {
    let mut session = Session::new(context, clock, prepared);
    context.scoped(Step::Sample, || session.round(request, rising))
}

impl<'a> Session<'a> {
    pub(super) fn new(context: &'a Context, clock: &'a Clock, prepared: &'a mut Prepared) -> Self {
        Self {
            context,
            clock,
            prepared,
            started: Instant::now(),
            busy: 0.0,
            wall: f64::INFINITY,
        }
    }

    fn round(&mut self, request: &SampleRequest, rising: bool) -> Result<Round, Lost> {
        if self.prepared.buffers.accumulates() {
            self.prepared.buffers.restore(self.context);
        }
        self.prepared.move_to(self.context, 0);
        let (run, warm) = self.warm_up(request, rising)?;
        let recipe = self.recipe(run, request.batch);
        let (samples, wall) = match &self.clock.recorder {
            Some(recorder) => self.timed(recorder, recipe, run, request)?,
            None => {
                self.prepared.buffers.restore(self.context);
                self.by_wall(recipe, run, request)?
            }
        };
        let stages = (0..recipe.told_apart() as usize)
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
    /// requested time: twice on a device whose clocks may have to rise, once
    /// on any other, where windows may never agree. At least one window is
    /// run. Gives the time of one run, and whether windows agreed.
    pub(super) fn warm_up(
        &mut self,
        request: &SampleRequest,
        rising: bool,
    ) -> Result<(f64, bool), Lost> {
        let cap = request.time.0 * if rising { 2.0 } else { 1.0 };
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
        let mut cursor = recorder.cursor();
        let mut submitted = None;
        let mut submission = None;
        for _ in 0..count {
            let mut encoder = self.context.encoder();
            let joined = self.prepared.batchable();
            self.prepared
                .record_runs(&mut encoder, runs, joined, || Some(cursor.pass()));
            let commands = encoder.finish();
            submitted.get_or_insert_with(Instant::now);
            // The device runs one window while the next is recorded.
            submission = Some(self.context.submit_finished(commands));
        }
        self.prepared.ran = self.prepared.last();
        if let Some(submission) = submission {
            self.context.wait(Step::Sample, submission)?;
        }
        let wall = submitted.map_or(0.0, |submitted| elapsed(submitted).0);
        self.wall = self.wall.min(wall / f64::from(runs.saturating_mul(count)));
        let spans = recorder.spans(self.context, Step::Sample, cursor.used())?;
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

    /// Samples by timestamps, some milliseconds at a time, in one place of the
    /// case's buffers after the other.
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
        let wanted = places(Nanos(run), request.time, affordable);
        // What is verified afterwards is written by timed runs.
        let places = self.prepared.spread(self.context, wanted)?;
        let (mut samples, mut walls) = (Vec::new(), Vec::new());
        let (mut dropped, mut garbled, mut more) = (0_usize, false, 0);
        let busy = self.busy;
        let sampling = Instant::now();
        let (mut place, mut left, mut moved) = (0, 0, false);
        loop {
            if left == 0 {
                if place == places {
                    break;
                }
                self.prepared.move_to(self.context, place);
                moved = places > 1;
                left = affordable / places + u32::from(place < affordable % places);
                place += 1;
            }
            let count = together.min(left);
            left -= count;
            let (spans, wall) = match self.chunk(recorder, recipe, count, moved) {
                Err(lost) if matches!(lost.cause, LostCause::Garbage(_)) && !garbled => {
                    // Once may be a clock that wrapped around.
                    garbled = true;
                    left += count;
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
            moved = false;
            let lasted: u64 = spans.iter().map(|span| span.length()).sum();
            self.busy += recorder.nanos(lasted);
            let share = request.time.0 * f64::from(place) / f64::from(places);
            let over = self.busy - busy >= share || elapsed(sampling).0 >= share * HOST_SHARE;
            if place == places && left == 0 && dropped > samples.len() && more < MORE {
                // A machine that is busy with something else.
                more += 1;
                left = count;
            } else if over && !samples.is_empty() {
                left = 0;
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

    /// Takes some samples, and gives their passes and the host time of one
    /// run. To record a dispatch takes about as long as the shortest kernels
    /// run, so many go to the device in pieces: it runs one while the next is
    /// recorded.
    fn chunk(
        &mut self,
        recorder: &Recorder,
        recipe: Recipe,
        samples: u32,
        mut moved: bool,
    ) -> Result<(Vec<Span>, f64), Lost> {
        let mut cursor = recorder.cursor();
        let dispatches = recipe.runs().saturating_mul(recipe.stages).max(1);
        let piece = PIECE.div_ceil(dispatches).min(samples);
        let mut submitted = None;
        let mut left = samples;
        let submission = loop {
            let mut encoder = self.context.encoder();
            if piece < samples || std::mem::take(&mut moved) {
                // The device may have run dry, or never saw these addresses:
                // what it begins with is not timed.
                recipe.lead_in(self.prepared, &mut encoder);
            }
            for _ in 0..piece.min(left) {
                recipe.record(self.prepared, &mut encoder, &mut cursor);
            }
            // Finished here: that is where wgpu does most of its work.
            let commands = encoder.finish();
            submitted.get_or_insert_with(Instant::now);
            let submission = self.context.submit_finished(commands);
            left = left.saturating_sub(piece);
            if left == 0 {
                break submission;
            }
        };
        self.prepared.ran = self.prepared.last();
        self.context.wait(Step::Sample, submission)?;
        let wall = submitted.map_or(0.0, |submitted| elapsed(submitted).0);
        let spans = recorder.spans(self.context, Step::Sample, cursor.used())?;
        Ok((spans, wall / f64::from(samples * recipe.runs())))
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
        let joined = self.prepared.batchable();
        self.prepared
            .record_runs(&mut encoder, runs, joined, || None);
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
