//! A job for tests of everything above the device.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kit::{
    Cache, CaseId, Checks, Correctness, Element, Method, Mode, Nanos, Place, Ratio, Scalar, Work,
};
use crate::plan::{
    Binding, Buffer, BufferRole, Case, CaseLimits, FillPlan, ReferencePlan, SourcePlan, Stage,
};
use crate::shader::Shader;

use super::{Job, Overhead, Round, SampleRequest};

/// A case of this identity with so many stages, one input and one output.
pub(super) fn job(id: &str, stages: usize) -> Job {
    let place = Place::new("specs/test.yaml", 1, 1);
    let buffer = |name: &str, role| Buffer {
        name: name.into(),
        role,
        element: Element::scalar(Scalar::F32),
        shape: vec![64],
        fill: (role == BufferRole::Input).then_some(FillPlan::Iota),
    };
    let stage = Stage {
        kernel: "k".into(),
        source: SourcePlan::Plain("shaders/k.wgsl".into()),
        entry: "main".into(),
        parameters: BTreeMap::new(),
        variant: BTreeMap::new(),
        overrides: BTreeMap::new(),
        bindings: vec![Binding {
            name: "y".into(),
            buffer: 1,
            slot: None,
        }],
        uniforms: Vec::new(),
        uniforms_slot: None,
        dispatch: [1, 1, 1],
        reset: Vec::new(),
        places: Arc::default(),
        reference_place: place.clone(),
        reference: ReferencePlan::BuiltIn("copy".into()),
        tolerance: BTreeMap::new(),
        work: Work::default(),
        conditions: Vec::new(),
    };
    let shader = Shader {
        text: "@compute @workgroup_size(1) fn main() {}".into(),
        hash: "h".into(),
        entry: "main".into(),
        overrides: BTreeMap::new(),
        workgroup_size: [1, 1, 1],
        workgroup_memory: 0,
        bindings: Vec::new(),
        uniforms: Vec::new(),
        needs_f16: false,
        needs_subgroups: false,
        needs_cooperative_matrix: false,
        notes: Vec::new(),
    };
    Job {
        case: Case {
            id: CaseId(id.into()),
            suite: "test".into(),
            kernel: "k".into(),
            names: Vec::new(),
            buffers: vec![
                buffer("x", BufferRole::Input),
                buffer("y", BufferRole::Output),
            ],
            stages: vec![stage; stages],
            mode: Mode::Latency,
            cache: Cache::Warm,
            checks: Checks::Checked,
            deterministic: false,
            force: false,
            limits: CaseLimits {
                slowdown: Ratio(0.02),
                min_rounds: 3,
                max_rounds: 10,
                time: Nanos(20e6),
                warmup: 5,
            },
            work: Work::default(),
            expected: Vec::new(),
            tuned: None,
            place,
        },
        shaders: vec![shader; stages],
        references: vec![None; stages],
        seed: 1,
        cache: None,
    }
}

/// A request for 20 ms.
pub(super) fn request() -> SampleRequest {
    SampleRequest {
        time: Nanos(20e6),
        warmup: 5,
        batch: None,
        verified: None,
        clock: None,
    }
}

/// A round with nothing wrong.
pub(super) fn round() -> Round {
    Round {
        samples: vec![1_000.0, 1_001.0],
        stages: Vec::new(),
        wall: vec![1_100.0, 1_100.0],
        method: Method::PassTimestamps,
        overhead: Overhead::EmptyPass,
        batch: 1,
        tick: Nanos(32.0),
        warm: true,
        busy: Nanos(2_001.0),
        elapsed: Nanos(4_000.0),
        after: Correctness::Right {
            repeatable: true,
            by_wgsl: false,
        },
        digest: None,
        clock: None,
    }
}
