//! The report for GitHub Actions: a folded log, annotations on the specs'
//! lines, and what later steps read.
//!
//! Source of the commands and of what they escape: "Workflow commands for
//! GitHub Actions", and `ActionCommand.cs` of the runner.

use std::io::{self, Write};

use crate::kit::Place;
use crate::verdict::Verdict;

use super::evidence::{Depth, lines};
use super::sections::failing;
use super::text::clean;
use super::words::{Kind, meaning, summary, verdict};
use super::{CaseReport, Report, TableStyle, write_table};

/// Annotations of each level that GitHub keeps of one step; the last says how
/// many there are besides.
const KEPT: usize = 10;

/// How many cases of one line an annotation names.
const NAMED: usize = 5;

/// Columns of the log.
const WIDTH: u16 = 140;

/// Writes the table, folded, then failures and the summary, then annotations.
///
/// # Errors
///
/// Of the writer.
pub fn write_github(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let style = |verbosity| TableStyle {
        width: Some(WIDTH),
        color: false,
        verbosity,
    };
    let title = format!("gate {}: {}", report.command, summary(report));
    writeln!(out, "::group::{}", data(&clean(&title)))?;
    quoted(report, &style(1), out)?;
    writeln!(out, "::endgroup::")?;
    quoted(report, &style(-1), out)?;
    write_annotations(report, out)
}

/// A table in which nothing is a command: names and messages in it come from
/// elsewhere, and the runner obeys any line that looks like one. What ends the
/// quotation is a digest of what it quotes, which no text holds of itself.
fn quoted(report: &Report, style: &TableStyle, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Vec::new();
    write_table(report, style, &mut table)?;
    let token = blake3::hash(&table).to_hex();
    writeln!(out, "::stop-commands::gate-{token}")?;
    out.write_all(&table)?;
    writeln!(out, "::gate-{token}::")
}

/// How loud an annotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    fn command(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }

    /// What a case deserves; nothing where all is well.
    fn of(case: &CaseReport, kind: Kind) -> Option<Self> {
        if case.judgement.fails {
            return Some(Self::Error);
        }
        match case.judgement.verdict {
            Verdict::Wrong | Verdict::Lost => Some(Self::Warning),
            Verdict::Slower if kind == Kind::Check => Some(Self::Warning),
            Verdict::Undecided | Verdict::Ungated if kind == Kind::Check => Some(Self::Notice),
            Verdict::Slower
            | Verdict::Undecided
            | Verdict::Ungated
            | Verdict::Pass
            | Verdict::PassByRange => None,
        }
    }
}

/// Writes the annotations alone: one for each line of a spec and each level, so
/// that the variants of a case do not use up what GitHub shows.
///
/// # Errors
///
/// Of the writer.
pub fn write_annotations(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let kind = Kind::of(report);
    if report.exit != 0 && failing(report).next().is_none() {
        writeln!(
            out,
            "::error title={}::{}",
            property(&format!("gate: {}", meaning(report))),
            data(&summary(report))
        )?;
    }
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let mut places: Vec<(&Place, Vec<&CaseReport>)> = Vec::new();
        let mut at = std::collections::HashMap::new();
        for case in &report.cases {
            if Level::of(case, kind) == Some(level) {
                let index = *at.entry(&case.place).or_insert(places.len());
                match places.get_mut(index) {
                    Some((_, cases)) => cases.push(case),
                    None => places.push((&case.place, vec![case])),
                }
            }
        }
        let shown = if places.len() > KEPT {
            KEPT - 1
        } else {
            places.len()
        };
        for (place, cases) in &places[..shown] {
            annotation(level, place, cases, kind, out)?;
        }
        let unsaid: usize = places[shown..].iter().map(|(_, cases)| cases.len()).sum();
        if unsaid > 0 {
            writeln!(
                out,
                "::{} title=gate::{unsaid} more cases: see the log and the job's summary",
                level.command()
            )?;
        }
    }
    Ok(())
}

fn annotation(
    level: Level,
    place: &Place,
    cases: &[&CaseReport],
    kind: Kind,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(first) = cases.first() else {
        return Ok(());
    };
    let mut title = format!("gate: {}", verdict(first, kind).word);
    let mut message = Vec::new();
    if cases.len() > 1 {
        title.push_str(&format!(" and {} more here", cases.len() - 1));
    }
    for case in cases.iter().take(NAMED) {
        message.push(format!(
            "{}: {}",
            clean(&case.id.0),
            clean(&case.judgement.reason)
        ));
        if cases.len() == 1 {
            for line in lines(case, kind, Depth::Failure) {
                message.push(format!("{}: {}", line.about, line.says));
            }
        }
    }
    if cases.len() > NAMED {
        message.push(format!("and {} more", cases.len() - NAMED));
    }
    let mut properties = format!("file={}", property(&place.file));
    if place.line > 0 {
        properties.push_str(&format!(",line={},col={}", place.line, place.column));
    }
    writeln!(
        out,
        "::{} {properties},title={}::{}",
        level.command(),
        property(&title),
        data(&message.join("\n"))
    )
}

/// Writes what later steps read as `steps.ID.outputs.NAME`, one a line.
///
/// # Errors
///
/// Of the writer.
pub fn write_outputs(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let tally = report.tally();
    writeln!(out, "exit-code={}", report.exit)?;
    writeln!(out, "verdict={}", meaning(report))?;
    writeln!(out, "summary={}", clean(&summary(report)))?;
    writeln!(out, "device={}", report.device.key())?;
    for (name, number) in [
        ("cases", report.cases.len()),
        ("failing", tally.failing),
        ("passed", tally.pass),
        ("faster", tally.faster),
        ("passed-by-range", tally.pass_by_range),
        ("slower", tally.slower),
        ("slower-advisory", tally.advisory),
        ("wrong", tally.wrong),
        ("lost", tally.lost),
        ("undecided", tally.undecided),
        ("ungated", tally.ungated),
        ("left-out", tally.left_out),
    ] {
        writeln!(out, "{name}={number}")?;
    }
    Ok(())
}

/// The message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(data("50 %\r\n::error::x"), "50 %25%0D%0A::error::x");
        assert_eq!(property("a:b,c%0A"), "a%3Ab%2Cc%250A");
    }
}
