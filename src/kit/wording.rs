//! Words of messages: what was probably meant, and text from elsewhere made
//! fit to be shown.

/// Longest name that is compared with others.
const LONGEST_COMPARED: usize = 64;
/// Most candidates that are compared.
const MOST_COMPARED: usize = 4096;
/// Names of so few characters are like too many others: only their case is
/// mended.
const TOO_SHORT: usize = 2;

/// The candidate that was probably meant.
///
/// Nearest by Damerau-Levenshtein distance, at most a third of the longer
/// name's length, whatever the case of letters; where two are as near, the
/// first in the alphabet. Of one or two letters every name is near to some
/// other, so such a name, or such a candidate, is near only in another case.
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
            let (a, b) = (name.chars().count(), candidate.chars().count());
            let most = if a.min(b) <= TOO_SHORT {
                0
            } else {
                a.max(b) / 3
            };
            (distance <= most).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Text from elsewhere with everything escaped that a terminal would obey or
/// hide: control characters, and those that turn the direction of writing, join
/// or have no width (all of Unicode's "other" and "separator" categories but
/// the blank).
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ' '..='~' => shown.push(character),
            // The standard library knows what is printable. After a letter, so
            // that an accent of its own stays on it.
            _ => {
                let after: String = ['a', character].into_iter().collect();
                shown.extend(after.escape_debug().skip(1));
            }
        }
    }
    shown
}

/// The same for a text of several lines: breaks and tabs stay.
#[must_use]
pub fn visible_lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for part in text.split_inclusive(['\n', '\t']) {
        match part.char_indices().next_back() {
            Some((at, end @ ('\n' | '\t'))) => {
                shown.push_str(&visible(&part[..at]));
                shown.push(end);
            }
            Some(_) | None => shown.push_str(&visible(part)),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(nearest("topkk", ["topk", "combine"]), Some("topk"));
        assert_eq!(nearest("mian", ["main"]), Some("main"));
        assert_eq!(nearest("Kernel", ["kernel"]), Some("kernel"));
        assert_eq!(nearest("tokns", ["experts", "tokens"]), Some("tokens"));
    }

    #[test]
    fn another_word_is_not_a_slip() {
        assert_eq!(nearest("k", ["m", "n"]), None);
        assert_eq!(nearest("q", ["experts", "tokens"]), None);
        assert_eq!(nearest("attention", ["topk"]), None);
        assert_eq!(nearest(&"x".repeat(1 << 20), ["x"]), None);
    }

    /// `nk` is one letter from `n`, `k` and `nkn`, and means none of them.
    #[test]
    fn of_one_or_two_letters_only_the_case_is_mended() {
        assert_eq!(nearest("nk", ["n", "k", "kn", "nkn", "nks"]), None);
        assert_eq!(nearest("max", ["ma", "ax"]), None);
        assert_eq!(nearest("K", ["m", "k"]), Some("k"));
        assert_eq!(nearest("Kn", ["nk", "kn"]), Some("kn"));
    }

    #[test]
    fn nothing_that_a_terminal_obeys_or_hides_is_left() {
        assert_eq!(
            visible("a\u{1b}[2J\u{202e}b\u{200b}c\u{feff}\u{2066}\u{7f}\u{9b}"),
            r"a\u{1b}[2J\u{202e}b\u{200b}c\u{feff}\u{2066}\u{7f}\u{9b}"
        );
        assert_eq!(visible("\n\t\u{2028}\u{a0}"), r"\n\t\u{2028}\u{a0}");
    }

    #[test]
    fn what_can_be_read_stays_as_it_is() {
        let plain = "`it's` \"é\" e\u{301} \\ 面 ±0.5 % → ∞";
        assert_eq!(visible(plain), plain);
        assert_eq!(visible_lines("a\n\tb\u{7}\r\n"), "a\n\tb\\u{7}\\r\n");
        assert_eq!(visible_lines(""), "");
    }
}
