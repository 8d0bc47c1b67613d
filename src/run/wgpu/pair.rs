//! Timing of two versions in turns: A B B A, or B A A B.
//!
//! On a GPU many blocks go into one submission, and its timestamps tell the
//! turns apart. On a software adapter a timestamp also counts the time in
//! which the machine did something else; there the CPU time of the process is
//! read around each turn (`pair_cpu`).

use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use wgpu::CommandEncoder;

use crate::kit::{Correctness, Lost, LostCause, Nanos, Step, Timer};
use crate::run::timing::{MOST_DISPATCHES, MOST_PASSES, Span, Timed};
use crate::run::{CpuTimes, Overhead, PairRequest, PairRound, Round};
use crate::stats::SAMPLES_OF_A_BLOCK;

use super::context::Context;
use super::cpu_clock::CpuClock;
use super::prepared::{Prepared, elapsed};
use super::sample::{CHUNK, HOST_SHARE, MOST_SAMPLES, Session, how};
use super::timer::{Clock, Cursor, Recorder};
use super::verify;

/// Blocks of one round, at most.
pub(super) const MOST_BLOCKS: u32 = MOST_SAMPLES / SAMPLES_OF_A_BLOCK as u32;

/// Blocks of one round, at least, whatever time was asked for: what is left of
/// a few without the outer quarters is at the mercy of whatever else the
/// machine does. But not for longer than this host time, once there are the
/// fewest that say anything.
const LEAST_BLOCKS: u32 = 12;
const LONGEST: Nanos = Nanos(1e9);
const FEWEST_BLOCKS: u32 = 4;

/// Which of the two.
const BEFORE: usize = 0;
const NOW: usize = 1;

/// The turns of a block by which version begins.
pub(super) const TURNS: [[usize; 4]; 2] = [[BEFORE, NOW, NOW, BEFORE], [NOW, BEFORE, BEFORE, NOW]];

/// Two prepared versions of a case.
pub(super) struct Pair<'a> {
    pub(super) context: &'a Context,
    pub(super) clock: &'a Clock,
    pub(super) sides: [&'a mut Prepared; 2],
}

/// What timing gave, by version.
#[derive(Default)]
pub(super) struct Taken {
    /// Time of one run, by sample.
    pub(super) samples: [Vec<f64>; 2],
    /// Host time of one run, by sample.
    pub(super) walls: [Vec<f64>; 2],
    /// CPU time of one run, by sample; empty where it is not read.
    pub(super) cpu: [Vec<f64>; 2],
    /// Time spent on blocks so far, on the clock that is judged by.
    pub(super) busy: f64,
    /// GPU time of the warm-up, by version.
    pub(super) warming: [f64; 2],
    /// Whether the warm-up settled, by version.
    pub(super) warm: [bool; 2],
}

/// One sample of one version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// Runs in it.
    pub(super) batch: u32,
    /// All of them in one pass.
    pub(super) joined: bool,
}

impl Turn {
    /// Passes of a sample, each timed by itself.
    pub(super) fn passes(self) -> u32 {
        if self.joined { 1 } else { self.batch }
    }

    pub(super) fn record(
        self,
        side: &mut Prepared,
        encoder: &mut CommandEncoder,
        mut cursor: Option<&mut Cursor<'_>>,
    ) {
        side.record_runs(encoder, self.batch, self.joined, || {
            cursor.as_mut().map(|cursor| cursor.pass())
        });
    }

    /// A sample from its passes. A pass no longer than an empty one counts as
    /// one tick.
    pub(super) fn read(self, recorder: &Recorder, passes: &[Span], timer: &Timer) -> f64 {
        let net =
            |span: &Span| (recorder.nanos(span.length()) - timer.empty_pass.0).max(timer.tick.0);
        passes.iter().map(net).sum::<f64>() / f64::from(self.batch)
    }
}

/// Whether so many blocks are enough for a time that was asked for.
pub(super) fn enough(blocks: u32, taken: &Taken, time: f64, host: Nanos) -> bool {
    let over = taken.busy >= time || host.0 >= time * HOST_SHARE;
    let long = host.0 >= LONGEST.0.max(time * HOST_SHARE);
    (over && blocks >= LEAST_BLOCKS) || (long && blocks >= FEWEST_BLOCKS)
}

impl<'a> Pair<'a> {
    pub(super) fn new(
        context: &'a Context,
        clock: &'a Clock,
        before: &'a mut Prepared,
        now: &'a mut Prepared,
    ) -> Self {
        Self {
            context,
            clock,
            sides: [before, now],
        }
    }

    /// Warms both up, and times them in turns; what they leave in their
    /// outputs is not judged here.
    ///
    /// # Errors
    ///
    /// [`Lost`] at [`Step::Sample`]; [`LostCause::Garbage`] as for one case.
    pub(super) fn sample(&mut self, request: &PairRequest, cpu: bool) -> Result<PairRound, Lost> {
        let context = self.context;
        context.scoped(Step::Sample, || self.round(request, cpu))
    }

    fn round(&mut self, request: &PairRequest, cpu: bool) -> Result<PairRound, Lost> {
        let started = Instant::now();
        let mut order = ChaCha8Rng::seed_from_u64(request.seed);
        for side in &self.sides {
            side.buffers.restore(self.context);
        }
        let meter = if cpu {
            CpuClock::of_this_process()
        } else {
            None
        };
        let (turn, taken) = match meter {
            Some(meter) => self.by_cpu(&meter, request, &mut order)?,
            None => self.by_clock(request, cpu, &mut order)?,
        };
        let (stages, on_stages) = match &self.clock.recorder {
            Some(recorder) => self.stages(recorder, &taken, request, &mut order)?,
            None => (None, 0.0),
        };
        let spent = elapsed(started);
        let Taken {
            samples: [samples_before, samples_now],
            walls: [walls_before, walls_now],
            cpu: [cpu_before, cpu_now],
            busy,
            warming,
            warm,
        } = taken;
        let side = |side: usize, samples: Vec<f64>, wall: Vec<f64>| Round {
            stages: Vec::new(),
            samples,
            wall,
            method: self.clock.timer.method,
            overhead: match self.clock.recorder {
                Some(_) => Overhead::EmptyPass,
                None => Overhead::None,
            },
            batch: turn.batch,
            tick: self.clock.timer.tick,
            warm: warm[side],
            busy: Nanos(warming[side] + (busy + on_stages) / 2.0),
            elapsed: Nanos(spent.0 / 2.0),
            after: Correctness::Unknown,
            digest: None,
            clock: None,
        };
        let round = PairRound {
            before: side(BEFORE, samples_before, walls_before),
            now: side(NOW, samples_now, walls_now),
            cpu: meter.map(|_| CpuTimes {
                before: cpu_before,
                now: cpu_now,
            }),
            stages,
        };
        round.check()?;
        Ok(round)
    }

    /// Warms both up and times them by the device's clock, or by the host's.
    fn by_clock(
        &mut self,
        request: &PairRequest,
        cpu: bool,
        order: &mut ChaCha8Rng,
    ) -> Result<(Turn, Taken), Lost> {
        let mut runs = [0.0; 2];
        let (mut warm, mut warming) = ([false; 2], [0.0; 2]);
        let mut wall: f64 = 0.0;
        let first = usize::from(order.random::<bool>());
        for side in [first, 1 - first] {
            let mut session = Session::new(self.context, self.clock, self.sides[side]);
            (runs[side], warm[side]) = session.warm_up(&request.sample, !cpu)?;
            warming[side] = session.busy;
            wall = wall.max(session.wall);
        }
        let turn = self.turn(runs, request.sample.batch);
        let taken = match &self.clock.recorder {
            Some(recorder) => self.timed(recorder, turn, runs, wall, request, order)?,
            None => self.by_wall(turn, runs, request, order)?,
        };
        Ok((
            turn,
            Taken {
                warming,
                warm,
                ..taken
            },
        ))
    }

    /// One way to take samples for both: as many runs as make a pass of the
    /// shorter one long enough, and no more than both can do.
    ///
    /// An empty pass is subtracted and no batch of twice the runs, as a case
    /// alone would have it: what begins and ends a pass is the same for both,
    /// so that of an error in it only the change's own share is left, and a
    /// block costs a sixth of the time and is over before the machine has
    /// turned to something else.
    fn turn(&self, runs: [f64; 2], pinned: Option<(Overhead, u32)>) -> Turn {
        let batchable = self.sides.iter().all(|side| side.batchable());
        let timed = Timed {
            run: Nanos(runs[0].min(runs[1])),
            tick: self.clock.timer.tick,
            batchable,
        };
        let timestamps = self.clock.recorder.is_some();
        let pinned = pinned.map(|(_, batch)| batch);
        let (_, chosen) = how(&timed, timestamps, None);
        let most = if batchable || !timestamps {
            MOST_DISPATCHES
        } else {
            MOST_PASSES
        };
        Turn {
            batch: pinned.unwrap_or(chosen).clamp(1, most),
            joined: batchable,
        }
    }

    /// Blocks by timestamps, as many to a submission as make it worth its
    /// while.
    fn timed(
        &mut self,
        recorder: &Recorder,
        turn: Turn,
        runs: [f64; 2],
        wall: f64,
        request: &PairRequest,
        order: &mut ChaCha8Rng,
    ) -> Result<Taken, Lost> {
        let empty = self.clock.timer.empty_pass.0;
        let twice = SAMPLES_OF_A_BLOCK as f64;
        let (mut cost, mut host, mut passes) = (0.0, 0.0, 0);
        for run in runs {
            let own = turn.passes();
            cost += twice * (run * f64::from(turn.batch) + empty * f64::from(own));
            host += twice * wall * f64::from(turn.batch);
            passes += SAMPLES_OF_A_BLOCK as u32 * own;
        }
        let time = 2.0 * request.sample.time.0;
        let blocks = (time / cost)
            .min(time * HOST_SHARE / host)
            .clamp(f64::from(LEAST_BLOCKS), f64::from(MOST_BLOCKS)) as u32;
        let together = (CHUNK.0 / cost.max(host / HOST_SHARE)).clamp(1.0, f64::from(blocks));
        let together = (together as u32).min(wgpu::QUERY_SET_MAX_QUERIES / (2 * passes).max(1));
        if together == 0 {
            return Err(Lost::new(
                Step::Sample,
                LostCause::Refused("more passes than a set of timestamps has room for".into()),
            ));
        }
        let mut taken = Taken::default();
        let mut left = blocks;
        let sampling = Instant::now();
        while left > 0 {
            let some = together.min(left);
            left -= some;
            self.chunk(recorder, turn, some, order, &mut taken)?;
            if enough(blocks - left, &taken, time, elapsed(sampling)) {
                break;
            }
        }
        Ok(taken)
    }

    /// Records, submits and reads some blocks.
    fn chunk(
        &mut self,
        recorder: &Recorder,
        turn: Turn,
        blocks: u32,
        order: &mut ChaCha8Rng,
        taken: &mut Taken,
    ) -> Result<(), Lost> {
        let mut encoder = self.context.encoder();
        let mut cursor = recorder.cursor();
        let mut turns = Vec::with_capacity(blocks as usize * TURNS[0].len());
        for _ in 0..blocks {
            turns.extend(TURNS[usize::from(order.random::<bool>())]);
        }
        for &side in &turns {
            turn.record(self.sides[side], &mut encoder, Some(&mut cursor));
        }
        let used = cursor.used();
        let commands = encoder.finish();
        let submitted = Instant::now();
        let submission = self.context.submit_finished(commands);
        for side in &mut self.sides {
            side.ran = side.last();
        }
        self.context.wait(Step::Sample, submission)?;
        let all = f64::from(turn.batch) * turns.len() as f64;
        let wall = elapsed(submitted).0 / all;
        let spans = recorder.spans(self.context, Step::Sample, used)?;
        taken.busy += recorder.nanos(spans.iter().map(|span| span.length()).sum());
        let mut rest = spans.as_slice();
        for &side in &turns {
            let (passes, more) = rest.split_at(turn.passes() as usize);
            rest = more;
            let sample = turn.read(recorder, passes, &self.clock.timer);
            taken.samples[side].push(sample);
            taken.walls[side].push(wall);
        }
        Ok(())
    }

    /// Blocks by the host's clock: a batch each, from submission to idle.
    fn by_wall(
        &mut self,
        turn: Turn,
        runs: [f64; 2],
        request: &PairRequest,
        order: &mut ChaCha8Rng,
    ) -> Result<Taken, Lost> {
        let batch = turn.batch;
        let cost = SAMPLES_OF_A_BLOCK as f64 * (runs[0] + runs[1]) * f64::from(batch);
        let time = 2.0 * request.sample.time.0;
        let affordable =
            (time / cost).clamp(f64::from(LEAST_BLOCKS), f64::from(MOST_BLOCKS)) as u32;
        let mut taken = Taken::default();
        let sampling = Instant::now();
        for block in 0..affordable {
            for side in TURNS[usize::from(order.random::<bool>())] {
                let mut session = Session::new(self.context, self.clock, self.sides[side]);
                let lasted = session.wall_of(batch)?;
                let time = lasted / f64::from(batch);
                taken.busy += lasted;
                taken.samples[side].push(time);
                taken.walls[side].push(time);
            }
            if enough(block + 1, &taken, time, elapsed(sampling)) {
                break;
            }
        }
        Ok(taken)
    }

    /// Runs each version once more as it was timed, from fresh buffers, and
    /// judges what it leaves: buffers that both share hold only what the last
    /// run wrote.
    ///
    /// # Errors
    ///
    /// [`Lost`]; a wrong output is no error.
    pub(super) fn judge(
        &mut self,
        round: &mut PairRound,
        request: &PairRequest,
    ) -> Result<(), Lost> {
        let context = self.context;
        let known = [request.verified_before, request.sample.verified];
        for (side, round) in [&mut round.before, &mut round.now].into_iter().enumerate() {
            let batch = round.batch;
            context.scoped(Step::Verify, || {
                self.sides[side].buffers.restore(context);
                let mut session = Session::new(context, self.clock, self.sides[side]);
                session.windows(batch, 1)
            })?;
            let judged = verify::after(context, self.sides[side], known[side])?;
            (round.after, round.digest) = judged;
        }
        Ok(())
    }
}
