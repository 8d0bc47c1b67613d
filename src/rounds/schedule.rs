//! The scheduler.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::kit::Nanos;

/// A case that was lost so often is given up: the first loss may be the
/// machine's, a second one is the case's.
pub const LOST_FOR_GOOD: u32 = 2;

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
    /// Decided, wrong or given up: needs no more, not even the fewest.
    pub decided: bool,
    /// What a round of it is expected to cost, host time.
    pub cost: Nanos,
}

impl CaseState {
    /// Whether another round may still tell something of it.
    fn open(&self) -> bool {
        !self.decided
            && self.lost < LOST_FOR_GOOD
            && self.rounds < self.max_rounds.max(self.min_rounds)
    }
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
///
/// All cases that are still open take part: those below their fewest rounds,
/// and above them those that are not decided. Where they do not all fit into
/// the budget, those furthest from their fewest rounds come first (a case
/// with too few rounds has no verdict at all, so an even spread is worth
/// most), then the cheapest, and each is taken if it still fits. A case with a
/// cost that is no number is taken for free, and measured costs correct that.
#[must_use]
pub fn next(state: &State) -> Option<RoundPlan> {
    let mut open: Vec<(usize, &CaseState)> = state
        .cases
        .iter()
        .enumerate()
        .filter(|(_, case)| case.open())
        .collect();
    if open.is_empty() {
        return None;
    }

    let mut left = state.budget_left.0;
    let mut order = Vec::with_capacity(open.len());
    open.sort_by(|(a, one), (b, other)| {
        let missing = |case: &CaseState| case.min_rounds.saturating_sub(case.rounds);
        missing(other)
            .cmp(&missing(one))
            .then(cost(one).total_cmp(&cost(other)))
            .then(a.cmp(b))
    });
    for (index, case) in open {
        if cost(case) <= left {
            left -= cost(case);
            order.push(index);
        }
    }
    if order.is_empty() {
        return None;
    }

    // By index first, so that the order depends on seed, round and the set of
    // cases alone, and not on their costs.
    order.sort_unstable();
    let mut random = ChaCha8Rng::seed_from_u64(state.seed);
    random.set_stream(u64::from(state.round));
    order.shuffle(&mut random);
    Some(RoundPlan {
        round: state.round,
        order,
    })
}

/// Expected cost in ns, never below zero.
fn cost(case: &CaseState) -> f64 {
    case.cost.0.max(0.0)
}
