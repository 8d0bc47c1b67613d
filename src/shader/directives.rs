//! The directives at a module's head: what it enables, and the one that naga
//! does not take.

use std::ops::Range;

/// What a module's `enable` directives ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Enabled {
    /// `enable f16;`
    pub(super) f16: bool,
    /// `enable wgpu_cooperative_matrix;`
    pub(super) cooperative_matrix: bool,
    /// Where `subgroups` is asked for.
    subgroups: Vec<Range<usize>>,
}

/// Reads the directives; they stand before everything else (WGSL, section
/// 4, directives).
pub(super) fn read(text: &str) -> Enabled {
    let mut enabled = Enabled::default();
    let mut at = 0;
    loop {
        at = skip_blank(text, at);
        let word = word_at(text, at);
        if !matches!(word, "enable" | "requires" | "diagnostic") {
            return enabled;
        }
        let Some(end) = text[at..].find(';').map(|length| at + length + 1) else {
            return enabled;
        };
        if word == "enable" {
            let mut name_at = at + word.len();
            let mut others = 0;
            let mut subgroups = Vec::new();
            for name in text[name_at..end - 1].split(',') {
                let range = name_at..name_at + name.len();
                name_at = range.end + 1;
                match name.trim() {
                    "f16" => enabled.f16 = true,
                    "wgpu_cooperative_matrix" => enabled.cooperative_matrix = true,
                    "subgroups" => {
                        subgroups.push(range);
                        continue;
                    }
                    _ => {}
                }
                others += 1;
            }
            if others == 0 {
                enabled.subgroups.push(at..end);
            } else {
                // Take a comma with each name: the one before it, or the one
                // after the list's first.
                enabled.subgroups.extend(subgroups.into_iter().map(|range| {
                    if text[..range.start].ends_with(',') {
                        range.start - 1..range.end
                    } else {
                        range.start + 1..range.end + 1
                    }
                }));
            }
        }
        at = end;
    }
}

/// The text without `subgroups` among the enabled extensions, which naga 30
/// rejects although it knows the operations; none where it is not there.
/// Blanks stand in its place, so lines and columns stay.
pub(super) fn without_subgroups(text: &str, enabled: &Enabled) -> Option<String> {
    if enabled.subgroups.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in &enabled.subgroups {
        for byte in &mut bytes[range.clone()] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    // Only whole words and their neighbours were blanked.
    String::from_utf8(bytes).ok()
}

/// The word that begins at a byte.
fn word_at(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(rest.len());
    &rest[..end]
}

/// The first byte from `at` on that is neither blank nor comment.
fn skip_blank(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.starts_with("//") {
            at += trimmed.find('\n').unwrap_or(trimmed.len());
        } else if trimmed.starts_with("/*") {
            at += block_comment(trimmed);
        } else {
            return at;
        }
    }
}

/// Length of the block comment that a text begins with; they nest.
pub(super) fn block_comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(text: &str) -> Option<String> {
        without_subgroups(text, &read(text))
    }

    #[test]
    fn only_the_word_subgroups_goes_and_every_line_stays() {
        assert_eq!(
            strip("// a\nenable subgroups;\nfn f() {}").as_deref(),
            Some("// a\n                 \nfn f() {}")
        );
        assert_eq!(
            strip("enable f16, subgroups;\n").as_deref(),
            Some("enable f16           ;\n")
        );
        assert_eq!(
            strip("enable subgroups, f16;\n").as_deref(),
            Some("enable            f16;\n")
        );
    }

    #[test]
    fn what_is_no_directive_is_left_alone() {
        assert_eq!(strip("/* enable subgroups; */ fn f() {}"), None);
        assert_eq!(strip("fn f() {} enable subgroups;"), None);
        assert_eq!(strip("enable subgroups"), None);
        assert_eq!(strip("/* /* open"), None);
        assert_eq!(strip("é"), None);
    }

    #[test]
    fn extensions_are_found_behind_comments_and_other_directives() {
        let enabled =
            read("/* /* é */ */ diagnostic(off, x);\nenable f16,wgpu_cooperative_matrix;");
        assert!(enabled.f16 && enabled.cooperative_matrix);
        assert_eq!(read("// enable f16;\n"), Enabled::default());
    }
}
