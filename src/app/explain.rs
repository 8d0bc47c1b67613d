//! `gate explain`: a case of the last report, in words.

use crate::cli::ExplainArgs;
use crate::exit;
use crate::kit::CaseId;
use crate::plan::Filter;
use crate::report::{self, CaseReport, Report};

use super::AppError;
use super::last_report;
use super::output::{Screen, count};

/// How many cases a message names.
const NAMED: usize = 8;

/// How many cases that may have been meant are named.
const SUGGESTED: usize = 3;

/// Explains what the arguments name.
pub(super) fn explain(args: &ExplainArgs, screen: &Screen) -> Result<u8, AppError> {
    let path = match &args.report {
        Some(path) => path.clone(),
        None => last_report::find().ok_or_else(|| {
            AppError::Usage(
                "there is no last report here or above: run `gate check` or `gate compare` \
                 first, or name a report in JSON with `--report`"
                    .to_owned(),
            )
        })?,
    };
    let report = last_report::read(&path)?;
    let cases = match &args.case {
        Some(wanted) => named(&report, wanted)?,
        None => failing(&report)?,
    };
    let mut out = Vec::new();
    let of = format!(
        "{}: gate {}, {}, exit {}\n",
        path.display(),
        report.command,
        count(report.cases.len(), "case"),
        report.exit
    );
    out.extend(of.as_bytes());
    for case in cases {
        out.push(b'\n');
        report::write_explanation(&report, case, screen.style(), &mut out)?;
    }
    screen.write(&out)?;
    Ok(exit::PASS)
}

/// Cases that fail the run.
fn failing(report: &Report) -> Result<Vec<&CaseReport>, AppError> {
    let cases: Vec<&CaseReport> = report
        .cases
        .iter()
        .filter(|case| case.judgement.fails)
        .collect();
    if cases.is_empty() {
        return Err(AppError::Nothing(format!(
            "no case fails in this report; name one: {}",
            list(report.cases.iter().map(|case| &case.id))
        )));
    }
    Ok(cases)
}

/// The cases that a word stands for: an identity or a name, or what a glob
/// matches, or the one case that has the word in its identity.
fn named<'a>(report: &'a Report, wanted: &str) -> Result<Vec<&'a CaseReport>, AppError> {
    let filter = Filter::new(&[wanted], &[]).map_err(|error| AppError::Usage(error.to_string()))?;
    let whole: Vec<&CaseReport> = report
        .cases
        .iter()
        .filter(|case| filter.matches(&case.id, &case.names))
        .collect();
    if !whole.is_empty() {
        return Ok(whole);
    }
    if let Some(out) = report.left_out.iter().find(|one| one.id.0 == wanted) {
        return Err(AppError::Nothing(format!(
            "`{wanted}` was left out: {}",
            out.reason
        )));
    }
    let lower = wanted.to_lowercase();
    let part: Vec<&CaseReport> = report
        .cases
        .iter()
        .filter(|case| case.id.0.to_lowercase().contains(&lower))
        .collect();
    match part.as_slice() {
        [_] => Ok(part),
        [] => Err(AppError::Nothing(format!(
            "no case of this report is `{wanted}`{}",
            nearest(report, wanted)
        ))),
        several => Err(AppError::Usage(format!(
            "`{wanted}` stands in {}: {}; write more of it, or `*{wanted}*` for all",
            count(several.len(), "case"),
            list(several.iter().map(|case| &case.id))
        ))),
    }
}

fn list<'a>(ids: impl Iterator<Item = &'a CaseId>) -> String {
    let ids: Vec<String> = ids.map(|id| format!("`{id}`")).collect();
    let more = ids.len().saturating_sub(NAMED);
    let mut named = ids.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        named.push_str(&format!(" and {more} more"));
    }
    named
}

/// `; did you mean …?`, by the beginnings of identities with and without their
/// suite.
fn nearest(report: &Report, wanted: &str) -> String {
    let length = wanted.chars().count();
    let likeness = |id: &str| {
        let without = id.split_once('/').map_or(id, |(_, rest)| rest);
        [id, without]
            .map(|text| text.chars().take(length).collect::<String>())
            .map(|begin| strsim::jaro_winkler(wanted, &begin))
            .into_iter()
            .fold(0.0, f64::max)
    };
    let mut near: Vec<(f64, &CaseId)> = report
        .cases
        .iter()
        .map(|case| (likeness(&case.id.0), &case.id))
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    if near.is_empty() {
        return ": it has none".to_owned();
    }
    format!(
        "; did you mean {}?",
        list(near.iter().take(SUGGESTED).map(|(_, id)| *id))
    )
}
