//! Kernels that are wrong, and requests that cannot be met.

use kernel_gate::kit::{Correctness, LostCause, Mismatch, MismatchKind, Step};
use kernel_gate::plan::{ReferencePlan, SourcePlan};
use kernel_gate::run::{Device, Gpu, Job, Selection, measure};
use kernel_gate::shader::BindingKind;

use crate::jobs::copy;
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
    let job = own
        .reference(
            &other,
            ReferencePlan::Shader {
                source: SourcePlan::Plain("shaders/reference.wgsl".into()),
                entry: "main".into(),
                dispatch: [1, 1, 1],
            },
        )
        .job();
    let mismatch = wrong(&job);
    assert_eq!((mismatch.kind, mismatch.index), (MismatchKind::Value, 63));
    assert!((mismatch.expected - mismatch.actual - 1.0).abs() < 1e-6);
}

#[test]
fn a_reference_that_leaves_elements_unwritten_is_named_and_not_the_kernel() {
    let own = copy(64);
    let short = own.text().replace("64u", "63u");
    let job = own
        .reference(
            &short,
            ReferencePlan::Shader {
                source: SourcePlan::Plain("shaders/reference.wgsl".into()),
                entry: "main".into(),
                dispatch: [1, 1, 1],
            },
        )
        .job();
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
