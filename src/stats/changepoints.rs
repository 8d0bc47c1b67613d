//! Where a series of recordings changes.

use crate::kit::Nanos;

use super::{CaseRounds, Change, Design, Located, StatsError, compare};

/// A change from one stretch of recordings to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// The first recording after it, counted from 0.
    pub at: usize,
    /// From all recordings of the stretch before to all of the stretch that
    /// begins here.
    pub change: Change,
}

/// Splits recordings, in the order of time, where the case changed.
///
/// Every place is tried within windows of two recordings, of four, of eight and
/// so on, up to the whole series, each half over the next (seeded binary
/// segmentation: Kovács, Bühlmann, Li and Munk, 2023). The narrowest window with
/// a change is taken (narrowest over threshold: Baranowski, Chen and Fryzlewicz,
/// 2019): a wide one that holds a rise and a fall would show neither. In it, the
/// change that is largest against the half-width of its interval, where that
/// interval does not hold none; then the parts before and after it are searched
/// in turn. Last, changes that do not hold between their own two neighbouring
/// stretches are taken back, the least certain first.
///
/// The interval is that of [`compare`], so that rounds of one recording share
/// its offset, and one odd recording is no change unless it stands out from
/// what recordings differ by. That is what is documented of GPUs that run
/// alone; a machine whose recordings differ by more has them told as changes.
/// The confidence is that of the whole series: it
/// is shared among all places in all windows, and both directions.
///
/// # Errors
///
/// [`StatsError::NoRounds`] for a recording without rounds, and
/// [`StatsError::NotATime`].
pub fn change_points(
    recordings: &[Vec<Nanos>],
    tick: Nanos,
    confidence: f64,
) -> Result<Vec<ChangePoint>, StatsError> {
    if recordings.iter().any(Vec::is_empty) {
        return Err(StatsError::NoRounds);
    }
    let places = windows(0, recordings.len())
        .iter()
        .flatten()
        .map(|(from, to)| to - from - 1)
        .sum::<usize>();
    let series = Series {
        recordings,
        tick,
        design: Design {
            confidence: 1.0 - (1.0 - confidence) / 2.0,
            cases: places.max(1),
        },
    };
    // Stretches that may still be split; not by recursion, whose depth would
    // be the series' to choose.
    let mut open = vec![(0, recordings.len())];
    let mut ends = vec![0, recordings.len()];
    while let Some((from, to)) = open.pop() {
        if let Some(at) = series.split(from, to)? {
            ends.push(at);
            open.extend([(from, at), (at, to)]);
        }
    }
    ends.sort_unstable();
    loop {
        let mut points = Vec::new();
        for window in ends.windows(3) {
            let change = series.between(window[0], window[1], window[2])?;
            points.push(ChangePoint {
                at: window[1],
                change,
            });
        }
        let weakest = points
            .iter()
            .filter(|point| !holds(&point.change))
            .min_by(|a, b| score(&a.change).total_cmp(&score(&b.change)));
        match weakest {
            Some(weakest) => ends.retain(|end| *end != weakest.at),
            None => return Ok(points),
        }
    }
}

/// The windows of a stretch, those of one length together, the shortest first.
fn windows(from: usize, to: usize) -> Vec<Vec<(usize, usize)>> {
    let whole = to - from;
    let mut all = Vec::new();
    let mut length = 2;
    while length < whole {
        let last = to - length;
        let mut begins: Vec<usize> = (from..last).step_by(length / 2).collect();
        begins.push(last);
        all.push(begins.iter().map(|&at| (at, at + length)).collect());
        length *= 2;
    }
    if whole >= 2 {
        all.push(vec![(from, to)]);
    }
    all
}

struct Series<'a> {
    recordings: &'a [Vec<Nanos>],
    tick: Nanos,
    design: Design,
}

impl Series<'_> {
    /// The clearest place to split a stretch at, in the narrowest windows that
    /// have one.
    fn split(&self, from: usize, to: usize) -> Result<Option<usize>, StatsError> {
        for windows in windows(from, to) {
            let mut best: Option<(usize, f64)> = None;
            for (from, to) in windows {
                for at in from + 1..to {
                    let change = self.between(from, at, to)?;
                    let clearer = best.is_none_or(|(_, known)| score(&change) > known);
                    if clearer && holds(&change) {
                        best = Some((at, score(&change)));
                    }
                }
            }
            if let Some((at, _)) = best {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// The change from the recordings before a place to those from it on.
    fn between(&self, from: usize, at: usize, to: usize) -> Result<Change, StatsError> {
        let located = |from: usize, to: usize| -> Vec<Located> {
            (from..to)
                .flat_map(|index| {
                    // More recordings than fit in 32 bits would fill a disk.
                    let recording = u32::try_from(index).unwrap_or(u32::MAX);
                    self.recordings[index].iter().map(move |&location| Located {
                        recording,
                        location,
                    })
                })
                .collect()
        };
        let now = located(at, to);
        let case = CaseRounds {
            before: located(from, at),
            planned: (now.len(), now.len()),
            now,
            tick: self.tick,
        };
        compare(&[case], &self.design)
            .pop()
            .unwrap_or(Err(StatsError::NoRounds))
    }
}

/// Whether no change lies outside of the interval.
fn holds(change: &Change) -> bool {
    change.low.0 > 0.0 || change.top.0 < 0.0
}

/// A change against its interval's half-width.
fn score(change: &Change) -> f64 {
    let estimate = change.estimate.ln();
    estimate.abs() / (change.top.ln() - estimate)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Normal};

    use super::*;

    const TICK: Nanos = Nanos(32.0);

    /// Recordings of five rounds around these times, with noise of 0.04 %
    /// between recordings, as is documented of a GPU that runs alone, and of
    /// 0.2 % between rounds.
    fn series(times: &[f64], seed: u64) -> Vec<Vec<Nanos>> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut noise = |sigma: f64| {
            let normal = Normal::new(0.0, sigma).expect("a deviation");
            normal.sample(&mut random)
        };
        times
            .iter()
            .map(|time| {
                let offset = noise(0.0004);
                (0..5)
                    .map(|_| Nanos(time * (offset + noise(0.002)).exp()))
                    .collect()
            })
            .collect()
    }

    fn found(times: &[f64]) -> Vec<usize> {
        change_points(&series(times, 7), TICK, 0.99)
            .expect("are times")
            .iter()
            .map(|point| point.at)
            .collect()
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let times = [1e5, 1e5, 1e5, 1e5, 1.1e5, 1.1e5, 1.1e5, 1.1e5];
        let points = change_points(&series(&times, 7), TICK, 0.99).expect("are times");
        assert_eq!(points.len(), 1);
        assert_eq!(points[0].at, 4);
        assert!((points[0].change.estimate.0 - 0.1).abs() < 0.01);
    }

    #[test]
    fn steps_up_and_down_are_two() {
        let mut times = vec![1e5; 6];
        times.extend([1.3e5; 6]);
        times.extend([1e5; 6]);
        assert_eq!(found(&times), [6, 12]);
    }

    #[test]
    fn the_last_recording_may_be_the_change() {
        let mut times = vec![1e5; 7];
        times.push(1.2e5);
        assert_eq!(found(&times), [7]);
    }

    #[test]
    fn windows_cover_every_pair_of_neighbours() {
        let all = windows(3, 8);
        assert_eq!(all[0], [(3, 5), (4, 6), (5, 7), (6, 8)]);
        assert_eq!(all[1], [(3, 7), (4, 8)]);
        assert_eq!(all[2], [(3, 8)]);
        assert!(windows(3, 4).is_empty());
    }

    #[test]
    fn nothing_changes_in_nothing() {
        assert_eq!(found(&[]), [0; 0]);
        assert_eq!(found(&[1e5]), [0; 0]);
        assert_eq!(found(&[1e5; 12]), [0; 0]);
    }

    /// At 99 %, two false alarms are expected of two hundred series at most.
    #[test]
    fn steady_series_raise_few_alarms() {
        let alarms = (0..200)
            .filter(|seed| {
                let points = change_points(&series(&[1e5; 10], *seed), TICK, 0.99);
                !points.expect("are times").is_empty()
            })
            .count();
        assert!(alarms <= 2, "{alarms} of 200");
    }

    #[test]
    fn what_is_no_time_is_an_error() {
        let bad = [vec![Nanos(1.0)], vec![Nanos(f64::NAN)]];
        assert!(change_points(&bad, TICK, 0.99).is_err());
        assert_eq!(
            change_points(&[vec![]], TICK, 0.99),
            Err(StatsError::NoRounds)
        );
    }
}
