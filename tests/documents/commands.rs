//! Every command that a document shows is run, in the folder and with the exit
//! code that the document says.
//!
//! A block of `sh` runs in the folder that the block before it left. Marks behind
//! its language say what differs:
//!
//! - `exit=1`: what its last command exits with, where that is not 0.
//! - `in=example`, `in=empty`, `in=repository`: a fresh folder: a copy of
//!   `examples/saxpy`, an empty one, or this repository's own specs, which are
//!   measured on a scripted device.
//! - `rounds=4`: as many rounds where a command does not say; else 2.
//! - `norun=reason`: it is not run. Its commands are read all the same.
//!
//! A block of `text output` behind it is what it has to have said. A block of
//! another language with `file=shaders/x.wgsl` is written to that file.
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};

use clap::{CommandFactory as _, Parser as _};
use kernel_gate::cli::Cli;

use super::markdown::{Block, Document, chapters};
use super::output::not_said;
use super::shell::calls;
use super::stage::{Device, Stage, software_adapter};

/// Commands that time something.
const MEASURE: &[&str] = &[
    "calibrate",
    "check",
    "devices",
    "doctor",
    "run",
    "selftest",
    "tune",
    "update-baselines",
];

/// Programs beside the gate that a block may call.
const OTHERS: &[&str] = &["git", "cd", "cat", "cp", "mkdir", "sed", "gzip"];

/// Marks that mean something.
const MARKS: &[&str] = &["exit", "in", "rounds", "norun"];

/// What became of a document's blocks.
#[derive(Debug, Default)]
struct Played {
    ran: usize,
    calls: usize,
    outputs: usize,
    not_run: BTreeMap<String, usize>,
}

/// Why a call cannot be one.
fn mistake(call: &[String], runs: bool) -> Option<String> {
    let program = call.first()?;
    if program == "gate" {
        use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
        let error = Cli::try_parse_from(call).err()?;
        return (!matches!(error.kind(), DisplayHelp | DisplayVersion)).then(|| error.to_string());
    }
    (runs && !OTHERS.contains(&program.as_str())).then(|| {
        format!("`{program}` is no command that is run here; mark the block `norun=reason`")
    })
}

/// Reads a block's calls; ends the test where one is none.
fn read(document: &Document, block: &Block) -> Vec<Vec<String>> {
    let place = document.place(block);
    for mark in &block.marks {
        let name = mark.split('=').next().unwrap_or_default();
        assert!(MARKS.contains(&name), "{place}: `{mark}` is no mark");
    }
    let calls =
        calls(&block.text).unwrap_or_else(|what| panic!("{place}: {what} is not read here"));
    let runs = block.mark("norun").is_none();
    for call in &calls {
        if let Some(mistake) = mistake(call, runs) {
            panic!("{place}: {}: {mistake}", call.join(" "));
        }
    }
    calls
}

fn needs_device(calls: &[Vec<String>]) -> bool {
    calls.iter().any(|call| {
        let [program, command, ..] = call.as_slice() else {
            return false;
        };
        let free = call.iter().any(|word| word == "--print-config");
        program == "gate" && MEASURE.contains(&command.as_str()) && !free
    })
}

fn stage(name: &str, adapter: Option<&Device>) -> Stage {
    let device = adapter.cloned().unwrap_or(Device::Script);
    match name {
        "example" => Stage::example(device),
        "empty" => Stage::empty(device),
        "repository" => Stage::repository(Device::Script),
        other => panic!("`in={other}` is no folder"),
    }
}

/// Runs a document's commands from top to bottom.
#[expect(clippy::print_stdout, reason = "what did not run is told")]
fn play(name: &str, first: &str) -> Played {
    let document = Document::read(name);
    let adapter = software_adapter();
    let mut played = Played::default();
    let mut at = first.to_owned();
    let mut here = stage(&at, adapter.as_ref());
    // What came of a block that could not run cannot be asked for below it.
    let mut broken = false;
    let mut blocks = document.blocks.iter().peekable();
    while let Some(block) = blocks.next() {
        if block.language != "sh" {
            if let Some(file) = block.mark("file") {
                here.write(file, &block.text);
            }
            continue;
        }
        let (place, calls) = (document.place(block), read(&document, block));
        if let Some(fresh) = block.mark("in") {
            fresh.clone_into(&mut at);
            here = stage(fresh, adapter.as_ref());
            broken = false;
        }
        let lacking = adapter.is_none() && at != "repository";
        broken |= lacking && needs_device(&calls);
        let reason = match block.mark("norun") {
            Some(reason) => Some(reason),
            None if broken => Some("no-software-adapter"),
            None => None,
        };
        if let Some(reason) = reason {
            *played.not_run.entry(reason.to_owned()).or_default() += 1;
            continue;
        }
        let code = block
            .mark("exit")
            .map_or(Ok(0), str::parse)
            .expect("a code");
        let ended = here.run(&block.text, block.mark("rounds").unwrap_or("2"));
        let said = &ended.said;
        assert_eq!(
            ended.code, code,
            "{place}: exits with {}:\n{said}",
            ended.code
        );
        let gates = calls.iter().filter(|call| call[0] == "gate").count();
        assert_eq!(
            ended.calls.len(),
            gates,
            "{place}: {:?}\n{said}",
            ended.calls
        );
        let last = ended.calls.len().saturating_sub(1);
        for (index, (exit, call)) in ended.calls.iter().enumerate() {
            let expected = if index == last { code } else { 0 };
            assert_eq!(*exit, expected, "{place}: {call}:\n{said}");
        }
        played.ran += 1;
        played.calls += gates;
        if let Some(shown) = blocks.next_if(|next| next.is("output")) {
            if let Some(difference) = not_said(&shown.text, said) {
                panic!(
                    "{}: {difference}\n\nall of it:\n{said}",
                    document.place(shown)
                );
            }
            played.outputs += 1;
        }
    }
    println!(
        "{name}: {} blocks ran, {} calls of gate, {} outputs compared; adapter: {adapter:?}, a scripted one in `repository`; not run: {:?}",
        played.ran, played.calls, played.outputs, played.not_run
    );
    played
}

/// What a document has to have at least where there is an adapter, so that none
/// of it is left out unseen.
#[track_caller]
fn has_at_least(name: &str, first: &str, calls: usize) {
    let played = play(name, first);
    let all = played.not_run.contains_key("no-software-adapter");
    assert!(all || played.calls >= calls, "{name}: {played:?}");
}

/// A test for each document, so that they run side by side.
macro_rules! documents {
    ($($test:ident: $name:literal in $first:literal, $calls:literal calls;)*) => {
        $(
            #[test]
            fn $test() {
                has_at_least($name, $first, $calls);
            }
        )*

        /// All that have a test.
        const PLAYED: &[&str] = &[$($name),*];
    };
}

documents! {
    the_readme_runs: "README.md" in "repository", 25 calls;
    contributing_runs: "CONTRIBUTING.md" in "repository", 0 calls;
    the_first_gate_runs: "docs/src/first-gate.md" in "empty", 5 calls;
    adding_a_kernel_runs: "docs/src/adding-a-kernel.md" in "empty", 4 calls;
    baselines_run: "docs/src/baselines.md" in "example", 4 calls;
    a_base_revision_runs: "docs/src/base-revision.md" in "example", 2 calls;
    tuning_runs: "docs/src/tuning.md" in "example", 2 calls;
    ci_runs: "docs/src/ci.md" in "example", 1 calls;
    verdicts_run: "docs/src/verdicts.md" in "example", 1 calls;
    reports_run: "docs/src/reports.md" in "example", 3 calls;
    exit_codes_run: "docs/src/exit-codes.md" in "example", 1 calls;
    questions_run: "docs/src/faq.md" in "example", 4 calls;
    installing_runs: "docs/src/installing.md" in "empty", 4 calls;
}

#[test]
fn every_document_with_commands_has_a_test() {
    let names = chapters();
    let guide = names.iter().map(String::as_str);
    for name in guide.chain(["README.md", "CONTRIBUTING.md", "DESIGN.md"]) {
        let document = Document::read(name);
        let commands = document.blocks.iter().any(|block| block.language == "sh");
        assert!(!commands || PLAYED.contains(&name), "{name} has no test");
        for block in &document.blocks {
            let known = ["sh", "yaml", "toml", "text", "wgsl", "rust"];
            let place = document.place(block);
            assert!(
                known.contains(&block.language.as_str()),
                "{place}: {}",
                block.language
            );
            let known: &[&str] = match block.language.as_str() {
                "sh" => MARKS,
                "text" => &["output"],
                "yaml" => &["file", "ci"],
                _ => &["file"],
            };
            for mark in &block.marks {
                let mark = mark.split('=').next().unwrap_or_default();
                assert!(known.contains(&mark), "{place}: `{mark}` is no mark");
            }
        }
    }
}

#[test]
fn every_command_is_shown_somewhere() {
    let mut shown = BTreeSet::new();
    for name in PLAYED {
        let document = Document::read(name);
        let blocks = document
            .blocks
            .iter()
            .filter(|block| block.language == "sh");
        for call in blocks.flat_map(|block| read(&document, block)) {
            if call[0] == "gate" {
                shown.extend(call.get(1).cloned());
            }
        }
    }
    let gate = Cli::command();
    let hidden: Vec<&str> = gate
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && !shown.contains(command.get_name()))
        .map(clap::Command::get_name)
        .collect();
    assert_eq!(hidden, [""; 0], "no document shows these");
}

#[test]
fn what_is_no_command_is_refused() {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    for (call, runs) in [
        ("gate chekc", true),
        ("gate check --filtre x", false),
        ("gate check --allow wrong", true),
        ("apt-get install x", true),
    ] {
        assert!(mistake(&words(call), runs).is_some(), "{call}");
    }
    for (call, runs) in [
        ("gate check --filter x", true),
        ("gate help check", true),
        ("apt-get install x", false),
    ] {
        assert_eq!(mistake(&words(call), runs), None, "{call}");
    }
}
