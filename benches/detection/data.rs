//! Recordings: CSV in, samples by case and round out.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use kernel_gate::stats;

/// One case of a recording.
pub(crate) struct Case {
    pub(crate) name: String,
    /// Samples of each round, in the order of sampling, warm-up dropped.
    pub(crate) samples: Vec<Vec<f64>>,
    /// Location of each round, as the gate takes it.
    pub(crate) locations: Vec<f64>,
    /// The smallest step between two samples, in ns.
    pub(crate) tick: f64,
}

impl Case {
    /// Typical time in ns.
    pub(crate) fn time(&self) -> f64 {
        let logs: f64 = self.locations.iter().map(|l| l.ln()).sum();
        (logs / self.locations.len() as f64).exp()
    }
}

/// Rounds of the same cases, recorded one after another.
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) cases: Vec<Case>,
    pub(crate) rounds: usize,
    /// Samples that were dropped from the start of every round.
    pub(crate) warmup: usize,
}

/// Reads one file; several recordings in it stay apart.
pub(crate) fn read(path: &Path, warmup: usize) -> Result<Vec<Recording>, Box<dyn Error>> {
    let at = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
    let file = File::open(path).map_err(|e| at(&e))?;
    let text: Box<dyn Read> = if path.extension().is_some_and(|e| e == "gz") {
        Box::new(GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut csv = csv::Reader::from_reader(text);
    let header = csv.headers().map_err(|e| at(&e))?.clone();
    let column = |name: &str| {
        header
            .iter()
            .position(|h| h == name)
            .ok_or_else(|| at(&format!("no column `{name}`")))
    };
    let (device, recording) = (column("device")?, column("recording")?);
    let (round, case, time) = (column("round")?, column("case")?, column("gpu_ns")?);

    type Rounds = BTreeMap<u64, Vec<f64>>;
    let mut all: BTreeMap<String, BTreeMap<String, Rounds>> = BTreeMap::new();
    for row in csv.records() {
        let row = row.map_err(|e| at(&e))?;
        let field = |i: usize| row.get(i).unwrap_or_default();
        let number: u64 = field(round)
            .parse()
            .map_err(|_| at(&format!("`{}` is no round", field(round))))?;
        let ns: f64 = field(time)
            .parse()
            .map_err(|_| at(&format!("`{}` is no time", field(time))))?;
        all.entry(format!("{} {}", field(device), field(recording)))
            .or_default()
            .entry(field(case).to_owned())
            .or_default()
            .entry(number)
            .or_default()
            .push(ns);
    }
    all.into_iter()
        .map(|(name, cases)| build(name, cases, warmup).map_err(|e| at(&e).into()))
        .collect()
}

/// Keeps the rounds that every case has.
fn build(
    name: String,
    cases: BTreeMap<String, BTreeMap<u64, Vec<f64>>>,
    warmup: usize,
) -> Result<Recording, String> {
    let common: Vec<u64> = cases
        .values()
        .next()
        .map(|rounds| rounds.keys().copied().collect::<Vec<_>>())
        .unwrap_or_default()
        .into_iter()
        .filter(|round| cases.values().all(|rounds| rounds.contains_key(round)))
        .collect();
    let mut built = Vec::new();
    for (case, mut rounds) in cases {
        let mut samples = Vec::new();
        let mut locations = Vec::new();
        for round in &common {
            let mut taken = rounds.remove(round).unwrap_or_default();
            taken.drain(..warmup.min(taken.len()));
            let summary = stats::summarize(&taken)
                .map_err(|e| format!("{case}, round {round}, without warm-up: {e}"))?;
            locations.push(summary.location.0);
            samples.push(taken);
        }
        let tick = tick(&samples);
        built.push(Case {
            name: case,
            samples,
            locations,
            tick,
        });
    }
    Ok(Recording {
        name,
        cases: built,
        rounds: common.len(),
        warmup,
    })
}

/// The smallest difference that is more than rounding.
fn tick(samples: &[Vec<f64>]) -> f64 {
    let mut all: Vec<f64> = samples.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    all.windows(2)
        .map(|pair| pair[1] - pair[0])
        .filter(|step| *step > all[0] * 1e-9)
        .fold(f64::INFINITY, f64::min)
}
