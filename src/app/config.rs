//! Where each setting of a check comes from: a flag, the spec, the project's
//! `gate.toml`, the environment, or the gate itself.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::cli::{Allowed, CheckArgs, FailOn, Format, MeasureArgs, TimingArg};
use crate::exit;
use crate::kit::{Nanos, Place};
use crate::spec::{Defaults, Limits, Spec, TimingPolicy};

use super::AppError;
use super::output::Screen;
use super::project::Project;

/// The most time of one request to the device, where nobody says.
pub(super) const DEADLINE: Duration = Duration::from_secs(120);

/// The most time of one request to the device.
pub(super) fn deadline(measure: &MeasureArgs, defaults: &Defaults) -> Duration {
    let of_project = || Some(duration(defaults.deadline.as_ref()?.value));
    measure.deadline.or_else(of_project).unwrap_or(DEADLINE)
}

fn duration(time: Nanos) -> Duration {
    // A day at most, as it is read.
    Duration::from_secs_f64((time.0 / 1e9).clamp(0.0, 86_400.0))
}

/// The flags, with gaps filled from the project's defaults.
pub(super) fn filled(args: &CheckArgs, defaults: &Defaults) -> CheckArgs {
    let mut args = args.clone();
    if args.timing.is_none() {
        args.timing = defaults.timing.as_ref().map(|timing| match timing.value {
            TimingPolicy::Gate => TimingArg::Gate,
            TimingPolicy::Advisory => TimingArg::Advisory,
        });
    }
    if let Some(required) = &defaults.require_baseline {
        args.require_baseline |= required.value;
    }
    if args.allow.is_empty()
        && let Some(allowed) = &defaults.allow
    {
        args.allow = allowed
            .value
            .iter()
            .filter_map(|word| verdict(word))
            .collect();
    }
    if args.fail_on.is_none() && defaults.fail_on_faster.as_ref().is_some_and(|on| on.value) {
        args.fail_on = Some(FailOn::Faster);
    }
    args
}

fn verdict(word: &str) -> Option<Allowed> {
    let verdicts = [
        ("undecided", Allowed::Undecided),
        ("ungated", Allowed::Ungated),
        ("lost", Allowed::Lost),
    ];
    verdicts
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, verdict)| *verdict)
}

/// One setting.
#[derive(Debug, PartialEq, Serialize)]
struct Setting {
    /// The suite that it holds for; all of them where there is none.
    suite: Option<String>,
    name: &'static str,
    value: String,
    /// `default`, a flag, a variable, or `file:line:column`.
    from: String,
}

/// Prints what a check would go by.
pub(super) fn print(args: &CheckArgs, screen: &Screen) -> Result<u8, AppError> {
    let project = Project::read(&args.select)?;
    let specs = project.specs().iter();
    let mut settings: Vec<Setting> = specs.flat_map(|spec| limits(args, spec)).collect();
    let defaults = project.defaults();
    settings.extend(policy(
        args,
        &defaults,
        project.baselines(args.measure.baselines.as_deref()),
    ));
    match args.format.format {
        Format::Table => screen.print(&text(&settings))?,
        Format::Json => {
            let json = serde_json::to_string_pretty(&settings)
                .map_err(|error| AppError::Output(error.into()))?;
            screen.print(&json)?;
        }
    }
    Ok(exit::PASS)
}

/// The limits of a suite. Its kernels and cases may have others of their own.
fn limits(args: &CheckArgs, spec: &Spec) -> Vec<Setting> {
    let all = spec.limits.or(&Limits::builtin());
    let measure = &args.measure;
    let percent = |share: f64| format!("{}%", (share * 1e8).round() / 1e6);
    let time = |flag: Option<Duration>, limit: Option<Nanos>| match flag {
        Some(time) => humantime::format_duration(time).to_string(),
        None => limit.map_or_else(String::new, |time| time.to_string()),
    };
    let rounds = measure.rounds.or(all.rounds);
    let values = [
        ("slowdown", None, all.slowdown.map(|limit| percent(limit.0))),
        ("confidence", None, all.confidence.map(percent)),
        (
            "rounds",
            measure.rounds.map(|_| "--rounds"),
            rounds.map(|(least, most)| match least == most {
                true => least.to_string(),
                false => format!("{least}..{most}"),
            }),
        ),
        (
            "time",
            measure.time.map(|_| "--time"),
            Some(time(measure.time, all.time)),
        ),
        (
            "budget",
            measure.budget.map(|_| "--budget"),
            Some(time(measure.budget, all.budget)),
        ),
        ("warmup", None, all.warmup.map(|runs| runs.to_string())),
    ];
    values
        .into_iter()
        .map(|(name, flag, value)| Setting {
            suite: Some(spec.suite.value.clone()),
            name,
            value: value.unwrap_or_default(),
            from: from(flag, spec.limit_places.get(name)),
        })
        .collect()
}

fn from(flag: Option<&str>, place: Option<&Place>) -> String {
    match (flag, place) {
        (Some(flag), _) => flag.to_owned(),
        (None, Some(place)) => place.to_string(),
        (None, None) => "default".to_owned(),
    }
}

/// What holds for all suites.
fn policy(args: &CheckArgs, defaults: &Defaults, baselines: PathBuf) -> Vec<Setting> {
    let filled = filled(args, defaults);
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let timing = match filled.timing {
        Some(TimingArg::Gate) => "gate",
        Some(TimingArg::Advisory) => "advisory",
        None => "as the hardware's class says",
    };
    let allowed: Vec<&str> = filled
        .allow
        .iter()
        .map(|verdict| match verdict {
            Allowed::Undecided => "undecided",
            Allowed::Ungated => "ungated",
            Allowed::Lost => "lost",
        })
        .collect();
    let allowed = if allowed.is_empty() {
        "none".to_owned()
    } else {
        allowed.join(", ")
    };
    let place = |place: Option<&Place>| place.cloned();
    let required = args.require_baseline;
    let mut settings: Vec<Setting> = [
        (
            "timing",
            timing.to_owned(),
            args.timing.map(|_| "--timing"),
            place(defaults.timing.as_ref().map(|p| &p.place)),
        ),
        (
            "require-baseline",
            yes(filled.require_baseline),
            required.then_some("--require-baseline"),
            place(defaults.require_baseline.as_ref().map(|p| &p.place)),
        ),
        (
            "allow",
            allowed,
            (!args.allow.is_empty()).then_some("--allow"),
            place(defaults.allow.as_ref().map(|p| &p.place)),
        ),
        (
            "fail-on",
            filled.fail_on.map_or("none", |_| "faster").to_owned(),
            args.fail_on.map(|_| "--fail-on"),
            place(defaults.fail_on_faster.as_ref().map(|p| &p.place)),
        ),
        (
            "deadline",
            humantime::format_duration(deadline(&args.measure, defaults)).to_string(),
            args.measure.deadline.map(|_| "--deadline"),
            place(defaults.deadline.as_ref().map(|p| &p.place)),
        ),
        (
            "baselines",
            baselines.display().to_string(),
            args.measure.baselines.as_ref().map(|_| "--baselines"),
            place(defaults.baselines.as_ref().map(|p| &p.place)),
        ),
        (
            "seed",
            args.measure
                .seed
                .map_or_else(|| "drawn".to_owned(), |seed| seed.to_string()),
            args.measure.seed.map(|_| "--seed"),
            None,
        ),
    ]
    .into_iter()
    .map(|(name, value, flag, place)| Setting {
        suite: None,
        name,
        value,
        from: from(flag, place.as_ref()),
    })
    .collect();
    let device = args.device.device.clone();
    let backend = args.device.backend.map(|backend| backend.name().to_owned());
    for (name, given, flag, variable) in [
        ("device", device, "--device", "WGPU_ADAPTER_NAME"),
        ("backend", backend, "--backend", "WGPU_BACKEND"),
    ] {
        let of_environment = std::env::var(variable)
            .ok()
            .filter(|value| !value.is_empty());
        let (value, from) = match (given, of_environment) {
            (Some(value), _) => (value, flag),
            (None, Some(value)) => (value, variable),
            (None, None) => ("the first of `gate devices`".to_owned(), "default"),
        };
        settings.push(Setting {
            suite: None,
            name,
            value,
            from: from.to_owned(),
        });
    }
    settings
}

/// A block for each suite, and one for all.
fn text(settings: &[Setting]) -> String {
    let mut text = String::new();
    let mut suite = None;
    let widest = settings
        .iter()
        .map(|s| s.value.chars().count())
        .max()
        .unwrap_or(0)
        .min(40);
    for setting in settings {
        let heading = match &setting.suite {
            Some(suite) => format!("suite {suite}"),
            None => "all suites".to_owned(),
        };
        if suite.as_ref() != Some(&heading) {
            if suite.is_some() {
                text.push('\n');
            }
            text.push_str(&format!("{heading}\n"));
            suite = Some(heading);
        }
        let Setting {
            name, value, from, ..
        } = setting;
        text.push_str(&format!("  {name:<17} {value:<widest$}  {from}\n"));
    }
    text
}
