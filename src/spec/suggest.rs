//! Did-you-mean, and quoting what a person wrote.

use std::fmt::Write as _;

/// Longest name that is compared with others.
const LONGEST_COMPARED: usize = 64;
/// Most candidates that are compared.
const MOST_COMPARED: usize = 4096;
/// Most candidates that are listed where none is close.
const MOST_LISTED: usize = 8;
/// Longest piece of a spec that is quoted in a message, in characters.
const LONGEST_QUOTED: usize = 60;

/// The candidate that was probably meant.
///
/// Nearest by Damerau-Levenshtein distance, at most a third of the longer
/// name's length; where two are as near, the first in the alphabet.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST_COMPARED {
        return None;
    }
    let lower = name.to_lowercase();
    candidates
        .into_iter()
        .take(MOST_COMPARED)
        .filter(|candidate| candidate.len() <= LONGEST_COMPARED)
        .filter_map(|candidate| {
            let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
            let longer = name.chars().count().max(candidate.chars().count());
            (distance <= longer / 3).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The end of a message about an unknown name: `; did you mean …?`, or the
/// known names where they are few, or nothing.
#[must_use]
pub fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    if let Some(near) = nearest(name, candidates.clone()) {
        return format!("; did you mean `{near}`?");
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

/// What a person wrote, fit for one line of a message: control characters
/// escaped, long text cut.
pub(super) fn short(text: &str) -> String {
    let mut out = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST_QUOTED {
            out.push('…');
            break;
        }
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(nearest("topkk", ["topk", "combine"]), Some("topk"));
        assert_eq!(nearest("mian", ["main"]), Some("main"));
        assert_eq!(nearest("Kernel", ["kernel"]), Some("kernel"));
    }

    #[test]
    fn another_word_is_not_a_slip() {
        assert_eq!(nearest("k", ["m", "n"]), None);
        assert_eq!(nearest("attention", ["topk"]), None);
        assert_eq!(nearest(&"x".repeat(1 << 20), ["x"]), None);
    }

    #[test]
    fn few_known_names_are_listed() {
        assert_eq!(
            did_you_mean("attention", ["topk", "combine"]),
            "; it can be `combine` or `topk`"
        );
    }

    #[test]
    fn a_quotation_stays_on_its_line() {
        assert_eq!(short("a\nb"), "a\\nb");
        assert_eq!(short(&"x".repeat(100)).chars().count(), 61);
    }
}
