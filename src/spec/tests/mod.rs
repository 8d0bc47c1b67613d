//! Facts about reading specs, on projects in temporary folders.

mod files;
mod good;
mod mistakes;
mod published;
mod reference;
mod robust;
mod slips;

use std::fs;
use std::path::PathBuf;

use proptest::test_runner::{Config as ProptestConfig, RngSeed};
use tempfile::TempDir;

use super::{Spec, SpecError, read, read_all};

/// Arbitrary input, the same in every run.
pub(super) fn seeded(seed: u64) -> ProptestConfig {
    ProptestConfig {
        cases: 300,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A project in a folder of its own.
struct Project {
    folder: TempDir,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self {
            folder: TempDir::new().expect("a temporary folder"),
        };
        for (name, text) in files {
            project.write(name, text.as_bytes());
        }
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("below a folder")).expect("folders");
        fs::write(path, bytes).expect("writes");
    }

    /// Messages as a person in the project's folder would see them.
    fn shown(&self, errors: &[SpecError]) -> String {
        let mut text = String::new();
        for error in errors {
            text.push_str(&format!("{error}\n"));
        }
        let real = self.folder.path().canonicalize().expect("exists");
        for folder in [real.as_path(), self.folder.path()] {
            let folder = folder.display().to_string();
            text = text
                .replace(&format!("{folder}/"), "")
                .replace(&folder, "<project>");
        }
        text
    }

    fn read(&self, name: &str) -> Result<Spec, String> {
        read(&self.path(name)).map_err(|errors| self.shown(&errors))
    }

    fn errors(&self, name: &str) -> String {
        match self.read(name) {
            Ok(_) => panic!("{name} is a valid spec"),
            Err(text) => text,
        }
    }

    fn read_all(&self, names: &[&str]) -> Result<Vec<Spec>, String> {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.path(name)).collect();
        read_all(&paths).map_err(|errors| self.shown(&errors))
    }
}

const HARDWARE: &str = r#"
classes:
  - {name: nvidia-h100, match: {adapter: "H100"}, cache: 50 MiB}
  - {name: apple-m,     match: {adapter: "Apple M[0-9]", backend: metal}}
  - {name: software,    match: {type: cpu}, timing: advisory}
  - {name: any-gpu,     match: {}}
"#;

const MODELS: &str = r#"
model:
  small: {hidden: 512,  experts: 4, top_k: 2}
  7b:    {hidden: 4096, experts: 8, top_k: 2}
length:
  single:    {tokens: 1}
  very-long: {tokens: 2048}
"#;

const MOE: &str = r#"gate: 1
suite: moe
import: [hardware.yaml, models.yaml]

limits:
  slowdown: 2%
  confidence: 99%
  rounds: 3..10
  time: 100ms
  budget: 60s
  warmup: 5

kernels:
  topk:
    template: topk.wgsl.j2
    entry: main
    variants:
      workgroup: [64, 128, 256]
    tune:
      tokens_per_workgroup: [1, 2, 4, 8]
    where: ["workgroup <= device.max_invocations"]
    inputs:
      logits: {type: f32, shape: [tokens, experts], fill: "normal(0, 1)"}
    outputs:
      indices: {type: u32, shape: [tokens, k]}
      weights: {type: f32, shape: [tokens, k]}
    uniforms: {tokens: u32, experts: u32, k: u32}
    overrides: {}
    dispatch: ["ceil_div(tokens, workgroup)", 1, 1]
    reference: topk
    tolerance: {indices: exact, weights: {relative: 1e-5, absolute: 1e-7}}
    work: {flops: "tokens * 4 * experts", bytes: "tokens * (experts * 4 + k * 8)", tokens: tokens}

  combine:
    shader: combine.wgsl
    variants:
      - {storage: [f32], tile: [[8, 8], [16, 16]]}
      - {storage: f16, tile: [[8, 8]]}
    inputs:
      indices: {type: u32, shape: [tokens, k], fill: distinct(experts)}
      weights: {type: f32, shape: [tokens, k], fill: softmax, group: 0, binding: 1}
      x:       {type: vec4<storage>, shape: [experts, tokens, hidden / 4]}
    inout:
      out:     {type: storage, shape: [tokens, hidden], fill: zeros}
    uniforms:
      tokens: u32
      eps: {type: f32, value: 1e-5}
      rows: {type: u32, value: "tokens * k"}
    overrides: {SCALE: 0.5, FAST: true, "7": tokens}
    reset: [out]
    dispatch: ceil_div(tokens, tile.0)
    reference: {shader: slow.wgsl, entry: slow, dispatch: [tokens, hidden]}
    tolerance: 1e-5
    work: {bytes: "tokens * hidden * size_of(storage)"}
    mode: throughput
    cache: cold
    checks: [checked, unchecked]
    deterministic: true
    limits: {slowdown: 0.05, rounds: 5}

pipelines:
  moe:
    stages: [topk, combine]
    connect: {combine.indices: topk.indices, combine.weights: topk.weights}

cases:
  - kernel: topk
    shape: {tokens: 1, experts: 8, k: 2}
    expect: {apple-m: "< 0.5 ms", nvidia-h100: "< 15 us"}
  - pipeline: moe
    name: decode
    shape: {tokens: 1, hidden: 4096, experts: 8, k: 2}
    expect: {apple-m: {time: "1-3 ms", tokens_per_second: "300-1000"}}
    limits: {time: 50 ms}
  - kernel: combine
    sweep: {model: [small, 7b], length: [single, very-long]}
    shape: {tokens: "length.tokens", hidden: "model.hidden", experts: "model.experts", k: "model.top_k"}
    force: true
    cache: warm
"#;

/// A project in which everything is right.
fn good() -> Project {
    Project::new(&[
        ("specs/hardware.yaml", HARDWARE),
        ("specs/models.yaml", MODELS),
        ("specs/moe.yaml", MOE),
        ("templates/topk.wgsl.j2", "// a template"),
        ("shaders/combine.wgsl", "// a shader"),
        ("specs/slow.wgsl", "// a reference beside the spec"),
    ])
}
