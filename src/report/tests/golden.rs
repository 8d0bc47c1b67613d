//! Golden files.

use super::super::{
    Report, TableStyle, summary, write_csv, write_github, write_json, write_junit, write_markdown,
    write_outputs, write_sarif, write_table,
};
use super::fixture::{everything, facts, green};
use crate::kit::{DeviceKind, Method};
use crate::verdict::Verdict;

fn table(report: &Report, width: Option<u16>, color: bool, verbosity: i8) -> String {
    let mut out = Vec::new();
    let style = TableStyle {
        width,
        color,
        verbosity,
    };
    write_table(report, &style, &mut out).expect("writes to memory");
    String::from_utf8(out).expect("is text")
}

#[test]
fn without_a_terminal_each_case_has_one_line() {
    insta::assert_snapshot!(table(&everything(), None, false, 0));
}

#[test]
fn at_120_columns() {
    insta::assert_snapshot!(table(&everything(), Some(120), false, 0));
}

#[test]
fn at_80_columns() {
    insta::assert_snapshot!(table(&everything(), Some(80), false, 0));
}

#[test]
fn at_40_columns() {
    insta::assert_snapshot!(table(&everything(), Some(40), false, 0));
}

#[test]
fn with_colours() {
    let text = table(&everything(), Some(120), true, 0);
    let plain = table(&everything(), Some(120), false, 0);
    assert_eq!(without_colours(&text), plain, "colours add no words");
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn quiet() {
    insta::assert_snapshot!(table(&everything(), Some(100), false, -1));
}

#[test]
fn verbose() {
    insta::assert_snapshot!(table(&everything(), Some(100), false, 1));
}

#[test]
fn all_well() {
    insta::assert_snapshot!(table(&green(), Some(80), false, 0), @r"
    NVIDIA H100 80GB HBM3 (discrete, vulkan, driver NVIDIA 580.95.05, wgpu 30.0.1)
    GPU timestamps around passes: tick 32.0 ns, an empty pass takes 640 ns

    case                    time                  change      rate  verdict
    ───────────────────────────────────────────────────────────────────────
    moe/topk[experts=8,k=2] @workgroup=64
      tokens=1   6.31 us ±0.40 %  +0.31 % [-0.52, +1.12]  811 MB/s  ✓ pass
      tokens=32  6.31 us ±0.40 %  +0.31 % [-0.52, +1.12]  811 MB/s  ✓ pass

    2 passed in 12.3 s on NVIDIA H100 80GB HBM3: exit 0 (pass)
    ");
}

#[test]
fn all_well_and_quiet_is_one_sentence() {
    insta::assert_snapshot!(table(&green(), Some(80), false, -1), @"2 passed in 12.3 s on NVIDIA H100 80GB HBM3: exit 0 (pass)");
}

#[test]
fn a_run_judges_nothing() {
    let mut report = everything();
    report.command = "run".into();
    report.exit = 3;
    for case in &mut report.cases {
        if !matches!(case.judgement.verdict, Verdict::Wrong | Verdict::Lost) {
            case.judgement.verdict = Verdict::Ungated;
            case.judgement.fails = false;
        }
        case.evidence.baseline.change = None;
    }
    insta::assert_snapshot!(table(&report, Some(120), false, 0));
}

#[test]
fn an_update_shows_old_beside_new() {
    let mut report = everything();
    report.command = "update-baselines".into();
    report
        .cases
        .retain(|case| !matches!(case.judgement.verdict, Verdict::Wrong | Verdict::Lost));
    for case in &mut report.cases {
        case.judgement.fails = false;
    }
    report.exit = 0;
    insta::assert_snapshot!(table(&report, Some(120), false, 0));
}

#[test]
fn an_update_that_wrote_nothing_calls_nothing_recorded() {
    let mut report = everything();
    report.command = "update-baselines".into();
    for (exit, interrupted) in [(3, false), (5, false), (7, false), (130, true)] {
        (report.exit, report.interrupted) = (exit, interrupted);
        let text = table(&report, Some(120), false, 0);
        assert!(!text.contains("recorded"), "{text}");
        assert!(!text.contains("✓ new"), "{text}");
        assert!(text.contains("10 measured"), "{text}");
    }
}

#[test]
fn one_round_has_no_interval() {
    let mut report = green();
    report.cases[0].rounds.truncate(1);
    let text = table(&report, Some(120), false, 0);
    assert!(text.contains("6.31 us (one round)"), "{text}");
    assert_eq!(text.matches("(one round)").count(), 1);
}

#[test]
fn another_driver_is_noted_where_the_case_passes_too() {
    let mut report = green();
    report.cases[0].evidence.baseline.labels = vec!["driver 570 -> 580".into()];
    let text = table(&report, Some(120), false, 0);
    assert!(
        text.contains("since its baseline: driver 570 -> 580"),
        "{text}"
    );
}

#[test]
fn a_pass_by_range_that_fails_is_not_called_passed() {
    let mut report = green();
    for case in &mut report.cases {
        case.judgement.verdict = Verdict::PassByRange;
        case.judgement.fails = true;
    }
    report.exit = 4;
    let sentence = summary(&report);
    assert!(!sentence.contains("passed"), "{sentence}");
    assert!(sentence.contains("without a baseline"), "{sentence}");
    assert!(sentence.ends_with("exit 4 (no baseline)"), "{sentence}");
}

#[test]
fn a_software_adapter_on_the_wall_clock_says_so() {
    let mut report = green();
    report.device.kind = DeviceKind::Cpu;
    report.device.adapter = "llvmpipe (LLVM 15.0.6, 256 bits)".into();
    report.device.cpu = Some("AMD EPYC 7B13".into());
    report.device.timer.method = Method::WallClock;
    let text = table(&report, Some(80), false, 0);
    let head: String = text
        .lines()
        .take(4)
        .map(|line| format!("{line}\n"))
        .collect();
    insta::assert_snapshot!(head, @r"
    llvmpipe (LLVM 15.0.6, 256 bits) on AMD EPYC 7B13 (cpu, vulkan, driver NVIDIA
      580.95.05, wgpu 30.0.1)
    wall clock over batches: this adapter has no usable timestamps, so times are
      coarser and include the driver's
    ");
}

#[test]
fn nothing_to_judge_and_interrupted_are_said() {
    let mut report = green();
    report.cases.clear();
    report.exit = 6;
    assert_eq!(
        summary(&report),
        "no cases in 12.3 s on NVIDIA H100 80GB HBM3: exit 6 (nothing to judge)"
    );
    let mut report = green();
    report.interrupted = true;
    report.exit = 130;
    assert_eq!(
        summary(&report),
        "interrupted: 2 passed in 12.3 s on NVIDIA H100 80GB HBM3: exit 130 (interrupted)"
    );
}

#[test]
fn what_does_not_count_on_this_hardware_is_summed_up_as_advice() {
    let mut report = everything();
    let of_all = summary(&report);
    assert!(of_all.contains(" 1 undecided, "), "{of_all}");
    for case in &mut report.cases {
        case.judgement.advisory |= case.judgement.verdict == Verdict::Undecided;
    }
    let advice = of_all.replace(" 1 undecided, ", " 1 undecided (advisory), ");
    assert_eq!(summary(&report), advice);
}

#[test]
fn every_case_is_counted_once() {
    let report = everything();
    let tally = report.tally();
    let sum = tally.pass
        + tally.pass_by_range
        + tally.slower
        + tally.advisory
        + tally.wrong
        + tally.lost
        + tally.undecided
        + tally.ungated;
    assert_eq!(sum, report.cases.len());
    // By hand: topk-1-64, topk-1-256, the pipeline, the large matmul.
    assert_eq!((tally.pass, tally.faster), (4, 1));
    assert_eq!((tally.slower, tally.advisory), (2, 1));
    assert_eq!((tally.wrong, tally.lost), (2, 1));
    assert_eq!((tally.undecided, tally.ungated), (1, 1));
    assert_eq!((tally.pass_by_range, tally.left_out), (1, 9));
    assert_eq!(tally.failing, 7);
}

#[test]
fn markdown_for_a_job_summary() {
    let mut out = Vec::new();
    write_markdown(&everything(), &mut out).expect("writes to memory");
    insta::assert_snapshot!(String::from_utf8(out).expect("is text"));
}

#[test]
fn csv_has_a_row_for_each_case() {
    let report = everything();
    let mut out = Vec::new();
    write_csv(&report, &mut out).expect("writes to memory");
    let mut read = ::csv::Reader::from_reader(out.as_slice());
    let rows: Result<Vec<_>, _> = read.records().collect();
    assert_eq!(
        rows.expect("are rows").len(),
        report.cases.len() + report.left_out.len()
    );
    insta::assert_snapshot!(String::from_utf8(out).expect("is text"));
}

fn written(
    report: &Report,
    write: fn(&Report, &mut dyn std::io::Write) -> std::io::Result<()>,
) -> String {
    let mut out = Vec::new();
    write(report, &mut out).expect("writes to memory");
    String::from_utf8(out).expect("is text")
}

#[test]
fn junit_for_viewers_of_tests() {
    insta::assert_snapshot!(written(&everything(), write_junit));
}

#[test]
fn junit_of_a_run_that_was_interrupted_shows_that() {
    let mut report = green();
    report.suites = vec!["moe".into()];
    report.interrupted = true;
    report.exit = 130;
    let text = written(&report, write_junit);
    assert!(
        text.contains("tests=\"3\" skipped=\"0\" failures=\"0\" errors=\"1\""),
        "{text}"
    );
    assert!(
        text.contains("<error message=\"interrupted: 2 passed"),
        "{text}"
    );
}

#[test]
fn sarif_for_code_scanning() {
    insta::assert_snapshot!(written(&everything(), write_sarif));
}

#[test]
fn sarif_of_a_green_run_finds_nothing() {
    let text = written(&green(), write_sarif);
    let value: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
    assert_eq!(value["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(
        value["runs"][0]["invocations"][0]["executionSuccessful"],
        true
    );
}

#[test]
fn the_log_of_a_step() {
    insta::assert_snapshot!(written(&everything(), write_github));
}

#[test]
fn the_outputs_of_a_step() {
    insta::assert_snapshot!(written(&everything(), write_outputs));
}

#[test]
fn json_holds_the_whole_report_and_its_tally() {
    let report = everything();
    let mut out = Vec::new();
    write_json(&report, &mut out).expect("writes to memory");
    let text = String::from_utf8(out).expect("is text");
    assert!(text.ends_with("}\n"));
    let mut back: Report = serde_json::from_str(&text).expect("reads back");
    // NaN is not equal to itself; it came through, and is put aside.
    let mut report = report;
    for cases in [&mut back.cases, &mut report.cases] {
        let crate::kit::Correctness::Wrong { mismatch } = &mut cases[5].evidence.correctness else {
            panic!("the sixth case is the wrong one");
        };
        assert!(mismatch.actual.is_nan());
        mismatch.actual = 0.0;
    }
    assert_eq!(back, report);
    let value: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
    assert_eq!(value["tally"]["wrong"], 2);
    assert_eq!(value["device"]["adapter"], facts().adapter);
}

#[test]
fn json_has_no_numbers_that_json_has_not() {
    let mut report = green();
    let change = report.cases[0].evidence.baseline.change.as_mut();
    let change = change.expect("was compared");
    change.low.0 = f64::NEG_INFINITY;
    change.high.0 = f64::INFINITY;
    change.sigma = f64::NAN;
    let mut out = Vec::new();
    write_json(&report, &mut out).expect("writes to memory");
    let value: serde_json::Value = serde_json::from_slice(&out).expect("is JSON");
    let change = &value["cases"][0]["evidence"]["baseline"]["change"];
    assert!(change["low"].is_null() && change["sigma"].is_null());
    assert!(change["estimate"].is_number());
}

/// The text without its ECMA-48 sequences.
fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        let end = rest[at..].find('m').expect("a sequence ends");
        rest = &rest[at + end + 1..];
    }
    plain.push_str(rest);
    plain
}
