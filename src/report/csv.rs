//! Cases as CSV, one row each.

use std::io::{self, Write};

use crate::kit::{Correctness, Nanos};
use crate::verdict::Verdict;

use super::{CaseReport, LeftOutReport, Report};

/// The columns, in order. More may be added at the end.
const COLUMNS: [&str; 27] = [
    "device",
    "case",
    "names",
    "file",
    "line",
    "column",
    "verdict",
    "fails",
    "advisory",
    "reason",
    "output",
    "time_ns",
    "time_low_ns",
    "time_high_ns",
    "before_ns",
    "change",
    "change_low",
    "change_high",
    "limit",
    "gflop_per_s",
    "gb_per_s",
    "tokens_per_s",
    "roofline",
    "bound",
    "rounds",
    "code",
    "notes",
];

/// Writes one row for each case, then one for each case that was left out, with
/// `left-out` as its verdict. Times are in nanoseconds; changes, limits and the
/// roofline are ratios (0.02 is 2 %). What is not known is empty.
///
/// A text that a spreadsheet would take for a formula is written after an
/// apostrophe, as OWASP advises against CSV injection.
///
/// # Errors
///
/// Of the writer.
pub fn write_csv(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    let device = text(&report.device.key().0);
    for case in &report.cases {
        csv.write_record(row(case, &device))?;
    }
    for one in &report.left_out {
        csv.write_record(left_out(one, &device))?;
    }
    csv.flush()
}

fn row(case: &CaseReport, device: &str) -> [String; COLUMNS.len()] {
    let baseline = &case.evidence.baseline;
    let change = case.evidence.change();
    let time = |part: fn((Nanos, Nanos, Nanos)) -> Nanos| number(case.time.map(|t| part(t).0));
    let rate = |unit: &str| {
        let found = case.rates.iter().find(|rate| rate.unit == unit);
        number(found.map(|rate| rate.value))
    };
    [
        device.to_owned(),
        text(&case.id.0),
        text(&case.names.join("; ")),
        text(&case.place.file),
        case.place.line.to_string(),
        case.place.column.to_string(),
        verdict(case.judgement.verdict).to_owned(),
        case.judgement.fails.to_string(),
        case.judgement.advisory.to_string(),
        text(&case.judgement.reason),
        match case.evidence.correctness {
            Correctness::Right { .. } => "right",
            Correctness::Wrong { .. } => "wrong",
            Correctness::Unknown => "unknown",
            Correctness::NotAsked => "not-asked",
        }
        .to_owned(),
        time(|(location, _, _)| location),
        time(|(_, low, _)| low),
        time(|(_, _, high)| high),
        number(case.before.map(|before| before.0)),
        number(change.map(|change| change.estimate.0)),
        number(change.map(|change| change.lower().0)),
        number(change.map(|change| change.upper().0)),
        number(Some(baseline.limit.0)),
        rate("GFLOP/s"),
        rate("GB/s"),
        rate("tokens/s"),
        number(case.roofline.map(|part| part.0)),
        text(case.bound.as_deref().unwrap_or_default()),
        case.rounds.len().to_string(),
        text(&case.code),
        text(&case.notes.join("; ")),
    ]
}

fn left_out(one: &LeftOutReport, device: &str) -> [String; COLUMNS.len()] {
    let mut row = [const { String::new() }; COLUMNS.len()];
    let mut set = |column: &str, value: String| {
        if let Some(at) = COLUMNS.iter().position(|known| *known == column) {
            row[at] = value;
        }
    };
    set("device", device.to_owned());
    set("case", text(&one.id.0));
    set("verdict", "left-out".to_owned());
    set("fails", "false".to_owned());
    set("reason", text(&one.reason));
    row
}

/// A verdict as JSON calls it.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Wrong => "wrong",
        Verdict::Slower => "slower",
        Verdict::Lost => "lost",
        Verdict::Undecided => "undecided",
        Verdict::Pass => "pass",
        Verdict::PassByRange => "pass-by-range",
        Verdict::Ungated => "ungated",
    }
}

/// A number that a program reads; nothing where there is none.
fn number(value: Option<f64>) -> String {
    value
        .filter(|value| value.is_finite())
        .map_or_else(String::new, |value| value.to_string())
}

/// Text on one line, and no formula.
fn text(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if line.trim_start().starts_with(['=', '+', '-', '@']) {
        format!("'{line}")
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_formula() {
        assert_eq!(text("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(text("\t@SUM(A1)"), "' @SUM(A1)");
        assert_eq!(text("-1+1"), "'-1+1");
        assert_eq!(text("moe/topk[k=2]"), "moe/topk[k=2]");
        assert_eq!(text("a\r\nb"), "a  b");
    }

    #[test]
    fn a_number_that_is_none_is_empty() {
        assert_eq!(number(Some(-0.25)), "-0.25");
        assert_eq!(number(Some(f64::INFINITY)), "");
        assert_eq!(number(None), "");
    }

    #[test]
    fn verdicts_are_called_as_in_json() {
        for one in [
            Verdict::Wrong,
            Verdict::Slower,
            Verdict::Lost,
            Verdict::Undecided,
            Verdict::Pass,
            Verdict::PassByRange,
            Verdict::Ungated,
        ] {
            let json = serde_json::to_value(one).expect("serializes");
            assert_eq!(json, verdict(one));
        }
    }
}
