//! The scheduler.

use crate::kit::Nanos;

/// What is known of one case's progress.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaseState {
    /// Rounds measured.
    pub rounds: u32,
    /// Fewest rounds wanted.
    pub min_rounds: u32,
    /// Most rounds allowed.
    pub max_rounds: u32,
    /// Rounds that were lost; a case lost twice is given up.
    pub lost: u32,
    /// Decided, wrong or given up: needs no more.
    pub decided: bool,
    /// What a round of it is expected to cost, host time.
    pub cost: Nanos,
}

/// Everything that the next step depends on.
#[derive(Clone, Debug)]
pub struct State {
    /// Cases in plan order.
    pub cases: Vec<CaseState>,
    /// Rounds done.
    pub round: u32,
    /// What is left of the budget, host time.
    pub budget_left: Nanos,
    /// Seed of the order.
    pub seed: u64,
}

/// One round: a fresh process and these cases, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundPlan {
    /// Which round, from 0.
    pub round: u32,
    /// Indices of cases, shuffled by seed and round.
    pub order: Vec<usize>,
}

/// The next round, or none when all is decided or the budget is spent.
#[must_use]
pub fn next(state: &State) -> Option<RoundPlan> {
    let _ = state;
    None
}
