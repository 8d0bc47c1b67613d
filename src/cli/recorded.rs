//! Flags of the commands that work on what was recorded.

use clap::Args;

use super::{Allowed, FailOn, FormatArgs, ReportArgs, TimingArg};

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
