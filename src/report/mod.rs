//! Report: the results as data, and what people and tools read of them.
//!
//! Every writer is a pure function of the [`Report`]: the same report, the
//! same bytes.

mod csv;
mod evidence;
mod explain;
mod explain_paired;
mod explain_settle;
mod github;
mod grid;
mod history;
mod html;
mod json;
mod junit;
mod label;
mod markdown;
mod model;
mod paired;
mod part;
mod plot;
mod reasoning;
mod roofline;
mod roofline_marks;
mod samples;
mod sarif;
mod sections;
mod table;
mod text;
mod words;

#[cfg(test)]
mod tests;

pub use csv::write_csv;
pub use explain::write_explanation;
pub use github::{write_annotations, write_github, write_outputs};
pub use history::{CaseHistory, HistoryPoint, write_history};
pub use html::write_html;
pub use json::{is_sealed, write_json};
pub use junit::write_junit;
pub use markdown::write_markdown;
pub use model::{
    Against, CaseReport, LeftOutReport, QUANTILES, Rate, Report, RoundReport, StageReport, Tally,
};
pub use part::{Part, Planned, SuitePart, Timed};
pub use reasoning::{BeforeRound, LookReport, Outlook, Reasoning, RecordingReport};
pub use roofline::write_roofline;
pub use samples::{SampleRow, SampleWriter};
pub use sarif::write_sarif;
pub use table::{TableStyle, write_table};
pub use words::summary;
