//! Pairs on a software adapter, by the CPU time of this process.
//!
//! Its kernels run on the machine's cores, which other work shares. A timestamp
//! counts the time in which a core did that other work, and on a busy machine
//! this is most of it: with four busy loops beside it on two cores, rounds of
//! equal kernels were off by 13 to 30 % by timestamps, and by 0.5 to 1 % by CPU
//! time (`DESIGN.md` has the measurement). What it costs: a change that leaves
//! the work as it is and only spreads it over fewer cores is not seen.

use std::time::Instant;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::kit::{Lost, Nanos, Step};
use crate::run::PairRequest;
use crate::run::timing::{MOST_DISPATCHES, MOST_PASSES};
use crate::stats::median;

use super::cpu_clock::CpuClock;
use super::pair::{MOST_BLOCKS, Pair, TURNS, Taken, Turn, enough};
use super::prepared::{begin, elapsed};

/// A turn takes at least this CPU time; and at least so many times what a
/// submission of nothing takes, which is subtracted.
const TURN_AT_LEAST: Nanos = Nanos(2e6);
const EMPTIES_AT_LEAST: f64 = 8.0;

/// Submissions of nothing before a round.
const EMPTIES: usize = 8;

impl Pair<'_> {
    /// Times both versions, each turn in a submission of its own. Timestamps
    /// are taken as well, for what is said of times and ranges.
    pub(super) fn by_cpu(
        &mut self,
        meter: &CpuClock,
        request: &PairRequest,
        order: &mut ChaCha8Rng,
    ) -> Result<(Turn, Taken), Lost> {
        let empty = self.empty_submission(meter)?;
        let turn = self.turn_by_cpu(meter, empty, request, order)?;
        let time = 2.0 * request.sample.time.0;
        let mut taken = Taken {
            // There are no clocks to rise, and no windows that would agree.
            warm: [true; 2],
            ..Taken::default()
        };
        let sampling = Instant::now();
        for blocks in 1..=MOST_BLOCKS {
            let turns = TURNS[usize::from(order.random::<bool>())];
            self.block(meter, turn, turns, empty, &mut taken)?;
            if enough(blocks, &taken, time, elapsed(sampling)) {
                break;
            }
        }
        Ok((turn, taken))
    }

    /// CPU time of a submission with an empty pass.
    fn empty_submission(&mut self, meter: &CpuClock) -> Result<Nanos, Lost> {
        let mut empties = Vec::with_capacity(EMPTIES);
        for _ in 0..EMPTIES {
            let mut encoder = self.context.encoder();
            let mut cursor = self
                .clock
                .recorder
                .as_ref()
                .map(|recorder| recorder.cursor());
            drop(begin(
                &mut encoder,
                cursor.as_mut().map(|cursor| cursor.pass()),
            ));
            empties.push(self.submit(meter, encoder.finish())?.0.0);
        }
        Ok(Nanos(median(&empties).unwrap_or(0.0)))
    }

    /// How many runs make a turn long enough, which warms both versions up.
    fn turn_by_cpu(
        &mut self,
        meter: &CpuClock,
        empty: Nanos,
        request: &PairRequest,
        order: &mut ChaCha8Rng,
    ) -> Result<Turn, Lost> {
        let joined = self.sides.iter().all(|side| side.batchable());
        let most = if joined { MOST_DISPATCHES } else { MOST_PASSES };
        let least = TURN_AT_LEAST.0.max(EMPTIES_AT_LEAST * empty.0);
        let pinned = request.sample.batch.map(|(_, batch)| batch.clamp(1, most));
        let mut shortest = f64::INFINITY;
        let first = usize::from(order.random::<bool>());
        for side in [first, 1 - first] {
            let mut batch = pinned.unwrap_or(1);
            loop {
                let mut encoder = self.context.encoder();
                let mut cursor = self
                    .clock
                    .recorder
                    .as_ref()
                    .map(|recorder| recorder.cursor());
                let turn = Turn { batch, joined };
                turn.record(self.sides[side], &mut encoder, cursor.as_mut());
                let (cpu, _) = self.submit(meter, encoder.finish())?;
                self.sides[side].ran = self.sides[side].last();
                let net = (cpu.0 - empty.0).max(1.0);
                if pinned.is_some() || 2.0 * net >= least || batch >= most {
                    shortest = shortest.min(net / f64::from(batch));
                    break;
                }
                let wanted = least / net * f64::from(batch);
                batch = (wanted.ceil() as u32)
                    .clamp(2 * batch, 16 * batch)
                    .min(most);
            }
        }
        let wanted = ((least / shortest).ceil() as u32)
            .checked_next_power_of_two()
            .unwrap_or(most);
        Ok(Turn {
            batch: pinned.unwrap_or(wanted).clamp(1, most),
            joined,
        })
    }

    /// Takes the turns of one block.
    fn block(
        &mut self,
        meter: &CpuClock,
        turn: Turn,
        turns: [usize; 4],
        empty: Nanos,
        taken: &mut Taken,
    ) -> Result<(), Lost> {
        let recorder = self.clock.recorder.as_ref();
        let mut cursor = recorder.map(|recorder| recorder.cursor());
        let runs = f64::from(turn.batch);
        let mut walls = [0.0; 4];
        for (side, wall) in turns.into_iter().zip(&mut walls) {
            let mut encoder = self.context.encoder();
            turn.record(self.sides[side], &mut encoder, cursor.as_mut());
            let (cpu, host) = self.submit(meter, encoder.finish())?;
            self.sides[side].ran = self.sides[side].last();
            taken.busy += cpu.0;
            taken.cpu[side].push((cpu.0 - empty.0).max(1.0) / runs);
            *wall = host.0 / runs;
        }
        let times = match (recorder, cursor) {
            (Some(recorder), Some(cursor)) => {
                let spans = recorder.spans(self.context, Step::Sample, cursor.used())?;
                let passes = spans.chunks_exact(turn.passes() as usize);
                passes
                    .map(|passes| turn.read(recorder, passes, &self.clock.timer))
                    .collect()
            }
            (None, _) | (_, None) => walls.to_vec(),
        };
        for ((side, time), wall) in turns.into_iter().zip(times).zip(walls) {
            taken.samples[side].push(time);
            taken.walls[side].push(wall);
        }
        Ok(())
    }

    /// Submits and waits: CPU time and host time until then.
    fn submit(
        &self,
        meter: &CpuClock,
        commands: wgpu::CommandBuffer,
    ) -> Result<(Nanos, Nanos), Lost> {
        let (submitted, before) = (Instant::now(), meter.now());
        let submission = self.context.submit_finished(commands);
        self.context.wait(Step::Sample, submission)?;
        let cpu = Nanos(meter.now().0 - before.0);
        Ok((cpu, elapsed(submitted)))
    }
}
