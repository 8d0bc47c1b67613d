//! The stages of two pipelines in turns.
//!
//! They take blocks of their own, after those that are judged: a pass for each
//! stage has an end and a beginning that the whole has not, and what is judged
//! is not to hold them. So the judged blocks are what they are for any other
//! case, and the stages tell where a change sits.

use std::time::Instant;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::kit::{Lost, Nanos, Step};
use crate::run::{PairRequest, StageTimes};
use crate::stats::{SAMPLES_OF_A_BLOCK, median};

use super::pair::{Pair, TURNS, Taken};
use super::prepared::{begin, elapsed};
use super::sample::{CHUNK, HOST_SHARE};
use super::timer::Recorder;

/// Part of the time that was asked for which the stages take besides.
const SHARE: f64 = 0.25;

/// Blocks of a round, at most and at least; but no more than the fewest that say
/// anything once they have taken this host time.
const MOST: u32 = 32;
const LEAST: u32 = 12;
const FEWEST: u32 = 4;
const LONGEST: Nanos = Nanos(0.25e9);

impl Pair<'_> {
    /// Times the stages of both versions, where one of them is a pipeline; and
    /// what that took of the device. `taken` is what the whole gave.
    pub(super) fn stages(
        &mut self,
        recorder: &Recorder,
        taken: &Taken,
        request: &PairRequest,
        order: &mut ChaCha8Rng,
    ) -> Result<(Option<StageTimes>, f64), Lost> {
        let counts = [0, 1].map(|side| self.sides[side].stages() as usize);
        if counts.iter().all(|count| *count < 2) {
            return Ok((None, 0.0));
        }
        let runs: f64 = taken.samples.iter().filter_map(|times| median(times)).sum();
        let passes = 1 + SAMPLES_OF_A_BLOCK * (counts[0] + counts[1]);
        let empty = self.clock.timer.empty_pass.0 * passes as f64;
        let block = (SAMPLES_OF_A_BLOCK as f64 * runs + empty).max(1.0);
        let room = wgpu::QUERY_SET_MAX_QUERIES / (2 * passes as u32).max(1);
        if room == 0 {
            // More passes than a set of timestamps has room for.
            return Ok((None, 0.0));
        }
        let together = ((CHUNK.0 / block).clamp(1.0, f64::from(FEWEST)) as u32).min(room);
        let time = 2.0 * SHARE * request.sample.time.0;
        let mut found = counts.map(|count| vec![Vec::new(); count]);
        let (mut blocks, mut busy) = (0, 0.0);
        let sampling = Instant::now();
        while blocks < MOST {
            busy += self.stage_blocks(recorder, together, order, &mut found)?;
            blocks += together;
            let host = elapsed(sampling).0;
            let over = busy >= time || host >= time * HOST_SHARE;
            let long = host >= LONGEST.0.max(time * HOST_SHARE);
            if (over && blocks >= LEAST) || (long && blocks >= FEWEST) {
                break;
            }
        }
        let [before, now] = found;
        Ok((Some(StageTimes { before, now }), busy))
    }

    /// Takes some blocks in one submission; gives the time of their passes.
    fn stage_blocks(
        &mut self,
        recorder: &Recorder,
        blocks: u32,
        order: &mut ChaCha8Rng,
        found: &mut [Vec<Vec<f64>>; 2],
    ) -> Result<f64, Lost> {
        let mut encoder = self.context.encoder();
        let mut cursor = recorder.cursor();
        let mut turns = Vec::with_capacity(blocks as usize);
        for _ in 0..blocks {
            let block = TURNS[usize::from(order.random::<bool>())];
            // Not timed: the device may have run dry before it.
            self.sides[block[0]].record_run(&mut encoder, None);
            drop(begin(&mut encoder, Some(cursor.pass())));
            for side in block {
                self.sides[side].record_stages(&mut encoder, || cursor.pass());
            }
            turns.push(block);
        }
        let used = cursor.used();
        let submission = self.context.submit_finished(encoder.finish());
        for side in &mut self.sides {
            side.ran = side.last();
        }
        self.context.wait(Step::Sample, submission)?;
        let spans = recorder.spans(self.context, Step::Sample, used)?;
        let lengths: Vec<f64> = spans
            .iter()
            .map(|span| recorder.nanos(span.length()))
            .collect();
        let passes = lengths.len() / turns.len().max(1);
        let empties: Vec<f64> = lengths
            .chunks_exact(passes.max(1))
            .map(|block| block[0])
            .collect();
        let timer = &self.clock.timer;
        let empty = median(&empties).unwrap_or(0.0).min(timer.empty_pass.0);
        let mut rest = lengths.iter();
        for block in turns {
            rest.next();
            for side in block {
                for stage in &mut found[side] {
                    let length = rest.next().copied().unwrap_or(0.0);
                    stage.push((length - empty).max(timer.tick.0));
                }
            }
        }
        Ok(lengths.iter().sum())
    }
}
