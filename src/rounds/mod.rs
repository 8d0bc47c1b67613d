//! Rounds: what the next round measures, in which order, or that all is
//! decided. Pure: shared by every command that measures.

mod schedule;
#[cfg(test)]
mod tests;

pub use schedule::{CaseState, LOST_FOR_GOOD, RoundPlan, State, next};
