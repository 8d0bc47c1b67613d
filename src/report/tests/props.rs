//! What holds for any width.

use super::super::{
    Report, TableStyle, write_csv, write_github, write_json, write_junit, write_markdown,
    write_sarif, write_table,
};
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

/// Everything that a name, a message or a driver can say.
const EVIL: &[&str] = &[
    "\u{1b}[31m|a`b\n# c\u{7}<script>&amp;]]>",
    "\n::error::x\r\n##[error]y",
    "::stop-commands::z",
    "%0A::warning::w",
    "=cmd|' /C calc'!A0",
    "\u{0}\u{b}\u{fffe}\u{ffff}\u{202e}",
    "\" onload=\"x\" --><!-- @octocat",
];

fn evil(text: &str) -> Report {
    let mut report = green();
    report.cases.push(case(text, 1.0, (0.0, 0.0, 0.0)));
    report.cases.push(case("moe/x", 1.0, (0.0, 0.0, 0.0)));
    for case in &mut report.cases {
        case.judgement.fails = true;
        case.judgement.reason = text.into();
        case.names.push(text.into());
        case.notes.push(text.into());
        case.place.file = text.into();
    }
    report.notes.push(text.into());
    report.device.adapter = text.into();
    report.device.driver_info = text.into();
    report
}

#[test]
fn nothing_in_a_step_s_log_is_a_command_but_the_gate_s() {
    for text in EVIL {
        let mut out = Vec::new();
        write_github(&evil(text), &mut out).expect("writes to memory");
        let log = String::from_utf8(out).expect("is text");
        let mut quoted: Option<String> = None;
        for line in log.lines() {
            if let Some(end) = &quoted {
                if line == end {
                    quoted = None;
                }
                continue;
            }
            if let Some(token) = line.strip_prefix("::stop-commands::") {
                quoted = Some(format!("::{token}::"));
                continue;
            }
            let command = line.strip_prefix("::").expect("a command");
            let known = ["group::gate check: ", "endgroup::", "error file="];
            assert!(known.iter().any(|one| command.starts_with(one)), "{line}");
        }
        assert_eq!(quoted, None, "the quotation ends");
    }
}

#[test]
fn xml_and_json_hold_what_names_they_are_given() {
    for text in EVIL {
        let report = evil(text);
        let mut out = Vec::new();
        write_junit(&report, &mut out).expect("writes to memory");
        let xml = String::from_utf8(out).expect("is text");
        let back = quick_junit::Report::deserialize_from_str(&xml).expect("is XML");
        assert_eq!((back.tests, back.failures), (4, 4), "{xml}");
        let allowed =
            |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
        assert!(xml.chars().all(allowed), "{xml:?}");
        let mut out = Vec::new();
        write_sarif(&report, &mut out).expect("writes to memory");
        let sarif: serde_json::Value = serde_json::from_slice(&out).expect("is JSON");
        let found = sarif["runs"][0]["results"].as_array().expect("a list");
        assert_eq!(found.len(), 4);
        for one in found {
            let uri = &one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            let uri = uri.as_str().expect("is text");
            assert!(uri.bytes().all(|byte| byte.is_ascii_graphic()), "{uri}");
        }
    }
}

#[test]
fn csv_has_no_formula_and_as_many_columns_in_every_row() {
    for text in EVIL {
        let mut out = Vec::new();
        write_csv(&evil(text), &mut out).expect("writes to memory");
        let mut read = ::csv::Reader::from_reader(out.as_slice());
        for row in read.records() {
            let row = row.expect("as many columns");
            for cell in &row {
                let number = cell.parse::<f64>().is_ok();
                assert!(
                    number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                    "{cell}"
                );
                assert!(!cell.contains(['\n', '\r', '\u{1b}']), "{cell}");
            }
        }
    }
}

#[test]
fn every_form_is_the_same_each_time() {
    type Writer = fn(&Report, &mut dyn std::io::Write) -> std::io::Result<()>;
    let writers: [Writer; 6] = [
        write_junit,
        write_sarif,
        write_github,
        write_csv,
        write_markdown,
        write_json,
    ];
    for write in writers {
        let [first, second] = [0, 1].map(|_| {
            let mut out = Vec::new();
            write(&everything(), &mut out).expect("writes to memory");
            out
        });
        assert_eq!(first, second);
    }
}
