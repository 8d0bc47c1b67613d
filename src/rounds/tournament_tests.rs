//! Facts about searches, on simulated devices: every candidate has a true
//! time, and each round of each draws an offset of its own.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::tournament::*;
use crate::kit::Nanos;

/// A device on which rounds differ by this deviation.
struct Device {
    times: Vec<f64>,
    offset: f64,
    seed: u64,
}

impl Device {
    /// The location of a candidate in a round: the same whenever it is asked.
    fn location(&self, candidate: usize, round: u32) -> Nanos {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream((candidate as u64) << 32 | u64::from(round));
        let normal: f64 = StandardNormal.sample(&mut random);
        Nanos(self.times[candidate] * (self.offset * normal).exp())
    }
}

const RULES: Rules = Rules {
    confidence: 0.99,
    cases: 1,
    finals: (5, 20),
};

/// A search under way.
#[derive(Clone)]
struct Search<'a> {
    device: &'a Device,
    tournament: Tournament,
    entrants: Vec<Entrant>,
    round: u32,
}

impl<'a> Search<'a> {
    fn new(device: &'a Device) -> Self {
        let count = device.times.len();
        let entrant = Entrant {
            tick: Nanos(1.0),
            ..Entrant::default()
        };
        Self {
            device,
            tournament: Tournament::new(count),
            entrants: vec![entrant; count],
            round: 0,
        }
    }

    /// One round of all that are wanted.
    fn round(&mut self, rules: &Rules) {
        for index in self.wanted() {
            let location = self.device.location(index, self.round);
            self.entrants[index].rounds.push((self.round, location));
        }
        self.round += 1;
        self.tournament.step(&self.entrants, self.round, rules);
    }

    fn wanted(&self) -> Vec<usize> {
        (0..self.entrants.len())
            .filter(|index| self.tournament.wants(*index, &self.entrants))
            .collect()
    }

    fn run(mut self, rules: &Rules) -> Self {
        while !self.tournament.is_over() {
            self.round(rules);
            assert!(self.round < 200, "it ends");
        }
        self
    }

    fn pick(&self) -> &Pick {
        self.tournament.pick().expect("a pick")
    }

    fn measured(&self) -> usize {
        self.entrants.iter().map(|e| e.rounds.len()).sum()
    }
}

fn device(times: &[f64], offset: f64) -> Device {
    Device {
        times: times.iter().map(|time| time * 1e5).collect(),
        offset,
        seed: 7,
    }
}

#[test]
fn the_fastest_of_many_is_found_and_most_are_measured_little() {
    let mut times: Vec<f64> = (0..32).map(|i| 1.1 + 0.05 * f64::from(i)).collect();
    times[20] = 1.0;
    let device = device(&times, 0.003);
    let search = Search::new(&device).run(&RULES);
    let pick = search.pick();
    assert_eq!(pick.index, 20);
    assert_eq!(pick.tied().count(), 0);
    assert!(pick.runners_up.iter().all(|other| other.apart));
    // All of them as often as a finalist would be 32 times 7 and more.
    assert!(search.measured() < 32 * 4, "{}", search.measured());
    let next = &pick.runners_up[0];
    assert!(next.low.0 < 0.1 && 0.1 < next.high.0, "{next:?}");
}

#[test]
fn of_two_that_the_data_cannot_tell_apart_the_simpler_is_picked() {
    // The third is faster by less than is worth anything, and not simpler.
    let device = device(&[1.3, 1.0, 0.9995, 1.4], 0.003);
    let search = Search::new(&device).run(&RULES);
    let pick = search.pick();
    assert_eq!(pick.index, 1);
    let tied: Vec<usize> = pick.tied().map(|other| other.index).collect();
    assert_eq!(tied, [2]);
    let other = pick.tied().next().expect("is tied");
    assert!(other.low.0 < 0.0 && other.high.0 > 0.0 && !other.apart);
}

#[test]
fn a_final_ends_early_where_all_is_told() {
    let clear = device(&[1.0, 1.5], 0.003);
    let alike = device(&[1.0, 1.0], 0.0005);
    let noisy = device(&[1.0, 1.0], 0.01);
    assert_eq!(Search::new(&clear).run(&RULES).pick().rounds, 5);
    assert!(Search::new(&alike).run(&RULES).pick().rounds < 20);
    assert_eq!(Search::new(&noisy).run(&RULES).pick().rounds, 20);
}

#[test]
fn many_that_are_alike_leave_the_simplest_in_the_final() {
    let device = device(&[1.0; 24], 0.01);
    let search = Search::new(&device).run(&RULES);
    let pick = search.pick();
    assert_eq!(pick.index, 0);
    assert_eq!(pick.runners_up.len(), FINALISTS - 1);
    let doubtful = search.tournament.fates().iter().filter(|fate| {
        matches!(
            fate,
            Fate::SetAside {
                clearly: false,
                rung: 3,
                ..
            }
        )
    });
    assert!(doubtful.count() > 10, "they were told apart by nothing");
}

/// Nothing differs, so every claim is false: at a confidence of 95 %, at most
/// one search in twenty may make any. Over 400 of them, with a dozen
/// candidates each and noise from 0.1 to 3 %.
#[test]
fn noise_is_seldom_taken_for_a_difference() {
    const SEARCHES: u64 = 400;
    let rules = Rules {
        confidence: 0.95,
        ..RULES
    };
    let (mut claims, mut complex) = (0, 0);
    for seed in 0..SEARCHES {
        let device = Device {
            times: vec![1e5; 12],
            offset: [0.001, 0.003, 0.01, 0.03][(seed % 4) as usize],
            seed,
        };
        let search = Search::new(&device).run(&rules);
        let pick = search.pick();
        claims += u64::from(
            pick.runners_up
                .iter()
                .any(|other| other.apart || !other.tied),
        );
        complex += u64::from(pick.index != 0);
    }
    assert!(claims * 20 <= SEARCHES, "{claims} of {SEARCHES} claim");
    // The simplest goes only where a rung or a final was fooled.
    assert!(complex * 20 <= SEARCHES, "{complex} of {SEARCHES} pick");
}

/// The confidence is of the invocation: with ten cases in it, each spends a
/// tenth.
#[test]
fn many_cases_share_the_confidence() {
    let rules = Rules {
        confidence: 0.8,
        cases: 10,
        ..RULES
    };
    let claims = (0..300).filter(|seed| {
        let device = Device {
            times: vec![1e5; 3],
            offset: 0.005,
            seed: *seed,
        };
        let search = Search::new(&device).run(&rules);
        search.pick().runners_up.iter().any(|other| !other.tied)
    });
    // A fiftieth of 300 is 6.
    assert!(claims.count() <= 6);
}

/// Killed after any round and taken up again from its state, a search makes
/// the pick that it would have made.
#[test]
fn a_search_goes_on_from_its_state_to_the_same_pick() {
    let mut times: Vec<f64> = (0..20).map(|i| 1.0 + 0.002 * f64::from(i % 7)).collect();
    times[13] = 0.98;
    let device = device(&times, 0.004);
    let whole = Search::new(&device).run(&RULES);
    for stop in 0..whole.round {
        let mut search = Search::new(&device);
        for _ in 0..stop {
            search.round(&RULES);
        }
        let state = serde_json::to_string(&search.tournament).expect("writes");
        search.tournament = serde_json::from_str(&state).expect("reads");
        let search = search.run(&RULES);
        assert_eq!(search.tournament, whole.tournament, "killed after {stop}");
        assert_eq!(search.measured(), whole.measured());
    }
}

#[test]
fn what_is_wrong_or_lost_is_never_picked() {
    let device = device(&[1.0, 0.5, 1.2, 1.3, 1.4, 1.5], 0.003);
    let mut search = Search::new(&device);
    search.round(&RULES);
    search.entrants[1].out = true;
    let search = search.run(&RULES);
    assert_eq!(search.pick().index, 0);
    assert_eq!(search.tournament.fates()[1], Fate::Out);

    let mut search = Search::new(&device);
    for entrant in &mut search.entrants {
        entrant.out = true;
    }
    search.round(&RULES);
    assert!(search.tournament.is_over() && search.tournament.pick().is_none());
}

#[test]
fn who_has_more_rounds_waits_for_those_whose_rounds_were_lost() {
    let device = device(&[1.0, 1.01, 1.02, 1.03, 1.04, 1.05], 0.01);
    let mut search = Search::new(&device);
    search.round(&RULES);
    search.round(&RULES);
    let rounds = |search: &Search<'_>| -> Vec<usize> {
        search.entrants.iter().map(|e| e.rounds.len()).collect()
    };
    assert_eq!(rounds(&search), [2; 6]);
    // The second rung asks for six; one of the candidates loses a round of it.
    for _ in 0..3 {
        search.round(&RULES);
    }
    search.entrants[3].rounds.truncate(4);
    search.round(&RULES);
    assert_eq!(search.wanted(), [3]);
    let search = search.run(&RULES);
    let most = 2 + 4 + 8 + 16 + 20;
    assert!(search.entrants.iter().all(|e| e.rounds.len() <= most));
}

#[test]
fn a_budget_that_ends_in_the_rungs_leaves_no_pick() {
    let device = device(&[1.0, 1.1, 1.2, 1.3, 1.4, 1.5], 0.003);
    let mut search = Search::new(&device);
    search.round(&RULES);
    search.tournament.close(&search.entrants, &RULES);
    assert!(search.tournament.pick().is_none());
    // The rungs took two rounds; four of the final are too few.
    for _ in 0..5 {
        search.round(&RULES);
    }
    search.tournament.close(&search.entrants, &RULES);
    assert!(search.tournament.pick().is_none());
}

#[test]
fn a_final_that_is_cut_short_picks_by_what_it_has() {
    let device = device(&[1.0, 1.0], 0.01);
    let mut search = Search::new(&device);
    for _ in 0..7 {
        search.round(&RULES);
    }
    assert!(!search.tournament.is_over());
    search.tournament.close(&search.entrants, &RULES);
    assert_eq!((search.pick().index, search.pick().rounds), (0, 7));
}

#[test]
fn one_candidate_is_picked_once_its_time_is_known() {
    let device = device(&[1.0], 0.01);
    let search = Search::new(&device).run(&RULES);
    assert_eq!((search.pick().index, search.pick().rounds), (0, 5));
    assert!(search.pick().runners_up.is_empty());
}
