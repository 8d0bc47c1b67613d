//! Numbers with units, as a person writes them: `100 ms`, `50 MiB`, `2 %`.
//!
//! Every message is the end of a sentence that begins with what was written.

/// Units of time, in ns.
const TIMES: [(&str, f64); 8] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("min", 60e9),
    ("h", 3_600e9),
];

/// Units of memory, in bytes.
const SIZES: [(&str, u64); 8] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

/// Takes a number without a sign off the front: digits, a fraction, an
/// exponent. Only a finite one.
pub(super) fn take_number(text: &str) -> Option<(f64, &str)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes
            .iter()
            .skip(from)
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let mut end = digits(0);
    if end == 0 {
        return None;
    }
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    let value: f64 = text[..end].parse().ok()?;
    value.is_finite().then_some((value, &text[end..]))
}

/// Takes a unit's letters off the front; also the space around them.
pub(super) fn take_unit(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !c.is_alphabetic() && c != '%')
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// How many ns a unit of time has.
pub(super) fn time_unit(unit: &str) -> Result<f64, String> {
    if let Some((_, factor)) = TIMES.iter().find(|(name, _)| *name == unit) {
        return Ok(*factor);
    }
    if unit.is_empty() {
        return Err("has no unit; write ns, us, ms, s, min or h".to_owned());
    }
    Err(format!(
        "has the unit `{}`, which is none of time; write ns, us, ms, s, min or h",
        super::suggest::short(unit)
    ))
}

/// Reads a time above zero, in ns.
pub(super) fn time(text: &str) -> Result<f64, String> {
    let text = text.trim();
    if text.starts_with('-') {
        return Err("is below zero; no time is".to_owned());
    }
    let Some((value, rest)) = take_number(text) else {
        return Err("is no time; write a number and its unit, as in `100 ms`".to_owned());
    };
    let (unit, rest) = take_unit(rest);
    let value = value * time_unit(unit)?;
    if !rest.is_empty() {
        return Err(
            "goes on behind its unit; write one number and its unit, as in `100 ms`".into(),
        );
    }
    if value <= 0.0 || !value.is_finite() {
        return Err("is no length of time above zero".to_owned());
    }
    Ok(value)
}

/// Reads a size in bytes.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let wrong = || "is no size; write a number and its unit, as in `50 MiB`".to_owned();
    let (value, rest) = take_number(text.trim()).ok_or_else(wrong)?;
    let (unit, rest) = take_unit(rest);
    let Some((_, factor)) = SIZES.iter().find(|(name, _)| *name == unit) else {
        return Err("has no unit of memory; write B, KiB, MiB, GiB, kB, MB or GB".to_owned());
    };
    if !rest.is_empty() {
        return Err(wrong());
    }
    let bytes = (value * *factor as f64).round();
    // 2^53: beyond it an f64 does not count in ones.
    if !(1.0..=9_007_199_254_740_992.0).contains(&bytes) {
        return Err("is no size that a memory can have".to_owned());
    }
    Ok(bytes as u64)
}

/// Reads a share: `2%`, `2 %`, `0.02`. Gives 0.02 for each.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let wrong = || "is no share; write it as in `2%`".to_owned();
    let text = text.trim();
    if text.starts_with('-') {
        return Err("is below zero".to_owned());
    }
    let (value, rest) = take_number(text).ok_or_else(wrong)?;
    match take_unit(rest) {
        ("%", "") => Ok(value / 100.0),
        ("", "") => Ok(value),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_ns() {
        assert_eq!(time("100ms"), Ok(1e8));
        assert_eq!(time(" 60 s "), Ok(6e10));
        assert_eq!(time("1.5e2 µs"), Ok(1.5e5));
        assert_eq!(time("30min"), Ok(1.8e12));
        assert_eq!(time("1 h"), Ok(3.6e12));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "", "ms", "100", "-1 ms", "0 s", "1 parsec", "1 ms 2", "1e999 s", "1e300 s", "nan s",
            "inf s", "1 m",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_in_bytes() {
        assert_eq!(size("50 MiB"), Ok(52_428_800));
        assert_eq!(size("50MB"), Ok(50_000_000));
        assert_eq!(size("1.5 KiB"), Ok(1536));
        for text in ["", "50", "50 mib", "0 B", "1e30 GB", "-1 B"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shares_are_read_as_fractions() {
        assert_eq!(share("2%"), Ok(0.02));
        assert_eq!(share("99.5 %"), Ok(0.995));
        assert_eq!(share("0.02"), Ok(0.02));
        for text in ["", "%", "-2%", "2 percent", "2%%"] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
