//! Did-you-mean, and quoting what a person wrote.

use std::fmt::Write as _;

use crate::kit::{nearest, visible};

/// Most candidates that are listed where none is close.
const MOST_LISTED: usize = 8;
/// Longest piece of a spec that is quoted in a message, in characters.
const LONGEST_QUOTED: usize = 60;

/// The end of a message about an unknown name: `; did you mean …?`, or the
/// known names where they are few, or nothing.
#[must_use]
pub fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    if let Some(near) = nearest(name, candidates.clone()) {
        return format!("; did you mean `{}`?", short(near));
    }
    let mut known: Vec<&str> = candidates.into_iter().take(MOST_LISTED + 1).collect();
    known.sort_unstable();
    known.dedup();
    if known.is_empty() || known.len() > MOST_LISTED {
        return String::new();
    }
    format!("; it can be {}", one_of(&known))
}

/// `a`, `b` or `c`.
pub(super) fn one_of(words: &[&str]) -> String {
    let mut text = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            text.push_str(if index + 1 == words.len() {
                " or "
            } else {
                ", "
            });
        }
        let _ = write!(text, "`{}`", short(word));
    }
    text
}

/// What a person wrote, fit for one line of a message: what a terminal would
/// obey or hide is escaped, long text cut.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST_QUOTED) {
        Some((end, _)) => format!("{}…", visible(&text[..end])),
        None => visible(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_known_names_are_listed() {
        assert_eq!(
            did_you_mean("attention", ["topk", "combine"]),
            "; it can be `combine` or `topk`"
        );
    }

    #[test]
    fn a_quotation_stays_on_its_line() {
        assert_eq!(short("a\nb\u{202e}c"), "a\\nb\\u{202e}c");
        assert_eq!(short(&"x".repeat(100)).chars().count(), 61);
    }
}
