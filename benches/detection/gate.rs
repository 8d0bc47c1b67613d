//! This gate's rule, replayed with its own library.

use kernel_gate::kit::{Nanos, Ratio};
use kernel_gate::stats::{CaseRounds, Change, Comparison, Decision, Design, Located, decide};
use rayon::prelude::*;

use super::data::Recording;
use super::replay::Suite;

/// Confidence of the invocation: the gate's default.
pub(crate) const CONFIDENCE: f64 = 0.99;

/// Rounds at the first look: the gate's default.
pub(crate) const FIRST: usize = 3;

/// What became of a case, and after how many rounds.
#[derive(Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) decision: Decision,
    pub(crate) rounds: usize,
}

/// All cases at one look of a suite, with nothing injected.
struct Look {
    comparison: Comparison,
    /// At equal shares of the confidence.
    changes: Vec<Change>,
}

/// All looks of a suite.
pub(crate) struct Looked(Vec<Look>);

/// Which cases a change is injected into.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Into {
    /// All of a suite at once, so that each that is found helps the others.
    All,
    /// One at a time: what is said of each case is said of a suite in which it
    /// alone changed.
    One,
}

/// Looks at every suite as the gate would, were no case ever decided: a case
/// that stops lends its variance to the others from the rounds it had, which
/// is left out here so that one replay serves all limits and changes.
pub(crate) fn look(recording: &Recording, suites: &[Suite]) -> Vec<Looked> {
    suites
        .par_iter()
        .map(|suite| {
            let looks = (FIRST..=suite.now.len())
                .map(|rounds| at(recording, suite, rounds))
                .collect();
            Looked(looks)
        })
        .collect()
}

fn at(recording: &Recording, suite: &Suite, rounds: usize) -> Look {
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
    let comparison = Comparison::of(&cases, &design);
    let changes = all(comparison.changes());
    Look {
        comparison,
        changes,
    }
}

fn all(changes: Vec<Result<Change, kernel_gate::stats::StatsError>>) -> Vec<Change> {
    changes
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
    pub(crate) fn end(&self, limit: f64, injected: f64, into: Into) -> Vec<Ended> {
        let cases = self.0.first().map_or(0, |look| look.changes.len());
        let mut ended = vec![
            Ended {
                decision: Decision::Continue,
                rounds: FIRST,
            };
            cases
        ];
        let mut found = 0;
        // Times and limit are multiplied alike: what is injected into the times
        // may be taken off the limit.
        let tolerated = Ratio((1.0 + limit) / (1.0 + injected) - 1.0);
        for (number, look) in self.0.iter().enumerate() {
            let open: Vec<Option<Ratio>> = ended
                .iter()
                .map(|case| (case.decision == Decision::Continue).then_some(tolerated))
                .collect();
            let is_open = |case: usize| open[case].is_some();
            let mut stepped = None;
            if into == Into::All {
                let any =
                    |(case, change): (usize, &Change)| is_open(case) && change.low.0 > tolerated.0;
                if found > 0 || look.changes.iter().enumerate().any(any) {
                    stepped = Some(all(look.comparison.step_down(&open, found)));
                }
            }
            let changes = stepped.as_ref().unwrap_or(&look.changes);
            for (case, change) in changes
                .iter()
                .enumerate()
                .filter(|(case, _)| is_open(*case))
            {
                let decision = decide(&inject(change, injected), Ratio(limit));
                found += usize::from(decision == Decision::Slower);
                ended[case] = Ended {
                    decision,
                    rounds: FIRST + number,
                };
            }
        }
        ended
    }

    /// The moderated deviation of every case at the last look.
    pub(crate) fn sigmas(&self) -> Vec<f64> {
        self.0
            .last()
            .map(|look| look.changes.iter().map(|c| c.sigma).collect())
            .unwrap_or_default()
    }
}
