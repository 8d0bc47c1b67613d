//! What a recording does to what was there.

use std::collections::BTreeMap;

use super::super::{Baselines, CaseRecord, Difference, text};
use super::{case, facts, id, recording, two};
use crate::kit::{CaseId, Checks, Method, Nanos};

fn measured(cases: &[(&str, CaseRecord)]) -> BTreeMap<CaseId, CaseRecord> {
    cases
        .iter()
        .map(|(name, case)| (id(name), case.clone()))
        .collect()
}

const TOPK: &str = "moe/topk[tokens=1]@workgroup=64";
const COMBINE: &str = "moe/combine[tokens=1]";

#[test]
fn a_recording_replaces_what_it_measured_and_keeps_the_rest() {
    let mut file = two();
    let combine = file.cases[&id(COMBINE)].clone();
    let told = file.record(
        recording(0),
        measured(&[(TOPK, case(0, &[7_000.0]))]),
        false,
    );
    assert_eq!(told.id, 4);
    assert_eq!(told.replaced, [id(TOPK)]);
    assert_eq!(told.kept, 1);
    assert_eq!(file.cases[&id(COMBINE)], combine);
    let rounds = &file.cases[&id(TOPK)].rounds;
    assert_eq!(rounds.len(), 1);
    assert_eq!((rounds[0].recording, rounds[0].time), (4, Nanos(7_000.0)));
    // Both old recordings are still what `combine` refers to.
    assert_eq!(told.dropped, [0_u32; 0]);
    let ids: Vec<u32> = file.recordings.iter().map(|one| one.id).collect();
    assert_eq!(ids, [1, 3, 4]);
}

#[test]
fn a_recording_that_nothing_refers_to_goes_and_its_number_is_not_used_again() {
    let mut file = two();
    let both = measured(&[(TOPK, case(0, &[7.0])), (COMBINE, case(0, &[8.0]))]);
    let told = file.record(recording(0), both.clone(), false);
    assert_eq!((told.id, told.dropped), (4, vec![1, 3]));
    let told = file.record(recording(0), both, false);
    assert_eq!((told.id, told.dropped), (5, vec![4]));
    assert_eq!(file.recordings.len(), 1);
}

#[test]
fn append_joins_rounds_of_the_same_kind() {
    let mut file = two();
    let told = file.record(recording(0), measured(&[(TOPK, case(0, &[6_300.0]))]), true);
    assert_eq!(told.appended, [id(TOPK)]);
    let recordings: Vec<u32> = file.cases[&id(TOPK)]
        .rounds
        .iter()
        .map(|round| round.recording)
        .collect();
    assert_eq!(recordings, [3, 3, 4]);
}

#[test]
fn append_never_mixes_kinds_and_says_why() {
    let plain = case(0, &[6_300.0]);
    let kinds = [
        (
            CaseRecord {
                method: Method::WallClock,
                ..plain.clone()
            },
            Difference::Method {
                before: Method::PassTimestamps,
                now: Method::WallClock,
            },
        ),
        (
            CaseRecord {
                overhead: "empty-pass".into(),
                ..plain.clone()
            },
            Difference::Overhead {
                before: "batch-difference".into(),
                now: "empty-pass".into(),
            },
        ),
        (
            CaseRecord {
                checks: Checks::Unchecked,
                ..plain.clone()
            },
            Difference::Checks {
                before: Checks::Checked,
                now: Checks::Unchecked,
            },
        ),
        (
            CaseRecord {
                batch: 32,
                ..plain.clone()
            },
            Difference::Batch {
                before: 16,
                now: 32,
            },
        ),
        (
            CaseRecord {
                code: "beef".into(),
                ..plain
            },
            Difference::Code,
        ),
    ];
    for (new, why) in kinds {
        let mut file = two();
        let told = file.record(recording(0), measured(&[(TOPK, new)]), true);
        assert_eq!(told.not_appended, [(id(TOPK), why)]);
        assert_eq!(file.cases[&id(TOPK)].rounds.len(), 1);
    }
}

#[test]
fn another_batch_or_code_can_still_be_compared() {
    let before = case(1, &[1.0]);
    let now = |method, overhead, checks| before.comparable(method, overhead, checks);
    let same = now(Method::PassTimestamps, "batch-difference", Checks::Checked);
    assert_eq!(same, Ok(()));
    let error = now(Method::WallClock, "none", Checks::Checked).expect_err("differs");
    assert_eq!(
        error.to_string(),
        "times were taken by pass-timestamps, and now by wall-clock"
    );
    assert!(now(Method::PassTimestamps, "empty-pass", Checks::Checked).is_err());
    assert!(
        now(
            Method::PassTimestamps,
            "batch-difference",
            Checks::Unchecked
        )
        .is_err()
    );
}

#[test]
fn a_recording_without_rounds_changes_nothing() {
    let mut file = two();
    let told = file.record(recording(0), measured(&[(TOPK, case(0, &[]))]), false);
    assert_eq!((told.id, told.kept), (0, 2));
    assert_eq!(file, two());
}

#[test]
fn the_first_recording_is_number_one_and_is_rounded() {
    let mut file = Baselines::new(facts().key(), "moe");
    let told = file.record(
        recording(9),
        measured(&[(TOPK, case(9, &[6_312.437_49]))]),
        true,
    );
    assert_eq!((told.id, &told.added), (1, &vec![id(TOPK)]));
    assert_eq!(file.cases[&id(TOPK)].rounds[0].time, Nanos(6_312.437));
    let text = text::write(&file).expect("writes");
    assert!(text.contains("\"times\":[6312.437]"), "{text}");
}

#[test]
fn what_changed_since_a_recording_is_named_once() {
    let file = two();
    let mut now = facts();
    let combine = &file.cases[&id(COMBINE)];
    assert!(file.changes_since(combine, &now).is_empty());
    now.driver_info = "580.95".into();
    now.wgpu = "31.0.0".into();
    assert_eq!(
        file.changes_since(combine, &now),
        ["driver 535.1 -> 580.95", "wgpu 30.0.1 -> 31.0.0"]
    );
}

#[test]
fn a_case_is_typically_the_geometric_mean_of_its_rounds() {
    // sqrt(4 * 9) = 6
    let typical = case(1, &[4.0, 9.0]).typical().expect("has rounds");
    assert!((typical.0 - 6.0).abs() < 1e-12);
    assert_eq!(case(1, &[]).typical(), None);
    assert_eq!(case(1, &[4.0]).located()[0].recording, 1);
}
