//! Facts about the scheduler.

use super::*;
use crate::kit::Nanos;

fn fresh() -> CaseState {
    CaseState {
        rounds: 0,
        min_rounds: 3,
        max_rounds: 10,
        lost: 0,
        decided: false,
        cost: Nanos(1.0),
    }
}

fn state(cases: Vec<CaseState>) -> State {
    State {
        cases,
        round: 0,
        budget_left: Nanos(1e9),
        seed: 42,
    }
}

fn members(state: &State) -> Vec<usize> {
    let mut order = next(state).map(|plan| plan.order).unwrap_or_default();
    order.sort_unstable();
    order
}

#[test]
fn every_case_is_measured_once_a_round_in_an_order_of_seed_and_round() {
    let mut state = state(vec![fresh(); 12]);
    let first = next(&state).expect("a round");
    assert_eq!(first.round, 0);
    assert_eq!(members(&state), (0..12).collect::<Vec<_>>());
    assert_eq!(next(&state), Some(first.clone()));
    state.round = 1;
    assert_ne!(next(&state).expect("a round").order, first.order);
    state.round = 0;
    state.seed = 43;
    assert_ne!(next(&state).expect("a round").order, first.order);
}

#[test]
fn every_case_comes_first_about_as_often_as_any_other() {
    let mut state = state(vec![fresh(); 4]);
    let mut firsts = [0; 4];
    for round in 0..4000 {
        state.round = round;
        firsts[next(&state).expect("a round").order[0]] += 1;
    }
    // 1000 each, and a standard deviation of 27.
    assert!(firsts.iter().all(|n| (860..1140).contains(n)), "{firsts:?}");
}

#[test]
fn the_order_does_not_depend_on_costs() {
    let cheap = state(vec![fresh(); 9]);
    let mut costly = cheap.clone();
    for (i, case) in costly.cases.iter_mut().enumerate() {
        case.cost = Nanos(100.0 - i as f64);
    }
    assert_eq!(next(&cheap), next(&costly));
}

#[test]
fn after_the_fewest_rounds_only_undecided_cases_go_on() {
    let mut cases = vec![fresh(); 4];
    for case in &mut cases {
        case.rounds = 3;
    }
    cases[0].decided = true;
    cases[2].decided = true;
    assert_eq!(members(&state(cases)), [1, 3]);
}

#[test]
fn a_case_ends_at_its_most_rounds() {
    let mut cases = vec![fresh(); 2];
    cases[0].rounds = 10;
    cases[1].rounds = 9;
    assert_eq!(members(&state(cases.clone())), [1]);
    cases[1].rounds = 10;
    assert_eq!(next(&state(cases)), None);
}

#[test]
fn a_wrong_case_is_not_measured_even_once() {
    let mut cases = vec![fresh(); 2];
    cases[0].decided = true;
    assert_eq!(members(&state(cases)), [1]);
}

#[test]
fn a_lost_case_is_tried_once_more_and_then_given_up() {
    let mut cases = vec![fresh(); 2];
    cases[0].lost = 1;
    assert_eq!(members(&state(cases.clone())), [0, 1]);
    cases[0].lost = 2;
    assert_eq!(members(&state(cases.clone())), [1]);
    cases[1].lost = 2;
    assert_eq!(next(&state(cases)), None);
}

#[test]
fn nothing_is_measured_beyond_the_budget() {
    let mut cases = vec![fresh(); 3];
    cases[0].cost = Nanos(50.0);
    cases[1].cost = Nanos(30.0);
    cases[2].cost = Nanos(40.0);
    let mut state = state(cases);
    for (budget, fits) in [
        (120.0, vec![0, 1, 2]),
        (119.0, vec![1, 2]),
        (69.0, vec![1]),
        (30.0, vec![1]),
        (29.0, vec![]),
        (0.0, vec![]),
        (-5.0, vec![]),
    ] {
        state.budget_left = Nanos(budget);
        assert_eq!(members(&state), fits, "budget {budget}");
    }
}

#[test]
fn a_short_budget_goes_to_those_furthest_from_their_fewest_rounds() {
    let mut cases = vec![fresh(); 3];
    cases[0].rounds = 5;
    cases[1].rounds = 1;
    cases[1].cost = Nanos(3.0);
    cases[2].rounds = 2;
    let mut state = state(cases);
    state.budget_left = Nanos(3.0);
    assert_eq!(members(&state), [1]);
    state.budget_left = Nanos(4.0);
    assert_eq!(members(&state), [1, 2]);
}

#[test]
fn a_schedule_always_ends() {
    let mut state = state(vec![fresh(); 5]);
    state.cases[3].min_rounds = 20; // more than its most: the fewest win
    let mut measured = [0; 5];
    while let Some(plan) = next(&state) {
        for index in plan.order {
            state.cases[index].rounds += 1;
            measured[index] += 1;
        }
        state.round += 1;
        assert!(state.round <= 20);
    }
    assert_eq!(measured, [10, 10, 10, 20, 10]);
}
