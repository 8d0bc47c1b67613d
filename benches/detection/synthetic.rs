//! Rounds that no device gave: made-up noise of kinds that recordings may not
//! show, drawn anew for every suite.

use std::io::{self, Write};

use kernel_gate::kit::{Nanos, Ratio};
use kernel_gate::stats::{CaseRounds, Decision, Design, Located, compare, decide};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, StandardNormal, StudentT};
use rayon::prelude::*;

use super::gate::{CONFIDENCE, FIRST};

/// Two-sided 95 % of the normal distribution.
const Z: f64 = 1.959_964;

const LIMIT: f64 = 0.02;

/// How a round is drawn, in units of its case's deviation.
#[derive(Clone, Copy)]
enum Noise {
    Normal,
    /// Student's t with three degrees: a wild round now and then.
    Tails,
    /// Exponential: never much faster, sometimes much slower.
    Skewed,
    /// Two modes, the slower one in this part of the rounds, in this part of
    /// the cases; the others are normal.
    Modes(f64, f64),
    /// Rounds that differ by where they stand in a drift, in random order.
    Drift,
    /// Half of the variance is common to all cases of a round.
    Common,
}

const KINDS: [(&str, Noise); 9] = [
    ("normal", Noise::Normal),
    ("heavy tails (t of 3)", Noise::Tails),
    ("skewed (exponential)", Noise::Skewed),
    ("two modes, 10 % slow", Noise::Modes(0.1, 1.0)),
    ("two modes, 30 % slow", Noise::Modes(0.3, 1.0)),
    ("two modes, 50 % slow", Noise::Modes(0.5, 1.0)),
    ("modes in a tenth of the cases", Noise::Modes(0.3, 0.1)),
    ("drift", Noise::Drift),
    ("common to a round", Noise::Common),
];

/// What became of a suite: any alarm at the limit, and the share that is found
/// at 2 % beyond it, each alone.
fn suite(noise: Noise, cases: usize, side: usize, random: &mut ChaCha8Rng) -> (bool, f64) {
    let common: Vec<f64> = (0..2 * side)
        .map(|_| StandardNormal.sample(random))
        .collect();
    let all: Vec<CaseRounds> = (0..cases)
        .map(|case| {
            // 2.5 us to 1 ms, 0.8 % at 3 us, less where they are longer, with
            // a scatter as the recordings have it.
            let time = (2.5e3f64.ln() + 6.0 * random.random::<f64>()).exp();
            let scatter: f64 = StandardNormal.sample(random);
            let sigma = 0.008 * (time / 3e3).powf(-0.12) * (0.35 * scatter).exp();
            let in_modes = |part: f64| (case as f64) < part * cases as f64;
            let mut round = |index: usize| -> f64 {
                let normal: f64 = StandardNormal.sample(random);
                match noise {
                    Noise::Normal => normal,
                    Noise::Tails => {
                        let heavy = StudentT::new(3.0).expect("degrees of freedom");
                        let drawn: f64 = heavy.sample(random);
                        drawn / 3f64.sqrt()
                    }
                    Noise::Skewed => {
                        let drawn: f64 = Exp1.sample(random);
                        drawn
                    }
                    Noise::Modes(slow, part) if in_modes(part) => {
                        0.3 * normal + if random.random_bool(slow) { 4.0 } else { 0.0 }
                    }
                    Noise::Modes(..) => normal,
                    Noise::Drift => 0.5 * normal + 3.0 * random.random::<f64>(),
                    Noise::Common => 0.5f64.sqrt() * (normal + common[index]),
                }
            };
            let mut located = |from: usize| -> Vec<Located> {
                (from..from + side)
                    .map(|index| Located {
                        // Recorded together, so that no floor for recordings helps.
                        recording: 0,
                        location: Nanos(time * (sigma * round(index)).exp()),
                    })
                    .collect()
            };
            CaseRounds {
                before: located(0),
                now: located(side),
                tick: Nanos(0.3),
                planned: (FIRST, side),
            }
        })
        .collect();
    let design = Design {
        confidence: CONFIDENCE,
        cases,
    };
    let beyond = (1.0 + LIMIT) / (1.0 + LIMIT + 0.02) - 1.0;
    let (mut alarm, mut open) = (false, vec![(true, true); cases]);
    let mut found = 0;
    for look in FIRST..=side {
        let mut now = all.clone();
        for case in &mut now {
            case.now.truncate(look);
        }
        for (change, open) in compare(&now, &design).into_iter().zip(&mut open) {
            let change = change.expect("times");
            // Times and limit are multiplied alike, so that the limit takes the
            // place of no change.
            if open.0 {
                alarm |= change.low.0 > 0.0;
                open.0 = change.low.0 <= 0.0 && change.high.0 >= 0.0;
            }
            if open.1 {
                let slower = change.low.0 > beyond;
                found += usize::from(slower);
                open.1 = !slower && decide(&change, Ratio(beyond)) != Decision::Pass;
            }
        }
    }
    (alarm, found as f64 / cases as f64)
}

/// Prints false alarms at a true change of the limit, and what is found beyond.
pub(crate) fn print(suites: usize, seed: u64, side: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "made-up noise, {suites} suites each, seed {seed}, {side} rounds a side, L = {} %; percent, 95 %\n\n{:<32} {:>6} {:>20} {:>12}",
        100.0 * LIMIT,
        "",
        "cases",
        "alarm at L",
        "finds L+2",
    )?;
    for cases in [1, 9, 58] {
        for (name, noise) in KINDS {
            let said: Vec<(bool, f64)> = (0..suites)
                .into_par_iter()
                .map(|index| {
                    let mut random = ChaCha8Rng::seed_from_u64(seed);
                    random.set_stream(index as u64);
                    suite(noise, cases, side, &mut random)
                })
                .collect();
            let count = suites as f64;
            let share = said.iter().filter(|(alarm, _)| *alarm).count() as f64 / count;
            // Wilson, 1927.
            let z2 = Z * Z / count;
            let centre = (share + z2 / 2.0) / (1.0 + z2);
            let half = Z / (1.0 + z2) * (share * (1.0 - share) / count + z2 / (4.0 * count)).sqrt();
            let found = said.iter().map(|(_, found)| found).sum::<f64>() / count;
            let alarms = format!(
                "{:.2} ({:.2}-{:.2})",
                100.0 * share,
                100.0 * (centre - half).max(0.0),
                100.0 * (centre + half)
            );
            writeln!(
                out,
                "{name:<32} {cases:>6} {alarms:>20} {:>12.1}",
                100.0 * found
            )?;
        }
    }
    Ok(())
}
