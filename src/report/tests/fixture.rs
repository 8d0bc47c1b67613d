//! Reports made by hand.

use std::time::Duration;

use crate::kit::{
    Backend, Bytes, CaseId, Ceilings, Correctness, DeviceFacts, DeviceKind, DeviceLimits, Features,
    LeftOut, Lost, LostCause, Method, Mismatch, MismatchKind, Nanos, Place, Ratio, Step, Timer,
    Work,
};
use crate::stats::Change;
use crate::verdict::{
    BaselineEvidence, BaselineOutcome, Environment, Evidence, Incomparable, Judgement,
    Plausibility, RangeEvidence, RangeOutcome, Verdict,
};

use super::super::{
    BeforeRound, CaseReport, LeftOutReport, Rate, Reasoning, Report, RoundReport, StageReport,
};

pub(super) fn facts() -> DeviceFacts {
    DeviceFacts {
        adapter: "NVIDIA H100 80GB HBM3".into(),
        kind: DeviceKind::Discrete,
        backend: Backend::Vulkan,
        driver: "NVIDIA".into(),
        driver_info: "580.95.05".into(),
        wgpu: "30.0.1".into(),
        cpu: None,
        timer: Timer {
            method: Method::PassTimestamps,
            tick: Nanos(32.0),
            empty_pass: Nanos(640.0),
        },
        limits: DeviceLimits::webgpu_default(),
        features: Features::default(),
    }
}

/// A case that passes: 3 rounds now against 10 then, limit 2 %.
pub(super) fn case(id: &str, time: f64, change: (f64, f64, f64)) -> CaseReport {
    CaseReport {
        id: CaseId(id.into()),
        names: Vec::new(),
        place: Place::new("specs/moe.yaml", 31, 5),
        time: Some((Nanos(time), Nanos(time * 0.996), Nanos(time * 1.004))),
        before: Some(Nanos(time / (1.0 + change.0))),
        rates: vec![Rate {
            unit: "GB/s".into(),
            value: 5_120.0 / time,
        }],
        work: Work {
            flops: Some(5_000.0),
            bytes: Some(5_120.0),
            tokens: Some(128.0),
        },
        roofline: Some(Ratio(0.0049)),
        bound: Some("memory".into()),
        evidence: Evidence {
            correctness: Correctness::Right {
                repeatable: true,
                by_wgsl: false,
            },
            plausibility: Plausibility::Plausible,
            ranges: Vec::new(),
            baseline: BaselineEvidence {
                outcome: BaselineOutcome::Pass,
                change: Some(Change {
                    estimate: Ratio(change.0),
                    low: Ratio(change.1),
                    high: Ratio(change.2),
                    top: Ratio(change.2),
                    detectable: Ratio(0.009),
                    sigma: 0.002,
                    freedom: 15.0,
                    rounds: (10, 3),
                }),
                limit: Ratio(0.02),
                labels: Vec::new(),
            },
            paired: None,
            environment: Environment::Steady,
            lost: None,
        },
        judgement: Judgement {
            verdict: Verdict::Pass,
            fails: false,
            advisory: false,
            reason: "not slower than its baseline".into(),
        },
        rounds: [0.999, 1.0, 1.001]
            .iter()
            .map(|factor| RoundReport {
                time: Nanos(time * factor),
                spread: Ratio(0.004),
                samples: 64,
                batch: 16,
                warm: *factor < 1.001,
                quantiles: [
                    0.982, 0.985, 0.99, 0.993, 0.997, 1.0, 1.003, 1.008, 1.02, 1.06, 1.19,
                ]
                .iter()
                .map(|part| Nanos(time * factor * part))
                .collect(),
            })
            .collect(),
        stages: Vec::new(),
        history: Vec::new(),
        compile: Some(Nanos(12.3e6)),
        code: "9f3ac51b".into(),
        reasoning: Reasoning {
            before: (0..10)
                .map(|round| BeforeRound {
                    recording: 1 + round / 5,
                    time: Nanos(
                        time / (1.0 + change.0) * (1.0 + 0.001 * (f64::from(round * 7 % 10) - 4.5)),
                    ),
                    spread: Ratio(0.005),
                    samples: 64,
                })
                .collect(),
            ..Reasoning::default()
        },
        notes: Vec::new(),
    }
}

fn judged(mut case: CaseReport, verdict: Verdict, fails: bool, reason: &str) -> CaseReport {
    case.judgement = Judgement {
        verdict,
        fails,
        advisory: false,
        reason: reason.into(),
    };
    case
}

fn untimed(mut case: CaseReport) -> CaseReport {
    case.time = None;
    case.rates.clear();
    case.roofline = None;
    case.bound = None;
    case.rounds.clear();
    case.evidence.baseline.change = None;
    case
}

fn no_baseline(mut case: CaseReport) -> CaseReport {
    case.before = None;
    case.reasoning.before.clear();
    case.evidence.baseline.change = None;
    case.evidence.baseline.outcome = BaselineOutcome::None;
    case
}

fn range(outcome: RangeOutcome, text: &str, measured: &str) -> RangeEvidence {
    RangeEvidence {
        class: "nvidia-h100".into(),
        quantity: "time".into(),
        range: text.into(),
        measured: measured.into(),
        outcome,
        place: Place::new("specs/moe.yaml", 33, 29),
    }
}

fn topk() -> Vec<CaseReport> {
    let topk = |tokens: u32, workgroup: u32| {
        format!("moe/topk[experts=8,k=2,tokens={tokens}]@workgroup={workgroup}")
    };
    let pass = case(&topk(1, 64), 6_312.0, (0.0031, -0.0052, 0.0112));

    let mut slower = case(&topk(1, 128), 6_640.0, (0.052, 0.041, 0.063));
    slower.evidence.baseline.outcome = BaselineOutcome::Slower;
    slower.evidence.baseline.labels = vec!["driver 535.183 -> 580.95.05".into()];
    slower.evidence.ranges = vec![range(RangeOutcome::Faster, "1-3 ms", "6.64 us")];
    let slower = judged(
        slower,
        Verdict::Slower,
        true,
        "slower than the baseline: +5.20 % (+4.10 % to +6.30 %), tolerated 2.00 % [driver 535.183 -> \
         580.95.05]",
    );

    let mut faster = case(&topk(1, 256), 5_800.0, (-0.081, -0.092, -0.07));
    faster.evidence.baseline.outcome = BaselineOutcome::Faster;

    let mut undecided = case(&topk(32, 64), 6_450.0, (0.018, -0.003, 0.039));
    undecided.evidence.baseline.outcome = BaselineOutcome::Undecided;
    let undecided = judged(
        undecided,
        Verdict::Undecided,
        true,
        "undecided against the baseline: -0.30 % to +3.90 % holds the tolerated 2.00 % after 3 \
         rounds against 10",
    );

    let mut advisory = case(&topk(32, 128), 6_700.0, (0.12, 0.08, 0.16));
    advisory.evidence.baseline.outcome = BaselineOutcome::Slower;
    let mut advisory = judged(
        advisory,
        Verdict::Slower,
        false,
        "slower than its baseline, on hardware whose times are advisory",
    );
    advisory.judgement.advisory = true;

    let mut wrong = untimed(case(&topk(128, 64), 6_500.0, (0.0, 0.0, 0.0)));
    wrong.evidence.correctness = Correctness::Wrong {
        mismatch: Mismatch {
            kind: MismatchKind::Value,
            buffer: "weights".into(),
            index: 17,
            place: None,
            integer: false,
            expected: 0.731_058_6,
            actual: f64::NAN,
            tolerated: 1.7e-5,
            count: 12,
            of: 256,
        },
    };
    let wrong = judged(
        no_baseline(wrong),
        Verdict::Wrong,
        true,
        "wrong output: `weights[17]` is NaN, expected 7.310586e-1 within 1.7e-5; 12 of 256 wrong",
    );
    vec![pass, slower, faster, undecided, advisory, wrong]
}

fn combine() -> Vec<CaseReport> {
    let id = |tokens: u32| {
        format!("moe/combine[experts=8,hidden=4096,k=2,tokens={tokens}]@workgroup=64")
    };
    let mut by_range = no_baseline(case(&id(1), 9_400.0, (0.0, 0.0, 0.0)));
    by_range.evidence.ranges = vec![range(RangeOutcome::Within, "< 15 us", "9.40 us")];
    let by_range = judged(
        by_range,
        Verdict::PassByRange,
        false,
        "within its range; there is no baseline",
    );

    let mut too_fast = no_baseline(case(&id(32), 310.0, (0.0, 0.0, 0.0)));
    too_fast.evidence.plausibility = Plausibility::FasterThanPhysics {
        least: Nanos(1_450.0),
        measured: Nanos(311.2),
        ceiling: "copy".into(),
    };
    let too_fast = judged(
        too_fast,
        Verdict::Wrong,
        true,
        "faster than physics: 311 ns at most, where this device's copy ceiling allows 1.45 us at least; the kernel did not do its work, or the model of its work is wrong",
    );

    let ungated = judged(
        no_baseline(case(&id(128), 21_300.0, (0.0, 0.0, 0.0))),
        Verdict::Ungated,
        true,
        "ungated: no baseline, and no range for this hardware",
    );

    let mut lost = untimed(case(&id(2048), 1.0, (0.0, 0.0, 0.0)));
    lost.before = Some(Nanos(301_000.0));
    lost.evidence.correctness = Correctness::Unknown;
    lost.evidence.lost = Some(Lost::new(
        Step::Sample,
        LostCause::Hung(Duration::from_secs(20)),
    ));
    let lost = judged(
        lost,
        Verdict::Lost,
        true,
        "lost while timing: no answer within 20s; the worker was killed",
    );
    vec![by_range, too_fast, ungated, lost]
}

fn others() -> Vec<CaseReport> {
    let mut pipeline = case(
        "moe/moe[experts=8,hidden=4096,k=2,tokens=1]@workgroup=64",
        15_900.0,
        (0.001, -0.004, 0.006),
    );
    pipeline.names = vec!["decode".into()];
    pipeline.rates = vec![
        Rate {
            unit: "tokens/s".into(),
            value: 62_893.0,
        },
        Rate {
            unit: "GB/s".into(),
            value: 3.1,
        },
    ];
    pipeline.roofline = None;
    pipeline.bound = Some("launch".into());
    pipeline.stages = vec![
        StageReport {
            kernel: "topk".into(),
            time: Nanos(6_300.0),
            share: Ratio(0.396),
            before: None,
            change: None,
        },
        StageReport {
            kernel: "combine".into(),
            time: Nanos(9_600.0),
            share: Ratio(0.604),
            before: None,
            change: None,
        },
    ];
    pipeline.notes = vec!["output differs from run to run, within tolerance".into()];

    let mut matvec = case(
        "matmul/matvec[k=4096,m=1,n=4096]@cache=cold,storage=f16,workgroup=128",
        31_200.0,
        (0.5, 0.43, 0.58),
    );
    matvec.rates = vec![Rate {
        unit: "GB/s".into(),
        value: 2_150.0,
    }];
    matvec.roofline = Some(Ratio(0.69));
    matvec.evidence.baseline.outcome = BaselineOutcome::Incomparable {
        why: Incomparable::Method {
            before: "wall-clock".into(),
            now: "pass-timestamps".into(),
        },
    };
    matvec.evidence.baseline.change = None;
    matvec.evidence.ranges = vec![range(RangeOutcome::Slower, "< 25 us", "31.2 us")];
    let matvec = judged(
        matvec,
        Verdict::Slower,
        true,
        "slower than its range: time 31.2 us, expected < 25 us on nvidia-h100 (specs/moe.yaml:33:29)",
    );

    let mut large = case(
        "matmul/matmul[k=4096,m=4096,n=4096]@checks=unchecked,storage=f32,workgroup=16x16",
        2_692_000.0,
        (0.0004, -0.0012, 0.002),
    );
    large.rates = vec![Rate {
        unit: "GFLOP/s".into(),
        value: 51_050.0,
    }];
    large.roofline = Some(Ratio(0.912));
    large.bound = Some("compute".into());
    vec![pipeline, matvec, large]
}

fn left_out(id: &str, why: LeftOut) -> LeftOutReport {
    LeftOutReport {
        id: CaseId(id.into()),
        reason: why.to_string(),
        why,
    }
}

/// Every verdict, every way to be left out that differs in form.
pub(super) fn everything() -> Report {
    let mut report = Report {
        format: 1,
        gate: "0.1.0".into(),
        command: "check".into(),
        suites: vec!["moe".into(), "matmul".into()],
        device: facts(),
        classes: vec!["nvidia-h100".into(), "any-gpu".into()],
        ceilings: Some(Ceilings {
            copy: 2.9e12,
            read: 3.1e12,
            fma_f32: 5.6e13,
            fma_f16: Some(1.2e14),
            cooperative_matrix: None,
            launch: Nanos(1_600.0),
            cache: Some(50 << 20),
        }),
        confidence: 0.99,
        seed: 42,
        rounds: 3,
        elapsed: Nanos(12.3e9),
        busy: Nanos(7.7e9),
        cases: topk(),
        left_out: Vec::new(),
        filtered: 12,
        notes: vec!["the budget of 60 s ran out after 8 rounds".into()],
        against: None,
        part: None,
        interrupted: false,
        unmeasured: 0,
        exit: 3,
    };
    report.cases.extend(combine());
    report.cases.extend(others());
    for tokens in [1, 32, 128, 512] {
        report.left_out.push(left_out(
            &format!("moe/topk[experts=8,k=2,tokens={tokens}]@workgroup=512"),
            LeftOut::Where {
                condition: "workgroup <= device.max_invocations".into(),
                values: "device.max_invocations is 256, workgroup is 512".into(),
            },
        ));
    }
    report.left_out.push(left_out(
        "matmul/matmul[k=4096,m=4096,n=4096]@storage=f16",
        LeftOut::Feature("f16 in shaders".into()),
    ));
    report.left_out.push(left_out(
        "matmul/matmul[k=4096,m=32000,n=4096]@storage=f32",
        LeftOut::Limit {
            what: "the binding of `b`".into(),
            needed: 524_288_000,
            limit: 134_217_728,
        },
    ));
    report.left_out.push(left_out(
        "matmul/matmul[k=4096,m=65536,n=4096]@storage=f32",
        LeftOut::Limit {
            what: "the binding of `b`".into(),
            needed: 1_073_741_824,
            limit: 134_217_728,
        },
    ));
    report.left_out.push(left_out(
        "matmul/matmul[k=16384,m=16384,n=16384]",
        LeftOut::Memory {
            needed: Bytes(3 << 30),
            limit: Bytes(2 << 30),
        },
    ));
    report.left_out.push(left_out(
        "matmul/matmul[k=8192,m=8192,n=8192]",
        LeftOut::TooSlow {
            predicted: Nanos(2e9),
            time: Nanos(1e8),
        },
    ));
    report
}

/// Two cases, all well.
pub(super) fn green() -> Report {
    let mut report = everything();
    report.cases = [1, 32]
        .iter()
        .map(|tokens| {
            case(
                &format!("moe/topk[experts=8,k=2,tokens={tokens}]@workgroup=64"),
                6_312.0,
                (0.0031, -0.0052, 0.0112),
            )
        })
        .collect();
    report.left_out.clear();
    report.notes.clear();
    report.filtered = 0;
    report.exit = 0;
    report
}
