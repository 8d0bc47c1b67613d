//! Facts about baseline files, with no GPU and no gate around them.

mod crash;
mod format;
mod merge;
mod props;

use crate::kit::{
    Backend, CaseId, Ceilings, Checks, DeviceFacts, DeviceKind, DeviceLimits, Features, Method,
    Nanos, Ratio, Timer,
};

use super::{Baselines, CaseRecord, Recording, RoundRecord};

fn facts() -> DeviceFacts {
    DeviceFacts {
        adapter: "Test GPU".into(),
        kind: DeviceKind::Discrete,
        backend: Backend::Vulkan,
        driver: "TEST".into(),
        driver_info: "535.1".into(),
        wgpu: "30.0.1".into(),
        cpu: None,
        timer: Timer {
            method: Method::PassTimestamps,
            tick: Nanos(32.0),
            empty_pass: Nanos(640.0),
        },
        limits: DeviceLimits::webgpu_default(),
        features: Features::default(),
    }
}

fn ceilings() -> Ceilings {
    Ceilings {
        copy: 2.9e12,
        read: 3.1e12,
        fma_f32: 5.1e13,
        fma_f16: None,
        cooperative_matrix: None,
        launch: Nanos(1_600.0),
        cache: Some(52_428_800),
    }
}

fn recording(id: u32) -> Recording {
    Recording {
        id,
        time: "2026-11-03T10:00:00Z".into(),
        commit: Some("0a1b2c3-dirty".into()),
        reason: None,
        gate: "0.1.0".into(),
        facts: facts(),
        ceilings: None,
    }
}

fn case(recording: u32, times: &[f64]) -> CaseRecord {
    CaseRecord {
        method: Method::PassTimestamps,
        overhead: "batch-difference".into(),
        checks: Checks::Checked,
        batch: 16,
        code: "f00d".into(),
        rounds: times
            .iter()
            .map(|&time| RoundRecord {
                recording,
                time: Nanos(time),
                spread: Ratio(0.0025),
                samples: 64,
            })
            .collect(),
    }
}

fn id(text: &str) -> CaseId {
    CaseId(text.to_owned())
}

/// Two recordings, two cases; `b` was appended to.
fn two() -> Baselines {
    let mut file = Baselines::new(facts().key(), "moe");
    file.recordings = vec![recording(1), recording(3)];
    file.cases.insert(
        id("moe/topk[tokens=1]@workgroup=64"),
        case(3, &[6_312.4, 6_310.0]),
    );
    let mut both = case(1, &[105.5]);
    both.rounds.extend(case(3, &[106.25, 104.0]).rounds);
    file.cases.insert(id("moe/combine[tokens=1]"), both);
    file
}
