//! Both ends of the pipe: in memory, with children that misbehave, and with a
//! scripted device in a real process.

use std::io::{BufReader, Cursor};
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use crate::kit::{Correctness, Lost, LostCause, Step};
use crate::run::fixture::{job, request, round};
use crate::run::{Behaviour, Device, Replay, Script, ScriptedCase, Wanted, measure};

use super::protocol::{Answer, Ask, Reply, Request, TOKEN, VERSION, read_answer};
use super::serve::serve_until;
use super::{Deadlines, Worker, serve};

/// Longer than any answer takes on a busy machine.
const AMPLE: Duration = Duration::from_secs(60);

/// Long enough to start a process, short enough to wait for.
const SHORT: Duration = Duration::from_millis(1_500);

/// Where the child finds its script.
const SCRIPT: &str = "GATE_TEST_SCRIPT";

fn requests(asks: Vec<Ask>) -> Vec<u8> {
    let mut text = Vec::new();
    for (id, ask) in (1..).zip(asks) {
        let request = Request {
            version: VERSION,
            id,
            ask,
        };
        text.extend(serde_json::to_vec(&request).expect("serializes"));
        text.push(b'\n');
    }
    text
}

fn answers_to(text: Vec<u8>) -> Vec<Result<Reply, Lost>> {
    let mut written = Vec::new();
    serve_until(
        &mut || Ok(Box::new(Replay::new(Script::default(), 0))),
        Cursor::new(text),
        &mut written,
        || {},
    )
    .expect("memory does not fail");
    String::from_utf8(written)
        .expect("JSON")
        .lines()
        .filter_map(|line| line.strip_prefix(TOKEN))
        .map(|line| {
            serde_json::from_str::<Answer>(line)
                .expect("an answer")
                .outcome
        })
        .collect()
}

#[test]
fn a_child_answers_each_request_in_turn() {
    let handle = crate::run::Handle(0);
    let answers = answers_to(requests(vec![
        Ask::Hello,
        Ask::Probe,
        Ask::Prepare(Box::new(job("a", 1))),
        Ask::Verify(handle),
        Ask::Sample(handle, request()),
        Ask::Release(handle),
    ]));
    assert!(matches!(
        answers.as_slice(),
        [
            Ok(Reply::Facts(_)),
            Ok(Reply::Ceilings(_)),
            Ok(Reply::Prepared(_)),
            Ok(Reply::Correctness(_)),
            Ok(Reply::Round(_)),
            Ok(Reply::Released),
        ]
    ));
}

#[test]
fn nonsense_gets_an_answer_and_the_child_lives_on() {
    let mut text = b"{\"version\":1}\n".to_vec();
    text.extend(requests(vec![Ask::Probe, Ask::Hello]));
    let answers = answers_to(text);
    let causes: Vec<_> = answers
        .iter()
        .map(|answer| answer.as_ref().err().map(|lost| lost.cause.to_string()))
        .collect();
    assert_eq!(
        causes,
        [
            Some(
                "the worker's answer is unreadable: the request is unreadable: missing field `id` at line 1 column 13"
                    .into()
            ),
            Some("the worker's answer is unreadable: no device was opened".into()),
            None
        ]
    );
}

#[test]
fn an_adapter_that_is_missing_is_reported() {
    let mut written = Vec::new();
    let missing = Lost::new(Step::Start, LostCause::NoAdapter("no such".into()));
    let answer = missing.clone();
    serve_until(
        &mut || Err(answer.clone()),
        Cursor::new(requests(vec![Ask::Hello])),
        &mut written,
        || {},
    )
    .expect("memory does not fail");
    let text = String::from_utf8(written).expect("JSON");
    let line = text.trim().strip_prefix(TOKEN).expect("an answer");
    assert_eq!(
        read_answer(line.as_bytes(), 1).map(|outcome| outcome.err()),
        Ok(Some(missing))
    );
}

#[test]
fn a_pipe_that_closes_in_the_middle_of_a_request_is_noticed() {
    let (orphaned, heard) = mpsc::channel();
    // The request is under way for as long as the child has not heard.
    serve_until(
        &mut || {
            heard.recv().expect("the other thread calls");
            Ok(Box::new(Replay::new(Script::default(), 0)))
        },
        Cursor::new(requests(vec![Ask::Hello])),
        &mut Vec::new(),
        move || orphaned.send(()).expect("somebody listens"),
    )
    .expect("memory does not fail");
}

#[test]
fn a_nan_time_is_garbage_on_the_parents_side_too() {
    let mut nan = round();
    nan.samples[1] = f64::NAN;
    let line = serde_json::to_vec(&Answer {
        version: VERSION,
        id: 4,
        outcome: Ok(Reply::Round(nan)),
    })
    .expect("serializes");
    assert_eq!(
        read_answer(&line, 4).expect_err("no numbers"),
        LostCause::Garbage("a time that is no number".into())
    );
}

#[test]
fn an_answer_to_another_request_or_of_another_version_is_refused() {
    let answer = |version, id| {
        serde_json::to_vec(&Answer {
            version,
            id,
            outcome: Ok(Reply::Released),
        })
        .expect("serializes")
    };
    assert!(matches!(
        read_answer(&answer(VERSION, 4), 4),
        Ok(Ok(Reply::Released))
    ));
    assert_eq!(
        read_answer(&answer(VERSION, 3), 4).expect_err("not ours"),
        LostCause::Protocol("an answer to request 3 instead of 4".into())
    );
    assert_eq!(
        read_answer(&answer(9, 4), 4).expect_err("not ours"),
        LostCause::Protocol("version 9 of the protocol, and this gate speaks 2".into())
    );
}

/// Not a test of its own: the process that those below start.
#[test]
#[ignore = "the child of other tests"]
fn child() {
    let Ok(script) = std::env::var(SCRIPT) else {
        return;
    };
    let script: Script = serde_json::from_str(&script).expect("a script");
    serve(
        &mut || {
            Ok(Box::new(Replay::in_worker(
                script.clone(),
                0,
                Box::new(std::io::stdout()),
            )))
        },
        BufReader::new(std::io::stdin()),
        &mut std::io::stdout(),
    )
    .expect("the pipe holds");
}

/// Cases with `bad` in their identity behave like this, all others well.
fn only_bad(behaviour: Behaviour) -> Script {
    Script {
        cases: vec![ScriptedCase {
            matches: "bad".into(),
            jitter: 0.0,
            behaviour,
            ..ScriptedCase::default()
        }],
        ..Script::default()
    }
}

fn scripted(behaviour: Behaviour, deadline: Duration) -> Result<Worker, Lost> {
    let script = only_bad(behaviour);
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command
        .args(["--exact", "run::worker::tests::child", "--ignored"])
        .args(["--nocapture", "--test-threads=1"])
        .env(SCRIPT, serde_json::to_string(&script).expect("serializes"));
    let mut deadlines = Deadlines::all(AMPLE);
    deadlines.verify = deadline;
    Worker::start(command, deadlines)
}

fn wanted() -> Wanted {
    Wanted {
        verify: true,
        sample: Some(request()),
    }
}

#[test]
fn a_worker_measures_as_its_device_does() {
    let mut worker = scripted(Behaviour::Right, AMPLE).expect("starts");
    assert_eq!(worker.facts().expect("facts"), Script::default().facts());
    assert_eq!(worker.probe(), Ok(Script::default().ceilings));
    let measured = measure(&mut worker, &job("bad", 2), &wanted()).expect("nothing is lost");
    let here = measure(
        &mut Replay::new(only_bad(Behaviour::Right), 0),
        &job("bad", 2),
        &wanted(),
    )
    .expect("nothing is lost");
    assert_eq!(measured.prepared, here.prepared);
    assert_eq!(measured.correctness, here.correctness);
    let round = measured.round.expect("timed");
    assert_eq!(round.samples, vec![10_000.0; 20]);
    assert_eq!(round.stages, vec![vec![5_000.0; 20]; 2]);
}

#[test]
fn what_a_driver_prints_to_the_pipe_does_no_harm() {
    let mut worker = scripted(Behaviour::Prints, AMPLE).expect("starts");
    let measured = measure(&mut worker, &job("bad", 1), &wanted()).expect("nothing is lost");
    assert!(measured.round.is_some());
}

#[test]
fn a_panic_is_reported_and_the_worker_lives_on() {
    let mut worker = scripted(Behaviour::Panics, AMPLE).expect("starts");
    assert_eq!(
        measure(&mut worker, &job("bad", 1), &wanted()),
        Err(Lost::new(
            Step::Prepare,
            LostCause::Panicked("as the script says".into())
        ))
    );
    assert!(!worker.is_dead());
    assert!(measure(&mut worker, &job("good", 1), &wanted()).is_ok());
}

#[cfg(unix)]
#[test]
fn a_crash_is_a_loss_with_its_signal_and_the_worker_stays_dead() {
    let mut worker = scripted(Behaviour::Crashes(Step::Sample), AMPLE).expect("starts");
    let lost = measure(&mut worker, &job("bad", 1), &wanted()).expect_err("crashes");
    assert_eq!(lost.step, Step::Sample);
    let LostCause::Crashed(how) = &lost.cause else {
        panic!("{lost}");
    };
    assert!(how.contains("SIGABRT"), "{how}");
    assert!(worker.is_dead());
    let again = measure(&mut worker, &job("good", 1), &wanted()).expect_err("dead");
    assert_eq!((again.step, &again.cause), (Step::Prepare, &lost.cause));
}

#[test]
fn a_hang_ends_at_its_deadline() {
    let mut worker = scripted(Behaviour::Hangs(Step::Verify), SHORT).expect("starts");
    assert_eq!(
        measure(&mut worker, &job("bad", 1), &wanted()),
        Err(Lost::new(Step::Verify, LostCause::Hung(SHORT)))
    );
    assert!(worker.is_dead());
}

#[test]
fn babble_on_the_pipe_is_a_protocol_error() {
    let mut worker = scripted(Behaviour::Babbles(Step::Verify), AMPLE).expect("starts");
    let lost = measure(&mut worker, &job("bad", 1), &wanted()).expect_err("babbles");
    assert!(matches!(lost.cause, LostCause::Protocol(_)), "{lost}");
    assert!(worker.is_dead());
}

#[cfg(unix)]
mod misbehaving {
    use super::*;

    fn shell(line: &str, deadlines: Deadlines) -> Result<Worker, Lost> {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        Worker::start(command, deadlines)
    }

    #[test]
    fn a_child_that_ends_at_once_leaves_its_last_words() {
        let lost = shell("echo no driver here >&2; exit 7", Deadlines::all(AMPLE))
            .expect_err("ends at once");
        assert_eq!(
            lost,
            Lost::new(
                Step::Start,
                LostCause::Crashed("exit status: 7; last words: no driver here".into())
            )
        );
    }

    #[test]
    fn a_child_that_never_answers_is_killed() {
        let lost = shell("exec sleep 600", Deadlines::all(SHORT)).expect_err("sleeps");
        assert_eq!(lost, Lost::new(Step::Start, LostCause::Hung(SHORT)));
    }

    #[test]
    fn a_child_that_reads_nothing_does_not_block_its_parent() {
        // Says what a worker says first, and then reads no more: far more is
        // written than a pipe holds.
        let facts = serde_json::to_string(&Answer {
            version: VERSION,
            id: 1,
            outcome: Ok(Reply::Facts(Box::new(Script::default().facts()))),
        })
        .expect("serializes");
        let mut deadlines = Deadlines::all(AMPLE);
        deadlines.prepare = SHORT;
        let line = format!("read hello; echo '{TOKEN}{facts}'; exec sleep 600");
        let mut worker = shell(&line, deadlines).expect("says hello");
        let mut large = job("a", 1);
        large.shaders[0].text = "/".repeat(4 << 20).into();
        assert_eq!(
            worker.prepare(&large),
            Err(Lost::new(Step::Prepare, LostCause::Hung(SHORT)))
        );
    }

    #[test]
    fn a_flood_without_an_end_is_a_protocol_error() {
        let lost =
            shell("exec tr '\\0' x </dev/zero", Deadlines::all(AMPLE)).expect_err("never answers");
        assert_eq!(
            lost,
            Lost::new(
                Step::Start,
                LostCause::Protocol("an answer longer than 8388608 bytes".into())
            )
        );
    }

    #[test]
    fn a_program_that_is_missing_is_a_loss() {
        let lost = Worker::start(Command::new("/no/such/gate"), Deadlines::all(AMPLE))
            .expect_err("missing");
        assert!(matches!(lost.cause, LostCause::Crashed(_)), "{lost}");
    }
}

#[test]
fn a_right_round_survives_the_pipe() {
    let answer = Answer {
        version: VERSION,
        id: 2,
        outcome: Ok(Reply::Round(round())),
    };
    let line = serde_json::to_vec(&answer).expect("serializes");
    match read_answer(&line, 2) {
        Ok(Ok(Reply::Round(read))) => {
            assert_eq!(read, round());
            assert!(matches!(read.after, Correctness::Right { .. }));
        }
        other => panic!("{other:?}"),
    }
}
