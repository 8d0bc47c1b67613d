//! What is injected, and what must be seen of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::baseline::{Baselines, CaseRecord, Recording};
use crate::cli::{MeasureArgs, SelectArgs, SelftestArgs};
use crate::exit;
use crate::kit::{CaseId, DeviceKind, Ratio};
use crate::report::CaseReport;
use crate::run::Overhead;
use crate::stats::median;
use crate::verdict::{BaselineOutcome, Policy, Verdict};

use super::super::AppError;
use super::super::assemble;
use super::super::check::measure;
use super::super::judging::Judging;
use super::super::measuring::{CaseOutcome, Watch};
use super::super::output::{Screen, count};
use super::super::ready::{Ready, Suite};
use super::super::update_baselines::record;
use super::blocks::{BLOCKS, ratios};

const SPEC: &str = include_str!("selftest.yaml");
const SHADER: &str = include_str!("selftest.wgsl");

/// Slow-downs that are injected, in percent of the kernel's work, and the limit
/// that they lie above.
struct Sizes {
    extra: [u32; 2],
    limit: Ratio,
}

/// What a GPU has to see.
const GPU: Sizes = Sizes {
    extra: [5, 20],
    limit: Ratio(0.02),
};

/// What a software adapter has to see: its times move by a quarter from
/// process to process, and what lies within that cannot be seen honestly.
const SOFTWARE: Sizes = Sizes {
    extra: [2_000, 3_000],
    limit: Ratio(0.1),
};

/// How one injection was seen.
struct Seen {
    what: String,
    outcome: Sight,
    says: String,
}

/// Whether it was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// As it should be.
    Right,
    /// The gate was blind, or cried wolf.
    Failed,
    /// Extra work that took no longer proves nothing.
    Unproven,
    /// It never came back.
    Lost,
}

/// Runs the self-test.
pub(in crate::app) fn selftest(args: &SelftestArgs, screen: &Screen) -> Result<u8, AppError> {
    let folder = tempfile::Builder::new()
        .prefix("gate-selftest-")
        .tempdir()?;
    unpack(folder.path())?;
    let select = SelectArgs {
        specs: vec![folder.path().join("specs/selftest.yaml")],
        filter: Vec::new(),
        exclude: Vec::new(),
    };
    let measuring = MeasureArgs {
        rounds: None,
        time: None,
        budget: None,
        deadline: Some(args.deadline),
        seed: args.seed,
        baselines: Some(folder.path().join("baselines")),
    };
    let mut ready = Ready::new(&select, &args.device, &measuring, screen)?;
    let Some(whole) = std::mem::take(&mut ready.suites).into_iter().next() else {
        return Err(AppError::Nothing("the self-test has no cases here".into()));
    };
    let sizes = match ready.session.facts.kind {
        DeviceKind::Cpu => SOFTWARE,
        DeviceKind::Discrete | DeviceKind::Integrated | DeviceKind::Virtual | DeviceKind::Other => {
            GPU
        }
    };
    let seen = inject(&mut ready, &whole, &sizes, screen)?;
    if super::super::interrupt::asked() {
        return Ok(exit::INTERRUPTED);
    }
    report(&seen, &ready, &sizes, whole.plan.confidence, screen)
}

/// Writes the spec and the kernel where the gate finds them.
fn unpack(folder: &Path) -> Result<(), AppError> {
    for (name, text) in [
        ("gate.toml", ""),
        ("specs/selftest.yaml", SPEC),
        ("shaders/selftest.wgsl", SHADER),
    ] {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

/// The cases of a suite whose identities are wanted, at this limit.
fn part(whole: &Suite, limit: Ratio, wanted: impl Fn(&str) -> bool) -> Suite {
    let mut plan = whole.plan.clone();
    plan.cases.retain(|case| wanted(&case.id.0));
    let (mut jobs, mut codes) = (Vec::new(), Vec::new());
    for (job, code) in whole.jobs.iter().zip(&whole.codes) {
        if wanted(&job.case.id.0) {
            let mut job = job.clone();
            job.case.limits.slowdown = limit;
            jobs.push(job);
            codes.push(code.clone());
        }
    }
    Suite {
        plan,
        jobs,
        codes,
        baselines: None,
        whole: false,
        pairing: None,
        rivalries: 0,
    }
}

fn is_plain(id: &str) -> bool {
    id.contains("/work") && id.ends_with("@extra=0")
}

fn is_slowed(id: &str, extra: u32) -> bool {
    id.contains("/work") && id.ends_with(&format!("@extra={extra}"))
}

/// Looks as a check does.
struct Looking<'a, 'b>(&'b mut Judging<'a>);

impl Watch for Looking<'_, '_> {
    fn case(&mut self, _: &[CaseOutcome]) {}

    fn round(&mut self, cases: &[CaseOutcome]) -> Vec<bool> {
        self.0.look(cases)
    }
}

/// Records the plain kernel, checks it and what was injected, and says what
/// was seen.
fn inject(
    ready: &mut Ready,
    whole: &Suite,
    sizes: &Sizes,
    screen: &Screen,
) -> Result<Vec<Seen>, AppError> {
    let known = ready.session.known();
    let (confidence, policy) = (whole.plan.confidence, Policy::default());

    let plain = part(whole, sizes.limit, is_plain);
    let mut judging = Judging::new(&plain, policy, &known.facts, confidence, 1);
    let first = measure(ready, &plain, true, screen, &mut Looking(&mut judging));
    let recorded = plain
        .jobs
        .first()
        .zip(first.cases.first())
        .and_then(|(job, outcome)| record(outcome, job.case.checks, &plain.codes[0]));
    let Some(recorded) = recorded.filter(|_| !first.interrupted) else {
        let says = first.cases.first().and_then(|case| case.losses.last());
        return Ok(vec![Seen {
            what: "the kernel as it is".into(),
            outcome: Sight::Lost,
            says: says.map_or_else(|| "not measured".into(), ToString::to_string),
        }]);
    };

    let mut checked = part(whole, sizes.limit, |id| {
        is_plain(id) || id.contains("/wrong") || sizes.extra.iter().any(|e| is_slowed(id, *e))
    });
    // Whatever was injected stands where the plain kernel stood before.
    checked.baselines = Some(baselines(ready, &checked, &recorded));
    let mut report = assemble::blank("check", ready);
    let mut judging = Judging::new(
        &checked,
        policy,
        &known.facts,
        confidence,
        checked.jobs.len(),
    );
    let measured = measure(ready, &checked, false, screen, &mut Looking(&mut judging));
    assemble::add_suite(&mut report, &judging, &measured, &known);

    let batch = Overhead::parse(&recorded.overhead).map(|overhead| (overhead, recorded.batch));
    let mut seen = Vec::new();
    for case in &report.cases {
        let id = &case.id.0;
        if is_plain(id) {
            seen.push(unchanged(case));
        } else if id.contains("/wrong") {
            seen.push(fault(case));
        } else if let Some(extra) = sizes.extra.iter().find(|extra| is_slowed(id, **extra)) {
            let slowed = checked.jobs.iter().find(|job| job.case.id == case.id);
            let found = match (plain.jobs.first(), slowed) {
                (Some(plain), Some(slowed)) => {
                    // A process of its own, after all rounds.
                    ready
                        .session
                        .worker(measured.rounds)
                        .and_then(|mut worker| ratios(&mut worker, (plain, slowed), batch))
                }
                (None, _) | (_, None) => Ok(Vec::new()),
            };
            seen.push(match found {
                Ok(ratios) => slower(case, *extra, sizes.limit, &ratios),
                Err(lost) => Seen {
                    what: format!("{extra} % more work"),
                    outcome: Sight::Lost,
                    says: lost.to_string(),
                },
            });
        }
    }
    Ok(seen)
}

/// A file of baselines in which every case has the plain kernel's rounds.
fn baselines(ready: &Ready, suite: &Suite, recorded: &CaseRecord) -> Baselines {
    let facts = ready.session.facts.clone();
    let cases: BTreeMap<CaseId, CaseRecord> = suite
        .jobs
        .iter()
        .map(|job| (job.case.id.clone(), recorded.clone()))
        .collect();
    let mut file = Baselines::new(facts.key(), suite.plan.suite.as_str());
    let recording = Recording {
        id: 0,
        time: humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string(),
        commit: None,
        reason: None,
        gate: env!("CARGO_PKG_VERSION").into(),
        facts,
        ceilings: None,
    };
    file.record(recording, cases, false);
    file
}

fn lost(case: &CaseReport) -> bool {
    matches!(case.judgement.verdict, Verdict::Lost)
}

/// What the gate said, in short.
fn said(case: &CaseReport) -> String {
    match &case.evidence.baseline.change {
        Some(change) => format!(
            "{} ({} to {})",
            change.estimate,
            change.lower(),
            change.upper()
        ),
        None => case.judgement.reason.clone(),
    }
}

fn unchanged(case: &CaseReport) -> Seen {
    let outcome = match case.judgement.verdict {
        Verdict::Pass | Verdict::Undecided => Sight::Right,
        Verdict::Lost => Sight::Lost,
        Verdict::Wrong | Verdict::Slower | Verdict::PassByRange | Verdict::Ungated => Sight::Failed,
    };
    let verb = if outcome == Sight::Right {
        "not called slower"
    } else {
        "called what it is not"
    };
    Seen {
        what: "the same kernel again".into(),
        outcome,
        says: format!("{verb}: {}", said(case)),
    }
}

fn fault(case: &CaseReport) -> Seen {
    let outcome = match case.judgement.verdict {
        Verdict::Wrong => Sight::Right,
        Verdict::Lost => Sight::Lost,
        Verdict::Slower
        | Verdict::Undecided
        | Verdict::Pass
        | Verdict::PassByRange
        | Verdict::Ungated => Sight::Failed,
    };
    let what = if case.id.0.ends_with("fault=1") {
        "one wrong value"
    } else {
        "one element never written"
    };
    Seen {
        what: what.into(),
        outcome,
        says: case.judgement.reason.clone(),
    }
}

/// A slow-down that has to be real, beyond the limit, and called so.
fn slower(case: &CaseReport, extra: u32, limit: Ratio, ratios: &[f64]) -> Seen {
    let above = ratios
        .iter()
        .filter(|ratio| **ratio > 1.0 + limit.0)
        .count();
    let real = median(ratios).map_or_else(
        || "nothing".to_owned(),
        |middle| {
            let longer = Ratio(middle - 1.0).to_string();
            longer.trim_start_matches('+').to_owned()
        },
    );
    let proven = format!("takes {real} longer, beyond the limit in {above} of {BLOCKS} blocks");
    let called = case.evidence.baseline.outcome == BaselineOutcome::Slower
        && case.judgement.verdict == Verdict::Slower;
    let (outcome, says) = if lost(case) {
        (Sight::Lost, case.judgement.reason.clone())
    } else if above < BLOCKS {
        (
            Sight::Unproven,
            format!("{proven}: too little to prove anything; is this machine busy?"),
        )
    } else if called {
        (
            Sight::Right,
            format!("{proven}; called slower: {}", said(case)),
        )
    } else {
        (
            Sight::Failed,
            format!("{proven}; and not called slower: {}", said(case)),
        )
    };
    Seen {
        what: format!("{extra} % more work"),
        outcome,
        says,
    }
}

fn report(
    seen: &[Seen],
    ready: &Ready,
    sizes: &Sizes,
    confidence: f64,
    screen: &Screen,
) -> Result<u8, AppError> {
    let has = |wanted: Sight| seen.iter().any(|one| one.outcome == wanted);
    let (code, sentence) = if has(Sight::Failed) {
        (exit::FAILED, "this gate cannot be trusted on this machine")
    } else if has(Sight::Lost) {
        (exit::LOST, "the device was lost before all was tried")
    } else if has(Sight::Unproven) {
        (
            exit::UNDECIDED,
            "extra work did not take longer for sure, so nothing was proven",
        )
    } else {
        (exit::PASS, "this gate can fail on this machine")
    };
    let mut text = format!(
        "{}: slow-downs beyond a limit of {}, at {} confidence\n\n",
        ready.session.facts.adapter,
        sizes.limit.to_string().trim_start_matches('+'),
        Ratio(confidence).to_string().trim_start_matches('+'),
    );
    for one in seen {
        let sign = match one.outcome {
            Sight::Right => '✓',
            Sight::Failed | Sight::Lost => '✗',
            Sight::Unproven => '?',
        };
        text.push_str(&format!("{sign} {:<26} {}\n", one.what, one.says));
    }
    let right = seen
        .iter()
        .filter(|one| one.outcome == Sight::Right)
        .count();
    text.push_str(&format!(
        "\n{right} of {} as they should be: {sentence}: exit {code}\n",
        count(seen.len(), "trial")
    ));
    screen.print(&text)?;
    Ok(code)
}
