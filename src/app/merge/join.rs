//! One report of all parts, every case judged again.

use std::collections::{BTreeMap, HashMap};

use crate::app::AppError;
use crate::app::assemble::add_unplanned;
use crate::app::check::against;
use crate::app::judging_pairs::{PairLooks, outcome_of};
use crate::app::looks::{Compared, Looks, Now};
use crate::app::output::count;
use crate::app::reasoning::{judged, too_fine};
use crate::kit::{CaseId, LeftOut};
use crate::plan::reading_order;
use crate::report::{CaseReport, LeftOutReport, Part, Report, Timed};
use crate::stats::{Design, Located, PairedRounds};
use crate::verdict::{BaselineOutcome, Environment, PairedOutcome, Policy};

use super::read::Read;

/// Joins all parts of one plan.
pub(super) fn joined(parts: Vec<Read>) -> Result<Report, AppError> {
    let told = notes(&parts);
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else {
        return Err(AppError::Usage("there is no part to merge".into()));
    };
    let plan = first.part;
    let mut report = first.report;
    let mut timed = plan.timed.clone();
    for read in parts {
        timed.extend(read.part.timed);
        add(&mut report, read.report);
    }
    report.notes = told;
    let position: HashMap<&CaseId, usize> = plan
        .plan
        .iter()
        .enumerate()
        .map(|(at, case)| (&case.id, at))
        .collect();
    let place = |id: &CaseId| position.get(id).copied().unwrap_or(usize::MAX);
    report.cases.sort_by_key(|case| place(&case.id));
    let timed: HashMap<CaseId, Timed> =
        timed.into_iter().map(|one| (one.id.clone(), one)).collect();
    judge_again(&mut report, &plan, &timed);
    for suite in &plan.suites {
        add_unplanned(&mut report, suite.unplanned.clone());
    }
    // Suite by suite, and last what no spec gives any more.
    let suites = report.suites.clone();
    let suite = |id: &CaseId| suites.iter().position(|name| name == id.suite());
    report.left_out.sort_by(|a, b| {
        let key = |one: &LeftOutReport| (suite(&one.id), one.why == LeftOut::Unplanned);
        key(a)
            .cmp(&key(b))
            .then_with(|| reading_order(&a.id, &b.id))
    });
    if let Some(all) = report.against.take() {
        let joined = against(all.revision, all.commit, all.removed, &report.cases);
        report.against = Some(joined);
    }
    Ok(report)
}

/// Adds what another part measured.
fn add(whole: &mut Report, part: Report) {
    whole.cases.extend(part.cases);
    whole.left_out.extend(part.left_out);
    whole.rounds = whole.rounds.max(part.rounds);
    whole.elapsed = whole.elapsed + part.elapsed;
    whole.busy = whole.busy + part.busy;
}

/// Remarks of all parts: one that all of them make is made once, any other says
/// whose it is. First of all, what was merged.
fn notes(parts: &[Read]) -> Vec<String> {
    let mut notes = vec![format!(
        "merged of {}; the time below is that of all of them together",
        count(parts.len(), "part")
    )];
    notes.extend(machines(parts));
    let mut said: Vec<&String> = Vec::new();
    for read in parts {
        for note in &read.report.notes {
            let everywhere = parts.iter().all(|other| other.report.notes.contains(note));
            if !everywhere {
                notes.push(format!("part {}: {note}", read.part.part));
            } else if !said.contains(&note) {
                said.push(note);
                notes.push(note.clone());
            }
        }
    }
    notes
}

/// Where the machines of the parts differ, though their devices are of a kind.
fn machines(parts: &[Read]) -> Vec<String> {
    type Fact = fn(&Report) -> String;
    let facts: [(&str, Fact); 4] = [
        ("adapters", |report| report.device.adapter.clone()),
        ("drivers", |report| {
            format!("{} {}", report.device.driver, report.device.driver_info)
        }),
        ("CPUs", |report| {
            report.device.cpu.clone().unwrap_or_default()
        }),
        ("timers", |report| report.device.timer.method.to_string()),
    ];
    let mut notes = Vec::new();
    for (what, of) in facts {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for read in parts {
            let part = read.part.part.to_string();
            values.entry(of(&read.report)).or_default().push(part);
        }
        if values.len() > 1 {
            let told: Vec<String> = values
                .into_iter()
                .map(|(value, parts)| match parts.as_slice() {
                    [one] => format!("`{value}` (part {one})"),
                    several => format!("`{value}` (parts {})", several.join(", ")),
                })
                .collect();
            notes.push(format!(
                "the parts were measured on machines of other {what}: {}",
                told.join(", ")
            ));
        }
    }
    let ceilings: Vec<_> = parts.iter().map(|read| read.report.ceilings).collect();
    if ceilings.iter().any(|one| *one != ceilings[0]) {
        notes.push(
            "each part measured its device's ceilings, and its rooflines are by these; those shown are of part 1"
                .to_owned(),
        );
    }
    notes
}

/// Judges every case by the rounds of all.
fn judge_again(report: &mut Report, plan: &Part, timed: &HashMap<CaseId, Timed>) {
    let design = Design {
        confidence: report.confidence,
        cases: plan.shares,
    };
    let part_of: HashMap<&CaseId, u32> =
        plan.plan.iter().map(|case| (&case.id, case.part)).collect();
    for suite in &plan.suites {
        let mut cases: Vec<&mut CaseReport> = report
            .cases
            .iter_mut()
            .filter(|case| case.id.suite() == suite.suite)
            .collect();
        if report.against.is_some() {
            pairs(&mut cases, timed, design);
        } else {
            let parts: Vec<u32> = cases
                .iter()
                .map(|case| part_of.get(&case.id).copied().unwrap_or(0))
                .collect();
            baselines(&mut cases, timed, design, &parts);
        }
        for case in cases {
            verdict(case, &suite.policy);
        }
    }
}

/// Compares a suite's cases with their baselines, look by look, as one run
/// would have: a decision stands at the look that made it, and what no look
/// decides in the rounds that there are stays undecided.
fn baselines(
    cases: &mut [&mut CaseReport],
    timed: &HashMap<CaseId, Timed>,
    design: Design,
    parts: &[u32],
) {
    let known: Vec<Option<&Timed>> = cases.iter().map(|case| timed.get(&case.id)).collect();
    let compared = cases
        .iter()
        .zip(&known)
        .map(|(case, timed)| compared(case, *timed))
        .collect();
    let mut looks = Looks::new(compared, design);
    for most in looked_at(&known, cases.iter().map(|case| case.rounds.len())) {
        let now: Vec<Now> = cases
            .iter()
            .zip(&known)
            .map(|(case, timed)| match timed {
                Some(timed) => rounds(case, timed, most),
                None => Now::Nothing,
            })
            .collect();
        looks.look(&now);
    }
    for (index, case) in cases.iter_mut().enumerate() {
        if is_comparable(case) {
            forget_too_fine(case);
            case.evidence.baseline = looks.baseline(index);
            case.reasoning.looks = looks.looks(index);
            case.reasoning.outlook = looks.outlook(index);
        }
    }
    environment(cases, &looks, parts);
}

/// The numbers of rounds at which there is a look: from the fewest that any
/// case is planned to have, to the most that any has.
fn looked_at(
    timed: &[Option<&Timed>],
    rounds: impl Iterator<Item = usize>,
) -> std::ops::RangeInclusive<usize> {
    let most = rounds.max().unwrap_or(0);
    let planned = timed.iter().flatten().map(|timed| timed.rounds.0);
    let first = planned.min().unwrap_or(1).max(1);
    // One look at least, where there is a round at all.
    first.min(most.max(1))..=most
}

/// Whether the baseline says something of a case, or may with more rounds.
fn is_comparable(case: &CaseReport) -> bool {
    match case.evidence.baseline.outcome {
        BaselineOutcome::None | BaselineOutcome::Incomparable { .. } => false,
        BaselineOutcome::Pass
        | BaselineOutcome::Slower
        | BaselineOutcome::Faster
        | BaselineOutcome::Undecided => true,
    }
}

fn compared(case: &CaseReport, timed: Option<&Timed>) -> Compared {
    let before = case.reasoning.before.iter().map(|round| Located {
        recording: round.recording,
        location: round.time,
    });
    Compared {
        before: is_comparable(case).then(|| before.collect()),
        planned: timed.map_or((1, 1), |timed| timed.rounds),
        limit: case.evidence.baseline.limit,
        labels: case.evidence.baseline.labels.clone(),
        same_code: case.reasoning.code.as_ref() == Some(&case.code),
    }
}

fn rounds(case: &CaseReport, timed: &Timed, most: usize) -> Now {
    let times = case.rounds.iter().take(most).map(|round| round.time);
    if case.rounds.is_empty() {
        Now::Nothing
    } else {
        Now::Rounds(times.collect(), timed.tick)
    }
}

/// A part is a machine at a moment: what moved it, its own cases tell. Where
/// none is told apart by its own, what all of them have in common may be.
fn environment(cases: &mut [&mut CaseReport], looks: &Looks, parts: &[u32]) {
    let mut found: BTreeMap<u32, Environment> = BTreeMap::new();
    for part in parts {
        found.entry(*part).or_insert_with(|| {
            looks.environment((0..parts.len()).filter(|index| parts[*index] == *part))
        });
    }
    if found.values().all(|one| *one == Environment::Steady) {
        let all = looks.environment(0..parts.len());
        found.values_mut().for_each(|one| *one = all.clone());
    }
    for (case, part) in cases.iter_mut().zip(parts) {
        if let Some(environment) = found.get(part) {
            case.evidence.environment = environment.clone();
        }
    }
}

/// Compares a suite's pairs, look by look.
fn pairs(cases: &mut [&mut CaseReport], timed: &HashMap<CaseId, Timed>, design: Design) {
    let limits = cases.iter().map(|case| case.evidence.baseline.limit);
    let mut looks = PairLooks::new(limits.collect(), design);
    let known: Vec<Option<&Timed>> = cases.iter().map(|case| timed.get(&case.id)).collect();
    let lengths = cases
        .iter()
        .map(|case| (case.evidence.paired.as_ref()).map_or(0, |paired| paired.rounds.len()));
    for most in looked_at(&known, lengths) {
        let now: Vec<Option<PairedRounds>> = cases
            .iter()
            .zip(&known)
            .map(|(case, timed)| paired_rounds(case, (*timed)?, most))
            .collect();
        looks.look(&now);
    }
    for (index, case) in cases.iter_mut().enumerate() {
        let (Some(paired), Some(timed)) = (&mut case.evidence.paired, known[index]) else {
            continue;
        };
        let (decided, change) = looks.said(index, paired.rounds.len() >= timed.rounds.0);
        match &paired.outcome {
            PairedOutcome::Added | PairedOutcome::Unusable { .. } => {}
            PairedOutcome::Unchanged { .. } => paired.change = change,
            PairedOutcome::Pass
            | PairedOutcome::Slower
            | PairedOutcome::Faster
            | PairedOutcome::Undecided => {
                paired.change = change;
                paired.outcome = outcome_of(decided);
                forget_too_fine(case);
                case.reasoning.looks = looks.looks(index);
                case.reasoning.outlook = looks.outlook(index);
            }
        }
    }
}

fn paired_rounds(case: &CaseReport, timed: &Timed, most: usize) -> Option<PairedRounds> {
    let rounds = &case.evidence.paired.as_ref()?.rounds;
    let first = rounds.first()?;
    Some(PairedRounds {
        changes: rounds.iter().take(most).map(|round| round.change).collect(),
        time: first.before,
        tick: timed.tick,
        planned: timed.rounds,
    })
}

/// Takes back a part's own remark on a limit that its rounds cannot honour.
fn forget_too_fine(case: &mut CaseReport) {
    let limit = case.evidence.baseline.limit;
    if let Some((_, remark)) = too_fine(case.reasoning.outlook.as_ref(), limit) {
        case.notes.retain(|note| *note != remark);
    }
}

/// The verdict by what is known now.
fn verdict(case: &mut CaseReport, policy: &Policy) {
    let (judgement, remark) = judged(&case.evidence, &case.reasoning, policy);
    case.judgement = judgement;
    // Of a case that nothing was compared with again, the part said it already.
    let unsaid = remark.filter(|remark| !case.notes.contains(remark));
    case.notes.extend(unsaid);
}
