//! The device under wgpu, on whatever adapter this machine has; a software
//! one will do. Without any, these tests fail: a pass would mean nothing.
#![cfg(feature = "gpu")]

mod families;
mod fleet;
mod jobs;
mod pairs;
mod products;
mod right;
mod routing;
mod scripts;
mod selftest;
mod setup;
mod suites;
mod swiftshader;
mod tune;
mod worker;
mod wrong;

use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel_gate::kit::Nanos;
use kernel_gate::run::{Device, Gpu, SampleRequest, Selection, Wanted, adapters};

/// One device at a time: they share the machine's cores, and so their times.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a command to its end; its exit code and what it said.
fn ended(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().expect("it starts");
    let said = String::from_utf8([output.stdout, output.stderr].concat()).expect("is text");
    (output.status.code(), said)
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
        verified: None,
        clock: None,
    }
}

fn wanted() -> Wanted {
    Wanted {
        verify: true,
        sample: Some(request()),
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
fn ceilings_are_those_of_a_computer() {
    let _turn = turn();
    let ceilings = gpu().probe().expect("probes");
    for rate in [ceilings.copy, ceilings.read, ceilings.fma_f32] {
        assert!((1e8..1e16).contains(&rate), "{ceilings:?}");
    }
    assert!(ceilings.launch.0 > 0.0);
}
