//! From a plan with all candidates to those that are worth measuring.

use std::collections::{BTreeMap, HashMap};

use crate::app::ready::Suite;
use crate::kit::CaseId;
use crate::plan::Tuned;
use crate::run::Job;

/// A candidate that is modelled to move more than so many times the bytes of
/// the one that moves least is not measured. Caches and parallelism make up
/// for some: a tile of half the width moves twice the bytes of its operands,
/// and is often faster where there are few tiles.
pub(super) const MOST_TRAFFIC: f64 = 2.0;

/// The search of one case.
#[derive(Clone, Debug)]
pub(super) struct Contest {
    /// The identity without the searched axes.
    pub(super) group: CaseId,
    /// Jobs of the suite, the simplest candidate first.
    pub(super) candidates: Vec<usize>,
    /// Candidates that this device can run.
    pub(super) planned: usize,
    /// Of those, how many are the same code as a simpler one.
    pub(super) merged: usize,
    /// Of those, how many are modelled to move too much.
    pub(super) pruned: usize,
}

/// The searches of a suite, by what is searched.
pub(super) fn contests(suite: &Suite) -> Vec<Contest> {
    let mut groups: BTreeMap<&CaseId, Vec<(usize, &Tuned)>> = BTreeMap::new();
    for (index, job) in suite.jobs.iter().enumerate() {
        if let Some(tuned) = &job.case.tuned {
            groups.entry(&tuned.group).or_default().push((index, tuned));
        }
    }
    groups
        .into_iter()
        .map(|(group, members)| contest(suite, group, members))
        .collect()
}

fn contest(suite: &Suite, group: &CaseId, mut members: Vec<(usize, &Tuned)>) -> Contest {
    let planned = members.len();
    members.sort_by_key(|(index, tuned)| simplicity(&suite.jobs[*index], tuned));
    // Of equal code the simplest stands first, and stays.
    let mut known = HashMap::new();
    members.retain(|(index, _)| {
        let code = (suite.codes[*index].as_str(), what_runs(&suite.jobs[*index]));
        known.insert(code, ()).is_none()
    });
    let distinct = members.len();
    let least = members
        .iter()
        .filter_map(|(_, tuned)| tuned.traffic)
        .reduce(f64::min);
    members.retain(|(_, tuned)| tuned.gated || !moves_too_much(tuned.traffic, least));
    Contest {
        group: group.clone(),
        planned,
        merged: planned - distinct,
        pruned: distinct - members.len(),
        candidates: members.into_iter().map(|(index, _)| index).collect(),
    }
}

/// What is simpler sorts first: a variant that is gated anyway, then what takes
/// the least workgroup memory, then the fewest invocations of a workgroup, then
/// what the spec writes first.
fn simplicity(job: &Job, tuned: &Tuned) -> (bool, u32, u64, usize) {
    let shaders = || job.shaders.iter();
    let memory = shaders().map(|shader| shader.workgroup_memory).max();
    let invocations = shaders()
        .map(|shader| {
            let sizes = shader.workgroup_size.iter();
            sizes.fold(1_u64, |all, size| all.saturating_mul(u64::from(*size)))
        })
        .max();
    (
        !tuned.gated,
        memory.unwrap_or(0),
        invocations.unwrap_or(0),
        tuned.order,
    )
}

/// What a run is made of beside its code.
fn what_runs(job: &Job) -> String {
    let stages: Vec<_> = job
        .case
        .stages
        .iter()
        .map(|stage| (stage.dispatch, &stage.uniforms))
        .collect();
    format!("{stages:?} {:?}", job.case.buffers)
}

fn moves_too_much(traffic: Option<f64>, least: Option<f64>) -> bool {
    traffic
        .zip(least)
        .is_some_and(|(traffic, least)| traffic > MOST_TRAFFIC * least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_least_traffic_may_still_win() {
        assert!(!moves_too_much(Some(200.0), Some(100.0)));
        assert!(moves_too_much(Some(201.0), Some(100.0)));
        assert!(!moves_too_much(None, Some(100.0)), "not modelled");
    }
}
