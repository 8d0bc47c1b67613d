//! Baseline: what one device measured before, in a file that a person can
//! read in a diff and that no crash can tear.
//!
//! A store is a folder: `<device>/<suite>.json` holds the [`Baselines`] of one
//! suite, one recording and one case a line, sorted; `<device>/device.json`
//! holds the device's facts and ceilings. Devices are told apart by their
//! exact key: a baseline of another device is no baseline.
//!
//! `<device>/<suite>.tune.json` holds what `gate tune` picked there ([`Picks`]),
//! one searched case a line.
//!
//! Samples that `gate run` or someone else recorded as CSV are read here too
//! ([`read_samples`]): they also are what a device measured before.

mod file;
mod gather;
mod merge;
mod parse;
mod picks;
mod replace;
mod rows;
mod samples;
mod store;
mod store_error;
mod text;

#[cfg(test)]
mod tests;

pub use file::{Baselines, CaseRecord, DeviceRecord, FORMAT, Recording, RoundRecord};
pub use merge::{Difference, Recorded};
pub use picks::{PickRecord, Picks, RivalRecord};
pub use samples::{SampleRecording, SampledCase, read_samples};
pub use store::{Store, is_ours, load_file, suite_of};
pub use store_error::StoreError;
