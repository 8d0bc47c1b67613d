//! What holds for any width.

use super::super::{TableStyle, write_markdown, write_table};
use super::fixture::{case, everything, green};

fn table(report: &super::super::Report, width: u16, verbosity: i8) -> String {
    let mut out = Vec::new();
    let style = TableStyle {
        width: Some(width),
        color: false,
        verbosity,
    };
    write_table(report, &style, &mut out).expect("writes to memory");
    String::from_utf8(out).expect("is text")
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for command in ["check", "run", "update-baselines"] {
        let mut report = everything();
        report.command = command.into();
        for width in 32..200 {
            for verbosity in [-1, 0, 1] {
                let text = table(&report, width, verbosity);
                for line in text.lines() {
                    let columns = line.chars().count();
                    assert!(columns <= usize::from(width), "{width}: {columns}: {line}");
                }
            }
        }
    }
}

#[test]
fn no_width_is_too_small_to_print() {
    for width in 0..32 {
        assert!(table(&everything(), width, 1).contains("✗ lost"));
    }
}

#[test]
fn a_wider_terminal_takes_no_more_lines() {
    let lines = |width| table(&green(), width, 0).lines().count();
    for width in 40..160 {
        assert!(lines(width + 1) <= lines(width), "{width}");
    }
}

#[test]
fn the_last_line_is_the_summary_and_failures_stand_above_it() {
    for width in [80, 120] {
        let text = table(&everything(), width, 0);
        let failed = text.find("\nFailed\n").expect("has failures");
        for section in ["\nLeft out\n", "\nNoted\n", "\nnote: "] {
            assert!(text.find(section).expect("is there") < failed, "{section}");
        }
        assert!(text.trim_end().ends_with("exit 3 (wrong)"), "{text}");
    }
}

#[test]
fn what_a_name_or_message_holds_cannot_break_the_page() {
    let mut report = green();
    let evil = "\u{1b}[31m|a`b\n# c\u{7}<script>";
    report.cases.push(case(evil, 1.0, (0.0, 0.0, 0.0)));
    report.cases[0].judgement.fails = true;
    report.cases[0].judgement.reason = evil.into();
    report.cases[0].notes.push(evil.into());
    report.notes.push(evil.into());
    report.device.adapter = evil.into();
    for width in [40, 120] {
        let text = table(&report, width, 1);
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
    }
    let mut out = Vec::new();
    write_markdown(&report, &mut out).expect("writes to memory");
    let text = String::from_utf8(out).expect("is text");
    assert!(!text.contains("\n# c"), "{text}");
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let bars = line.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 7, "{line}");
    }
}

#[test]
fn thousands_of_cases_fit_a_job_summary_and_fail_in_few_words() {
    let mut report = green();
    report.cases = (0..20_000)
        .map(|tokens| {
            let id = format!("moe/topk[experts=8,k=2,tokens={tokens}]@workgroup=64");
            let mut case = case(&id, 6_312.0, (0.1, 0.08, 0.12));
            case.judgement.fails = true;
            case
        })
        .collect();
    let mut out = Vec::new();
    write_markdown(&report, &mut out).expect("writes to memory");
    assert!(out.len() < 1 << 20, "{} bytes", out.len());
    // Two lines for each case, four more for the first twenty, and a few.
    let lines = table(&report, 120, -1).lines().count();
    assert_eq!(lines, 1 + 2 * 20_000 + 3 * 20 + 2);
}
