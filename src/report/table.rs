//! The report as a table for a terminal.

use std::io::{self, Write};

use super::Report;

/// How to print.
#[derive(Clone, Copy, Debug)]
pub struct TableStyle {
    /// Columns of the terminal; none where it is no terminal.
    pub width: Option<u16>,
    /// With colours.
    pub color: bool,
    /// 0: as usual; 1: with rounds, seeds and GPU share; -1: failures and the
    /// summary alone.
    pub verbosity: i8,
}

/// Writes the table and, last, one summary sentence.
///
/// # Errors
///
/// Of the writer.
pub fn write_table(report: &Report, style: &TableStyle, out: &mut dyn Write) -> io::Result<()> {
    let _ = (report, style, out);
    Ok(())
}
