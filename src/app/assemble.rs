//! From measurements to evidence, from evidence to the report's rows.

use crate::kit::{CaseId, Ceilings, Correctness, LeftOut, Nanos, Ratio, Work};
use crate::plan::{Buffer, BufferRole, Case};
use crate::report::{CaseReport, LeftOutReport, QUANTILES, Rate, Report, RoundReport};
use crate::stats::{self, Located};
use crate::verdict::{BaselineEvidence, BaselineOutcome, Environment, Evidence, Judgement, Policy};

use super::judging::Judging;
use super::measuring::{CaseOutcome, Outcome};
use super::physics::{applicable, plausible, resident};
use super::ready::Ready;
use super::reasoning::judged;
use super::session::Known;
use super::stages::stages;

/// Version of the report's format.
pub(super) const FORMAT: u32 = 1;

/// A case is bound by its launch, and a roofline would say nothing, where an
/// empty dispatch takes this share of its time.
const LAUNCH_SHARE: f64 = 0.5;

/// A report of a run that has measured nothing yet.
pub(super) fn blank(command: &str, ready: &Ready) -> Report {
    let facts = &ready.session.facts;
    let mut classes: Vec<String> = Vec::new();
    for suite in &ready.suites {
        for class in suite.classes(facts) {
            if !classes.contains(&class.name.value) {
                classes.push(class.name.value.clone());
            }
        }
    }
    Report {
        format: FORMAT,
        gate: env!("CARGO_PKG_VERSION").into(),
        command: command.into(),
        suites: ready
            .suites
            .iter()
            .map(|suite| suite.plan.suite.clone())
            .collect(),
        device: facts.clone(),
        classes,
        ceilings: ready.session.ceilings,
        confidence: ready.confidence(),
        seed: ready.seed,
        rounds: 0,
        elapsed: ready.setup,
        busy: Nanos(0.0),
        cases: Vec::new(),
        left_out: Vec::new(),
        filtered: ready.suites.iter().map(|suite| suite.plan.filtered).sum(),
        notes: ready.notes.clone(),
        against: None,
        part: None,
        interrupted: false,
        unmeasured: ready.suites.iter().map(|suite| suite.jobs.len()).sum(),
        exit: 0,
    }
}

/// Adds what one suite gave to the report.
pub(super) fn add_suite(
    report: &mut Report,
    judging: &Judging<'_>,
    outcome: &Outcome,
    known: &Known,
) {
    let suite = judging.suite;
    add_cases(report, judging, &outcome.cases, outcome.interrupted, known);
    for (id, why) in &suite.plan.left_out {
        report.left_out.push(LeftOutReport {
            id: id.clone(),
            why: why.clone(),
            reason: why.to_string(),
        });
    }
    report.elapsed = report.elapsed + outcome.elapsed;
    report.busy = report.busy + outcome.busy;
    report.rounds = report.rounds.max(outcome.rounds);
    report.interrupted |= outcome.interrupted;
    if outcome.out_of_budget {
        report.notes.push(format!(
            "suite {}: the budget of {} ended it before every case had its rounds; `limits.budget` or --budget gives more",
            suite.plan.suite, suite.plan.budget
        ));
    }
}

/// Adds the cases that a suite's baseline has and its spec gives no more: what
/// was gated once does not vanish without a word.
pub(super) fn add_unplanned(report: &mut Report, gone: Vec<CaseId>) {
    let why = LeftOut::Unplanned;
    let reason = why.to_string();
    let gone = gone.into_iter();
    report.left_out.extend(gone.map(|id| LeftOutReport {
        id,
        why: why.clone(),
        reason: reason.clone(),
    }));
}

/// Adds the cases of one suite; of one that was interrupted, those that were
/// begun.
fn add_cases(
    report: &mut Report,
    judging: &Judging<'_>,
    cases: &[CaseOutcome],
    interrupted: bool,
    known: &Known,
) {
    let suite = judging.suite;
    let before = report.cases.len();
    let mut begun = 0;
    for (index, case) in cases.iter().enumerate() {
        if interrupted
            && !case.checked_form_failed
            && case.rounds.is_empty()
            && case.correctness.is_none()
        {
            continue;
        }
        begun += 1;
        if case.checked_form_failed {
            let why = LeftOut::CheckedFormFailed;
            report.left_out.push(LeftOutReport {
                id: suite.jobs[index].case.id.clone(),
                reason: why.to_string(),
                why,
            });
            continue;
        }
        report.cases.push(row(judging, index, case, known));
    }
    report.unmeasured = report.unmeasured.saturating_sub(begun);
    let environment = judging.environment();
    for case in &mut report.cases[before..] {
        case.evidence.environment = environment.clone();
    }
}

/// The report of a run that is still going on: what is finished of this suite,
/// after those before it. It counts as interrupted until the run ends.
pub(super) fn partial(
    report: &Report,
    judging: &Judging<'_>,
    cases: &[CaseOutcome],
    known: &Known,
) -> Report {
    let mut report = unfinished(report);
    add_cases(&mut report, judging, cases, true, known);
    let rounds = cases.iter().map(|case| case.rounds.len()).max();
    let rounds = rounds.map_or(0, |most| u32::try_from(most).unwrap_or(u32::MAX));
    report.rounds = report.rounds.max(rounds);
    report
}

/// A report as it stands, of a run that has not ended.
pub(super) fn unfinished(report: &Report) -> Report {
    Report {
        interrupted: true,
        exit: crate::exit::INTERRUPTED,
        ..report.clone()
    }
}

/// One case as a row of the report.
fn row(judging: &Judging<'_>, index: usize, outcome: &CaseOutcome, known: &Known) -> CaseReport {
    let job = &judging.suite.jobs[index];
    let case = &job.case;
    let time = time_of(outcome);
    let ceilings = known.ceilings.as_ref().map(|all| applicable(all, job));
    let cache = job.cache;
    let evidence = evidence(judging, index, outcome, known, time, ceilings.as_ref());
    let reasoning = judging.reasoning(index, &evidence);
    let (judgement, remark) = judged(&evidence, &reasoning, &judging.policy);
    let mut remarks = notes(outcome, &job.case);
    remarks.extend(remark);
    let before = judging.pairs.as_ref().and_then(|pairs| pairs.before(index));
    let (stages, gone) = stages(case, outcome, before);
    remarks.extend(gone);
    let (roofline, bound) = roofline(case, time, ceilings.as_ref(), cache);
    CaseReport {
        id: case.id.clone(),
        names: case.names.clone(),
        place: case.place.clone(),
        rates: rates(case, time, ceilings.as_ref()),
        time,
        work: case.work,
        roofline,
        bound,
        evidence,
        judgement,
        rounds: outcome
            .rounds
            .iter()
            .map(|round| RoundReport {
                time: round.summary.location,
                spread: round.summary.spread,
                samples: round.summary.samples,
                batch: round.raw.batch,
                warm: round.raw.warm,
                quantiles: stats::quantiles(&round.raw.samples, &QUANTILES)
                    .into_iter()
                    .map(Nanos)
                    .collect(),
            })
            .collect(),
        stages,
        history: Vec::new(),
        before: judging.typical(index, outcome),
        compile: outcome.compile,
        code: judging.suite.codes[index].clone(),
        reasoning,
        notes: remarks,
    }
}

/// Location over the rounds with its interval; none without times.
pub(super) fn time_of(outcome: &CaseOutcome) -> Option<(Nanos, Nanos, Nanos)> {
    let first = outcome.rounds.first()?;
    let located: Vec<Located> = outcome
        .rounds
        .iter()
        .map(|round| Located {
            recording: 0,
            location: round.summary.location,
        })
        .collect();
    stats::interval(&located, first.tick()).ok()
}

/// All evidence of one case.
fn evidence(
    judging: &Judging<'_>,
    index: usize,
    outcome: &CaseOutcome,
    known: &Known,
    time: Option<(Nanos, Nanos, Nanos)>,
    ceilings: Option<&Ceilings>,
) -> Evidence {
    let job = &judging.suite.jobs[index];
    let case = &job.case;
    let plausibility = plausible(job, time, ceilings, known);
    let classes: Vec<String> = judging
        .suite
        .classes(&known.facts)
        .iter()
        .map(|class| class.name.value.clone())
        .collect();
    let expected: Vec<_> = case
        .expected
        .iter()
        .map(|expected| {
            (
                expected.class.as_str(),
                &expected.expectation,
                &expected.place,
            )
        })
        .collect();
    // Verified is all that such a case is meant to be.
    let only_verified = outcome.correctness.is_some()
        && judging
            .suite
            .pairing
            .as_ref()
            .is_some_and(|pairing| pairing.partners[index].is_only_verified());
    Evidence {
        correctness: outcome.correctness.clone().unwrap_or(Correctness::Unknown),
        plausibility,
        ranges: time.map_or_else(Vec::new, |time| {
            crate::verdict::ranges(&expected, &classes, time, &case.work)
        }),
        baseline: judging.baseline(index),
        paired: judging
            .pairs
            .as_ref()
            .map(|pairs| pairs.evidence(index, outcome)),
        environment: Environment::Steady,
        lost: if outcome.is_lost() || (outcome.rounds.is_empty() && !only_verified) {
            outcome.losses.last().cloned()
        } else {
            None
        },
    }
}

/// Percent of the roofline, and what the roofline is made of.
fn roofline(
    case: &Case,
    time: Option<(Nanos, Nanos, Nanos)>,
    ceilings: Option<&Ceilings>,
    cache: Option<u64>,
) -> (Option<Ratio>, Option<String>) {
    let (Some((time, _, _)), Some(ceilings)) = (time, ceilings) else {
        return (None, None);
    };
    let Some(least) = ceilings.roofline(&case.work) else {
        return (None, None);
    };
    let launches = ceilings.launch * case.stages.len() as f64;
    if launches.0 >= LAUNCH_SHARE * time.0 {
        return (None, Some("launch".into()));
    }
    let share = Some(Ratio(least.0 / time.0));
    let bound = if computes(&case.work, ceilings) {
        "compute"
    } else if resident(case, cache) {
        "cache"
    } else {
        "memory"
    };
    (share, Some(bound.into()))
}

/// Whether arithmetic, and not memory, is what binds this work.
fn computes(work: &Work, ceilings: &Ceilings) -> bool {
    let least = |side: Option<Nanos>| side.map_or(0.0, |time| time.0);
    least(ceilings.computing(work.flops)) >= least(ceilings.moving(work.bytes))
}

/// Rates, the one that the case is about first: tokens where a range speaks
/// of them, else the side of the roofline that binds it.
fn rates(
    case: &Case,
    time: Option<(Nanos, Nanos, Nanos)>,
    ceilings: Option<&Ceilings>,
) -> Vec<Rate> {
    let Some((time, _, _)) = time else {
        return Vec::new();
    };
    let per_second = |amount: Option<f64>, scale: f64, unit: &str| {
        amount.map(|amount| Rate {
            unit: unit.into(),
            value: amount / time.seconds() / scale,
        })
    };
    let flops = per_second(case.work.flops, 1e9, "GFLOP/s");
    let bytes = per_second(case.work.bytes, 1e9, "GB/s");
    let tokens = per_second(case.work.tokens, 1.0, "tokens/s");
    let about_tokens = case
        .expected
        .iter()
        .any(|expected| expected.expectation.tokens_per_second.is_some());
    let compute = ceilings.is_some_and(|ceilings| computes(&case.work, ceilings));
    let ordered = match (about_tokens, compute) {
        (true, _) => [tokens, flops, bytes],
        (false, true) => [flops, bytes, tokens],
        (false, false) => [bytes, flops, tokens],
    };
    ordered.into_iter().flatten().collect()
}

/// A buffer that carries what one run leaves in it into the next.
fn accumulated(case: &Case) -> Option<&Buffer> {
    let reset = |index| case.stages.iter().any(|stage| stage.reset.contains(&index));
    case.buffers
        .iter()
        .enumerate()
        .find(|(index, buffer)| buffer.role == BufferRole::Inout && !reset(*index))
        .map(|(_, buffer)| buffer)
}

/// Remarks on one case.
fn notes(outcome: &CaseOutcome, case: &Case) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(Correctness::Right {
        repeatable,
        by_wgsl,
    }) = outcome.correctness
    {
        if !repeatable {
            notes.push("two runs differ within the tolerance: not deterministic".into());
        }
        if by_wgsl {
            let rounded = case
                .buffers
                .iter()
                .any(|buffer| buffer.role != BufferRole::Input && buffer.element.scalar.is_float());
            notes.push(if rounded {
                "compared with a reference in WGSL, and not in f64".into()
            } else {
                "compared with a reference in WGSL".into()
            });
        }
    }
    if let Some(buffer) = accumulated(case) {
        notes.push(format!(
            "`{}` carries on from run to run, as `reset` says: the first two runs and one after \
             the timed ones are verified, those between are not",
            buffer.name
        ));
    }
    let warm = outcome.rounds.iter().filter(|round| round.raw.warm).count();
    if warm < outcome.rounds.len() {
        notes.push(format!(
            "warm-up ended by its cap in {} of {} rounds",
            outcome.rounds.len() - warm,
            outcome.rounds.len()
        ));
    }
    if outcome.slow_clock > 0 {
        notes.push(format!(
            "measured again {} times: the device clocked lower than in other rounds",
            outcome.slow_clock
        ));
    }
    if let Some(loss) = outcome.losses.first()
        && !outcome.is_lost()
        && !outcome.rounds.is_empty()
    {
        notes.push(format!("lost once and measured again ({loss})"));
    }
    notes
}

/// The judgements of a report.
pub(super) fn judgements(report: &Report) -> Vec<Judgement> {
    report
        .cases
        .iter()
        .map(|case| case.judgement.clone())
        .collect()
}

/// A baseline's line where there is none to compare with.
pub(super) fn no_baseline(limit: Ratio) -> BaselineEvidence {
    BaselineEvidence {
        outcome: BaselineOutcome::None,
        change: None,
        limit,
        labels: Vec::new(),
    }
}

/// A policy under which nothing fails but what is wrong or lost: for the
/// commands that measure and do not judge.
pub(super) fn lenient() -> Policy {
    Policy {
        allow_undecided: true,
        allow_ungated: true,
        allow_lost: false,
        require_baseline: false,
        fail_on_faster: false,
        timing: crate::verdict::Timing::Advisory,
    }
}

/// Identities of a report's cases that have one of these verdicts.
pub(super) fn with_verdict(report: &Report, wanted: crate::verdict::Verdict) -> Vec<CaseId> {
    report
        .cases
        .iter()
        .filter(|case| case.judgement.verdict == wanted)
        .map(|case| case.id.clone())
        .collect()
}
