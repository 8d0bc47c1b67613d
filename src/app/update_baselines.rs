//! `gate update-baselines`: measure the most rounds that the limits allow,
//! show old beside new, and store them, whole or not at all.

use std::collections::BTreeMap;
use std::process::Command;

use crate::baseline::{Baselines, CaseRecord, Recorded, Recording, RoundRecord, StoreError};
use crate::cli::UpdateArgs;
use crate::exit;
use crate::kit::CaseId;
use crate::report::Report;
use crate::verdict::{Timing, Verdict, outcome};

use super::AppError;
use super::assemble::{self, lenient};
use super::check::{finish, measure};
use super::config;
use super::done::Done;
use super::every_device::{self, Asked};
use super::judging::Judging;
use super::measuring::{CaseOutcome, Outcome};
use super::output::{Screen, count};
use super::ready::{Ready, Scope, Suite};
use super::reports::Reports;

/// Measures what the arguments select and stores it.
pub(super) fn update(args: &UpdateArgs, screen: &Screen) -> Result<u8, AppError> {
    if args.print_config {
        return config::print_update(args, screen);
    }
    let asked = Asked {
        device: &args.device,
        report: &args.report,
        format: &args.format,
        samples: None,
        // Two of a kind would write the same file.
        once_a_baseline: true,
    };
    every_device::run(&asked, screen, &|on, reports, screen| {
        let args = UpdateArgs {
            device: on.device.clone(),
            ..args.clone()
        };
        updated(&args, reports, screen)
    })
}

/// Measures on one device and stores it.
fn updated(args: &UpdateArgs, reports: &mut Reports, screen: &Screen) -> Result<Done, AppError> {
    let scope = Scope {
        writes: true,
        ..Scope::default()
    };
    let mut ready = Ready::within(&args.select, &args.device, &args.measure, scope, screen)?;
    let timing = config::timing(args.timing, &ready.defaults);
    let (confidence, cases) = (ready.confidence(), ready.cases());
    let mut report = assemble::blank("update-baselines", &ready);
    reports.begin(&report, &ready.inputs)?;
    let known = ready.session.known();
    let suites = std::mem::take(&mut ready.suites);
    let mut measured = Vec::with_capacity(suites.len());
    let mut unexplained = Vec::new();
    for suite in &suites {
        let mut judging = Judging::new(suite, lenient(), &known.facts, confidence, cases);
        let mut watch = reports.watch(&report, &mut judging, &known);
        let outcome = measure(&mut ready, suite, true, screen, &mut watch);
        let gates = config::policy_of(timing, suite.timing(&known.facts)) == Timing::Gate;
        if gates && args.reason.is_none() {
            let slower = judging.slower().into_iter();
            unexplained.extend(slower.map(|at| suite.jobs[at].case.id.clone()));
        }
        assemble::add_suite(&mut report, &judging, &outcome, &known);
        measured.push((suite, outcome));
    }
    ask_for_reason(&mut report, &unexplained);
    let code = outcome(&assemble::judgements(&report));
    finish(&mut report, code);
    let mut unwritten = None;
    if report.exit == exit::PASS {
        unwritten = store_all(args, &ready, &measured, &mut report.notes).err();
    } else {
        report.notes.push(refusal(&report));
    }
    Ok(Done {
        unwritten,
        ..Done::new(report)
    })
}

/// Stores every suite, and the ceilings beside them; stops at the first that
/// cannot be written. Remarks tell what was.
fn store_all(
    args: &UpdateArgs,
    ready: &Ready,
    measured: &[(&Suite, Outcome)],
    notes: &mut Vec<String>,
) -> Result<(), AppError> {
    let records: Vec<(&Suite, Records)> = measured
        .iter()
        .map(|(suite, outcome)| (*suite, records(suite, &outcome.cases)))
        .filter(|(_, records)| !records.is_empty())
        .collect();
    // All of them before the first is written; each again under its lock.
    for (suite, records) in &records {
        let name = &suite.plan.suite;
        let now = ready.store.load(&ready.session.facts.key(), name)?;
        not_overtaken(args, ready, suite, now.as_ref(), records)?;
    }
    for (suite, records) in records {
        notes.extend(store(args, ready, suite, records)?);
    }
    if let Some(ceilings) = &ready.session.ceilings {
        ready.store.save_ceilings(&ready.session.facts, ceilings)?;
    }
    Ok(())
}

/// A slowdown is accepted by someone who says why: without that these cases
/// fail the update.
fn ask_for_reason(report: &mut Report, unexplained: &[CaseId]) {
    for case in &mut report.cases {
        // What is wrong or lost fails for that.
        let on_times = !matches!(case.judgement.verdict, Verdict::Wrong | Verdict::Lost);
        if on_times && unexplained.contains(&case.id) {
            case.judgement.verdict = Verdict::Slower;
            case.judgement.fails = true;
            case.judgement.advisory = false;
        }
    }
}

/// Why nothing was written.
fn refusal(report: &Report) -> String {
    let list = |ids: Vec<CaseId>| {
        ids.iter()
            .map(|id| format!("`{id}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let wrong = assemble::with_verdict(report, Verdict::Wrong);
    let lost = assemble::with_verdict(report, Verdict::Lost);
    if report.interrupted {
        "interrupted: no baseline was written".into()
    } else if !wrong.is_empty() {
        format!(
            "no baseline was written: wrong outputs are not recorded ({})",
            list(wrong)
        )
    } else if !lost.is_empty() {
        format!(
            "no baseline was written: lost cases are not recorded ({}); --exclude leaves them out",
            list(lost)
        )
    } else if report.exit == exit::SLOWER {
        let slower = report
            .cases
            .iter()
            .filter(|case| case.judgement.fails && case.judgement.verdict == Verdict::Slower);
        format!(
            "no baseline was written: slower than the stored one allows ({}); if that is meant, `--reason TEXT` accepts it, and is stored",
            list(slower.map(|case| case.id.clone()).collect())
        )
    } else if report.cases.iter().any(|case| case.rounds.is_empty()) {
        "no baseline was written: the budget ended before every case had its turn; `limits.budget` or --budget gives more".into()
    } else {
        "no baseline was written: nothing was measured".into()
    }
}

/// What a recording has of each case.
type Records = BTreeMap<CaseId, CaseRecord>;

/// The cases of a suite that were timed, as they are stored.
fn records(suite: &Suite, outcomes: &[CaseOutcome]) -> Records {
    suite
        .jobs
        .iter()
        .zip(outcomes)
        .zip(&suite.codes)
        .filter_map(|((job, outcome), code)| {
            record(outcome, job.case.checks, code).map(|record| (job.case.id.clone(), record))
        })
        .collect()
}

/// Whether none of these cases was recorded by another update since this one
/// read the file: it judged by other rounds than those that it would put away.
fn not_overtaken(
    args: &UpdateArgs,
    ready: &Ready,
    suite: &Suite,
    now: Option<&Baselines>,
    records: &Records,
) -> Result<(), StoreError> {
    let overtaken = now.map_or_else(Vec::new, |now| {
        now.overtaken(suite.baselines.as_ref(), records, args.append)
    });
    if overtaken.is_empty() {
        return Ok(());
    }
    let key = ready.session.facts.key();
    Err(StoreError::Overtaken {
        path: ready.store.path(&key, &suite.plan.suite),
        cases: overtaken,
    })
}

/// Stores one suite; gives remarks for the report.
fn store(
    args: &UpdateArgs,
    ready: &Ready,
    suite: &Suite,
    cases: Records,
) -> Result<Vec<String>, AppError> {
    let recording = Recording {
        id: 0,
        time: humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string(),
        commit: commit(&suite.plan.root),
        reason: args.reason.clone(),
        gate: env!("CARGO_PKG_VERSION").into(),
        facts: ready.session.facts.clone(),
        ceilings: ready.session.ceilings,
    };
    let written = cases.len();
    let mut told = Recorded::default();
    let mut others = 0;
    let key = ready.session.facts.key();
    let path = ready
        .store
        .update(&key, &suite.plan.suite, |old| -> Result<_, StoreError> {
            not_overtaken(args, ready, suite, old.as_ref(), &cases)?;
            others = old.as_ref().map_or(0, |old| {
                let since = old.recorded_since(suite.baselines.as_ref());
                since.filter(|id| !cases.contains_key(*id)).count()
            });
            let mut baselines =
                old.unwrap_or_else(|| Baselines::new(key.clone(), suite.plan.suite.as_str()));
            told = baselines.record(recording, cases, args.append);
            Ok(baselines)
        })?;
    let mut notes: Vec<String> = told
        .not_appended
        .iter()
        .map(|(id, why)| format!("`{id}`: its old rounds were replaced, not joined: {why}"))
        .collect();
    notes.push(format!(
        "{} written to {} ({} new, {} kept as they were)",
        count(written, "case"),
        path.display(),
        told.added.len(),
        told.kept
    ));
    if others > 0 {
        notes.push(format!(
            "{} of them by another update, while this one measured",
            count(others, "case")
        ));
    }
    Ok(notes)
}

/// What is stored of one case; none where it was not timed.
pub(super) fn record(
    outcome: &CaseOutcome,
    checks: crate::kit::Checks,
    code: &str,
) -> Option<CaseRecord> {
    let first = &outcome.rounds.first()?.raw;
    Some(CaseRecord {
        method: first.method,
        overhead: first.overhead.name().to_owned(),
        checks,
        batch: first.batch,
        code: code.to_owned(),
        rounds: outcome
            .rounds
            .iter()
            .map(|round| RoundRecord {
                recording: 0,
                time: round.summary.location,
                spread: round.summary.spread,
                samples: round.summary.samples,
            })
            .collect(),
    })
}

/// The commit that stands in the project's folder, marked where the tree
/// differs from it; none outside a repository or without git.
fn commit(root: &std::path::Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(arguments)
            .output()
            .ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let head = git(&["rev-parse", "--short=12", "HEAD"])?;
    let dirty = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if dirty.is_empty() {
        head
    } else {
        format!("{head}-dirty")
    })
}
