//! A WGSL text as a person looks at it: where a function is, and what of it is
//! worth showing. Only for messages; naga decides what a text means.

use std::ops::Range;

/// Longest part of a text that is shown within a sentence, in characters.
const LONGEST: usize = 48;

/// A part of a text on one line, and not too long.
pub(super) fn short(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    let cut: String = line.chars().take(LONGEST).collect();
    format!("{cut}…")
}

/// Where a function's name stands in its declaration.
pub(super) fn function_name(wgsl: &str, name: &str) -> Option<Range<usize>> {
    let bare = without_comments(wgsl);
    let mut from = 0;
    while let Some(found) = bare[from..].find("fn") {
        let at = from + found;
        from = at + 2;
        let rest = &bare[from..];
        let begin = from + (rest.len() - rest.trim_start().len());
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let named = bare[begin..].strip_prefix(name);
        if begin > from
            && !bare[..at].ends_with(is_word)
            && named.is_some_and(|behind| !behind.starts_with(is_word))
        {
            return Some(begin..begin + name.len());
        }
    }
    None
}

/// An attribute of a function, with its parentheses.
pub(super) fn attribute(wgsl: &str, attribute: &str, function: &str) -> Option<Range<usize>> {
    let bare = without_comments(wgsl);
    let before = &bare[..function_name(wgsl, function)?.start];
    // Attributes stand behind what was declared before.
    let declared = before.rfind(['}', ';']).map_or(0, |at| at + 1);
    let at = declared + before[declared..].rfind(&format!("@{attribute}"))?;
    let end = bare[at..].find(')').map(|length| at + length + 1)?;
    Some(at..end)
}

/// Where a text nests deepest, by its brackets and by signs in a row; none where
/// it does not nest deep.
pub(super) fn deepest(wgsl: &str) -> Option<Range<usize>> {
    const DEEP: usize = 60;
    let bare = without_comments(wgsl);
    let (mut depth, mut signs) = (0_usize, 0_usize);
    let mut most = (DEEP, None);
    for (at, c) in bare.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match c {
            '-' | '!' | '~' | '&' | '*' => signs += 1,
            c if c.is_whitespace() => {}
            _ => signs = 0,
        }
        if depth + signs > most.0 {
            most = (depth + signs, Some(at..at + c.len_utf8()));
        }
    }
    most.1
}

/// A text with blanks in place of its comments, byte for byte.
fn without_comments(wgsl: &str) -> String {
    let mut bare = wgsl.as_bytes().to_vec();
    let mut at = 0;
    while at + 1 < bare.len() {
        let end = match &bare[at..at + 2] {
            b"//" => wgsl[at..]
                .find('\n')
                .map_or(wgsl.len(), |length| at + length),
            b"/*" => at + super::directives::block_comment(&wgsl[at..]),
            _ => {
                at += 1;
                continue;
            }
        };
        bare[at..end].fill(b' ');
        at = end;
    }
    // Comments are whole characters, of blanks now.
    String::from_utf8(bare).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "// fn main é\n/* @workgroup_size(9) fn main() */ fn mainly() { }
@compute @workgroup_size(8, 0) @must_use\nfn  main() { afn main; }";

    #[test]
    fn a_function_is_found_by_its_whole_name() {
        let of = |range: Option<Range<usize>>| range.and_then(|range| TEXT.get(range));
        let found = function_name(TEXT, "main").expect("a function");
        assert_eq!(&TEXT[found.clone()], "main");
        assert!(TEXT[..found.start].ends_with("\nfn  "));
        assert_eq!(of(function_name(TEXT, "mainl")), None);
        assert_eq!(
            of(attribute(TEXT, "workgroup_size", "main")),
            Some("@workgroup_size(8, 0)")
        );
        assert_eq!(of(attribute(TEXT, "workgroup_size", "mainly")), None);
    }

    #[test]
    fn the_deepest_place_is_found_where_it_is_deep() {
        assert_eq!(deepest("fn f() { return ((1)); }"), None);
        let deep = format!("é {}1{}", "(".repeat(80), ")".repeat(80));
        assert_eq!(deepest(&deep), Some(82..83));
        assert!(deepest(&format!("x = {}1;", "- ".repeat(70))).is_some());
    }

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(short("a +\n   b"), "a + b");
        assert_eq!(short(&"x".repeat(99)).chars().count(), LONGEST + 1);
    }
}
