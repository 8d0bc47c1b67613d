//! What the page's script reads. Its field names are those that the script
//! uses; it is of no use to any other program, which reads the JSON report.

use serde::{Serialize, Serializer};

use crate::kit::{Nanos, Ratio};
use crate::report::evidence::{Depth, lines};
use crate::report::paired;
use crate::report::sections::{self, Remark};
use crate::report::text::{clean, rate, time};
use crate::report::words::{Kind, Tone, verdict};
use crate::report::{CaseReport, HistoryPoint, QUANTILES, Report, RoundReport};

/// So many digits of a number are kept: more than any chart shows.
const DIGITS: i32 = 6;

/// And of a spread, of which a chart shows a bar and a text three.
const SPREAD_DIGITS: i32 = 4;

/// Parts of a round's time that its quantiles are counted in: a fifth of a pixel
/// where the axis is as wide as the time.
const PARTS: f64 = 1e5;

/// Farther out than this from its round's time no quantile is told to lie.
const FARTHEST: f64 = 1e12;

/// A number of six digits; none where it is no number.
#[derive(Clone, Copy)]
pub(super) struct Short(f64);

impl Serialize for Short {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        shortened(self.0, DIGITS, serializer)
    }
}

/// A spread within a round, of four digits.
#[derive(Clone, Copy)]
struct Spread(Ratio);

impl Serialize for Spread {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        shortened(self.0.0, SPREAD_DIGITS, serializer)
    }
}

fn shortened<S: Serializer>(value: f64, digits: i32, serializer: S) -> Result<S::Ok, S::Error> {
    if !value.is_finite() {
        return serializer.serialize_none();
    }
    if value == 0.0 {
        return serializer.serialize_u8(0);
    }
    let decimals = digits - 1 - value.abs().log10().floor() as i32;
    let rounded = if decimals >= 0 {
        // Through text: a product with a power of ten has digits of its own.
        let decimals = usize::try_from(decimals.min(300)).unwrap_or(0);
        format!("{value:.decimals$}").parse().unwrap_or(value)
    } else {
        value.round()
    };
    // Whole numbers without a point, where they are exact in both types.
    if rounded.fract() == 0.0 && rounded.abs() < 9e15 {
        serializer.serialize_i64(rounded as i64)
    } else {
        serializer.serialize_f64(rounded)
    }
}

/// How far each quantile lies from its round's time, in parts of that; none where
/// they say nothing. Three digits each, where times would have six.
fn parts(round: &RoundReport) -> Vec<i64> {
    let part = |quantile: &Nanos| ((quantile.0 / round.time.0 - 1.0) * PARTS).round();
    let parts: Vec<f64> = round.quantiles.iter().map(part).collect();
    if !parts.iter().all(|part| part.is_finite()) {
        return Vec::new();
    }
    parts
        .into_iter()
        .map(|part| part.clamp(-FARTHEST, FARTHEST) as i64)
        .collect()
}

fn nanos(value: Nanos) -> Short {
    Short(value.0)
}

fn ratio(value: Ratio) -> Short {
    Short(value.0)
}

/// The whole page.
#[derive(Serialize)]
pub(super) struct Page {
    judged: &'static str,
    /// What times before are those of.
    before: String,
    quantiles: [f64; QUANTILES.len()],
    notes: Vec<String>,
    noted: Vec<(String, Vec<String>)>,
    left_out: Vec<(String, Vec<String>)>,
    ceilings: Option<Roofs>,
    facts: Vec<(&'static str, Vec<(String, String)>)>,
    cases: Vec<Case>,
}

/// The roofs, by name.
#[derive(Serialize)]
struct Roofs {
    memory: Vec<(&'static str, Short)>,
    arithmetic: Vec<(&'static str, Short)>,
}

#[derive(Serialize)]
struct Case {
    id: String,
    suite: String,
    kernel: String,
    shape: String,
    variant: String,
    names: Vec<String>,
    tone: &'static str,
    sign: char,
    word: String,
    reason: String,
    time: Option<[Short; 3]>,
    within: String,
    before: Option<Short>,
    change: Option<[Short; 3]>,
    limit: Short,
    rates: Vec<(Short, String)>,
    flops: Option<Short>,
    bytes: Option<Short>,
    roof: Option<Short>,
    bound: Option<String>,
    rounds: Vec<Round>,
    baseline: Vec<(u32, Short, Spread)>,
    stages: Vec<(String, Short, Short, Option<[Short; 3]>)>,
    evidence: Vec<(&'static str, String)>,
    history: Vec<Point>,
}

#[derive(Serialize)]
struct Round {
    time: Short,
    spread: Spread,
    warm: bool,
    quantiles: Vec<i64>,
}

/// One recording of a case's history.
#[derive(Serialize)]
struct Point {
    when: String,
    commit: Option<String>,
    reason: Option<String>,
    time: Short,
    low: Short,
    high: Short,
    rounds: usize,
    change: Option<[Short; 3]>,
}

impl Page {
    /// What a report shows.
    pub(super) fn of(report: &Report) -> Self {
        let kind = Kind::of(report);
        Self {
            before: report.against.as_ref().map_or_else(
                || "baseline".to_owned(),
                |against| format!("at {}", clean(&against.revision)),
            ),
            judged: match kind {
                Kind::Check | Kind::Compare => "verdict",
                Kind::Run => "output",
                Kind::Update | Kind::Refused => "outcome",
            },
            quantiles: QUANTILES,
            notes: (report.against.iter().map(paired::heading))
                .chain(report.notes.iter().map(|note| clean(note)))
                .collect(),
            noted: remarks(sections::noted(report, kind)),
            left_out: remarks(sections::left_out(report, true)),
            ceilings: report.ceilings.as_ref().map(|all| Roofs {
                memory: sections::memory_roofs(all)
                    .into_iter()
                    .map(|(name, value)| (name, Short(value)))
                    .collect(),
                arithmetic: sections::arithmetic_roofs(all)
                    .into_iter()
                    .map(|(name, value)| (name, Short(value)))
                    .collect(),
            }),
            facts: facts(report),
            cases: report.cases.iter().map(|case| row(case, kind)).collect(),
        }
    }
}

fn remarks(remarks: Vec<Remark>) -> Vec<(String, Vec<String>)> {
    remarks
        .into_iter()
        .map(|remark| (remark.text, remark.cases))
        .collect()
}

/// What a tone is called in the page's style.
pub(super) fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Doubt => "doubt",
        Tone::Notice => "notice",
    }
}

fn row(case: &CaseReport, kind: Kind) -> Case {
    let word = verdict(case, kind);
    let id = clean(&case.id.0);
    let (subject, variant) = id.split_once('@').unwrap_or((&id, ""));
    let (kernel, shape) = match subject.split_once('[') {
        Some((kernel, rest)) => (kernel, rest.trim_end_matches(']')),
        None => (subject, ""),
    };
    Case {
        suite: kernel.split('/').next().unwrap_or_default().to_owned(),
        kernel: kernel.to_owned(),
        shape: shape.to_owned(),
        variant: variant.to_owned(),
        names: case.names.iter().map(|name| clean(name)).collect(),
        tone: tone(word.tone),
        sign: word.tone.sign(),
        word: word.word,
        reason: clean(&case.judgement.reason),
        time: case
            .time
            .map(|(at, low, high)| [nanos(at), nanos(low), nanos(high)]),
        within: case.time.map_or_else(String::new, |measured| {
            let text = time(measured);
            text.split_once('±')
                .map_or_else(String::new, |(_, half)| format!("±{half}"))
        }),
        before: case.before.map(nanos),
        change: case.evidence.change().map(|change| {
            [
                ratio(change.estimate),
                ratio(change.lower()),
                ratio(change.upper()),
            ]
        }),
        limit: ratio(case.evidence.baseline.limit),
        rates: case
            .rates
            .iter()
            .map(|one| (Short(one.value), clean(&rate(one))))
            .collect(),
        flops: case.work.flops.map(Short),
        bytes: case.work.bytes.map(Short),
        roof: case.roofline.map(ratio),
        bound: case.bound.as_deref().map(clean),
        rounds: case
            .rounds
            .iter()
            .map(|round| Round {
                time: nanos(round.time),
                spread: Spread(round.spread),
                warm: round.warm,
                quantiles: parts(round),
            })
            .collect(),
        baseline: case
            .reasoning
            .before
            .iter()
            .map(|round| (round.recording, nanos(round.time), Spread(round.spread)))
            .collect(),
        stages: case
            .stages
            .iter()
            .map(|stage| {
                let change = stage
                    .change
                    .map(|(by, low, high)| [by, low, high].map(ratio));
                let kernel = clean(&stage.kernel);
                (kernel, nanos(stage.time), ratio(stage.share), change)
            })
            .collect(),
        evidence: lines(case, kind, Depth::All)
            .into_iter()
            .map(|line| (line.about, line.says))
            .collect(),
        history: case.history.iter().map(recording).collect(),
        id,
    }
}

fn recording(point: &HistoryPoint) -> Point {
    let (time, low, high) = point.time;
    let said = point.reason.iter().chain(&point.differs);
    let said: Vec<String> = said
        .chain(&point.incomparable)
        .map(|text| clean(text))
        .collect();
    Point {
        when: clean(&point.recorded),
        commit: point
            .commit
            .as_ref()
            .map(|hash| clean(hash).chars().take(12).collect()),
        reason: (!said.is_empty()).then(|| said.join(", ")),
        time: nanos(time),
        low: nanos(low),
        high: nanos(high),
        rounds: point.rounds,
        change: point.change.as_ref().map(|change| {
            [
                ratio(change.estimate),
                ratio(change.lower()),
                ratio(change.upper()),
            ]
        }),
    }
}

/// The device and the run, by heading.
fn facts(report: &Report) -> Vec<(&'static str, Vec<(String, String)>)> {
    let facts = &report.device;
    let limits = &facts.limits;
    let features = &facts.features;
    let yes = |has: bool| if has { "yes" } else { "no" }.to_owned();
    let mut device: Vec<(&str, String)> = vec![
        ("adapter", facts.adapter.clone()),
        ("kind", facts.kind.to_string()),
        ("backend", facts.backend.to_string()),
        ("driver", format!("{} {}", facts.driver, facts.driver_info)),
        ("wgpu", facts.wgpu.clone()),
    ];
    device.extend(facts.cpu.clone().map(|cpu| ("CPU", cpu)));
    device.push(("classes", report.classes.join(", ")));
    device.push(("baselines lie in", facts.key().0));
    let timing = vec![
        ("times are taken by", facts.timer.method.to_string()),
        ("clock's tick", facts.timer.tick.to_string()),
        ("an empty pass takes", facts.timer.empty_pass.to_string()),
    ];
    let mut ceilings: Vec<(&str, String)> = Vec::new();
    if let Some(all) = &report.ceilings {
        let giga = |unit: &str, value: f64| {
            rate(&crate::report::Rate {
                unit: unit.to_owned(),
                value: value / 1e9,
            })
        };
        for (name, value) in sections::memory_roofs(all) {
            ceilings.push((name, giga("GB/s", value)));
        }
        for (name, value) in sections::arithmetic_roofs(all) {
            ceilings.push((name, giga("GFLOP/s", value)));
        }
        ceilings.push(("an empty dispatch", all.launch.to_string()));
        ceilings.extend(
            all.cache
                .map(|size| ("last-level cache", crate::kit::Bytes(size).to_string())),
        );
    }
    let bytes = |size: u64| crate::kit::Bytes(size).to_string();
    let limits = vec![
        (
            "invocations in a workgroup",
            limits.max_invocations.to_string(),
        ),
        (
            "workgroup size",
            limits
                .max_workgroup_size
                .map(|size| size.to_string())
                .join(" x "),
        ),
        (
            "workgroup memory",
            bytes(limits.max_workgroup_memory.into()),
        ),
        (
            "workgroups a dispatch and dimension",
            limits.max_dispatch.to_string(),
        ),
        ("storage binding", bytes(limits.max_storage_binding)),
        ("uniform binding", bytes(limits.max_uniform_binding)),
        ("buffer", bytes(limits.max_buffer)),
        (
            "storage buffers a stage",
            limits.max_storage_buffers.to_string(),
        ),
        ("f16", yes(features.f16)),
        (
            "subgroups",
            if features.subgroups {
                format!("{} to {}", features.subgroup_min, features.subgroup_max)
            } else {
                yes(false)
            },
        ),
        ("cooperative matrix", yes(features.cooperative_matrix)),
        ("timestamps", yes(features.timestamps)),
    ];
    let run = vec![
        ("suites", report.suites.join(", ")),
        ("rounds", report.rounds.to_string()),
        (
            "confidence",
            crate::report::text::percent(Ratio(report.confidence)),
        ),
        ("seed", report.seed.to_string()),
        ("took", report.elapsed.to_string()),
        ("of that on the GPU", report.busy.to_string()),
        ("filtered out", report.filtered.to_string()),
        ("exit code", report.exit.to_string()),
    ];
    [
        ("Device", device),
        ("Ceilings, as measured", ceilings),
        ("Clock", timing),
        ("Run", run),
        ("Limits and features", limits),
    ]
    .into_iter()
    .map(|(title, rows)| {
        let rows = rows
            .into_iter()
            .map(|(name, value)| (name.to_owned(), clean(&value)))
            .collect();
        (title, rows)
    })
    .collect()
}
