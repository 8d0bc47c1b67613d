//! Verdict: independent evidence in, one verdict and an exit code out.
//!
//! Evidence is built by one function each ([`plausibility`], [`ranges()`],
//! [`baseline_outcome`]) and judged by one table ([`judge()`]); nothing
//! here measures, and nothing reads the environment.

mod evidence;
mod judge;
mod paired;
mod physics;
mod policy;
mod ranges;
mod settle;
#[cfg(test)]
mod tests;

pub use evidence::{
    BaselineEvidence, BaselineOutcome, Environment, Evidence, Incomparable, PairedEvidence,
    PairedOutcome, PairedRound, Plausibility, RangeEvidence, RangeOutcome,
};
pub use judge::{Judgement, Verdict, judge, outcome};
pub use physics::{BEYOND, plausibility};
pub use policy::{Policy, Timing};
pub use ranges::ranges;
pub use settle::baseline_outcome;
