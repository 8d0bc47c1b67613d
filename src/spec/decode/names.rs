//! Names that a spec may give.

use crate::spec::Placed;
use crate::spec::node::{At, Key};
use crate::spec::suggest::short;

use super::Context;

/// Longest name, in bytes.
const LONGEST_NAME: usize = 64;

/// Words that expressions and identities keep for themselves.
pub(in crate::spec) const RESERVED: [&str; 17] = [
    "and", "or", "not", "min", "max", "ceil_div", "size_of", "device", "true", "false", "mode",
    "cache", "checks", "f16", "f32", "u32", "i32",
];

impl Context<'_> {
    /// A name that people give: letters, digits, `_`, `-`, with a letter in
    /// it; safe in identities, file names and globs.
    pub(super) fn name(&mut self, at: &impl At, text: &str, what: &str) -> Option<Placed<String>> {
        self.name_with(at, text, what, "_-")
    }

    /// A table's row, which may have a dot: `1.5b`.
    pub(super) fn row(&mut self, key: &Key) -> Option<Placed<String>> {
        self.name_with(key, &key.text, "a row", "_-.")
    }

    fn name_with(
        &mut self,
        at: &impl At,
        text: &str,
        what: &str,
        signs: &str,
    ) -> Option<Placed<String>> {
        let fits = text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || signs.contains(c));
        let lettered = text.chars().any(|c| c.is_ascii_alphabetic());
        if fits && lettered && text.len() <= LONGEST_NAME {
            return Some(self.placed(at, text.to_owned()));
        }
        let text = short(text);
        self.fail(
            at,
            format!(
                "`{text}` cannot name {what}; a name has letters, digits, `_` and `-`, at least one letter, and {LONGEST_NAME} characters at most"
            ),
        );
        None
    }

    /// A name that expressions and WGSL use: a letter or `_`, then letters,
    /// digits and `_`.
    pub(super) fn identifier(
        &mut self,
        at: &impl At,
        text: &str,
        what: &str,
    ) -> Option<Placed<String>> {
        let first = text
            .chars()
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !first || !fits || text.len() > LONGEST_NAME {
            let text = short(text);
            self.fail(
                at,
                format!(
                    "`{text}` cannot name {what}; such a name begins with a letter and has letters, digits and `_`, {LONGEST_NAME} characters at most"
                ),
            );
            return None;
        }
        Some(self.placed(at, text.to_owned()))
    }

    /// An identifier that expressions do not keep for themselves.
    pub(super) fn parameter(&mut self, key: &Key, what: &str) -> Option<Placed<String>> {
        if RESERVED.contains(&key.text.as_str()) {
            let cure = match key.text.as_str() {
                "mode" | "cache" | "checks" => {
                    "it is a setting of the kernel or the case, written beside `shape`"
                }
                _ => "it means something in expressions; take another name",
            };
            self.fail(key, format!("`{}` cannot name {what}; {cure}", key.text));
            return None;
        }
        self.identifier(key, &key.text, what)
    }
}
