//! The reports that were asked for: written anew while a run goes on, so that
//! a run that is killed leaves what it had finished, and whole at its end.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::cli::{Destination, Format, FormatArgs, ReportArgs, ReportFormat};
use crate::report::{self, Report};

use super::AppError;
use super::assemble;
use super::github::Step;
use super::inputs::{self, Inputs, real};
use super::judging::Judging;
use super::measuring::{CaseOutcome, Watch};
use super::output::Screen;
use super::replace::{is_replaceable, replace};
use super::repository::from_root;
use super::session::Known;

/// Writing within a round takes at most this part of the time: one of so many.
const SHARE: u32 = 10;

/// What takes no longer than this is written after every case.
const QUICK: Duration = Duration::from_millis(5);

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Printed {
    /// The table, for people.
    Table,
    /// A report in its place.
    Report(ReportFormat),
    /// The samples, which another writes.
    Samples,
}

/// The reports of one run.
#[derive(Debug)]
pub(super) struct Reports {
    printed: Printed,
    files: Vec<(ReportFormat, PathBuf)>,
    /// The step of GitHub Actions that this is a part of.
    step: Option<Step>,
    /// When the last was written, and what that took.
    last: Option<(Instant, Duration)>,
}

impl Reports {
    /// What the flags ask for.
    ///
    /// # Errors
    ///
    /// [`AppError::Usage`] where two reports would go to the same place, and
    /// where one would go to a folder, or to where the samples go.
    pub(super) fn asked(
        args: &ReportArgs,
        format: &FormatArgs,
        samples: Option<&Path>,
    ) -> Result<Self, AppError> {
        let to_output = samples.is_some_and(is_output);
        let mut printed = match (format.format, to_output) {
            (Format::Table, false) => Printed::Table,
            (Format::Table, true) => Printed::Samples,
            (Format::Json, false) => Printed::Report(ReportFormat::Json),
            (Format::Json, true) => {
                return Err(AppError::Usage(
                    "`--samples -` and `--format json` both go to standard output; give the samples a file".into(),
                ));
            }
        };
        let samples = samples.filter(|path| !is_output(path));
        if let Some(path) = samples {
            inputs::may_be_written(&format!("--samples {}", path.display()), path)?;
        }
        let mut files: Vec<(ReportFormat, PathBuf)> = Vec::new();
        for arg in &args.reports {
            match &arg.to {
                Destination::Output if printed == Printed::Table => {
                    printed = Printed::Report(arg.format);
                }
                Destination::Output => {
                    return Err(AppError::Usage(format!(
                        "`--report {}=-`: standard output is taken by {}; give this one a file",
                        arg.format.name(),
                        match printed {
                            Printed::Samples => "the samples",
                            Printed::Table | Printed::Report(_) => "another report",
                        }
                    )));
                }
                Destination::File(path) => {
                    inputs::may_be_written(&flag_of(arg.format, path), path)?;
                    let place = real(path);
                    if samples.is_some_and(|samples| real(samples) == place) {
                        return Err(AppError::Usage(format!(
                            "`{}`: the samples go there already; give each a file of its own",
                            flag_of(arg.format, path)
                        )));
                    }
                    if let Some((other, _)) = files.iter().find(|(_, known)| real(known) == place) {
                        return Err(AppError::Usage(format!(
                            "`{}`: the {} report goes there already; give each a file of its own",
                            flag_of(arg.format, path),
                            other.name()
                        )));
                    }
                    files.push((arg.format, path.clone()));
                }
            }
        }
        Ok(Self {
            printed,
            files,
            step: Step::here(),
            last: None,
        })
    }

    /// Whether what is printed may follow something else: a machine expects
    /// one report.
    pub(super) fn is_for_people(&self) -> bool {
        match self.printed {
            Printed::Table | Printed::Report(ReportFormat::Markdown | ReportFormat::Github) => true,
            Printed::Report(
                ReportFormat::Json
                | ReportFormat::Junit
                | ReportFormat::Csv
                | ReportFormat::Sarif
                | ReportFormat::Html
                | ReportFormat::Roofline,
            )
            | Printed::Samples => false,
        }
    }

    /// Whether a table is printed, or what GitHub Actions gets in its place.
    pub(super) fn prints_table(&self) -> bool {
        self.printed == Printed::Table
    }

    /// Leaves the step's outputs to another report.
    pub(super) fn without_outputs(&mut self) {
        if let Some(step) = &mut self.step {
            step.forget_outputs();
        }
    }

    /// Whether one of them is the page for a browser.
    pub(super) fn has_page(&self) -> bool {
        let page = ReportFormat::Html;
        self.printed == Printed::Report(page)
            || self.files.iter().any(|(format, _)| *format == page)
    }

    /// Writes the files before anything is measured: one that cannot be
    /// written costs no time on the device, and one of an earlier run is not
    /// taken for this run's.
    ///
    /// # Errors
    ///
    /// [`AppError::Usage`] where one would be written over what the run reads;
    /// [`AppError::Reports`] where one cannot be written.
    pub(super) fn begin(&mut self, blank: &Report, inputs: &Inputs) -> Result<(), AppError> {
        for (format, path) in &self.files {
            inputs.spare(&flag_of(*format, path), path)?;
        }
        let blank = assemble::unfinished(blank);
        let mut failures = Vec::new();
        self.write(&blank, true, &mut failures);
        failed(failures)
    }

    /// Follows a suite, and writes what it finishes after the `report` of the
    /// suites before it.
    pub(super) fn watch<'a, 'b>(
        &'b mut self,
        report: &'b Report,
        judging: &'b mut Judging<'a>,
        known: &'b Known,
    ) -> Watching<'a, 'b> {
        Watching {
            reports: self,
            report,
            judging,
            known,
        }
    }

    /// Writes and prints the report of a run that has ended, and gives its exit
    /// code. Every report is tried, also where another cannot be written.
    pub(super) fn finish(self, report: &Report, screen: &Screen) -> Result<u8, AppError> {
        let mut failures = Vec::new();
        self.write(report, false, &mut failures);
        let printed = self.print(report, screen);
        if let Some(step) = &self.step {
            failures.extend(step.leave(report));
        }
        failed(failures)?;
        printed?;
        Ok(report.exit)
    }

    /// As [`Reports::finish`], where something else that the run was to write
    /// may have failed: what was measured is told all the same, with the
    /// exit code of the failure.
    pub(super) fn finish_despite(
        self,
        report: &mut Report,
        unwritten: Option<AppError>,
        screen: &Screen,
    ) -> Result<u8, AppError> {
        let Some(error) = unwritten else {
            return self.finish(report, screen);
        };
        report.exit = error.code();
        self.finish(report, screen)?;
        Err(error)
    }

    /// Prints what is to be printed. A step of GitHub Actions prints its log,
    /// unless another form was asked for; then annotations stand beside it,
    /// where the runner reads them as well.
    fn print(&self, report: &Report, screen: &Screen) -> Result<(), AppError> {
        let rooted = self.rooted(report);
        let mut out = Vec::new();
        let told = self
            .files
            .iter()
            .any(|(format, _)| *format == ReportFormat::Github);
        match (self.printed, &self.step) {
            (Printed::Table, Some(_)) if !told => report::write_github(&rooted, &mut out)?,
            (Printed::Table, _) => report::write_table(report, screen.style(), &mut out)?,
            // A program reads that; people are told what there is to tell.
            (Printed::Samples, _) => {
                screen.remark(&report::summary(report));
                return Ok(());
            }
            (Printed::Report(format), step) => {
                write_as(format, report, &rooted, &mut out)?;
                if step.is_some() && !told && format != ReportFormat::Github {
                    let mut annotations = Vec::new();
                    report::write_annotations(&rooted, &mut annotations)?;
                    screen.annotate(&annotations);
                }
            }
        }
        screen.write(&out)
    }

    /// The report with its files named from the repository's root, where a form
    /// that points at lines is wanted.
    fn rooted<'a>(&self, report: &'a Report) -> Cow<'a, Report> {
        let printed = match self.printed {
            Printed::Table | Printed::Samples => None,
            Printed::Report(format) => Some(format),
        };
        let mut formats = self.files.iter().map(|(format, _)| *format).chain(printed);
        if self.step.is_some() || formats.any(points_at_lines) {
            Cow::Owned(from_root(report))
        } else {
            Cow::Borrowed(report)
        }
    }

    /// Whether to write within a round: not where that would take too much of
    /// the run's time.
    fn is_due(&self) -> bool {
        self.last.is_none_or(|(when, cost)| {
            cost <= QUICK || when.elapsed() >= cost.saturating_mul(SHARE)
        })
    }

    /// Writes anew what is finished so far. What fails here is told at the end,
    /// if it still fails.
    fn so_far(&mut self, report: impl FnOnce() -> Report) {
        if self.files.is_empty() {
            return;
        }
        let began = Instant::now();
        self.write(&report(), true, &mut Vec::new());
        self.last = Some((Instant::now(), began.elapsed()));
    }

    /// Writes the files; of a run that goes on, those that can be replaced.
    fn write(&self, report: &Report, goes_on: bool, failures: &mut Vec<(PathBuf, io::Error)>) {
        let rooted = self.rooted(report);
        for (format, path) in &self.files {
            if goes_on && !is_replaceable(path) {
                continue;
            }
            if let Err(error) = write_file(*format, report, &rooted, path) {
                failures.push((path.clone(), error));
            }
        }
    }
}

/// Whether a file of this name stands for standard output.
pub(super) fn is_output(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A report as it was asked for.
fn flag_of(format: ReportFormat, path: &Path) -> String {
    format!("--report {}={}", format.name(), path.display())
}

fn write_file(
    format: ReportFormat,
    report: &Report,
    rooted: &Report,
    path: &Path,
) -> io::Result<()> {
    replace(path, &mut |out| write_as(format, report, rooted, out))
}

/// Whether a form is for tools that know files by their place in a repository.
fn points_at_lines(format: ReportFormat) -> bool {
    match format {
        ReportFormat::Junit | ReportFormat::Sarif | ReportFormat::Github => true,
        ReportFormat::Json
        | ReportFormat::Markdown
        | ReportFormat::Csv
        | ReportFormat::Html
        | ReportFormat::Roofline => false,
    }
}

/// Writes a report in one form; `rooted` is the same with its files named from
/// the repository's root.
fn write_as(
    format: ReportFormat,
    report: &Report,
    rooted: &Report,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        ReportFormat::Json => report::write_json(report, out),
        ReportFormat::Junit => report::write_junit(rooted, out),
        ReportFormat::Sarif => report::write_sarif(rooted, out),
        ReportFormat::Github => report::write_github(rooted, out),
        ReportFormat::Markdown => report::write_markdown(report, out),
        ReportFormat::Csv => report::write_csv(report, out),
        ReportFormat::Html => report::write_html(report, out),
        ReportFormat::Roofline => report::write_roofline(report, out),
    }
}

/// The error of reports that were not written, if any.
fn failed(failures: Vec<(PathBuf, io::Error)>) -> Result<(), AppError> {
    if failures.is_empty() {
        Ok(())
    } else {
        Err(AppError::Reports(failures))
    }
}

/// Judges one suite while it is measured, and keeps the reports up to date.
pub(super) struct Watching<'a, 'b> {
    reports: &'b mut Reports,
    report: &'b Report,
    judging: &'b mut Judging<'a>,
    known: &'b Known,
}

impl Watch for Watching<'_, '_> {
    fn case(&mut self, cases: &[CaseOutcome]) {
        let Self {
            reports,
            report,
            judging,
            known,
        } = self;
        if !reports.is_due() {
            return;
        }
        reports.so_far(|| {
            // A look within a round must settle nothing: it is none of the
            // looks that the confidence was shared among.
            let mut judging = judging.clone();
            judging.look(cases);
            assemble::partial(report, &judging, cases, known)
        });
    }

    fn round(&mut self, cases: &[CaseOutcome]) -> Vec<bool> {
        let decided = self.judging.look(cases);
        self.reports
            .so_far(|| assemble::partial(self.report, self.judging, cases, self.known));
        decided
    }
}
