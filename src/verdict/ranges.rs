//! What the expected ranges of a case say of its measured time.

use crate::kit::{Nanos, Place, Work};
use crate::spec::{Expectation, Range};

use super::{RangeEvidence, RangeOutcome};

/// Judges the ranges of the closest class that has any.
///
/// `expected` are a case's ranges with their classes and places, `classes`
/// the device's, the closest first, `time` the measured `(location, low,
/// high)`. Outside means that the whole interval lies outside, so that a case
/// at the edge of its range is within. A rate whose work is not modelled
/// cannot be judged and makes no evidence, nor does a range that nothing can
/// be too slow for: a time without an upper end, a rate without a lower one.
#[must_use]
pub fn ranges(
    expected: &[(&str, &Expectation, &Place)],
    classes: &[String],
    time: (Nanos, Nanos, Nanos),
    work: &Work,
) -> Vec<RangeEvidence> {
    for class in classes {
        let told: Vec<RangeEvidence> = expected
            .iter()
            .filter(|(name, _, _)| name == class)
            .flat_map(|(name, expectation, place)| of_class(name, expectation, place, time, work))
            .collect();
        if !told.is_empty() {
            return told;
        }
    }
    Vec::new()
}

fn of_class(
    class: &str,
    expectation: &Expectation,
    place: &Place,
    time: (Nanos, Nanos, Nanos),
    work: &Work,
) -> Vec<RangeEvidence> {
    let evidence = |quantity: &str, range: String, measured: String, outcome| RangeEvidence {
        class: class.to_owned(),
        quantity: quantity.to_owned(),
        range,
        measured,
        outcome,
        place: place.clone(),
    };
    let (location, low, high) = time;
    let mut told = Vec::new();
    if let Some(range) = expectation.time.filter(|range| range.hi.is_some()) {
        let outcome = if range.hi.is_some_and(|hi| low.0 > hi) {
            RangeOutcome::Slower
        } else if range.lo.is_some_and(|lo| high.0 < lo) {
            RangeOutcome::Faster
        } else {
            RangeOutcome::Within
        };
        told.push(evidence(
            "time",
            time_text(range),
            location.to_string(),
            outcome,
        ));
    }
    let rates = [
        ("tokens/s", expectation.tokens_per_second, work.tokens, 1.0),
        ("GFLOP/s", expectation.gflops, work.flops, 1e9),
        ("GB/s", expectation.gigabytes_per_second, work.bytes, 1e9),
    ];
    for (unit, range, amount, scale) in rates {
        let (Some(range), Some(amount)) = (range, amount) else {
            continue;
        };
        if range.lo.is_none_or(|lo| lo <= 0.0) {
            continue;
        }
        let rate = |time: Nanos| amount / scale / time.seconds();
        // A rate reads the other way round: the longest time is the lowest.
        let outcome = if range.lo.is_some_and(|lo| rate(low) < lo) {
            RangeOutcome::Slower
        } else if range.hi.is_some_and(|hi| rate(high) > hi) {
            RangeOutcome::Faster
        } else {
            RangeOutcome::Within
        };
        let text = format!("{} {unit}", ends(range, 1.0));
        let measured = format!("{} {unit}", digits(rate(location)));
        told.push(evidence(unit, text, measured, outcome));
    }
    told
}

/// `1-3 ms`, `< 15 us`: the unit is the largest in which the range's larger
/// end is one or more.
fn time_text(range: Range) -> String {
    let larger = range.hi.or(range.lo).unwrap_or(0.0);
    let (unit, scale) = match larger {
        ns if ns >= 1e9 => ("s", 1e9),
        ns if ns >= 1e6 => ("ms", 1e6),
        ns if ns >= 1e3 => ("us", 1e3),
        _ => ("ns", 1.0),
    };
    format!("{} {unit}", ends(range, scale))
}

fn ends(range: Range, scale: f64) -> String {
    match (range.lo, range.hi) {
        (Some(lo), Some(hi)) => format!("{}-{}", digits(lo / scale), digits(hi / scale)),
        (None, Some(hi)) => format!("< {}", digits(hi / scale)),
        (Some(lo), None) => format!("> {}", digits(lo / scale)),
        (None, None) => "any".to_owned(),
    }
}

/// Four significant digits at most where there is a fraction, and no more
/// than are needed.
fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 999.5 => 0,
        v if v >= 99.95 => 1,
        v if v >= 9.995 => 2,
        v if v >= 0.1 => 3,
        _ => 6,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(ns: f64) -> (Nanos, Nanos, Nanos) {
        (Nanos(ns), Nanos(ns), Nanos(ns))
    }

    fn range(lo: Option<f64>, hi: Option<f64>) -> Option<Range> {
        Some(Range { lo, hi })
    }

    fn one(
        expectation: &Expectation,
        time: (Nanos, Nanos, Nanos),
        work: &Work,
    ) -> Vec<(String, String, RangeOutcome)> {
        let place = Place::new("specs/moe.yaml", 3, 5);
        ranges(
            &[("gpu", expectation, &place)],
            &["gpu".to_owned()],
            time,
            work,
        )
        .into_iter()
        .map(|e| (e.range, e.measured, e.outcome))
        .collect()
    }

    #[test]
    fn a_time_above_its_range_is_slower_and_below_it_faster() {
        let expectation = Expectation {
            time: range(Some(1e6), Some(3e6)),
            ..Expectation::default()
        };
        for (ns, outcome) in [
            (0.9e6, RangeOutcome::Faster),
            (1e6, RangeOutcome::Within),
            (3e6, RangeOutcome::Within),
            (3.1e6, RangeOutcome::Slower),
        ] {
            let told = one(&expectation, exactly(ns), &Work::default());
            assert_eq!(
                told,
                [("1-3 ms".to_owned(), Nanos(ns).to_string(), outcome)]
            );
        }
        // The edge lies in the interval.
        let wide = (Nanos(3.1e6), Nanos(2.9e6), Nanos(3.3e6));
        let told = one(&expectation, wide, &Work::default());
        assert_eq!(told[0].2, RangeOutcome::Within);
    }

    #[test]
    fn a_range_that_nothing_is_too_slow_for_is_no_evidence() {
        let expectation = Expectation {
            time: range(Some(1.0), None),
            gflops: range(None, Some(1e9)),
            tokens_per_second: range(Some(0.0), None),
            gigabytes_per_second: None,
        };
        let work = Work {
            flops: Some(3e9),
            bytes: None,
            tokens: Some(128.0),
        };
        assert_eq!(one(&expectation, exactly(5e9), &work), []);
    }

    /// 128 tokens in 0.2 s are 640 a second; 3e9 FLOP in it are 15 GFLOP/s.
    #[test]
    fn a_rate_reads_the_other_way_round() {
        let work = Work {
            flops: Some(3e9),
            bytes: None,
            tokens: Some(128.0),
        };
        let expectation = Expectation {
            tokens_per_second: range(Some(700.0), Some(1000.0)),
            gflops: range(Some(5.0), Some(12.5)),
            gigabytes_per_second: range(Some(1.0), None),
            time: None,
        };
        assert_eq!(
            one(&expectation, exactly(0.2e9), &work),
            [
                (
                    "700-1000 tokens/s".to_owned(),
                    "640 tokens/s".to_owned(),
                    RangeOutcome::Slower
                ),
                (
                    "5-12.5 GFLOP/s".to_owned(),
                    "15 GFLOP/s".to_owned(),
                    RangeOutcome::Faster
                ),
            ]
        );
    }

    #[test]
    fn the_closest_class_that_has_a_range_decides() {
        let tight = Expectation {
            time: range(None, Some(500_000.0)),
            ..Expectation::default()
        };
        let loose = Expectation {
            time: range(None, Some(2e9)),
            ..Expectation::default()
        };
        let (near, far) = (Place::new("a", 1, 1), Place::new("b", 1, 1));
        let expected = [("any", &loose, &far), ("h100", &tight, &near)];
        let on = |classes: &[&str]| {
            let classes: Vec<String> = classes.iter().map(|&c| c.to_owned()).collect();
            ranges(&expected, &classes, exactly(1e6), &Work::default())
                .into_iter()
                .map(|e| (e.class, e.range, e.outcome))
                .collect::<Vec<_>>()
        };
        let by =
            |class: &str, range: &str, outcome| vec![(class.to_owned(), range.to_owned(), outcome)];
        assert_eq!(
            on(&["h100", "any"]),
            by("h100", "< 500 us", RangeOutcome::Slower)
        );
        assert_eq!(on(&["m1", "any"]), by("any", "< 2 s", RangeOutcome::Within));
        assert_eq!(on(&["m1"]), []);
    }
}
