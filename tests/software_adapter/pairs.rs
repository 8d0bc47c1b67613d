//! Two versions of a case in one process, on the same buffers.

use kernel_gate::kit::{Correctness, Method, MismatchKind};
use kernel_gate::run::{Job, PairMeasured, PairRequest, PairWanted, measure_pair};
use kernel_gate::stats::summarize_pair;

use crate::jobs::{copy, two_in_a_row};
use crate::{gpu, request, turn};

const STORE: &str = "dst[id.x] = src[id.x];";

fn measured(before: &Job, now: &Job, before_first: bool) -> PairMeasured {
    let wanted = PairWanted {
        verify: true,
        verify_before: true,
        before_first,
        request: PairRequest {
            sample: request(),
            verified_before: None,
            seed: 7,
        },
    };
    measure_pair(&mut gpu(), before, now, &wanted).expect("nothing is lost")
}

fn other() -> Job {
    let other = copy(5_000).replace(STORE, "let value = src[id.x]; dst[id.x] = value;");
    other.job()
}

#[test]
fn two_versions_are_timed_in_turns_and_both_stay_right() {
    let _turn = turn();
    for before_first in [true, false] {
        let pair = measured(&copy(5_000).job(), &other(), before_first);
        for correctness in [&pair.correctness, &pair.correctness_before] {
            assert!(matches!(correctness, Some(Correctness::Right { .. })));
        }
        let round = pair.round.expect("timed");
        assert_eq!(round.check(), Ok(()));
        for side in [&round.before, &round.now] {
            assert!(side.samples.len() >= 6);
            assert!(matches!(side.after, Correctness::Right { .. }));
            assert!(side.digest.is_some());
        }
        assert_eq!(round.cpu.is_some(), cfg!(unix));
        // The same bits, and so the same digest.
        assert_eq!(round.before.digest, round.now.digest);
    }
}

/// The second stage does a hundred times the work, and the first what it did.
#[test]
fn the_stages_of_two_pipelines_are_told_apart() {
    let _turn = turn();
    let plain = two_in_a_row("out[id.x] = mid[id.x];");
    let slower = two_in_a_row(
        "var value = mid[id.x];
        for (var turn = 0u; turn < 5000u; turn++) { value = select(value, 1.0, value > 2.0 + f32(turn)); }
        out[id.x] = value;",
    );
    for before_first in [true, false] {
        let pair = measured(&plain, &slower, before_first);
        let round = pair.round.expect("timed");
        assert_eq!(round.check(), Ok(()));
        if round.now.method != Method::PassTimestamps {
            assert_eq!(round.stages, None);
            continue;
        }
        let stages = round.stages.expect("both are pipelines");
        let change = |stage: usize| {
            let found = summarize_pair(&stages.before[stage], &stages.now[stage]);
            found.expect("blocks").change.ln()
        };
        assert!(change(1) > 1.0, "{stages:?}");
        assert!(change(0).abs() < 0.5 * change(1), "{stages:?}");
        for side in [&round.before, &round.now] {
            assert!(matches!(side.after, Correctness::Right { .. }));
        }
    }
    let single = measured(&copy(5_000).job(), &other(), true);
    assert_eq!(single.round.expect("timed").stages, None);
}

/// What one version wrote must not stand for what the other did not.
#[test]
fn a_version_that_writes_nothing_is_wrong_whichever_it_is() {
    let _turn = turn();
    let nothing = copy(5_000).replace(STORE, "let value = src[id.x];").job();
    for before_first in [true, false] {
        let unwritten = |correctness: &Option<Correctness>| {
            matches!(correctness, Some(Correctness::Wrong { mismatch })
                if mismatch.kind == MismatchKind::Unwritten)
        };
        let now = measured(&other(), &nothing, before_first);
        assert!(unwritten(&now.correctness) && !unwritten(&now.correctness_before));
        assert_eq!(now.round, None);
        let before = measured(&nothing, &other(), before_first);
        assert!(unwritten(&before.correctness_before) && !unwritten(&before.correctness));
        assert_eq!(before.round, None);
    }
}
