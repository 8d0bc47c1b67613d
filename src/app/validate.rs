//! `gate validate`: everything that can be wrong without a device.

use std::collections::BTreeSet;

use crate::cli::ValidateArgs;
use crate::exit;
use crate::plan::Search;

use super::AppError;
use super::output::{Screen, count};
use super::project::Project;

/// Reads, plans, renders and validates what the arguments select.
pub(super) fn validate(args: &ValidateArgs, screen: &Screen) -> Result<u8, AppError> {
    // With all candidates, so that a search does not begin with a mistake.
    let project = Project::searched(&args.select, Search::All)?;
    let rendered = project.render()?;
    let mut notes = BTreeSet::new();
    let mut texts = BTreeSet::new();
    for shader in rendered.values().flat_map(|case| &case.shaders) {
        texts.insert(&shader.hash);
        notes.extend(&shader.notes);
    }
    for note in notes {
        screen.remark(&format!("note: {note}"));
    }
    if !screen.quiet() {
        let left_out: usize = project.plans.iter().map(|plan| plan.left_out.len()).sum();
        let left_out = match left_out {
            0 => String::new(),
            some => format!("; {} left out by `where`", count(some, "case")),
        };
        let cases = project.plans.iter().flat_map(|plan| &plan.cases);
        let gated = cases
            .filter(|case| case.tuned.as_ref().is_none_or(|tuned| tuned.gated))
            .count();
        let candidates = match project.len().saturating_sub(gated) {
            0 => String::new(),
            more => format!(" and {} for `gate tune`", count(more, "candidate")),
        };
        screen.print(&format!(
            "valid: {}{candidates} in {}, {}{left_out}",
            count(gated, "case"),
            count(project.plans.len(), "suite"),
            count(texts.len(), "distinct shader"),
        ))?;
    }
    Ok(exit::PASS)
}
