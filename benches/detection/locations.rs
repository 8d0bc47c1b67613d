//! Which location of a round repeats best: deviation between rounds, by
//! estimator.

use std::io::{self, Write};

use super::data::Recording;

/// The mean of sorted samples between two parts of their number.
fn between(sorted: &[f64], low: f64, high: f64) -> f64 {
    let n = sorted.len() as f64;
    let start = ((low * n) as usize).min(sorted.len() - 1);
    let end = ((high * n).ceil() as usize).clamp(start + 1, sorted.len());
    let part = &sorted[start..end];
    part.iter().sum::<f64>() / part.len() as f64
}

type Estimator = (&'static str, fn(&[f64]) -> f64);

const ESTIMATORS: [Estimator; 9] = [
    ("minimum", |s| s[0]),
    ("mean", |s| between(s, 0.0, 1.0)),
    ("median", |s| between(s, 0.499_999, 0.500_001)),
    ("mean 10-90", |s| between(s, 0.1, 0.9)),
    ("mean 25-75", |s| between(s, 0.25, 0.75)),
    ("mean 0-50", |s| between(s, 0.0, 0.5)),
    ("mean 5-50", |s| between(s, 0.05, 0.5)),
    ("mean 10-60", |s| between(s, 0.1, 0.6)),
    ("mean 10-75", |s| between(s, 0.1, 0.75)),
];

/// Prints the deviation between rounds, in percent, by case and estimator.
pub(crate) fn print(recordings: &[Recording], out: &mut dyn Write) -> io::Result<()> {
    for recording in recordings {
        writeln!(out, "\n{}: deviation between rounds, %", recording.name)?;
        write!(out, "{:<32}", "")?;
        for (name, _) in ESTIMATORS {
            write!(out, " {name:>10}")?;
        }
        writeln!(out)?;
        let mut logs = [0.0; ESTIMATORS.len()];
        for case in &recording.cases {
            write!(out, "{:<32}", case.name)?;
            for (log, (_, estimator)) in logs.iter_mut().zip(ESTIMATORS) {
                let deviation = deviation(case, estimator);
                // A location stuck on one tick repeats to half of it at best.
                let floor = case.tick / case.time() / 12f64.sqrt();
                *log += deviation.max(0.1 * floor).ln();
                write!(out, " {:>10.3}", 100.0 * deviation)?;
            }
            writeln!(out)?;
        }
        write!(out, "{:<32}", "geometric mean")?;
        for log in logs {
            let mean = (log / recording.cases.len() as f64).exp();
            write!(out, " {:>10.3}", 100.0 * mean)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn deviation(case: &super::data::Case, estimator: fn(&[f64]) -> f64) -> f64 {
    let logs: Vec<f64> = case
        .samples
        .iter()
        .map(|samples| {
            let mut sorted = samples.clone();
            sorted.sort_by(f64::total_cmp);
            estimator(&sorted).ln()
        })
        .collect();
    let n = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / n;
    (logs.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}
