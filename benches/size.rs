//! What the program weighs: its size, its dependencies, and the start of `gate --help`.

#![expect(clippy::print_stdout, reason = "a bench prints its numbers")]

use std::process::Command;
use std::time::{Duration, Instant};

const GATE: &str = env!("CARGO_BIN_EXE_gate");

/// Starts that are timed, after one that fills the page cache.
const STARTS: usize = 51;

/// What a start may take: nobody waits for help.
const MOST: Duration = Duration::from_millis(20);

/// Lines of `cargo tree` with these features, each package once.
fn packages(features: &[&str]) -> Option<usize> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut names: Vec<&str> = text
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty() && !line.starts_with("kernel-gate "))
        .collect();
    names.sort_unstable();
    names.dedup();
    output.status.success().then_some(names.len())
}

fn start() -> Duration {
    let began = Instant::now();
    let output = Command::new(GATE).arg("--help").output();
    let took = began.elapsed();
    assert!(output.is_ok_and(|output| output.status.success()), "{GATE}");
    took
}

fn main() {
    let size = std::fs::metadata(GATE).map_or(0, |metadata| metadata.len());
    println!("size          {:.1} MB   {GATE}", size as f64 / 1e6);
    for (what, features) in [
        ("packages      ", &[][..]),
        ("  without GPU ", &["--no-default-features"][..]),
    ] {
        match packages(features) {
            Some(count) => println!("{what}{count}   cargo tree --edges normal, on this system"),
            None => println!("{what}unknown: cargo tree failed"),
        }
    }
    start();
    let mut times: Vec<Duration> = (0..STARTS).map(|_| start()).collect();
    times.sort_unstable();
    let (median, last) = (times[STARTS / 2], times[STARTS - 1]);
    println!(
        "gate --help   {:.1} ms, {:.1} to {:.1} of {STARTS} starts; {} ms are the most that a start may take",
        median.as_secs_f64() * 1e3,
        times[0].as_secs_f64() * 1e3,
        last.as_secs_f64() * 1e3,
        MOST.as_millis()
    );
    if median > MOST {
        println!("TOO SLOW");
        std::process::exit(1);
    }
}
