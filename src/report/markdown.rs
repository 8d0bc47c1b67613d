//! The report as Markdown, as for the summary page of a job.

use std::io::{self, Write};

use super::Report;
use super::evidence::{Depth, lines};
use super::sections::{self, Remark};
use super::text::{change, clean, measured, rate, roofline};
use super::words::{Kind, summary, verdict};

/// How many cases the table holds: job summaries are refused beyond a megabyte.
const SHOWN: usize = 1_000;

/// How many failing cases are shown with their evidence.
const EXPLAINED: usize = 50;

/// How many cases a remark names.
const NAMED: usize = 10;

/// Writes the summary first, then the failing cases with their evidence, then
/// all cases, folded away.
///
/// # Errors
///
/// Of the writer.
pub fn write_markdown(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let kind = Kind::of(report);
    let sign = if report.exit == 0 { '✓' } else { '✗' };
    writeln!(out, "### {sign} gate {}\n", plain(&report.command))?;
    writeln!(out, "{}\n", plain(&summary(report)))?;
    for line in sections::device(report) {
        writeln!(out, "- {}", plain(&line))?;
    }
    for note in &report.notes {
        writeln!(out, "- {}", plain(note))?;
    }
    let mut title = Some("\n#### Failed\n");
    for case in sections::failing(report).take(EXPLAINED) {
        if let Some(title) = title.take() {
            writeln!(out, "{title}")?;
        }
        let word = verdict(case, kind);
        writeln!(out, "- **{}** {}", word.signed(), code(&case.id.0))?;
        writeln!(out, "  {}", plain(&case.judgement.reason))?;
        for line in lines(case, kind, Depth::Failure) {
            writeln!(out, "  - {}: {}", line.about, plain(&line.says))?;
        }
    }
    let unsaid = sections::failing(report).count().saturating_sub(EXPLAINED);
    if unsaid > 0 {
        writeln!(out, "- and {unsaid} more")?;
    }
    remarks(out, "Noted", &sections::noted(report, kind))?;
    remarks(out, "Left out", &sections::left_out(report, false))?;
    if report.cases.is_empty() {
        return Ok(());
    }
    let judged = match kind {
        Kind::Check | Kind::Compare => "verdict",
        Kind::Run => "output",
        Kind::Update | Kind::Refused => "outcome",
    };
    writeln!(
        out,
        "\n<details><summary>All {} cases</summary>\n\n\
         | case | time | change | rate | roofline | {judged} |\n\
         |:--|--:|--:|--:|--:|:--|",
        report.cases.len()
    )?;
    for case in report.cases.iter().take(SHOWN) {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            code(&case.id.0),
            measured(case).unwrap_or_default(),
            case.evidence
                .baseline
                .change
                .as_ref()
                .map(change)
                .unwrap_or_default(),
            case.rates
                .first()
                .map(|one| plain(&rate(one)))
                .unwrap_or_default(),
            case.roofline.map(roofline).unwrap_or_default(),
            verdict(case, kind).signed(),
        )?;
        for stage in &case.stages {
            writeln!(
                out,
                "| └ {} | {} | | | | |",
                code(&stage.kernel),
                stage.time
            )?;
        }
    }
    let unsaid = report.cases.len().saturating_sub(SHOWN);
    if unsaid > 0 {
        writeln!(out, "\n… and {unsaid} more")?;
    }
    writeln!(out, "\n</details>")
}

fn remarks(out: &mut dyn Write, title: &str, remarks: &[Remark]) -> io::Result<()> {
    if remarks.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n#### {title}\n")?;
    for remark in remarks {
        let number = remark.cases.len();
        let mut names: Vec<String> = remark.cases.iter().take(NAMED).map(|id| code(id)).collect();
        if number > NAMED {
            names.push(format!("and {} more", number - NAMED));
        }
        writeln!(
            out,
            "- {number}: {}: {}",
            plain(&remark.text),
            names.join(", ")
        )?;
    }
    Ok(())
}

/// Text in which nothing is markup but code between backquotes.
fn plain(text: &str) -> String {
    let text = clean(text);
    // One that opens and never closes would turn the rest of the line around.
    let paired = text.matches('`').count().is_multiple_of(2);
    let text = if paired { text } else { text.replace('`', "'") };
    let mut escaped = String::new();
    let mut in_code = false;
    for character in text.chars() {
        if character == '`' {
            in_code = !in_code;
        } else if !in_code && matches!(character, '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#') {
            escaped.push('\\');
        }
        if character == '|' {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A name as code, in a table or out of it.
fn code(text: &str) -> String {
    format!("`{}`", clean(text).replace('`', "'").replace('|', "\\|"))
}
