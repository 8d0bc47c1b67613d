//! What searches came to, for people.

use comfy_table::{Table, presets};

use crate::app::output::count;
use crate::exit;
use crate::kit::CaseId;

use super::found::{End, Found, FoundCase, FoundRival, FoundSuite};

/// A table a suite, what it takes to read it, and one sentence.
pub(super) fn text(found: &Found, verbosity: i8) -> String {
    let mut out = String::new();
    for suite in found.suites.iter().filter(|suite| !suite.cases.is_empty()) {
        out.push_str(&format!("{}\n\n", title(suite, verbosity)));
        out.push_str(&table(suite));
        out.push('\n');
        for line in remarks(suite, verbosity) {
            out.push_str(&format!("{line}\n"));
        }
        if let Some(file) = &suite.written {
            out.push_str(&format!("picks written to {file}\n"));
        }
        out.push('\n');
    }
    for note in &found.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    out.push_str(&summary(found));
    out.push('\n');
    out
}

fn title(suite: &FoundSuite, verbosity: i8) -> String {
    let measured: usize = suite.cases.iter().map(|case| case.candidates).sum();
    let mut title = format!(
        "{}: {}, {}",
        suite.suite,
        count(suite.cases.len(), "case"),
        count(measured, "candidate")
    );
    if suite.rounds > 0 {
        title.push_str(&format!(", {}", count(suite.rounds as usize, "round")));
        if verbosity > 0 {
            title.push_str(&format!(" in {}, seed {}", suite.elapsed, suite.seed));
        }
    }
    title
}

fn table(suite: &FoundSuite) -> String {
    let mut table = Table::new();
    table.force_no_tty();
    *table.style_mut() = presets::NOTHING;
    table.set_header(["case", "pick", "time", "next", "candidates"]);
    for case in &suite.cases {
        table.add_row([
            case.case.0.clone(),
            match case.end {
                End::Picked => case.pick.as_ref().map(variant).unwrap_or_default(),
                End::Planned => "-".to_owned(),
                End::Unfinished => "not yet".to_owned(),
                End::Lost => "none: all are wrong or lost".to_owned(),
            },
            case.time
                .map_or_else(|| "-".to_owned(), |(time, _, _)| time.to_string()),
            case.runners_up.first().map_or_else(|| "-".to_owned(), next),
            candidates(case),
        ]);
    }
    let lines = table.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

/// A candidate without the part that all of a case share.
fn variant(id: &CaseId) -> String {
    id.0.split_once('@')
        .map_or_else(|| "(no axes)".to_owned(), |(_, axes)| axes.to_owned())
}

/// `deep=8,tile=64: +3.1 % (+2.2 % to +4.0 %)`.
fn next(other: &FoundRival) -> String {
    let (change, low, high) = other.change;
    let alike = if other.tied { ", alike" } else { "" };
    format!("{}: {change} ({low} to {high}){alike}", variant(&other.id))
}

/// `24 of 45: 12 of equal code, 9 move too much`.
fn candidates(case: &FoundCase) -> String {
    let mut gone = Vec::new();
    if case.merged > 0 {
        gone.push(format!("{} of equal code", case.merged));
    }
    if case.pruned > 0 {
        let verb = if case.pruned == 1 { "moves" } else { "move" };
        gone.push(format!("{} {verb} too much", case.pruned));
    }
    if gone.is_empty() {
        case.candidates.to_string()
    } else {
        format!(
            "{} of {}: {}",
            case.candidates,
            case.planned,
            gone.join(", ")
        )
    }
}

/// What else there is to say: ties, changes of a pick, what is unfit, and what
/// was left out.
fn remarks(suite: &FoundSuite, verbosity: i8) -> Vec<String> {
    let mut lines = Vec::new();
    for case in &suite.cases {
        lines.extend(case_remarks(case, verbosity));
    }
    for (reason, number) in &suite.left_out {
        lines.push(format!(
            "left out: {}: {reason}",
            count(*number, "candidate")
        ));
    }
    lines
}

fn case_remarks(case: &FoundCase, verbosity: i8) -> Vec<String> {
    let mut lines = Vec::new();
    let name = &case.case;
    let tied: Vec<String> = case
        .runners_up
        .iter()
        .filter(|other| other.tied)
        .map(|other| variant(&other.id))
        .collect();
    if let (Some(pick), false) = (&case.pick, tied.is_empty()) {
        lines.push(format!(
            "{name}: {} rounds do not tell `{}` from `{}`; the simpler one is picked",
            case.final_rounds,
            variant(pick),
            tied.join("`, `")
        ));
    }
    if let (Some(pick), Some(before)) = (&case.pick, &case.before)
        && pick != before
    {
        lines.push(format!("{name}: the pick was `{}`", variant(before)));
    }
    let doubtful = case.set_aside.iter().filter(|aside| !aside.clearly).count();
    if doubtful > 0 && case.end == End::Picked {
        lines.push(format!(
            "{name}: {} set aside although no rung told them from the fastest; the final had a simpler one like them",
            count(doubtful, "candidate")
        ));
    }
    for unfit in &case.unfit {
        let what = if unfit.wrong { "wrong" } else { "lost" };
        lines.push(format!("{}: {what}: {}", unfit.id, unfit.why));
    }
    if verbosity > 0 {
        for other in case.runners_up.iter().skip(1) {
            lines.push(format!("{name}: {}", next(other)));
        }
        for aside in &case.set_aside {
            lines.push(format!(
                "{name}: {} went after rung {}, {} behind",
                variant(&aside.id),
                aside.rung + 1,
                aside.behind
            ));
        }
    }
    lines
}

fn summary(found: &Found) -> String {
    let cases = || found.suites.iter().flat_map(|suite| &suite.cases);
    let all = cases().count();
    let ended = |end| cases().filter(|case| case.end == end).count();
    let mut parts = Vec::new();
    if ended(End::Planned) > 0 {
        parts.push(format!("{} would be searched", count(all, "case")));
    } else {
        parts.push(format!(
            "{} of {} picked",
            ended(End::Picked),
            count(all, "case")
        ));
    }
    match ended(End::Lost) {
        0 => {}
        lost => parts.push(format!("{lost} without a candidate")),
    }
    match ended(End::Unfinished) {
        0 => {}
        open => parts.push(format!("{open} to go on with by the next `gate tune`")),
    }
    let new = cases().any(|case| case.pick.is_some() && !case.gated);
    let advice = if new && found.exit == exit::PASS {
        "`gate update-baselines` records what was picked\n"
    } else {
        ""
    };
    format!(
        "{advice}{} on {}: exit {} ({})",
        parts.join("; "),
        found.device,
        found.exit,
        meaning(found.exit)
    )
}

/// What an exit code means here.
fn meaning(code: u8) -> &'static str {
    match code {
        exit::PASS => "all is done",
        exit::UNDECIDED => "the budget ended first",
        exit::NOTHING => "nothing to search",
        other => exit::meaning(other),
    }
}
