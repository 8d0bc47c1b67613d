//! A scripted device through the seam.

use crate::kit::{Correctness, Lost, LostCause, MismatchKind, Step};
use crate::run::fixture::{job, request};
use crate::run::{Device, Measured, Overhead, Wanted, measure};

use super::{Behaviour, Replay, Script, ScriptedCase};

fn scripted(behaviour: Behaviour) -> Script {
    Script {
        cases: vec![ScriptedCase {
            times: vec![2_000.0],
            jitter: 0.0,
            behaviour,
            ..ScriptedCase::default()
        }],
        ..Script::default()
    }
}

fn play(behaviour: Behaviour) -> Result<Measured, Lost> {
    let mut device = Replay::new(scripted(behaviour), 0);
    let wanted = Wanted {
        verify: true,
        sample: Some(request()),
    };
    measure(&mut device, &job("moe/topk[k=2]", 1), &wanted)
}

#[test]
fn a_scripted_time_is_what_is_measured() {
    let measured = play(Behaviour::Right).expect("nothing is lost");
    let round = measured.round.expect("timed");
    assert_eq!(round.samples, vec![2_000.0; 20]);
    assert!(matches!(
        measured.correctness,
        Some(Correctness::Right {
            repeatable: true,
            by_wgsl: false
        })
    ));
}

#[test]
fn a_wrong_kernel_is_not_timed() {
    let measured = play(Behaviour::Wrong).expect("wrong is not lost");
    assert_eq!(measured.round, None);
    let Some(Correctness::Wrong { mismatch }) = measured.correctness else {
        panic!("{:?}", measured.correctness);
    };
    assert_eq!(
        (mismatch.kind, mismatch.buffer.as_str()),
        (MismatchKind::Value, "y")
    );
}

#[test]
fn a_kernel_that_turns_wrong_while_timed_hands_on_no_times() {
    let measured = play(Behaviour::WrongAfter).expect("wrong is not lost");
    assert_eq!(measured.round, None);
    assert!(matches!(
        measured.correctness,
        Some(Correctness::Wrong { .. })
    ));
}

#[test]
fn times_that_no_clock_gives_are_garbage() {
    for (behaviour, what) in [
        (Behaviour::NotANumber, "a sample of NaN ns"),
        (Behaviour::Zero, "a sample of 0 ns"),
        (Behaviour::Backwards, "a sample of -2000 ns"),
    ] {
        assert_eq!(
            play(behaviour),
            Err(Lost::new(Step::Sample, LostCause::Garbage(what.into())))
        );
    }
}

#[test]
fn trouble_comes_at_its_step() {
    let says = || "as the script says".to_owned();
    for (behaviour, step, cause) in [
        (
            Behaviour::Panics,
            Step::Prepare,
            LostCause::Panicked(says()),
        ),
        (
            Behaviour::Refused,
            Step::Prepare,
            LostCause::Refused(says()),
        ),
        (
            Behaviour::DeviceLost(Step::Sample),
            Step::Sample,
            LostCause::DeviceLost(says()),
        ),
        (
            Behaviour::Crashes(Step::Verify),
            Step::Verify,
            LostCause::Crashed(says()),
        ),
        (
            Behaviour::Hangs(Step::Prepare),
            Step::Prepare,
            LostCause::Hung(std::time::Duration::ZERO),
        ),
    ] {
        assert_eq!(play(behaviour), Err(Lost::new(step, cause)));
    }
}

#[test]
fn a_process_draws_an_offset_and_the_same_script_draws_it_again() {
    let mut script = scripted(Behaviour::Right);
    script.cases[0].offset = 0.01;
    let sampled = |round| {
        let mut device = Replay::new(script.clone(), round);
        let handle = device.prepare(&job("a", 1)).expect("prepares").handle;
        device.sample(handle, &request()).expect("samples").samples[0]
    };
    assert_eq!(sampled(0), sampled(0));
    assert_ne!(sampled(0), sampled(1));
    // Six deviations of 1 %: no draw lies farther out.
    assert!((sampled(1) / 2_000.0 - 1.0).abs() < 0.06);
}

#[test]
fn stages_share_the_whole_and_a_pinned_batch_is_kept() {
    let mut script = scripted(Behaviour::Right);
    script.cases[0].stages = vec![0.25, 0.75];
    let mut device = Replay::new(script, 0);
    let handle = device.prepare(&job("a", 2)).expect("prepares").handle;
    let mut pinned = request();
    pinned.batch = Some((Overhead::BatchDifference, 64));
    let round = device.sample(handle, &pinned).expect("samples");
    assert_eq!(round.stages[0][0], 500.0);
    assert_eq!(round.stages[1][0], 1_500.0);
    assert_eq!(
        (round.overhead, round.batch),
        (Overhead::BatchDifference, 64)
    );
}

#[test]
fn a_case_that_was_never_prepared_is_a_protocol_error() {
    let mut device = Replay::new(Script::default(), 0);
    let lost = device.verify(crate::run::Handle(3)).expect_err("unknown");
    assert!(matches!(lost.cause, LostCause::Protocol(_)));
}
