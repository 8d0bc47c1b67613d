//! Decision rules of tools in use, on the samples of one process against one.
//!
//! Each is the rule by which the tool calls a benchmark slower, written from
//! its documentation; what a tool samples, and how, is not imitated.

use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::data::Recording;

/// Resamples of a bootstrap; criterion takes 100,000, which moves the ends of
/// an interval by less than a tenth of its width.
const RESAMPLES: usize = 1000;

/// A peer.
#[derive(Clone, Copy)]
pub(crate) enum Peer {
    MannWhitney,
    Welch,
    Criterion,
    Tango,
    Asv,
    Nvbench,
    Fixed,
}

impl Peer {
    pub(crate) const ALL: [Self; 7] = [
        Self::MannWhitney,
        Self::Welch,
        Self::Criterion,
        Self::Tango,
        Self::Asv,
        Self::Nvbench,
        Self::Fixed,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MannWhitney => "Mann-Whitney 0.05 (benchstat)",
            Self::Welch => "Welch t 0.05 and 1 %",
            Self::Criterion => "criterion (bootstrap, 1 %)",
            Self::Tango => "tango (paired, 2.6 and 1 %)",
            Self::Asv => "asv (0.002 and 10 %)",
            Self::Nvbench => "nvbench (median, IQR)",
            Self::Fixed => "fixed 10 %",
        }
    }
}

/// One round of one case, with what several rules need of it.
struct Side {
    samples: Vec<f64>,
    sorted: Vec<f64>,
    mean: f64,
    variance: f64,
    /// Means of resamples.
    means: Vec<f64>,
}

impl Side {
    fn new(samples: &[f64], random: &mut ChaCha8Rng) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = samples.len();
        let (mean, variance) = moments(samples);
        let means = (0..RESAMPLES)
            .map(|_| {
                let sum: f64 = (0..n).map(|_| samples[random.random_range(0..n)]).sum();
                sum / n as f64
            })
            .collect();
        Self {
            samples: samples.to_vec(),
            sorted,
            mean,
            variance,
            means,
        }
    }

    fn quantile(&self, part: f64) -> f64 {
        let at = part * (self.sorted.len() - 1) as f64;
        let low = self.sorted[at.floor() as usize];
        let high = self.sorted[at.ceil() as usize];
        low + (high - low) * at.fract()
    }

    fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    fn relative_iqr(&self) -> f64 {
        (self.quantile(0.75) - self.quantile(0.25)) / self.median()
    }
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    (mean, squares / (n - 1.0).max(1.0))
}

/// What every peer says of every ordered pair of rounds: slower or not, by
/// injected change, pair and case.
pub(crate) struct Verdicts {
    rounds: usize,
    cases: usize,
    changes: Vec<f64>,
    slower: Vec<Vec<bool>>,
}

impl Verdicts {
    /// Which cases a peer calls slower, between two rounds.
    pub(crate) fn of(&self, peer: Peer, change: f64, before: usize, now: usize) -> &[bool] {
        let index = self
            .changes
            .iter()
            .position(|c| (c - change).abs() < 1e-12)
            .expect("every change that is asked for was worked out");
        let start = ((index * self.rounds + before) * self.rounds + now) * self.cases;
        &self.slower[peer as usize][start..start + self.cases]
    }
}

/// Works out all verdicts of all peers.
pub(crate) fn judge(recording: &Recording, changes: &[f64], seed: u64) -> Verdicts {
    let sides: Vec<Vec<Side>> = recording
        .cases
        .par_iter()
        .enumerate()
        .map(|(i, case)| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(u64::MAX - i as u64);
            case.samples
                .iter()
                .map(|samples| Side::new(samples, &mut random))
                .collect()
        })
        .collect();
    let rounds = recording.rounds;
    let slower = Peer::ALL
        .iter()
        .map(|&peer| {
            (0..changes.len() * rounds * rounds)
                .into_par_iter()
                .flat_map_iter(|pair| {
                    let change = changes[pair / (rounds * rounds)];
                    let (before, now) = (pair / rounds % rounds, pair % rounds);
                    let sides = &sides;
                    (0..sides.len()).map(move |case| {
                        before != now
                            && slower(peer, &sides[case][before], &sides[case][now], 1.0 + change)
                    })
                })
                .collect()
        })
        .collect();
    Verdicts {
        rounds,
        cases: recording.cases.len(),
        changes: changes.to_vec(),
        slower,
    }
}

/// Whether a peer calls `now`, its times multiplied, slower than `before`.
fn slower(peer: Peer, before: &Side, now: &Side, factor: f64) -> bool {
    let mean_change = now.mean * factor / before.mean - 1.0;
    let median_change = now.median() * factor / before.median() - 1.0;
    match peer {
        Peer::MannWhitney => median_change > 0.0 && mann_whitney(before, now, factor) < 0.05,
        Peer::Welch => mean_change > 0.01 && welch(before, now, factor) < 0.05,
        Peer::Criterion => {
            criterion(before, now, factor) > 0.01 && welch(before, now, factor) < 0.05
        }
        Peer::Tango => tango(before, now, factor),
        Peer::Asv => median_change > 0.1 && mann_whitney(before, now, factor) < 0.002,
        Peer::Nvbench => median_change > before.relative_iqr().min(now.relative_iqr()),
        Peer::Fixed => mean_change > 0.1,
    }
}

/// Two-sided p-value of Welch's t test, 1947.
fn welch(before: &Side, now: &Side, factor: f64) -> f64 {
    let a = before.variance / before.samples.len() as f64;
    let b = now.variance * factor * factor / now.samples.len() as f64;
    let difference = (now.mean * factor - before.mean).abs();
    if a + b <= 0.0 {
        return if difference > 0.0 { 0.0 } else { 1.0 };
    }
    let freedom = (a + b).powi(2)
        / (a * a / (before.samples.len() as f64 - 1.0) + b * b / (now.samples.len() as f64 - 1.0));
    StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |t| 2.0 * t.sf(difference / (a + b).sqrt()))
}

/// Two-sided p-value of Mann and Whitney's U, 1947: normal, with ties.
fn mann_whitney(before: &Side, now: &Side, factor: f64) -> f64 {
    let (n, m) = (before.sorted.len(), now.sorted.len());
    // Merge two sorted lists; every run of equal values shares a rank.
    let (mut i, mut j) = (0, 0);
    let (mut rank_sum, mut ties) = (0.0, 0.0);
    while i < n || j < m {
        let a = before.sorted.get(i).copied().unwrap_or(f64::INFINITY);
        let b = now.sorted.get(j).map_or(f64::INFINITY, |v| v * factor);
        let value = a.min(b);
        let start = i + j;
        while i < n && before.sorted[i] <= value {
            i += 1;
        }
        let first = j;
        while j < m && now.sorted[j] * factor <= value {
            j += 1;
        }
        let run = (i + j - start) as f64;
        rank_sum += (j - first) as f64 * (start as f64 + (run + 1.0) / 2.0);
        ties += run * run * run - run;
    }
    let (n, m) = (n as f64, m as f64);
    let all = n + m;
    let u = rank_sum - m * (m + 1.0) / 2.0;
    let variance = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    2.0 * Normal::standard().sf((u - n * m / 2.0).abs() / variance.sqrt())
}

/// Lower end of criterion's 95 % bootstrap interval of the change of the mean.
fn criterion(before: &Side, now: &Side, factor: f64) -> f64 {
    let mut ratios: Vec<f64> = before
        .means
        .iter()
        .zip(&now.means)
        .map(|(a, b)| b * factor / a)
        .collect();
    let at = (0.025 * ratios.len() as f64) as usize;
    let (_, end, _) = ratios.select_nth_unstable_by(at, f64::total_cmp);
    *end - 1.0
}

/// Tango pairs samples of both versions: the mean difference must lie 2.6
/// standard errors and 1 % above none. Differences outside of its fences (1.5
/// interquartile ranges, Tukey 1977) are dropped first.
fn tango(before: &Side, now: &Side, factor: f64) -> bool {
    let mut differences: Vec<f64> = before
        .samples
        .iter()
        .zip(&now.samples)
        .map(|(a, b)| b * factor - a)
        .collect();
    differences.sort_by(f64::total_cmp);
    let quartile = |part: usize| differences[(differences.len() - 1) * part / 4];
    let reach = 1.5 * (quartile(3) - quartile(1));
    let (low, high) = (quartile(1) - reach, quartile(3) + reach);
    differences.retain(|d| (low..=high).contains(d));
    let (mean, variance) = moments(&differences);
    let error = (variance / differences.len() as f64).sqrt();
    mean / before.mean >= 0.01 && mean >= 2.6 * error
}
