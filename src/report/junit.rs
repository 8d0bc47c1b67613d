//! The report as JUnit XML, as viewers of test results read it.

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite, XmlString};

use crate::verdict::Verdict;

use super::csv::verdict as verdict_name;
use super::evidence::{Depth, lines};
use super::label::kernel;
use super::text::clean;
use super::words::{Kind, meaning, summary, verdict};
use super::{CaseReport, LeftOutReport, Report};

/// Writes one test suite for each suite and one test for each case. A case that
/// fails the run is a failure, or an error where it was lost; a case that was
/// left out is skipped. A run that ends in an exit code other than 0 without a
/// failing case (interrupted, nothing to judge) has a test that says so, so that
/// no viewer shows it as a success.
///
/// Tests have no duration: the time of a kernel is a property, in nanoseconds.
///
/// # Errors
///
/// Of the writer.
pub fn write_junit(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let kind = Kind::of(report);
    let mut whole = quick_junit::Report::new(format!("gate {}", report.command));
    let elapsed = report.elapsed.seconds();
    if let Ok(elapsed) = Duration::try_from_secs_f64(elapsed) {
        whole.set_time(elapsed);
    }
    for name in suites(report) {
        let mut suite = TestSuite::new(xml(name));
        suite.add_properties(properties(report));
        for case in report.cases.iter().filter(|case| case.id.suite() == name) {
            suite.add_test_case(test(case, kind));
        }
        let left_out = report.left_out.iter();
        for one in left_out.filter(|one| one.id.suite() == name) {
            suite.add_test_case(skipped(one));
        }
        whole.add_test_suite(suite);
    }
    let fails = report.cases.iter().any(|case| case.judgement.fails);
    if report.interrupted || (report.exit != 0 && !fails) {
        let mut suite = TestSuite::new("gate");
        suite.add_test_case(the_run(report));
        whole.add_test_suite(suite);
    }
    whole.serialize(out).map_err(io::Error::other)
}

/// The suites that have cases, in their order.
fn suites(report: &Report) -> Vec<&str> {
    let cases = report.cases.iter().map(|case| case.id.suite());
    let left_out = report.left_out.iter().map(|one| one.id.suite());
    let mut names: Vec<&str> = Vec::new();
    for name in cases.chain(left_out) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What holds for all cases of a run.
fn properties(report: &Report) -> Vec<Property> {
    let facts = &report.device;
    [
        ("gate", report.gate.clone()),
        ("device", facts.adapter.clone()),
        ("backend", facts.backend.to_string()),
        ("driver", format!("{} {}", facts.driver, facts.driver_info)),
        ("wgpu", facts.wgpu.clone()),
        ("seed", report.seed.to_string()),
        ("confidence", report.confidence.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| Property::new(name, xml(&value)))
    .collect()
}

fn test(case: &CaseReport, kind: Kind) -> TestCase {
    let reason = clean(&case.judgement.reason);
    let word = verdict(case, kind);
    let evidence: Vec<String> = lines(case, kind, Depth::Failure)
        .iter()
        .map(|line| format!("{}: {}", line.about, line.says))
        .collect();
    let evidence = evidence.join("\n");
    let status = if case.judgement.fails {
        let kind = match case.judgement.verdict {
            Verdict::Lost => NonSuccessKind::Error,
            Verdict::Wrong
            | Verdict::Slower
            | Verdict::Undecided
            | Verdict::Pass
            | Verdict::PassByRange
            | Verdict::Ungated => NonSuccessKind::Failure,
        };
        let mut status = TestCaseStatus::non_success(kind);
        status
            .set_message(xml(&format!("{}: {reason}", word.word)))
            .set_type(verdict_name(case.judgement.verdict))
            .set_description(xml(&format!("{reason}\n{evidence}")));
        status
    } else {
        TestCaseStatus::success()
    };
    let mut test = named(&case.id.0, status);
    if case.place.line > 0 {
        let line = case.place.line.to_string();
        test.extra.insert("file".into(), xml(&case.place.file));
        test.extra.insert("line".into(), line.into());
    }
    test.add_property(("verdict", verdict_name(case.judgement.verdict)));
    if let Some((time, low, high)) = case.time {
        for (name, value) in [
            ("time_ns", time.0),
            ("time_low_ns", low.0),
            ("time_high_ns", high.0),
        ] {
            if value.is_finite() {
                test.add_property((name, value.to_string().as_str()));
            }
        }
    }
    if let Some(change) = case.evidence.change() {
        test.add_property(("change", change.estimate.0.to_string().as_str()));
    }
    if !case.judgement.fails {
        test.set_system_out(xml(&format!("{}: {reason}\n{evidence}", word.word)));
    }
    test
}

fn skipped(one: &LeftOutReport) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status
        .set_message(xml(&clean(&one.reason)))
        .set_type("left-out");
    named(&one.id.0, status)
}

/// A test that fails because the run as a whole did not end well.
fn the_run(report: &Report) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status
        .set_message(xml(&summary(report)))
        .set_type(meaning(report));
    let mut test = TestCase::new(xml(&report.command), status);
    test.set_classname("gate");
    test
}

/// A test named as its case: suite and kernel as its class, as viewers group
/// by, and what is left as its name.
fn named(id: &str, status: TestCaseStatus) -> TestCase {
    let class = kernel(id).replace('.', "_").replace('/', ".");
    let name = id.split_once('/').map_or(id, |(_, name)| name);
    let mut test = TestCase::new(xml(name), status);
    test.set_classname(xml(&class));
    test
}

/// Text that XML can hold: without control characters, and without the two code
/// points that no XML may have.
fn xml(text: &str) -> XmlString {
    let is_bad = |c: char| matches!(c, '\u{fffe}' | '\u{ffff}') || (c.is_control() && c != '\n');
    XmlString::new(text.replace(is_bad, " "))
}
