//! The evidence of one case, each line of it on its own.

use crate::kit::{Correctness, Ratio};
use crate::stats::Change;
use crate::verdict::{
    BaselineEvidence, BaselineOutcome, Environment, Incomparable, Plausibility, RangeEvidence,
    RangeOutcome, Verdict,
};

use super::paired;
use super::text::{change, clean, count, interval, measured, percent, rate, roofline};
use super::words::{Kind, rounds};
use super::{CaseReport, StageReport};

/// One line: what it is about, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) about: &'static str,
    pub(super) says: String,
}

/// How much is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// What a failure needs.
    Failure,
    /// All that is known.
    All,
}

/// The evidence of a case, for a failing block or, with all of it, for `-v`.
/// In a failing block its reason stands above, and is not said again.
pub(super) fn lines(case: &CaseReport, kind: Kind, depth: Depth) -> Vec<Line> {
    let mut lines = Lines(Vec::new());
    let all = depth == Depth::All;
    let evidence = &case.evidence;
    if all && !case.names.is_empty() {
        lines.add("names", case.names.join(", "));
    }
    if let Some(lost) = &evidence.lost {
        lines.add("lost", lost.to_string());
    }
    lines.add_some("output", output(&evidence.correctness, all));
    if let Some(mut text) = measured(case) {
        for one in &case.rates {
            text.push_str(&format!(", {}", rate(one)));
        }
        if let Some(part) = case.roofline {
            text.push_str(&format!(", {} of the roofline", roofline(part)));
        }
        if let Some(bound) = &case.bound {
            text.push_str(&format!(" ({bound})"));
        }
        lines.add("time", text);
    }
    if all || case.judgement.verdict != Verdict::Wrong {
        lines.add_some("physics", physics(&evidence.plausibility, all));
    }
    if let Some(paired) = &evidence.paired {
        lines.add_some("revision", paired::line(case, paired));
        if all {
            lines.add_some("pairs", paired::pairs(paired));
        }
    } else if kind != Kind::Run {
        lines.add_some("baseline", baseline(case, kind, all));
        if !evidence.baseline.labels.is_empty() {
            lines.add("since then", evidence.baseline.labels.join(", "));
        }
    }
    for one in &evidence.ranges {
        if all || !case.judgement.reason.contains(&one.place.to_string()) {
            lines.add("range", range(one));
        }
    }
    if let Environment::Shifted { by, what } = &evidence.environment {
        lines.add("machine", format!("unchanged code moved by {by} ({what})"));
    }
    if all {
        lines.add_some("rounds", measured_rounds(case));
        for stage in &case.stages {
            lines.add("stage", stage_line(stage));
        }
        if let Some(compile) = case.compile {
            lines.add("compile", format!("{compile}, WGSL {}", case.code));
        }
    }
    for note in &case.notes {
        lines.add("note", note.clone());
    }
    lines.add("written at", case.place.to_string());
    if !all {
        let reason = clean(&case.judgement.reason);
        lines.0.retain(|line| !reason.contains(&line.says));
    }
    lines.0
}

struct Lines(Vec<Line>);

impl Lines {
    fn add(&mut self, about: &'static str, says: String) {
        self.0.push(Line {
            about,
            says: clean(&says),
        });
    }

    fn add_some(&mut self, about: &'static str, says: Option<String>) {
        if let Some(says) = says {
            self.add(about, says);
        }
    }
}

fn output(correctness: &Correctness, all: bool) -> Option<String> {
    match correctness {
        Correctness::Wrong { mismatch } => Some(mismatch.to_string()),
        Correctness::Right {
            repeatable,
            by_wgsl,
        } => all.then(|| {
            format!(
                "right, by a reference in {}; {}",
                if *by_wgsl { "WGSL" } else { "f64" },
                if *repeatable {
                    "the same bits twice"
                } else {
                    "other bits the second time, within tolerance"
                },
            )
        }),
        Correctness::Unknown => all.then(|| "not verified".to_owned()),
        Correctness::NotAsked => all.then(|| "not looked at: only times are compared".to_owned()),
    }
}

fn physics(plausibility: &Plausibility, all: bool) -> Option<String> {
    match plausibility {
        Plausibility::FasterThanPhysics {
            least,
            measured,
            ceiling,
        } => Some(format!(
            "by this device's {ceiling} ceiling the work takes at least {least}, and {measured} \
             was measured at most: the kernel does not do its work, or `work:` claims too much"
        )),
        Plausibility::CacheResident => {
            all.then(|| "the data fits in the cache, so memory sets no limit".to_owned())
        }
        Plausibility::Plausible => all.then(|| "plausible".to_owned()),
        Plausibility::NotJudged => None,
    }
}

pub(super) fn baseline(case: &CaseReport, kind: Kind, all: bool) -> Option<String> {
    let BaselineEvidence {
        outcome,
        change: found,
        limit,
        labels: _,
    } = &case.evidence.baseline;
    let judged = matches!(
        outcome,
        BaselineOutcome::Pass
            | BaselineOutcome::Slower
            | BaselineOutcome::Faster
            | BaselineOutcome::Undecided
    );
    if judged && found.is_none() {
        return None;
    }
    let cure = || format!("`gate update-baselines {}` records one", case.place.file);
    let numbers = found.as_ref().map(|found| {
        let before = case
            .before
            .map_or(String::new(), |time| format!("{time} then, "));
        format!("{before}{}", change(found))
    });
    let counts = found.as_ref().map_or(String::new(), |found| {
        format!("; {} then, {} now", rounds(found.rounds.0), found.rounds.1)
    });
    let numbers = numbers.unwrap_or_else(|| "no interval".to_owned());
    let limit_text = percent(*limit);
    if matches!(kind, Kind::Update | Kind::Refused) {
        return found.as_ref().map(|_| format!("{numbers}{counts}"));
    }
    let text = match outcome {
        BaselineOutcome::None => {
            // A wrong or lost case cannot be recorded, so this is not its cure.
            if !all && matches!(case.judgement.verdict, Verdict::Wrong | Verdict::Lost) {
                return None;
            }
            if kind == Kind::Compare {
                return Some("none: only what is compared has this case".to_owned());
            }
            format!("none on this device; {}", cure())
        }
        BaselineOutcome::Incomparable { why } => match why {
            Incomparable::Method { before, now } if kind == Kind::Compare => {
                format!("not comparable: its times were taken by {before}, and now by {now}")
            }
            Incomparable::Checks if kind == Kind::Compare => {
                "not comparable: one is with wgpu's checks, the other without".to_owned()
            }
            Incomparable::Method { before, now } => format!(
                "not comparable: its times were taken by {before}, and now by {now}; {}",
                cure()
            ),
            Incomparable::Checks => format!(
                "not comparable: one is with wgpu's checks, the other without; {}",
                cure()
            ),
        },
        BaselineOutcome::Pass => {
            format!("{numbers}, below the tolerated {limit_text}{counts}")
        }
        BaselineOutcome::Slower => {
            format!("{numbers}, above the tolerated {limit_text}{counts}")
        }
        BaselineOutcome::Faster => format!("{numbers}, below no change at all{counts}"),
        BaselineOutcome::Undecided => {
            let seen = found
                .as_ref()
                .filter(|_| all)
                .map_or(String::new(), |found| {
                    if !found.may_be_slower() {
                        return "; too few to call any slowdown one".to_owned();
                    }
                    let least = percent(Ratio(limit.0 + found.detectable.0));
                    format!("; only a slowdown beyond {least} would have shown")
                });
            let lies = match found {
                Some(found) if !found.may_be_slower() => "not below",
                Some(_) | None => "on both sides of",
            };
            let flag = match kind {
                Kind::Compare => "`gate run --rounds` records more",
                Kind::Check | Kind::Run | Kind::Update | Kind::Refused => "`--rounds`",
            };
            let tell = more_rounds(case, found.as_ref(), flag);
            format!("{numbers}, {lies} the tolerated {limit_text}{counts}{seen}; {tell}")
        }
    };
    Some(text)
}

/// What more rounds would do for an undecided case.
pub(super) fn more_rounds(case: &CaseReport, found: Option<&Change>, flag: &str) -> String {
    let needed = found.and_then(|found| {
        let outlook = case.reasoning.outlook?;
        Some((outlook.to_tell, found.rounds.1))
    });
    match needed {
        Some((None, _)) if case.evidence.paired.is_some() => {
            "no number of rounds worth waiting for would tell".to_owned()
        }
        Some((None, _)) => "more rounds of this side alone would not tell".to_owned(),
        Some((Some(needed), now)) if needed > now => {
            format!("{} would tell ({flag})", rounds(needed))
        }
        Some((Some(_), _)) | None => format!("more rounds tell ({flag})"),
    }
}

fn range(evidence: &RangeEvidence) -> String {
    let RangeEvidence {
        class,
        quantity,
        range,
        measured,
        outcome,
        place,
    } = evidence;
    let outcome = match outcome {
        RangeOutcome::Within => "within",
        RangeOutcome::Faster => "better than expected: the range can be tightened",
        RangeOutcome::Slower => "worse",
    };
    format!("{quantity} `{range}` on {class}: {measured}, {outcome} ({place})")
}

fn measured_rounds(case: &CaseReport) -> Option<String> {
    let first = case.rounds.first()?;
    let times: Vec<String> = case
        .rounds
        .iter()
        .map(|round| {
            let cold = if round.warm { "" } else { " (not settled)" };
            format!("{} ±{}{cold}", round.time, percent(round.spread))
        })
        .collect();
    Some(format!(
        "{}; {} of {}",
        times.join(", "),
        count(first.samples, "sample", "samples"),
        count(first.batch as usize, "dispatch", "dispatches"),
    ))
}

fn stage_line(stage: &StageReport) -> String {
    let mut text = format!(
        "{}: {}, {}",
        stage.kernel,
        stage.time,
        percent(Ratio((stage.share.0 * 100.0).round() / 100.0))
    );
    if let Some(before) = stage.before {
        text.push_str(&format!("; {before} there"));
    }
    if let Some(change) = stage.change {
        text.push_str(&format!(", {}", interval(change)));
    }
    text
}
