//! Verdict: independent evidence in, one verdict and an exit code out.

mod evidence;
mod judge;
mod policy;

pub use evidence::{
    BaselineEvidence, BaselineOutcome, Environment, Evidence, Incomparable, Plausibility,
    RangeEvidence, RangeOutcome,
};
pub use judge::{Judgement, Verdict, judge, outcome};
pub use policy::{Policy, Timing};
