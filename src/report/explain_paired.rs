//! What an explanation says of a case that was timed in turns with a
//! revision's version of it.

use crate::kit::{Nanos, Ratio};
use crate::verdict::{PairedEvidence, PairedOutcome, Verdict};

use super::plot::Strip;
use super::text::{count, percent};
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
    let mut told = vec![
        format!("Best estimate: {}.", found.estimate),
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
    if paired.by_cpu {
        told.push(
            "The device is this machine's CPU, so the changes are those of CPU time: what else \
             the machine did is not in them. The times themselves are those of the clock."
                .to_owned(),
        );
    }
    told
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
pub(super) fn settle(case: &CaseReport, paired: &PairedEvidence) -> String {
    let revision = &paired.revision;
    match (case.judgement.verdict, &paired.outcome) {
        (Verdict::Undecided, _) => match &paired.change {
            None => "It had too few rounds to be looked at: a larger `--budget`, or fewer cases, \
                     give it its turn."
                .to_owned(),
            Some(found) => format!(
                "More rounds (`--rounds`), or longer ones (`--time`): from process to process \
                 the change moves by {} (one standard deviation), and {} of it were seen.",
                percent(Ratio::from_ln(found.sigma)),
                count(found.rounds.1, "round", "rounds"),
            ),
        },
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
    }
}
