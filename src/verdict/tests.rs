//! The table of verdicts, every combination of evidence against it.

use super::*;
use crate::kit::{Correctness, Lost, LostCause, Mismatch, MismatchKind, Nanos, Place, Ratio, Step};
use crate::stats::Change;

fn change(estimate: f64, half: f64) -> Change {
    Change {
        estimate: Ratio(estimate),
        low: Ratio(estimate - half),
        high: Ratio(estimate + half),
        top: Ratio(estimate + half),
        detectable: Ratio(half),
        sigma: 0.001,
        freedom: 10.0,
        rounds: (10, 3),
    }
}

fn range(outcome: RangeOutcome) -> RangeEvidence {
    RangeEvidence {
        class: "nvidia-h100".into(),
        quantity: "time".into(),
        range: "1-3 ms".into(),
        measured: "3.40 ms".into(),
        outcome,
        place: Place::new("specs/moe.yaml", 12, 14),
    }
}

fn wrong() -> Correctness {
    Correctness::Wrong {
        mismatch: Mismatch {
            kind: MismatchKind::Unwritten,
            buffer: "y".into(),
            index: 3,
            place: None,
            integer: false,
            expected: 1.0,
            actual: 0.0,
            tolerated: 0.0,
            count: 2,
            of: 64,
        },
    }
}

fn right() -> Correctness {
    Correctness::Right {
        repeatable: true,
        by_wgsl: false,
    }
}

fn too_fast() -> Plausibility {
    Plausibility::FasterThanPhysics {
        least: Nanos(1e6),
        measured: Nanos(5e5),
        ceiling: "read".into(),
    }
}

fn baseline(outcome: BaselineOutcome) -> BaselineEvidence {
    let change = match outcome {
        BaselineOutcome::None | BaselineOutcome::Incomparable { .. } => None,
        BaselineOutcome::Pass => Some(change(0.001, 0.004)),
        BaselineOutcome::Slower => Some(change(0.031, 0.007)),
        BaselineOutcome::Faster => Some(change(-0.05, 0.007)),
        BaselineOutcome::Undecided => Some(change(0.018, 0.007)),
    };
    BaselineEvidence {
        outcome,
        change,
        limit: Ratio(0.02),
        labels: Vec::new(),
    }
}

fn lost() -> Lost {
    Lost::new(Step::Sample, LostCause::Crashed("signal 11".into()))
}

fn clean() -> Evidence {
    Evidence {
        correctness: right(),
        plausibility: Plausibility::Plausible,
        ranges: Vec::new(),
        baseline: baseline(BaselineOutcome::None),
        paired: None,
        environment: Environment::Steady,
        lost: None,
    }
}

fn outcomes() -> Vec<BaselineOutcome> {
    vec![
        BaselineOutcome::None,
        BaselineOutcome::Incomparable {
            why: Incomparable::Checks,
        },
        BaselineOutcome::Incomparable {
            why: Incomparable::Method {
                before: "wall-clock".into(),
                now: "pass-timestamps".into(),
            },
        },
        BaselineOutcome::Pass,
        BaselineOutcome::Slower,
        BaselineOutcome::Faster,
        BaselineOutcome::Undecided,
    ]
}

/// Every combination of evidence, with the line of the table that it falls
/// under, written as the table is: conditions from the top.
fn all() -> Vec<(Evidence, Verdict)> {
    let mut all = Vec::new();
    for correctness in [right(), wrong(), Correctness::Unknown] {
        for plausibility in [
            Plausibility::Plausible,
            Plausibility::CacheResident,
            Plausibility::NotJudged,
            too_fast(),
        ] {
            for ranges in [
                vec![],
                vec![RangeOutcome::Within],
                vec![RangeOutcome::Faster],
                vec![RangeOutcome::Slower],
                vec![RangeOutcome::Within, RangeOutcome::Slower],
            ] {
                for outcome in outcomes() {
                    for lost in [None, Some(lost())] {
                        let verdict = if matches!(correctness, Correctness::Wrong { .. })
                            || matches!(plausibility, Plausibility::FasterThanPhysics { .. })
                        {
                            Verdict::Wrong
                        } else if ranges.contains(&RangeOutcome::Slower)
                            || outcome == BaselineOutcome::Slower
                        {
                            Verdict::Slower
                        } else if lost.is_some() {
                            Verdict::Lost
                        } else if outcome == BaselineOutcome::Undecided
                            || correctness == Correctness::Unknown
                        {
                            Verdict::Undecided
                        } else if [BaselineOutcome::Pass, BaselineOutcome::Faster]
                            .contains(&outcome)
                        {
                            Verdict::Pass
                        } else if ranges.is_empty() {
                            Verdict::Ungated
                        } else {
                            Verdict::PassByRange
                        };
                        let evidence = Evidence {
                            correctness: correctness.clone(),
                            plausibility: plausibility.clone(),
                            ranges: ranges.iter().map(|&o| range(o)).collect(),
                            baseline: baseline(outcome.clone()),
                            paired: None,
                            environment: Environment::Steady,
                            lost,
                        };
                        all.push((evidence, verdict));
                    }
                }
            }
        }
    }
    all
}

fn policies() -> Vec<Policy> {
    let mut all = Vec::new();
    for bits in 0u8..64 {
        let bit = |n: u8| bits & (1 << n) != 0;
        all.push(Policy {
            allow_undecided: bit(0),
            allow_ungated: bit(1),
            allow_lost: bit(2),
            require_baseline: bit(3),
            fail_on_faster: bit(4),
            timing: if bit(5) {
                Timing::Advisory
            } else {
                Timing::Gate
            },
        });
    }
    all
}

#[test]
fn every_combination_of_evidence_falls_under_its_line_whatever_the_policy() {
    let all = all();
    assert_eq!(all.len(), 3 * 4 * 5 * 7 * 2);
    for (evidence, verdict) in &all {
        for policy in policies() {
            let judged = judge(evidence, &policy);
            assert_eq!(judged.verdict, *verdict, "{evidence:?}");
            assert!(!judged.reason.is_empty() && !judged.reason.contains('\n'));
        }
    }
}

#[test]
fn without_flags_all_but_the_passes_fail_and_each_has_its_exit_code() {
    for (evidence, verdict) in all() {
        let judged = judge(&evidence, &Policy::default());
        let code = match verdict {
            Verdict::Wrong => 3,
            Verdict::Slower => 1,
            Verdict::Lost => 5,
            Verdict::Undecided | Verdict::Ungated => 4,
            Verdict::Pass | Verdict::PassByRange => 0,
        };
        assert_eq!(judged.fails, code != 0, "{evidence:?}");
        assert_eq!(outcome(&[judged]), code, "{evidence:?}");
    }
}

fn exit(evidence: &Evidence, policy: Policy) -> u8 {
    outcome(&[judge(evidence, &policy)])
}

#[test]
fn each_flag_does_its_own_and_nothing_else() {
    let default = Policy::default();
    let of = |outcome| Evidence {
        baseline: baseline(outcome),
        ..clean()
    };
    let undecided = of(BaselineOutcome::Undecided);
    let faster = of(BaselineOutcome::Faster);
    let passes = of(BaselineOutcome::Pass);
    let ungated = clean();
    let ranged = Evidence {
        ranges: vec![range(RangeOutcome::Within)],
        ..clean()
    };
    let gone = Evidence {
        correctness: Correctness::Unknown,
        lost: Some(lost()),
        ..clean()
    };
    let flags = [
        default,
        Policy {
            allow_undecided: true,
            ..default
        },
        Policy {
            allow_ungated: true,
            ..default
        },
        Policy {
            allow_lost: true,
            ..default
        },
        Policy {
            require_baseline: true,
            ..default
        },
        Policy {
            fail_on_faster: true,
            ..default
        },
        Policy {
            timing: Timing::Advisory,
            ..default
        },
    ];
    for (evidence, codes) in [
        (&undecided, [4, 0, 4, 4, 4, 4, 0]),
        (&faster, [0, 0, 0, 0, 0, 1, 0]),
        (&passes, [0, 0, 0, 0, 0, 0, 0]),
        (&ungated, [4, 4, 0, 4, 4, 4, 4]),
        (&ranged, [0, 0, 0, 0, 4, 0, 0]),
        (&gone, [5, 5, 5, 6, 5, 5, 5]),
    ] {
        assert_eq!(
            flags.map(|policy| exit(evidence, policy)),
            codes,
            "{evidence:?}"
        );
    }
    let both = Policy {
        allow_ungated: true,
        require_baseline: true,
        ..default
    };
    assert_eq!(exit(&ungated, both), 4);
}

#[test]
fn on_advisory_hardware_no_time_fails_and_a_wrong_output_always_does() {
    for (evidence, verdict) in all() {
        for policy in policies() {
            let judged = judge(&evidence, &policy);
            let advisory = policy.timing == Timing::Advisory;
            match verdict {
                Verdict::Wrong => assert!(judged.fails && !judged.advisory),
                Verdict::Slower | Verdict::Undecided => {
                    // What nobody verified is no matter of times.
                    let unverified = verdict == Verdict::Undecided
                        && evidence.correctness == Correctness::Unknown;
                    assert_eq!(judged.advisory, advisory && !unverified);
                    assert_eq!(judged.fails && advisory, unverified && advisory);
                    assert!(judged.fails || !unverified);
                }
                Verdict::Pass | Verdict::PassByRange | Verdict::Lost | Verdict::Ungated => {
                    assert!(!judged.advisory);
                }
            }
        }
    }
}

#[test]
fn the_exit_code_is_the_gravest_in_the_order_3_1_5_4() {
    let of = |verdict, fails| Judgement {
        verdict,
        fails,
        advisory: false,
        reason: "told".into(),
    };
    let order = [
        (Verdict::Wrong, 3),
        (Verdict::Slower, 1),
        (Verdict::Lost, 5),
        (Verdict::Undecided, 4),
    ];
    for first in 0..order.len() {
        let mut rest: Vec<Judgement> = order[first..].iter().map(|(v, _)| of(*v, true)).collect();
        rest.push(of(Verdict::Pass, false));
        rest.reverse();
        assert_eq!(outcome(&rest), order[first].1);
    }
    assert_eq!(
        outcome(&[of(Verdict::Slower, false), of(Verdict::Pass, false)]),
        0
    );
    assert_eq!(outcome(&[]), 6);
    // Where all is lost, and allowed to be, nothing was judged.
    let lost = of(Verdict::Lost, false);
    assert_eq!(outcome(&[lost.clone(), lost.clone()]), 6);
    assert_eq!(outcome(&[lost, of(Verdict::Pass, false)]), 0);
}

#[test]
fn reasons_name_the_evidence_and_its_numbers() {
    let reason = |evidence: Evidence| judge(&evidence, &Policy::default()).reason;
    let of = |outcome| Evidence {
        baseline: baseline(outcome),
        ..clean()
    };
    let mut both = of(BaselineOutcome::Slower);
    both.ranges = vec![range(RangeOutcome::Slower)];
    both.baseline.labels = vec!["driver 535 -> 580".into()];
    let told = [
        reason(Evidence {
            correctness: wrong(),
            ..clean()
        }),
        reason(Evidence {
            plausibility: too_fast(),
            ..clean()
        }),
        reason(both),
        reason(of(BaselineOutcome::Slower)),
        reason(Evidence {
            correctness: Correctness::Unknown,
            lost: Some(lost()),
            ..clean()
        }),
        reason(Evidence {
            correctness: Correctness::Unknown,
            ..clean()
        }),
        reason(of(BaselineOutcome::Undecided)),
        reason(of(BaselineOutcome::Pass)),
        reason(of(BaselineOutcome::Faster)),
        reason(Evidence {
            ranges: vec![range(RangeOutcome::Faster)],
            ..clean()
        }),
        reason(Evidence {
            ranges: vec![range(RangeOutcome::Within)],
            ..of(outcomes().remove(2))
        }),
        reason(of(outcomes().remove(1))),
        reason(clean()),
    ]
    .join("\n");
    insta::assert_snapshot!(told, @r"
    wrong output: `y[3]` was never written; 2 of 64 unwritten
    faster than physics: 500 us at most, where this device's read ceiling allows 1.00 ms at least; the kernel did not do its work, or the model of its work is wrong
    slower than its range: time 3.40 ms, expected 1-3 ms on nvidia-h100 (specs/moe.yaml:12:14); and slower than the baseline: +3.10 % (+2.40 % to +3.80 %), tolerated 2.00 % [driver 535 -> 580]
    slower than the baseline: +3.10 % (+2.40 % to +3.80 %), tolerated 2.00 %
    lost while timing: the worker crashed (signal 11)
    its turn never came: the budget ended before its outputs were verified
    undecided against the baseline: +1.10 % to +2.50 % holds the tolerated 2.00 % after 3 rounds against 10; the smallest change that could be told from it is 0.70 %
    not slower than the baseline by the tolerated 2.00 %: +0.10 % (-0.30 % to +0.50 %)
    faster than the baseline: -5.00 % (-5.70 % to -4.30 %)
    by range only: time 3.40 ms is better than 1-3 ms on nvidia-h100; no baseline
    by range only: time 3.40 ms is within 1-3 ms on nvidia-h100; the baseline was timed by wall-clock, this run by pass-timestamps
    ungated: the baseline was measured under the other checks mode, and no range for this hardware
    ungated: no baseline, and no range for this hardware
    ");
}

/// Three rounds against eight cannot be slower whatever they read, so that the
/// reason names no change that could have been told.
#[test]
fn rounds_that_are_too_few_to_be_slower_say_so() {
    let mut few = change(0.03, 0.007);
    few.low = Ratio(-1.0);
    few.detectable = Ratio(20f64.exp() - 1.0);
    let mut baseline = baseline(BaselineOutcome::Undecided);
    baseline.change = Some(few);
    let evidence = Evidence {
        baseline,
        ..clean()
    };
    let told = judge(&evidence, &Policy::default()).reason;
    assert_eq!(
        told,
        "undecided against the baseline: +2.30 % to +3.70 % after 3 rounds against 10, too few to call a case slower than the tolerated 2.00 %"
    );
}

#[test]
fn a_change_is_undecided_only_when_no_more_rounds_may_come() {
    let limit = Ratio(0.02);
    for (estimate, settled) in [
        (0.05, Some(BaselineOutcome::Slower)),
        (0.0, Some(BaselineOutcome::Pass)),
        (-0.05, Some(BaselineOutcome::Faster)),
    ] {
        for more in [false, true] {
            let change = change(estimate, 0.007);
            assert_eq!(baseline_outcome(&change, limit, more), settled);
        }
    }
    let open = change(0.018, 0.007);
    assert_eq!(baseline_outcome(&open, limit, true), None);
    assert_eq!(
        baseline_outcome(&open, limit, false),
        Some(BaselineOutcome::Undecided)
    );
}
