//! What a sample is made of: which passes, and how they become a time.

use wgpu::CommandEncoder;

use crate::kit::Timer;
use crate::run::Overhead;
use crate::run::timing::{LONG, Span, batch_difference};
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
    /// Dispatches of one run.
    pub(super) stages: u32,
}

/// One sample, read.
#[derive(Debug)]
pub(super) struct Sample {
    /// Nanoseconds of one run.
    pub(super) time: f64,
    /// By stage, each in a pass of its own; empty for a single kernel.
    pub(super) stages: Vec<f64>,
}

impl Recipe {
    /// Stages that are also timed one by one: those of a pipeline, where passes
    /// have times of their own.
    pub(super) fn told_apart(self) -> u32 {
        match self.overhead {
            Overhead::BatchDifference | Overhead::EmptyPass if self.stages > 1 => self.stages,
            Overhead::BatchDifference | Overhead::EmptyPass | Overhead::None => 0,
        }
    }

    /// Passes that a sample spends on what is timed as a whole.
    fn whole(self) -> u32 {
        match self.overhead {
            Overhead::BatchDifference => 4,
            Overhead::EmptyPass => self.batch,
            Overhead::None => 1,
        }
    }

    /// Whether a sample holds an empty pass of its own.
    fn empties(self) -> u32 {
        u32::from(self.overhead == Overhead::EmptyPass || self.told_apart() > 0)
    }

    /// Passes of one sample, empty ones included.
    pub(super) fn passes(self) -> u32 {
        self.empties() + self.whole() + self.told_apart()
    }

    /// Runs of one sample.
    pub(super) fn runs(self) -> u32 {
        let whole = match self.overhead {
            Overhead::BatchDifference => 2 * (1 + LONG) * self.batch,
            Overhead::EmptyPass | Overhead::None => self.batch,
        };
        whole + u32::from(self.told_apart() > 0)
    }

    /// Records one sample: its own empty pass, at the clocks of this very
    /// moment, then the stages one by one, then the whole.
    pub(super) fn record(
        self,
        prepared: &mut Prepared,
        encoder: &mut CommandEncoder,
        cursor: &mut Cursor<'_>,
    ) {
        if self.empties() > 0 {
            drop(begin(encoder, Some(cursor.pass())));
        }
        if self.told_apart() > 0 {
            prepared.record_stages(encoder, || cursor.pass());
        }
        match self.overhead {
            Overhead::BatchDifference => {
                for times in [1, LONG, LONG, 1] {
                    prepared.record_batch(encoder, times * self.batch, Some(cursor.pass()));
                }
            }
            Overhead::EmptyPass | Overhead::None => {
                for _ in 0..self.batch {
                    prepared.record_run(encoder, Some(cursor.pass()));
                }
            }
        }
    }

    /// Records what is run before the first sample of a submission.
    pub(super) fn lead_in(self, prepared: &mut Prepared, encoder: &mut CommandEncoder) {
        match self.overhead {
            Overhead::BatchDifference => prepared.record_batch(encoder, self.batch, None),
            Overhead::EmptyPass | Overhead::None => prepared.record_run(encoder, None),
        }
    }

    /// Reads a chunk. None stands for a difference that is not positive: noise
    /// was greater than the runs between. A pass no longer than the empty one counts as
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
        let length = |span: &Span| recorder.nanos(span.length());
        let samples = spans.chunks_exact(self.passes() as usize);
        let empty = if self.empties() > 0 {
            let empties: Vec<f64> = samples.clone().map(|passes| length(&passes[0])).collect();
            median(&empties).unwrap_or(0.0).min(timer.empty_pass.0)
        } else {
            0.0
        };
        let net = |span: &Span| (length(span) - empty).max(timer.tick.0);
        samples
            .map(|passes| {
                let (_, passes) = passes.split_at(self.empties() as usize);
                let (stages, whole) = passes.split_at(self.told_apart() as usize);
                let time = match *whole {
                    [ref a, ref b, ref c, ref d] if self.overhead == Overhead::BatchDifference => {
                        batch_difference([a, b, c, d].map(length), self.batch, LONG)
                    }
                    _ => whole.iter().map(net).sum::<f64>() / f64::from(self.batch),
                };
                (time > 0.0).then(|| Sample {
                    time,
                    stages: stages.iter().map(net).collect(),
                })
            })
            .collect()
    }
}
