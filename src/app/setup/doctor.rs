//! `gate doctor`: what this machine has for a check, and what is missing.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Serialize;

use crate::app::AppError;
use crate::app::check::measure;
use crate::app::every_device::is_one;
use crate::app::last_report::root_here;
use crate::app::measuring::{CaseOutcome, Watch};
use crate::app::output::{Screen, count};
use crate::app::ready::Ready;
use crate::baseline::Store;
use crate::cli::{DoctorArgs, Format, MeasureArgs, SelectArgs};
use crate::exit;
use crate::kit::{DeviceFacts, DeviceKind, Method, Nanos, Ratio};
use crate::spec;
use crate::stats::median;

use super::init;
use super::vulkan::{variables, vulkan};

/// Version of the form for programs.
const FORMAT: u32 = 1;

/// A driver that takes longer than this for one request hangs.
const DEADLINE: Duration = Duration::from_secs(120);

/// Processes that the noise is taken from.
const ROUNDS: u32 = 5;

/// GPU time of each of them.
const TIME: Duration = Duration::from_millis(200);

/// The one of the starter's kernels that is timed.
const KERNEL: &str = "*each=1,workgroup=256";

/// Apart from each other by more than this, processes hide what a gate looks
/// for: the default limit lies at 2 %.
const QUIET: f64 = 0.02;

/// How one thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// As it should be.
    Fine,
    /// A check runs without it.
    Note,
    /// No check can run.
    Missing,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    name: &'static str,
    state: State,
    says: String,
    /// What to do about it.
    cure: Option<String>,
}

/// How far times lie apart.
#[derive(Clone, Copy, Debug, Serialize)]
struct Noise {
    /// Processes that were compared.
    rounds: usize,
    /// Time of the kernel.
    time: Nanos,
    /// Spread of samples within a process, relative: the median process's; none
    /// where each took one sample.
    within: Option<Ratio>,
    /// From the fastest process to the slowest, relative to the median one.
    between: Ratio,
}

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct Diagnosis {
    format: u32,
    pub(super) can_check: bool,
    device: Option<DeviceFacts>,
    noise: Option<Noise>,
    findings: Vec<Finding>,
}

impl Diagnosis {
    pub(super) fn add(
        &mut self,
        name: &'static str,
        state: State,
        says: impl Into<String>,
    ) -> &mut Finding {
        let at = self.findings.len();
        self.findings.push(Finding {
            name,
            state,
            says: says.into(),
            cure: None,
        });
        &mut self.findings[at]
    }
}

impl Finding {
    pub(super) fn cure(&mut self, cure: impl Into<String>) {
        self.cure = Some(cure.into());
    }
}

/// Wants every round.
struct All;

impl Watch for All {
    fn case(&mut self, _: &[CaseOutcome]) {}

    fn round(&mut self, cases: &[CaseOutcome]) -> Vec<bool> {
        vec![false; cases.len()]
    }
}

/// Looks at everything, and says it.
pub(super) fn doctor(args: &DoctorArgs, screen: &Screen) -> Result<u8, AppError> {
    is_one(&args.device)?;
    let mut diagnosis = Diagnosis {
        format: FORMAT,
        can_check: false,
        device: None,
        noise: None,
        findings: Vec::new(),
    };
    let version = env!("CARGO_PKG_VERSION");
    if cfg!(feature = "gpu") || args.device.replay.is_some() {
        diagnosis.add("gate", State::Fine, version);
    } else {
        diagnosis
            .add(
                "gate",
                State::Missing,
                format!("{version}, built without its GPU part"),
            )
            .cure("install it with the feature `gpu`, which is on by default");
    }
    let code = device(&mut diagnosis, args, screen);
    if super::super::interrupt::asked() {
        return Ok(exit::INTERRUPTED);
    }
    if cfg!(target_os = "linux") && args.device.replay.is_none() {
        vulkan(&mut diagnosis);
        variables(&mut diagnosis);
    }
    git(&mut diagnosis);
    let root = root_here();
    project(&mut diagnosis, &root);
    baselines(&mut diagnosis, &root, args.baselines.as_deref());
    match args.format.format {
        Format::Table => screen.print(&text(&diagnosis))?,
        Format::Json => {
            let json = serde_json::to_string_pretty(&diagnosis)
                .map_err(|error| AppError::Output(error.into()))?;
            screen.print(&json)?;
        }
    }
    Ok(code)
}

/// The adapter, its timer and its noise; the exit code.
fn device(diagnosis: &mut Diagnosis, args: &DoctorArgs, screen: &Screen) -> u8 {
    let measured = measured(args, screen);
    let (facts, noise, lost) = match measured {
        Ok(found) => found,
        Err(error) => {
            // It brings its cure along.
            diagnosis.add("adapter", State::Missing, error.to_string());
            return error.code();
        }
    };
    let says = format!(
        "{} ({}, {}), driver {} {}, wgpu {}",
        facts.adapter, facts.kind, facts.backend, facts.driver, facts.driver_info, facts.wgpu
    );
    if facts.kind == DeviceKind::Cpu {
        diagnosis
            .add("adapter", State::Note, format!("{says}: a software adapter, so times are advisory"))
            .cure("outputs are judged as on a GPU; where this machine has one, install its Vulkan driver, and see `gate devices`");
    } else {
        diagnosis.add("adapter", State::Fine, says);
    }
    let timer = facts.timer;
    let says = format!(
        "{}, tick {}, empty pass {}",
        timer.method, timer.tick, timer.empty_pass
    );
    match timer.method {
        Method::PassTimestamps => {
            diagnosis.add("timer", State::Fine, says);
        }
        Method::WallClock => diagnosis
            .add("timer", State::Note, format!("{says}: the adapter has no timestamps that can be used, so the host's clock times batches"))
            .cure("changes show less finely; a newer driver, or another backend (`--backend`), may have timestamps"),
    }
    match (noise, lost) {
        (Some(noise), _) => {
            let within = noise.within.map_or_else(String::new, |within| {
                format!(", {:.1} % within one", within.0 * 100.0)
            });
            let says = format!(
                "{:.1} % between {} processes{within}, on a kernel of {}",
                noise.between.0 * 100.0,
                noise.rounds,
                noise.time
            );
            if noise.between.0 > QUIET {
                diagnosis
                    .add("noise", State::Note, says)
                    .cure("let nothing else run on this machine; `gate calibrate` says which limits it can honour");
            } else {
                diagnosis.add("noise", State::Fine, says);
            }
        }
        (None, why) => {
            let why = why.unwrap_or_else(|| "no round was finished".to_owned());
            diagnosis
                .add(
                    "noise",
                    State::Missing,
                    format!("a plain kernel could not be measured: {why}"),
                )
                .cure("`gate selftest -v` says more; a newer driver may help");
            diagnosis.device = Some(facts);
            return exit::LOST;
        }
    }
    diagnosis.can_check = true;
    diagnosis.device = Some(facts);
    diagnosis.noise = noise;
    exit::PASS
}

/// What the device is, how far its times lie apart, and what it was lost by.
type Known = (DeviceFacts, Option<Noise>, Option<String>);

/// Times the starter's kernel in a few processes.
fn measured(args: &DoctorArgs, screen: &Screen) -> Result<Known, AppError> {
    let folder = tempfile::Builder::new().prefix("gate-doctor-").tempdir()?;
    let spec = init::unpack(folder.path())?;
    let select = SelectArgs {
        specs: vec![spec],
        filter: vec![KERNEL.to_owned()],
        exclude: Vec::new(),
    };
    let measuring = MeasureArgs {
        rounds: Some((ROUNDS, ROUNDS)),
        time: Some(TIME),
        budget: Some(DEADLINE),
        deadline: Some(DEADLINE),
        seed: Some(1),
        baselines: Some(folder.path().join("baselines")),
    };
    let mut ready = Ready::new(&select, &args.device, &measuring, screen)?;
    let facts = ready.session.facts.clone();
    let Some(suite) = std::mem::take(&mut ready.suites).into_iter().next() else {
        return Ok((facts, None, None));
    };
    let outcome = measure(&mut ready, &suite, true, screen, &mut All);
    let Some(case) = outcome.cases.first() else {
        let left_out = suite.plan.left_out.first().map(|(_, why)| why.to_string());
        return Ok((facts, None, left_out));
    };
    let lost = case.losses.last().map(ToString::to_string);
    let times: Vec<f64> = case
        .rounds
        .iter()
        .map(|round| round.summary.location.0)
        .collect();
    let spreads: Vec<f64> = case
        .rounds
        .iter()
        .filter(|round| round.raw.samples.len() > 1)
        .map(|round| round.summary.spread.0)
        .collect();
    let fastest = times.iter().copied().fold(f64::INFINITY, f64::min);
    let slowest = times.iter().copied().fold(0.0, f64::max);
    let noise = match median(&times) {
        Some(time) if times.len() > 1 && time > 0.0 => Some(Noise {
            rounds: times.len(),
            time: Nanos(time),
            within: median(&spreads).map(Ratio),
            between: Ratio((slowest - fastest) / time),
        }),
        _ => None,
    };
    Ok((facts, noise, lost))
}

/// Whether git is there, which history and the commits of recordings are from.
fn git(diagnosis: &mut Diagnosis) {
    let asked = Command::new("git")
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    match asked {
        Ok(output) if output.status.success() => {
            let says = String::from_utf8_lossy(&output.stdout);
            let version = says.trim().trim_start_matches("git version ");
            diagnosis.add("git", State::Fine, version);
        }
        _ => diagnosis
            .add("git", State::Note, "not found")
            .cure("install git: recordings name their commit by it, and `gate history` reads it"),
    }
}

/// What the person stands in.
fn project(diagnosis: &mut Diagnosis, root: &Path) {
    let specs = root.join("specs");
    let name = root.display();
    if !specs.is_dir() {
        diagnosis
            .add("project", State::Note, format!("{name}: no `specs/`"))
            .cure("`gate init` starts one");
        return;
    }
    match spec::read_all(&[specs]) {
        Ok(read) => {
            let says = format!("{name}: {}", count(read.len(), "suite"));
            diagnosis.add("project", State::Fine, says);
        }
        Err(errors) => diagnosis
            .add(
                "project",
                State::Note,
                format!("{name}: {} in its specs", count(errors.len(), "mistake")),
            )
            .cure("`gate validate` tells each"),
    }
}

/// Whether this device has baselines.
fn baselines(diagnosis: &mut Diagnosis, root: &Path, given: Option<&Path>) {
    let Some(key) = diagnosis.device.as_ref().map(DeviceFacts::key) else {
        return;
    };
    let folder = given.map_or_else(|| root.join("baselines"), Path::to_owned);
    let store = Store::new(&folder);
    let name = folder.join(key.to_string());
    let record = "`gate update-baselines --reason \"first recording\"` records them";
    match store.files() {
        Ok(files) => {
            let suites: Vec<&str> = files
                .iter()
                .filter(|(of, _)| *of == key)
                .map(|(_, suite)| suite.as_str())
                .collect();
            if suites.is_empty() {
                diagnosis
                    .add(
                        "baselines",
                        State::Note,
                        format!("none of this device: no {}", name.display()),
                    )
                    .cure(record);
            } else {
                let says = format!("{}: {}", name.display(), suites.join(", "));
                diagnosis.add("baselines", State::Fine, says);
            }
        }
        Err(error) => {
            diagnosis.add("baselines", State::Note, error.to_string());
        }
    }
}

/// One line a thing, and its cure below it.
fn text(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for finding in &diagnosis.findings {
        let state = match finding.state {
            State::Fine => "fine",
            State::Note => "note",
            State::Missing => "MISSING",
        };
        text.push_str(&format!(
            "{state:<8} {:<15} {}\n",
            finding.name, finding.says
        ));
        if let Some(cure) = &finding.cure {
            text.push_str(&format!("{:<24} -> {cure}\n", ""));
        }
    }
    text.push_str(if diagnosis.can_check {
        "\nA check can run here.\n"
    } else {
        "\nNo check can run here.\n"
    });
    text
}
