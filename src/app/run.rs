//! `gate run`: measure, judge nothing, keep every sample.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::cli::RunArgs;
use crate::report::{SampleRow, SampleWriter};
use crate::verdict::outcome;

use super::AppError;
use super::assemble::{self, lenient};
use super::check::{finish, measure};
use super::done::Done;
use super::every_device::{self, Asked};
use super::judging::Judging;
use super::measuring::Outcome;
use super::output::Screen;
use super::project::is_there;
use super::ready::{Ready, Suite};
use super::reports::{Reports, is_output};

/// Measures what the arguments select.
pub(super) fn run(args: &RunArgs, screen: &Screen) -> Result<u8, AppError> {
    let asked = Asked {
        device: &args.device,
        report: &args.report,
        format: &args.format,
        samples: args.samples.as_deref(),
        once_a_baseline: false,
    };
    is_there(args.measure.baselines.as_deref())?;
    every_device::run(&asked, screen, &|on, reports, screen| {
        let args = RunArgs {
            device: on.device.clone(),
            samples: on.samples(args.samples.as_deref())?,
            ..args.clone()
        };
        measured(&args, reports, screen)
    })
}

/// Measures on one device.
fn measured(args: &RunArgs, reports: &mut Reports, screen: &Screen) -> Result<Done, AppError> {
    let mut ready = Ready::new(&args.select, &args.device, &args.measure, screen)?;
    if let Some(path) = args.samples.as_deref().filter(|path| !is_output(path)) {
        let flag = format!("--samples {}", path.display());
        ready.inputs.spare(&flag, path)?;
    }
    let (confidence, cases) = (ready.confidence(), ready.cases());
    let mut report = assemble::blank("run", &ready);
    reports.begin(&report, &ready.inputs)?;
    // Before anything is measured: a file that cannot be made costs no time.
    let mut samples = args.samples.as_deref().map(create).transpose()?;
    let known = ready.session.known();
    let mut unwritten = None;
    let mut suites = std::mem::take(&mut ready.suites);
    for suite in &mut suites {
        suite.baselines = None;
        let mut judging = Judging::new(suite, lenient(), &known.facts, confidence, cases);
        let mut watch = reports.watch(&report, &mut judging, &known);
        let outcome = measure(&mut ready, suite, true, screen, &mut watch);
        if let Some(writer) = &mut samples
            && unwritten.is_none()
        {
            unwritten = write_samples(writer, suite, &outcome, &ready, &args.recording).err();
        }
        assemble::add_suite(&mut report, &judging, &outcome, &known);
    }
    let unwritten = unwritten.or_else(|| samples.and_then(|writer| writer.finish().err()));
    let code = outcome(&assemble::judgements(&report));
    finish(&mut report, code);
    let unwritten =
        (unwritten.zip(args.samples.as_deref())).map(|(source, path)| write_error(path, source));
    Ok(Done {
        unwritten,
        ..Done::new(report)
    })
}

/// Where samples are written to: a file, or for `-` standard output.
fn create(path: &Path) -> Result<SampleWriter<Box<dyn Write>>, AppError> {
    let out: Box<dyn Write> = if is_output(path) {
        Box::new(BufWriter::new(io::stdout()))
    } else {
        let file = File::create(path).map_err(|source| write_error(path, source))?;
        Box::new(BufWriter::new(file))
    };
    SampleWriter::new(out).map_err(|source| write_error(path, source))
}

fn write_error(path: &Path, source: io::Error) -> AppError {
    if is_output(path) {
        return AppError::Output(source);
    }
    AppError::Write {
        path: path.to_owned(),
        source,
    }
}

/// One row a sample, in the order of the rounds.
fn write_samples<W: Write>(
    writer: &mut SampleWriter<W>,
    suite: &Suite,
    outcome: &Outcome,
    ready: &Ready,
    recording: &str,
) -> io::Result<()> {
    let device = ready.session.facts.key();
    for (job, case) in suite.jobs.iter().zip(&outcome.cases) {
        for round in &case.rounds {
            for (sample, gpu) in round.raw.samples.iter().enumerate() {
                writer.write(&SampleRow {
                    device: &device.0,
                    recording,
                    round: round.round,
                    case: &job.case.id.0,
                    sample: sample as u64,
                    gpu_ns: *gpu,
                    wall_ns: round.raw.wall.get(sample).copied(),
                })?;
            }
        }
    }
    Ok(())
}
