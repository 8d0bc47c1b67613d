//! Baseline: what one device measured before, in a file that a person can
//! read in a diff and that no crash can tear.

mod file;
mod store;

pub use file::{Baselines, CaseRecord, FORMAT, Recording, RoundRecord};
pub use store::{Store, StoreError};
