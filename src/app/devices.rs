//! `gate devices`: the adapters of this machine, and their ceilings.

use std::borrow::Cow;
use std::time::Duration;

use comfy_table::{Table, presets};
use serde::{Deserialize, Serialize};

use crate::cli::{BackendArg, DevicesArgs, Format};
use crate::exit;
use crate::kit::{
    Backend, Ceilings, DeviceFacts, DeviceKey, DeviceKind, DeviceLimits, Features, Method, Nanos,
    Timer, visible_lines,
};

use super::AppError;
use super::every_device;
use super::output::Screen;
use super::session::Session;

/// A probe takes seconds; a driver that takes longer than this hangs.
const DEADLINE: Duration = Duration::from_secs(120);

/// One adapter, for programs.
#[derive(Serialize, Deserialize)]
struct Listed<'a> {
    /// As `--device` takes it; none where it was not asked for by a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<usize>,
    /// The adapter before it that is the same physical device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    same_as: Option<usize>,
    adapter: Cow<'a, str>,
    kind: DeviceKind,
    backend: Backend,
    driver: Cow<'a, str>,
    driver_info: Cow<'a, str>,
    wgpu: Cow<'a, str>,
    cpu: Option<Cow<'a, str>>,
    timer: Clock,
    limits: DeviceLimits,
    features: Features,
    /// The folder of its baselines.
    baselines: DeviceKey,
    /// None unless they were probed.
    ceilings: Option<Ceilings>,
}

/// A clock; what was not measured is none.
#[derive(Serialize, Deserialize)]
struct Clock {
    method: Method,
    tick: Option<Nanos>,
    empty_pass: Option<Nanos>,
}

/// One adapter of this machine.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// As `--device` takes it.
    pub(super) number: usize,
    /// The adapter before it that is the same physical device.
    pub(super) same_as: Option<usize>,
    /// What it is; of its clock, what was not measured is zero.
    pub(super) facts: DeviceFacts,
}

/// Reads what `gate devices --format json` lists: each adapter has its number.
///
/// # Errors
///
/// Where it is no such list.
pub(super) fn read_list(json: &[u8]) -> serde_json::Result<Vec<Found>> {
    let listed: Vec<Listed<'_>> = serde_json::from_slice(json)?;
    let found = listed.into_iter().map(Listed::found);
    found
        .collect::<Option<_>>()
        .ok_or_else(|| serde::de::Error::custom("an adapter has no `number`"))
}

impl Listed<'_> {
    fn found(self) -> Option<Found> {
        let unmeasured = Nanos(0.0);
        Some(Found {
            number: self.number?,
            same_as: self.same_as,
            facts: DeviceFacts {
                adapter: self.adapter.into_owned(),
                kind: self.kind,
                backend: self.backend,
                driver: self.driver.into_owned(),
                driver_info: self.driver_info.into_owned(),
                wgpu: self.wgpu.into_owned(),
                cpu: self.cpu.map(Cow::into_owned),
                timer: Timer {
                    method: self.timer.method,
                    tick: self.timer.tick.unwrap_or(unmeasured),
                    empty_pass: self.timer.empty_pass.unwrap_or(unmeasured),
                },
                limits: self.limits,
                features: self.features,
            },
        })
    }
}

fn listed(facts: &DeviceFacts, ceilings: Option<Ceilings>) -> Listed<'_> {
    let DeviceFacts {
        adapter,
        kind,
        backend,
        driver,
        driver_info,
        wgpu,
        cpu,
        timer,
        limits,
        features,
    } = facts;
    // Every clock has a step, and no pass is timed by the host's.
    let measured = timer.tick.0 > 0.0;
    let passes = timer.method == Method::PassTimestamps;
    Listed {
        number: None,
        same_as: None,
        adapter: adapter.into(),
        kind: *kind,
        backend: *backend,
        driver: driver.into(),
        driver_info: driver_info.into(),
        wgpu: wgpu.into(),
        cpu: cpu.as_deref().map(Cow::from),
        timer: Clock {
            method: timer.method,
            tick: measured.then_some(timer.tick),
            empty_pass: (measured && passes).then_some(timer.empty_pass),
        },
        limits: *limits,
        features: *features,
        baselines: facts.key(),
        ceilings,
    }
}

/// Lists adapters; with `--probe` measures the selected one.
pub(super) fn devices(args: &DevicesArgs, screen: &Screen) -> Result<u8, AppError> {
    #[cfg(feature = "gpu")]
    crate::run::without_device_selection();
    super::interrupt::listen();
    let all = every_device::is_asked(&args.device);
    if all && args.probe {
        return probed(args, screen);
    }
    let named = args.device.device.is_some() || args.device.replay.is_some();
    if all || !(args.probe || named) {
        let found = numbered(found()?, args.device.backend)?;
        match args.format.format {
            Format::Table => screen.print(&visible_lines(&table(&found)))?,
            Format::Json => {
                let all: Vec<Listed<'_>> = found
                    .iter()
                    .map(|one| Listed {
                        number: Some(one.number),
                        same_as: one.same_as,
                        ..listed(&one.facts, None)
                    })
                    .collect();
                screen.print(&json(&all)?)?;
            }
        }
        return Ok(exit::PASS);
    }
    let mut session = Session::start(&args.device, DEADLINE)?;
    let ceilings = args.probe.then(|| session.probe()).transpose()?;
    match args.format.format {
        Format::Table => screen.print(&visible_lines(&one(&session.facts, ceilings.as_ref())))?,
        Format::Json => screen.print(&json(&[listed(&session.facts, ceilings)])?)?,
    }
    Ok(exit::PASS)
}

/// Probes every adapter, one after the other: side by side each would take what
/// they share from the others.
fn probed(args: &DevicesArgs, screen: &Screen) -> Result<u8, AppError> {
    let mut all = Vec::new();
    for device in every_device::selected(&args.device)? {
        let mut session = Session::start(&device, DEADLINE)?;
        let ceilings = session.probe()?;
        all.push((session.facts.clone(), ceilings));
    }
    match args.format.format {
        Format::Table => {
            let texts: Vec<String> = all
                .iter()
                .map(|(facts, ceilings)| visible_lines(&one(facts, Some(ceilings))))
                .collect();
            screen.print(&texts.join("\n"))?;
        }
        Format::Json => {
            let all: Vec<Listed<'_>> = all
                .iter()
                .map(|(facts, ceilings)| listed(facts, Some(*ceilings)))
                .collect();
            screen.print(&json(&all)?)?;
        }
    }
    Ok(exit::PASS)
}

/// Adapters with the numbers that `--device` takes, which count all of them;
/// those of one backend, where one is asked for.
fn numbered(
    found: Vec<(DeviceFacts, Option<usize>)>,
    backend: Option<BackendArg>,
) -> Result<Vec<Found>, AppError> {
    let mut all: Vec<Found> = found
        .into_iter()
        .enumerate()
        .map(|(number, (facts, same_as))| Found {
            number,
            same_as,
            facts,
        })
        .collect();
    if let Some(backend) = backend {
        all.retain(|one| one.facts.backend.to_string() == backend.name());
        if all.is_empty() {
            return Err(AppError::Usage(format!(
                "no adapter of this machine is on {}; `gate devices` without --backend lists them all",
                backend.name()
            )));
        }
    }
    Ok(all)
}

/// All adapters; none at all is a loss with its cure.
#[cfg(feature = "gpu")]
fn found() -> Result<Vec<(DeviceFacts, Option<usize>)>, AppError> {
    let found = crate::run::distinct_adapters();
    if found.is_empty() {
        return Err(none(crate::run::none_found()));
    }
    Ok(found)
}

#[cfg(not(feature = "gpu"))]
fn found() -> Result<Vec<(DeviceFacts, Option<usize>)>, AppError> {
    Err(none(crate::kit::LostCause::NoAdapter(
        "this gate was built without its GPU part; install it with the feature `gpu`, which is on by default"
            .into(),
    )))
}

fn none(why: crate::kit::LostCause) -> AppError {
    use crate::kit::{Lost, Step};
    AppError::Lost(Lost::new(Step::Start, why))
}

fn json<T: Serialize>(value: &T) -> Result<String, AppError> {
    serde_json::to_string_pretty(value).map_err(|error| AppError::Output(error.into()))
}

/// One line an adapter, numbered as `--device` takes it.
fn table(found: &[Found]) -> String {
    let mut table = Table::new();
    *table.style_mut() = presets::NOTHING;
    table.set_header(["#", "adapter", "kind", "backend", "driver", "baselines"]);
    for Found {
        number,
        same_as,
        facts,
    } in found
    {
        let same = same_as.map_or_else(String::new, |first| format!(" (the same as #{first})"));
        table.add_row([
            number.to_string(),
            format!("{}{same}", facts.adapter),
            facts.kind.to_string(),
            facts.backend.to_string(),
            format!("{} {}", facts.driver, facts.driver_info),
            facts.key().to_string(),
        ]);
    }
    table.trim_fmt()
}

/// Everything about one device.
fn one(facts: &DeviceFacts, ceilings: Option<&Ceilings>) -> String {
    let mut text = format!(
        "{} ({}, {})\n  driver      {} {}\n  wgpu        {}\n  timer       {}, tick {}, empty pass {}\n  features    {}\n  baselines   {}\n",
        facts.adapter,
        facts.kind,
        facts.backend,
        facts.driver,
        facts.driver_info,
        facts.wgpu,
        facts.timer.method,
        facts.timer.tick,
        facts.timer.empty_pass,
        features(facts),
        facts.key(),
    );
    if let Some(ceilings) = ceilings {
        let giga = |rate: Option<f64>, unit: &str| {
            rate.map_or("-".into(), |rate| format!("{:.0} {unit}", rate / 1e9))
        };
        text.push_str(&format!(
            "  copy        {}\n  read        {}\n  fma f32     {}\n  fma f16     {}\n  coop f16    {}\n  launch      {}\n",
            giga(Some(ceilings.copy), "GB/s"),
            giga(Some(ceilings.read), "GB/s"),
            giga(Some(ceilings.fma_f32), "GFLOP/s"),
            giga(ceilings.fma_f16, "GFLOP/s"),
            giga(ceilings.cooperative_matrix, "GFLOP/s"),
            ceilings.launch,
        ));
    }
    text
}

fn features(facts: &DeviceFacts) -> String {
    let features = facts.features;
    let mut words = Vec::new();
    if features.timestamps {
        words.push("timestamps".to_owned());
    }
    if features.f16 {
        words.push("f16".to_owned());
    }
    if features.subgroups {
        words.push(format!(
            "subgroups of {} to {}",
            features.subgroup_min, features.subgroup_max
        ));
    }
    if features.cooperative_matrix {
        words.push("cooperative matrix".to_owned());
    }
    if words.is_empty() {
        words.push("none".to_owned());
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_not_measured_is_null() {
        let of = |method, tick| {
            let facts = DeviceFacts {
                timer: Timer {
                    method,
                    tick: Nanos(tick),
                    empty_pass: Nanos(0.0),
                },
                ..crate::run::Script::default().facts()
            };
            serde_json::to_string(&listed(&facts, None).timer).expect("is written")
        };
        assert_eq!(
            of(Method::PassTimestamps, 0.0),
            r#"{"method":"pass-timestamps","tick":null,"empty_pass":null}"#
        );
        // On a clock of coarse steps an empty pass reads as none.
        assert_eq!(
            of(Method::PassTimestamps, 32.0),
            r#"{"method":"pass-timestamps","tick":32.0,"empty_pass":0.0}"#
        );
        assert_eq!(
            of(Method::WallClock, 20.0),
            r#"{"method":"wall-clock","tick":20.0,"empty_pass":null}"#
        );
    }

    #[test]
    fn the_adapters_of_one_backend_keep_their_numbers() {
        let of = |backend| DeviceFacts {
            backend,
            ..crate::run::Script::default().facts()
        };
        let both = || vec![(of(Backend::Dx12), None), (of(Backend::Vulkan), Some(0))];
        let numbers = |backend| {
            let found = numbered(both(), backend).expect("some");
            found.iter().map(|one| one.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(None), [0, 1]);
        assert_eq!(numbers(Some(BackendArg::Vulkan)), [1]);
        let error = numbered(both(), Some(BackendArg::Metal)).expect_err("none");
        assert_eq!(error.code(), exit::BAD_REQUEST);
    }

    #[test]
    fn what_is_listed_reads_back() {
        for tick in [0.0, 32.0] {
            let mut facts = crate::run::Script::default().facts();
            facts.timer.tick = Nanos(tick);
            facts.timer.empty_pass = Nanos(tick);
            let found = Found {
                number: 3,
                same_as: Some(1),
                facts,
            };
            let list = json(&[Listed {
                number: Some(3),
                same_as: Some(1),
                ..listed(&found.facts, None)
            }]);
            let list = list.expect("is JSON");
            assert_eq!(list.contains("\"tick\": null"), tick == 0.0);
            assert_eq!(read_list(list.as_bytes()).expect("reads"), [found]);
        }
        let facts = crate::run::Script::default().facts();
        let unnumbered = json(&[listed(&facts, None)]).expect("is JSON");
        read_list(unnumbered.as_bytes()).expect_err("has no number");
    }
}
