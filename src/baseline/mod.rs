//! Baseline: what one device measured before, in a file that a person can
//! read in a diff and that no crash can tear.
//!
//! A store is a folder: `<device>/<suite>.json` holds the [`Baselines`] of one
//! suite, one recording and one case a line, sorted; `<device>/device.json`
//! holds the device's facts and ceilings. Devices are told apart by their
//! exact key: a baseline of another device is no baseline.

mod file;
mod merge;
mod parse;
mod replace;
mod store;
mod text;

#[cfg(test)]
mod tests;

pub use file::{Baselines, CaseRecord, DeviceRecord, FORMAT, Recording, RoundRecord};
pub use merge::{Difference, Recorded};
pub use store::{Store, StoreError};
