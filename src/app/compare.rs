//! `gate compare`: two recorded runs, judged as a check judges a run against
//! its baseline. No device.

use std::time::Instant;

use crate::cli::{Allowed, CompareArgs, FailOn, TimingArg};
use crate::kit::{
    Backend, CaseId, Correctness, DeviceFacts, DeviceKind, DeviceLimits, Features, LeftOut, Method,
    Nanos, Place, Ratio, Timer, Work,
};
use crate::plan::{Filter, reading_order};
use crate::report::{CaseReport, LeftOutReport, Reasoning, Report, RoundReport};
use crate::stats::{
    self, CaseRounds, Change, Comparison, Design, Located, Precision, Rounds, common_shift,
};
use crate::verdict::{
    BaselineEvidence, BaselineOutcome, Environment, Evidence, Incomparable, Plausibility, Policy,
    Timing, Verdict, baseline_outcome, judge, outcome,
};

use super::AppError;
use super::assemble::{self, FORMAT};
use super::last_report;
use super::output::Screen;
use super::reasoning::{outlook, recording, rounds_before, too_fine};
use super::reports::Reports;
use super::sides::{Side, SideCase, finer, inputs, read_both};

/// Recordings of B get numbers that those of A never have.
const OF_B: u32 = 1 << 31;

/// Compares what the arguments name.
pub(super) fn compare(args: &CompareArgs, screen: &Screen) -> Result<u8, AppError> {
    let start = Instant::now();
    let mut reports = Reports::asked(&args.report, &args.format, None)?;
    let filter = Filter::new(&args.filter, &args.exclude)
        .map_err(|error| AppError::Usage(error.to_string()))?;
    let (mut before, mut now) = read_both(&args.before, &args.now, args.warmup)?;
    let filtered = now.cases.len();
    for side in [&mut before, &mut now] {
        side.cases.retain(|id, _| filter.matches(id, &[]));
    }
    let filtered = filtered - now.cases.len();
    if now.cases.is_empty() {
        return Err(AppError::Nothing(format!(
            "{}: no case is left to judge ({filtered} were filtered out)",
            now.name
        )));
    }
    let other_device = other_device(&before, &now, args)?;
    let mut report = blank(args, &before, &now);
    reports.begin(&report, &inputs(&args.before, &args.now))?;
    report.filtered = filtered;
    report.notes = notes(&before, &now);
    let policy = policy(args);

    let judged = judged(&before, &now, args, &other_device);
    let environment = environment(&before, &now, &judged);
    for (id, baseline, precision) in judged {
        let sides = (before.cases.get(&id), &now.cases[&id]);
        let evidence = Evidence {
            correctness: Correctness::NotAsked,
            plausibility: Plausibility::NotJudged,
            ranges: Vec::new(),
            baseline,
            paired: None,
            environment: environment.clone(),
            lost: None,
        };
        let row = row(id, sides, &now.name, evidence, precision, &policy);
        report.cases.push(row);
    }
    for id in ordered(before.cases.keys()) {
        if !now.cases.contains_key(&id) {
            report.left_out.push(LeftOutReport {
                id,
                reason: LeftOut::Gone.to_string(),
                why: LeftOut::Gone,
            });
        }
    }
    report.elapsed = Nanos::from_seconds(start.elapsed().as_secs_f64());
    report.exit = outcome(&assemble::judgements(&report));
    last_report::keep(&report, &last_report::root_here(), screen);
    reports.finish(&report, screen)
}

/// What is said of every comparison where the devices' names differ; nothing
/// where they are the same.
fn other_device(before: &Side, now: &Side, args: &CompareArgs) -> Result<Option<String>, AppError> {
    if before.device == now.device {
        return Ok(None);
    }
    if !args.across_devices {
        return Err(AppError::Usage(format!(
            "{} was recorded on `{}`, and {} on `{}`: another device's times say nothing of a \
             change; `--across-devices` compares them all the same",
            before.name, before.device, now.name, now.device
        )));
    }
    Ok(Some(format!("device {} -> {}", before.device, now.device)))
}

fn policy(args: &CompareArgs) -> Policy {
    Policy {
        allow_undecided: args.allow.contains(&Allowed::Undecided),
        allow_ungated: args.allow.contains(&Allowed::Ungated),
        allow_lost: false,
        require_baseline: false,
        fail_on_faster: args.fail_on == Some(FailOn::Faster),
        timing: match args.timing {
            TimingArg::Gate => Timing::Gate,
            TimingArg::Advisory => Timing::Advisory,
        },
    }
}

fn ordered<'a>(ids: impl Iterator<Item = &'a CaseId>) -> Vec<CaseId> {
    let mut ids: Vec<CaseId> = ids.cloned().collect();
    ids.sort_by(reading_order);
    ids
}

/// Remarks on what is compared.
fn notes(before: &Side, now: &Side) -> Vec<String> {
    let mut notes = vec![format!(
        "{} against {}: outputs are not verified here",
        now.name, before.name
    )];
    let times =
        |case: &SideCase| -> Vec<Nanos> { case.rounds.iter().map(|round| round.time).collect() };
    let same = now.cases.iter().all(|(id, case)| {
        before
            .cases
            .get(id)
            .is_some_and(|old| times(old) == times(case))
    });
    if same {
        notes.push("both sides hold the same times: this says nothing of any change".to_owned());
    }
    let of_csv = |side: &Side| side.cases.values().any(|case| case.kept.is_none());
    if of_csv(before) != of_csv(now) {
        notes.push(
            "CSV does not say how times were taken: they are trusted to have been taken as the \
             baseline's were"
                .to_owned(),
        );
    }
    notes
}

fn blank(args: &CompareArgs, before: &Side, now: &Side) -> Report {
    let facts = now.facts.clone().or_else(|| {
        let known = before.facts.clone()?;
        (before.device == now.device).then_some(known)
    });
    let mut suites: Vec<String> = Vec::new();
    for id in now.cases.keys() {
        let suite = id.suite().to_owned();
        // A case of other people's has no suite before its name.
        if id.0.contains('/') && !suites.contains(&suite) {
            suites.push(suite);
        }
    }
    Report {
        format: FORMAT,
        gate: env!("CARGO_PKG_VERSION").into(),
        command: "compare".into(),
        suites,
        device: facts.unwrap_or_else(|| unknown_device(now)),
        classes: Vec::new(),
        ceilings: None,
        confidence: args.confidence,
        seed: 0,
        rounds: most_rounds(now),
        elapsed: Nanos(0.0),
        busy: Nanos(0.0),
        cases: Vec::new(),
        left_out: Vec::new(),
        filtered: 0,
        notes: Vec::new(),
        against: None,
        part: None,
        interrupted: false,
        unmeasured: 0,
        exit: 0,
    }
}

fn most_rounds(side: &Side) -> u32 {
    let most = side.cases.values().map(|case| case.rounds.len()).max();
    u32::try_from(most.unwrap_or(0)).unwrap_or(u32::MAX)
}

/// All that a CSV says of a device is its name.
fn unknown_device(side: &Side) -> DeviceFacts {
    let step = side
        .cases
        .values()
        .fold(None, |step, case| finer(step, case.step));
    DeviceFacts {
        adapter: side.device.0.clone(),
        kind: DeviceKind::Other,
        backend: Backend::Unknown,
        driver: String::new(),
        driver_info: String::new(),
        wgpu: String::new(),
        cpu: None,
        timer: Timer {
            method: Method::PassTimestamps,
            tick: step.unwrap_or(Nanos(1.0)),
            empty_pass: Nanos(0.0),
        },
        limits: DeviceLimits::webgpu_default(),
        features: Features::default(),
    }
}

/// A case with what the comparison says of it, and how well it can be told.
type Judged = (CaseId, BaselineEvidence, Option<Precision>);

fn located(case: &SideCase, offset: u32) -> Vec<Located> {
    case.rounds
        .iter()
        .map(|round| Located {
            recording: round.recording | offset,
            location: round.time,
        })
        .collect()
}

/// What the comparison says of every case of B, in reading order.
///
/// All rounds were there before anyone looked, so each case is looked at once,
/// with its whole share of the confidence.
fn judged(
    before: &Side,
    now: &Side,
    args: &CompareArgs,
    other_device: &Option<String>,
) -> Vec<Judged> {
    let limit = Ratio(args.slowdown);
    let mut all = Vec::with_capacity(now.cases.len());
    let mut compared = Vec::new();
    let mut rounds = Vec::new();
    for id in ordered(now.cases.keys()) {
        let case = &now.cases[&id];
        let mut evidence = assemble::no_baseline(limit);
        if let Some(old) = before.cases.get(&id) {
            evidence.labels.extend(other_device.clone());
            evidence.labels.extend(labels(old, case));
            match incomparable(old, case) {
                Some(why) => evidence.outcome = BaselineOutcome::Incomparable { why },
                None => {
                    compared.push(all.len());
                    rounds.push(CaseRounds {
                        before: located(old, 0),
                        now: located(case, OF_B),
                        tick: finer(old.step, case.step).unwrap_or(Nanos(f64::NAN)),
                        planned: (case.rounds.len(), case.rounds.len()),
                    });
                }
            }
        }
        all.push((id, evidence, None));
    }
    let design = Design {
        confidence: args.confidence,
        cases: rounds.len(),
    };
    let comparison = Comparison::of(&rounds, &design);
    for (index, found) in compared.iter().zip(comparison.precisions()) {
        all[*index].2 = found.ok();
    }
    let changes = comparison.step_down(&vec![Some(limit); rounds.len()], 0);
    for (index, change) in compared.into_iter().zip(changes) {
        let evidence = &mut all[index].1;
        evidence.outcome = BaselineOutcome::Undecided;
        if let Ok(change) = change {
            evidence.outcome =
                baseline_outcome(&change, limit, false).unwrap_or(BaselineOutcome::Undecided);
            evidence.change = Some(change);
        }
    }
    all
}

/// Why both sides of a case cannot be compared, where that is known.
fn incomparable(old: &SideCase, new: &SideCase) -> Option<Incomparable> {
    let (old, new) = (&old.kept.as_ref()?.record, &new.kept.as_ref()?.record);
    if old.checks != new.checks {
        return Some(Incomparable::Checks);
    }
    old.comparable(new.method, &new.overhead, new.checks)
        .err()
        .map(|_| Incomparable::Method {
            before: format!("{}, {}", old.method, old.overhead),
            now: format!("{}, {}", new.method, new.overhead),
        })
}

/// What else changed from one side to the other.
fn labels(old: &SideCase, new: &SideCase) -> Vec<String> {
    let (Some(old), Some(new)) = (&old.kept, &new.kept) else {
        return Vec::new();
    };
    let Some(latest) = new.recordings.last() else {
        return Vec::new();
    };
    let mut labels = Vec::new();
    for recording in &old.recordings {
        for label in recording.changes(&latest.facts) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
    }
    labels
}

/// What cases of the same code have in common.
fn environment(before: &Side, now: &Side, judged: &[Judged]) -> Environment {
    let mut shared: Vec<&Change> = Vec::new();
    let mut what: Vec<String> = Vec::new();
    for (id, evidence, _) in judged {
        let code = |side: &Side| -> Option<String> {
            Some(side.cases.get(id)?.kept.as_ref()?.record.code.clone())
        };
        let same = code(before).is_some_and(|old| code(now).as_ref() == Some(&old));
        if let (true, Some(change)) = (same, &evidence.change) {
            shared.push(change);
            what.extend(evidence.labels.iter().cloned());
        }
    }
    what.sort();
    what.dedup();
    match common_shift(&shared) {
        None => Environment::Steady,
        Some(by) => Environment::Shifted {
            by,
            what: if what.is_empty() {
                "the machine itself: clocks, temperature, or what else runs on it".to_owned()
            } else {
                what.join(", ")
            },
        },
    }
}

/// One case as a row of the report.
fn row(
    id: CaseId,
    (old, case): (Option<&SideCase>, &SideCase),
    file: &str,
    evidence: Evidence,
    precision: Option<Precision>,
    policy: &Policy,
) -> CaseReport {
    let mut judgement = judge(&evidence, policy);
    if old.is_none() {
        judgement.reason = "ungated: what it is compared with has no such case".to_owned();
    }
    let step = case.step.unwrap_or(Nanos(f64::NAN));
    let mut notes = Vec::new();
    let reasoning = old.map_or_else(Reasoning::default, |old| {
        reasoning(old, case, precision, &evidence.baseline)
    });
    if let Some((verdict, remark)) = too_fine(reasoning.outlook.as_ref(), evidence.baseline.limit) {
        if judgement.verdict == Verdict::Undecided {
            judgement.reason = format!("{}; {verdict}", judgement.reason);
        }
        notes.push(remark);
    }
    CaseReport {
        id,
        names: Vec::new(),
        place: Place::whole(file),
        time: stats::interval(&located(case, OF_B), step).ok(),
        before: old.and_then(|old| Some(stats::interval(&located(old, 0), step).ok()?.0)),
        rates: Vec::new(),
        work: Work::default(),
        roofline: None,
        bound: None,
        evidence,
        judgement,
        rounds: case
            .rounds
            .iter()
            .map(|round| RoundReport {
                time: round.time,
                spread: round.spread,
                samples: round.samples,
                batch: case.kept.as_ref().map_or(1, |kept| kept.record.batch),
                warm: true,
                quantiles: Vec::new(),
            })
            .collect(),
        stages: Vec::new(),
        history: Vec::new(),
        compile: None,
        reasoning,
        code: case
            .kept
            .as_ref()
            .map_or_else(String::new, |kept| kept.record.code.clone()),
        notes,
    }
}

/// What a case was compared with.
fn reasoning(
    old: &SideCase,
    case: &SideCase,
    precision: Option<Precision>,
    evidence: &BaselineEvidence,
) -> Reasoning {
    let plan = Rounds {
        before: old.rounds.len(),
        first: case.rounds.len(),
        last: case.rounds.len(),
    };
    Reasoning {
        before: rounds_before(&old.rounds),
        recordings: old
            .kept
            .iter()
            .flat_map(|kept| &kept.recordings)
            .map(recording)
            .collect(),
        code: old.kept.as_ref().map(|kept| kept.record.code.clone()),
        looks: Vec::new(),
        outlook: precision.map(|known| outlook(&known, plan, evidence.change, evidence.limit)),
    }
}
