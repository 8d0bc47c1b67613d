//! `gate merge`: the reports of all parts of a plan, judged as one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cli::MergeArgs;
use crate::kit::CaseId;
use crate::report::{CaseReport, Compared, Part, Report};
use crate::stats::{CaseRounds, Decision, Design, Located, compare, decide};
use crate::verdict::{BaselineEvidence, BaselineOutcome, Policy, judge, outcome};

use super::AppError;
use super::assemble;
use super::judging::{THIS_RUN, environment};
use super::output::Screen;
use super::partition::{is_in, note};
use super::reports::Reports;

/// A part as it was read.
struct Read {
    path: PathBuf,
    report: Report,
    part: Part,
}

/// Merges reports and judges their cases again, from all rounds.
pub(super) fn merge(args: &MergeArgs, screen: &Screen) -> Result<u8, AppError> {
    let reports = Reports::asked(&args.report, &args.format)?;
    let mut parts = Vec::with_capacity(args.parts.len());
    for path in &args.parts {
        parts.push(read(path)?);
    }
    parts.sort_by_key(|read| read.part.part);
    belong_together(&parts)?;
    let mut report = joined(parts)?;
    let code = outcome(&assemble::judgements(&report));
    report.exit = code;
    reports.finish(&report, screen)
}

fn read(path: &Path) -> Result<Read, AppError> {
    let wrong = |what: String| AppError::Usage(format!("{}: {what}", path.display()));
    let cure = "give the JSON reports of `gate check --partition hash:K/N --report json=FILE`";
    let text = std::fs::read(path).map_err(|error| wrong(format!("{error}; {cure}")))?;
    let mut report: Report = serde_json::from_slice(&text)
        .map_err(|error| wrong(format!("is no report: {error}; {cure}")))?;
    if report.gate != env!("CARGO_PKG_VERSION") {
        return Err(wrong(format!(
            "was written by gate {}, and this is {}; merge with the gate that measured",
            report.gate,
            env!("CARGO_PKG_VERSION")
        )));
    }
    let Some(part) = report.part.take() else {
        return Err(wrong(format!("is of a whole plan and no part; {cure}")));
    };
    if report.interrupted {
        return Err(wrong(
            "is of a part that was interrupted; measure that part again".into(),
        ));
    }
    if part.part == 0 || part.part > part.of {
        return Err(wrong(format!(
            "there is no part {} of {}",
            part.part, part.of
        )));
    }
    report.notes.retain(|known| *known != note(&part));
    for entry in &part.entries {
        if !is_in(&entry.id, part.part, part.of) {
            return Err(wrong(format!(
                "`{}` is no case of part {} of {}",
                entry.id, part.part, part.of
            )));
        }
    }
    Ok(Read {
        path: path.to_owned(),
        report,
        part,
    })
}

/// Whether these are all parts of one plan, each once.
fn belong_together(parts: &[Read]) -> Result<(), AppError> {
    let usage = |text: String| Err(AppError::Usage(text));
    let Some(first) = parts.first() else {
        return usage("there is no report to merge".into());
    };
    for other in parts {
        if (&other.part.plan, other.part.of, other.part.cases)
            != (&first.part.plan, first.part.of, first.part.cases)
        {
            return usage(format!(
                "{}: is a part of another plan than {}: their specs, shaders, baselines, limits, \
                 flags or devices differ",
                other.path.display(),
                first.path.display()
            ));
        }
    }
    for pair in parts.windows(2) {
        if let [one, two] = pair
            && one.part.part == two.part.part
        {
            return usage(format!(
                "part {} of {} is there twice: {} and {}",
                one.part.part,
                one.part.of,
                one.path.display(),
                two.path.display()
            ));
        }
    }
    let missing: Vec<String> = (1..=first.part.of)
        .filter(|part| !parts.iter().any(|read| read.part.part == *part))
        .map(|part| part.to_string())
        .collect();
    if !missing.is_empty() {
        return usage(format!(
            "of {} parts these are missing: {}",
            first.part.of,
            missing.join(", ")
        ));
    }
    Ok(())
}

/// One report of all parts, every case judged again.
fn joined(parts: Vec<Read>) -> Result<Report, AppError> {
    let mut compared: BTreeMap<CaseId, (usize, Option<Compared>)> = BTreeMap::new();
    let mut policies: BTreeMap<String, Policy> = BTreeMap::new();
    let mut whole: Option<Report> = None;
    let mut planned = 0;
    for read in parts {
        planned = read.part.cases;
        for entry in read.part.entries {
            compared.insert(entry.id, (entry.position, entry.compared));
        }
        for one in read.part.policies {
            policies.insert(one.suite, one.policy);
        }
        match &mut whole {
            None => whole = Some(read.report),
            Some(whole) => add(whole, read.report),
        }
    }
    let Some(mut report) = whole else {
        return Err(AppError::Usage("there is no report to merge".into()));
    };
    let reported = report.cases.iter().map(|case| &case.id);
    let left_out = report.left_out.iter().map(|one| &one.id);
    let told = reported
        .chain(left_out)
        .filter(|id| compared.contains_key(*id))
        .count();
    if compared.len() != planned || told != planned {
        return Err(AppError::Usage(format!(
            "the plan has {planned} cases, and the parts tell of {}; measure the parts again",
            told.min(compared.len())
        )));
    }
    let position = |id: &CaseId| {
        compared
            .get(id)
            .map_or(usize::MAX, |(position, _)| *position)
    };
    report.cases.sort_by_key(|case| position(&case.id));
    report.left_out.sort_by(|a, b| a.id.cmp(&b.id));
    let design = Design {
        confidence: report.confidence,
        cases: planned,
    };
    let other = |id: &CaseId| compared.get(id).and_then(|(_, other)| other.as_ref());
    compare_all(&mut report.cases, &other, &design);
    for suite in report.suites.clone() {
        let of_suite = |case: &&CaseReport| case.id.suite() == suite;
        let found = environment(report.cases.iter().filter(of_suite).map(|case| {
            let same = other(&case.id).is_some_and(|other| other.same_code);
            (&case.evidence.baseline, same)
        }));
        for case in &mut report.cases {
            if case.id.suite() == suite {
                case.evidence.environment = found.clone();
            }
        }
    }
    for case in &mut report.cases {
        let policy = policies.get(case.id.suite()).copied().unwrap_or_default();
        case.judgement = judge(&case.evidence, &policy);
    }
    Ok(report)
}

/// Adds the report of another part.
fn add(whole: &mut Report, part: Report) {
    if (
        &whole.device.driver,
        &whole.device.driver_info,
        &whole.device.wgpu,
    ) != (
        &part.device.driver,
        &part.device.driver_info,
        &part.device.wgpu,
    ) {
        whole.notes.push(format!(
            "parts were measured under different drivers: {} {} and {} {}",
            whole.device.driver,
            whole.device.driver_info,
            part.device.driver,
            part.device.driver_info
        ));
    }
    whole.cases.extend(part.cases);
    whole.left_out.extend(part.left_out);
    whole.rounds = whole.rounds.max(part.rounds);
    whole.elapsed = whole.elapsed + part.elapsed;
    whole.busy = whole.busy + part.busy;
    for note in part.notes {
        if !whole.notes.contains(&note) {
            whole.notes.push(note);
        }
    }
}

/// Compares all cases at once: the spread of each is moderated by all, and the
/// confidence is that of the whole plan. A doubt that a part had is settled
/// only by this; a claim that it made stands only if this makes it too.
fn compare_all<'a>(
    cases: &mut [CaseReport],
    other: &dyn Fn(&CaseId) -> Option<&'a Compared>,
    design: &Design,
) {
    let mut indices = Vec::new();
    let mut rounds = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let Some(compared) = other(&case.id) else {
            continue;
        };
        if case.rounds.is_empty() {
            continue;
        }
        indices.push(index);
        rounds.push(CaseRounds {
            before: compared.before.clone(),
            now: case
                .rounds
                .iter()
                .map(|round| Located {
                    recording: THIS_RUN,
                    location: round.time,
                })
                .collect(),
            tick: compared.tick,
            planned: compared.planned,
        });
    }
    let changes = compare(&rounds, design);
    for ((index, rounds), change) in indices.into_iter().zip(&rounds).zip(changes) {
        let baseline = &mut cases[index].evidence.baseline;
        let enough = rounds.now.len() >= rounds.planned.0;
        let outcome = match &change {
            Ok(change) if enough => match decide(change, baseline.limit) {
                Decision::Pass => BaselineOutcome::Pass,
                Decision::Slower => BaselineOutcome::Slower,
                Decision::Faster => BaselineOutcome::Faster,
                Decision::Continue => BaselineOutcome::Undecided,
            },
            Ok(_) | Err(_) => BaselineOutcome::Undecided,
        };
        *baseline = BaselineEvidence {
            outcome,
            change: change.ok().filter(|_| enough),
            limit: baseline.limit,
            labels: std::mem::take(&mut baseline.labels),
        };
    }
}
