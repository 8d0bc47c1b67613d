//! Rounds as marks on a line of text.

use crate::kit::{Nanos, Ratio};

/// A line of the plot: its name, and the times that have a mark on it.
pub(super) struct Strip<'a> {
    pub(super) name: &'a str,
    pub(super) times: Vec<Nanos>,
    /// What marks one time; several in one place are counted.
    pub(super) mark: char,
}

/// Widest name.
const NAME: usize = 9;

/// The strips below one scale of so many columns, which is linear in time; its
/// ends are told as times and, against `origin`, as changes. None without any
/// time.
pub(super) fn plot(strips: &[Strip<'_>], origin: Nanos, columns: usize) -> Vec<String> {
    let all: Vec<f64> = strips
        .iter()
        .flat_map(|strip| strip.times.iter().map(|time| time.0))
        .filter(|time| time.is_finite())
        .collect();
    let (mut low, mut high) = all
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), time| {
            (low.min(*time), high.max(*time))
        });
    if all.is_empty() || columns < 2 {
        return Vec::new();
    }
    // All in one place: a scale of a thousandth around it.
    if high - low < low * 1e-6 {
        (low, high) = (low * 0.999, high * 1.001);
    }
    let end = |time: f64| {
        let change = Ratio(time / origin.0 - 1.0);
        if origin.0 > 0.0 {
            format!("{} ({change})", Nanos(time))
        } else {
            Nanos(time).to_string()
        }
    };
    let (left, right) = (end(low), end(high));
    let gap = (columns + 2).saturating_sub(left.chars().count() + right.chars().count());
    let mut lines = vec![format!(
        "{:NAME$} {left}{}{right}",
        "",
        " ".repeat(gap.max(1))
    )];
    for strip in strips.iter().filter(|strip| !strip.times.is_empty()) {
        let mut counts = vec![0_usize; columns];
        for time in &strip.times {
            let part = (time.0 - low) / (high - low);
            // A cast of what is no number gives 0.
            let at = (part * (columns - 1) as f64).round() as usize;
            counts[at.min(columns - 1)] += 1;
        }
        let cells: String = counts
            .into_iter()
            .map(|count| match count {
                0 => ' ',
                1 => strip.mark,
                2..=9 => char::from_digit(count as u32, 10).unwrap_or('#'),
                _ => '#',
            })
            .collect();
        lines.push(format!("{:<NAME$} |{cells}|", strip.name));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip<'a>(name: &'a str, times: &[f64]) -> Strip<'a> {
        Strip {
            name,
            times: times.iter().copied().map(Nanos).collect(),
            mark: 'o',
        }
    }

    #[test]
    fn marks_stand_at_their_times_and_equal_ones_are_counted() {
        let strips = [
            strip("baseline", &[1_000.0, 1_000.0, 1_010.0]),
            strip("now", &[1_050.0, 1_100.0]),
            strip("nothing", &[]),
        ];
        let lines = plot(&strips, Nanos(1_000.0), 41);
        insta::assert_snapshot!(lines.join("\n"), @r"
                  1.00 us (+0.00 %)         1.10 us (+10.0 %)
        baseline  |2   o                                    |
        now       |                    o                   o|
        ");
    }

    #[test]
    fn no_time_is_no_plot_and_equal_times_have_a_place() {
        assert!(plot(&[strip("now", &[])], Nanos(1.0), 40).is_empty());
        let lines = plot(&[strip("now", &[5.0, 5.0])], Nanos(5.0), 41);
        assert_eq!(lines[1].find('2'), Some("baseline  |".len() + 20));
        // Nothing that a file may hold breaks it.
        for time in [f64::NAN, f64::INFINITY, -1.0, 0.0, f64::MAX] {
            plot(&[strip("now", &[time, 1.0])], Nanos(time), 40);
        }
    }
}
