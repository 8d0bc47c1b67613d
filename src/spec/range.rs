//! An expected range: `1-3 ms`, `< 0.5 ms`, `> 300`.

use std::fmt;

use super::quantity::{take_number, take_unit, time_unit};

/// A range of times (ns) or of rates (per second); at least one end is given,
/// both are finite, and the lower is below the upper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Lower end, if any.
    pub lo: Option<f64>,
    /// Upper end, if any.
    pub hi: Option<f64>,
}

/// What a range's numbers are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Time,
    Rate,
}

impl Kind {
    /// The end of every message about a malformed range.
    fn cure(self) -> &'static str {
        match self {
            Self::Time => "write it as in `1-3 ms`, `< 0.5 ms` or `> 2 us`",
            Self::Rate => "write it as in `300-1000`, `> 300` or `< 1000`",
        }
    }

    /// Takes a number, and its unit where it stands there.
    fn take(self, text: &str) -> Result<(f64, Option<f64>, &str), String> {
        let text = text.trim_start();
        if text.starts_with(['-', '−']) {
            let what = match self {
                Self::Time => "time",
                Self::Rate => "rate",
            };
            return Err(format!(
                "goes below zero, and no {what} does; {}",
                self.cure()
            ));
        }
        let (value, rest) =
            take_number(text).ok_or_else(|| format!("is no range; {}", self.cure()))?;
        let (unit, rest) = take_unit(rest);
        match (self, unit) {
            (_, "") => Ok((value, None, rest)),
            (Self::Time, unit) => Ok((value, Some(time_unit(unit)?), rest)),
            (Self::Rate, unit) => Err(format!(
                "has the unit `{}`, and a rate has none, its key says what it counts; {}",
                super::suggest::short(unit),
                self.cure()
            )),
        }
    }

    /// The factor of the one unit that must be there.
    fn factor(self, unit: Option<f64>) -> Result<f64, String> {
        match (self, unit) {
            (Self::Rate, _) => Ok(1.0),
            (Self::Time, Some(factor)) => Ok(factor),
            (Self::Time, None) => time_unit(""),
        }
    }

    fn parse(self, text: &str) -> Result<Range, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err(format!("is empty; {}", self.cure()));
        }
        let range = if let Some(rest) = text.strip_prefix('<') {
            Range {
                lo: None,
                hi: Some(self.one_end(rest)?),
            }
        } else if let Some(rest) = text.strip_prefix('>') {
            Range {
                lo: Some(self.one_end(rest)?),
                hi: None,
            }
        } else {
            self.both_ends(text)?
        };
        for end in [range.lo, range.hi].into_iter().flatten() {
            if !end.is_finite() {
                return Err("goes beyond what a number can hold".to_owned());
            }
        }
        if range.hi.is_some_and(|hi| hi <= 0.0) {
            return Err(format!("leaves no room above zero; {}", self.cure()));
        }
        Ok(range)
    }

    fn one_end(self, rest: &str) -> Result<f64, String> {
        if rest.trim_start().starts_with('=') {
            return Err(format!("has a `=` too many; {}", self.cure()));
        }
        let (value, unit, rest) = self.take(rest)?;
        if !rest.is_empty() {
            return Err(format!("goes on behind its end; {}", self.cure()));
        }
        Ok(value * self.factor(unit)?)
    }

    fn both_ends(self, text: &str) -> Result<Range, String> {
        let (lo, lo_unit, rest) = self.take(text)?;
        let Some(rest) = rest.strip_prefix(['-', '–']) else {
            return Err(if rest.is_empty() {
                format!("is one number and no range; {}", self.cure())
            } else {
                format!("is no range; {}", self.cure())
            });
        };
        let (hi, hi_unit, rest) = self.take(rest)?;
        if !rest.is_empty() {
            return Err(format!("goes on behind its end; {}", self.cure()));
        }
        let hi_factor = self.factor(hi_unit)?;
        let lo = lo * self.factor(lo_unit.or(hi_unit))?;
        let hi = hi * hi_factor;
        if lo > hi {
            return Err("runs backwards; write the lower end first".to_owned());
        }
        if lo == hi {
            return Err(format!("has no room between its ends; {}", self.cure()));
        }
        Ok(Range {
            lo: Some(lo),
            hi: Some(hi),
        })
    }
}

impl Range {
    /// Reads a range of times, such as `1-3 ms`, `< 15 us`, `> 2 ns`,
    /// `500us-2ms`, into ns.
    ///
    /// # Errors
    ///
    /// What is wrong, as the end of a sentence that begins with the text.
    pub fn parse_time(text: &str) -> Result<Self, String> {
        Kind::Time.parse(text)
    }

    /// Reads a range of a rate, such as `300-1000`, `> 5`, `< 3`.
    ///
    /// # Errors
    ///
    /// What is wrong, as the end of a sentence that begins with the text.
    pub fn parse_rate(text: &str) -> Result<Self, String> {
        Kind::Rate.parse(text)
    }

    /// What both ranges allow; `None` where they contradict each other.
    #[must_use]
    pub fn intersect(self, other: Self) -> Option<Self> {
        let pick = |a: Option<f64>, b: Option<f64>, choose: fn(f64, f64) -> f64| match (a, b) {
            (Some(a), Some(b)) => Some(choose(a, b)),
            (a, b) => a.or(b),
        };
        let both = Self {
            lo: pick(self.lo, other.lo, f64::max),
            hi: pick(self.hi, other.hi, f64::min),
        };
        match (both.lo, both.hi) {
            (Some(lo), Some(hi)) if lo >= hi => None,
            _ => Some(both),
        }
    }

    /// Prints it as a range of times: `1-3 ms`, `< 15 us`.
    pub fn as_time(&self) -> impl fmt::Display {
        Written {
            range: *self,
            kind: Kind::Time,
        }
    }

    /// Prints it as a range of a rate: `300-1000`, `> 5`.
    pub fn as_rate(&self) -> impl fmt::Display {
        Written {
            range: *self,
            kind: Kind::Rate,
        }
    }
}

struct Written {
    range: Range,
    kind: Kind,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { lo, hi } = self.range;
        let (factor, unit) = match self.kind {
            Kind::Rate => (1.0, ""),
            Kind::Time => match hi.or(lo).unwrap_or_default() {
                end if end < 1e3 => (1.0, " ns"),
                end if end < 1e6 => (1e3, " us"),
                end if end < 1e9 => (1e6, " ms"),
                _ => (1e9, " s"),
            },
        };
        let number = |value: f64| tidy(value / factor);
        f.pad(&match (lo, hi) {
            (Some(lo), Some(hi)) => format!("{}-{}{unit}", number(lo), number(hi)),
            (None, Some(hi)) => format!("< {}{unit}", number(hi)),
            (Some(lo), None) => format!("> {}{unit}", number(lo)),
            (None, None) => "any".to_owned(),
        })
    }
}

/// Nine significant digits, without the noise that units leave in the last.
fn tidy(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spec::tests::seeded;

    fn time(text: &str) -> (Option<f64>, Option<f64>) {
        let range = Range::parse_time(text).unwrap_or_else(|error| panic!("`{text}` {error}"));
        (range.lo, range.hi)
    }

    #[test]
    fn times_are_read_in_ns() {
        assert_eq!(time("1-3 ms"), (Some(1e6), Some(3e6)));
        assert_eq!(time("< 15 us"), (None, Some(15e3)));
        assert_eq!(time("<0.5ms"), (None, Some(0.5e6)));
        assert_eq!(time("> 2 ns"), (Some(2.0), None));
        assert_eq!(time("0.5-2ms"), (Some(0.5e6), Some(2e6)));
        assert_eq!(time("500us - 2ms"), (Some(0.5e6), Some(2e6)));
        assert_eq!(time("1–3 µs"), (Some(1e3), Some(3e3)));
        assert_eq!(time("1e-3-2e-3 s"), (Some(1e6), Some(2e6)));
        assert_eq!(time("0-3 ms"), (Some(0.0), Some(3e6)));
    }

    #[test]
    fn rates_have_no_unit() {
        assert_eq!(
            Range::parse_rate("300-1000"),
            Ok(Range {
                lo: Some(300.0),
                hi: Some(1000.0)
            })
        );
        assert!(Range::parse_rate("> 5").is_ok_and(|r| r.lo == Some(5.0) && r.hi.is_none()));
        assert!(Range::parse_rate("< 3").is_ok_and(|r| r.hi == Some(3.0) && r.lo.is_none()));
    }

    #[test]
    fn what_is_no_range_says_why() {
        let times = [
            "",
            "3-1ms",
            "1 parsec",
            "1-3 parsec",
            "-1-3 ms",
            "1--3 ms",
            "< -1 ms",
            "nan ms",
            "inf-3 ms",
            "1e999-3 ms",
            "1-3",
            "< 15",
            "1 ms",
            "1..3 ms",
            "<= 3 ms",
            "1-3 ms or so",
            "< 0 ms",
            "1-1 ms",
            "fast",
            "1ms-3",
            "< 1e300 s",
        ];
        let rates = [
            "",
            "5",
            "10-5",
            "-5-10",
            "300-1000 /s",
            "> 5 tokens",
            ">= 5",
        ];
        let all: Vec<String> = times
            .iter()
            .map(|text| (text, Range::parse_time(text)))
            .chain(rates.iter().map(|text| (text, Range::parse_rate(text))))
            .map(|(text, result)| match result {
                Ok(range) => panic!("`{text}` is {range:?}"),
                Err(why) => format!("`{text}` {why}"),
            })
            .collect();
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn a_range_prints_as_a_person_writes_it() {
        for text in [
            "1-3 ms",
            "< 15 us",
            "> 2 ns",
            "0.5-2 ms",
            "50-150 ms",
            "< 2 s",
            "0.1-3 us",
        ] {
            let range = Range::parse_time(text).expect("valid");
            assert_eq!(range.as_time().to_string(), text);
        }
        let range = Range::parse_rate("300-1000").expect("valid");
        assert_eq!(range.as_rate().to_string(), "300-1000");
    }

    #[test]
    fn two_ranges_agree_on_what_both_allow() {
        let range = |text| Range::parse_time(text).expect("valid");
        assert_eq!(
            range("1-3 ms").intersect(range("< 2 ms")),
            Some(range("1-2 ms"))
        );
        assert_eq!(
            range("> 1 ms").intersect(range("< 2 ms")),
            Some(range("1-2 ms"))
        );
        assert_eq!(range("1-3 ms").intersect(range("5-9 ms")), None);
        assert_eq!(range("1-3 ms").intersect(range("3-9 ms")), None);
    }

    proptest! {
        #![proptest_config(seeded(7_003))]

        #[test]
        fn a_printed_range_reads_back(lo in 1e-3..1e9f64, factor in 1.001..1e3f64) {
            let range = Range { lo: Some(lo), hi: Some(lo * factor) };
            let back = Range::parse_time(&range.as_time().to_string()).expect("reads back");
            for (a, b) in [(range.lo, back.lo), (range.hi, back.hi)] {
                let (a, b) = (a.expect("given"), b.expect("given"));
                prop_assert!((a - b).abs() <= 1e-8 * a, "{a} {b}");
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}") {
            let _ = (Range::parse_time(&text), Range::parse_rate(&text));
        }

        #[test]
        fn intersection_takes_no_side(a in 0.0..10f64, b in 0.0..10f64, c in 0.0..10f64, d in 0.0..10f64) {
            let one = Range { lo: Some(a.min(b)), hi: Some(a.max(b)) };
            let two = Range { lo: Some(c.min(d)), hi: Some(c.max(d)) };
            prop_assert_eq!(one.intersect(two), two.intersect(one));
        }
    }
}
