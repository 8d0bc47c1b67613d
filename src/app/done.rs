//! A run on one device that has ended.

use std::path::PathBuf;

use crate::report::Report;

use super::AppError;
use super::last_report;
use super::output::Screen;
use super::reports::Reports;

/// What it found, and what is still to be told.
#[derive(Debug)]
pub(super) struct Done {
    /// What it found.
    pub(super) report: Report,
    /// Something else that it was to write, and could not.
    pub(super) unwritten: Option<AppError>,
    /// The root of the project that keeps it for `gate explain`; none where it
    /// judged nothing.
    pub(super) root: Option<PathBuf>,
}

impl Done {
    /// One that is kept nowhere.
    pub(super) fn new(report: Report) -> Self {
        Self {
            report,
            unwritten: None,
            root: None,
        }
    }

    /// The exit code that it comes to.
    pub(super) fn code(&self) -> u8 {
        let unwritten = self.unwritten.as_ref();
        unwritten.map_or(self.report.exit, AppError::code)
    }

    /// Keeps it for `gate explain`.
    pub(super) fn keep(&self, screen: &Screen) {
        if let Some(root) = &self.root {
            last_report::keep(&self.report, root, screen);
        }
    }

    /// Keeps it, writes and prints its reports, and gives its exit code.
    pub(super) fn finish(self, reports: Reports, screen: &Screen) -> Result<u8, AppError> {
        self.keep(screen);
        self.tell(reports, screen)
    }

    /// Writes and prints its reports, and gives its exit code.
    pub(super) fn tell(mut self, reports: Reports, screen: &Screen) -> Result<u8, AppError> {
        reports.finish_despite(&mut self.report, self.unwritten, screen)
    }
}
