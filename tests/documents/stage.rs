//! Where the documents' commands run: a folder, a device, and a shell.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use super::markdown::root;

const GATE: &str = env!("CARGO_BIN_EXE_gate");

/// Stands in the program's place: measures for a moment where a command does not
/// say for how long, and writes down how each call ended.
const WRAPPER: &str = r#"#!/usr/bin/env bash
given=" $* "
more=()
lacks() { [[ $given != *" $1 "* && $given != *" $1="* ]]; }
add() { if lacks "$1"; then more+=("$@"); fi; }
case ${1-} in
    check | update-baselines | run) add --rounds "$STAGE_ROUNDS"; add --time "$STAGE_TIME" ;;
    calibrate) add --rounds 8; add --time 1ms; add --suites 20 ;;
    tune) add --rounds 3; add --time 2ms ;;
esac
case ${1-} in
    check | update-baselines | run | calibrate | tune | devices)
        if [ -n "$STAGE_SCRIPT" ]; then more+=(--replay "$STAGE_SCRIPT"); fi ;;
esac
"$STAGE_GATE" "$@" "${more[@]}"
code=$?
case ${1-} in
    init | new) sed -i.bak "s/$STAGE_SIZE/" specs/*.yaml && rm specs/*.bak ;;
esac
printf '%s gate %s\n' "$code" "$*" >>"$STAGE_LOG"
exit "$code"
"#;

/// Elements of the example's and the starter's case, and how many are enough to
/// see what a command does: a few, so that it is quick on a busy machine.
const ELEMENTS: (&str, &str) = ("1000003", "30011");

/// A scripted device that is as fast as it says: 10 us for each case, however
/// large, are beyond no ceiling of it.
const SCRIPT: &str = r#"{"ceilings": {"copy": 1e18, "read": 1e18, "fma_f32": 1e19,
    "fma_f16": 1e19, "cooperative_matrix": 1e19, "launch": 1.0, "cache": null}}"#;

/// Writes what a person would type into an editor.
const EDITOR: &str = "#!/bin/sh\necho 'Change something' >\"$1\"\n";

/// What answers in the place of a device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Device {
    /// A software adapter of this machine, by its name.
    Adapter(String),
    /// A scripted one.
    Script,
}

/// The software adapter of this machine, where this build can reach one.
pub(crate) fn software_adapter() -> Option<Device> {
    let output = Command::new(GATE)
        .args(["devices", "--format", "json"])
        .output()
        .expect("the gate runs");
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    let adapters = listed.get("adapters").unwrap_or(&listed).as_array()?;
    let software = adapters.iter().find(|one| one["kind"] == "cpu")?;
    Some(Device::Adapter(software["adapter"].as_str()?.to_owned()))
}

/// How a script ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    /// Both outputs, as they came.
    pub(crate) said: String,
    /// Exit code and words of each call of the gate.
    pub(crate) calls: Vec<(i32, String)>,
}

/// A folder to run scripts in, which goes away with it.
pub(crate) struct Stage {
    _folder: TempDir,
    project: PathBuf,
    home: PathBuf,
    device: Device,
}

impl Stage {
    fn new(device: Device) -> Self {
        let folder = TempDir::with_prefix("gate-docs-").expect("a temporary folder");
        let at = folder.path().canonicalize().expect("is there");
        let stage = Self {
            project: at.join("project"),
            home: at.join("home"),
            _folder: folder,
            device,
        };
        for part in [
            ".local/share/bash-completion/completions",
            ".config/fish/completions",
            "tools",
        ] {
            fs::create_dir_all(stage.home.join(part)).expect("made");
        }
        fs::create_dir_all(&stage.project).expect("made");
        for (name, text) in [("gate", WRAPPER), ("editor", EDITOR)] {
            let tool = stage.home.join("tools").join(name);
            fs::write(&tool, text).expect("written");
            executable(&tool);
        }
        fs::write(stage.home.join("device.json"), SCRIPT).expect("written");
        stage
    }

    /// An empty folder in a repository of its own.
    pub(crate) fn empty(device: Device) -> Self {
        let stage = Self::bare(device);
        if let Some((file, text)) = stage.ceilings() {
            stage.write(file, text);
        }
        stage
    }

    fn bare(device: Device) -> Self {
        let stage = Self::new(device);
        stage.git(&["init", "--quiet", "--initial-branch=main"]);
        stage
    }

    /// What the adapter was measured to be able to do, as a recording leaves it:
    /// each check would measure it anew, which takes longer than the check.
    fn ceilings(&self) -> Option<&'static (String, String)> {
        static MEASURED: OnceLock<Option<(String, String)>> = OnceLock::new();
        if self.device == Device::Script {
            return None;
        }
        let measure = || {
            let stage = Self::bare(self.device.clone());
            stage.add_example();
            let ended = stage.run("gate update-baselines", "2");
            assert_eq!(ended.code, 0, "{}", ended.said);
            let baselines = fs::read_dir(stage.project.join("baselines")).ok()?;
            let device = baselines.flatten().next()?.file_name();
            let file = format!("baselines/{}/device.json", device.display());
            let text = fs::read_to_string(stage.project.join(&file)).ok()?;
            Some((file, text))
        };
        MEASURED.get_or_init(measure).as_ref()
    }

    /// The project that the guide shows.
    pub(crate) fn example(device: Device) -> Self {
        let stage = Self::empty(device);
        stage.add_example();
        stage.commit();
        stage
    }

    fn add_example(&self) {
        for part in ["gate.toml", "specs", "shaders"] {
            copy(
                &root().join("examples/saxpy").join(part),
                &self.project.join(part),
            );
        }
        let spec = self.project.join("specs/saxpy.yaml");
        let text = fs::read_to_string(&spec).expect("is there");
        assert!(text.contains(ELEMENTS.0));
        fs::write(&spec, text.replace(ELEMENTS.0, ELEMENTS.1)).expect("written");
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", "Start"]);
    }

    /// This repository's own specs, and all that they need.
    pub(crate) fn repository(device: Device) -> Self {
        let parts = [
            "specs",
            "templates",
            "shaders",
            "baselines",
            "schemas",
            "examples",
        ];
        let stage = Self::empty(device);
        for part in parts {
            copy(&root().join(part), &stage.project.join(part));
        }
        stage.commit();
        stage.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        // What other days and another checkout would have left there.
        stage.write("monday.csv", &recording("a"));
        stage.write("nights.csv", &(recording("monday") + &rows("tuesday")));
        stage.write("tuesday.csv", &recording("a"));
        stage.run("gzip tuesday.csv", "2");
        copy(
            &stage.project.join("baselines"),
            &stage.project.join("../branch/baselines"),
        );
        stage
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.project.join(file);
        fs::create_dir_all(path.parent().expect("has a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn git(&self, arguments: &[&str]) {
        let output = self.command("git").args(arguments).output();
        let output = output.expect("git is there");
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.project);
        for name in [
            "COLUMNS",
            "NO_COLOR",
            "GITHUB_ACTIONS",
            "WGPU_BACKEND",
            "WGPU_ADAPTER_NAME",
        ] {
            command.env_remove(name);
        }
        let script = match &self.device {
            Device::Script => self.home.join("device.json").display().to_string(),
            Device::Adapter(name) => {
                command.env("WGPU_ADAPTER_NAME", name);
                String::new()
            }
        };
        let tools = self.home.join("tools");
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env("PATH", format!("{}:{path}", tools.display()))
            .env("HOME", &self.home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_EDITOR", tools.join("editor"))
            .env("GIT_AUTHOR_NAME", "An Author")
            .env("GIT_AUTHOR_EMAIL", "author@example.org")
            .env("GIT_COMMITTER_NAME", "An Author")
            .env("GIT_COMMITTER_EMAIL", "author@example.org")
            .env("STAGE_GATE", GATE)
            .env("STAGE_SCRIPT", script)
            .env("STAGE_SIZE", format!("{}/{}", ELEMENTS.0, ELEMENTS.1))
            .env("STAGE_LOG", self.home.join("log"));
        command
    }

    /// Runs a script until its first command that fails.
    pub(crate) fn run(&self, script: &str, rounds: &str) -> Ended {
        let log = self.home.join("log");
        fs::write(&log, "").expect("written");
        let output = self
            .command("bash")
            .args(["-euo", "pipefail", "-c"])
            .arg(format!("exec 2>&1\n{script}"))
            .env("STAGE_ROUNDS", rounds)
            .env("STAGE_TIME", "5ms")
            .output()
            .expect("bash runs");
        let log = fs::read_to_string(&log).expect("is text");
        let calls = log.lines().filter_map(|line| {
            let (code, words) = line.split_once(' ')?;
            Some((code.parse().ok()?, words.to_owned()))
        });
        Ended {
            code: output.status.code().unwrap_or(-1),
            said: String::from_utf8_lossy(&output.stdout)
                .replace(&self.project.display().to_string(), "/project")
                .replace(ELEMENTS.1, ELEMENTS.0),
            calls: calls.collect(),
        }
    }
}

/// A recording in CSV: ten rounds that hardly differ.
fn recording(name: &str) -> String {
    "device,recording,round,case,sample,gpu_ns,wall_ns\n".to_owned() + &rows(name)
}

fn rows(name: &str) -> String {
    let row = |round: u32, sample: u32| {
        let ns = 10_000 + 7 * (round % 3) + sample;
        format!(
            "replay,{name},{round},suite/case,{sample},{ns},{}\n",
            2 * ns
        )
    };
    let rounds = 0..10;
    rounds
        .flat_map(|round| (0..5).map(move |sample| row(round, sample)))
        .collect()
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("made");
        for entry in fs::read_dir(from).expect("readable") {
            let entry = entry.expect("readable");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).expect("copied");
    }
}

fn executable(tool: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(tool, fs::Permissions::from_mode(0o755)).expect("set");
}
