//! What is said of a revision that was compared with.

use crate::kit::Ratio;
use crate::verdict::{PairedEvidence, PairedOutcome};

use super::evidence::more_rounds;
use super::text::{change, clean, percent};
use super::words::rounds;
use super::{Against, CaseReport};

/// One line for the head of the report: the revision, and what of it differs.
pub(super) fn heading(against: &Against) -> String {
    let Against {
        revision,
        commit: _,
        changed,
        unchanged,
        added,
        removed,
        unusable,
        controls,
        alarms: _,
    } = against;
    let mut parts = vec![
        format!("{changed} changed"),
        format!("{unchanged} unchanged"),
    ];
    if let (Some(last), false) = (parts.last_mut(), controls.is_empty()) {
        last.push_str(&format!(" ({} of them timed as controls)", controls.len()));
    }
    for (cases, what) in [
        (added, "added"),
        (removed, "removed"),
        (unusable, "without a version to time against"),
    ] {
        if !cases.is_empty() {
            parts.push(format!("{} {what}", cases.len()));
        }
    }
    clean(&format!("against {revision}: {}", parts.join(", ")))
}

/// The line of evidence; none where there is nothing to add to the verdict.
pub(super) fn line(case: &CaseReport, paired: &PairedEvidence) -> Option<String> {
    let limit = percent(paired.limit);
    let numbers = paired.change.as_ref().map(|found| {
        let before = case
            .before
            .map_or(String::new(), |time| format!("{time} there, "));
        let by = if paired.by_cpu { " by CPU time" } else { "" };
        format!("{before}{}{by}; {}", change(found), rounds(found.rounds.1))
    });
    let numbers = || numbers.clone().unwrap_or_else(|| "no interval".to_owned());
    Some(match &paired.outcome {
        PairedOutcome::Added => "it does not have this case".to_owned(),
        PairedOutcome::Unusable { why } => format!("nothing to time against: {why}"),
        PairedOutcome::Unchanged { control: false } => "the same code".to_owned(),
        PairedOutcome::Unchanged { control: true } => {
            format!("the same code, timed as a control: {}", numbers())
        }
        PairedOutcome::Pass => format!("{}, below the tolerated {limit}", numbers()),
        PairedOutcome::Slower => format!("{}, above the tolerated {limit}", numbers()),
        PairedOutcome::Faster => format!("{}, below no change at all", numbers()),
        PairedOutcome::Undecided => {
            let seen = paired.change.as_ref().map_or(String::new(), |found| {
                let least = percent(Ratio(paired.limit.0 + found.detectable.0));
                format!("; only a slowdown beyond {least} would have shown")
            });
            let tell = more_rounds(case, paired.change.as_ref(), "`--rounds`");
            format!(
                "{}, on both sides of the tolerated {limit}{seen}; {tell}",
                numbers()
            )
        }
    })
}

/// The change of every round.
pub(super) fn pairs(paired: &PairedEvidence) -> Option<String> {
    let first = paired.rounds.first()?;
    let changes: Vec<String> = paired
        .rounds
        .iter()
        .map(|round| round.change.to_string())
        .collect();
    Some(format!(
        "{}; {} blocks of A B B A each, about",
        changes.join(", "),
        first.blocks
    ))
}
