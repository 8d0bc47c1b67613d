//! One case of a report, explained to the person who wrote the kernel.

use std::io::{self, Write};

use crate::kit::{Correctness, Nanos, Ratio};
use crate::verdict::{BaselineOutcome, Incomparable, Verdict};

use super::evidence::{Depth, lines};
use super::explain_paired;
use super::explain_settle::settle;
use super::plot::{Strip, plot};
use super::text::{change, clean, count, exact, percent, width, wrap};
use super::words::{Kind, rounds, verdict};
use super::{CaseReport, LookReport, Report, RoundReport, TableStyle};

/// Columns of the plot, where there is room.
const PLOT: usize = 56;

/// Narrower than this nothing is set.
const LEAST: usize = 40;

/// Left of the plot: indentation, names, and its edge.
const BESIDE_PLOT: usize = 16;

/// Writes one case: what was asked, what the answer is and why, every round of
/// both sides, each look, all other evidence, and what would settle it.
///
/// # Errors
///
/// Of the writer.
pub fn write_explanation(
    report: &Report,
    case: &CaseReport,
    style: &TableStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    let kind = Kind::of(report);
    let mut page = Page {
        columns: style.width.map(|columns| usize::from(columns).max(LEAST)),
        color: style.color,
        text: String::new(),
    };
    page.paragraph("", &page.bold(&clean(&case.id.0)));
    let word = verdict(case, kind).signed();
    page.paragraph("", &format!("{word}: {}", case.judgement.reason));

    page.section("The question");
    let wrong = matches!(case.evidence.correctness, Correctness::Wrong { .. });
    let (question, answers) = asked(report, case, kind);
    page.say(&question);
    page.section("The answer");
    for sentence in answers {
        page.say(&sentence);
    }
    let asked_of_times = !wrong && case.judgement.verdict != Verdict::Lost;
    if !case.rounds.is_empty() || (asked_of_times && !case.reasoning.before.is_empty()) {
        page.section("The rounds");
        page.say("Each mark is a fresh process; a digit is as many that read the same.");
        page.plot(case);
        page.rounds(case);
    }
    if !case.reasoning.looks.is_empty() {
        page.section("The looks");
        page.looks(case);
    }
    page.section("Other evidence");
    for line in lines(case, kind, Depth::All) {
        let told = match line.about {
            "baseline" | "revision" | "pairs" | "rounds" => true,
            "output" => wrong,
            _ => false,
        };
        if !told {
            page.item(line.about, &line.says);
        }
    }
    page.section("What would settle it");
    for sentence in settle(report, case, kind) {
        page.say(&sentence);
    }
    out.write_all(page.text.as_bytes())
}

/// A text as it grows.
struct Page {
    columns: Option<usize>,
    color: bool,
    text: String,
}

impl Page {
    fn bold(&self, text: &str) -> String {
        if self.color {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn lines(&mut self, text: &str, first: &str, rest: &str) {
        for line in wrap(text, self.columns, first, rest) {
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    fn paragraph(&mut self, first: &str, text: &str) {
        self.lines(text, first, "  ");
    }

    fn section(&mut self, title: &str) {
        let title = self.bold(title);
        self.text.push('\n');
        self.text.push_str(&title);
        self.text.push('\n');
    }

    fn say(&mut self, text: &str) {
        self.lines(&clean(text), "  ", "  ");
    }

    fn item(&mut self, about: &str, says: &str) {
        let first = format!("  {about:<10}  ");
        let rest = " ".repeat(width(&first));
        self.lines(&clean(says), &first, &rest);
    }

    fn plot(&mut self, case: &CaseReport) {
        let columns = self.columns.map_or(PLOT, |columns| {
            columns.saturating_sub(BESIDE_PLOT).min(PLOT)
        });
        let origin = case.before.unwrap_or(Nanos(0.0));
        if let (Some(paired), Some(before)) = (&case.evidence.paired, case.before) {
            self.strips(&explain_paired::strips(paired, before), before, columns);
            return;
        }
        let limit = case.evidence.baseline.limit;
        let limit = case
            .before
            .map(|before| Nanos(before.0 * (1.0 + limit.0)))
            .into_iter();
        let strips = [
            Strip {
                name: "baseline",
                times: case
                    .reasoning
                    .before
                    .iter()
                    .map(|round| round.time)
                    .collect(),
                mark: 'o',
            },
            Strip {
                name: "now",
                times: case.rounds.iter().map(|round| round.time).collect(),
                mark: 'o',
            },
            Strip {
                name: "limit",
                times: limit.collect(),
                mark: '^',
            },
        ];
        self.strips(&strips, origin, columns);
    }

    fn strips(&mut self, strips: &[Strip<'_>], origin: Nanos, columns: usize) {
        for line in plot(strips, origin, columns) {
            self.text.push_str("    ");
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }

    fn rounds(&mut self, case: &CaseReport) {
        if let Some(paired) = &case.evidence.paired {
            for (about, says) in explain_paired::rounds(paired) {
                self.item(&about, &says);
            }
            return;
        }
        let reasoning = &case.reasoning;
        let mut numbers: Vec<u32> = reasoning
            .before
            .iter()
            .map(|round| round.recording)
            .collect();
        numbers.dedup();
        for number in numbers {
            let of: Vec<_> = reasoning
                .before
                .iter()
                .filter(|round| round.recording == number)
                .collect();
            let known = reasoning.recordings.iter().find(|one| one.id == number);
            if let Some(one) = known {
                let commit = one
                    .commit
                    .as_ref()
                    .map_or_else(String::new, |commit| format!(", commit {commit}"));
                let reason = one
                    .reason
                    .as_ref()
                    .map_or_else(String::new, |reason| format!(": \"{reason}\""));
                let (id, time) = (one.id, &one.time);
                self.say(&format!(
                    "baseline, recording {id} of {time}{commit}{reason}"
                ));
            } else {
                self.say("baseline");
            }
            for (index, round) in of.iter().enumerate() {
                self.item(
                    &format!("  round {}", index + 1),
                    &format!(
                        "{} ±{} within, {}",
                        exact(round.time),
                        percent(round.spread),
                        count(round.samples, "sample", "samples")
                    ),
                );
            }
        }
        if !case.rounds.is_empty() {
            self.say("now");
        }
        for (index, round) in case.rounds.iter().enumerate() {
            self.item(&format!("  round {}", index + 1), &one_round(round));
        }
        if let Some(found) = &case.evidence.baseline.change {
            self.say(&format!(
                "From process to process this kernel moves by {} (one standard deviation, as well \
                 known as by {:.0} rounds more than one: these rounds, and what kernels of its \
                 length do in this run).",
                percent(Ratio::from_ln(found.sigma)),
                found.freedom
            ));
        }
    }

    fn looks(&mut self, case: &CaseReport) {
        self.say(
            "Each look may end a case, so each spends a part of the confidence, and the interval \
             of an early look is the wider for it. Spent is how much of its confidence \
             each claim had used up by then.",
        );
        let looks = &case.reasoning.looks;
        for (index, look) in looks.iter().enumerate() {
            let says = match look.outcome {
                BaselineOutcome::Pass => "below the limit: pass",
                BaselineOutcome::Slower => "above the limit: slower",
                BaselineOutcome::Faster => "below no change: faster",
                BaselineOutcome::Undecided if !look.change.may_be_slower() => {
                    "not below the limit, and too few to be slower"
                }
                BaselineOutcome::Undecided
                | BaselineOutcome::None
                | BaselineOutcome::Incomparable { .. } => "on both sides of the limit",
            };
            let last = if index + 1 == looks.len() && look.outcome != BaselineOutcome::Undecided {
                "; this decision stands"
            } else {
                ""
            };
            self.item(
                &rounds(look.rounds),
                &format!("{}, {says}{}{last}", change(&look.change), spent(look)),
            );
        }
    }
}

/// How much of the confidence was used up by a look.
fn spent(look: &LookReport) -> String {
    look.spent.map_or_else(String::new, |spent| {
        let whole = |part: f64| percent(Ratio((part * 100.0).round() / 100.0));
        let (slower, pass) = (whole(spent.slower), whole(spent.pass));
        format!("; spent {slower} for slower, {pass} for pass")
    })
}

fn one_round(round: &RoundReport) -> String {
    format!(
        "{} ±{} within, {} of {}{}",
        exact(round.time),
        percent(round.spread),
        count(round.samples, "sample", "samples"),
        count(round.batch as usize, "dispatch", "dispatches"),
        if round.warm {
            ""
        } else {
            ", warm-up had not settled"
        }
    )
}

/// What it is compared with, in a word.
fn other(kind: Kind) -> &'static str {
    match kind {
        Kind::Compare => "what it is compared with",
        Kind::Check | Kind::Run | Kind::Update | Kind::Refused => "its baseline",
    }
}

/// The question that was put to a case, and what came of it. What is wrong, or
/// was lost, is asked nothing of its times.
fn asked(report: &Report, case: &CaseReport, kind: Kind) -> (String, Vec<String>) {
    let evidence = &case.evidence;
    if let Correctness::Wrong { mismatch } = &evidence.correctness {
        let question = "Does it compute what its spec says? What does not is not compared.";
        return (question.to_owned(), vec![format!("No: {mismatch}.")]);
    }
    if case.judgement.verdict == Verdict::Lost {
        let question = "None that can be answered: it was lost before there was anything to judge.";
        return (question.to_owned(), vec![case.judgement.reason.clone()]);
    }
    match &evidence.paired {
        Some(paired) => (
            explain_paired::question(paired),
            explain_paired::answer(report, case, paired),
        ),
        None => (question(case, kind), answer(report, case, kind)),
    }
}

fn question(case: &CaseReport, kind: Kind) -> String {
    let baseline = &case.evidence.baseline;
    match &baseline.outcome {
        BaselineOutcome::None => match case.evidence.ranges.is_empty() {
            true => format!("Nothing was asked: {} has no rounds of it, and no range holds here.", other(kind)),
            false => "Is it within the range that its spec expects on this hardware? There is no baseline to ask more of.".to_owned(),
        },
        BaselineOutcome::Incomparable { why } => match why {
            Incomparable::Method { before, now } => format!(
                "None that can be answered: {} was timed by {before}, and this run by {now}.",
                other(kind)
            ),
            Incomparable::Checks => format!(
                "None that can be answered: one of {} and this run has wgpu's checks compiled in, and the other has not.",
                other(kind)
            ),
        },
        BaselineOutcome::Pass
        | BaselineOutcome::Slower
        | BaselineOutcome::Faster
        | BaselineOutcome::Undecided => {
            let limit = percent(baseline.limit);
            let source = match kind {
                Kind::Compare => "`--slowdown`",
                Kind::Check | Kind::Run | Kind::Update | Kind::Refused => "`slowdown` in its limits",
            };
            format!(
                "Is it slower than {} by more than {limit} ({source})?",
                other(kind)
            )
        }
    }
}

fn answer(report: &Report, case: &CaseReport, kind: Kind) -> Vec<String> {
    let baseline = &case.evidence.baseline;
    let Some(found) = &baseline.change else {
        return vec![case.judgement.reason.clone()];
    };
    let estimate = found.estimate;
    let (low, upper) = (found.lower(), found.upper());
    let limit = percent(baseline.limit);
    let mut told = Vec::new();
    told.push(match (case.before, case.time) {
        (Some(before), Some((now, _, _))) => {
            format!("Best estimate: {estimate}, from {before} to {now}.")
        }
        (Some(_) | None, _) => format!("Best estimate: {estimate}."),
    });
    let confidence = percent(Ratio(report.confidence));
    let all = count(report.cases.len(), "case", "cases");
    told.push(if baseline.outcome == BaselineOutcome::Faster {
        format!(
            "It is {low} at least and {upper} at most, at {confidence} confidence of all {all} of \
             this run together."
        )
    } else if !found.may_be_slower() {
        format!(
            "It is {low} at least and {upper} at most, each at {confidence} for this case alone; to \
             call it slower, {} are too few: chance may have given all of them what none of \
             those before met.",
            count(found.rounds.1, "round", "rounds")
        )
    } else {
        let leave = if slower(report) > 1 {
            " (a case that is found slower leaves its share of that to the others)"
        } else {
            ""
        };
        format!(
            "It is {low} at least, at {confidence} confidence of all {all} of this run \
             together{leave}; and {upper} at most, at {confidence} for this case alone, which is \
             what passing asks for."
        )
    });
    told.push(match &baseline.outcome {
        BaselineOutcome::Slower => {
            format!("Even {low} lies above the tolerated {limit}: slower.")
        }
        BaselineOutcome::Pass => {
            format!("Even {upper} lies below the tolerated {limit}: it passes.")
        }
        BaselineOutcome::Faster => format!("Even {upper} lies below no change at all: faster."),
        BaselineOutcome::Undecided
        | BaselineOutcome::None
        | BaselineOutcome::Incomparable { .. }
            if !found.may_be_slower() =>
        {
            format!("It does not pass the tolerated {limit} either: these rounds do not tell.")
        }
        BaselineOutcome::Undecided
        | BaselineOutcome::None
        | BaselineOutcome::Incomparable { .. } => format!(
            "The tolerated {limit} lies between {low} and {upper}: these rounds do not tell."
        ),
    });
    if !baseline.labels.is_empty() {
        told.push(format!(
            "Since {} was recorded, this changed as well: {}.",
            other(kind),
            baseline.labels.join(", ")
        ));
    }
    match &case.reasoning.code {
        Some(code) if !code.is_empty() && !case.code.is_empty() => told.push(
            if *code == case.code {
                "Its WGSL is the same on both sides: what changed is not in the kernel's text."
            } else {
                "Its WGSL is not that of the baseline."
            }
            .to_owned(),
        ),
        Some(_) | None => {}
    }
    told
}

/// Cases that were found slower than their baseline allows.
fn slower(report: &Report) -> usize {
    let slower = |case: &&CaseReport| case.evidence.baseline.outcome == BaselineOutcome::Slower;
    report.cases.iter().filter(slower).count()
}
