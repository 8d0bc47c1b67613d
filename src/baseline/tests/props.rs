//! What holds for any baselines.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed};

use super::super::{Baselines, CaseRecord, RoundRecord, parse, text};
use super::{ceilings, facts, recording};
use crate::kit::{CaseId, Checks, Method, Nanos, Ratio};

fn positive() -> impl Strategy<Value = f64> {
    prop_oneof![
        1e-3..1e12_f64,
        any::<f64>()
            .prop_map(f64::abs)
            .prop_filter("a time", |x| { x.is_finite() && *x > 0.0 }),
    ]
}

fn round(recordings: u32) -> impl Strategy<Value = RoundRecord> {
    (1..=recordings, positive(), 0.0..10.0_f64, 1..10_000_usize).prop_map(
        |(recording, time, spread, samples)| RoundRecord {
            recording,
            time: Nanos(time),
            spread: Ratio(spread),
            samples,
        },
    )
}

fn case(recordings: u32) -> impl Strategy<Value = CaseRecord> {
    (
        any::<bool>(),
        "[a-z\"\\\\é\n-]{0,12}",
        any::<bool>(),
        1..=u32::MAX,
        "[ -~]{0,20}",
        prop::collection::vec(round(recordings), 1..8),
    )
        .prop_map(
            |(wall, overhead, unchecked, batch, code, rounds)| CaseRecord {
                method: if wall {
                    Method::WallClock
                } else {
                    Method::PassTimestamps
                },
                overhead,
                checks: if unchecked {
                    Checks::Unchecked
                } else {
                    Checks::Checked
                },
                batch,
                code,
                rounds,
            },
        )
}

fn baselines() -> impl Strategy<Value = Baselines> {
    (1..5_u32).prop_flat_map(|recordings| {
        prop::collection::btree_map("\\PC{1,30}", case(recordings), 0..6).prop_map(move |cases| {
            let mut file = Baselines::new(facts().key(), "moe");
            file.recordings = (1..=recordings)
                .map(|id| {
                    let mut one = recording(id);
                    one.ceilings = (id % 2 == 0).then(ceilings);
                    one.reason = (id == 3).then(|| "a \"reason\"\nof two lines".to_owned());
                    one
                })
                .collect();
            file.cases = cases
                .into_iter()
                .map(|(id, case)| (CaseId(id), case))
                .collect::<BTreeMap<_, _>>();
            file
        })
    })
}

/// The same cases in every run; nothing is written to the source tree.
fn config() -> Config {
    Config {
        cases: 64,
        rng_seed: RngSeed::Fixed(20_261_103),
        rng_algorithm: RngAlgorithm::ChaCha,
        failure_persistence: None,
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_baselines_read_back_equal(file in baselines()) {
        let text = text::write(&file).expect("writes");
        let back = parse::parse(text.as_bytes(), &file.device, "moe");
        prop_assert_eq!(back, Ok(file));
    }

    #[test]
    fn one_line_a_case(file in baselines()) {
        let text = text::write(&file).expect("writes");
        prop_assert_eq!(text.lines().count(), 9 + file.recordings.len() + file.cases.len());
    }

    #[test]
    fn a_cut_never_reads_as_less(file in baselines(), part in 0.0..1.0_f64) {
        let text = text::write(&file).expect("writes");
        let end = (text.len() as f64 * part) as usize;
        if let Ok(back) = parse::parse(&text.as_bytes()[..end], &file.device, "moe") {
            prop_assert_eq!(back, file);
        }
    }

    #[test]
    fn any_byte_changed_is_refused_or_read_without_a_panic(
        file in baselines(), part in 0.0..1.0_f64, byte in any::<u8>(),
    ) {
        let mut bytes = text::write(&file).expect("writes").into_bytes();
        let at = (bytes.len() as f64 * part) as usize;
        bytes[at] = byte;
        if let Err(fault) = parse::parse(&bytes, &file.device, "moe") {
            prop_assert!(fault.line >= 1 && fault.column >= 1 && !fault.message.is_empty());
        }
    }

    #[test]
    fn recording_keeps_every_case_and_every_reference(
        mut file in baselines(), new in baselines(), append in any::<bool>(),
    ) {
        let before = file.clone();
        let told = file.record(recording(0), new.cases.clone(), append);
        for id in before.cases.keys().chain(new.cases.keys()) {
            prop_assert!(file.cases.contains_key(id));
        }
        for (id, case) in &before.cases {
            if !new.cases.contains_key(id) {
                prop_assert_eq!(&file.cases[id], case);
            }
        }
        prop_assert!(new.cases.is_empty() || before.recording(told.id).is_none());
        // Reading checks that each round's recording is there.
        let text = text::write(&file).expect("writes");
        prop_assert_eq!(parse::parse(text.as_bytes(), &file.device, "moe"), Ok(file));
    }
}
