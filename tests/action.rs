//! The steps of the composite action, and the scripts that workflows call, run
//! here as a runner would run them: on a scripted device instead of a GPU.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_yaml::Value;
use tempfile::TempDir;

const GATE: &str = env!("CARGO_BIN_EXE_gate");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(file: &str) -> Value {
    let text = fs::read_to_string(root().join(file)).expect(file);
    serde_yaml::from_str(&text).expect(file)
}

/// A job of GitHub Actions, as far as the action sees it.
struct Job {
    folder: TempDir,
    inputs: BTreeMap<String, String>,
    /// Outputs by step.
    outputs: BTreeMap<String, BTreeMap<String, String>>,
    /// Calls of other actions, which are not there: what each was given.
    called: BTreeMap<String, BTreeMap<String, String>>,
    said: String,
}

impl Job {
    /// A job in a project that `gate init` made.
    fn new() -> Self {
        let folder = TempDir::with_prefix("gate-job-").expect("a folder");
        let status = Command::new(GATE)
            .args(["init", "--quiet"])
            .current_dir(folder.path())
            .output()
            .expect("runs");
        assert!(status.status.success());
        fs::write(folder.path().join("device.json"), "{}").expect("written");
        let action = yaml(".github/actions/gate/action.yml");
        let inputs = action["inputs"].as_mapping().expect("has inputs");
        let inputs = inputs
            .iter()
            .map(|(name, input)| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                assert!(!text(&input["description"]).is_empty(), "{name:?}");
                (text(name), text(&input["default"]))
            })
            .collect();
        let mut job = Self {
            folder,
            inputs,
            outputs: BTreeMap::new(),
            called: BTreeMap::new(),
            said: String::new(),
        };
        job.with("program", GATE);
        job.with("adapter", "own");
        job.with(
            "arguments",
            "--replay\ndevice.json\n--rounds\n4\n--seed\n1\n",
        );
        job
    }

    fn with(&mut self, input: &str, value: &str) {
        let there = self.inputs.insert(input.to_owned(), value.to_owned());
        assert!(there.is_some(), "`{input}` is an input");
    }

    /// `${{ … }}` of inputs and of outputs of steps, filled in.
    fn filled(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, inside)) = rest.split_once("${{") {
            let (expression, after) = inside.split_once("}}").expect("ends");
            filled.push_str(before);
            filled.push_str(&self.value(expression.trim()));
            rest = after;
        }
        filled + rest
    }

    /// An input, or an output of a step; empty where the step set none.
    fn value(&self, expression: &str) -> String {
        let parts: Vec<&str> = expression.split('.').collect();
        match parts.as_slice() {
            ["inputs", name] => self.filled(&self.inputs[*name]),
            ["steps", step, "outputs", name] => {
                let outputs = self.outputs.get(*step);
                let output = outputs.and_then(|outputs| outputs.get(*name));
                output.cloned().unwrap_or_default()
            }
            ["github", "job"] => "software".to_owned(),
            other => panic!("{other:?} is not known here"),
        }
    }

    /// Whether a step runs, after others that went well or not.
    fn runs(&self, step: &Value, well: bool) -> bool {
        let Some(condition) = step.get("if") else {
            return well;
        };
        let terms: Vec<&str> = condition.as_str().expect("is text").split(" && ").collect();
        let (always, terms): (Vec<&str>, Vec<&str>) =
            terms.into_iter().partition(|term| *term == "always()");
        let quoted = |text: &str| {
            let inner = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
            inner.expect("is in quotes").to_owned()
        };
        (well || !always.is_empty())
            && terms.iter().all(|term| {
                if let Some((left, right)) = term.split_once(" != ") {
                    self.value(left) != quoted(right)
                } else {
                    let (left, right) = term.split_once(" == ").expect("compares");
                    self.value(left) == quoted(right)
                }
            })
    }

    /// Runs a script as a step; its exit code.
    fn step(&mut self, id: &str, script: &str, inside: &str, env: &[(String, String)]) -> i32 {
        let file = |name: &str| self.folder.path().join(format!("{id}.{name}"));
        let (outputs, summary) = (file("outputs"), file("summary"));
        fs::write(&outputs, "").expect("written");
        let run = Command::new("bash")
            .args([
                "--noprofile",
                "--norc",
                "-e",
                "-o",
                "pipefail",
                "-c",
                script,
            ])
            .current_dir(self.folder.path().join(inside))
            .envs(env.iter().cloned())
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_ACTION_PATH", root().join(".github/actions/gate"))
            .env("GITHUB_OUTPUT", &outputs)
            .env("GITHUB_STEP_SUMMARY", &summary)
            .output()
            .expect("bash runs");
        self.said.push_str(&String::from_utf8_lossy(&run.stdout));
        self.said.push_str(&String::from_utf8_lossy(&run.stderr));
        let written = fs::read_to_string(&outputs).expect("is there");
        self.outputs.insert(id.to_owned(), parsed(&written));
        run.status.code().expect("was not killed")
    }

    /// Runs the action's steps, after one that failed only those that always run;
    /// the exit code of the one that failed.
    fn run(&mut self) -> i32 {
        let action = yaml(".github/actions/gate/action.yml");
        let mut failed = 0;
        for step in action["runs"]["steps"].as_sequence().expect("has steps") {
            if !self.runs(step, failed == 0) {
                continue;
            }
            let id = step["id"].as_str().expect("is named").to_owned();
            let text = |value: &Value| self.filled(value.as_str().expect("is text"));
            let texts = |values: &Value| -> BTreeMap<String, String> {
                values
                    .as_mapping()
                    .expect("has values")
                    .iter()
                    .map(|(name, value)| (name.as_str().expect("is text").to_owned(), text(value)))
                    .collect()
            };
            if step.get("uses").is_some() {
                let given = texts(&step["with"]);
                self.called.insert(id, given);
                continue;
            }
            assert_eq!(step["shell"], "bash", "{step:?}");
            let env: Vec<(String, String)> = texts(&step["env"]).into_iter().collect();
            let inside = step.get("working-directory").map_or(".".to_owned(), text);
            let script = step["run"].as_str().expect("a script");
            // What people write reaches no script but by a variable.
            assert!(!script.contains("${{"), "{script}");
            let code = self.step(&id, script, &inside, &env);
            if failed == 0 {
                failed = code;
            }
        }
        failed
    }

    /// What the action as a whole gives.
    fn output(&self, name: &str) -> String {
        let action = yaml(".github/actions/gate/action.yml");
        let value = action["outputs"][name]["value"]
            .as_str()
            .expect(name)
            .to_owned();
        self.filled(&value)
    }
}

/// `name=value`, and values of several lines between marks.
fn parsed(text: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (equals, mark) = (line.find('='), line.find("<<"));
        match (equals, mark) {
            (equals, Some(mark)) if equals.is_none_or(|equals| mark < equals) => {
                let (name, end) = (&line[..mark], &line[mark + 2..]);
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
                outputs.insert(name.to_owned(), value.join("\n"));
            }
            (Some(equals), _) => {
                outputs.insert(line[..equals].to_owned(), line[equals + 1..].to_owned());
            }
            (None, _) => panic!("`{line}` is no output"),
        }
    }
    outputs
}

#[test]
fn a_green_check_leaves_outputs_a_summary_and_reports() {
    let mut job = Job::new();
    assert_eq!(job.run(), 0, "{}", job.said);
    assert_eq!(job.output("exit-code"), "0");
    assert_eq!(job.output("failing"), "0");
    assert_eq!(job.output("device"), "replay-replay");
    assert!(!job.output("verdict").is_empty() && !job.output("summary").is_empty());
    assert_eq!(Path::new(&job.output("program")), Path::new(GATE));
    let reports = PathBuf::from(job.output("reports"));
    for name in ["gate.json", "junit.xml", "gate.sarif", "gate.html"] {
        assert!(reports.join(name).is_file(), "{name}");
    }
    let summary = fs::read_to_string(job.folder.path().join("check.summary")).expect("there");
    assert!(summary.contains("saxpy"), "{summary}");
    // A gate that is there is neither built nor kept; its reports are uploaded.
    let called: Vec<&String> = job.called.keys().collect();
    assert_eq!(called, ["upload"]);
    assert_eq!(job.called["upload"]["name"], "gate-software");
    assert_eq!(Path::new(&job.called["upload"]["path"]), reports);
}

#[test]
fn a_build_is_kept_by_the_state_of_the_sources() {
    let mut job = Job::new();
    let tools = job.folder.path().join("tools");
    let env = |job: &Job| {
        vec![
            ("RUNNER_TOOL_CACHE".to_owned(), tools.display().to_string()),
            ("RUNNER_OS".to_owned(), "Linux".to_owned()),
            ("RUNNER_ARCH".to_owned(), "X64".to_owned()),
            ("ImageOS".to_owned(), "ubuntu24".to_owned()),
            (
                "PROGRAM".to_owned(),
                job.outputs
                    .get("find")
                    .map_or(String::new(), |found| found["program"].clone()),
            ),
        ]
    };
    let script = |name: &str| format!("bash \"$GITHUB_ACTION_PATH/{name}.sh\"");
    let given = env(&job);
    assert_eq!(job.step("find", &script("find"), ".", &given), 0);
    let found = job.outputs["find"].clone();
    let state = found["key"]
        .strip_prefix("gate-Linux-X64-ubuntu24-")
        .expect("names what the build is good for");
    assert_eq!(Path::new(&found["folder"]), tools.join("gate").join(state));
    let program = Path::new(&found["folder"]).join("bin/gate");
    assert_eq!(Path::new(&found["program"]), program);
    // As GitHub's cache would bring it: nothing is built, and nothing kept again.
    fs::create_dir_all(program.parent().expect("a folder")).expect("made");
    std::os::unix::fs::symlink(GATE, &program).expect("linked");
    let given = env(&job);
    assert_eq!(job.step("install", &script("install"), ".", &given), 0);
    assert!(!job.said.contains("build the gate"), "{}", job.said);
    let mut again = env(&job);
    again.retain(|(name, _)| name != "PROGRAM");
    assert_eq!(job.step("find", &script("find"), ".", &again), 0);
    assert!(!job.outputs["find"].contains_key("key"));
    assert_eq!(job.outputs["find"]["program"], found["program"]);
}

#[test]
fn a_slow_down_is_red_on_the_line_of_the_case() {
    let mut job = Job::new();
    let slow = r#"{"cases": [{"match": "workgroup=256", "times": [2e9]}]}"#;
    fs::write(job.folder.path().join("device.json"), slow).expect("written");
    assert_eq!(job.run(), 1, "{}", job.said);
    let spec = fs::read_to_string(job.folder.path().join("specs/saxpy.yaml")).expect("there");
    let line = |what: &str| {
        let at = spec.lines().position(|line| line.contains(what));
        at.expect("stands there") + 1
    };
    // At the case.
    let annotation = format!(
        "::error file=specs/saxpy.yaml,line={}",
        line("- kernel: saxpy")
    );
    assert!(
        job.said.contains(&annotation),
        "{annotation} in\n{}",
        job.said
    );
    assert_eq!(job.output("exit-code"), "1");
    // The reports are uploaded all the same.
    let reports = PathBuf::from(job.output("reports"));
    assert!(reports.join("gate.html").is_file());
    assert_eq!(Path::new(&job.called["upload"]["path"]), reports);
}

/// What a workflow of `gate init` does in a step of this name.
fn starter_step(folder: &Path, name: &str) -> String {
    let text = fs::read_to_string(folder.join(".github/workflows/gate.yml")).expect("there");
    let workflow: Value = serde_yaml::from_str(&text).expect("is YAML");
    let steps = workflow["jobs"]["software"]["steps"].as_sequence();
    let step = steps
        .expect("has steps")
        .iter()
        .find(|step| step["name"] == name);
    step.expect(name)["run"]
        .as_str()
        .expect("a script")
        .to_owned()
}

#[test]
fn a_new_projects_workflow_says_what_it_lacks_and_installs_what_it_is_told() {
    let mut job = Job::new();
    let script = starter_step(job.folder.path(), "Install the gate");
    let tools = job.folder.path().join("tools");
    fs::create_dir(&tools).expect("made");
    for tool in ["cargo", "rustup"] {
        use std::os::unix::fs::PermissionsExt;
        let file = tools.join(tool);
        let echo = format!("#!/bin/sh\necho {tool} \"$@\"\n");
        fs::write(&file, echo).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("can run");
    }
    let path = format!(
        "{}:{}",
        tools.display(),
        std::env::var("PATH").expect("is set")
    );
    let env = |repository: &str, commit: &str| {
        [
            ("PATH", path.as_str()),
            ("GATE_REPOSITORY", repository),
            ("GATE_COMMIT", commit),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    assert_eq!(job.step("none", &script, ".", &env("", "")), 2);
    let lacking = "::error::this workflow does not know where the gate comes from";
    assert!(job.said.contains(lacking), "{}", job.said);
    assert!(!job.said.contains("cargo"), "{}", job.said);
    let place = "https://example.org/gate.git";
    for (commit, arguments) in [("", ""), ("abc123", " --rev abc123")] {
        assert_eq!(job.step("some", &script, ".", &env(place, commit)), 0);
        let line = format!("cargo +stable install --locked --git {place}{arguments} kernel-gate\n");
        assert!(job.said.contains(&line), "{line} in\n{}", job.said);
    }
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    let mut job = Job::new();
    job.with("program", "/nowhere/gate");
    assert_eq!(job.run(), 2);
    assert!(
        job.said.contains("::error::there is no program"),
        "{}",
        job.said
    );
    let mut job = Job::new();
    job.with("adapter", "quantum");
    assert_eq!(job.run(), 2);
    assert!(job.said.contains("`adapter` is"), "{}", job.said);
    // A spec that looks like a flag, or like a command, is a file.
    let mut job = Job::new();
    job.with("specs", "--allow\n$(touch hacked)");
    assert_eq!(job.run(), 2);
    assert!(job.said.contains("there is no such file"), "{}", job.said);
    assert!(!job.folder.path().join("hacked").exists());
}

#[test]
fn a_working_directory_and_several_specs_are_as_good() {
    let mut job = Job::new();
    let whole = job.folder.path().to_owned();
    fs::create_dir(whole.join("inside")).expect("made");
    for part in ["specs", "templates", "shaders", "gate.toml", "device.json"] {
        fs::rename(whole.join(part), whole.join("inside").join(part)).expect("moved");
    }
    job.with("working-directory", "inside");
    job.with("specs", "specs/saxpy.yaml\nspecs\n");
    assert_eq!(job.run(), 0, "{}", job.said);
    assert!(whole.join("inside/gate-reports/gate.json").is_file());
}

#[test]
fn baselines_are_recorded_with_their_table() {
    let mut job = Job::new();
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(arguments)
            .current_dir(job.folder.path())
            .output()
            .expect("git runs");
        assert!(done.status.success(), "{done:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "all"]);
    let script = root().join("scripts/record-baselines.sh");
    let script = format!(
        "bash '{}' '{GATE}' --replay device.json --rounds 4 --seed 1",
        script.display()
    );
    let env = [("REASON".to_owned(), "the first".to_owned())];
    assert_eq!(job.step("record", &script, ".", &env), 0, "{}", job.said);
    assert_eq!(job.outputs["record"]["changed"], "true");
    let table = fs::read_to_string(job.folder.path().join("baselines.md")).expect("there");
    assert!(table.contains("saxpy"), "{table}");
}

#[test]
fn third_parties_are_pinned_by_a_commit_that_stands_elsewhere_too() {
    let mut uses = BTreeMap::new();
    let mut files: Vec<PathBuf> = fs::read_dir(root().join(".github/workflows"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.push(root().join("src/app/setup/starter/workflow.yml"));
    files.push(root().join(".github/actions/gate/action.yml"));
    files.push(root().join("docs/src/ci.md"));
    for file in files {
        let text = fs::read_to_string(&file).expect("is text");
        for line in text.lines() {
            let Some((_, action)) = line.split_once("uses: ") else {
                continue;
            };
            if action.starts_with("./") || line.trim_start().starts_with('#') {
                continue;
            }
            let (name, rest) = action.split_once('@').expect("is pinned");
            // Parts of an action, such as `actions/cache/restore`, are of its commit.
            let name: Vec<&str> = name.splitn(3, '/').take(2).collect();
            let name = name.join("/");
            let (commit, version) = rest.split_once(" # ").expect("names its version");
            let hex = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            assert!(hex, "{}: {line}", file.display());
            let pin = (commit.to_owned(), version.to_owned());
            let first = uses.entry(name.clone()).or_insert_with(|| pin.clone());
            assert_eq!(*first, pin, "{}: another commit of {name}", file.display());
        }
    }
    // Few, and GitHub's own.
    let names: Vec<&str> = uses.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "actions/attest-build-provenance",
            "actions/cache",
            "actions/checkout",
            "actions/upload-artifact"
        ]
    );
}
