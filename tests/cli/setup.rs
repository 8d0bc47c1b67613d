//! Setting gate up: in an empty folder, in another kind of project, in a shell.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with nothing of gate's in it.
struct Empty(TempDir);

impl Empty {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::with_prefix("gate-").expect("a temporary folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("has one")).expect("made");
            fs::write(path, text).expect("written");
        }
        Self(folder)
    }

    /// Runs the gate in a folder below, which must give this exit code; what it
    /// said on both outputs.
    fn gate(&self, inside: &str, arguments: &[&str], code: i32) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_gate"))
            .current_dir(self.0.path().join(inside))
            .args(arguments)
            .env_remove("GITHUB_ACTIONS")
            .output()
            .expect("the gate runs");
        let text = |bytes| String::from_utf8(bytes).expect("is text");
        let said = text(output.stdout) + &text(output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        let folder = self.0.path().canonicalize().expect("is there");
        said.replace(&folder.display().to_string(), "$PROJECT")
            .replace(&self.0.path().display().to_string(), "$PROJECT")
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.path().join(file)).expect(file)
    }

    fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        let mut open = vec![self.0.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let name = path.strip_prefix(self.0.path()).expect("below");
                    files.insert(name.to_owned(), fs::read_to_string(&path).expect("text"));
                }
            }
        }
        files
    }
}

#[test]
fn a_project_starts_in_an_empty_folder() {
    let empty = Empty::new(&[]);
    insta::assert_snapshot!(empty.gate("", &["init"], 0));
    let said = empty.gate("", &["validate"], 0);
    assert!(said.contains("valid: 4 cases in 1 suite"), "{said}");
    let schema = empty.read("specs/gate.schema.json");
    assert_eq!(empty.gate("", &["schema"], 0), schema);
    let spec = empty.read("specs/saxpy.yaml");
    assert!(spec.starts_with("# yaml-language-server: $schema=gate.schema.json\n"));
    assert!(!spec.contains("NAME"), "{spec}");
    let workflow = empty.read(".github/workflows/gate.yml");
    assert!(workflow.contains("working-directory: .\n"), "{workflow}");
}

#[test]
fn nothing_is_written_over() {
    let mine = [
        ("specs/saxpy.yaml", "mine"),
        (".github/workflows/gate.yml", "mine"),
    ];
    let there = Empty::new(&mine);
    let said = there.gate("", &["init"], 0);
    for (name, text) in mine {
        assert_eq!(there.read(name), text);
        let line = format!("  kept  {name}, which was there\n");
        assert!(said.contains(&line), "{said}");
    }
    let before = there.files();
    let again = there.gate("", &["init"], 0);
    assert!(!again.contains("made"), "{again}");
    assert_eq!(there.files(), before);
}

#[test]
fn a_project_starts_at_the_root_of_the_one_that_it_is_in() {
    let rust = Empty::new(&[
        (".git/HEAD", ""),
        ("crates/kernels/Cargo.toml", ""),
        ("crates/kernels/src/lib.rs", ""),
    ]);
    rust.gate("crates/kernels/src", &["init"], 0);
    assert!(rust.0.path().join("crates/kernels/gate.toml").is_file());
    rust.gate("crates/kernels", &["validate"], 0);
    // GitHub looks at the repository's root alone.
    let workflow = rust.read(".github/workflows/gate.yml");
    assert!(workflow.contains("working-directory: \"crates/kernels\"\n"));
    let script = Empty::new(&[("package.json", "{}"), ("src/index.js", "")]);
    let said = script.gate("src", &["init"], 0);
    assert!(said.starts_with("$PROJECT\n"), "{said}");
    assert!(script.0.path().join("gate.toml").is_file());
}

#[test]
fn a_folder_is_started_where_it_is_named() {
    let empty = Empty::new(&[(".git/HEAD", "")]);
    let said = empty.gate("", &["init", "gpu/kernels"], 0);
    assert!(said.contains("cd gpu/kernels && gate check"), "{said}");
    empty.gate("gpu/kernels", &["validate"], 0);
    // A file where a folder has to be.
    let file = Empty::new(&[("specs", "a file")]);
    let said = file.gate("", &["init", "."], 7);
    assert!(said.contains("not written"), "{said}");
}

#[test]
fn a_kernel_is_added_and_runs() {
    let empty = Empty::new(&[]);
    let said = empty.gate("", &["new", "kernel", "softmax"], 2);
    assert!(said.contains("`gate init` starts one"), "{said}");
    empty.gate("", &["init"], 0);
    insta::assert_snapshot!(empty.gate("", &["new", "kernel", "soft-max"], 0));
    let said = empty.gate("", &["validate"], 0);
    assert!(said.contains("valid: 8 cases in 2 suites"), "{said}");
    let before = empty.files();
    for (name, says) in [
        ("soft-max", "is not written over"),
        ("saxpy", "is not written over"),
        ("../up", "cannot name a kernel"),
        ("7", "cannot name a kernel"),
        ("", "cannot name a kernel"),
    ] {
        let said = empty.gate("", &["new", "kernel", name], 2);
        assert!(said.contains(says), "{said}");
    }
    assert_eq!(empty.files(), before);
    // From below, too.
    empty.gate("specs", &["new", "kernel", "third"], 0);
    assert!(empty.0.path().join("templates/third.wgsl.j2").is_file());
}

#[test]
fn the_schemas_are_those_of_the_repository() {
    let empty = Empty::new(&[]);
    for (of, file) in [("spec", "spec"), ("report", "report")] {
        let said = empty.gate("", &["schema", of], 0);
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{file}.schema.json"));
        assert_eq!(said, fs::read_to_string(path).expect("is there"));
        serde_json::from_str::<Value>(&said).expect("is JSON");
    }
}

#[test]
fn shells_and_man_know_every_command_that_is_shown() {
    let empty = Empty::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let said = empty.gate("", &["completions", shell], 0);
        for word in ["update-baselines", "doctor", "require-baseline"] {
            assert!(said.contains(word), "{shell}: {word}");
        }
        for hidden in ["Serve one round", "gate__worker"] {
            assert!(!said.contains(hidden), "{shell}: {hidden}");
        }
    }
    empty.gate("", &["completions", "tcl"], 2);
    let page = empty.gate("", &["man"], 0);
    assert!(page.contains(".TH gate 1"), "{page}");
    assert!(page.contains("undecided"), "exit codes are told");
    empty.gate("", &["man", "--out", "a/b"], 0);
    let pages = empty.files();
    for name in ["gate", "gate-check", "gate-new", "gate-new-kernel"] {
        let page = &pages[Path::new(&format!("a/b/{name}.1"))];
        assert!(page.contains(".SH"), "{name}");
    }
    assert!(!pages.keys().any(|name| name.ends_with("gate-worker.1")));
    let blocked = Empty::new(&[("a", "a file")]);
    blocked.gate("", &["man", "--out", "a"], 7);
}

#[test]
fn a_doctor_says_what_is_there() {
    let empty = Empty::new(&[("device.json", "{}")]);
    let replay = ["doctor", "--replay", "device.json"];
    let said = empty.gate("", &replay, 0);
    assert!(said.contains("`gate init` starts one"), "{said}");
    assert!(
        said.contains("no $PROJECT/baselines/replay-replay"),
        "{said}"
    );
    assert!(said.ends_with("A check can run here.\n") || said.contains("A check can run here.\n"));
    empty.gate("", &["init"], 0);
    let output = empty.gate(
        "",
        &[&replay[..], &["--format", "json", "--quiet"]].concat(),
        0,
    );
    let told: Value = serde_json::from_str(&output).expect(&output);
    assert_eq!(told["can_check"], true);
    assert_eq!(told["device"]["backend"], "replay");
    assert_eq!(told["noise"]["rounds"], 5);
    let findings = told["findings"].as_array().expect("a list");
    let of = |name: &str| {
        let found = findings.iter().find(|finding| finding["name"] == name);
        found.unwrap_or_else(|| panic!("{name} in {told:#}"))
    };
    assert_eq!(of("timer")["state"], "fine");
    assert_eq!(of("project")["state"], "fine");
    assert_eq!(of("baselines")["state"], "note");
    // What was unpacked for it is gone, and nothing else was made.
    assert!(!empty.0.path().join("baselines").exists());
}

#[test]
fn a_doctor_says_what_is_missing() {
    let script = r#"{"cases": [{"match": "saxpy", "behaviour": {"crashes": "sample"}}]}"#;
    let broken = Empty::new(&[("device.json", script)]);
    let said = broken.gate("", &["doctor", "--replay", "device.json"], 5);
    assert!(said.contains("MISSING"), "{said}");
    assert!(said.contains("No check can run here."), "{said}");
    // A build without its GPU part has no adapter at all.
    if !cfg!(feature = "gpu") {
        let said = broken.gate("", &["doctor"], 5);
        assert!(said.contains("MISSING  adapter"), "{said}");
    }
}

/// A project whose defaults stand in three places.
fn configured(toml: &str) -> Empty {
    let empty = Empty::new(&[("device.json", "{}")]);
    empty.gate("", &["init"], 0);
    fs::write(empty.0.path().join("gate.toml"), toml).expect("written");
    let spec = empty.0.path().join("specs/saxpy.yaml");
    let text = fs::read_to_string(&spec).expect("read");
    let text = text.replace(
        "\nkernels:",
        "\nlimits: {slowdown: 7%, warmup: 3}\n\nkernels:",
    );
    fs::write(spec, text).expect("written");
    empty
}

#[test]
fn every_setting_says_where_it_comes_from() {
    let project = configured(
        "timing = \"advisory\"\nallow = [\"ungated\", \"lost\"]\nbaselines = \"times\"\n\n\
         [limits]\nslowdown = \"3%\"\nrounds = \"2..4\"\nbudget = \"5 s\"\n",
    );
    let flags = [
        "check",
        "--print-config",
        "--budget",
        "9s",
        "--deadline",
        "30s",
    ];
    insta::assert_snapshot!(project.gate("", &flags, 0));
    let json = project.gate("", &[&flags[..], &["--format", "json"]].concat(), 0);
    let all: Value = serde_json::from_str(&json).expect("is JSON");
    let rounds = all
        .as_array()
        .expect("a list")
        .iter()
        .find(|s| s["name"] == "rounds");
    let rounds = rounds.expect("is there");
    assert_eq!(rounds["value"], "2..4");
    assert_eq!(rounds["from"], "gate.toml:7:1");
    assert_eq!(rounds["suite"], "saxpy");
    // Nothing was measured.
    assert!(!project.0.path().join(".gate").exists());
}

#[test]
fn the_defaults_of_a_project_hold_and_flags_win() {
    let project = configured(
        "require-baseline = true\nbaselines = \"times\"\n[limits]\nrounds = 2\ntime = \"1ms\"\n",
    );
    let check = ["check", "--replay", "device.json", "--seed", "1"];
    let report = |more: &[&str], code| -> Value {
        let json = project.gate(
            "",
            &[&check[..], &["--format", "json", "-q"], more].concat(),
            code,
        );
        serde_json::from_str(&json).expect(&json)
    };
    // A pass by range is none, and the rounds are those of gate.toml.
    let first = report(&[], 4);
    assert_eq!(first["rounds"], 2);
    assert_eq!(first["tally"]["failing"], 4);
    let given = report(&["--rounds", "3", "--timing", "gate"], 4);
    assert_eq!(given["rounds"], 3);
    let update = ["update-baselines", "--replay", "device.json", "--seed", "1"];
    project.gate("", &update, 0);
    assert!(
        project
            .0
            .path()
            .join("times/replay-replay/saxpy.json")
            .is_file()
    );
    assert_eq!(report(&[], 0)["tally"]["pass"], 4);
}

#[test]
fn a_gate_toml_that_is_none_is_told_with_its_line() {
    let mut all = String::new();
    for toml in [
        "timing = gate",
        "timng = \"gate\"",
        "colour = \"blue\"",
        "timing = \"gatee\"",
        "require-baseline = \"yes\"",
        "allow = [\"wrong\"]",
        "fail-on = \"slower\"",
        "baselines = \"/tmp/times\"",
        "baselines = \"kept/../../times\"",
        "deadline = 120",
        "[limits]\nslowdwon = \"2%\"",
        "limits = {slowdown = \"a bit\"}",
        "[limits]\n# too many\nrounds = \"9..1\"",
        "limits = 3",
        "[limits]\nwarmup = 1979-05-27",
        "[limits",
    ] {
        let project = configured("");
        // Two specs below one root: a mistake is told once.
        project.gate("", &["new", "kernel", "second"], 0);
        fs::write(project.0.path().join("gate.toml"), toml).expect("written");
        let said = project.gate("", &["validate"], 2);
        all.push_str(&format!("{toml}\n{said}\n"));
    }
    insta::assert_snapshot!(all);
}
