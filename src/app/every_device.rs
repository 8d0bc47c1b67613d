//! One device, or by `--device all` every adapter of this machine side by
//! side, each measured as if it were alone, with a report of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cli::{Destination, DeviceArgs, FormatArgs, ReportArgs};
use crate::exit;
use crate::kit::{DeviceFacts, Lost, LostCause, Step, visible};
use crate::report::summary;

use super::AppError;
use super::devices::{Found, read_list};
use super::done::Done;
use super::interrupt;
use super::output::{Screen, count};
use super::replace::is_replaceable;
use super::reports::{Reports, is_output};
use super::worker::read_script;

/// What `--device` says for all of them.
pub(super) const ALL: &str = "all";

/// From the gravest on: a run that did not come to its end says less than any
/// verdict, and a device on which nothing was judged did not pass.
const GRAVEST_FIRST: [u8; 9] = [
    exit::INTERRUPTED,
    exit::FAILED,
    exit::BAD_REQUEST,
    exit::WRONG,
    exit::SLOWER,
    exit::LOST,
    exit::UNDECIDED,
    exit::NOTHING,
    exit::PASS,
];

/// Whether every adapter is asked for.
pub(super) fn is_asked(device: &DeviceArgs) -> bool {
    device.device.as_deref() == Some(ALL)
}

/// For a command that works on one device at a time.
///
/// # Errors
///
/// [`AppError::Usage`] where all of them are asked for.
pub(super) fn is_one(device: &DeviceArgs) -> Result<(), AppError> {
    if is_asked(device) {
        return Err(AppError::Usage(
            "`--device all` is for check, run, update-baselines and devices; this command takes one device: its number in `gate devices`, or a part of its name"
                .into(),
        ));
    }
    Ok(())
}

/// What is asked of a device, or of all.
pub(super) struct Asked<'a> {
    /// Which of them.
    pub(super) device: &'a DeviceArgs,
    /// Reports of each.
    pub(super) report: &'a ReportArgs,
    /// What is printed.
    pub(super) format: &'a FormatArgs,
    /// Where samples go, if anywhere.
    pub(super) samples: Option<&'a Path>,
    /// Of several that share their baselines the first alone is measured.
    pub(super) once_a_baseline: bool,
}

/// One of the devices, or the only one.
pub(super) struct On {
    /// How it is selected.
    pub(super) device: DeviceArgs,
    /// How a person knows it: `#0 llvmpipe (vulkan)`.
    title: String,
    /// What tells its files from those of others, where there are any.
    word: Option<String>,
}

impl On {
    /// The file of this device, where several write one: its baselines' name
    /// stands before the extension.
    fn file(&self, path: &Path) -> Result<PathBuf, AppError> {
        let Some(word) = &self.word else {
            return Ok(path.to_owned());
        };
        if !is_replaceable(path) {
            return Err(AppError::Usage(format!(
                "{}: with `--device all` each device has a file of its own, and this is no file",
                path.display()
            )));
        }
        let mut name = path.file_stem().unwrap_or_default().to_owned();
        name.push(".");
        name.push(word);
        if let Some(extension) = path.extension() {
            name.push(".");
            name.push(extension);
        }
        Ok(path.with_file_name(name))
    }

    fn reports(&self, asked: &Asked<'_>) -> Result<Reports, AppError> {
        let mut own = asked.report.clone();
        for report in &mut own.reports {
            if let Destination::File(path) = &report.to {
                report.to = Destination::File(self.file(path)?);
            }
        }
        Reports::asked(&own, asked.format, self.samples(asked.samples)?.as_deref())
    }

    /// Where this device's samples go.
    pub(super) fn samples(&self, path: Option<&Path>) -> Result<Option<PathBuf>, AppError> {
        match path {
            Some(path) if !is_output(path) => self.file(path).map(Some),
            other => Ok(other.map(Path::to_owned)),
        }
    }
}

/// What is done on one device.
type Work<'a> = dyn Fn(&On, &mut Reports, &Screen) -> Result<Done, AppError> + Sync + 'a;

/// Works on the device that is asked for, tells of it, and gives its exit
/// code. Where all are: does the same on every one at once, tells of them one
/// after the other, and gives the gravest code.
pub(super) fn run(asked: &Asked<'_>, screen: &Screen, work: &Work<'_>) -> Result<u8, AppError> {
    if !is_asked(asked.device) {
        let only = On {
            device: asked.device.clone(),
            title: String::new(),
            word: None,
        };
        let mut reports = only.reports(asked)?;
        return work(&only, &mut reports, screen)?.finish(reports, screen);
    }
    // What is wrong with the request is so on any device.
    let printed = Reports::asked(asked.report, asked.format, asked.samples)?.is_for_people();
    if !printed {
        return Err(AppError::Usage(
            "with `--device all` there is a report for each device, and samples of each, and standard output holds one: give them files, as `--report json=gate.json`, which get the device's name before their extension"
                .into(),
        ));
    }
    interrupt::listen();
    let devices = devices(asked, screen)?;
    let mut runs = Vec::with_capacity(devices.len());
    for on in &devices {
        runs.push((on, on.reports(asked)?));
    }
    let shared = &screen.shared();
    let ended: Vec<(&On, Reports, Result<Done, AppError>)> = std::thread::scope(|scope| {
        let started: Vec<_> = runs
            .into_iter()
            .map(|(on, mut reports)| {
                scope.spawn(move || {
                    let done = work(on, &mut reports, shared);
                    (on, reports, done)
                })
            })
            .collect();
        started
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    tell(ended, screen)
}

/// Tells of all devices in their order.
fn tell(
    ended: Vec<(&On, Reports, Result<Done, AppError>)>,
    screen: &Screen,
) -> Result<u8, AppError> {
    let code_of = |done: &Result<Done, AppError>| match done {
        Ok(done) => done.code(),
        Err(error) => failed(error),
    };
    let codes: Vec<u8> = ended.iter().map(|(_, _, done)| code_of(done)).collect();
    let gravest = (0..codes.len()).min_by_key(|at| rank(codes[*at]));
    let mut codes = Vec::with_capacity(ended.len());
    let mut lines = Vec::with_capacity(ended.len());
    let mut said: Vec<String> = Vec::new();
    for (index, (on, mut reports, done)) in ended.into_iter().enumerate() {
        let is_gravest = gravest == Some(index);
        if !is_gravest {
            // A step has one output of each name.
            reports.without_outputs();
        }
        let result = done.and_then(|done| {
            if is_gravest {
                done.keep(screen);
            }
            let line = summary(&done.report);
            if reports.prints_table() {
                let gap = if index == 0 { "" } else { "\n" };
                screen.print(&format!("{gap}{}", on.title))?;
            }
            Ok((done.tell(reports, screen)?, line))
        });
        match result {
            Ok((code, line)) => {
                codes.push(code);
                lines.push(format!("  {}: {line}", on.title));
            }
            Err(error) => {
                let code = failed(&error);
                codes.push(code);
                lines.push(format!("  {}: exit {code}", on.title));
                // What is wrong with a spec is so on every device.
                let told = screen.told(&error);
                if said.contains(&told) {
                    continue;
                }
                screen.error(&format!("{}: {told}", on.title));
                said.push(told);
            }
        }
    }
    let code = codes
        .into_iter()
        .min_by_key(|code| rank(*code))
        .unwrap_or(exit::NOTHING);
    screen.print(&format!(
        "\n{}, the gravest exit {code} ({}):\n{}",
        count(lines.len(), "device"),
        exit::meaning(code),
        lines.join("\n")
    ))?;
    Ok(code)
}

fn rank(code: u8) -> usize {
    let known = GRAVEST_FIRST.iter().position(|known| *known == code);
    // What nobody knows is the gate's own failure.
    known.unwrap_or(1)
}

/// The exit code of an error: a device that was given up on demand was
/// interrupted.
fn failed(error: &AppError) -> u8 {
    match error {
        AppError::Lost(_) if interrupt::asked() => exit::INTERRUPTED,
        error => error.code(),
    }
}

/// How each of the devices is selected.
pub(super) fn selected(device: &DeviceArgs) -> Result<Vec<DeviceArgs>, AppError> {
    let all = found(device)?.into_iter();
    Ok(all.map(|(_, device, _)| device).collect())
}

/// All devices: the number, how it is selected, and what it is.
fn found(device: &DeviceArgs) -> Result<Vec<(usize, DeviceArgs, DeviceFacts)>, AppError> {
    match &device.replay {
        Some(folder) => scripted(folder),
        None => adapters(device),
    }
}

/// The devices that are asked for.
fn devices(asked: &Asked<'_>, screen: &Screen) -> Result<Vec<On>, AppError> {
    let mut chosen: Vec<(On, DeviceFacts)> = Vec::new();
    for (number, device, facts) in found(asked.device)? {
        let key = facts.key();
        let title = format!("#{number} {} ({})", visible(&facts.adapter), facts.backend);
        let twin = chosen.iter().find(|(_, known)| known.key() == key);
        if let (true, Some((twin, _))) = (asked.once_a_baseline, twin) {
            screen.remark(&format!(
                "{title} has the baselines of {}, and is not measured",
                twin.title
            ));
            continue;
        }
        let alike = chosen.iter().filter(|(_, known)| known.key() == key);
        let word = match alike.count() {
            0 => key.0,
            before => format!("{}-{}", key.0, before + 1),
        };
        let on = On {
            device,
            title,
            word: Some(word),
        };
        chosen.push((on, facts));
    }
    Ok(chosen.into_iter().map(|(on, _)| on).collect())
}

/// The adapters of this machine, each physical device once. They are listed by
/// a process of its own, as everything that loads a driver is done in one.
fn adapters(device: &DeviceArgs) -> Result<Vec<(usize, DeviceArgs, DeviceFacts)>, AppError> {
    let lost = |cause| AppError::Lost(Lost::new(Step::Start, cause));
    let output = Command::new(std::env::current_exe()?)
        .args(["devices", "--format", "json", "--color", "never"])
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output
        .status
        .code()
        .and_then(|code| u8::try_from(code).ok())
    {
        Some(exit::PASS) => {}
        Some(code @ (exit::LOST | exit::BAD_REQUEST)) => {
            let why = said.trim();
            let why = why.strip_prefix("error: ").unwrap_or(why);
            let why = why.strip_prefix("starting the device: ").unwrap_or(why);
            let cause = match code {
                exit::BAD_REQUEST => LostCause::NoSuchAdapter,
                _ => LostCause::NoAdapter,
            };
            return Err(lost(cause(why.to_owned())));
        }
        Some(_) | None => {
            return Err(lost(LostCause::Crashed(format!(
                "listing the adapters ended with {}: {}",
                output.status,
                said.trim()
            ))));
        }
    }
    let listed = read_list(&output.stdout).map_err(|error| {
        lost(LostCause::Protocol(format!(
            "the list of adapters: {error}"
        )))
    })?;
    let wanted = device.backend.map(|backend| backend.name().to_owned());
    let on_backend = |one: &&Found| {
        let backend = one.facts.backend.to_string();
        wanted.as_ref().is_none_or(|wanted| *wanted == backend)
    };
    let listed: Vec<&Found> = listed.iter().filter(on_backend).collect();
    if listed.is_empty() {
        return Err(AppError::Usage(
            "no adapter of this machine is on the backend that was asked for; `gate devices` lists them all".into(),
        ));
    }
    let is_first = |one: &&&Found| {
        let twin = one.same_as;
        !listed.iter().any(|other| twin == Some(other.number))
    };
    let distinct = listed.iter().filter(is_first);
    Ok(distinct
        .map(|one| {
            let device = DeviceArgs {
                device: Some(one.number.to_string()),
                ..device.clone()
            };
            (one.number, device, one.facts.clone())
        })
        .collect())
}

/// The scripted devices of a folder, in the order of their files' names.
fn scripted(folder: &Path) -> Result<Vec<(usize, DeviceArgs, DeviceFacts)>, AppError> {
    let unread = |error: std::io::Error| {
        AppError::Usage(format!(
            "{}: {error}; with `--device all`, `--replay` names a folder of scripts",
            folder.display()
        ))
    };
    let mut scripts = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unread)? {
        scripts.push(entry.map_err(unread)?.path());
    }
    scripts.sort();
    let devices = scripts.into_iter().enumerate().map(|(number, script)| {
        let facts = read_script(&script)?.facts();
        let device = DeviceArgs {
            device: None,
            backend: None,
            replay: Some(script),
        };
        Ok((number, device, facts))
    });
    devices.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_rank() {
        for (code, _) in exit::MEANINGS {
            assert!(GRAVEST_FIRST.contains(&code), "{code}");
        }
        assert_eq!(GRAVEST_FIRST.len(), exit::MEANINGS.len());
        assert!(rank(exit::WRONG) < rank(exit::SLOWER));
        assert!(rank(exit::NOTHING) < rank(exit::PASS));
    }

    #[test]
    fn a_file_gets_the_devices_name_before_its_extension() {
        let on = On {
            device: DeviceArgs::default(),
            title: String::new(),
            word: Some("gpu-vulkan".into()),
        };
        let file = |path: &str| on.file(Path::new(path)).expect("a file");
        assert_eq!(file("out/a.json"), Path::new("out/a.gpu-vulkan.json"));
        assert_eq!(file("a"), Path::new("a.gpu-vulkan"));
        assert_eq!(file("a.b.json"), Path::new("a.b.gpu-vulkan.json"));
    }
}
