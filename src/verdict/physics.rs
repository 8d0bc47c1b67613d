//! Whether a device could have done the work in that time.

use crate::kit::{Bytes, Ceilings, Nanos, Work};

use super::Plausibility;

/// A rate must lie this much above the ceiling before it is called
/// impossible: ceilings are measured by probes, and a probe is a kernel that
/// somebody may beat.
pub const BEYOND: f64 = 0.15;

/// From so many times the cache on, what rotates through it is never found in
/// it again: the rule by which `cache: cold` chooses its input sets.
const COLD_FROM: u64 = 3;

/// Judges a measured time, `(location, low, high)`, by the roofline.
///
/// A run moves at least what its last-level cache (of `cache` bytes) cannot
/// have kept from the run before; `footprint` is what the runs touch in turn,
/// all rotating input sets together. The ceiling is the higher of the two
/// memory rates and the highest arithmetic rate of any unit, so that only what
/// no kernel could do is called impossible. A software adapter (`cpu`) has no
/// such ceilings: its probes and its cases share cores with the gate.
#[must_use]
pub fn plausibility(
    time: (Nanos, Nanos, Nanos),
    work: &Work,
    ceilings: Option<&Ceilings>,
    cache: Option<u64>,
    footprint: Bytes,
    cpu: bool,
) -> Plausibility {
    let Some(ceilings) = ceilings.filter(|_| !cpu) else {
        return Plausibility::NotJudged;
    };
    // Where the cache's size is not known, everything might lie in it.
    let bytes = work.bytes.filter(|bytes| *bytes > 0.0);
    let through_memory = bytes.map(|bytes| match cache {
        Some(cache) if footprint.0 >= cache.saturating_mul(COLD_FROM) => bytes,
        Some(cache) if footprint.0 > cache => (bytes - cache as f64).max(0.0),
        Some(_) | None => 0.0,
    });
    let moving = ceilings.moving(through_memory);
    let computing = ceilings.computing(work.flops.filter(|flops| *flops > 0.0));
    let (least, ceiling) = match (moving, computing) {
        (None, None) => return Plausibility::NotJudged,
        (Some(moving), None) => (moving, memory_name(ceilings)),
        (None, Some(computing)) => (computing, arithmetic_name(ceilings)),
        (Some(moving), Some(computing)) if moving.0 >= computing.0 => {
            (moving, memory_name(ceilings))
        }
        (Some(_), Some(computing)) => (computing, arithmetic_name(ceilings)),
    };
    let resident = moving.is_some_and(|moving| moving.0 <= 0.0);
    let (_, _, high) = time;
    if least.0 > 0.0 && high.0 * (1.0 + BEYOND) <= least.0 {
        Plausibility::FasterThanPhysics {
            least,
            measured: high,
            ceiling: ceiling.to_owned(),
        }
    } else if resident {
        Plausibility::CacheResident
    } else {
        Plausibility::Plausible
    }
}

fn memory_name(ceilings: &Ceilings) -> &'static str {
    if ceilings.read >= ceilings.copy {
        "read"
    } else {
        "copy"
    }
}

fn arithmetic_name(ceilings: &Ceilings) -> &'static str {
    match ceilings.cooperative_matrix {
        Some(rate) if rate >= ceilings.arithmetic() => "cooperative matrix",
        Some(_) | None => "FMA",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn ceilings() -> Ceilings {
        Ceilings {
            copy: 2.0e12,
            read: 2.5e12,
            fma_f32: 50e12,
            fma_f16: None,
            cooperative_matrix: Some(400e12),
            launch: Nanos(1_000.0),
            cache: None,
        }
    }

    fn at(ns: f64) -> (Nanos, Nanos, Nanos) {
        (Nanos(ns), Nanos(ns * 0.99), Nanos(ns * 1.01))
    }

    fn bytes(bytes: f64) -> Work {
        Work {
            bytes: Some(bytes),
            ..Work::default()
        }
    }

    /// 2.5e9 bytes at 2.5e12 a second are 1 ms at least; 15 % beyond is
    /// 1 / 1.15 = 0.8696 ms, for the upper end.
    #[test]
    fn fifteen_percent_beyond_the_read_rate_is_faster_than_physics() {
        let cache = Some(50 << 20);
        let judge = |time| {
            plausibility(
                time,
                &bytes(2.5e9),
                Some(&ceilings()),
                cache,
                Bytes(3 * GIB),
                false,
            )
        };
        let high = |ns: f64| (Nanos(1e5), Nanos(1e5), Nanos(ns));
        assert_eq!(judge(high(870_000.0)), Plausibility::Plausible);
        assert_eq!(
            judge(high(869_000.0)),
            Plausibility::FasterThanPhysics {
                least: Nanos(1e6),
                measured: Nanos(869_000.0),
                ceiling: "read".into(),
            }
        );
    }

    /// 80 MB through a cache of 50 MB: 30 MB must move, 12 us at 2.5e12.
    #[test]
    fn what_the_cache_may_keep_need_not_move() {
        let cache = Some(50_000_000);
        let judge = |ns, footprint| {
            let work = bytes(80e6);
            plausibility(
                at(ns),
                &work,
                Some(&ceilings()),
                cache,
                Bytes(footprint),
                false,
            )
        };
        assert_eq!(judge(13_000.0, 80_000_000), Plausibility::Plausible);
        assert!(matches!(
            judge(10_000.0, 80_000_000),
            Plausibility::FasterThanPhysics { .. }
        ));
        assert_eq!(judge(1_000.0, 50_000_000), Plausibility::CacheResident);
        // Cold: 240 MB rotate, so all 80 MB move, 32 us.
        assert!(matches!(
            judge(20_000.0, 240_000_000),
            Plausibility::FasterThanPhysics { .. }
        ));
    }

    #[test]
    fn a_cache_of_unknown_size_might_hold_everything() {
        let plausible = plausibility(
            at(1.0),
            &bytes(1e12),
            Some(&ceilings()),
            None,
            Bytes(3 * GIB),
            false,
        );
        assert_eq!(plausible, Plausibility::CacheResident);
    }

    /// 4e12 FLOP at 400e12 a second are 10 ms, whatever lies in the cache.
    #[test]
    fn arithmetic_is_judged_by_the_fastest_unit_even_in_cache() {
        let work = Work {
            flops: Some(4e12),
            bytes: Some(1e6),
            tokens: None,
        };
        let judge = |ns| {
            plausibility(
                at(ns),
                &work,
                Some(&ceilings()),
                Some(50 << 20),
                Bytes(1 << 20),
                false,
            )
        };
        assert!(matches!(
            judge(8e6),
            Plausibility::FasterThanPhysics { ceiling, .. } if ceiling == "cooperative matrix"
        ));
        assert_eq!(judge(9e6), Plausibility::CacheResident);
    }

    #[test]
    fn without_a_model_ceilings_or_a_gpu_nothing_is_judged() {
        let work = bytes(1e12);
        let none = Work::default();
        let cache = Some(1);
        let far = Bytes(GIB);
        for judged in [
            plausibility(at(1.0), &none, Some(&ceilings()), cache, far, false),
            plausibility(at(1.0), &work, None, cache, far, false),
            plausibility(at(1.0), &work, Some(&ceilings()), cache, far, true),
        ] {
            assert_eq!(judged, Plausibility::NotJudged);
        }
    }
}
