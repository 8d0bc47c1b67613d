//! What could be had at all: a rule that knows how much each case differs
//! between processes, and need not estimate it.

use statrs::distribution::{ContinuousCDF, Normal};

use super::data::Recording;
use super::gate::{CONFIDENCE, Into};
use super::replay::Suite;

/// One suite's differences in units of their true standard errors, and these.
pub(crate) struct Known(Vec<(f64, f64)>);

/// What the rule said of one suite.
pub(crate) struct Said {
    pub(crate) slower: Vec<bool>,
    pub(crate) passed: Vec<bool>,
}

/// Takes each case's deviation between processes from all rounds of the
/// recording, which a check never has.
pub(crate) fn know(recording: &Recording, suites: &[Suite]) -> Vec<Known> {
    let logs: Vec<Vec<f64>> = recording
        .cases
        .iter()
        .map(|case| case.locations.iter().map(|l| l.ln()).collect())
        .collect();
    let mean = |of: &mut dyn Iterator<Item = f64>| -> f64 {
        let (sum, count) = of.fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0));
        sum / count
    };
    let deviations: Vec<f64> = logs
        .iter()
        .map(|logs| {
            let middle = mean(&mut logs.iter().copied());
            let squares: f64 = logs.iter().map(|log| (log - middle).powi(2)).sum();
            (squares / (logs.len() as f64 - 1.0)).sqrt()
        })
        .collect();
    suites
        .iter()
        .map(|suite| {
            let rounds = 1.0 / suite.before.len() as f64 + 1.0 / suite.now.len() as f64;
            let cases = logs.iter().zip(&deviations).map(|(logs, deviation)| {
                let side = |picked: &[usize]| mean(&mut picked.iter().map(|&i| logs[i]));
                let change = side(&suite.now) - side(&suite.before);
                (change, deviation * rounds.sqrt())
            });
            Known(cases.collect())
        })
        .collect()
}

impl Known {
    /// One look, after all rounds, at the level of the gate's claims, shared
    /// among cases as the gate shares it.
    pub(crate) fn say(&self, limit: f64, injected: f64, into: Into) -> Said {
        let alpha = 1.0 - CONFIDENCE;
        let beyond = |level: f64| -Normal::standard().inverse_cdf(level);
        let moved = (1.0 + injected).ln() - (1.0 + limit).ln();
        let cases = self.0.len();
        let mut slower = vec![false; cases];
        loop {
            let found = slower.iter().filter(|s| **s).count();
            let left = match into {
                Into::All => (cases - found).max(1),
                Into::One => cases,
            };
            let z = beyond(alpha / left as f64);
            for (slower, (change, error)) in slower.iter_mut().zip(&self.0) {
                *slower |= change + moved > z * error;
            }
            if slower.iter().filter(|s| **s).count() == found {
                break;
            }
        }
        let z = beyond(alpha);
        let passed = self
            .0
            .iter()
            .map(|(change, error)| change + moved < -z * error)
            .collect();
        Said { slower, passed }
    }
}
