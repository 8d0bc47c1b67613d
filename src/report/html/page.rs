//! The page around the data.

use std::io::{self, BufWriter, IntoInnerError, Write};

use base64::engine::general_purpose::STANDARD;
use base64::write::EncoderWriter;
use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::report::evidence::{Depth, lines};
use crate::report::sections::{device, failing};
use crate::report::text::clean;
use crate::report::words::{Kind, Tone, meaning, summary, verdict};
use crate::report::{CaseReport, Report};

use super::data;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");

/// In the order in which the browser reads them.
const SCRIPTS: [&str; 6] = [
    include_str!("tools.js"),
    include_str!("charts.js"),
    include_str!("history.js"),
    include_str!("roofline.js"),
    include_str!("overview.js"),
    include_str!("views.js"),
];

/// Bytes that are deflated at once.
const AT_ONCE: usize = 64 << 10;

/// How many failing cases a browser without scripts is told of.
const TOLD: usize = 100;

/// Writes one HTML page that holds the whole report.
///
/// # Errors
///
/// Of the writer.
pub fn write_html(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rest = PAGE;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        out.write_all(before.as_bytes())?;
        match name {
            "style" => out.write_all(STYLE.as_bytes())?,
            "script" => {
                for script in SCRIPTS {
                    out.write_all(script.as_bytes())?;
                }
            }
            "data" => packed(report, out)?,
            "failed" => failed(report, out)?,
            word => out.write_all(escaped(&said(report, word)).as_bytes())?,
        }
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

/// What the page says by itself.
fn said(report: &Report, name: &str) -> String {
    let tone = if report.exit == 0 {
        Tone::Good
    } else if report.exit == 4 {
        Tone::Doubt
    } else {
        Tone::Bad
    };
    match name {
        "gate" => report.gate.clone(),
        "command" => report.command.clone(),
        "title" => format!(
            "{} {}: gate {} of {}",
            tone.sign(),
            meaning(report),
            report.command,
            report.suites.join(", ")
        ),
        "tone" => data::tone(tone).to_owned(),
        "sign" => tone.sign().to_string(),
        "verdict" => meaning(report).to_owned(),
        "summary" => summary(report),
        "device" => device(report).into_iter().next().unwrap_or_default(),
        _ => String::new(),
    }
}

/// The cases: JSON, deflated, in base 64, whose letters are no markup.
fn packed(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let encoder = EncoderWriter::new(out, &STANDARD);
    let deflater = ZlibEncoder::new(encoder, Compression::default());
    // The writer of JSON hands over a word at a time.
    let mut buffered = BufWriter::with_capacity(AT_ONCE, deflater);
    serde_json::to_writer(&mut buffered, &data::Page::of(report))?;
    let deflater = buffered.into_inner().map_err(IntoInnerError::into_error)?;
    deflater.finish()?.finish()?;
    Ok(())
}

/// What failed, for a browser that runs no scripts.
fn failed(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let kind = Kind::of(report);
    let all: Vec<&CaseReport> = failing(report).collect();
    if all.is_empty() {
        return write!(out, "<p>Nothing.</p>");
    }
    write!(out, "<ul>")?;
    for case in all.iter().take(TOLD) {
        write!(
            out,
            "<li><b>{}</b> <code>{}</code><br>{}<ul>",
            escaped(&verdict(case, kind).signed()),
            escaped(&clean(&case.id.0)),
            escaped(&clean(&case.judgement.reason)),
        )?;
        for line in lines(case, kind, Depth::Failure) {
            write!(out, "<li>{}: {}</li>", line.about, escaped(&line.says))?;
        }
        write!(out, "</ul></li>")?;
    }
    write!(out, "</ul>")?;
    let unsaid = all.len().saturating_sub(TOLD);
    if unsaid > 0 {
        write!(out, "<p>And {unsaid} more.</p>")?;
    }
    Ok(())
}

/// Text that is no markup, between tags and in attributes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
