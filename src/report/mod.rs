//! Report: the results as data, and what people and tools read of them.
//!
//! Every writer is a pure function of the [`Report`]: the same report, the
//! same bytes.

mod csv;
mod evidence;
mod grid;
mod json;
mod label;
mod markdown;
mod model;
mod paired;
mod samples;
mod sections;
mod table;
mod text;
mod words;

#[cfg(test)]
mod tests;

pub use csv::write_csv;
pub use json::write_json;
pub use markdown::write_markdown;
pub use model::{
    Against, CaseReport, LeftOutReport, Rate, Report, RoundReport, StageReport, Tally,
};
pub use samples::{SampleRow, SampleWriter};
pub use table::{TableStyle, write_table};
pub use words::summary;
