//! What a device could have done at best, for the case at hand.

use crate::kit::{Bytes, Cache, Ceilings, DeviceKind, Nanos};
use crate::plan::{Buffer, Case};
use crate::run::Job;
use crate::verdict::{Plausibility, plausibility};

use super::assemble::time_of;
use super::measuring::CaseOutcome;
use super::session::Known;

/// The ceilings that a case's own arithmetic can reach: f16 rates only for
/// kernels that compute in f16, the matrix unit only for those that use it.
pub(super) fn applicable(all: &Ceilings, job: &Job) -> Ceilings {
    let f16 = job.shaders.iter().any(|shader| shader.needs_f16);
    let matrix = job
        .shaders
        .iter()
        .any(|shader| shader.needs_cooperative_matrix);
    Ceilings {
        fma_f16: all.fma_f16.filter(|_| f16),
        cooperative_matrix: all.cooperative_matrix.filter(|_| matrix),
        ..*all
    }
}

/// Whether the device could have done the work in that time.
pub(super) fn plausible(
    job: &Job,
    time: Option<(Nanos, Nanos, Nanos)>,
    ceilings: Option<&Ceilings>,
    known: &Known,
) -> Plausibility {
    time.map_or(Plausibility::NotJudged, |time| {
        plausibility(
            time,
            &job.case.work,
            ceilings,
            job.cache,
            footprint(&job.case, job.cache),
            known.facts.kind == DeviceKind::Cpu,
        )
    })
}

/// Whether what was measured of a job is faster than physics.
pub(super) fn is_impossible(job: &Job, outcome: &CaseOutcome, known: &Known) -> bool {
    let ceilings = known.ceilings.as_ref().map(|all| applicable(all, job));
    matches!(
        plausible(job, time_of(outcome), ceilings.as_ref(), known),
        Plausibility::FasterThanPhysics { .. }
    )
}

/// What the runs of a case touch in turn: its buffers, or, cold, all input
/// sets that rotate.
fn footprint(case: &Case, cache: Option<u64>) -> Bytes {
    let one: u64 = case.buffers.iter().map(Buffer::bytes).sum();
    Bytes(match case.cache {
        Cache::Warm => one,
        Cache::Cold => one.max(cache.unwrap_or(0).saturating_mul(3)),
    })
}

/// Whether all that a run touches stays in the cache from run to run.
pub(super) fn resident(case: &Case, cache: Option<u64>) -> bool {
    // Of an unknown cache: 64 MiB is more than today's hold but the largest.
    footprint(case, cache).0 <= cache.unwrap_or(64 << 20)
}
