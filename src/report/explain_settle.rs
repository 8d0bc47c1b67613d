//! What an explanation says of how a case would be settled.

use crate::verdict::{BaselineOutcome, PairedOutcome, Verdict};

use super::explain_paired;
use super::text::percent;
use super::words::{Kind, rounds};
use super::{CaseReport, Report};

/// The command that records this case, and only this.
fn record(case: &CaseReport) -> String {
    format!(
        "`gate update-baselines {} --filter '{}' --reason TEXT`",
        case.place.file, case.id
    )
}

/// What would settle a case, or that it is settled.
pub(super) fn settle(report: &Report, case: &CaseReport, kind: Kind) -> Vec<String> {
    let baseline = &case.evidence.baseline;
    let paired = case.evidence.paired.as_ref();
    let by_range = match paired {
        Some(paired) => paired.outcome != PairedOutcome::Slower,
        None => baseline.outcome != BaselineOutcome::Slower,
    };
    let mut told = Vec::new();
    match case.judgement.verdict {
        Verdict::Wrong => told.push(
            "No time settles a wrong answer: the kernel, or the spec's model of it, has to change."
                .to_owned(),
        ),
        Verdict::Lost => told.push(
            "It was lost before there was anything to judge; what the worker said last stands above."
                .to_owned(),
        ),
        Verdict::Slower if by_range => told.push(
            "It is settled by its range. If the range expects too much of this hardware, it is to be changed where it is written.".to_owned(),
        ),
        _ if paired.is_some() => {
            told.extend(paired.into_iter().flat_map(|paired| explain_paired::settle(case, paired)));
        }
        Verdict::Slower => {
            told.push("It is settled: more rounds would not take it back.".to_owned());
            if kind == Kind::Check {
                told.push(format!("If the slowdown is meant, {} accepts it.", record(case)));
            }
        }
        Verdict::Pass if baseline.outcome == BaselineOutcome::Faster => {
            told.push("It is settled.".to_owned());
            if kind == Kind::Check {
                told.push(format!("{} keeps the win.", record(case)));
            }
        }
        Verdict::Pass => told.push("It is settled: more rounds would not take it back.".to_owned()),
        Verdict::PassByRange | Verdict::Ungated => told.push(match kind {
            Kind::Compare => "Rounds of it on both sides.".to_owned(),
            Kind::Check | Kind::Run | Kind::Update | Kind::Refused => {
                format!("A baseline of this device: {} records one.", record(case))
            }
        }),
        Verdict::Undecided => told.push(undecided(case, kind)),
    }
    if let Some(outlook) = &case.reasoning.outlook {
        let tolerated = paired.map_or(baseline.limit, |paired| paired.limit);
        let (limit, least) = (percent(tolerated), percent(outlook.detectable));
        told.push(format!(
            "In up to {} as noisy as these, {least} is the smallest slowdown that is told from \
             none (19 times in 20), and {} the smallest limit that an unchanged kernel passes.",
            rounds(outlook.rounds),
            percent(outlook.honoured)
        ));
        if outlook.detectable.0 > tolerated.0 {
            told.push(format!(
                "Its limit of {limit} is finer than that. {}",
                match kind {
                    _ if paired.is_some() => "More rounds (`--rounds`), or a larger limit, can be honoured.",
                    Kind::Compare => "Longer recordings, or a larger `--slowdown`, can be honoured.",
                    Kind::Check | Kind::Run | Kind::Update | Kind::Refused =>
                        "More rounds in the baseline and in the run, or a larger limit, can be honoured.",
                }
            ));
        }
    }
    if report.interrupted {
        told.push("The run was interrupted before its end.".to_owned());
    }
    told
}

fn undecided(case: &CaseReport, kind: Kind) -> String {
    let reasoning = &case.reasoning;
    let Some(found) = &case.evidence.baseline.change else {
        return "It had too few rounds to be looked at: a larger `--budget`, or fewer cases, give it its turn.".to_owned();
    };
    let (before, now) = found.rounds;
    match reasoning.outlook.and_then(|outlook| outlook.to_tell) {
        Some(needed) if needed > now => {
            let how = match kind {
                Kind::Compare => format!("recordings of {}", rounds(needed)),
                Kind::Check | Kind::Run | Kind::Update | Kind::Refused => {
                    format!("`--rounds {needed}`")
                }
            };
            format!(
                "If the change is what it was estimated to be, {how} would tell, against the {} \
                 of the other side.",
                rounds(before)
            )
        }
        Some(_) => {
            "One look at as many rounds would tell, if the change is what it was estimated to be: \
             it was close, and further looks cost confidence."
                .to_owned()
        }
        None => format!(
            "No number of rounds tells {} from the tolerated {} here: what the other side's {} \
             and different days leave open is wider than what lies between them.",
            found.estimate,
            percent(case.evidence.baseline.limit),
            rounds(before)
        ),
    }
}
