//! What another revision's version, timed in the same processes, says of a
//! case.

use super::judge::{percent, span};
use super::{PairedEvidence, PairedOutcome, Verdict};

/// Why a case is slower than the revision's, if it is.
pub(super) fn slower(paired: &PairedEvidence) -> Option<String> {
    let PairedOutcome::Slower = paired.outcome else {
        return None;
    };
    Some(format!(
        "slower than at {}{}, tolerated {}",
        paired.revision,
        measured(paired),
        percent(paired.limit)
    ))
}

/// The verdict on a case that is not slower and whose outputs are right.
///
/// # Errors
///
/// Why the revision says nothing, so that ranges have to.
pub(super) fn not_slower(paired: &PairedEvidence) -> Result<(Verdict, String), String> {
    let revision = &paired.revision;
    let limit = percent(paired.limit);
    Ok(match &paired.outcome {
        PairedOutcome::Added => return Err(format!("{revision} does not have this case")),
        PairedOutcome::Unusable { why } => {
            return Err(format!(
                "there is nothing to time against at {revision}: {why}"
            ));
        }
        PairedOutcome::Unchanged { control: false } => (
            Verdict::Pass,
            format!("unchanged since {revision}: verified, and not timed"),
        ),
        PairedOutcome::Unchanged { control: true } => (
            Verdict::Pass,
            format!(
                "unchanged since {revision}: verified, and timed as a control{}",
                measured(paired)
            ),
        ),
        PairedOutcome::Pass => (
            Verdict::Pass,
            format!(
                "not slower than at {revision} by the tolerated {limit}{}",
                measured(paired)
            ),
        ),
        PairedOutcome::Faster => (
            Verdict::Pass,
            format!("faster than at {revision}{}", measured(paired)),
        ),
        // Slower has been answered.
        PairedOutcome::Slower | PairedOutcome::Undecided => (
            Verdict::Undecided,
            match &paired.change {
                Some(change) => format!(
                    "undecided against {revision}: {} holds the tolerated {limit} after {} rounds; the smallest change that could be told from it is {}",
                    span(change),
                    change.rounds.1,
                    percent(change.detectable)
                ),
                None => format!("undecided against {revision}: too few rounds to compare"),
            },
        ),
    })
}

/// `: +3.10 % (+2.40 % to +3.80 %)`.
fn measured(paired: &PairedEvidence) -> String {
    match &paired.change {
        Some(change) => format!(": {} ({})", change.estimate, span(change)),
        None => String::new(),
    }
}
