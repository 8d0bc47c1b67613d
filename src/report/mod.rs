//! Report: the results as data, and what people and tools read of them.

mod json;
mod model;
mod table;

pub use json::write_json;
pub use model::{CaseReport, LeftOutReport, Rate, Report, RoundReport, StageReport, Tally};
pub use table::{TableStyle, write_table};
