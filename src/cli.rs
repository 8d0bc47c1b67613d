//! Flags as typed. What they mean together is decided in `app`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

mod device;
mod history;
mod partition;
mod recorded;
mod reports;
mod setup;
mod tune;

pub use device::{BackendArg, DeviceArgs};
pub use history::HistoryArgs;
pub use partition::{MergeArgs, Partition};
pub use recorded::{CalibrateArgs, CompareArgs, ExplainArgs, SelftestArgs};
pub use reports::{Destination, ReportArg, ReportArgs, ReportFormat};
pub use setup::{
    CompletionsArgs, DoctorArgs, InitArgs, ManArgs, NewArgs, NewKernelArgs, NewWhat, SchemaArgs,
    SchemaOf, SetupCommand,
};
pub use tune::TuneArgs;

/// Flags of all commands stand below a command's own: else where they stand
/// depends on how many commands there are.
const LAST: usize = 900;

const AFTER_HELP: &str = "\
Exit codes:
    0  every case passed
    1  a case is slower than its range or its baseline allows, or faster where that fails
    2  bad request: usage, spec, template, or unreadable baseline
    3  an output is wrong, or a time is faster than physics
    4  a case is undecided, or nothing gates it
    5  a case was lost: the worker crashed, hung, or lost the device; or there is no adapter at all
    6  nothing to judge: no case matched, or all were left out or lost
    7  the gate itself failed, such as a report not written
  130  interrupted; what was finished is reported
Where several apply, the first of 3, 1, 5, 4 is given.";

/// A regression gate for WebGPU compute kernels.
///
/// Specs in YAML list kernels, shapes and expected times; the gate verifies
/// every kernel against a reference, measures it on the GPU in fresh
/// processes, compares it with the baselines stored for that hardware, and
/// passes or fails.
#[derive(Debug, Parser)]
#[command(name = "gate", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Colours: `auto` is a terminal without NO_COLOR
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", display_order = LAST)]
    pub color: Color,
    /// Say more: rounds, seeds, the GPU's share of the time, the device's ceilings
    #[arg(short, long, global = true, action = clap::ArgAction::Count, display_order = LAST)]
    pub verbose: u8,
    /// Say less: failing cases and the summary alone
    #[arg(short, long, global = true, conflicts_with = "verbose", display_order = LAST)]
    pub quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure kernels and pass or fail them
    Check(CheckArgs),
    /// Measure kernels and store their times as this device's baselines
    UpdateBaselines(UpdateArgs),
    /// Measure kernels and judge nothing
    Run(RunArgs),
    /// Search for the best variant of each case on this device
    Tune(TuneArgs),
    /// Measure a suite against itself: what this machine can tell, and which limits it can honour
    Calibrate(CalibrateArgs),
    /// Prove that this gate can fail: inject slow-downs and wrong results, and see them
    Selftest(SelftestArgs),
    /// Judge one recorded run against another, without a device
    Compare(CompareArgs),
    /// Judge the reports of all parts of a plan as one
    Merge(MergeArgs),
    /// Show how a case moved over the recordings in git
    History(HistoryArgs),
    /// Say how a case of the last report came to its verdict
    Explain(ExplainArgs),
    /// List the cases of specs, without a device
    List(ListArgs),
    /// Check specs, templates and WGSL, without a device
    Validate(ValidateArgs),
    /// Write the WGSL that the templates give
    Render(RenderArgs),
    /// List the adapters of this machine, and their ceilings
    Devices(DevicesArgs),
    /// Set gate up.
    #[command(flatten)]
    Setup(SetupCommand),
    /// Serve one round over standard input and output
    #[command(hide = true)]
    Worker(WorkerArgs),
}

/// Which specs and cases.
#[derive(Clone, Debug, Args)]
pub struct SelectArgs {
    /// Spec files, or folders of them
    #[arg(value_name = "SPEC", default_value = "specs")]
    pub specs: Vec<PathBuf>,
    /// Only cases whose identity or name matches this glob (may be repeated)
    #[arg(long, value_name = "GLOB")]
    pub filter: Vec<String>,
    /// Not the cases that match this glob (may be repeated)
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
}

/// How to measure.
#[derive(Clone, Debug, Args)]
pub struct MeasureArgs {
    /// Rounds (fresh processes) at least and at most, as `3..10`, or exactly, as `5`
    #[arg(long, value_name = "MIN..MAX", value_parser = parse_rounds, allow_hyphen_values = true)]
    pub rounds: Option<(u32, u32)>,
    /// GPU time for each case and round, such as `100ms`
    #[arg(long, value_name = "TIME", value_parser = parse_time, allow_hyphen_values = true)]
    pub time: Option<std::time::Duration>,
    /// Host time for each suite, such as `60s`
    #[arg(long, value_name = "TIME", value_parser = parse_time, allow_hyphen_values = true)]
    pub budget: Option<std::time::Duration>,
    /// Most time that one request to the device may take before its worker is killed;
    /// a request to time gets sixteen times `--time` on top
    /// [default: 120s]
    #[arg(long, value_name = "TIME", value_parser = parse_time, allow_hyphen_values = true)]
    pub deadline: Option<std::time::Duration>,
    /// Seed of inputs and order; chosen when missing; -v prints it
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub seed: Option<u64>,
    /// Folder of baselines [default: baselines/ in the project's root]
    #[arg(long, value_name = "DIR")]
    pub baselines: Option<PathBuf>,
}

/// What to print.
#[derive(Clone, Debug, Args)]
pub struct FormatArgs {
    /// Form of the report on standard output
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    pub format: Format,
}

/// `gate check`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate check                               every spec in specs/
  gate check specs/moe.yaml                one suite
  gate check --filter 'moe/topk*' -v       some cases, with their rounds
  gate check --allow ungated               new cases without a range or a baseline pass
  gate check --timing gate                 times count even on a software adapter
  gate check --against origin/main         against another revision's kernels, side by side
  gate check --device all                  on every adapter of this machine, side by side
  gate check --partition hash:2/3 --report json=part-2.json
                                           one of three parts, for `gate merge`

Exit codes: 0 passed; 1 slower, or faster with --fail-on; 2 bad request; 3 wrong;
4 undecided or ungated; 5 lost; 6 nothing to judge; 7 the gate failed; 130 interrupted.")]
pub struct CheckArgs {
    /// Which cases.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Which adapter.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// How to measure.
    #[command(flatten)]
    pub measure: MeasureArgs,
    /// What to print.
    #[command(flatten)]
    pub format: FormatArgs,
    /// What to write.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Judge against a git revision instead of baselines: its kernels and these run in turns, in
    /// the same processes, and only what changed is timed
    #[arg(long, value_name = "REV", conflicts_with = "baselines")]
    pub against: Option<String>,
    /// Measure one part of the plan, such as `hash:2/3`: cases by a digest of their identity, at
    /// the confidence of all; `gate merge` judges the JSON reports of all parts as one
    #[arg(long, value_name = "hash:K/N", value_parser = partition::parse)]
    pub partition: Option<Partition>,
    /// Verdicts that do not fail the run
    #[arg(long, value_enum, value_delimiter = ',', value_name = "VERDICT")]
    pub allow: Vec<Allowed>,
    /// Passing by range alone is not enough: a case without a comparable baseline gives 4
    #[arg(long)]
    pub require_baseline: bool,
    /// Whether times can fail the check [default: as the hardware class says]
    #[arg(long, value_enum, value_name = "POLICY")]
    pub timing: Option<TimingArg>,
    /// Verdicts that fail although they are good news, so that a win is recorded: exit code 1;
    /// where times are advisory they fail with `--timing gate` alone
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub fail_on: Option<FailOn>,
    /// Measure nothing: print every setting, and where it comes from
    #[arg(long)]
    pub print_config: bool,
}

/// `gate update-baselines`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate update-baselines --reason 'driver 580'          all suites
  gate update-baselines specs/moe.yaml --append        more rounds, beside those stored
  gate update-baselines --filter 'moe/topk*'           some cases; the others are kept

A wrong output or a lost case is not recorded, and then nothing is written. Nor is a case that got
slower than its limit allows, unless --reason says why (on hardware whose times are advisory, it is).
Exit codes: 0 written; 1 slower, and no reason given; 2 bad request; 3 wrong; 5 lost; 6 nothing to
measure; 7 baselines or a report not written, or another update recorded the same cases meanwhile;
130 interrupted, nothing written.")]
pub struct UpdateArgs {
    /// Which cases.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Which adapter.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// How to measure.
    #[command(flatten)]
    pub measure: MeasureArgs,
    /// What to print.
    #[command(flatten)]
    pub format: FormatArgs,
    /// What to write.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Why the baselines change; stored with them, and shown by `gate explain`
    #[arg(long, value_name = "TEXT", value_parser = parse_reason)]
    pub reason: Option<String>,
    /// Add rounds to the stored ones instead of replacing them
    #[arg(long)]
    pub append: bool,
    /// Whether a slower case needs --reason [default: as the hardware class says]
    #[arg(long, value_enum, value_name = "POLICY")]
    pub timing: Option<TimingArg>,
    /// Measure nothing: print every setting, and where it comes from
    #[arg(long)]
    pub print_config: bool,
}

/// `gate run`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate run specs/moe.yaml --rounds 40 --samples moe.csv
  gate run --filter '*matvec*' --format json

The CSV has the columns device,recording,round,case,sample,gpu_ns,wall_ns.
Exit codes: 0 measured; 2 bad request; 3 wrong; 5 lost; 6 nothing to measure; 7 not written;
130 interrupted.")]
pub struct RunArgs {
    /// Which cases.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Which adapter.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// How to measure.
    #[command(flatten)]
    pub measure: MeasureArgs,
    /// What to print.
    #[command(flatten)]
    pub format: FormatArgs,
    /// What to write.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Write every sample to this CSV file; `-` prints it in the table's place
    #[arg(long, value_name = "FILE")]
    pub samples: Option<PathBuf>,
    /// Name of this recording in the CSV
    #[arg(long, value_name = "NAME", default_value = "a")]
    pub recording: String,
}

/// `gate list`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate list specs/moe.yaml
  gate list --filter '*mixtral*' --format json

Exit codes: 0 listed; 2 bad request; 6 no case matched.")]
pub struct ListArgs {
    /// Which cases.
    #[command(flatten)]
    pub select: SelectArgs,
    /// What to print.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `gate validate`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate validate
  gate validate specs/moe.yaml

Reads the specs, plans every case, renders every variant, and checks the WGSL and its bindings.
Exit codes: 0 valid; 2 a mistake, with its file, line and column; 6 no case matched.")]
pub struct ValidateArgs {
    /// Which cases.
    #[command(flatten)]
    pub select: SelectArgs,
}

/// `gate render`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate render specs/moe.yaml                     to standard output
  gate render --out shaders/rendered             refresh the rendered WGSL in the repository

Exit codes: 0 rendered; 2 a mistake; 6 no case matched; 7 not written.")]
pub struct RenderArgs {
    /// Which cases.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Write one file for each distinct text into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `gate devices`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate devices
  gate devices --probe --device h100

Exit codes: 0 listed; 2 no such adapter; 5 there is none, or it was lost.")]
pub struct DevicesArgs {
    /// Which adapter.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// Measure the ceilings too: copy, read, multiply-add, launch
    #[arg(long)]
    pub probe: bool,
    /// What to print.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `gate worker`
#[derive(Clone, Debug, Args)]
pub struct WorkerArgs {
    /// Which adapter.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// Number of the round
    #[arg(long, default_value_t = 0)]
    pub round: u32,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Verdicts that may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Allowed {
    /// Not decided within the limits
    Undecided,
    /// Nothing gates it
    Ungated,
    /// The worker crashed, hung, or lost the device
    Lost,
}

/// Whether times can fail a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TimingArg {
    /// Slower fails
    Gate,
    /// Slower is printed
    Advisory,
}

/// Good news that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Faster than the baseline: record it
    Faster,
}

fn parse_reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("a reason of no words says nothing; write why, or leave the flag out".into()),
        words => Ok(words.to_owned()),
    }
}

fn parse_time(text: &str) -> Result<std::time::Duration, String> {
    let cure = "write a number and a unit, such as `100ms` or `60s`";
    let time = humantime::parse_duration(text).map_err(|error| format!("{error}; {cure}"))?;
    if time.is_zero() {
        return Err(format!("a time of zero measures nothing; {cure}"));
    }
    Ok(time)
}

fn parse_rounds(text: &str) -> Result<(u32, u32), String> {
    const MOST: u32 = 10_000;
    let cure = "write `3..10` for at least 3 and at most 10, or `5` for exactly 5";
    let number = |part: &str| {
        part.trim()
            .parse::<u32>()
            .map_err(|_| format!("`{text}` is no number of rounds; {cure}"))
    };
    let (least, most) = match text.split_once("..") {
        Some((least, most)) => (number(least)?, number(most)?),
        None => (number(text)?, number(text)?),
    };
    if least == 0 || least > most || most > MOST {
        return Err(format!(
            "rounds go from 1 to {MOST}, the fewest first; {cure}"
        ));
    }
    Ok((least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_hold_together() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn help_lists_every_exit_code() {
        for (code, sentence) in crate::exit::MEANINGS {
            assert!(
                AFTER_HELP.contains(&format!("{code:>3}  {sentence}")),
                "{code} is missing or says something else"
            );
        }
    }

    #[test]
    fn rounds_are_a_number_or_a_range() {
        assert_eq!(parse_rounds("5"), Ok((5, 5)));
        assert_eq!(parse_rounds("3..10"), Ok((3, 10)));
        for bad in ["", "0", "10..3", "a", "3..", "99999999999", "1..20000"] {
            assert!(parse_rounds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_need_a_unit_and_a_length() {
        assert!(parse_time("100ms").is_ok());
        for bad in ["0s", "5", "soon", "-1s"] {
            assert!(parse_time(bad).is_err(), "{bad}");
        }
    }
}
