//! What a case is called: by its meaning, never by its place in a file.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::kit::{Cache, CaseId, Checks, Mode};

use super::Parameter;
use super::scope::Parameters;

/// `suite/kernel[k=2,tokens=128]`: the part that all variants share.
pub(super) fn subject(suite: &str, kernel: &str, shape: &Parameters) -> String {
    let mut text = format!("{suite}/{kernel}");
    for (index, (name, value)) in shape.iter().enumerate() {
        let sign = if index == 0 { '[' } else { ',' };
        // Writing to a string cannot fail.
        let _ = write!(text, "{sign}{name}={}", written(value));
    }
    if !shape.is_empty() {
        text.push(']');
    }
    text
}

/// `@cache=cold,workgroup=64`: the axes, and the settings that are not the
/// default, sorted together; empty where there are none.
pub(super) fn variant(axes: &Parameters, mode: Mode, cache: Cache, checks: Checks) -> String {
    let mut all: BTreeMap<&str, String> = axes
        .iter()
        .map(|(name, value)| (name.as_str(), written(value)))
        .collect();
    if mode != Mode::default() {
        all.insert("mode", mode.to_string());
    }
    if cache != Cache::default() {
        all.insert("cache", cache.to_string());
    }
    if checks != Checks::default() {
        all.insert("checks", checks.to_string());
    }
    let mut text = String::new();
    for (name, value) in all {
        let sign = if text.is_empty() { '@' } else { ',' };
        let _ = write!(text, "{sign}{name}={value}");
    }
    text
}

/// A value as identities write it: `64`, `f16`, `16x8`.
pub(super) fn written(value: &Parameter) -> String {
    match value {
        Parameter::Int(value) => value.to_string(),
        Parameter::Word(word) => word.clone(),
        Parameter::List(values) => values
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("x"),
    }
}

/// Why a word cannot stand in an identity; nothing where it can. A word that
/// reads as a number or a list would be taken for one.
pub(super) fn refuse_word(word: &str) -> Option<String> {
    let plain = !word.is_empty()
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '<' | '>'));
    if !plain {
        return Some(format!(
            "`{word}` cannot stand in a case's identity; use letters, digits, `_`, `.` and `-`"
        ));
    }
    let number = word.contains(|c: char| c.is_ascii_digit())
        && word
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, 'x' | '-'));
    number.then(|| {
        format!("the word `{word}` reads as a number; write it without quotes, or add a letter")
    })
}

/// Orders identities as people read them: as text, but numbers by their size,
/// so that `tokens=32` stands before `tokens=128`.
#[must_use]
pub fn reading_order(a: &CaseId, b: &CaseId) -> Ordering {
    let (mut left, mut right) = (a.0.as_bytes(), b.0.as_bytes());
    loop {
        match (left.first(), right.first()) {
            (Some(l), Some(r)) if l.is_ascii_digit() && r.is_ascii_digit() => {
                let ((first, rest), (second, other)) = (digits(left), digits(right));
                let order = first
                    .len()
                    .cmp(&second.len())
                    .then_with(|| first.cmp(second));
                if order != Ordering::Equal {
                    return order;
                }
                (left, right) = (rest, other);
            }
            (Some(l), Some(r)) if l == r => (left, right) = (&left[1..], &right[1..]),
            // Either they differ here, or one is the other's beginning, or
            // only leading zeros told them apart.
            (l, r) => return l.cmp(&r).then_with(|| a.cmp(b)),
        }
    }
}

/// The number that a text begins with, without leading zeros, and the rest.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let zeros = number.iter().take_while(|byte| **byte == b'0').count();
    (&number[zeros..], rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64) -> Parameter {
        Parameter::Int(value)
    }

    #[test]
    fn keys_are_sorted_and_defaults_are_silent() {
        let shape = Parameters::from([
            ("tokens".to_owned(), int(128)),
            ("experts".to_owned(), int(8)),
            ("k".to_owned(), int(2)),
        ]);
        let axes = Parameters::from([("workgroup".to_owned(), int(64))]);
        let tail = |mode, cache, checks| variant(&axes, mode, cache, checks);
        assert_eq!(
            subject("moe", "topk", &shape),
            "moe/topk[experts=8,k=2,tokens=128]"
        );
        assert_eq!(
            tail(Mode::Latency, Cache::Warm, Checks::Checked),
            "@workgroup=64"
        );
        assert_eq!(
            tail(Mode::Throughput, Cache::Cold, Checks::Unchecked),
            "@cache=cold,checks=unchecked,mode=throughput,workgroup=64"
        );
    }

    #[test]
    fn what_is_not_there_leaves_no_brackets() {
        let none = Parameters::new();
        assert_eq!(subject("s", "noop", &none), "s/noop");
        assert_eq!(
            variant(&none, Mode::Latency, Cache::Warm, Checks::Checked),
            ""
        );
    }

    #[test]
    fn lists_and_words_are_written_plainly() {
        assert_eq!(written(&Parameter::List(vec![16, 8])), "16x8");
        assert_eq!(written(&Parameter::Word("f16".into())), "f16");
    }

    #[test]
    fn numbers_order_by_size() {
        let id = |text: &str| CaseId(text.to_owned());
        let order = |a, b| reading_order(&id(a), &id(b));
        assert_eq!(order("a[t=32]", "a[t=128]"), Ordering::Less);
        assert_eq!(order("a[t=128]", "a[t=128]"), Ordering::Equal);
        assert_eq!(order("a[t=2]", "b[t=1]"), Ordering::Less);
        assert_eq!(order("a[t=1]", "a[t=1]@w=8"), Ordering::Less);
        assert_eq!(order("a[t=01]", "a[t=1]"), Ordering::Less);
    }

    #[test]
    fn what_would_blur_an_identity_is_refused() {
        for word in [
            "", "a,b", "a=b", "a b", "8", "8x8", "-1", "[a]", "a/b", "a@b",
        ] {
            assert!(refuse_word(word).is_some(), "{word:?}");
        }
        for word in ["f16", "7b", "very-long", "row_major", "vec4<f16>"] {
            assert_eq!(refuse_word(word), None, "{word:?}");
        }
    }
}
