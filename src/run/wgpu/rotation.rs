//! How far a case's buffers rotate: what makes the cache cold, and lets
//! dispatches overlap. And in how many places they may lie.

use crate::kit::{Cache, Mode};
use crate::plan::{Buffer, BufferRole};
use crate::run::Job;

use super::adapter::default_cache;

/// Input sets that `cache: cold` rotates through, at most. A case so small
/// that more would be needed has the cache flushed before each run instead.
const MOST_SETS: u64 = 256;

/// Output sets that `mode: throughput` rotates through.
const OUTPUT_SETS: u64 = 8;

/// Memory that rotation may take beyond the case's own, on a GPU.
const ROTATION_ON_GPU: u64 = 2 << 30;

/// The same on a software adapter, whose memory is the host's.
const ROTATION_ON_CPU: u64 = 256 << 20;

/// Memory that copies in other places may take beyond the case's own, on a
/// GPU: to make and free a gigabyte takes a driver some 50 ms.
const PLACEMENTS_ON_GPU: u64 = 1 << 30;

/// The same on a software adapter, where each copy costs the host's time.
const PLACEMENTS_ON_CPU: u64 = 32 << 20;

/// Rotating inputs exceed the last-level cache so many times.
const CACHES: u64 = 3;

/// How the cache is made cold, if at all, and how far outputs rotate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rotation {
    /// Sets of inputs.
    pub(super) inputs: u64,
    /// Sets of outputs.
    pub(super) outputs: u64,
    /// Bytes to write between runs.
    pub(super) flush: Option<u64>,
}

/// In how many places a case of so many bytes may lie.
pub(super) fn places(bytes: u64, cpu: bool) -> u32 {
    let most = if cpu {
        PLACEMENTS_ON_CPU
    } else {
        PLACEMENTS_ON_GPU
    };
    u32::try_from(most / bytes.max(1)).map_or(u32::MAX, |more| more.saturating_add(1))
}

/// How far a case rotates.
pub(super) fn rotation(job: &Job, cpu: bool, max_buffer: u64) -> Rotation {
    let bytes = |role| -> u64 {
        job.case
            .buffers
            .iter()
            .filter(|buffer| role == buffer.role)
            .map(Buffer::bytes)
            .fold(0, u64::saturating_add)
    };
    let (inputs, outputs) = (bytes(BufferRole::Input), bytes(BufferRole::Output));
    let most = if cpu {
        ROTATION_ON_CPU
    } else {
        ROTATION_ON_GPU
    };
    let mut rotation = Rotation {
        inputs: 1,
        outputs: 1,
        flush: None,
    };
    // One dispatch a pass, as a restored buffer asks for, overlaps nothing.
    let restores = job.case.stages.iter().any(|stage| !stage.reset.is_empty());
    if job.case.mode == Mode::Throughput && !restores {
        rotation.outputs = (most / outputs.max(1)).clamp(1, OUTPUT_SETS);
    }
    if job.case.cache == Cache::Cold {
        let cache = job.cache.unwrap_or(default_cache(cpu));
        let wanted = cache.saturating_mul(CACHES).min(most);
        let own = bytes(BufferRole::Inout)
            .saturating_add(inputs)
            .saturating_add(outputs.saturating_mul(rotation.outputs));
        if own < wanted {
            let sets = wanted.div_ceil(inputs.max(1));
            if sets <= MOST_SETS {
                // A multiple, so that a rotation meets every pair equally.
                rotation.inputs = sets.next_multiple_of(rotation.outputs);
            } else {
                rotation.flush = Some((wanted & !3).min(max_buffer & !3).max(4));
            }
        }
    }
    rotation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::job;

    const NO_LIMIT: u64 = 1 << 40;

    /// An input and an output of so many f32 each.
    fn sized(elements: u64, cache: Cache, mode: Mode) -> Job {
        let mut job = job("a", 1);
        for buffer in &mut job.case.buffers {
            buffer.shape = vec![elements];
        }
        job.case.cache = cache;
        job.case.mode = mode;
        job.cache = Some(10 << 20);
        job
    }

    fn rotates(inputs: u64, outputs: u64, flush: Option<u64>) -> Rotation {
        Rotation {
            inputs,
            outputs,
            flush,
        }
    }

    #[test]
    fn a_warm_case_does_not_rotate() {
        let job = sized(1 << 20, Cache::Warm, Mode::Latency);
        assert_eq!(rotation(&job, false, NO_LIMIT), rotates(1, 1, None));
    }

    #[test]
    fn cold_inputs_together_exceed_three_caches() {
        // 30 MiB in sets of 4 MiB: 7.5, so 8.
        let job = sized(1 << 20, Cache::Cold, Mode::Latency);
        assert_eq!(rotation(&job, false, NO_LIMIT), rotates(8, 1, None));
    }

    #[test]
    fn a_case_greater_than_three_caches_is_cold_by_itself() {
        // 16 MiB each way.
        let job = sized(4 << 20, Cache::Cold, Mode::Latency);
        assert_eq!(rotation(&job, false, NO_LIMIT), rotates(1, 1, None));
    }

    #[test]
    fn a_case_too_small_to_rotate_has_the_cache_flushed() {
        let job = sized(64, Cache::Cold, Mode::Latency);
        assert_eq!(
            rotation(&job, false, NO_LIMIT),
            rotates(1, 1, Some(30 << 20))
        );
        assert_eq!(rotation(&job, false, 1 << 20), rotates(1, 1, Some(1 << 20)));
    }

    #[test]
    fn throughput_rotates_outputs_as_memory_allows() {
        let small = sized(1 << 20, Cache::Warm, Mode::Throughput);
        assert_eq!(rotation(&small, false, NO_LIMIT), rotates(1, 8, None));
        // 256 MiB on a software adapter hold two outputs of 100 MiB.
        let large = sized(25 << 20, Cache::Warm, Mode::Throughput);
        assert_eq!(rotation(&large, true, NO_LIMIT), rotates(1, 2, None));
    }

    #[test]
    fn places_are_as_many_as_memory_allows() {
        assert_eq!(places(1 << 30, false), 2);
        assert_eq!(places(3 << 30, false), 1);
        assert_eq!(places(1 << 30, true), 1);
        assert_eq!(places(16 << 20, true), 3);
        assert!(places(0, false) > 1_000);
        assert_eq!(places(u64::MAX, false), 1);
    }

    #[test]
    fn a_restored_buffer_leaves_nothing_to_overlap() {
        let mut job = sized(1 << 20, Cache::Warm, Mode::Throughput);
        job.case.stages[0].reset = vec![1];
        assert_eq!(rotation(&job, false, NO_LIMIT), rotates(1, 1, None));
    }
}
