//! The stages of a pipeline: what each takes, and, beside a revision's, by how
//! much it changed.

use std::collections::HashMap;

use crate::kit::{Nanos, Ratio};
use crate::plan::Case;
use crate::report::StageReport;
use crate::stats::{self, Design, PairedRounds, compare_pairs};

use super::measuring::CaseOutcome;

/// Intervals of stages are of 95 %, of each by itself: nothing is judged by
/// them.
const EACH: Design = Design {
    confidence: 0.975,
    cases: 1,
};

/// Time and share of each stage of a pipeline, with what a revision's version
/// of it took where both were timed in turns; and remarks on stages that only
/// the revision has, or that could not be told apart.
pub(super) fn stages(
    case: &Case,
    outcome: &CaseOutcome,
    before: Option<&Case>,
) -> (Vec<StageReport>, Vec<String>) {
    match before {
        Some(before) => in_pairs(case, outcome, before),
        None => (alone(case, outcome), Vec::new()),
    }
}

/// Of a case that was timed alone.
fn alone(case: &Case, outcome: &CaseOutcome) -> Vec<StageReport> {
    if case.stages.len() < 2 {
        return Vec::new();
    }
    let times: Option<Vec<f64>> = (0..case.stages.len())
        .map(|stage| {
            let rounds = outcome.rounds.iter();
            location(rounds.filter_map(|round| round.raw.stages.get(stage)))
        })
        .collect();
    rows(case, &times.unwrap_or_default())
}

/// The mean of the rounds' locations; none without a round.
fn location<'a>(rounds: impl Iterator<Item = &'a Vec<f64>>) -> Option<f64> {
    let located: Vec<f64> = rounds
        .filter_map(|samples| stats::summarize(samples).ok())
        .map(|summary| summary.location.0)
        .collect();
    (!located.is_empty()).then(|| located.iter().sum::<f64>() / located.len() as f64)
}

fn rows(case: &Case, times: &[f64]) -> Vec<StageReport> {
    let whole: f64 = times.iter().sum();
    case.stages
        .iter()
        .zip(times)
        .map(|(stage, &time)| StageReport {
            kernel: stage.kernel.clone(),
            time: Nanos(time),
            share: Ratio(time / whole),
            before: None,
            change: None,
        })
        .collect()
}

/// Of a case that was timed in turns with a revision's version. Stages are
/// the same where their kernels are, the first of a name with the first.
fn in_pairs(case: &Case, outcome: &CaseOutcome, before: &Case) -> (Vec<StageReport>, Vec<String>) {
    let pairs: Vec<_> = outcome
        .rounds
        .iter()
        .filter_map(|round| round.before.as_ref())
        .collect();
    let timed: Vec<_> = pairs
        .iter()
        .filter_map(|pair| pair.stages.as_ref())
        .collect();
    if timed.is_empty() {
        let is_pipeline = case.stages.len() > 1 || before.stages.len() > 1;
        let untold = (is_pipeline && !pairs.is_empty()).then(|| {
            "its stages are not told apart: passes have no times of their own here".to_owned()
        });
        return (alone(case, outcome), untold.into_iter().collect());
    }
    let now: Option<Vec<f64>> = (0..case.stages.len())
        .map(|stage| location(timed.iter().filter_map(|round| round.now.get(stage))))
        .collect();
    let there: Vec<Option<f64>> = (0..before.stages.len())
        .map(|stage| location(timed.iter().filter_map(|round| round.before.get(stage))))
        .collect();
    let mut rows = rows(case, &now.unwrap_or_default());

    let mut known: HashMap<(&str, usize), usize> = HashMap::new();
    for (at, name) in numbered(before).into_iter().enumerate() {
        known.insert(name, at);
    }
    let tick = outcome
        .rounds
        .first()
        .map_or(Nanos(1.0), |round| round.tick());
    let mut matched = Vec::new();
    let mut compared = Vec::new();
    for (at, name) in numbered(case).into_iter().enumerate().take(rows.len()) {
        let Some(other) = known.remove(&name) else {
            continue;
        };
        rows[at].before = there[other].map(Nanos);
        let changes: Vec<Ratio> = timed
            .iter()
            .filter_map(|round| {
                stats::summarize_pair(round.before.get(other)?, round.now.get(at)?).ok()
            })
            .map(|summary| summary.change)
            .collect();
        matched.push(at);
        compared.push(PairedRounds {
            time: Nanos(there[other].unwrap_or(f64::NAN)),
            tick,
            planned: (changes.len(), changes.len()),
            changes,
        });
    }
    for (at, change) in matched.into_iter().zip(compare_pairs(&compared, &EACH)) {
        rows[at].change = change.ok().map(|one| (one.estimate, one.low, one.top));
    }
    let mut gone: Vec<(usize, &str)> = known
        .into_iter()
        .map(|((kernel, _), at)| (at, kernel))
        .collect();
    gone.sort_unstable();
    let gone = gone.into_iter().map(|(at, kernel)| {
        let took = there[at].map_or_else(String::new, |time| format!(", {}", Nanos(time)));
        format!("`{kernel}` is a stage of the revision's version only{took}")
    });
    (rows, gone.collect())
}

/// The kernels of a pipeline's stages, each with how many before it have its
/// name.
fn numbered(case: &Case) -> Vec<(&str, usize)> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    case.stages
        .iter()
        .map(|stage| {
            let count = seen.entry(&stage.kernel).or_default();
            *count += 1;
            (stage.kernel.as_str(), *count)
        })
        .collect()
}
