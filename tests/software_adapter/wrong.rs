//! Kernels that are wrong, and requests that cannot be met.

use kernel_gate::kit::{Correctness, Element, LostCause, Mismatch, MismatchKind, Scalar, Step};
use kernel_gate::plan::{BufferRole, FillPlan, TolerancePlan};
use kernel_gate::run::{Device, Gpu, Job, Selection, measure};
use kernel_gate::shader::{BindingKind, Reflected};

use crate::jobs::{Kernel, binding, buffer, copy};
use crate::{gpu, turn, wanted};

/// Verifies a job that is wrong, and gives the worst place.
fn wrong(job: &Job) -> Mismatch {
    let _turn = turn();
    let measured = measure(&mut gpu(), job, &wanted()).expect("wrong is not lost");
    assert_eq!(measured.round, None, "a wrong kernel is not timed");
    match measured.correctness {
        Some(Correctness::Wrong { mismatch }) => mismatch,
        other => panic!("not found wrong: {other:?}"),
    }
}

#[test]
fn an_element_that_is_never_written_is_found() {
    let mismatch = wrong(&copy(1_000).replace("1000u", "999u").job());
    assert_eq!(
        (mismatch.kind, mismatch.buffer.as_str(), mismatch.index),
        (MismatchKind::Unwritten, "dst", 999)
    );
    assert_eq!((mismatch.count, mismatch.of), (1, 1_000));
}

#[test]
fn a_write_behind_the_end_is_found() {
    let job = copy(1_000)
        .replace(
            "dst[id.x] = src[id.x];",
            "dst[id.x] = src[id.x]; if id.x == 2u { dst[1002] = 1.0; }",
        )
        .job();
    let mismatch = wrong(&job);
    assert_eq!(
        (mismatch.kind, mismatch.buffer.as_str()),
        (MismatchKind::GuardTouched, "dst")
    );
}

#[test]
fn an_input_that_is_written_is_found() {
    let job = copy(1_000)
        .replace("var<storage, read> src", "var<storage, read_write> src")
        .replace(
            "dst[id.x] = src[id.x];",
            "dst[id.x] = src[id.x]; if id.x == 5u { src[5] = 9e9; }",
        )
        .kind(0, BindingKind::StorageReadWrite)
        .job();
    let mismatch = wrong(&job);
    assert_eq!(
        (mismatch.kind, mismatch.buffer.as_str(), mismatch.index),
        (MismatchKind::InputChanged, "src", 5)
    );
}

#[test]
fn a_swapped_element_is_a_wrong_value() {
    let job = copy(1_000)
        .replace("src[id.x]", "src[select(id.x, 8u, id.x == 7u)]")
        .job();
    let mismatch = wrong(&job);
    assert_eq!((mismatch.kind, mismatch.index), (MismatchKind::Value, 7));
}

#[test]
fn a_wgsl_reference_that_disagrees_is_a_mismatch() {
    let own = copy(64);
    let other = own
        .text()
        .replace("src[id.x]", "src[id.x] + f32(id.x / 63u)");
    let job = own.reference(&other, 1).job();
    let mismatch = wrong(&job);
    assert_eq!((mismatch.kind, mismatch.index), (MismatchKind::Value, 63));
    assert!((mismatch.expected - mismatch.actual - 1.0).abs() < 1e-6);
}

#[test]
fn a_reference_that_leaves_elements_unwritten_is_named_and_not_the_kernel() {
    let own = copy(64);
    let short = own.text().replace("64u", "63u");
    let job = own.reference(&short, 1).job();
    let mismatch = wrong(&job);
    assert_eq!(
        (mismatch.kind, mismatch.index),
        (MismatchKind::ReferenceUnwritten, 63)
    );
}

#[test]
fn wgsl_that_wgpu_refuses_is_a_loss_and_the_device_lives_on() {
    let _turn = turn();
    let mut gpu = gpu();
    let job = copy(64).replace("id.x < 64u", "id.x < 64i").job();
    let lost = gpu.prepare(&job).expect_err("a type error");
    assert_eq!(lost.step, Step::Prepare);
    assert!(matches!(lost.cause, LostCause::Refused(_)), "{lost}");
    assert!(measure(&mut gpu, &copy(64).job(), &wanted()).is_ok());
}

#[test]
fn a_buffer_over_the_limit_is_refused_and_not_allocated() {
    let _turn = turn();
    let mut job = copy(64).job();
    job.case.buffers[0].shape = vec![1 << 45];
    let lost = gpu().prepare(&job).expect_err("128 TiB");
    assert!(
        lost.to_string()
            .contains("buffer `src` of 128 TiB is over the device's limit"),
        "{lost}"
    );
}

#[test]
fn an_adapter_that_is_missing_is_said_to_be() {
    let selection = Selection {
        device: Some("no such adapter".into()),
        backend: None,
    };
    let lost = Gpu::open(&selection).expect_err("no such adapter");
    let LostCause::NoSuchAdapter(sentence) = &lost.cause else {
        panic!("{lost}");
    };
    assert!(
        sentence.contains("`no such adapter`") && sentence.contains("this machine has #0 "),
        "{sentence}"
    );
}

/// A kernel that does its work once, notes that in `state`, and returns at once
/// from then on.
const ONCE: &str = "
    @group(0) @binding(0) var<storage, read> src: array<f32>;
    @group(0) @binding(1) var<storage, read_write> dst: array<f32>;
    @group(0) @binding(2) var<storage, read_write> state: array<u32>;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
        if state[id.x] == 1u { return; }
        dst[id.x] = src[id.x];
        state[id.x] = 1u;
    }";

/// The same work, with another word for it and no look at `state`.
const ALWAYS: &str = "
    @group(0) @binding(0) var<storage, read> src: array<f32>;
    @group(0) @binding(1) var<storage, read_write> dst: array<f32>;
    @group(0) @binding(2) var<storage, read_write> state: array<u32>;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
        let value = src[id.x];
        dst[id.x] = value;
        state[id.x] = 1u;
    }";

fn once(role: BufferRole) -> Kernel {
    let float = Element::scalar(Scalar::F32);
    let mut state = buffer("state", role, Element::scalar(Scalar::U32), &[128]);
    if role == BufferRole::Inout {
        state.fill = Some(FillPlan::Zeros);
    }
    let carried = Reflected {
        reads: true,
        ..binding("state", 0, 2, BindingKind::StorageReadWrite)
    };
    Kernel::new(ONCE)
        .buffer(buffer("src", BufferRole::Input, float, &[128]))
        .buffer(buffer("dst", BufferRole::Output, float, &[128]))
        .buffer(state)
        .binding(binding("src", 0, 0, BindingKind::StorageRead), 0)
        .binding(binding("dst", 0, 1, BindingKind::StorageReadWrite), 1)
        .binding(carried, 2)
        .dispatch([2, 1, 1])
        .reference(ALWAYS, 2)
}

#[test]
fn a_kernel_that_does_nothing_the_second_time_is_wrong() {
    let mismatch = wrong(&once(BufferRole::Inout).job());
    assert_eq!(
        (mismatch.kind, mismatch.buffer.as_str(), mismatch.count),
        (MismatchKind::Repeated, "dst", 128)
    );
}

#[test]
fn restored_before_each_run_it_does_its_work_and_is_timed() {
    let _turn = turn();
    let job = once(BufferRole::Inout).reset(2).job();
    let measured = measure(&mut gpu(), &job, &wanted()).expect("nothing is lost");
    assert!(measured.round.is_some(), "{:?}", measured.correctness);
}

#[test]
fn a_mark_in_an_output_that_makes_the_next_run_empty_is_found() {
    let mismatch = wrong(&once(BufferRole::Output).job());
    assert_eq!(
        (mismatch.kind, mismatch.buffer.as_str()),
        (MismatchKind::Leftover, "dst")
    );
}

#[test]
fn an_element_that_is_left_alone_once_it_is_there_is_found() {
    // Whether it is a NaN, as poison is, by its bits.
    let job = copy(1_000)
        .replace(
            "if id.x < 1000u { dst[id.x] = src[id.x]; }",
            "if id.x < 1000u && (bitcast<u32>(dst[id.x]) & 0x7f800000u) == 0x7f800000u {
                dst[id.x] = src[id.x];
            }",
        )
        .reads(1)
        .job();
    let mismatch = wrong(&job);
    assert_eq!(
        (mismatch.kind, mismatch.buffer.as_str()),
        (MismatchKind::Leftover, "dst")
    );
}

#[test]
fn a_state_that_ends_the_work_after_many_runs_is_found_after_timing() {
    let text = "
        @group(0) @binding(0) var<storage, read_write> x: array<u32>;
        @compute @workgroup_size(64)
        fn main(@builtin(global_invocation_id) id: vec3<u32>) {
            if x[id.x] < 7u { x[id.x] = x[id.x] + 1u; }
        }";
    let always = text.replace(
        "if x[id.x] < 7u { x[id.x] = x[id.x] + 1u; }",
        "x[id.x] += 1u;",
    );
    let mut x = buffer("x", BufferRole::Inout, Element::scalar(Scalar::U32), &[64]);
    x.fill = Some(FillPlan::Zeros);
    let job = Kernel::new(text)
        .buffer(x)
        .binding(binding("x", 0, 0, BindingKind::StorageReadWrite), 0)
        .reference(&always, 1)
        .job();
    let _turn = turn();
    let measured = measure(&mut gpu(), &job, &wanted()).expect("wrong is not lost");
    let Some(Correctness::Wrong { mismatch }) = measured.correctness else {
        panic!("not found wrong: {:?}", measured.correctness);
    };
    assert_eq!(mismatch.kind, MismatchKind::Repeated);
    // The first two runs gave 1 and 2, which is right.
    assert_eq!((mismatch.expected, mismatch.actual), (8.0, 7.0));
}

#[test]
fn a_tolerance_that_zeros_would_meet_proves_nothing() {
    let own = copy(64);
    let bound = |absolute| TolerancePlan::Bound {
        relative: 0.0,
        absolute,
    };
    // Of 64 numbers in [-1, 1) none is 1.5, and one is beyond 0.5.
    let mismatch = wrong(&own.clone().tolerance("dst", bound(1.5)).job());
    assert_eq!(
        (mismatch.kind, mismatch.place.as_deref()),
        (MismatchKind::TooTolerant, Some("specs/test.yaml:1:1"))
    );
    let _turn = turn();
    let job = own.tolerance("dst", bound(0.5)).job();
    let measured = measure(&mut gpu(), &job, &wanted()).expect("nothing is lost");
    assert!(measured.round.is_some(), "{:?}", measured.correctness);
}
