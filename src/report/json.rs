//! The report as JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::{Report, Tally};

/// The report's fields, and after them what is counted from them.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Whole<'a> {
    #[serde(flatten)]
    report: &'a Report,
    tally: Tally,
}

/// Writes the whole report, pretty, with a newline at its end. Fields stand in
/// the order of [`Report`], and `tally` last. A number that is none (NaN, an
/// interval's end at infinity) is `null`; a mismatch has those as text.
///
/// # Errors
///
/// Of the writer.
pub fn write_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let whole = Whole {
        report,
        tally: report.tally(),
    };
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    out.write_all(b"\n")
}
