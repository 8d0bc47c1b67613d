//! Time and memory to plan large suites: `cargo bench --bench planning`.
//!
//! A suite of 10,000 cases is read and planned, then one of 100,000; both are
//! sweeps over the shapes of two kernels and a pipeline of them. Prints the
//! least of seven times on the clock and on the CPU (the latter does not mind
//! other programs), and the peak of resident memory; CPU time and memory only
//! where `/proc/self` tells them.

#![expect(clippy::print_stdout, reason = "a bench prints its numbers")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use kernel_gate::plan::{Filter, expand};
use kernel_gate::spec;

/// Times that each suite is planned.
const REPEATS: usize = 7;

const HEAD: &str = r#"
gate: 1
suite: large
classes:
  - {name: any-gpu, match: {}}
kernels:
  route:
    template: kernel.wgsl.j2
    variants: {workgroup: [64, 128, 192, 256], vec: [1, 2, 4]}
    where: ["workgroup <= device.max_invocations"]
    inputs:
      logits: {type: f32, shape: [tokens, experts]}
    outputs:
      indices: {type: u32, shape: [tokens, k]}
      weights: {type: f32, shape: [tokens, k]}
    uniforms: {tokens: u32, experts: u32, k: u32}
    dispatch: ["ceil_div(tokens, workgroup)", 1, 1]
    reference: topk
    work: {flops: "tokens * (4 * experts + 2 * k)", bytes: "tokens * (4 * experts + 8 * k)", tokens: tokens}
  gather:
    template: kernel.wgsl.j2
    variants: {workgroup: [64, 128, 192, 256], vec: [1, 2, 4]}
    inputs:
      rows: {type: f32, shape: [experts, tokens, hidden]}
      indices: {type: u32, shape: [tokens, k], fill: "distinct(experts)"}
      weights: {type: f32, shape: [tokens, k], fill: softmax}
    outputs:
      out: {type: f32, shape: [tokens, hidden]}
    uniforms: {tokens: u32, hidden: u32, experts: u32, k: u32}
    dispatch: ["ceil_div(hidden, workgroup * vec)", tokens, 1]
    reference: combine
    work: {flops: "2 * tokens * k * hidden", bytes: "4 * tokens * hidden * (k + 1)", tokens: tokens}
pipelines:
  both:
    stages: [route, gather]
    connect: {gather.indices: route.indices, gather.weights: route.weights}
cases:
"#;

/// A suite of about so many cases; half of its entries overlap with others.
fn suite(cases: usize) -> String {
    // Three targets, twelve variants each.
    let shapes = cases.div_ceil(36);
    let tokens: Vec<String> = (1..=shapes).map(|n| n.to_string()).collect();
    let mut text = HEAD.to_owned();
    for (target, hidden) in [
        ("kernel: route", ""),
        ("kernel: gather", "hidden: 4096, "),
        ("pipeline: both", "hidden: 4096, "),
    ] {
        for part in [&tokens[..], &tokens[..shapes / 2]] {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "  - {{{target}, sweep: {{tokens: [{}]}}, shape: {{{hidden}experts: 8, k: 2}}, expect: {{any-gpu: \"< 1 s\"}}}}",
                part.join(", ")
            );
        }
    }
    text
}

/// Peak of resident memory so far, in MB.
fn peak() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

/// Time that this thread has spent on a CPU, where the system tells it.
fn busy() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// The least CPU time, or time on the clock where that is unknown.
fn measure(root: &Path, cases: usize) -> Duration {
    let file = root.join("specs/large.yaml");
    fs::write(&file, suite(cases)).expect("writes the spec");
    let (mut clock, mut cpu) = (Duration::MAX, None::<Duration>);
    let mut planned = 0;
    for _ in 0..REPEATS {
        let (begin, before) = (Instant::now(), busy());
        let spec = spec::read(&file).expect("the spec reads");
        let plan = expand(&spec, &Filter::default()).expect("the spec plans");
        clock = clock.min(begin.elapsed());
        if let (Some(before), Some(after)) = (before, busy()) {
            let spent = after.saturating_sub(before);
            cpu = Some(cpu.map_or(spent, |least| least.min(spent)));
        }
        planned = plan.cases.len();
    }
    let peak = peak().map_or("unknown".to_owned(), |mb| format!("{mb:.0} MB"));
    let on_cpu = cpu.map_or("unknown".to_owned(), |cpu| {
        format!("{:.3} s", cpu.as_secs_f64())
    });
    println!(
        "{planned} cases: {:.3} s to read and plan, on the CPU {on_cpu}, peak memory {peak}",
        clock.as_secs_f64()
    );
    cpu.unwrap_or(clock)
}

fn main() {
    let root = tempfile::tempdir().expect("a folder for the spec");
    for folder in ["specs", "templates"] {
        fs::create_dir(root.path().join(folder)).expect("makes a folder");
    }
    fs::write(root.path().join("templates/kernel.wgsl.j2"), "").expect("writes a template");
    let small = measure(root.path(), 10_000);
    let large = measure(root.path(), 100_000);
    println!(
        "ten times the cases took {:.1} times as long",
        large.as_secs_f64() / small.as_secs_f64()
    );
}
