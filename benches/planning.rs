//! Time and memory to plan and validate large suites:
//! `cargo bench --no-default-features --bench planning`.
//!
//! A suite of 10,000 cases is read and planned, and each of its stages is
//! rendered, validated and bound, as `gate validate` does and `gate check` does
//! before it measures; then one of 100,000. Both are sweeps over the shapes of
//! two kernels and a pipeline of them. Prints the least of seven times on the
//! clock and on the CPU (the latter does not mind other programs), and the peak
//! of resident memory; CPU time and memory only where `/proc/self` tells them.

#![expect(clippy::print_stdout, reason = "a bench prints its numbers")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use kernel_gate::kit::CaseId;
use kernel_gate::oracle;
use kernel_gate::plan::{Filter, Plan, ReferencePlan, expand};
use kernel_gate::shader::{Renderer, Shader};
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
    template: route.wgsl.j2
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
    template: gather.wgsl.j2
    variants: {workgroup: [64, 128, 192, 256], vec: [1, 2, 4]}
    inputs:
      expert_outputs: {type: f32, shape: [experts, tokens, hidden]}
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

const ROUTE: &str = r#"// Ranks the experts of each token by counting those that are better.
struct Parameters {
    tokens: u32,
    experts: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> weights: array<f32>;

const VEC = {{ vec }}u;

@compute @workgroup_size({{ workgroup }})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let token = id.x;
    if token >= parameters.tokens {
        return;
    }
    let row = token * parameters.experts;
    var total = 0.0;
    for (var expert = 0u; expert < parameters.experts; expert += 1u) {
        let value = logits[row + expert];
        var better = 0u;
        for (var other = 0u; other < parameters.experts; other += 1u) {
            let rival = logits[row + other];
            better += select(0u, 1u, rival > value || (rival == value && other < expert));
        }
        if better < parameters.k {
            indices[token * parameters.k + better] = expert;
            weights[token * parameters.k + better] = exp(value);
            total += exp(value);
        }
    }
    for (var rank = 0u; rank < parameters.k; rank += VEC) {
{%- for lane in range(vec) %}
        if rank + {{ lane }}u < parameters.k {
            weights[token * parameters.k + rank + {{ lane }}u] /= total;
        }
{%- endfor %}
    }
}
"#;

const GATHER: &str = r#"// Sums the rows of each token's experts by their weights.
struct Parameters {
    tokens: u32,
    hidden: u32,
    experts: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> expert_outputs: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size({{ workgroup }})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let token = id.y;
{%- for lane in range(vec) %}
    {
        let column = id.x * {{ vec }}u + {{ lane }}u;
        if column < parameters.hidden {
            var sum = 0.0;
            for (var rank = 0u; rank < parameters.k; rank += 1u) {
                let at = token * parameters.k + rank;
                let row = indices[at] * parameters.tokens + token;
                sum += weights[at] * expert_outputs[row * parameters.hidden + column];
            }
            out[token * parameters.hidden + column] = sum;
        }
    }
{%- endfor %}
}
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

/// Shaders of a plan's cases, kept as a check keeps them.
fn validate(plan: &Plan) -> BTreeMap<CaseId, Vec<Shader>> {
    let mut renderer = Renderer::new(&plan.root);
    let mut all = BTreeMap::new();
    for case in &plan.cases {
        let mut shaders = Vec::with_capacity(case.stages.len());
        for stage in &case.stages {
            let ReferencePlan::BuiltIn(name) = &stage.reference else {
                panic!("the suite has built-in references alone");
            };
            let reference = oracle::built_in(name).expect("is built in");
            reference.check(case, stage).expect("the kernel fits it");
            shaders.push(renderer.render(case, stage).expect("the template renders"));
        }
        all.insert(case.id.clone(), shaders);
    }
    all
}

/// The least CPU time, or time on the clock where that is unknown.
fn measure(root: &Path, cases: usize) -> Duration {
    let file = root.join("specs/large.yaml");
    fs::write(&file, suite(cases)).expect("writes the spec");
    let (mut clock, mut cpu) = (Duration::MAX, None::<Duration>);
    let (mut planned, mut planning) = (0, Duration::MAX);
    for _ in 0..REPEATS {
        let (begin, before) = (Instant::now(), busy());
        let spec = spec::read(&file).expect("the spec reads");
        let plan = expand(&spec, &Filter::default()).expect("the spec plans");
        planning = planning.min(begin.elapsed());
        let shaders = validate(&plan);
        clock = clock.min(begin.elapsed());
        assert_eq!(shaders.len(), plan.cases.len());
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
        "{planned} cases: {:.3} s to read, plan and validate ({:.3} s to plan), on the CPU {on_cpu}, peak memory {peak}",
        clock.as_secs_f64(),
        planning.as_secs_f64()
    );
    cpu.unwrap_or(clock)
}

fn main() {
    let root = tempfile::tempdir().expect("a folder for the spec");
    for folder in ["specs", "templates"] {
        fs::create_dir(root.path().join(folder)).expect("makes a folder");
    }
    for (name, text) in [("route", ROUTE), ("gather", GATHER)] {
        let file = root.path().join(format!("templates/{name}.wgsl.j2"));
        fs::write(file, text).expect("writes a template");
    }
    let small = measure(root.path(), 10_000);
    let large = measure(root.path(), 100_000);
    println!(
        "ten times the cases took {:.1} times as long",
        large.as_secs_f64() / small.as_secs_f64()
    );
}
