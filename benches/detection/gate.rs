//! This gate's rule, replayed with its own library.

use kernel_gate::kit::{Nanos, Ratio};
use kernel_gate::stats::{CaseRounds, Change, Decision, Design, Located, compare, decide};
use rayon::prelude::*;

use super::data::Recording;
use super::replay::Suite;

/// Confidence of the invocation: the gate's default.
const CONFIDENCE: f64 = 0.99;

/// Rounds at the first look: the gate's default.
pub(crate) const FIRST: usize = 3;

/// What became of a case, and after how many rounds.
#[derive(Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) decision: Decision,
    pub(crate) rounds: usize,
}

/// Changes of all cases at all looks of a suite, with nothing injected.
pub(crate) struct Looked(Vec<Vec<Change>>);

/// Looks at every suite as the gate would, were no case ever decided: a case
/// that stops lends its variance to the others from the rounds it had, which
/// is left out here so that one replay serves all limits and changes.
pub(crate) fn look(recording: &Recording, suites: &[Suite]) -> Vec<Looked> {
    suites
        .par_iter()
        .map(|suite| {
            let looks = (FIRST..=suite.now.len())
                .map(|rounds| changes(recording, suite, rounds))
                .collect();
            Looked(looks)
        })
        .collect()
}

fn changes(recording: &Recording, suite: &Suite, rounds: usize) -> Vec<Change> {
    let located = |id: u32, picked: &[usize], case: &super::data::Case| {
        picked
            .iter()
            .map(|&round| Located {
                recording: id,
                location: Nanos(case.locations[round]),
            })
            .collect::<Vec<_>>()
    };
    let cases: Vec<CaseRounds> = recording
        .cases
        .iter()
        .map(|case| CaseRounds {
            before: located(1, &suite.before, case),
            now: located(2, &suite.now[..rounds], case),
            tick: Nanos(case.tick),
            planned: (FIRST, suite.now.len()),
        })
        .collect();
    let design = Design {
        confidence: CONFIDENCE,
        cases: cases.len(),
    };
    compare(&cases, &design)
        .into_iter()
        .map(|change| change.expect("recorded times are times"))
        .collect()
}

/// A change as it would be, had the times been multiplied.
fn inject(change: &Change, by: f64) -> Change {
    let moved = |ratio: Ratio| Ratio((1.0 + ratio.0) * (1.0 + by) - 1.0);
    Change {
        estimate: moved(change.estimate),
        low: moved(change.low),
        high: moved(change.high),
        top: moved(change.top),
        ..*change
    }
}

impl Looked {
    /// How every case ends at a limit with a change injected.
    pub(crate) fn end(&self, limit: f64, injected: f64) -> Vec<Ended> {
        let cases = self.0.first().map_or(0, Vec::len);
        (0..cases)
            .map(|case| {
                let mut ended = Ended {
                    decision: Decision::Continue,
                    rounds: FIRST,
                };
                for (look, changes) in self.0.iter().enumerate() {
                    let change = inject(&changes[case], injected);
                    ended = Ended {
                        decision: decide(&change, Ratio(limit)),
                        rounds: FIRST + look,
                    };
                    if ended.decision != Decision::Continue {
                        break;
                    }
                }
                ended
            })
            .collect()
    }

    /// The moderated deviation of every case at the last look.
    pub(crate) fn sigmas(&self) -> Vec<f64> {
        self.0
            .last()
            .map(|changes| changes.iter().map(|c| c.sigma).collect())
            .unwrap_or_default()
    }
}
