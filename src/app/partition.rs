//! One part of a plan: which cases are in it, and what its report must say so
//! that all parts can be judged together.

use crate::cli::Partition;
use crate::kit::CaseId;
use crate::report::{Part, PartCase, SuitePolicy};
use crate::verdict::Policy;

use super::ready::{Ready, Suite};

/// Takes the cases of the other parts away, and gives what the report says of
/// this part. A case's part depends on its identity alone: a new case moves no
/// other.
pub(super) fn part(ready: &mut Ready, partition: Partition, policies: &[Policy]) -> Part {
    let mut part = Part {
        part: partition.part,
        of: partition.of,
        plan: digest(ready, policies),
        cases: ready.cases(),
        policies: ready
            .suites
            .iter()
            .zip(policies)
            .map(|(suite, policy)| SuitePolicy {
                suite: suite.plan.suite.clone(),
                policy: *policy,
            })
            .collect(),
        entries: Vec::new(),
    };
    let mut position = 0;
    for suite in &mut ready.suites {
        let ids: Vec<CaseId> = suite.jobs.iter().map(|job| job.case.id.clone()).collect();
        for id in ids {
            if is_in(&id, partition.part, partition.of) {
                part.entries.push(PartCase {
                    id,
                    position,
                    compared: None,
                });
            }
            position += 1;
        }
        keep(suite, partition);
    }
    part
}

/// What a part's report says of itself.
pub(super) fn note(part: &Part) -> String {
    format!(
        "part {} of {}: {} of {} cases, at a confidence shared by all; `gate merge` judges all parts as one",
        part.part,
        part.of,
        part.entries.len(),
        part.cases
    )
}

/// Whether a case is in a part.
pub(super) fn is_in(id: &CaseId, part: u32, of: u32) -> bool {
    let hash = blake3::hash(id.0.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first) % u64::from(of.max(1)) == u64::from(part) - 1
}

fn keep(suite: &mut Suite, partition: Partition) {
    let kept = |id: &CaseId| is_in(id, partition.part, partition.of);
    let mut codes = std::mem::take(&mut suite.codes).into_iter();
    let jobs = std::mem::take(&mut suite.jobs);
    for job in jobs {
        let code = codes.next();
        if kept(&job.case.id) {
            suite.codes.extend(code);
            suite.jobs.push(job);
        }
    }
    suite.plan.cases.retain(|case| kept(&case.id));
    suite.plan.left_out.retain(|(id, _)| kept(id));
}

/// A digest of all that must be the same in all parts of a plan.
fn digest(ready: &Ready, policies: &[Policy]) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&ready.session.facts.key().0);
    add(&format!("{:?}", ready.confidence()));
    for (suite, policy) in ready.suites.iter().zip(policies) {
        add(&suite.plan.suite);
        add(&format!("{policy:?}"));
        for (job, code) in suite.jobs.iter().zip(&suite.codes) {
            let limits = job.case.limits;
            add(&job.case.id.0);
            add(code);
            add(&format!(
                "{:?} {} {}",
                limits.slowdown, limits.min_rounds, limits.max_rounds
            ));
            let record = suite
                .baselines
                .as_ref()
                .and_then(|baselines| baselines.cases.get(&job.case.id));
            add(&format!("{record:?}"));
        }
        for (id, why) in &suite.plan.left_out {
            add(&id.0);
            add(&why.to_string());
        }
        add(&suite.plan.filtered.to_string());
    }
    hasher.finalize().to_hex().to_string()
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
                let parts: Vec<u32> = (1..=of).filter(|part| is_in(id, *part, of)).collect();
                assert_eq!(parts.len(), 1, "{id}");
                sizes[parts[0] as usize - 1] += 1;
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
}
