//! `gate calibrate`: a suite against itself, on this machine: how far processes
//! lie apart, what that can show, how often it would have alarmed, and which
//! limits it can honour.

use std::collections::BTreeMap;
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use crate::cli::{CalibrateArgs, Format, MeasureArgs};
use crate::kit::{CaseId, Nanos, Ratio};
use crate::plan::CaseLimits;
use crate::report::{Report, summary};
use crate::stats::{
    CaseRounds, Design, Located, Precision, Replayed, Rounds, Share, Unchanged, precision, replay,
};
use crate::verdict::{Verdict, outcome};

use super::AppError;
use super::assemble::{self, lenient};
use super::check::{finish, measure};
use super::judging::Judging;
use super::measuring::{CaseOutcome, Watch};
use super::output::{Screen, count};
use super::project::{Project, is_there};
use super::ready::{Ready, Suite};

/// Version of the form for programs.
const FORMAT: u32 = 1;

/// Rounds that are measured, unless a flag says otherwise.
const ROUNDS: u32 = 20;

/// Rounds of a case below which nothing is said of it.
const FEWEST_ROUNDS: usize = 4;

/// Wall time of a suite, unless a flag says otherwise.
const BUDGET: Duration = Duration::from_secs(600);

/// The most rounds that are recommended.
const MOST_ROUNDS: usize = 50;

/// What one suite was found to be like.
#[derive(Debug, Serialize)]
struct Calibration {
    format: u32,
    suite: String,
    confidence: f64,
    /// Rounds that were measured.
    rounds: u32,
    cases: Vec<CalibratedCase>,
    /// Replays of the measured rounds; none where there were too few.
    replays: Option<Replays>,
    recommended: Recommended,
    notes: Vec<String>,
}

/// One case.
#[derive(Debug, Serialize)]
struct CalibratedCase {
    id: CaseId,
    time: Nanos,
    rounds: usize,
    /// Deviation between processes, relative, of this case alone.
    offset: Ratio,
    /// The smallest slowdown that a check tells from none, 19 times in 20.
    detectable: Ratio,
    /// The smallest limit that it passes unchanged, 19 times in 20.
    honoured: Ratio,
    /// Its limit.
    limit: Ratio,
    /// Rounds a side that honour its limit; none up to 50.
    rounds_needed: Option<usize>,
    /// Replays in which it was called slower.
    alarms: Option<Share>,
}

/// What the replays came to.
#[derive(Debug, Serialize)]
struct Replays {
    suites: usize,
    rounds_a_side: usize,
    alarms: Share,
    alarms_at_limit: Share,
    passes: Share,
}

/// What this machine can honour.
#[derive(Debug, Serialize)]
struct Recommended {
    /// A limit that every case honours with the suite's rounds.
    slowdown: Option<Ratio>,
    /// Rounds a side with which every case honours its own limit.
    rounds: Option<usize>,
}

/// Wants every round of every case.
struct All;

impl Watch for All {
    fn case(&mut self, _: &[CaseOutcome]) {}

    fn round(&mut self, cases: &[CaseOutcome]) -> Vec<bool> {
        vec![false; cases.len()]
    }
}

/// Calibrates what the arguments select.
pub(super) fn calibrate(args: &CalibrateArgs, screen: &Screen) -> Result<u8, AppError> {
    is_there(args.measure.baselines.as_deref())?;
    // As a check would have them: the flags below are those of this run.
    let limits: BTreeMap<CaseId, CaseLimits> = Project::read(&args.select)?
        .plans
        .iter()
        .flat_map(|plan| &plan.cases)
        .map(|case| (case.id.clone(), case.limits))
        .collect();
    let most = args.measure.rounds.map_or(ROUNDS, |(_, most)| most);
    if (most as usize) < 2 * FEWEST_ROUNDS {
        return Err(AppError::Usage(format!(
            "{} tell nothing of how processes differ; give {} at least, as in `--rounds {ROUNDS}`",
            count(most as usize, "round"),
            2 * FEWEST_ROUNDS
        )));
    }
    let measuring = MeasureArgs {
        rounds: Some((most, most)),
        budget: Some(args.measure.budget.unwrap_or(BUDGET)),
        ..args.measure.clone()
    };
    let mut ready = Ready::new(&args.select, &args.device, &measuring, screen)?;
    let (confidence, cases) = (ready.confidence(), ready.cases());
    let mut report = assemble::blank("run", &ready);
    let known = ready.session.known();
    let mut suites = std::mem::take(&mut ready.suites);
    let mut found = Vec::with_capacity(suites.len());
    for suite in &mut suites {
        suite.baselines = None;
        let measured = measure(&mut ready, suite, true, screen, &mut All);
        let judging = Judging::new(suite, lenient(), &known.facts, confidence, cases);
        assemble::add_suite(&mut report, &judging, &measured, &known);
        let mut calibration = of_suite(
            suite,
            &measured.cases,
            &limits,
            confidence,
            ready.seed,
            args,
        );
        calibration.rounds = measured.rounds;
        found.push(calibration);
        if measured.interrupted {
            break;
        }
    }
    let code = outcome(&assemble::judgements(&report));
    finish(&mut report, code);
    match args.format.format {
        Format::Table => screen.print(&text(&found, &report))?,
        Format::Json => screen.print(
            &serde_json::to_string_pretty(&found)
                .map_err(|error| AppError::Output(error.into()))?,
        )?,
    }
    Ok(report.exit)
}

/// A case that was measured often enough, as the statistics take it.
struct Measured<'a> {
    id: &'a CaseId,
    time: Nanos,
    limits: CaseLimits,
    rounds: Vec<(u32, Nanos)>,
    tick: Nanos,
}

fn of_suite(
    suite: &Suite,
    outcomes: &[CaseOutcome],
    limits: &BTreeMap<CaseId, CaseLimits>,
    confidence: f64,
    seed: u64,
    args: &CalibrateArgs,
) -> Calibration {
    let mut notes = Vec::new();
    let mut measured = Vec::new();
    for (job, outcome) in suite.jobs.iter().zip(outcomes) {
        let id = &job.case.id;
        let rounds: Vec<(u32, Nanos)> = outcome
            .rounds
            .iter()
            .map(|round| (round.round, round.summary.location))
            .collect();
        let (Some(first), Some((time, _, _)), true) = (
            outcome.rounds.first(),
            assemble::time_of(outcome),
            rounds.len() >= FEWEST_ROUNDS,
        ) else {
            notes.push(format!("`{id}`: too few rounds to say anything of it"));
            continue;
        };
        measured.push(Measured {
            id,
            time,
            limits: limits.get(id).copied().unwrap_or(job.case.limits),
            rounds,
            tick: first.tick(),
        });
    }
    let unchanged: Vec<Unchanged> = measured
        .iter()
        .map(|case| Unchanged {
            rounds: case.rounds.clone(),
            tick: case.tick,
            planned: (
                case.limits.min_rounds as usize,
                case.limits.max_rounds as usize,
            ),
            limit: case.limits.slowdown,
        })
        .collect();
    let replayed = replay(&unchanged, confidence, args.suites as usize, seed);
    let design = Design {
        confidence,
        cases: measured.len(),
    };
    let precisions = precision(&halves(&measured), &design);
    let cases: Vec<CalibratedCase> = measured
        .iter()
        .zip(precisions)
        .enumerate()
        .filter_map(|(index, (case, precision))| {
            let alarms = replayed.as_ref().and_then(|all| all.cases.get(index));
            Some(row(case, &precision.ok()?, alarms.copied()))
        })
        .collect();
    let recommended = recommend(&cases);
    Calibration {
        format: FORMAT,
        suite: suite.plan.suite.clone(),
        confidence,
        rounds: 0,
        cases,
        replays: replayed.map(replays),
        recommended,
        notes,
    }
}

fn replays(found: Replayed) -> Replays {
    Replays {
        suites: found.suites,
        rounds_a_side: found.rounds,
        alarms: found.alarms,
        alarms_at_limit: found.alarms_at_limit,
        passes: found.passes,
    }
}

/// Every other round stands for a baseline, so that what drifts is on both
/// sides.
fn halves(measured: &[Measured<'_>]) -> Vec<CaseRounds> {
    measured
        .iter()
        .map(|case| {
            let half = |odd: usize, recording: u32| -> Vec<Located> {
                case.rounds
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| index % 2 == odd)
                    .map(|(_, (_, location))| Located {
                        recording,
                        location: *location,
                    })
                    .collect()
            };
            CaseRounds {
                before: half(0, 1),
                now: half(1, 2),
                tick: case.tick,
                planned: (
                    case.limits.min_rounds as usize,
                    case.limits.max_rounds as usize,
                ),
            }
        })
        .collect()
}

fn row(case: &Measured<'_>, precision: &Precision, alarms: Option<Share>) -> CalibratedCase {
    let (first, last) = (
        case.limits.min_rounds as usize,
        case.limits.max_rounds as usize,
    );
    // A baseline records the most rounds.
    let plan = Rounds {
        before: last,
        first,
        last,
    };
    CalibratedCase {
        id: case.id.clone(),
        time: case.time,
        rounds: case.rounds.len(),
        offset: deviation(&case.rounds),
        detectable: precision.detectable(plan),
        honoured: precision.honoured(plan),
        limit: case.limits.slowdown,
        rounds_needed: precision.rounds_to_honour(case.limits.slowdown, first, MOST_ROUNDS),
        alarms,
    }
}

/// Standard deviation of log times, as a relative amount.
fn deviation(rounds: &[(u32, Nanos)]) -> Ratio {
    let logs: Vec<f64> = rounds.iter().map(|(_, time)| time.0.ln()).collect();
    let count = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / count;
    let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
    Ratio::from_ln((squares / (count - 1.0)).sqrt())
}

/// The noisiest case decides.
fn recommend(cases: &[CalibratedCase]) -> Recommended {
    let slowdown = cases
        .iter()
        .map(|case| case.honoured.0)
        .reduce(f64::max)
        .map(|largest| Ratio(round_up(largest)));
    let rounds = cases
        .iter()
        .map(|case| case.rounds_needed)
        .reduce(|one, other| Some(one?.max(other?)))
        .flatten();
    Recommended { slowdown, rounds }
}

/// A limit as people write it: half a percent up to ten, whole ones beyond.
fn round_up(limit: f64) -> f64 {
    let step = if limit <= 0.1 { 0.005 } else { 0.01 };
    (limit / step).ceil() * step
}

fn plain(ratio: Ratio) -> String {
    ratio.to_string().trim_start_matches('+').to_owned()
}

/// `0 % (0 to 16 %)`.
fn share_text(share: Share) -> String {
    let percent = |part: f64| {
        let text = format!("{:.1}", part * 100.0);
        text.trim_end_matches(".0").to_owned()
    };
    format!(
        "{} % ({} to {} %)",
        percent(share.share),
        percent(share.low),
        percent(share.high)
    )
}

/// For people: a table a suite, what replays came to, and what follows.
fn text(found: &[Calibration], report: &Report) -> String {
    let mut out = String::new();
    for suite in found {
        let title = format!(
            "{}: {} a case, confidence {} of a whole run\n\n",
            suite.suite,
            count(suite.rounds as usize, "round"),
            plain(Ratio(suite.confidence))
        );
        out.push_str(&title);
        if !suite.cases.is_empty() {
            out.push_str(&table(suite));
            out.push('\n');
        }
        for line in conclusions(suite) {
            out.push_str(&line);
            out.push('\n');
        }
        out.push('\n');
    }
    for note in &report.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    for case in &report.cases {
        if case.judgement.fails || case.judgement.verdict == Verdict::Wrong {
            out.push_str(&format!("{}: {}\n", case.id, case.judgement.reason));
        }
    }
    out.push_str(&summary(report));
    out.push('\n');
    out
}

fn table(suite: &Calibration) -> String {
    let mut table = Table::new();
    table.force_no_tty();
    *table.style_mut() = presets::NOTHING;
    table.set_header([
        "case",
        "time",
        "offset",
        "detectable",
        "can honour",
        "limit",
        "rounds for it",
        "false alarms",
    ]);
    for case in &suite.cases {
        table.add_row([
            case.id.0.clone(),
            case.time.to_string(),
            plain(case.offset),
            plain(case.detectable),
            plain(case.honoured),
            plain(case.limit),
            case.rounds_needed
                .map_or_else(|| format!("> {MOST_ROUNDS}"), |rounds| rounds.to_string()),
            case.alarms.map_or_else(|| "-".to_owned(), share_text),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let lines = table.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

/// What follows from the table.
fn conclusions(suite: &Calibration) -> Vec<String> {
    let mut lines = Vec::new();
    match &suite.replays {
        Some(found) => lines.push(format!(
            "Of {} replays of {} a side, unchanged: a false alarm in {}; all cases pass in {}. \
             With every case slower by just its limit: an alarm in {}. Promised: {} at most.",
            found.suites,
            count(found.rounds_a_side, "round"),
            share_text(found.alarms),
            share_text(found.passes),
            share_text(found.alarms_at_limit),
            plain(Ratio(1.0 - suite.confidence)),
        )),
        None => lines.push("Too few rounds that all cases share: no replays.".to_owned()),
    }
    let over: Vec<&CalibratedCase> = suite
        .cases
        .iter()
        .filter(|case| case.honoured.0 > case.limit.0)
        .collect();
    if over.is_empty() && !suite.cases.is_empty() {
        lines.push("Every limit of this suite can be honoured on this machine.".to_owned());
    } else if let Some(slowdown) = suite.recommended.slowdown {
        let rounds = suite.recommended.rounds.map_or_else(
            || format!("no number of rounds up to {MOST_ROUNDS} honours them"),
            |rounds| format!("`rounds: {rounds}` a side honours them"),
        );
        lines.push(format!(
            "{} cannot be honoured on this machine with the rounds that the suite has. \
             Recommended: `slowdown: {}`; or, as the limits are, {rounds}.",
            count(over.len(), "limit"),
            plain(slowdown).replace(' ', "")
        ));
    }
    lines.extend(suite.notes.iter().map(|note| format!("note: {note}")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_rounded_up_to_what_people_write() {
        assert!((round_up(0.011) - 0.015).abs() < 1e-12);
        assert!((round_up(0.101) - 0.11).abs() < 1e-12);
        assert!((round_up(0.02) - 0.02).abs() < 1e-12);
    }

    /// Logs 0 and 0.02 around their mean: the root of 2 * 0.01^2 / 1.
    #[test]
    fn the_offset_is_the_deviation_of_log_times() {
        let rounds = [(0, Nanos(1.0)), (1, Nanos(0.02f64.exp()))];
        let found = deviation(&rounds).ln();
        assert!((found - 0.014_142_136).abs() < 1e-8, "{found}");
    }
}
