//! What a sample is made of: which passes, and how they become a time.

use wgpu::CommandEncoder;

use crate::kit::Timer;
use crate::run::Overhead;
use crate::run::timing::{LONG, LONG_ALONE, Span, batch_difference, difference_passes};
use crate::stats::median;

use super::prepared::{Prepared, begin};
use super::timer::{Cursor, Recorder};

/// What one sample consists of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recipe {
    /// What is done about the cost of a pass.
    pub(super) overhead: Overhead,
    /// Runs timed together.
    pub(super) batch: u32,
    /// Passes of one run.
    pub(super) stages: u32,
}

/// One sample, read.
#[derive(Debug)]
pub(super) struct Sample {
    /// Nanoseconds of one run.
    pub(super) time: f64,
    /// The same by stage; empty where there is only one and it is batched.
    pub(super) stages: Vec<f64>,
}

impl Recipe {
    /// Passes of one sample, empty ones included.
    pub(super) fn passes(self) -> u32 {
        match self.overhead {
            Overhead::BatchDifference => difference_passes(self.stages),
            Overhead::EmptyPass => 1 + self.batch * self.stages,
            Overhead::None => 1,
        }
    }

    /// Runs of one sample.
    pub(super) fn runs(self) -> u32 {
        match self.overhead {
            Overhead::BatchDifference => {
                // Stages alone are together one run.
                let alone = if self.stages > 1 { 1 + LONG_ALONE } else { 0 };
                2 * (1 + LONG + alone) * self.batch
            }
            Overhead::EmptyPass | Overhead::None => self.batch,
        }
    }

    /// Records one sample.
    pub(super) fn record(
        self,
        prepared: &mut Prepared,
        encoder: &mut CommandEncoder,
        cursor: &mut Cursor<'_>,
    ) {
        match self.overhead {
            Overhead::BatchDifference => {
                let stages = self.stages as usize;
                let alone = (0..stages).map(Some).filter(|_| stages > 1);
                for stage in std::iter::once(None).chain(alone) {
                    let long = if stage.is_none() { LONG } else { LONG_ALONE };
                    for times in [1, long, long, 1] {
                        let runs = times * self.batch;
                        prepared.record_batch(encoder, runs, stage, Some(cursor.pass()));
                    }
                }
            }
            Overhead::EmptyPass | Overhead::None => {
                // Its own empty pass, at the clocks of this very moment.
                drop(begin(encoder, Some(cursor.pass())));
                for _ in 0..self.batch {
                    prepared.record_run(encoder, || Some(cursor.pass()));
                }
            }
        }
    }

    /// Reads a chunk. None stands for a difference that is not positive: noise
    /// was greater than N runs. (A stage alone is not dropped for that, but
    /// counts as one tick: it decides nothing.) A pass no longer than the empty one counts as
    /// one tick.
    ///
    /// What is subtracted is the middle of the chunk's own empty passes, or
    /// what an empty pass read at the start, whichever is less: the first knows
    /// the clocks of the moment, and the second is spared a busy machine.
    pub(super) fn read(
        self,
        recorder: &Recorder,
        spans: &[Span],
        timer: &Timer,
    ) -> Vec<Option<Sample>> {
        let tick = timer.tick;
        let nanos = |from: Span, to: Span| recorder.nanos(to.end.saturating_sub(from.begin));
        let samples = spans.chunks_exact(self.passes() as usize);
        if self.overhead == Overhead::BatchDifference {
            return samples
                .map(|passes| {
                    let difference = |passes: &[Span], long| {
                        let times = [0, 1, 2, 3].map(|pass| nanos(passes[pass], passes[pass]));
                        batch_difference(times, self.batch, long)
                    };
                    let (whole, alone) = passes.split_at(4);
                    let time = difference(whole, LONG);
                    (time > 0.0).then(|| Sample {
                        time,
                        stages: alone
                            .chunks_exact(4)
                            .map(|passes| difference(passes, LONG_ALONE).max(tick.0))
                            .collect(),
                    })
                })
                .collect();
        }
        let empties: Vec<f64> = samples
            .clone()
            .map(|passes| nanos(passes[0], passes[0]))
            .collect();
        let empty = median(&empties).unwrap_or(0.0).min(timer.empty_pass.0);
        let (stages, batch) = (self.stages as usize, f64::from(self.batch));
        samples
            .map(|passes| {
                let mut sample = Sample {
                    time: 0.0,
                    stages: vec![0.0; stages],
                };
                for run in passes[1..].chunks_exact(stages) {
                    let whole = nanos(run[0], run[stages - 1]);
                    sample.time += (whole - empty).max(tick.0) / batch;
                    for (sum, pass) in sample.stages.iter_mut().zip(run) {
                        *sum += (nanos(*pass, *pass) - empty).max(tick.0) / batch;
                    }
                }
                Some(sample)
            })
            .collect()
    }
}
