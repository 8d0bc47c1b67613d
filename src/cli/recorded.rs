//! Flags of the commands that work on what was recorded.

use std::path::PathBuf;

use clap::Args;

use super::{
    Allowed, DeviceArgs, FailOn, FormatArgs, MeasureArgs, ReportArgs, SelectArgs, TimingArg,
};

/// `gate compare`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate compare before.csv after.csv.gz                    two files of `gate run --samples`
  gate compare nights.csv#monday nights.csv#tuesday       two recordings of one file
  gate compare 'nights.csv#week-1-*' 'nights.csv#week-2-*' --slowdown 1%
  gate compare baselines/my-gpu-vulkan /tmp/other/my-gpu-vulkan
  gate compare others.csv mine.csv --warmup 5             where warm-up was recorded too

A and B are CSV with the columns device,recording,round,case,sample,gpu_ns,wall_ns (sample and
wall_ns may be missing), plain or with gzip; baseline files; or folders of those. A name with `*`
or `?` behind `#` takes several recordings of a file. Every case of B is judged against A, as
`gate check` judges a run against its baseline, by all rounds that there are. Outputs are not
verified here: whoever recorded the times did that.
Exit codes: 0 passed; 1 slower; 2 bad request, or a file that is none; 4 undecided, or a case that
A does not have; 6 nothing to judge; 7 the gate failed.")]
pub struct CompareArgs {
    /// What was recorded before: FILE, FILE#RECORDING or FOLDER
    #[arg(value_name = "A")]
    pub before: String,
    /// What is judged: FILE, FILE#RECORDING or FOLDER
    #[arg(value_name = "B")]
    pub now: String,
    /// Tolerated slowdown, such as `2%`
    #[arg(long, value_name = "LIMIT", value_parser = parse_slowdown, default_value = "2%")]
    pub slowdown: f64,
    /// Confidence of the whole comparison, such as `99%`
    #[arg(long, value_name = "SHARE", value_parser = parse_confidence, default_value = "99%")]
    pub confidence: f64,
    /// Samples at the start of each round that are warm-up; `gate run` records none
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub warmup: usize,
    /// Compare although the devices' names differ
    #[arg(long)]
    pub across_devices: bool,
    /// Only cases whose identity matches this glob (may be repeated)
    #[arg(long, value_name = "GLOB")]
    pub filter: Vec<String>,
    /// Not the cases that match this glob (may be repeated)
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// What to print.
    #[command(flatten)]
    pub format: FormatArgs,
    /// Reports beside it.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Verdicts that do not fail the comparison
    #[arg(long, value_enum, value_delimiter = ',', value_name = "VERDICT")]
    pub allow: Vec<Allowed>,
    /// Whether times can fail the comparison
    #[arg(long, value_enum, value_name = "POLICY", default_value_t = TimingArg::Gate)]
    pub timing: TimingArg,
    /// Verdicts that fail although they are good news
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub fail_on: Option<FailOn>,
}

/// `gate explain`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate explain                                  every case that failed
  gate explain 'moe/topk[experts=8,k=2,tokens=1]@workgroup=64'
  gate explain tokens=1]                        the one case with that in its identity
  gate explain '*topk*' --report gate.json      of a report that `--report json=gate.json` wrote

`gate check`, `gate compare` and `gate merge` keep their last report in .gate/ below the
project's root.
Exit codes: 0 explained; 2 no report, none of this gate, or a part of several identities;
6 no such case.")]
pub struct ExplainArgs {
    /// Identity or name of a case, a glob, or a part that one identity alone has [default: all that fail]
    #[arg(value_name = "CASE")]
    pub case: Option<String>,
    /// A report in JSON instead of the last one
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// `gate calibrate`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate calibrate specs/moe.yaml                  20 rounds of each case, 10 minutes at most
  gate calibrate --filter '*topk*' --rounds 40
  gate calibrate --format json

Nothing is changed between the rounds, so whatever a check would say of them is noise. Per case: how
far processes lie apart; the smallest slowdown that a check tells from none, 19 times in 20; the
smallest limit that it passes unchanged, 19 times in 20; how many rounds honour its own limit; and
how often replays of the measured rounds called it slower, with a 95 % interval clustered by round.
Exit codes: 0 measured; 2 bad request; 3 wrong; 5 lost; 6 nothing to measure; 7 the gate failed;
130 interrupted.")]
pub struct CalibrateArgs {
    /// Which cases.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Which adapter.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// How to measure.
    #[command(flatten)]
    pub measure: MeasureArgs,
    /// Replays of the measured rounds
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000), default_value = "2000")]
    pub suites: u32,
    /// What to print.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `gate selftest`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate selftest
  gate selftest --device h100

A kernel that comes with the gate is recorded, and then checked as it is, with extra work in it, and
with faults in it. On a GPU the extra work is 5 % and 20 %, beyond a limit of 2 %; on a software
adapter, whose times move by a quarter from process to process, 2,000 % and 3,000 %, beyond 10 %.
That it really takes longer is measured apart, in 8 blocks of A B B A in one process.
Needs no files.
Exit codes: 0 all was seen; 2 bad request; 4 the extra work did not take longer for sure; 5 lost;
7 the gate missed something, or alarmed without cause; 130 interrupted.")]
pub struct SelftestArgs {
    /// Which adapter.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// Most time that one request to the device may take before its worker is killed
    #[arg(long, value_name = "TIME", value_parser = super::parse_time, default_value = "120s")]
    pub deadline: std::time::Duration,
    /// Seed of inputs and order; chosen when missing
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
}

/// A share as a part of one: from a percentage, or from a number below one.
fn parse_share(text: &str) -> Option<f64> {
    let text = text.trim();
    let value = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse::<f64>().ok().filter(|value| *value < 1.0)?,
    };
    value.is_finite().then_some(value)
}

fn parse_slowdown(text: &str) -> Result<f64, String> {
    match parse_share(text) {
        Some(value) if value > 0.0 && value <= 10.0 => Ok(value),
        Some(value) if value <= 0.0 => Err(
            "a slowdown is above 0: no measurement can show that nothing changed; write it as `2%`"
                .to_owned(),
        ),
        Some(_) | None => Err(format!(
            "`{text}` is no slowdown of at most 1000%; write it as `2%`"
        )),
    }
}

fn parse_confidence(text: &str) -> Result<f64, String> {
    parse_share(text)
        .filter(|value| (0.5..=0.999_999).contains(value))
        .ok_or_else(|| format!("`{text}` is no confidence from 50% to 99.9999%; write it as `99%`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages_or_parts_of_one() {
        assert_eq!(parse_slowdown("2%"), Ok(0.02));
        assert_eq!(parse_slowdown("0.5 %"), Ok(0.005));
        assert_eq!(parse_slowdown("0.02"), Ok(0.02));
        assert_eq!(parse_confidence("99%"), Ok(0.99));
        for bad in ["", "2", "0%", "-1%", "NaN%", "inf%", "1001%", "two"] {
            assert!(parse_slowdown(bad).is_err(), "{bad}");
        }
        for bad in ["100%", "49%", "1", "NaN"] {
            assert!(parse_confidence(bad).is_err(), "{bad}");
        }
    }
}
