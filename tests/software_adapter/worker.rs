//! The device in a worker process.

use std::io::BufReader;
use std::process::Command;
use std::time::Duration;

use kernel_gate::kit::{Lost, LostCause, Step};
use kernel_gate::run::{Deadlines, Device, Gpu, Selection, Worker, measure, serve};

use crate::jobs::copy;
use crate::{turn, wanted};

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
        .args(["--exact", "worker::child", "--ignored", "--nocapture"])
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
