//! The device under wgpu, on whatever adapter this machine has; a software
//! one will do. Without any, these tests fail: a pass would mean nothing.
#![cfg(feature = "gpu")]

mod jobs;

use std::io::BufReader;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jobs::{Kernel, binding, buffer, copy};
use kernel_gate::kit::{
    Cache, Checks, Correctness, Element, Lost, LostCause, Method, Mismatch, MismatchKind, Mode,
    Nanos, Scalar, Step,
};
use kernel_gate::plan::{BufferRole, FillPlan, ReferencePlan, SourcePlan};
use kernel_gate::run::{
    Deadlines, Device, Gpu, Job, Overhead, SampleRequest, Selection, Wanted, Worker, adapters,
    measure, serve,
};
use kernel_gate::shader::BindingKind;

/// One device at a time: they share the machine's cores, and so their times.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn gpu() -> Gpu {
    Gpu::open(&Selection::default())
        .expect("an adapter; `apt install mesa-vulkan-drivers` gives a software one")
}

fn request() -> SampleRequest {
    SampleRequest {
        time: Nanos(5e6),
        warmup: 2,
        batch: None,
    }
}

fn wanted() -> Wanted {
    Wanted {
        verify: true,
        sample: Some(request()),
    }
}

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
fn adapters_are_listed_and_one_is_opened_by_its_name() {
    let _turn = turn();
    let all = adapters();
    let first = all.first().expect("an adapter");
    assert!(!first.adapter.is_empty());
    assert!(first.limits.max_invocations >= 128);
    let part: String = first.adapter.chars().take(5).collect();
    for device in [part.to_uppercase(), "0".into()] {
        let selection = Selection {
            device: Some(device),
            backend: Some(first.backend.to_string()),
        };
        let facts = Gpu::open(&selection)
            .and_then(|mut gpu| gpu.facts())
            .expect("opens");
        assert_eq!(facts.adapter, first.adapter);
        assert!(facts.timer.tick.0 > 0.0);
    }
}

#[test]
fn an_adapter_that_is_missing_is_said_to_be() {
    let selection = Selection {
        device: Some("no such adapter".into()),
        backend: None,
    };
    let lost = Gpu::open(&selection).expect_err("no such adapter");
    let LostCause::NoAdapter(sentence) = &lost.cause else {
        panic!("{lost}");
    };
    assert!(
        sentence.contains("`no such adapter`") && sentence.contains("0: "),
        "{sentence}"
    );
}

#[test]
fn a_short_kernel_is_verified_and_timed_in_batches() {
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
    if round.method == Method::PassTimestamps {
        assert_eq!(round.overhead, Overhead::BatchDifference);
        assert!(round.batch > 1 && round.batch.is_power_of_two());
    }
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
        .reference(
            &reference,
            ReferencePlan::Shader {
                source: SourcePlan::Plain("shaders/reference.wgsl".into()),
                entry: "main".into(),
                dispatch: [77, 1, 1],
            },
        );
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
        .reference(
            &text.replace("x[id.x] * 2.0", "x[id.x] + x[id.x]"),
            ReferencePlan::Shader {
                source: SourcePlan::Plain("shaders/reference.wgsl".into()),
                entry: "main".into(),
                dispatch: [1, 1, 1],
            },
        )
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
    let second = Kernel::new(
        "
        @group(0) @binding(0) var<storage, read> mid: array<f32>;
        @group(0) @binding(1) var<storage, read_write> out: array<f32>;
        @compute @workgroup_size(64)
        fn main(@builtin(global_invocation_id) id: vec3<u32>) {
            if id.x < 4096u { out[id.x] = mid[id.x]; }
        }",
    )
    .buffer(buffer(
        "out",
        BufferRole::Output,
        Element::scalar(Scalar::F32),
        &[4_096],
    ))
    .binding(binding("mid", 0, 0, BindingKind::StorageRead), 1)
    .binding(binding("out", 0, 1, BindingKind::StorageReadWrite), 2)
    .names(&[("src", 1), ("dst", 2)])
    .dispatch([64, 1, 1]);
    let job = copy(4_096).then(second).job();
    let _turn = turn();
    let measured = measure(&mut gpu(), &job, &wanted()).expect("nothing is lost");
    assert!(matches!(
        measured.correctness,
        Some(Correctness::Right { .. })
    ));
    let round = measured.round.expect("timed");
    if round.method == Method::PassTimestamps {
        assert_eq!(round.stages.len(), 2);
        for (index, whole) in round.samples.iter().enumerate() {
            for stage in &round.stages {
                assert!(stage[index] <= *whole * 1.000_001, "{stage:?} of {whole}");
            }
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
fn ceilings_are_those_of_a_computer() {
    let _turn = turn();
    let ceilings = gpu().probe().expect("probes");
    for rate in [ceilings.copy, ceilings.read, ceilings.fma_f32] {
        assert!((1e8..1e16).contains(&rate), "{ceilings:?}");
    }
    assert!(ceilings.launch.0 > 0.0);
}

/// Not a test of its own: the process that those below start.
#[test]
#[ignore = "the child of other tests"]
fn child() {
    if std::env::var_os("GATE_TEST_CHILD").is_none() {
        return;
    }
    serve(
        &mut || Gpu::open(&Selection::default()).map(|gpu| Box::new(gpu) as Box<dyn Device>),
        BufReader::new(std::io::stdin()),
        &mut std::io::stdout(),
    )
    .expect("the pipe holds");
}

fn worker(deadlines: Deadlines) -> Worker {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env("GATE_TEST_CHILD", "1");
    Worker::start(command, deadlines).expect("starts")
}

#[test]
fn a_worker_measures_on_the_real_device() {
    let _turn = turn();
    let mut worker = worker(Deadlines::all(Duration::from_secs(60)));
    let measured = measure(&mut worker, &copy(5_000).job(), &wanted()).expect("nothing is lost");
    assert!(measured.round.is_some(), "{:?}", measured.correctness);
}

#[test]
fn a_loop_that_never_ends_is_killed_at_its_deadline() {
    let _turn = turn();
    let deadline = Duration::from_secs(3);
    let mut deadlines = Deadlines::all(Duration::from_secs(60));
    deadlines.prepare = deadline;
    let mut worker = worker(deadlines);
    // The condition is met by no input, and no compiler can tell. llvmpipe
    // leaves a loop after 65,535 rounds, and so gets four thousand million
    // workgroups of them.
    let job = copy(64)
        .replace(
            "dst[id.x] = src[id.x];",
            "var x = src[id.x];
             loop {
                 x = x * 0.5 + 1.0;
                 if x > 1e30 { break; }
             }
             dst[id.x] = x;",
        )
        .replace("if id.x < 64u", "if id.x < 0xffffffffu")
        .dispatch([65_535, 65_535, 1])
        .job();
    assert_eq!(
        measure(&mut worker, &job, &wanted()),
        Err(Lost::new(Step::Prepare, LostCause::Hung(deadline)))
    );
    assert!(worker.is_dead());
}
