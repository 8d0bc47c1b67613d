//! How often decision rules cry wolf, and what they see: a table.
//!
//! ```text
//! cargo bench --no-default-features --bench detection -- [--data FILE.csv[.gz]]… [--suites N]
//!     [--seed S] [--rounds N] [--warmup N] [--ordered] [--locations] [--made-up]
//! ```
//!
//! Recorded rounds of identical kernels are replayed as suites: rounds are
//! drawn without replacement, some as the baseline and some as the run that
//! is checked, and a change is injected by multiplying the times. See the
//! README beside this file for what the numbers mean and what they decided.

mod data;
mod gate;
mod locations;
mod oracle;
mod peers;
mod rate;
mod replay;
mod synthetic;
mod table;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

use data::Recording;

/// Samples that are taken for warm-up at the start of a round, where nothing
/// else was asked for.
const WARMUP: usize = 5;

/// The recordings of this repository, and their samples of warm-up: the gate's
/// own begin when the kernel is warm.
const DEFAULT_DATA: [(&str, usize); 7] = [
    ("h100-a.csv.gz", WARMUP),
    ("h100-b.csv.gz", WARMUP),
    ("h100-b-inprocess.csv.gz", WARMUP),
    ("lavapipe-a.csv.gz", WARMUP),
    ("h100-c.csv.gz", 0),
    ("h100-d.csv.gz", 0),
    ("h100-e.csv.gz", 0),
];

/// What was asked for.
struct Args {
    /// Files, and the samples of warm-up in each.
    data: Vec<(PathBuf, usize)>,
    suites: usize,
    seed: u64,
    rounds: usize,
    ordered: bool,
    locations: bool,
    made_up: bool,
}

impl Args {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut files, mut warmup) = (Vec::new(), None);
        let mut args = Self {
            data: Vec::new(),
            suites: 4000,
            seed: 1,
            rounds: 8,
            ordered: false,
            locations: false,
            made_up: false,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            let number = |text: String| {
                text.parse::<usize>()
                    .map_err(|_| format!("`{text}` after {word} is no whole number"))
            };
            match word.as_str() {
                "--data" => files.push(PathBuf::from(value()?)),
                "--suites" => args.suites = number(value()?)?.max(1),
                "--seed" => args.seed = number(value()?)? as u64,
                "--rounds" => args.rounds = number(value()?)?.max(1),
                "--warmup" => warmup = Some(number(value()?)?),
                "--ordered" => args.ordered = true,
                "--locations" => args.locations = true,
                "--made-up" => args.made_up = true,
                // Cargo says so to every bench.
                "--bench" => {}
                other => {
                    return Err(format!(
                        "unknown word `{other}`; known are --data FILE, --suites N, --seed S, --rounds N, --warmup N, --ordered, --locations, --made-up"
                    ));
                }
            }
        }
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data");
        args.data = if files.is_empty() {
            DEFAULT_DATA
                .iter()
                .map(|&(name, own)| (folder.join(name), warmup.unwrap_or(own)))
                .collect()
        } else {
            let all = warmup.unwrap_or(WARMUP);
            files.into_iter().map(|file| (file, all)).collect()
        };
        Ok(args)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse(std::env::args().skip(1))?;
    let mut out = io::stdout().lock();
    if args.made_up {
        return Ok(synthetic::print(
            args.suites,
            args.seed,
            args.rounds,
            &mut out,
        )?);
    }
    let mut recordings: Vec<Recording> = Vec::new();
    for (path, warmup) in &args.data {
        recordings.extend(data::read(path, *warmup)?);
    }
    if args.locations {
        return Ok(locations::print(&recordings, &mut out)?);
    }
    writeln!(
        out,
        "{} suites a recording, seed {}, at most {} rounds a side{}.\n\
         Percent, each with its 95 % interval clustered by round. A change is injected into every case of a suite at once.",
        args.suites,
        args.seed,
        args.rounds,
        if args.ordered {
            ", every round of the baseline before every other"
        } else {
            ""
        },
    )?;
    for recording in &recordings {
        match replay::plan(recording, args.rounds, args.suites, args.seed, args.ordered) {
            Ok(suites) => table::print(recording, &suites, args.seed, &mut out)?,
            Err(why) => writeln!(out, "\n{}: {why}", recording.name)?,
        }
        out.flush()?;
    }
    Ok(())
}
