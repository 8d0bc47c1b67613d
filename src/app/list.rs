//! `gate list`: the cases, without a device.

use serde::Serialize;

use crate::cli::{Format, ListArgs};
use crate::exit;
use crate::kit::{CaseId, Place, visible_lines};

use super::AppError;
use super::output::Screen;
use super::project::Project;

/// One case, for programs.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a CaseId,
    names: &'a [String],
    place: Option<&'a Place>,
    left_out: Option<String>,
    ranges: Vec<String>,
}

/// Lists what the arguments select.
pub(super) fn list(args: &ListArgs, screen: &Screen) -> Result<u8, AppError> {
    let project = Project::read(&args.select)?;
    match args.format.format {
        Format::Table => screen.print(&visible_lines(&as_text(&project, screen.verbosity())))?,
        Format::Json => screen.print(&as_json(&project)?)?,
    }
    Ok(exit::PASS)
}

/// One identity a line; with `-v` also its place and names.
fn as_text(project: &Project, verbosity: i8) -> String {
    let mut text = String::new();
    for plan in &project.plans {
        for case in &plan.cases {
            text.push_str(&case.id.0);
            if !case.names.is_empty() && verbosity >= 0 {
                text.push_str("  ");
                text.push_str(&case.names.join(", "));
            }
            if verbosity > 0 {
                text.push_str(&format!("  {}", case.place));
            }
            text.push('\n');
        }
        for (id, reason) in &plan.left_out {
            text.push_str(&format!("{id}  left out: {reason}\n"));
        }
    }
    text
}

fn as_json(project: &Project) -> Result<String, AppError> {
    let mut listed = Vec::with_capacity(project.len());
    for plan in &project.plans {
        listed.extend(plan.cases.iter().map(|case| {
            Listed {
                id: &case.id,
                names: &case.names,
                place: Some(&case.place),
                left_out: None,
                ranges: case
                    .expected
                    .iter()
                    .map(|range| range.class.clone())
                    .collect(),
            }
        }));
        listed.extend(plan.left_out.iter().map(|(id, reason)| Listed {
            id,
            names: &[],
            place: None,
            left_out: Some(reason.to_string()),
            ranges: Vec::new(),
        }));
    }
    serde_json::to_string_pretty(&listed).map_err(|error| AppError::Output(error.into()))
}
