//! `--partition hash:K/N`: one part of a plan, for one of several machines;
//! and `gate merge`, which judges all parts as one.

use std::path::PathBuf;

use clap::Args;

use super::{FormatArgs, ReportArgs};

/// The most parts.
const MOST: u32 = 10_000;

/// A part of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Which part, from 1.
    pub part: u32,
    /// How many there are.
    pub of: u32,
}

/// `gate merge`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate check --partition hash:1/3 --report json=part-1.json     on three machines,
  gate check --partition hash:2/3 --report json=part-2.json     in any order
  gate check --partition hash:3/3 --report json=part-3.json
  gate merge part-*.json
  gate merge parts --report junit=gate.xml --report html=gate.html

Every case of every part is judged again, by all rounds of all parts, at the confidence and by the
policy that the parts were given. A part says itself what it is a part of: the specs, the WGSL, the
limits, the baselines, the device, the seed, the filters and the policy of all must be the same.
Exit codes: those of one check of the whole plan; 2 where a part is missing, is there twice, ended
early, is of another plan, or was changed since it was written.")]
pub struct MergeArgs {
    /// Reports in JSON of all parts, or folders that hold them
    #[arg(value_name = "PART", required = true)]
    pub parts: Vec<PathBuf>,
    /// Folder of baselines, whose history a page shows [default: baselines/ in the project's root]
    #[arg(long, value_name = "DIR")]
    pub baselines: Option<PathBuf>,
    /// What to print.
    #[command(flatten)]
    pub format: FormatArgs,
    /// What to write.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// Reads `hash:2/3`.
pub(super) fn parse(text: &str) -> Result<Partition, String> {
    let cure = "write `hash:2/3` for the second of three parts";
    let Some(numbers) = text.strip_prefix("hash:") else {
        return Err(format!("`{text}` is no way to part a plan; {cure}"));
    };
    let digits = |number: &str| {
        let plain = number.bytes().all(|byte| byte.is_ascii_digit());
        number.parse::<u32>().ok().filter(|_| plain)
    };
    let parsed = numbers
        .split_once('/')
        .and_then(|(part, of)| Some((digits(part)?, digits(of)?)));
    let Some((part, of)) = parsed else {
        return Err(format!("`{numbers}` is no part of a whole; {cure}"));
    };
    if part == 0 || part > of || of > MOST {
        return Err(format!(
            "parts go from 1 to their number, which is {MOST} at most; {cure}"
        ));
    }
    Ok(Partition { part, of })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_one_of_so_many() {
        assert_eq!(parse("hash:2/3"), Ok(Partition { part: 2, of: 3 }));
        assert_eq!(parse("hash:1/1"), Ok(Partition { part: 1, of: 1 }));
        for bad in [
            "",
            "2/3",
            "hash:0/3",
            "hash:4/3",
            "hash:1/0",
            "hash:1",
            "hash:a/b",
            "count:1/2",
            "hash:1/10001",
            "hash:-1/2",
            "hash:+1/2",
            "hash:1/2/3",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
