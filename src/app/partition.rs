//! One part of a plan: which cases are in it, and what its report must say so
//! that all parts can be judged together.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cli::{Partition, SelectArgs};
use crate::kit::{CaseId, leading_bits};
use crate::plan::Case;
use crate::report::{Part, Planned, SuitePart, Timed};
use crate::verdict::Policy;

use super::measuring::Outcome;
use super::output::count;
use super::project::{Rendered, code_of};
use super::ready::{Ready, Suite};

/// Keys of a case that say where it is written, and not what it is. Its WGSL
/// and its limits have digests of their own.
const ELSEWHERE: [&str; 5] = ["place", "places", "reference_place", "source", "limits"];

/// The part that something with this name is in, from 1. It depends on the
/// name alone, so that a new case moves no other, and every machine agrees.
pub(super) fn part_of(name: &CaseId, of: u32) -> u32 {
    let bits = leading_bits(&blake3::hash(name.0.as_bytes()));
    // Below 2^32, as the number of parts is.
    u32::try_from(bits % u64::from(of.max(1))).unwrap_or(0) + 1
}

/// What stays together with a case: the candidates of a search, which are
/// compared with each other.
fn together(case: &Case) -> &CaseId {
    case.tuned.as_ref().map_or(&case.id, |tuned| &tuned.group)
}

/// The seed where nobody gave one: the same in all parts of a plan, and
/// another as soon as a kernel is another.
pub(super) fn seed(rendered: &BTreeMap<CaseId, Rendered>) -> u64 {
    let mut digest = Digest::default();
    for (id, shaders) in rendered {
        digest.add(&id.0);
        digest.add(&code_of(shaders));
    }
    // Short enough to retype.
    leading_bits(&digest.0.finalize()) >> 32
}

/// Takes the cases of the other parts away, and gives what the report says of
/// this part. To be called once everything is known that is the same in all
/// parts, the share of the confidence above all.
pub(super) fn take(
    ready: &mut Ready,
    partition: Partition,
    select: &SelectArgs,
    policies: &[Policy],
) -> Part {
    let part = Part {
        part: partition.part,
        of: partition.of,
        shares: ready.cases(),
        filter: select.filter.clone(),
        exclude: select.exclude.clone(),
        suites: ready
            .suites
            .iter()
            .zip(policies)
            .map(|(suite, policy)| suite_part(suite, *policy))
            .collect(),
        plan: ready
            .suites
            .iter()
            .flat_map(|suite| &suite.jobs)
            .map(|job| Planned {
                id: job.case.id.clone(),
                part: part_of(together(&job.case), partition.of),
            })
            .collect(),
        timed: Vec::new(),
        seal: String::new(),
    };
    for suite in &mut ready.suites {
        keep(suite, partition);
    }
    part
}

/// What a part's report says of itself.
pub(super) fn note(part: &Part) -> String {
    let here = part.plan.iter().filter(|case| case.part == part.part);
    format!(
        "part {} of {}: {} of the plan's {}, at a confidence shared by all; `gate merge` judges all parts as one",
        part.part,
        part.of,
        here.count(),
        count(part.plan.len(), "case")
    )
}

/// What judging again takes of what was measured.
pub(super) fn timed(suite: &Suite, outcome: &Outcome) -> Vec<Timed> {
    suite
        .jobs
        .iter()
        .zip(&outcome.cases)
        .filter_map(|(job, case)| {
            let limits = job.case.limits;
            Some(Timed {
                id: job.case.id.clone(),
                tick: case.rounds.first()?.tick(),
                rounds: (limits.min_rounds as usize, limits.max_rounds as usize),
            })
        })
        .collect()
}

/// Leaves this part's cases in a suite.
fn keep(suite: &mut Suite, partition: Partition) {
    let is_here = |name: &CaseId| part_of(name, partition.of) == partition.part;
    let here: Vec<bool> = suite
        .jobs
        .iter()
        .map(|job| is_here(together(&job.case)))
        .collect();
    let mut groups: BTreeMap<&CaseId, usize> = BTreeMap::new();
    for job in &suite.jobs {
        if let Some(tuned) = &job.case.tuned {
            *groups.entry(&tuned.group).or_default() += 1;
        }
    }
    suite.rivalries = groups.values().map(|members| members - 1).sum();
    retain(&mut suite.jobs, &here);
    retain(&mut suite.codes, &here);
    retain(&mut suite.plan.cases, &here);
    if let Some(pairing) = &mut suite.pairing {
        retain(&mut pairing.partners, &here);
    }
    suite.plan.left_out.retain(|(id, _)| is_here(id));
    // What is missing here may be in another part.
    suite.whole = false;
}

fn retain<T>(items: &mut Vec<T>, here: &[bool]) {
    let mut here = here.iter();
    items.retain(|_| here.next().copied().unwrap_or(false));
}

fn suite_part(suite: &Suite, policy: Policy) -> SuitePart {
    let digest = |add: &dyn Fn(&mut Digest)| {
        let mut digest = Digest::default();
        add(&mut digest);
        digest.short()
    };
    SuitePart {
        suite: suite.plan.suite.clone(),
        policy,
        spec: digest(&|digest| {
            for job in &suite.jobs {
                spec_of(&job.case, digest);
            }
            // Why a case is left out may hold what one machine measured.
            for (id, _) in &suite.plan.left_out {
                digest.add(&id.0);
            }
        }),
        shaders: digest(&|digest| {
            for (job, code) in suite.jobs.iter().zip(&suite.codes) {
                digest.add(code);
                for reference in job.references.iter().flatten() {
                    digest.add(&reference.hash);
                }
            }
        }),
        limits: digest(&|digest| {
            digest.add(&format!(
                "{} {}",
                suite.plan.confidence, suite.plan.budget.0
            ));
            for job in &suite.jobs {
                digest.add(&format!("{:?}", job.case.limits));
            }
        }),
        baselines: digest(&|digest| digest.add(&format!("{:?}", suite.baselines))),
        unplanned: suite.unplanned(),
    }
}

/// What a spec says of a case, wherever it says it.
fn spec_of(case: &Case, digest: &mut Digest) {
    let mut value = serde_json::to_value(case).unwrap_or_default();
    without_places(&mut value);
    digest.add(&value.to_string());
    for expected in &case.expected {
        digest.add(&expected.class);
        digest.add(&format!("{:?}", expected.expectation));
    }
}

fn without_places(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_places),
        Value::Object(map) => {
            for key in ELSEWHERE {
                map.remove(key);
            }
            map.values_mut().for_each(without_places);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A digest of texts, each with its length.
#[derive(Default)]
struct Digest(blake3::Hasher);

impl Digest {
    fn add(&mut self, text: &str) {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn short(&self) -> String {
        self.0.finalize().to_hex()[..16].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_in_one_part_and_the_parts_are_alike() {
        let ids: Vec<CaseId> = (0..3_000).map(|n| CaseId(format!("s/k[n={n}]"))).collect();
        for of in [1, 2, 3, 7] {
            let mut sizes = vec![0_usize; of as usize];
            for id in &ids {
                let part = part_of(id, of);
                assert!((1..=of).contains(&part), "{id}");
                sizes[part as usize - 1] += 1;
            }
            let fair = ids.len() / of as usize;
            // Six standard deviations of a fair draw.
            let off = 6 * (fair as f64).sqrt() as usize;
            assert!(
                sizes.iter().all(|size| size.abs_diff(fair) <= off),
                "{sizes:?}"
            );
        }
    }

    /// Other versions of the gate, and other machines, have to agree: these
    /// were computed with the BLAKE3 team's package for Python.
    #[test]
    fn a_case_stays_in_its_part() {
        let of = |id: &str, of| part_of(&CaseId(id.into()), of);
        assert_eq!(of("demo/copy[n=64]@workgroup=64", 3), 2);
        assert_eq!(
            of("moe/topk[experts=8,k=2,tokens=1]@workgroup=64", 1_000),
            917
        );
    }
}
