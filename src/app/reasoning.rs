//! How a case came to its verdict, for the report: what it was compared with,
//! and what further rounds could show.

use crate::baseline::{Recording, RoundRecord};
use crate::kit::Ratio;
use crate::report::{BeforeRound, Outlook, Reasoning, RecordingReport};
use crate::stats::{Change, Precision, Rounds};
use crate::verdict::{Evidence, Judgement, Policy, Verdict, judge};

/// Rounds as a report holds them.
pub(super) fn rounds_before(rounds: &[RoundRecord]) -> Vec<BeforeRound> {
    rounds
        .iter()
        .map(|round| BeforeRound {
            recording: round.recording,
            time: round.time,
            spread: round.spread,
            samples: round.samples,
        })
        .collect()
}

/// A recording as a report names it.
pub(super) fn recording(one: &Recording) -> RecordingReport {
    RecordingReport {
        id: one.id,
        time: one.time.clone(),
        commit: one.commit.clone(),
        reason: one.reason.clone(),
    }
}

/// What rounds as noisy as these can show, and how many would tell a change
/// from the limit.
pub(super) fn outlook(
    precision: &Precision,
    plan: Rounds,
    change: Option<Change>,
    limit: Ratio,
) -> Outlook {
    Outlook {
        rounds: plan.last,
        detectable: precision.detectable(plan),
        honoured: precision.honoured(plan),
        to_tell: change
            .and_then(|change| precision.rounds_to_tell(change.estimate, limit, plan.before)),
    }
}

/// What is said where a limit is finer than what the rounds can show, for the
/// verdict and as a remark; nothing where it is not.
pub(super) fn too_fine(outlook: Option<&Outlook>, limit: Ratio) -> Option<(String, String)> {
    let outlook = outlook.filter(|outlook| outlook.detectable.0 > limit.0)?;
    let plain = |ratio: Ratio| ratio.to_string().trim_start_matches('+').to_owned();
    let (limit, rounds) = (plain(limit), outlook.rounds);
    let verdict = format!(
        "the limit of {limit} is below the smallest slowdown that {rounds} rounds can show here, {}",
        plain(outlook.detectable)
    );
    let remark = format!(
        "its limit of {limit} is finer than what {rounds} rounds can show on this machine (`gate explain` says what they can)"
    );
    Some((verdict, remark))
}

/// The verdict on a case, and a remark where its limit is finer than what its
/// rounds can show.
pub(super) fn judged(
    evidence: &Evidence,
    reasoning: &Reasoning,
    policy: &Policy,
) -> (Judgement, Option<String>) {
    let mut judgement = judge(evidence, policy);
    let fine = too_fine(reasoning.outlook.as_ref(), evidence.baseline.limit);
    let remark = fine.map(|(verdict, remark)| {
        if judgement.verdict == Verdict::Undecided {
            judgement.reason = format!("{}; {verdict}", judgement.reason);
        }
        remark
    });
    (judgement, remark)
}
