//! The table of verdicts: the first line that holds.

use serde::{Deserialize, Serialize};

use crate::kit::{Correctness, LostCause, MismatchKind, Ratio, Step};
use crate::stats::Change;

use super::paired;
use super::{
    BaselineEvidence, BaselineOutcome, Evidence, Incomparable, Plausibility, Policy, RangeEvidence,
    RangeOutcome, Timing,
};

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Outputs are wrong, or the times are faster than physics.
    Wrong,
    /// Slower than its range or its baseline.
    Slower,
    /// Never came back.
    Lost,
    /// Not decided within the limits.
    Undecided,
    /// Not slower than its baseline.
    Pass,
    /// No comparable baseline, and within its range.
    PassByRange,
    /// Nothing to judge it by.
    Ungated,
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it fails the run under the policy.
    pub fails: bool,
    /// Slower or undecided, but on hardware whose times are advisory.
    pub advisory: bool,
    /// One sentence that says which evidence decided.
    pub reason: String,
}

/// Judges one case: the first line of the table that holds.
///
/// Where times are advisory, no time fails the run: neither slower, nor
/// undecided (no verdict on times was asked of this hardware, so the lack of
/// one is no failure either), nor faster under `fail_on_faster`. What is
/// wrong, lost or ungated fails there as everywhere, and `require_baseline`
/// asks for a baseline there as everywhere: it also holds where
/// `allow_ungated` does.
#[must_use]
pub fn judge(evidence: &Evidence, policy: &Policy) -> Judgement {
    let (verdict, reason) = first_that_holds(evidence);
    let times_count = match policy.timing {
        Timing::Gate => true,
        Timing::Advisory => false,
    };
    let won = evidence.is_faster();
    let unverified = verdict == Verdict::Undecided && evidence.correctness == Correctness::Unknown;
    let fails = match verdict {
        Verdict::Wrong => true,
        Verdict::Slower => times_count,
        Verdict::Lost => !policy.allow_lost,
        Verdict::Undecided => unverified || (times_count && !policy.allow_undecided),
        Verdict::Pass => won && policy.fail_on_faster && times_count,
        Verdict::PassByRange => policy.require_baseline,
        Verdict::Ungated => !policy.allow_ungated || policy.require_baseline,
    };
    let on_times = match verdict {
        Verdict::Slower | Verdict::Undecided => true,
        Verdict::Wrong
        | Verdict::Lost
        | Verdict::Pass
        | Verdict::PassByRange
        | Verdict::Ungated => false,
    };
    Judgement {
        verdict,
        fails,
        advisory: on_times && !times_count && !unverified,
        reason,
    }
}

fn first_that_holds(evidence: &Evidence) -> (Verdict, String) {
    let baseline = &evidence.baseline;
    if let Some(reason) = wrong(evidence) {
        return (Verdict::Wrong, reason);
    }
    if let Some(reason) = slower(evidence) {
        return (Verdict::Slower, reason);
    }
    if let Some(lost) = &evidence.lost {
        // The kernel itself had answered.
        let whose = match lost.step {
            Step::Reference => "; that is the reference, and not the kernel",
            Step::Start | Step::Probe | Step::Prepare | Step::Verify | Step::Sample => "",
        };
        let cure = match lost.cause {
            LostCause::Hung(_) => {
                "; where it is slow and does not hang, `--deadline` gives it more time"
            }
            LostCause::Panicked(_)
            | LostCause::Crashed(_)
            | LostCause::DeviceLost(_)
            | LostCause::Refused(_)
            | LostCause::Garbage(_)
            | LostCause::Protocol(_)
            | LostCause::NoAdapter(_)
            | LostCause::NoSuchAdapter(_) => "",
        };
        return (Verdict::Lost, format!("lost while {lost}{whose}{cure}"));
    }
    match &evidence.correctness {
        Correctness::Right { .. } | Correctness::NotAsked => {}
        // Wrong has been answered; what nobody verified never passes.
        Correctness::Wrong { .. } | Correctness::Unknown => {
            return (
                Verdict::Undecided,
                "its turn never came: the budget ended before its outputs were verified".to_owned(),
            );
        }
    }
    if let Some(paired) = &evidence.paired {
        return paired::not_slower(paired).unwrap_or_else(|missing| by_range(evidence, &missing));
    }
    let limit = percent(baseline.limit);
    match &baseline.outcome {
        BaselineOutcome::Undecided => (
            Verdict::Undecided,
            match &baseline.change {
                Some(change) if !change.may_be_slower() => format!(
                    "undecided against the baseline: {} after {}, too few to call a case slower than the tolerated {limit}{}",
                    span(change),
                    rounds(change),
                    labels(baseline),
                ),
                Some(change) => format!(
                    "undecided against the baseline: {} holds the tolerated {limit} after {}; the smallest change that could be told from it is {}{}",
                    span(change),
                    rounds(change),
                    percent(change.detectable),
                    labels(baseline),
                ),
                None => format!(
                    "undecided against the baseline: too few rounds to compare{}",
                    labels(baseline)
                ),
            },
        ),
        BaselineOutcome::Pass => (
            Verdict::Pass,
            format!(
                "not slower than the baseline by the tolerated {limit}{}{}",
                measured(baseline),
                labels(baseline)
            ),
        ),
        BaselineOutcome::Faster => (
            Verdict::Pass,
            format!(
                "faster than the baseline{}{}",
                measured(baseline),
                labels(baseline)
            ),
        ),
        // Slower has been answered.
        BaselineOutcome::None | BaselineOutcome::Incomparable { .. } | BaselineOutcome::Slower => {
            by_range(evidence, &missing(baseline))
        }
    }
}

fn wrong(evidence: &Evidence) -> Option<String> {
    match &evidence.correctness {
        Correctness::Wrong { mismatch } if mismatch.kind == MismatchKind::TooTolerant => {
            return Some(format!("not verified: {mismatch}"));
        }
        Correctness::Wrong { mismatch } => return Some(format!("wrong output: {mismatch}")),
        Correctness::Right { .. } | Correctness::Unknown | Correctness::NotAsked => {}
    }
    match &evidence.plausibility {
        Plausibility::FasterThanPhysics {
            least,
            measured,
            ceiling,
        } => Some(format!(
            "faster than physics: {measured} at most, where this device's {ceiling} ceiling allows {least} at least; the kernel did not do its work, or the model of its work is wrong"
        )),
        Plausibility::Plausible | Plausibility::CacheResident | Plausibility::NotJudged => None,
    }
}

fn slower(evidence: &Evidence) -> Option<String> {
    let baseline = &evidence.baseline;
    let mut reasons: Vec<String> = evidence
        .ranges
        .iter()
        .filter(|range| range.outcome == RangeOutcome::Slower)
        .map(|range| {
            let RangeEvidence {
                class,
                quantity,
                range,
                measured,
                place,
                ..
            } = range;
            format!("slower than its range: {quantity} {measured}, expected {range} on {class} ({place})")
        })
        .collect();
    if let Some(paired) = &evidence.paired {
        reasons.extend(paired::slower(paired));
    } else if baseline.outcome == BaselineOutcome::Slower {
        reasons.push(format!(
            "slower than the baseline{}, tolerated {}{}",
            measured(baseline),
            percent(baseline.limit),
            labels(baseline)
        ));
    }
    (!reasons.is_empty()).then(|| reasons.join("; and "))
}

/// Why the baseline says nothing.
fn missing(baseline: &BaselineEvidence) -> String {
    match &baseline.outcome {
        BaselineOutcome::Incomparable {
            why: Incomparable::Method { before, now },
        } => format!("the baseline was timed by {before}, this run by {now}"),
        BaselineOutcome::Incomparable {
            why: Incomparable::Checks,
        } => "the baseline was measured under the other checks mode".to_owned(),
        BaselineOutcome::None
        | BaselineOutcome::Pass
        | BaselineOutcome::Slower
        | BaselineOutcome::Faster
        | BaselineOutcome::Undecided => "no baseline".to_owned(),
    }
}

fn by_range(evidence: &Evidence, missing: &str) -> (Verdict, String) {
    if evidence.ranges.is_empty() {
        return (
            Verdict::Ungated,
            format!("ungated: {missing}, and no range for this hardware"),
        );
    }
    let told: Vec<String> = evidence
        .ranges
        .iter()
        .map(|range| {
            let relation = match range.outcome {
                RangeOutcome::Within => "within",
                RangeOutcome::Faster => "better than",
                RangeOutcome::Slower => "worse than",
            };
            format!(
                "{} {} is {relation} {} on {}",
                range.quantity, range.measured, range.range, range.class
            )
        })
        .collect();
    (
        Verdict::PassByRange,
        format!("by range only: {}; {missing}", told.join(", ")),
    )
}

/// `by +3.10 % (+2.40 % to +3.80 %)`.
fn measured(baseline: &BaselineEvidence) -> String {
    match &baseline.change {
        Some(change) => format!(": {} ({})", change.estimate, span(change)),
        None => String::new(),
    }
}

/// The interval as every report shows it.
pub(super) fn span(change: &Change) -> String {
    format!("{} to {}", change.lower(), change.upper())
}

fn rounds(change: &Change) -> String {
    let (before, now) = change.rounds;
    format!(
        "{now} {} against {before}",
        if now == 1 { "round" } else { "rounds" }
    )
}

/// What else changed since the baseline, where anything did.
fn labels(baseline: &BaselineEvidence) -> String {
    if baseline.labels.is_empty() {
        String::new()
    } else {
        format!(" [{}]", baseline.labels.join(", "))
    }
}

/// An amount without a sign: `2.00 %`.
pub(super) fn percent(ratio: Ratio) -> String {
    ratio.to_string().trim_start_matches('+').to_owned()
}

/// The exit code of a run with these judgements: 3, 1, 5, 4 in this order
/// where several apply; 0 where none does; 6 where there are none.
///
/// What fails counts, by its verdict: wrong is 3; slower is 1, and so is
/// faster where that was asked to fail; lost is 5; undecided, ungated and a
/// missing baseline are 4.
#[must_use]
pub fn outcome(judgements: &[Judgement]) -> u8 {
    // A green run means that something was judged.
    let judged = |judgement: &Judgement| judgement.fails || judgement.verdict != Verdict::Lost;
    if !judgements.iter().any(judged) {
        return 6;
    }
    let codes: Vec<u8> = judgements
        .iter()
        .filter(|judgement| judgement.fails)
        .map(|judgement| match judgement.verdict {
            Verdict::Wrong => 3,
            Verdict::Slower | Verdict::Pass => 1,
            Verdict::Lost => 5,
            Verdict::Undecided | Verdict::PassByRange | Verdict::Ungated => 4,
        })
        .collect();
    [3, 1, 5, 4]
        .into_iter()
        .find(|code| codes.contains(code))
        .unwrap_or(0)
}
