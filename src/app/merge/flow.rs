//! From files to an exit code.

use crate::app::AppError;
use crate::app::assemble;
use crate::app::case_history;
use crate::app::check::finish;
use crate::app::done::Done;
use crate::app::inputs::Inputs;
use crate::app::last_report::root_here;
use crate::app::output::Screen;
use crate::app::project::{baselines_here, is_there};
use crate::app::reports::Reports;
use crate::baseline::Store;
use crate::cli::MergeArgs;
use crate::verdict::outcome;

use super::join::joined;
use super::plans::belong_together;
use super::read::read_all;

/// Judges the parts that the arguments name.
pub(in crate::app) fn merge(args: &MergeArgs, screen: &Screen) -> Result<u8, AppError> {
    is_there(args.baselines.as_deref())?;
    let mut reports = Reports::asked(&args.report, &args.format, None)?;
    let parts = read_all(&args.parts)?;
    belong_together(&parts)?;
    let inputs = Inputs::of(parts.iter().map(|part| part.path.clone()));
    let mut report = joined(parts)?;
    // As for any run: a report that cannot be written is told of at once.
    reports.begin(&report, &inputs)?;
    let code = outcome(&assemble::judgements(&report));
    finish(&mut report, code);
    let root = root_here();
    if reports.has_page() {
        let baselines = baselines_here(args.baselines.as_deref())?;
        case_history::attach(&mut report, &Store::new(&baselines));
    }
    let done = Done {
        root: Some(root),
        ..Done::new(report)
    };
    done.finish(reports, screen)
}
