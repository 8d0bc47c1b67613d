//! Whether one kernel really is slower than another, told by other means than
//! the gate's own judgement.

use crate::kit::{Lost, Nanos};
use crate::run::{Device, Job, Overhead, SampleRequest, Worker};
use crate::stats::summarize;

/// Blocks that are measured. All of them on one side by chance: once in 256
/// (a sign test).
pub(super) const BLOCKS: usize = 8;

/// GPU time of each of a block's four measurements.
const TIME: Nanos = Nanos(10e6);

/// Times of the second kernel over those of the first, one a block: both in
/// one process, in the order A B B A, so that what drifts is on both sides.
pub(super) fn ratios(
    worker: &mut Worker,
    (plain, slowed): (&Job, &Job),
    batch: Option<(Overhead, u32)>,
) -> Result<Vec<f64>, Lost> {
    let first = worker.prepare(plain)?.handle;
    let second = worker.prepare(slowed)?.handle;
    let mut time = |handle| -> Result<f64, Lost> {
        let request = SampleRequest {
            time: TIME,
            warmup: 1,
            batch,
            verified: None,
            clock: None,
        };
        let round = worker.sample(handle, &request)?;
        round.check()?;
        // Checked just now: there are samples, and they are times.
        Ok(summarize(&round.samples).map_or(f64::NAN, |summary| summary.location.0))
    };
    let mut ratios = Vec::with_capacity(BLOCKS);
    for _ in 0..BLOCKS {
        let (a, b) = (time(first)?, time(second)?);
        let (c, d) = (time(second)?, time(first)?);
        ratios.push((b * c / (a * d)).sqrt());
    }
    worker.release(first)?;
    worker.release(second)?;
    Ok(ratios)
}
