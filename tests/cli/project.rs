//! A small project in a folder of its own, and the gate run in it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// No run takes seconds; one that takes this long hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A file larger than this is known by its length alone.
const LARGE: u64 = 1 << 20;

/// Three cases of one kernel, each with a range that the default script keeps.
pub(crate) const SPEC: &str = r#"gate: 1
suite: demo
import: [hardware.yaml, models.yaml]
limits: {slowdown: 5%}
kernels:
  copy:
    template: copy.wgsl.j2
    variants: {workgroup: [64]}
    uniforms: {n: u32}
    inputs: {src: {type: f32, shape: [n], fill: "normal(0, 1)"}}
    outputs: {dst: {type: f32, shape: [n]}}
    dispatch: ["ceil_div(n, workgroup)", 1, 1]
    reference: copy
cases:
  - {kernel: copy, name: tiny, shape: {n: 64}, expect: {any-gpu: "< 1 ms"}}
  - {kernel: copy, shape: {n: 128}, expect: {any-gpu: "< 1 ms"}}
  - kernel: copy
    sweep: {model: [large]}
    shape: {n: "model.hidden"}
    expect: {any-gpu: "< 1 ms"}
"#;

/// Software adapters do not gate times.
const HARDWARE: &str = "classes:
  - {name: software, match: {type: cpu}, timing: advisory}
  - {name: any-gpu, match: {}}
";

const MODELS: &str = "model:
  small: {hidden: 64}
  large: {hidden: 256}
";

pub(crate) const TEMPLATE: &str = "struct Parameters { n: u32 }

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size({{ workgroup }})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < parameters.n {
        dst[id.x] = src[id.x];
    }
}
";

/// The identity of the case of so many elements.
pub(crate) fn case(n: u32) -> String {
    format!("demo/copy[n={n}]@workgroup=64")
}

/// Where the scripted device's baselines lie.
pub(crate) const BASELINE: &str = "baselines/replay-replay/demo.json";

/// A project in a folder that goes away with it.
pub(crate) struct Project {
    folder: TempDir,
}

/// What a run said.
#[derive(Debug)]
pub(crate) struct Told {
    /// The exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Project {
    /// The small project, with a device on which everything is right.
    pub(crate) fn new() -> Self {
        let project = Self {
            folder: TempDir::with_prefix("gate-").expect("a temporary folder"),
        };
        project.write("gate.toml", "");
        project.write("specs/demo.yaml", SPEC);
        project.write("specs/hardware.yaml", HARDWARE);
        project.write("specs/models.yaml", MODELS);
        project.write("templates/copy.wgsl.j2", TEMPLATE);
        project.script(&json!({}));
        project
    }

    /// The small project with one replacement in its spec.
    pub(crate) fn slip(from: &str, to: &str) -> Self {
        let project = Self::new();
        project.replace("specs/demo.yaml", from, to);
        project
    }

    /// Its last case has no range.
    pub(crate) fn with_an_ungated_case() -> Self {
        Self::slip(
            "    shape: {n: \"model.hidden\"}\n    expect: {any-gpu: \"< 1 ms\"}\n",
            "    shape: {n: \"model.hidden\"}\n",
        )
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("has a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).expect("readable")
    }

    pub(crate) fn link(&self, from: &str, to: &Path) {
        let from = self.path(from);
        // Fails where nothing stood in its place.
        let _ = fs::remove_file(&from);
        symlink(to, from).expect("a symbolic link");
    }

    /// Replaces what stands once in a file.
    pub(crate) fn replace(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert_eq!(text.matches(from).count(), 1, "`{from}` stands once");
        self.write(file, text.replace(from, to));
    }

    /// What the device answers from now on.
    pub(crate) fn script(&self, script: &Value) {
        self.write("device.json", script.to_string());
    }

    /// The device answers all cases with its defaults, but these.
    pub(crate) fn cases(&self, cases: &Value) {
        self.script(&json!({ "cases": cases }));
    }

    /// One case goes wrong like this.
    pub(crate) fn behaves(&self, n: u32, behaviour: &Value) {
        self.cases(&json!([{"match": format!("n={n}]"), "behaviour": behaviour}]));
    }

    /// The gate in the project's folder, not yet run.
    pub(crate) fn gate(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env_remove("COLUMNS")
            .env_remove("NO_COLOR")
            .env_remove("GITHUB_ACTIONS")
            .env_remove("WGPU_BACKEND")
            .env_remove("WGPU_ADAPTER_NAME")
            .timeout(PATIENCE);
        command
    }

    /// Runs the gate.
    pub(crate) fn run(&self, arguments: &[&str]) -> Told {
        self.told(&mut self.gate(arguments))
    }

    pub(crate) fn told(&self, command: &mut Command) -> Told {
        let output = command.output().expect("the gate runs");
        let text = |bytes: Vec<u8>| self.tidy(&String::from_utf8(bytes).expect("is text"));
        Told {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Runs `gate check` on the scripted device, with four rounds.
    pub(crate) fn check(&self, more: &[&str]) -> Told {
        self.measure("check", more)
    }

    /// Runs `gate update-baselines` likewise.
    pub(crate) fn update(&self, more: &[&str]) -> Told {
        self.measure("update-baselines", more)
    }

    /// Runs a command that measures.
    pub(crate) fn measure(&self, command: &str, more: &[&str]) -> Told {
        self.run(&[&Self::measuring(command), more].concat())
    }

    /// The arguments of a command that measures.
    pub(crate) fn measuring(command: &str) -> [&str; 7] {
        [
            command,
            "--replay",
            "device.json",
            "--seed",
            "1",
            "--rounds",
            "4",
        ]
    }

    /// The report of a command that measures, as data, and its exit code.
    pub(crate) fn report(&self, command: &str, more: &[&str]) -> (Value, Option<i32>) {
        let told = self.measure(command, &[&["--format", "json"], more].concat());
        let report: Value = serde_json::from_str(&told.out)
            .unwrap_or_else(|error| panic!("{error}: {}{}", told.out, told.err));
        assert_eq!(report["exit"].as_i64(), told.code.map(i64::from));
        (report, told.code)
    }

    /// Every file with what is in it.
    pub(crate) fn tree(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut tree = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                // The last report is kept there by every check.
                if path.ends_with(".gate") {
                    continue;
                }
                let kind = fs::symlink_metadata(&path).expect("is there");
                if kind.is_dir() {
                    folders.push(path.clone());
                    tree.insert(path, Vec::new());
                } else if kind.is_file() && kind.len() <= LARGE {
                    let bytes = fs::read(&path).expect("readable");
                    tree.insert(path, bytes);
                } else {
                    tree.insert(path, kind.len().to_le_bytes().to_vec());
                }
            }
        }
        tree
    }

    /// What differs from run to run and from machine to machine, taken out.
    pub(crate) fn tidy(&self, text: &str) -> String {
        let folder = self.folder.path().display().to_string();
        let mut tidy = String::new();
        for line in text.replace(&folder, "$PROJECT").split_inclusive('\n') {
            let on = [" on Replay: exit", " on replay-replay: exit"];
            let to = on.iter().find_map(|on| line.find(on));
            match (line.rfind(" in "), to) {
                (Some(from), Some(to)) if from < to => {
                    tidy.push_str(&format!("{} in <time>{}", &line[..from], &line[to..]));
                }
                _ => tidy.push_str(line),
            }
        }
        tidy
    }
}

impl Told {
    /// Its exit code was this, or the test ends with all that was said.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// It said this on standard output.
    #[track_caller]
    pub(crate) fn says(&self, what: &str) -> &Self {
        assert!(self.out.contains(what), "`{what}` in\n{}", self.out);
        self
    }

    /// It said this on standard error.
    #[track_caller]
    pub(crate) fn complains(&self, what: &str) -> &Self {
        assert!(self.err.contains(what), "`{what}` in\n{}", self.err);
        self
    }
}

/// The case of so many elements in a report.
#[track_caller]
pub(crate) fn reported(report: &Value, n: u32) -> &Value {
    let id = case(n);
    report["cases"]
        .as_array()
        .and_then(|cases| cases.iter().find(|case| case["id"] == *id))
        .unwrap_or_else(|| panic!("{id} in {report:#}"))
}

/// Verdict of the case of so many elements.
#[track_caller]
pub(crate) fn verdict(report: &Value, n: u32) -> &str {
    let verdict = reported(report, n)["judgement"]["verdict"].as_str();
    verdict.expect("a verdict")
}

/// Its reason.
#[track_caller]
pub(crate) fn reason(report: &Value, n: u32) -> &str {
    let reason = reported(report, n)["judgement"]["reason"].as_str();
    reason.expect("a reason")
}
