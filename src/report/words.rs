//! What a verdict is called, and the sentence that sums up a run.

use crate::kit::Correctness;
use crate::verdict::{BaselineOutcome, PairedOutcome, RangeOutcome, Verdict};

use super::text::count;
use super::{CaseReport, Report};

/// What kind of report it is, by its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Judged.
    Check,
    /// Judged, of two recorded runs.
    Compare,
    /// Measured only.
    Run,
    /// Recorded.
    Update,
    /// Not recorded, since something got slower and nobody said why.
    Refused,
}

impl Kind {
    pub(super) fn of(report: &Report) -> Self {
        match report.command.as_str() {
            "run" => Self::Run,
            // One that fails has measured, and written nothing.
            "update-baselines" => match report.exit {
                0 => Self::Update,
                1 => Self::Refused,
                _ => Self::Run,
            },
            "compare" => Self::Compare,
            _ => Self::Check,
        }
    }

    /// Whether times are judged in it.
    pub(super) fn judges(self) -> bool {
        match self {
            Self::Check | Self::Compare => true,
            Self::Run | Self::Update | Self::Refused => false,
        }
    }
}

/// How a word is meant; colours only repeat what the sign says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it should be.
    Good,
    /// Fails.
    Bad,
    /// Not known.
    Doubt,
    /// Does not fail, but should be looked at.
    Notice,
}

impl Tone {
    /// The sign before the word.
    pub(super) fn sign(self) -> char {
        match self {
            Self::Good => '✓',
            Self::Bad => '✗',
            Self::Doubt => '?',
            Self::Notice => '!',
        }
    }
}

/// A case's verdict in a word or three.
pub(super) struct Word {
    pub(super) tone: Tone,
    pub(super) word: String,
}

impl Word {
    fn new(tone: Tone, word: impl Into<String>) -> Self {
        Self {
            tone,
            word: word.into(),
        }
    }

    /// `✗ slower`.
    pub(super) fn signed(&self) -> String {
        format!("{} {}", self.tone.sign(), self.word)
    }
}

/// What a case's verdict is called in a report of this kind.
pub(super) fn verdict(case: &CaseReport, kind: Kind) -> Word {
    let fails = case.judgement.fails;
    let failing = |tone, word: &str| {
        if fails {
            Word::new(tone, word)
        } else {
            Word::new(Tone::Notice, format!("{word} (allowed)"))
        }
    };
    match (case.judgement.verdict, kind) {
        (Verdict::Wrong, _) if matches!(case.evidence.correctness, Correctness::Wrong { .. }) => {
            Word::new(Tone::Bad, "wrong")
        }
        (Verdict::Wrong, _) => Word::new(Tone::Bad, "wrong (too fast)"),
        (Verdict::Lost, _) => failing(Tone::Bad, "lost"),
        (
            Verdict::Slower
            | Verdict::Undecided
            | Verdict::Pass
            | Verdict::PassByRange
            | Verdict::Ungated,
            Kind::Run,
        ) => match case.evidence.correctness {
            Correctness::Right { .. } => Word::new(Tone::Good, "right"),
            Correctness::Wrong { .. } => Word::new(Tone::Bad, "wrong"),
            Correctness::Unknown | Correctness::NotAsked => Word::new(Tone::Doubt, "not verified"),
        },
        (
            Verdict::Slower
            | Verdict::Undecided
            | Verdict::Pass
            | Verdict::PassByRange
            | Verdict::Ungated,
            Kind::Refused,
        ) => {
            if fails {
                Word::new(Tone::Bad, "slower")
            } else {
                Word::new(Tone::Good, "right")
            }
        }
        (
            Verdict::Slower
            | Verdict::Undecided
            | Verdict::Pass
            | Verdict::PassByRange
            | Verdict::Ungated,
            Kind::Update,
        ) => match case.before {
            Some(_) => Word::new(Tone::Good, "recorded"),
            None => Word::new(Tone::Good, "new"),
        },
        (Verdict::Slower, Kind::Check | Kind::Compare) if case.judgement.advisory => {
            Word::new(Tone::Notice, "slower (advisory)")
        }
        (Verdict::Slower, Kind::Check | Kind::Compare) => {
            let baseline = match &case.evidence.paired {
                Some(paired) => paired.outcome == PairedOutcome::Slower,
                None => case.evidence.baseline.outcome == BaselineOutcome::Slower,
            };
            let range = case
                .evidence
                .ranges
                .iter()
                .any(|range| range.outcome == RangeOutcome::Slower);
            let word = match (baseline, range) {
                (false, true) => "slower (range)",
                (true, true) => "slower (both)",
                (true | false, false) => "slower",
            };
            failing(Tone::Bad, word)
        }
        (Verdict::Undecided, Kind::Check | Kind::Compare) if case.judgement.advisory => {
            Word::new(Tone::Notice, "undecided (advisory)")
        }
        (Verdict::Undecided, Kind::Check | Kind::Compare) => failing(Tone::Doubt, "undecided"),
        (Verdict::Ungated, Kind::Check | Kind::Compare) => failing(Tone::Doubt, "ungated"),
        (Verdict::Pass, Kind::Check | Kind::Compare) => {
            let tone = if fails { Tone::Bad } else { Tone::Good };
            let unchanged =
                case.evidence.paired.as_ref().is_some_and(|paired| {
                    matches!(paired.outcome, PairedOutcome::Unchanged { .. })
                });
            Word::new(
                tone,
                match (case.evidence.is_faster(), unchanged) {
                    (true, _) => "faster",
                    (false, true) => "unchanged",
                    (false, false) => "pass",
                },
            )
        }
        (Verdict::PassByRange, Kind::Check | Kind::Compare) if fails => {
            Word::new(Tone::Doubt, "no baseline")
        }
        (Verdict::PassByRange, Kind::Check | Kind::Compare) => {
            Word::new(Tone::Good, "pass by range")
        }
    }
}

/// What an exit code means here, in a word or two.
pub(super) fn meaning(report: &Report) -> &'static str {
    let fails = |verdict: Verdict| {
        let mut failing = report.cases.iter().filter(|case| case.judgement.fails);
        failing.any(|case| case.judgement.verdict == verdict)
    };
    match report.exit {
        // Others of the plan's parts have them.
        0 if report.part.is_some() && report.cases.is_empty() => "an empty part",
        0 if Kind::of(report).judges() => "pass",
        0 => "done",
        1 if !fails(Verdict::Slower) && fails(Verdict::Pass) => "faster",
        1 => "slower",
        2 => "bad request",
        3 => "wrong",
        4 if fails(Verdict::Undecided) => "undecided",
        4 if fails(Verdict::Ungated) => "ungated",
        4 => "no baseline",
        5 => "lost",
        6 => "nothing to judge",
        7 => "the gate failed",
        130 => "interrupted",
        _ => "see `gate help`",
    }
}

/// The sentence that sums up a run: counts, time, device, exit code.
#[must_use]
pub fn summary(report: &Report) -> String {
    let tally = report.tally();
    let kind = Kind::of(report);
    let mut parts = Vec::new();
    let mut part = |number: usize, what: &str| {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    };
    let done = tally.pass
        + tally.pass_by_range
        + tally.slower
        + tally.advisory
        + tally.undecided
        + tally.ungated;
    let passed = match tally.faster {
        0 => "passed".to_owned(),
        faster => format!("passed ({faster} of them faster)"),
    };
    match kind {
        Kind::Check | Kind::Compare => {
            part(tally.pass, &passed);
            let unbased = report.cases.iter().filter(|case| {
                case.judgement.verdict == Verdict::PassByRange && case.judgement.fails
            });
            let unbased = unbased.count();
            part(tally.pass_by_range - unbased, "passed by range");
            part(unbased, "without a baseline");
            part(tally.wrong, "wrong");
            part(tally.slower, "slower");
            part(tally.advisory, "slower (advisory)");
            part(tally.lost, "lost");
            part(tally.undecided - tally.undecided_advisory, "undecided");
            part(tally.undecided_advisory, "undecided (advisory)");
            part(tally.ungated, "ungated");
        }
        Kind::Run => {
            part(done, "measured");
            part(tally.wrong, "wrong");
            part(tally.lost, "lost");
        }
        Kind::Update => {
            let new = report.cases.iter().filter(|case| {
                case.before.is_none()
                    && !matches!(case.judgement.verdict, Verdict::Wrong | Verdict::Lost)
            });
            let new = new.count();
            part(done - new, "recorded");
            part(new, "new");
        }
        Kind::Refused => {
            let slower = report.cases.iter().filter(|case| case.judgement.fails);
            let slower = slower.count();
            part(slower, "slower and not recorded");
            part(done.saturating_sub(slower), "right and not recorded");
        }
    }
    part(report.unmeasured, "not measured");
    part(tally.left_out, "left out");
    part(report.filtered, "filtered out");
    let counts = if parts.is_empty() {
        "no cases".to_owned()
    } else {
        parts.join(", ")
    };
    format!(
        "{}{counts} in {} on {}: exit {} ({})",
        if report.interrupted {
            "interrupted: "
        } else {
            ""
        },
        report.elapsed,
        super::text::clean(&report.device.adapter),
        report.exit,
        meaning(report),
    )
}

/// `3 rounds`.
pub(super) fn rounds(number: usize) -> String {
    count(number, "round", "rounds")
}
