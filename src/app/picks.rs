//! What `gate tune` picked, where cases are measured: picks join the gated
//! variants, and a variant that outdoes the pick is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::baseline::{Picks, Store};
use crate::kit::{CaseId, DeviceKey, Ratio};
use crate::plan::Plan;
use crate::stats::{Rival, Rivals};

use super::AppError;
use super::measuring::CaseOutcome;
use super::output::count;
use super::project::Project;
use super::ready::Suite;

/// Another variant is worth a word where the whole interval lies so much below
/// the pick: twice what a search takes for alike.
const BETTER: Ratio = Ratio(0.02);

/// Rounds of a variant below which nothing is said of it.
const FEWEST_ROUNDS: usize = 2;

/// Picks of all suites.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// Plans were made anew, with candidates that no variant is.
    pub(super) joined: bool,
    /// Cases without a pick, and picks without a case.
    pub(super) notes: Vec<String>,
    /// The picks by suite.
    pub(super) picks: BTreeMap<String, Picks>,
}

/// Plans the picks of this device beside the gated variants. A project that
/// holds all candidates has them already.
pub(super) fn join(
    project: &mut Project,
    store: &Store,
    device: &DeviceKey,
) -> Result<Joined, AppError> {
    let mut found = Joined::default();
    for index in 0..project.plans.len() {
        let plan = &project.plans[index];
        let groups = groups(plan);
        if groups.is_empty() {
            continue;
        }
        let suite = plan.suite.clone();
        // Read in any case: what cannot be read is told before a search, too.
        let picks = store.picks(device, &suite)?;
        if project.has_all() {
            found.picks.extend(picks.map(|picks| (suite, picks)));
            continue;
        }
        let made: BTreeMap<&CaseId, &CaseId> = picks
            .iter()
            .flat_map(|picks| &picks.cases)
            .filter(|(group, _)| groups.contains(group))
            .map(|(group, record)| (group, &record.pick))
            .collect();
        let missing = groups.len() - made.len();
        if missing > 0 {
            found.notes.push(format!(
                "suite {suite}: no pick for this device of {}, whose `variants` alone are gated; `gate tune` searches",
                count(missing, "case")
            ));
        }
        let wanted: BTreeSet<CaseId> = made.into_values().cloned().collect();
        if !wanted.is_subset(&identities(plan)) {
            project.pick(index, &wanted)?;
            found.joined = true;
            let plan = &project.plans[index];
            let known = identities(plan);
            let gone = wanted.iter().filter(|pick| !known.contains(pick)).count();
            if gone > 0 && plan.filtered == 0 {
                found.notes.push(format!(
                    "suite {suite}: {} of `gate tune` in no search space any more; `gate tune` searches anew",
                    if gone == 1 { "1 pick is".to_owned() } else { format!("{gone} picks are") }
                ));
            }
        }
        if let Some(picks) = picks {
            found.picks.insert(suite, picks);
        }
    }
    Ok(found)
}

/// What is searched in a plan.
fn groups(plan: &Plan) -> BTreeSet<CaseId> {
    let tuned = plan.cases.iter().filter_map(|case| case.tuned.as_ref());
    tuned.map(|tuned| tuned.group.clone()).collect()
}

/// Every case of a plan, the left-out ones too.
fn identities(plan: &Plan) -> BTreeSet<CaseId> {
    let left_out = plan.left_out.iter().map(|(id, _)| id);
    let ids = plan.cases.iter().map(|case| &case.id).chain(left_out);
    ids.cloned().collect()
}

/// What a check found of picks: variants that are clearly faster, and picks
/// that were made with other WGSL. Remarks, and no failures: the pick is gated
/// against its own baseline.
pub(super) fn outdone(
    suite: &Suite,
    outcomes: &[CaseOutcome],
    picks: &BTreeMap<String, Picks>,
    confidence: f64,
) -> Vec<String> {
    let Some(picks) = picks.get(&suite.plan.suite) else {
        return Vec::new();
    };
    let mut groups: BTreeMap<&CaseId, Vec<usize>> = BTreeMap::new();
    for (index, (job, outcome)) in suite.jobs.iter().zip(outcomes).enumerate() {
        if let Some(tuned) = &job.case.tuned
            && !outcome.is_wrong()
            && outcome.rounds.len() >= FEWEST_ROUNDS
        {
            groups.entry(&tuned.group).or_default().push(index);
        }
    }
    let comparisons: usize = groups.values().map(|members| members.len() - 1).sum();
    let comparisons = comparisons.max(suite.rivalries);
    // One-sided claims, all of this suite's together.
    let level = (1.0 - confidence) / comparisons.max(1) as f64;
    let mut notes = Vec::new();
    let mut stale = 0;
    for (group, members) in groups {
        let Some(record) = picks.cases.get(group) else {
            continue;
        };
        let id = |member: usize| &suite.jobs[members[member]].case.id;
        let Some(pick) = (0..members.len()).find(|member| *id(*member) == record.pick) else {
            continue;
        };
        stale += usize::from(suite.codes[members[pick]] != record.code);
        let rivals: Vec<Rival> = members.iter().map(|at| rival(&outcomes[*at])).collect();
        let Ok(rivals) = Rivals::of(&rivals) else {
            continue;
        };
        let better = rivals.ranking().into_iter().find_map(|member| {
            let gap = rivals.gap(member, pick, level);
            (member != pick && gap.high.ln() < -BETTER.ln()).then_some((member, gap))
        });
        if let Some((member, gap)) = better {
            notes.push(format!(
                "`{}` is clearly faster than the pick `{}`: {} ({} to {}); `gate tune` searches anew",
                id(member),
                record.pick,
                gap.estimate,
                gap.low,
                gap.high
            ));
        }
    }
    if stale > 0 {
        notes.push(format!(
            "suite {}: the WGSL of {} is another than it was when `gate tune` made the pick",
            suite.plan.suite,
            count(stale, "case")
        ));
    }
    notes
}

/// The rounds of a case, for a comparison with its other variants.
fn rival(outcome: &CaseOutcome) -> Rival {
    Rival {
        rounds: outcome
            .rounds
            .iter()
            .map(|round| round.summary.location)
            .collect(),
        tick: outcome
            .rounds
            .first()
            .map(super::measuring::Measurement::tick)
            .unwrap_or_default(),
    }
}
