//! What an explanation says of a case that was timed in turns with a
//! revision's version of it.

use crate::kit::{Nanos, Ratio};
use crate::verdict::{PairedEvidence, PairedOutcome, Verdict};

use super::plot::Strip;
use super::text::{count, interval, percent};
use super::{CaseReport, Report};

/// What was asked.
pub(super) fn question(paired: &PairedEvidence) -> String {
    let revision = &paired.revision;
    match &paired.outcome {
        PairedOutcome::Added => {
            format!("Is it right, and within its range? {revision} does not have it.")
        }
        PairedOutcome::Unusable { .. } => format!(
            "Is it right, and within its range? What {revision} has of it could not be timed."
        ),
        PairedOutcome::Unchanged { control: false } => {
            format!("Is it right? Its code is that of {revision}, so there is nothing to time.")
        }
        PairedOutcome::Unchanged { control: true } => format!(
            "Does the machine keep still? Its code is that of {revision}, so that any change is \
             the machine's."
        ),
        PairedOutcome::Pass
        | PairedOutcome::Slower
        | PairedOutcome::Faster
        | PairedOutcome::Undecided => format!(
            "Is it slower than at {revision} by more than {} (`slowdown` in its limits)?",
            percent(paired.limit)
        ),
    }
}

/// What is known by now.
pub(super) fn answer(report: &Report, case: &CaseReport, paired: &PairedEvidence) -> Vec<String> {
    let Some(found) = &paired.change else {
        return vec![case.judgement.reason.clone()];
    };
    let confidence = percent(Ratio(report.confidence));
    let (low, high, top) = (found.low, found.high, found.top);
    let limit = percent(paired.limit);
    let estimate = found.estimate;
    let mut told = vec![
        match (case.before, case.time) {
            // What a clock read is not what CPU time says.
            (Some(before), Some((now, _, _))) if !paired.by_cpu => {
                format!("Best estimate: {estimate}, from {before} to {now}.")
            }
            (Some(_) | None, _) => format!("Best estimate: {estimate}."),
        },
        format!(
            "It is {low} at least and {top} at most, at {confidence} confidence of all changed \
             cases together; and {high} at most, at {confidence} for this case alone, which is \
             what passing asks for."
        ),
    ];
    match &paired.outcome {
        PairedOutcome::Slower => {
            told.push(format!(
                "Even {low} lies above the tolerated {limit}: slower."
            ));
        }
        PairedOutcome::Pass => {
            told.push(format!(
                "Even {high} lies below the tolerated {limit}: it passes."
            ));
        }
        PairedOutcome::Faster => {
            told.push(format!("Even {top} lies below no change at all: faster."));
        }
        PairedOutcome::Undecided => told.push(format!(
            "The tolerated {limit} lies between {low} and {high}: these rounds do not tell."
        )),
        PairedOutcome::Added | PairedOutcome::Unusable { .. } | PairedOutcome::Unchanged { .. } => {
        }
    }
    if let Some(code) = case
        .reasoning
        .code
        .as_ref()
        .filter(|_| !case.code.is_empty())
    {
        told.push(if *code == case.code {
            format!(
                "Its WGSL is that of {}: what differs is what it is given, such as its dispatch, \
                 its bindings or its inputs.",
                paired.revision
            )
        } else {
            format!("Its WGSL is not that of {}.", paired.revision)
        });
    }
    told.extend(stages(case));
    if paired.by_cpu {
        told.push(
            "The device is this machine's CPU, so the changes are those of CPU time: what else \
             the machine did is not in them. The times themselves are those of the clock."
                .to_owned(),
        );
    }
    told
}

/// Which stage of a pipeline changed most, of those whose interval does not hold
/// "no change".
fn stages(case: &CaseReport) -> Option<String> {
    let size = |change: (Ratio, Ratio, Ratio)| change.0.ln().abs();
    let mut known = case
        .stages
        .iter()
        .filter_map(|stage| Some((stage, stage.change?)))
        .peekable();
    known.peek()?;
    let found = known
        .filter(|(_, (_, low, high))| low.0 > 0.0 || high.0 < 0.0)
        .max_by(|(_, a), (_, b)| size(*a).total_cmp(&size(*b)));
    let which = match found {
        Some((stage, change)) => format!(
            "Of its stages, {} changed most: {}, where 95 % between rounds holds for each stage \
             by itself.",
            stage.kernel,
            interval(change)
        ),
        None => "Of none of its stages is a change told from none (95 % between rounds, of each \
                 by itself)."
            .to_owned(),
    };
    Some(format!(
        "{which} Stages are timed in a pass of their own, by the clock, to show where a change \
         sits; nothing is judged by them."
    ))
}

/// The changes of all rounds as strips of the plot, as times beside the
/// revision's.
pub(super) fn strips(paired: &PairedEvidence, before: Nanos) -> Vec<Strip<'static>> {
    let at = |change: Ratio| Nanos(before.0 * (1.0 + change.0));
    vec![
        Strip {
            name: "revision",
            times: vec![before],
            mark: '|',
        },
        Strip {
            name: "changes",
            times: paired.rounds.iter().map(|round| at(round.change)).collect(),
            mark: 'o',
        },
        Strip {
            name: "limit",
            times: vec![at(paired.limit)],
            mark: '^',
        },
    ]
}

/// Every round, with its number.
pub(super) fn rounds(paired: &PairedEvidence) -> Vec<(String, String)> {
    let round = |(index, round): (usize, &crate::verdict::PairedRound)| {
        let says = format!(
            "{}, {} of A B B A that differ by ±{} among themselves; {} there, {} here",
            round.change,
            count(round.blocks, "block", "blocks"),
            percent(Ratio::from_ln(round.spread)),
            round.before,
            round.now,
        );
        (format!("  round {}", index + 1), says)
    };
    paired.rounds.iter().enumerate().map(round).collect()
}

/// What would settle it.
pub(super) fn settle(case: &CaseReport, paired: &PairedEvidence) -> Vec<String> {
    let revision = &paired.revision;
    let mut told = vec![match (case.judgement.verdict, &paired.outcome) {
        (Verdict::Undecided, _) => undecided(case, paired),
        (_, PairedOutcome::Added) => {
            format!("A range, as long as {revision} is what it is compared with.")
        }
        (_, PairedOutcome::Unusable { .. }) => {
            format!(
                "A revision whose version runs and is right, or a range; at {revision} it is not."
            )
        }
        (_, PairedOutcome::Slower) => "It is settled: more rounds would not take it back. A \
             slowdown that is meant needs a larger `slowdown` in its limits."
            .to_owned(),
        (
            _,
            PairedOutcome::Unchanged { .. }
            | PairedOutcome::Pass
            | PairedOutcome::Faster
            | PairedOutcome::Undecided,
        ) => "It is settled: more rounds would not take it back.".to_owned(),
    }];
    if let (Some(found), Verdict::Undecided) = (&paired.change, case.judgement.verdict) {
        told.push(format!(
            "From process to process the change moves by {} (one standard deviation, {} seen); \
             longer rounds (`--time`) can make that less.",
            percent(Ratio::from_ln(found.sigma)),
            count(found.rounds.1, "round", "rounds"),
        ));
    }
    told
}

/// What would decide a case that its rounds did not.
fn undecided(case: &CaseReport, paired: &PairedEvidence) -> String {
    let Some(found) = &paired.change else {
        return "It had too few rounds to be looked at: a larger `--budget`, or fewer cases, give \
                it its turn."
            .to_owned();
    };
    let limit = percent(paired.limit);
    match case.reasoning.outlook.map(|outlook| outlook.to_tell) {
        Some(Some(needed)) if needed > found.rounds.1 => {
            format!("If the change is what it was estimated to be, `--rounds {needed}` would tell.")
        }
        Some(Some(_)) => "One look at as many rounds would tell, if the change is what it was \
                          estimated to be: it was close, and further looks cost confidence."
            .to_owned(),
        Some(None) => format!(
            "No number of rounds that anyone would wait for tells {} from the tolerated {limit}: \
             they are too close for how much rounds differ.",
            found.estimate
        ),
        // Written before it was known.
        None => "More rounds (`--rounds`) would tell.".to_owned(),
    }
}
