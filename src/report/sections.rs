//! What stands around the table: the device, what was left out, what is worth
//! a look, what failed.

use std::collections::HashMap;

use crate::kit::{Backend, Bytes, Ceilings, LeftOut, Method, Nanos};
use crate::verdict::{BaselineOutcome, Environment, RangeOutcome, Verdict};

use super::paired;
use super::text::{clean, count, percent, rate};
use super::words::Kind;
use super::{Against, CaseReport, LeftOutReport, Rate, Report};

/// Cases of which the same is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remark {
    /// What is said.
    pub(super) text: String,
    /// Of which cases.
    pub(super) cases: Vec<String>,
}

/// The device, and how times were taken on it.
pub(super) fn device(report: &Report) -> Vec<String> {
    let facts = &report.device;
    if facts.backend == Backend::Unknown {
        return vec![clean(&format!(
            "{}, by the name that its recording gives",
            facts.adapter
        ))];
    }
    let mut driver = facts.driver.clone();
    if !facts.driver_info.is_empty() && !driver.contains(&facts.driver_info) {
        driver = format!("{driver} {}", facts.driver_info);
    }
    let cpu = match &facts.cpu {
        Some(cpu) => format!(" on {cpu}"),
        None => String::new(),
    };
    let timer = &facts.timer;
    let timing = match timer.method {
        Method::PassTimestamps => format!(
            "GPU timestamps around passes: tick {}, an empty pass takes {}",
            timer.tick, timer.empty_pass
        ),
        Method::WallClock => "wall clock over batches: this adapter has no usable timestamps, so \
                              times are coarser and include the driver's"
            .to_owned(),
    };
    let mut lines = vec![
        clean(&format!(
            "{}{cpu} ({}, {}, driver {driver}, wgpu {})",
            facts.adapter, facts.kind, facts.backend, facts.wgpu
        )),
        clean(&timing),
    ];
    lines.extend(report.against.as_ref().map(paired::heading));
    lines
}

/// What `-v` adds about the run.
pub(super) fn run(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    if !report.classes.is_empty() {
        lines.push(format!("classes: {}", report.classes.join(", ")));
    }
    if let Some(ceilings) = &report.ceilings {
        lines.push(format!("ceilings: {}", ceilings_text(ceilings)));
    }
    let busy = if report.elapsed.0 > 0.0 {
        format!(
            "; GPU busy {} of the time",
            percent(crate::kit::Ratio(
                (report.busy.0 / report.elapsed.0 * 100.0).round() / 100.0
            ))
        )
    } else {
        String::new()
    };
    lines.push(format!(
        "{}, seed {}, confidence {}{busy}",
        count(report.rounds as usize, "round", "rounds"),
        report.seed,
        percent(crate::kit::Ratio(report.confidence)),
    ));
    lines.iter().map(|line| clean(line)).collect()
}

/// The rates at which memory was measured, in bytes a second, by name.
pub(super) fn memory_roofs(ceilings: &Ceilings) -> Vec<(&'static str, f64)> {
    vec![("read", ceilings.read), ("copy", ceilings.copy)]
}

/// The rates at which the device was measured to compute, in FLOP a second, by
/// name.
pub(super) fn arithmetic_roofs(ceilings: &Ceilings) -> Vec<(&'static str, f64)> {
    let mut roofs = vec![("f32", ceilings.fma_f32)];
    roofs.extend(ceilings.fma_f16.map(|value| ("f16", value)));
    let matrix = ceilings.cooperative_matrix;
    roofs.extend(matrix.map(|value| ("cooperative matrix", value)));
    roofs
}

fn ceilings_text(ceilings: &Ceilings) -> String {
    let Ceilings {
        copy,
        read,
        fma_f32,
        fma_f16,
        cooperative_matrix,
        launch,
        cache,
    } = ceilings;
    let giga = |unit: &str, value: f64| {
        rate(&Rate {
            unit: unit.to_owned(),
            value: value / 1e9,
        })
    };
    let mut parts = vec![
        format!("copy {}", giga("GB/s", *copy)),
        format!("read {}", giga("GB/s", *read)),
        format!("f32 {}", giga("GFLOP/s", *fma_f32)),
    ];
    parts.extend(fma_f16.map(|value| format!("f16 {}", giga("GFLOP/s", value))));
    parts.extend(
        cooperative_matrix.map(|value| format!("cooperative matrix {}", giga("GFLOP/s", value))),
    );
    parts.push(format!("launch {launch}"));
    parts.extend(cache.map(|bytes| format!("cache {}", crate::kit::Bytes(bytes))));
    parts.join(", ")
}

/// Why cases were left out, each reason once, the most frequent first: with
/// the numbers that all of them share, or from the least to the most that they
/// need, and then with each case's own, where they are wanted.
pub(super) fn left_out(report: &Report, numbers: bool) -> Vec<Remark> {
    let mut groups: Vec<Vec<&LeftOutReport>> = Vec::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    for one in &report.left_out {
        let index = *at.entry(alike(&one.why)).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    let mut remarks: Vec<Remark> = groups
        .into_iter()
        .filter_map(|group| {
            let first = *group.first()?;
            let same = group.iter().all(|one| one.reason == first.reason);
            let text = if same {
                first.reason.clone()
            } else {
                together(&first.why, &group)
            };
            let case = |one: &&LeftOutReport| match numbers && !same {
                true => clean(&format!("{}: {}", one.id, one.reason)),
                false => clean(&one.id.0),
            };
            Some(Remark {
                text: clean(&text),
                cases: group.iter().map(case).collect(),
            })
        })
        .collect();
    remarks.sort_by_key(|remark| std::cmp::Reverse(remark.cases.len()));
    remarks
}

/// What is the same of all cases that are left out for one reason.
fn alike(why: &LeftOut) -> String {
    match why {
        LeftOut::Where { condition, .. } => format!("`where: {condition}` does not hold"),
        LeftOut::Limit { what, limit, .. } => format!("{what} over {limit}"),
        LeftOut::Memory { limit, .. } => format!("memory over {}", limit.0),
        LeftOut::TooSlow { time, .. } => format!("longer than {}", time.0),
        LeftOut::Feature(_) | LeftOut::Gone | LeftOut::Unplanned | LeftOut::CheckedFormFailed => {
            why.to_string()
        }
    }
}

/// One reason of several cases, from the least to the most of what differs.
fn together(why: &LeftOut, group: &[&LeftOutReport]) -> String {
    let needs = group.iter().filter_map(|one| match one.why {
        LeftOut::Limit { needed, .. } => Some(needed),
        LeftOut::Memory { needed, .. } => Some(needed.0),
        LeftOut::Where { .. }
        | LeftOut::Feature(_)
        | LeftOut::TooSlow { .. }
        | LeftOut::Gone
        | LeftOut::Unplanned
        | LeftOut::CheckedFormFailed => None,
    });
    let (least, most) = needs.fold((u64::MAX, 0), |(least, most), needed| {
        (least.min(needed), most.max(needed))
    });
    match why {
        LeftOut::Limit { what, limit, .. } => {
            format!("{what} is {least} to {most}, and the device's limit is {limit}")
        }
        LeftOut::Memory { limit, .. } => format!(
            "need {} to {} of device memory, and {limit} is the most that is taken",
            Bytes(least),
            Bytes(most)
        ),
        LeftOut::TooSlow { time, .. } => {
            let times = group.iter().filter_map(|one| match one.why {
                LeftOut::TooSlow { predicted, .. } => Some(predicted.0),
                LeftOut::Where { .. }
                | LeftOut::Feature(_)
                | LeftOut::Limit { .. }
                | LeftOut::Memory { .. }
                | LeftOut::Gone
                | LeftOut::Unplanned
                | LeftOut::CheckedFormFailed => None,
            });
            let (least, most) = times.fold((f64::INFINITY, 0.0_f64), |(least, most), time| {
                (least.min(time), most.max(time))
            });
            format!(
                "would take about {} to {} a run on this device, more than ten times `time: {time}`; `force: true` on the case runs it all the same",
                Nanos(least),
                Nanos(most)
            )
        }
        LeftOut::Where { .. }
        | LeftOut::Feature(_)
        | LeftOut::Gone
        | LeftOut::Unplanned
        | LeftOut::CheckedFormFailed => alike(why),
    }
}

/// What does not fail, but is worth a look.
pub(super) fn noted(report: &Report, kind: Kind) -> Vec<Remark> {
    let mut remarks = Remarks::default();
    if let Some(against) = &report.against {
        revision(against, &mut remarks);
    }
    for case in &report.cases {
        let id = &case.id.0;
        if kind.judges() {
            judged(case, &mut remarks);
        }
        if let Environment::Shifted { by, what } = &case.evidence.environment {
            let text = format!("the machine itself moved: unchanged code by {by} ({what})");
            remarks.add(text, id);
        }
        for note in &case.notes {
            remarks.add(note.clone(), id);
        }
    }
    remarks.0
}

/// What a revision has that is not here, and the other way round.
fn revision(against: &Against, remarks: &mut Remarks) {
    let revision = &against.revision;
    let lists = [
        (
            &against.alarms,
            format!(
                "controls that moved, though their code is that of {revision}: the machine was \
                 not steady, and changes of about that size are not to be trusted"
            ),
        ),
        (&against.added, format!("added since {revision}")),
        (&against.removed, format!("removed since {revision}")),
        (
            &against.unusable,
            format!("not timed against {revision}, which has no version that could be"),
        ),
    ];
    for (cases, text) in lists {
        for case in cases {
            remarks.add(text.clone(), &case.0);
        }
    }
}

fn judged(case: &CaseReport, remarks: &mut Remarks) {
    let id = &case.id.0;
    let judgement = &case.judgement;
    if !judgement.fails {
        match judgement.verdict {
            Verdict::Slower if judgement.advisory => remarks.add(
                "slower, on hardware whose times are advisory (`--timing gate` makes them count)"
                    .to_owned(),
                id,
            ),
            // How it was lost stands nowhere else: it is not among those that fail.
            Verdict::Lost => remarks.add(format!("allowed: {}", judgement.reason), id),
            Verdict::Undecided if judgement.advisory => remarks.add(
                "undecided, on hardware whose times are advisory".to_owned(),
                id,
            ),
            Verdict::Undecided => remarks.add("undecided, which is allowed".to_owned(), id),
            Verdict::Ungated => remarks.add("ungated, which is allowed".to_owned(), id),
            Verdict::PassByRange
                if matches!(
                    case.evidence.baseline.outcome,
                    BaselineOutcome::Incomparable { .. }
                ) =>
            {
                let why = super::evidence::baseline(case, Kind::Check, true).unwrap_or_default();
                remarks.add(
                    format!("passed by their range alone: the baseline is {why}"),
                    id,
                );
            }
            // What a revision does not have is listed with the revision.
            Verdict::PassByRange if case.evidence.paired.is_some() => {}
            Verdict::PassByRange => remarks.add(
                "passed by their range alone: no baseline yet (`gate update-baselines` records \
                 one)"
                    .to_owned(),
                id,
            ),
            Verdict::Wrong | Verdict::Slower | Verdict::Pass => {}
        }
    }
    let labels = &case.evidence.baseline.labels;
    if !labels.is_empty() && !judgement.fails {
        remarks.add(format!("since its baseline: {}", labels.join(", ")), id);
    }
    let better = |range: &&crate::verdict::RangeEvidence| range.outcome == RangeOutcome::Faster;
    if let Some(range) = case.evidence.ranges.iter().find(better) {
        let text = format!(
            "better than the range for {}, which can be tightened",
            range.class
        );
        remarks.add(text, id);
    }
}

#[derive(Default)]
struct Remarks(Vec<Remark>);

impl Remarks {
    fn add(&mut self, text: String, id: &str) {
        let (text, id) = (clean(&text), clean(id));
        match self.0.iter_mut().find(|remark| remark.text == text) {
            Some(remark) => remark.cases.push(id),
            None => self.0.push(Remark {
                text,
                cases: vec![id],
            }),
        }
    }
}

/// Cases that fail the run, in plan order.
pub(super) fn failing(report: &Report) -> impl Iterator<Item = &CaseReport> {
    report.cases.iter().filter(|case| case.judgement.fails)
}
