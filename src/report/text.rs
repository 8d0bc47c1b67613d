//! Numbers and lines of text, as people read them.

use crate::kit::{Nanos, Ratio, visible};
use crate::stats::Change;

use super::{CaseReport, Rate};

/// The most of a foreign message (a panic, a driver's word) that is shown.
const LONGEST: usize = 600;

/// Text from elsewhere, made safe for a terminal: one line, nothing that it
/// would obey or hide, not too long.
pub(super) fn clean(text: &str) -> String {
    // Most is so already: identities, places, sentences of the gate's own.
    if is_plain(text) {
        return text.to_owned();
    }
    let mut line = String::new();
    for word in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&visible(word));
        if line.len() > LONGEST {
            let short: String = line.chars().take(LONGEST).collect();
            return format!("{short} …");
        }
    }
    line
}

/// Whether a text is a short line of printable ASCII, its words one space apart.
fn is_plain(text: &str) -> bool {
    text.len() <= LONGEST
        && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && !(text.starts_with(' ') || text.ends_with(' ') || text.contains("  "))
}

/// Columns that a text takes, near enough: identities and messages are ASCII,
/// and the few signs beside them are one column wide.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Lines of a text, each at most so wide, the first after `first` and all
/// others after `rest`. Breaks between words, within a long identity after its
/// punctuation, and anywhere if it must.
pub(super) fn wrap(text: &str, columns: Option<usize>, first: &str, rest: &str) -> Vec<String> {
    let Some(columns) = columns else {
        return vec![format!("{first}{text}").trim_end().to_owned()];
    };
    let room = columns.saturating_sub(width(rest).max(width(first))).max(8);
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut blank = true;
    for word in words(text) {
        for (index, piece) in pieces(&word, room).iter().enumerate() {
            let space = if index == 0 && !blank { " " } else { "" };
            if !blank && width(&line) + space.len() + width(piece) > columns {
                lines.push(std::mem::replace(&mut line, rest.to_owned()));
            } else {
                line.push_str(space);
            }
            line.push_str(piece);
            blank = false;
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// The words of a text; a number keeps its unit.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let bare = word.trim_end_matches([',', ';', ':', ')', ']']);
        let unit = matches!(bare, "%" | "ns" | "us" | "ms" | "s");
        match words.last_mut() {
            Some(last) if unit && last.ends_with(|c: char| c.is_ascii_digit()) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// A word cut into pieces of at most so many columns, after punctuation where
/// that is possible.
fn pieces(word: &str, columns: usize) -> Vec<String> {
    if width(word) <= columns {
        return vec![word.to_owned()];
    }
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for part in word.split_inclusive([',', ']', '[', '/', '@', ':', ';']) {
        for character in part.chars() {
            if width(&piece) == columns {
                pieces.push(std::mem::take(&mut piece));
            }
            piece.push(character);
        }
        pieces.push(std::mem::take(&mut piece));
    }
    pieces.push(piece);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// A relative amount without a sign: `2 %`, `0.5 %`, `12.5 %`.
pub(super) fn percent(ratio: Ratio) -> String {
    let percent = ratio.0 * 100.0;
    if !percent.is_finite() {
        return "∞ %".to_owned();
    }
    let decimals = match percent.abs() {
        p if p < 9.995 => 2,
        p if p < 99.95 => 1,
        _ => 0,
    };
    let text = format!("{percent:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{text} %")
}

/// Percent of the roofline: two digits are enough for a model.
pub(super) fn roofline(ratio: Ratio) -> String {
    let percent = ratio.0 * 100.0;
    if percent < 9.95 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// One end of an interval: as a signed percentage, without its sign `%`.
fn end(ratio: Ratio) -> String {
    match ratio.0 {
        r if r.is_nan() => "?".to_owned(),
        f64::INFINITY => "+∞".to_owned(),
        f64::NEG_INFINITY => "-∞".to_owned(),
        _ => ratio.to_string().trim_end_matches(" %").to_owned(),
    }
}

/// A change with its interval: `+0.31 % [-0.52, +1.12]`.
pub(super) fn change(change: &Change) -> String {
    interval((change.estimate, change.lower(), change.upper()))
}

/// An estimate with both ends of its interval.
pub(super) fn interval((estimate, low, high): (Ratio, Ratio, Ratio)) -> String {
    format!("{} % [{}, {}]", end(estimate), end(low), end(high))
}

/// A time with its interval, `6.31 us ±0.40 %`: the farther end's distance.
/// Without the interval where there is none, as after a single round.
pub(super) fn time((location, low, high): (Nanos, Nanos, Nanos)) -> String {
    let half = (high.0 / location.0 - 1.0).max(1.0 - low.0 / location.0);
    if half.is_finite() && half > 0.0 {
        let half = Ratio(half).to_string();
        format!("{location} ±{}", half.trim_start_matches('+'))
    } else {
        location.to_string()
    }
}

/// A case's time with its interval; one round has no other to differ from, so
/// it says that it is one.
pub(super) fn measured(case: &CaseReport) -> Option<String> {
    let (location, low, high) = case.time?;
    Some(match case.rounds.len() {
        1 => format!("{location} (one round)"),
        _ => time((location, low, high)),
    })
}

/// A rate to three digits, in a unit that keeps it short: `12.3 GB/s`,
/// `27.6 TFLOP/s`, `5.12 MB/s`, `159k tokens/s`.
pub(super) fn rate(rate: &Rate) -> String {
    let Rate { unit, value } = rate;
    let others = match unit.as_str() {
        "GFLOP/s" => Some(["TFLOP/s", "MFLOP/s", "kFLOP/s"]),
        "GB/s" => Some(["TB/s", "MB/s", "kB/s"]),
        _ => None,
    };
    let digits = |value: f64| {
        let decimals = match value.abs() {
            v if v < 9.995 => 2,
            v if v < 99.95 => 1,
            _ => 0,
        };
        format!("{value:.decimals$}")
    };
    match (others, *value) {
        (Some([tera, ..]), 9_999.5..) => format!("{} {tera}", digits(value / 1e3)),
        (Some([_, mega, _]), 0.000_999_5..0.9995) => format!("{} {mega}", digits(value * 1e3)),
        (Some([.., kilo]), f64::MIN_POSITIVE..0.000_999_5) => {
            format!("{} {kilo}", digits(value * 1e6))
        }
        (None, 9_999.5e3..) => format!("{}M {unit}", digits(value / 1e6)),
        (None, 9_999.5..) => format!("{}k {unit}", digits(value / 1e3)),
        (None, f64::MIN_POSITIVE..0.0995) => format!("{value:.2e} {unit}"),
        _ => format!("{} {unit}", digits(*value)),
    }
}

/// `1 case`, `2 cases`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A time with all the digits that rounds differ in.
pub(super) fn exact(time: Nanos) -> String {
    let (value, unit) = match time.0 {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "us"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    let decimals = match value {
        v if v < 10.0 => 4,
        v if v < 100.0 => 3,
        _ => 2,
    };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_to_their_width() {
        let text = "slower than its baseline: moe/topk[experts=8,k=2,tokens=128]@workgroup=64";
        for columns in [20, 30, 40, 60] {
            let lines = wrap(text, Some(columns), "  ", "    ");
            assert!(lines.iter().all(|line| width(line) <= columns), "{lines:?}");
            let joined: String = lines.concat().split_whitespace().collect();
            let whole: String = text.split_whitespace().collect();
            assert_eq!(joined, whole);
        }
        assert_eq!(wrap(text, None, "- ", ""), [format!("- {text}")]);
        assert_eq!(wrap("", Some(10), "a", ""), ["a"]);
    }

    #[test]
    fn a_number_keeps_its_unit() {
        let lines = wrap("took 31.2 us, and 12 %", Some(10), "", "");
        assert_eq!(lines, ["took", "31.2 us,", "and 12 %"]);
    }

    #[test]
    fn an_identity_breaks_after_its_punctuation() {
        let lines = wrap("moe/topk[experts=8,tokens=128]", Some(20), "", "  ");
        assert_eq!(lines, ["moe/topk[experts=8,", "  tokens=128]"]);
    }

    #[test]
    fn what_a_driver_says_cannot_move_the_cursor() {
        assert_eq!(clean("a\u{1b}[2J\n\tb\r\n"), "a [2J b");
        assert_eq!(clean("a\u{202e}b \u{200b}"), "a\\u{202e}b \\u{200b}");
        assert!(clean(&"x ".repeat(10_000)).len() < 700);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(percent(Ratio(0.02)), "2 %");
        assert_eq!(percent(Ratio(0.125)), "12.5 %");
        assert_eq!(percent(Ratio(1.0)), "100 %");
        assert_eq!(percent(Ratio(f64::INFINITY)), "∞ %");
        assert_eq!(roofline(Ratio(0.0049)), "0.5 %");
        assert_eq!(roofline(Ratio(0.52)), "52 %");
        let of = |unit: &str, value| {
            rate(&Rate {
                unit: unit.into(),
                value,
            })
        };
        assert_eq!(of("GB/s", 12.34), "12.3 GB/s");
        assert_eq!(of("GFLOP/s", 27_600.0), "27.6 TFLOP/s");
        assert_eq!(of("GB/s", 0.9994), "999 MB/s");
        assert_eq!(of("GB/s", 0.005_12), "5.12 MB/s");
        assert_eq!(of("GFLOP/s", 0.000_009_4), "9.40 kFLOP/s");
        assert_eq!(of("GB/s", 0.0), "0.00 GB/s");
        assert_eq!(of("tokens/s", 0.5), "0.50 tokens/s");
        assert_eq!(of("tokens/s", 0.021), "2.10e-2 tokens/s");
        assert_eq!(of("tokens/s", 158_730.0), "159k tokens/s");
        assert_eq!(of("tokens/s", 20.3e6), "20.3M tokens/s");
        assert_eq!(of("tokens/s", 640.0), "640 tokens/s");
    }

    #[test]
    fn a_time_shows_its_wider_half() {
        let time = |location, low, high| time((Nanos(location), Nanos(low), Nanos(high)));
        assert_eq!(time(1_000.0, 995.0, 1_004.0), "1.00 us ±0.50 %");
        assert_eq!(time(1_000.0, 1_000.0, 1_000.0), "1.00 us");
        assert_eq!(time(1_000.0, f64::NEG_INFINITY, f64::INFINITY), "1.00 us");
    }
}
