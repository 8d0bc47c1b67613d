//! Kernels that are right, and how they are timed.

use kernel_gate::kit::{Cache, Checks, Correctness, Element, Method, Mode, Scalar};
use kernel_gate::plan::{BufferRole, FillPlan};
use kernel_gate::run::{Device, Overhead, measure};
use kernel_gate::shader::BindingKind;

use crate::jobs::{Kernel, binding, buffer, copy, two_in_a_row};
use crate::{gpu, request, turn, wanted};

/// f16, a vec3, three bind groups with a gap, a uniform struct, an override,
/// and an atomic that is restored before each run.
const MANY: &str = "
    enable f16;
    struct Dims { count: u32, scale: f32 }
    override extra: f32 = 0.0;
    @group(0) @binding(0) var<storage, read> a: array<f16>;
    @group(2) @binding(1) var<storage, read> v: array<vec3<f32>>;
    @group(2) @binding(4) var<uniform> dims: Dims;
    @group(3) @binding(0) var<storage, read_write> y: array<vec3<f32>>;
    @group(3) @binding(1) var<storage, read_write> hits: array<atomic<u32>>;
    @compute @workgroup_size(32)
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
        let i = id.x;
        if i >= dims.count { return; }
        y[i] = v[i] * f32(a[i]) * dims.scale + extra;
        atomicAdd(&hits[i % 4u], 1u);
    }";

#[test]
fn a_kernel_is_verified_and_timed() {
    let _turn = turn();
    let mut gpu = gpu();
    let facts = gpu.facts().expect("facts");
    let measured = measure(&mut gpu, &copy(1_000).job(), &wanted()).expect("nothing is lost");
    let right = Correctness::Right {
        repeatable: true,
        by_wgsl: false,
    };
    assert_eq!(measured.correctness, Some(right.clone()));
    assert!(measured.prepared.compile.0 > 0.0 && measured.prepared.first_run.0 > 0.0);
    let round = measured.round.expect("timed");
    assert_eq!(round.after, right);
    assert_eq!(round.method, facts.timer.method);
    assert!(round.stages.is_empty());
    assert_eq!(
        round.overhead == Overhead::None,
        round.method == Method::WallClock
    );
    assert!(round.batch.is_power_of_two());
}

#[test]
fn a_pinned_batch_is_kept() {
    let _turn = turn();
    let mut gpu = gpu();
    let pins = match gpu.facts().expect("facts").timer.method {
        Method::PassTimestamps => vec![(Overhead::BatchDifference, 32), (Overhead::EmptyPass, 4)],
        Method::WallClock => vec![(Overhead::None, 32)],
    };
    for pinned in pins {
        let prepared = gpu.prepare(&copy(1_000).job()).expect("prepares");
        let mut request = request();
        request.batch = Some(pinned);
        let round = gpu.sample(prepared.handle, &request).expect("samples");
        assert_eq!((round.overhead, round.batch), pinned);
        gpu.release(prepared.handle).expect("releases");
    }
}

#[test]
fn a_kernel_of_many_kinds_of_buffers_is_right() {
    let reference = MANY
        .replace(
            "y[i] = v[i] * f32(a[i]) * dims.scale + extra;",
            "let f = f32(a[i]) * dims.scale;
             y[i] = vec3<f32>(v[i].x * f, v[i].y * f, v[i].z * f) + vec3<f32>(extra);",
        )
        .replace("@workgroup_size(32)", "@workgroup_size(1)");
    let count: u64 = 77;
    let mut uniforms = 77_u32.to_le_bytes().to_vec();
    uniforms.extend(0.5_f32.to_le_bytes());
    let counter = Element {
        atomic: true,
        ..Element::scalar(Scalar::U32)
    };
    let mut hits = buffer("hits", BufferRole::Inout, counter, &[4]);
    hits.fill = Some(FillPlan::Zeros);
    let half = Element::scalar(Scalar::F16);
    let vec3 = Element {
        lanes: 3,
        ..Element::scalar(Scalar::F32)
    };
    let kernel = Kernel::new(MANY)
        .buffer(buffer("a", BufferRole::Input, half, &[count]))
        .buffer(buffer("v", BufferRole::Input, vec3, &[count]))
        .buffer(buffer("y", BufferRole::Output, vec3, &[count]))
        .buffer(hits)
        .binding(binding("a", 0, 0, BindingKind::StorageRead), 0)
        .binding(binding("v", 2, 1, BindingKind::StorageRead), 1)
        .uniforms(binding("dims", 2, 4, BindingKind::Uniform), uniforms)
        .binding(binding("y", 3, 0, BindingKind::StorageReadWrite), 2)
        .binding(binding("hits", 3, 1, BindingKind::StorageReadWrite), 3)
        .constant("extra", 0.25)
        .reset(3)
        .dispatch([count.div_ceil(32), 1, 1])
        .reference(&reference, 77);
    let _turn = turn();
    let mut gpu = gpu();
    assert!(
        gpu.facts().expect("facts").features.f16,
        "this test needs an adapter with f16"
    );
    let measured = measure(&mut gpu, &kernel.job(), &wanted()).expect("nothing is lost");
    assert_eq!(
        measured.correctness,
        Some(Correctness::Right {
            repeatable: true,
            by_wgsl: true
        })
    );
    let round = measured.round.expect("timed");
    assert_ne!(
        round.overhead,
        Overhead::BatchDifference,
        "a restored buffer cannot be batched"
    );
    assert!(matches!(round.after, Correctness::Right { .. }));
}

#[test]
fn a_kernel_that_works_in_place_is_judged_on_fresh_buffers() {
    // Doubled once it is right; after the hundreds of runs of a timing it is
    // infinite.
    let text = "
        @group(0) @binding(0) var<storage, read_write> x: array<f32>;
        @compute @workgroup_size(64)
        fn main(@builtin(global_invocation_id) id: vec3<u32>) {
            x[id.x] = x[id.x] * 2.0;
        }";
    let job = Kernel::new(text)
        .buffer(buffer(
            "x",
            BufferRole::Inout,
            Element::scalar(Scalar::F32),
            &[64],
        ))
        .binding(binding("x", 0, 0, BindingKind::StorageReadWrite), 0)
        .reference(&text.replace("x[id.x] * 2.0", "x[id.x] + x[id.x]"), 1)
        .job();
    let _turn = turn();
    let measured = measure(&mut gpu(), &job, &wanted()).expect("nothing is lost");
    let round = measured.round.expect("timed");
    assert!(
        matches!(round.after, Correctness::Right { .. }),
        "{:?}",
        round.after
    );
}

#[test]
fn a_pipeline_is_timed_as_a_whole_and_by_stage() {
    let job = two_in_a_row("out[id.x] = mid[id.x];");
    let _turn = turn();
    let measured = measure(&mut gpu(), &job, &wanted()).expect("nothing is lost");
    assert!(matches!(
        measured.correctness,
        Some(Correctness::Right { .. })
    ));
    let round = measured.round.expect("timed");
    if round.method == Method::PassTimestamps {
        assert_eq!(round.stages.len(), 2);
        for stage in &round.stages {
            assert_eq!(stage.len(), round.samples.len(), "a time for each sample");
            assert!(stage.iter().all(|time| *time > 0.0), "{stage:?}");
        }
    }
}

#[test]
fn a_cold_case_rotates_or_flushes_and_stays_right() {
    let _turn = turn();
    let mut gpu = gpu();
    // Of 8 KiB, more than 256 sets would be needed to fill 24 MiB; of 2 MiB, 12.
    for (elements, rotates) in [(2_048, false), (524_288, true)] {
        let mut job = copy(elements).job();
        job.case.cache = Cache::Cold;
        job.cache = Some(8 << 20);
        let measured = measure(&mut gpu, &job, &wanted()).expect("nothing is lost");
        let round = measured.round.expect("timed");
        assert!(matches!(round.after, Correctness::Right { .. }));
        if !rotates {
            assert_ne!(round.overhead, Overhead::BatchDifference);
        }
    }
}

#[test]
fn throughput_and_unchecked_give_the_same_answers() {
    let _turn = turn();
    let mut gpu = gpu();
    for (mode, checks) in [
        (Mode::Throughput, Checks::Checked),
        (Mode::Latency, Checks::Unchecked),
    ] {
        let mut job = copy(3_000).job();
        job.case.mode = mode;
        job.case.checks = checks;
        let measured = measure(&mut gpu, &job, &wanted()).expect("nothing is lost");
        assert!(
            measured.round.is_some(),
            "{mode} {checks}: {:?}",
            measured.correctness
        );
    }
}
