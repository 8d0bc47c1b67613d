//! Where each setting of a check comes from: a flag, the spec, the project's
//! `gate.toml`, the environment, or the gate itself.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::cli::{
    Allowed, CheckArgs, DeviceArgs, FailOn, Format, FormatArgs, MeasureArgs, SelectArgs, TimingArg,
    UpdateArgs,
};
use crate::exit;
use crate::kit::{Nanos, Place};
use crate::spec::{Defaults, Limits, Spec, TimingPolicy};
use crate::verdict::Timing;

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

/// Whether times count, where a flag or the project says it.
pub(super) fn timing(flag: Option<TimingArg>, defaults: &Defaults) -> Option<TimingArg> {
    let of_project = || {
        let timing = defaults.timing.as_ref()?;
        Some(match timing.value {
            TimingPolicy::Gate => TimingArg::Gate,
            TimingPolicy::Advisory => TimingArg::Advisory,
        })
    };
    flag.or_else(of_project)
}

/// Whether times count: as someone says, else as the hardware's class does.
pub(super) fn policy_of(timing: Option<TimingArg>, class: TimingPolicy) -> Timing {
    match (timing, class) {
        (Some(TimingArg::Gate), _) | (None, TimingPolicy::Gate) => Timing::Gate,
        (Some(TimingArg::Advisory), _) | (None, TimingPolicy::Advisory) => Timing::Advisory,
    }
}

/// The flags, with gaps filled from the project's defaults.
pub(super) fn filled(args: &CheckArgs, defaults: &Defaults) -> CheckArgs {
    let mut args = args.clone();
    args.timing = timing(args.timing, defaults);
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
    let own = |defaults: &Defaults| policy(args, defaults);
    print_all(
        (&args.select, &args.device, &args.measure),
        &args.format,
        own,
        screen,
    )
}

/// Prints what an update of baselines would go by.
pub(super) fn print_update(args: &UpdateArgs, screen: &Screen) -> Result<u8, AppError> {
    let own = |defaults: &Defaults| vec![timing_setting(args.timing, defaults)];
    print_all(
        (&args.select, &args.device, &args.measure),
        &args.format,
        own,
        screen,
    )
}

fn print_all(
    (select, device, measure): (&SelectArgs, &DeviceArgs, &MeasureArgs),
    format: &FormatArgs,
    own: impl FnOnce(&Defaults) -> Vec<Setting>,
    screen: &Screen,
) -> Result<u8, AppError> {
    let project = Project::read(select)?;
    let specs = project.specs().iter();
    let mut settings: Vec<Setting> = specs.flat_map(|spec| limits(measure, spec)).collect();
    let defaults = project.defaults();
    settings.extend(own(&defaults));
    let baselines = project.baselines(measure.baselines.as_deref());
    settings.extend(measuring(measure, &defaults, baselines));
    settings.extend(adapter(device));
    match format.format {
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
fn limits(measure: &MeasureArgs, spec: &Spec) -> Vec<Setting> {
    let all = spec.limits.or(&Limits::builtin());
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

/// One setting that holds for all suites.
fn setting(
    name: &'static str,
    value: String,
    flag: Option<&str>,
    place: Option<&Place>,
) -> Setting {
    Setting {
        suite: None,
        name,
        value,
        from: from(flag, place),
    }
}

fn timing_setting(flag: Option<TimingArg>, defaults: &Defaults) -> Setting {
    let value = match timing(flag, defaults) {
        Some(TimingArg::Gate) => "gate",
        Some(TimingArg::Advisory) => "advisory",
        None => "as the hardware's class says",
    };
    let place = defaults.timing.as_ref().map(|timing| &timing.place);
    setting("timing", value.to_owned(), flag.map(|_| "--timing"), place)
}

/// What a check judges by.
fn policy(args: &CheckArgs, defaults: &Defaults) -> Vec<Setting> {
    let filled = filled(args, defaults);
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
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
    vec![
        timing_setting(args.timing, defaults),
        setting(
            "require-baseline",
            yes(filled.require_baseline),
            args.require_baseline.then_some("--require-baseline"),
            defaults.require_baseline.as_ref().map(|p| &p.place),
        ),
        setting(
            "allow",
            allowed,
            (!args.allow.is_empty()).then_some("--allow"),
            defaults.allow.as_ref().map(|p| &p.place),
        ),
        setting(
            "fail-on",
            filled.fail_on.map_or("none", |_| "faster").to_owned(),
            args.fail_on.map(|_| "--fail-on"),
            defaults.fail_on_faster.as_ref().map(|p| &p.place),
        ),
    ]
}

/// What is measured by, whatever for.
fn measuring(measure: &MeasureArgs, defaults: &Defaults, baselines: PathBuf) -> Vec<Setting> {
    let drawn = || "drawn".to_owned();
    vec![
        setting(
            "deadline",
            humantime::format_duration(deadline(measure, defaults)).to_string(),
            measure.deadline.map(|_| "--deadline"),
            defaults.deadline.as_ref().map(|p| &p.place),
        ),
        setting(
            "baselines",
            baselines.display().to_string(),
            measure.baselines.as_ref().map(|_| "--baselines"),
            defaults.baselines.as_ref().map(|p| &p.place),
        ),
        setting(
            "seed",
            measure.seed.map_or_else(drawn, |seed| seed.to_string()),
            measure.seed.map(|_| "--seed"),
            None,
        ),
    ]
}

/// Which adapter is taken.
fn adapter(device: &DeviceArgs) -> Vec<Setting> {
    let name = device.device.clone();
    let backend = device.backend.map(|backend| backend.name().to_owned());
    [
        ("device", name, "--device", "WGPU_ADAPTER_NAME"),
        ("backend", backend, "--backend", "WGPU_BACKEND"),
    ]
    .into_iter()
    .map(|(name, given, flag, variable)| {
        let of_environment = std::env::var(variable)
            .ok()
            .filter(|value| !value.is_empty());
        let (value, from) = match (given, of_environment) {
            (Some(value), _) => (value, Some(flag)),
            (None, Some(value)) => (value, Some(variable)),
            (None, None) => ("the first of `gate devices`".to_owned(), None),
        };
        setting(name, value, from, None)
    })
    .collect()
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
