//! The arithmetic of timing: readings in, times out. No device, no clock.

use std::collections::VecDeque;

use crate::kit::Nanos;
use crate::stats::median;

use super::{CLOCK_TOLERANCE, Overhead};

/// A timed pass lasts at least this long, so that what begins and ends a pass
/// is small beside it.
///
/// Source: an empty pass reads 0.6 us on a discrete GPU.
const PASS_AT_LEAST: Nanos = Nanos(100_000.0);

/// A timed pass lasts at least so many ticks, so that one tick is 0.1 %.
const TICKS_AT_LEAST: f64 = 1_000.0;

/// The most dispatches of one timed pass; recording them costs host time.
pub(super) const MOST_DISPATCHES: u32 = 4_096;

/// The most runs of a batch, of which a pass takes up to [`LONG`].
pub(super) const MOST_BATCH: u32 = 512;

/// A difference is taken between passes of N runs and of so many times N.
///
/// Where dispatches vary each for itself, with variance s^2, the mean of the
/// differences `(time(kN) - time(N)) / ((k - 1) N)` over a given time on the
/// device has a variance of `(k + 1)^2 / (k - 1)^2 s^2` by the number of
/// dispatches: nine-fold for k = 2, and not twice for 7.
pub(super) const LONG: u32 = 7;

/// The most runs of a sample that are a pass each: a quarter of a query set
/// (4,096 queries, two a pass), which leaves room for a pipeline's stages.
pub(super) const MOST_PASSES: u32 = 512;

/// Places in which a round times a case, at most.
///
/// Where its buffers lie decides more than anything else that differs between
/// processes: on an H100 rounds of a kernel bound by memory (37 us) differ by
/// 0.7 % in one place each, and by 0.25 % in the mean of eight. Sixteen are no
/// quieter on the whole than eight, but for atomic adds (DESIGN.md, decision 76).
const MOST_PLACES: u32 = 16;

/// What the runs that warm up each place may take of the time to measure.
const MOVING_SHARE: f64 = 0.25;

/// Windows that must agree before a kernel counts as warm.
pub(super) const WINDOWS: usize = 3;

/// How closely they must agree.
const WINDOW_AGREEMENT: f64 = 0.01;

/// How long a pass must last for its reading to be worth anything.
pub(super) fn pass_at_least(tick: Nanos) -> Nanos {
    Nanos(PASS_AT_LEAST.0.max(TICKS_AT_LEAST * tick.0))
}

/// The clock's step in raw units: the greatest common divisor of all
/// differences between readings; 0 if they are all the same.
pub(super) fn tick_of(raw: &[u64]) -> u64 {
    fn gcd(a: u64, b: u64) -> u64 {
        if b == 0 { a } else { gcd(b, a % b) }
    }
    raw.windows(2)
        .fold(0, |step, pair| gcd(step, pair[0].abs_diff(pair[1])))
}

/// Begin and end of one pass, in raw units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// When it began.
    pub(super) begin: u64,
    /// When it ended.
    pub(super) end: u64,
}

impl Span {
    /// How long it lasted, in raw units.
    pub(super) fn length(self) -> u64 {
        self.end - self.begin
    }
}

/// Pairs raw readings, and rejects what no clock gives.
///
/// # Errors
///
/// A sentence about the first bad reading: zero, all ones, or an end before
/// its begin.
pub(super) fn spans(raw: &[u64]) -> Result<Vec<Span>, String> {
    let (pairs, rest) = raw.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(format!("{} readings do not pair", raw.len()));
    }
    pairs
        .iter()
        .enumerate()
        .map(|(pass, &[begin, end])| {
            for (name, value) in [("begin", begin), ("end", end)] {
                if value == 0 {
                    return Err(format!("{name} of pass {pass} reads zero"));
                }
                if value == u64::MAX {
                    return Err(format!("{name} of pass {pass} reads all ones"));
                }
            }
            if end < begin {
                return Err(format!(
                    "pass {pass} ends {} units before it begins",
                    begin - end
                ));
            }
            Ok(Span { begin, end })
        })
        .collect()
}

/// Passes of the heater that must agree before the clocks count as up: some
/// milliseconds.
pub(super) const WARM_PASSES: usize = 4;

/// Passes before any count: a device at rest takes tens of milliseconds to
/// raise its clocks, and is steady, but slow, until then.
const FIRST_PASSES: u32 = 100;

/// How near to the fastest a pass must be.
const NEAR_THE_FASTEST: f64 = 0.01;

/// What passes of equal work told of a device's clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heat {
    passes: u32,
    fastest: f64,
}

impl Default for Heat {
    fn default() -> Self {
        Self {
            passes: 0,
            fastest: f64::INFINITY,
        }
    }
}

impl Heat {
    /// Takes in the time of a pass; what is no time says nothing.
    pub(super) fn note(&mut self, time: f64) {
        self.passes = self.passes.saturating_add(1);
        if time > 0.0 {
            self.fastest = self.fastest.min(time);
        }
    }

    /// Takes in what an earlier process found possible.
    pub(super) fn know(&mut self, time: f64) {
        if time > 0.0 {
            self.fastest = self.fastest.min(time);
        }
    }

    /// Whether the last passes all ran at the fastest clock seen.
    pub(super) fn is_warm(&self, recent: &VecDeque<f64>) -> bool {
        self.are_within(recent, NEAR_THE_FASTEST)
    }

    /// Whether they ran near enough to it for one who has waited: as near as
    /// rounds must be to be compared. A device steps its clocks down by a
    /// percent or two as it grows hot, and does not come back while someone
    /// waits.
    pub(super) fn is_near(&self, recent: &VecDeque<f64>) -> bool {
        self.are_within(recent, CLOCK_TOLERANCE)
    }

    fn are_within(&self, recent: &VecDeque<f64>, share: f64) -> bool {
        self.passes >= FIRST_PASSES
            && recent.len() >= WARM_PASSES
            && recent
                .iter()
                .all(|&time| time <= self.fastest * (1.0 + share))
    }

    /// Takes the last passes for what this device does now.
    pub(super) fn accept(&mut self, recent: &VecDeque<f64>) {
        let recent: Vec<f64> = recent.iter().copied().collect();
        if let Some(now) = median(&recent) {
            self.fastest = now;
        }
    }
}

/// What decides how a case is timed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timed {
    /// Estimated time of one run.
    pub(super) run: Nanos,
    /// The clock's step.
    pub(super) tick: Nanos,
    /// Several runs may stand in one pass: nothing is restored between them.
    pub(super) batchable: bool,
}

/// How a case is timed: what is done about the cost of a pass, and how many
/// runs go into a sample.
///
/// A run that lasts long enough by itself is timed alone, less an empty pass.
/// A shorter one stands N times in a pass, and `time(7N) - time(N)` cancels
/// the pass, where the longer lasts twice what it must. Where it cannot (a buffer to restore, or a cache to flush), N runs
/// of a pass each are averaged.
///
/// N is a power of two, so that estimates a few percent apart choose the same.
/// No threshold without memory is stable at its edge: a later round, or a
/// baseline's successor, pins what was chosen first.
pub(super) fn choose(timed: &Timed) -> (Overhead, u32) {
    let least = pass_at_least(timed.tick);
    let wanted = least.0 / timed.run.0.max(1.0);
    if wanted <= 1.0 {
        return (Overhead::EmptyPass, 1);
    }
    // Saturates; capped below.
    let power = |wanted: f64| {
        (wanted.ceil() as u32)
            .checked_next_power_of_two()
            .unwrap_or(MOST_DISPATCHES)
    };
    if timed.batchable {
        let batch = power(2.0 * wanted / f64::from(LONG));
        (Overhead::BatchDifference, batch.min(MOST_BATCH))
    } else {
        (Overhead::EmptyPass, power(wanted).min(MOST_PASSES))
    }
}

/// Time of one run from passes of N, kN, kN and N runs, in this order, so that
/// a drift that is linear in time cancels.
pub(super) fn batch_difference(passes: [f64; 4], batch: u32, long: u32) -> f64 {
    let [short, longer, longer_again, short_again] = passes;
    let runs = 2.0 * f64::from(batch) * f64::from(long - 1);
    ((longer + longer_again) - (short + short_again)) / runs
}

/// In how many places a round times a kernel that takes so long a run, and of
/// which so many samples are taken in the time to measure.
pub(super) fn places(run: Nanos, time: Nanos, samples: u32) -> u32 {
    // What is no number moves nowhere.
    let affordable = 1.0 + (time.0 * MOVING_SHARE / run.0).max(0.0);
    (affordable as u32).min(MOST_PLACES).min(samples).max(1)
}

/// Whether the last windows of a warm-up agree.
pub(super) fn warm(windows: &[f64]) -> bool {
    let Some(last) = windows.len().checked_sub(WINDOWS) else {
        return false;
    };
    let (low, high) = windows[last..]
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(low, high), &window| {
            (low.min(window), high.max(window))
        });
    low > 0.0 && high - low <= WINDOW_AGREEMENT * low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(run: f64, tick: f64, batchable: bool) -> Timed {
        Timed {
            run: Nanos(run),
            tick: Nanos(tick),
            batchable,
        }
    }

    #[test]
    fn the_tick_is_the_common_divisor_of_all_differences() {
        assert_eq!(tick_of(&[1_000, 1_096, 1_160, 1_480]), 32);
        assert_eq!(tick_of(&[7, 8, 10]), 1);
        assert_eq!(tick_of(&[5, 5, 5]), 0);
        assert_eq!(tick_of(&[300, 200, 260]), 20);
    }

    #[test]
    fn zero_all_ones_and_a_backwards_clock_are_garbage() {
        assert_eq!(
            spans(&[10, 20, 30, 30]),
            Ok(vec![
                Span { begin: 10, end: 20 },
                Span { begin: 30, end: 30 }
            ])
        );
        assert_eq!(Span { begin: 10, end: 42 }.length(), 32);
        assert_eq!(spans(&[10, 0]), Err("end of pass 0 reads zero".into()));
        assert_eq!(
            spans(&[10, 20, u64::MAX, 40]),
            Err("begin of pass 1 reads all ones".into())
        );
        assert_eq!(
            spans(&[50, 20]),
            Err("pass 0 ends 30 units before it begins".into())
        );
        assert_eq!(spans(&[1]), Err("1 readings do not pair".into()));
    }

    #[test]
    fn a_long_kernel_is_timed_alone() {
        assert_eq!(
            choose(&timed(100_000.0, 32.0, true)),
            (Overhead::EmptyPass, 1)
        );
        assert_eq!(choose(&timed(2.7e6, 32.0, false)), (Overhead::EmptyPass, 1));
    }

    #[test]
    fn a_short_kernel_is_batched_by_a_power_of_two() {
        // 200 us / (7 * 6.3 us) = 4.5, rounded up to 8; so is 200 / 49.
        assert_eq!(
            choose(&timed(6_300.0, 32.0, true)),
            (Overhead::BatchDifference, 8)
        );
        assert_eq!(
            choose(&timed(7_000.0, 32.0, true)),
            (Overhead::BatchDifference, 8)
        );
        assert_eq!(
            choose(&timed(99_000.0, 32.0, true)),
            (Overhead::BatchDifference, 1)
        );
    }

    #[test]
    fn a_coarse_clock_asks_for_longer_passes() {
        // 1,000 ticks of 1 us are 1 ms: twice that by seven times 100 us.
        assert_eq!(
            choose(&timed(100_000.0, 1_000.0, true)),
            (Overhead::BatchDifference, 4)
        );
    }

    #[test]
    fn what_cannot_share_a_pass_is_averaged() {
        assert_eq!(
            choose(&timed(10_000.0, 1.0, false)),
            (Overhead::EmptyPass, 16)
        );
    }

    #[test]
    fn a_batch_is_bounded_whatever_the_estimate() {
        for run in [0.0, -5.0, f64::NAN, 1e-300] {
            assert_eq!(
                choose(&timed(run, 100_000.0, true)),
                (Overhead::BatchDifference, 512)
            );
            assert_eq!(
                choose(&timed(run, 100_000.0, false)),
                (Overhead::EmptyPass, 512)
            );
        }
    }

    #[test]
    fn the_difference_cancels_a_constant_and_a_drift() {
        // 5 ns a run, 640 ns a pass, batches of 100, the clock drifting by 3 ns
        // from pass to pass: 1140, 1640 + 3, 1640 + 6, 1140 + 9.
        let time = batch_difference([1_140.0, 1_643.0, 1_646.0, 1_149.0], 100, 2);
        assert!((time - 5.0).abs() < 1e-12, "{time}");
        // The same with 700 runs in the longer: 4140 + 3, 4140 + 6.
        let time = batch_difference([1_140.0, 4_143.0, 4_146.0, 1_149.0], 100, 7);
        assert!((time - 5.0).abs() < 1e-12, "{time}");
    }

    #[test]
    fn a_kernel_moves_as_often_as_is_cheap() {
        let ten = Nanos(10e6);
        assert_eq!(places(Nanos(37e3), ten, 16), 16);
        assert_eq!(places(Nanos(37e3), ten, 200), 16);
        assert_eq!(places(Nanos(37e3), ten, 5), 5);
        // A quarter of 10 ms is four runs of 0.6.
        assert_eq!(places(Nanos(0.6e6), ten, 16), 5);
        assert_eq!(places(Nanos(3e6), ten, 3), 1);
        for run in [0.0, f64::NAN, f64::INFINITY, -1.0] {
            assert!((1..=9).contains(&places(Nanos(run), ten, 9)), "{run}");
        }
        assert_eq!(places(Nanos(1e3), ten, 0), 1);
    }

    #[test]
    fn three_windows_within_a_percent_are_warm() {
        assert!(!warm(&[100.0, 100.0]));
        assert!(warm(&[130.0, 100.0, 101.0, 100.5]));
        assert!(!warm(&[100.0, 100.0, 101.5]));
        assert!(!warm(&[0.0, 0.0, 0.0]));
        assert!(!warm(&[100.0, f64::INFINITY, 100.0]));
    }

    #[test]
    fn a_device_is_warm_at_its_fastest_and_not_where_it_is_merely_steady() {
        let steady = |time| VecDeque::from([time; WARM_PASSES]);
        let mut heat = Heat::default();
        for _ in 0..FIRST_PASSES - 1 {
            heat.note(5.0);
        }
        assert!(!heat.is_warm(&steady(5.0)), "too early to tell");
        heat.note(1.0);
        assert!(!heat.is_warm(&steady(5.0)), "a fifth of the clock");
        assert!(heat.is_warm(&steady(1.005)));
        assert!(!heat.is_warm(&steady(1.015)));
        assert!(heat.is_near(&steady(1.015)) && !heat.is_near(&steady(1.025)));
        heat.accept(&steady(1.2));
        assert!(heat.is_warm(&steady(1.2)), "it throttles");
        heat.note(0.0);
        assert!(heat.is_warm(&steady(1.2)), "no time says nothing");
    }

    #[test]
    fn what_an_earlier_process_found_possible_is_asked_of_this_one() {
        let steady = |time| VecDeque::from([time; WARM_PASSES]);
        let mut heat = Heat::default();
        heat.know(1.0);
        heat.know(0.0);
        for _ in 0..FIRST_PASSES {
            heat.note(5.0);
        }
        assert!(!heat.is_warm(&steady(5.0)), "a fifth of the known clock");
        assert!(heat.is_warm(&steady(1.0)));
    }
}
