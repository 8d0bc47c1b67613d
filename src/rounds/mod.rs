//! Rounds: what the next round measures, in which order, or that all is
//! decided. Pure: shared by every command that measures.

mod schedule;
#[cfg(test)]
mod tests;
mod tournament;
#[cfg(test)]
mod tournament_tests;

pub use schedule::{CaseState, LOST_FOR_GOOD, RoundPlan, State, next};
pub use tournament::{
    Entrant, FINALISTS, FIRST_RUNG, Fate, MARGIN, MOST_RUNGS, Pick, Rules, RunnerUp, Tournament,
};
