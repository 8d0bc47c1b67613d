//! Tokens in, every path that names something outside its own module out.

use super::lexer::{Kind, Token};

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Into this crate: the segments below its root. Empty for the root
    /// itself.
    Own(Vec<String>),
    /// Into another crate, or to a name in scope: the first segment.
    Other(String),
}

/// A path that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) line: usize,
    pub(crate) target: Target,
    /// The last segment.
    pub(crate) last: String,
    /// It ends with `*`.
    pub(crate) glob: bool,
    /// It stands in a `pub use`.
    pub(crate) reexport: bool,
}

/// Every path of a file: the leaves of `use` trees, and in code each path with
/// `::`. `module` is the file's own, below the crate's root.
pub(crate) fn paths(tokens: &[Token], module: &[String]) -> Vec<Found> {
    let mut walk = Walk {
        tokens,
        module: module.to_vec(),
        opened: Vec::new(),
        depth: 0,
        at: 0,
        found: Vec::new(),
    };
    while walk.at < tokens.len() {
        walk.step();
    }
    walk.found
}

/// Keywords that may stand right before a leading `::`.
const BEFORE_A_PATH: &[&str] = &[
    "as", "dyn", "else", "if", "impl", "in", "match", "mut", "return",
];

struct Walk<'a> {
    tokens: &'a [Token],
    module: Vec<String>,
    /// Depth of braces at which each inline module was opened.
    opened: Vec<usize>,
    depth: usize,
    at: usize,
    found: Vec<Found>,
}

impl Walk<'_> {
    fn is(&self, index: usize, text: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is(text))
    }

    fn word(&self, index: usize) -> Option<&str> {
        let token = self.tokens.get(index)?;
        (token.kind == Kind::Word).then_some(token.text.as_str())
    }

    /// Whether the token before is that one.
    fn follows(&self, text: &str) -> bool {
        self.at
            .checked_sub(1)
            .is_some_and(|before| self.is(before, text))
    }

    fn step(&mut self) {
        let at = self.at;
        if self.is(at, "{") {
            self.depth += 1;
        } else if self.is(at, "}") {
            if self.opened.last() == Some(&self.depth) {
                self.opened.pop();
                self.module.pop();
            }
            self.depth = self.depth.saturating_sub(1);
        } else if self.is(at, "mod") && self.is(at + 2, "{") {
            if let Some(name) = self.word(at + 1) {
                let name = name.to_owned();
                self.module.push(name);
                self.opened.push(self.depth + 1);
            }
        } else if self.is(at, "use") && !self.is(at + 1, "<") {
            let reexport = self.is_public();
            self.at += 1;
            self.tree(&[], reexport);
            return;
        } else if self.is(at, "extern") && self.is(at + 1, "crate") {
            if let Some(name) = self.word(at + 2) {
                let name = name.to_owned();
                self.record(self.tokens[at].line, vec![name], false, false);
            }
            self.at += 2;
        } else if self.starts_a_path() {
            self.path();
            return;
        }
        self.at += 1;
    }

    /// Whether the item that begins here is `pub` in any form.
    fn is_public(&self) -> bool {
        if self.follows(")") {
            let open = (0..self.at).rev().find(|index| self.is(*index, "("));
            return open
                .and_then(|open| open.checked_sub(1))
                .is_some_and(|before| self.is(before, "pub"));
        }
        self.follows("pub")
    }

    /// A name before `::`, and not itself behind a `::` or a dot; a leading
    /// `::` begins a path too.
    fn starts_a_path(&self) -> bool {
        let at = self.at;
        let Some(word) = self.word(at) else {
            return false;
        };
        if !self.is(at + 1, "::") || self.follows(".") || BEFORE_A_PATH.contains(&word) {
            return false;
        }
        if !self.follows("::") {
            return true;
        }
        // `a::b` and `<T>::b` go on; in `(::b` and `return ::b` the path begins.
        let goes_on = |before: usize| {
            self.is(before, ">")
                || self
                    .word(before)
                    .is_some_and(|word| !BEFORE_A_PATH.contains(&word))
        };
        !at.checked_sub(2).is_some_and(goes_on)
    }

    fn path(&mut self) {
        let line = self.tokens[self.at].line;
        let mut segments = Vec::new();
        while let Some(word) = self.word(self.at) {
            segments.push(word.to_owned());
            self.at += 1;
            if !(self.is(self.at, "::") && self.word(self.at + 1).is_some()) {
                break;
            }
            self.at += 1;
        }
        self.record(line, segments, false, false);
    }

    /// A `use` tree below a prefix; ends at its `,`, `}` or `;`.
    fn tree(&mut self, prefix: &[String], reexport: bool) {
        let mut segments = prefix.to_vec();
        if self.is(self.at, "::") {
            self.at += 1;
        }
        while self.at < self.tokens.len() {
            let line = self.tokens[self.at].line;
            if self.is(self.at, "{") {
                self.at += 1;
                while self.at < self.tokens.len() && !self.is(self.at, "}") {
                    if self.is(self.at, ",") {
                        self.at += 1;
                    } else {
                        let before = self.at;
                        self.tree(&segments, reexport);
                        // Never stand still, whatever the text.
                        self.at = self.at.max(before + 1);
                    }
                }
                self.at += 1;
                return;
            }
            if self.is(self.at, "*") {
                self.record(line, segments, true, reexport);
                self.at += 1;
                return;
            }
            let Some(word) = self.word(self.at) else {
                return;
            };
            segments.push(word.to_owned());
            self.at += 1;
            if self.is(self.at, "::") {
                self.at += 1;
                continue;
            }
            self.record(line, segments, false, reexport);
            if self.is(self.at, "as") {
                self.at += 2;
            }
            return;
        }
    }

    fn record(&mut self, line: usize, segments: Vec<String>, glob: bool, reexport: bool) {
        let last = segments.last().cloned().unwrap_or_default();
        let target = self.resolve(&segments);
        self.found.push(Found {
            line,
            target,
            last,
            glob,
            reexport,
        });
    }

    fn resolve(&self, segments: &[String]) -> Target {
        let mut from = match segments.first().map(String::as_str) {
            // `kernel_gate` is how the binary names the library.
            Some("crate" | "kernel_gate") => Vec::new(),
            Some("self" | "super") => self.module.clone(),
            first => return Target::Other(first.unwrap_or_default().to_owned()),
        };
        for segment in segments {
            match segment.as_str() {
                "super" => {
                    from.pop();
                }
                "self" | "crate" | "kernel_gate" => {}
                name => from.push(name.to_owned()),
            }
        }
        Target::Own(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::lexer::tokens;

    /// Where all paths of a snippet in `src/run/worker.rs` lead.
    fn targets(source: &str) -> Vec<String> {
        let module = ["run".to_owned(), "worker".to_owned()];
        paths(&tokens(source), &module)
            .into_iter()
            .map(|found| match found.target {
                Target::Own(path) => format!("crate/{}", path.join("/")),
                Target::Other(name) => name,
            })
            .collect()
    }

    #[test]
    fn a_use_tree_gives_each_of_its_leaves() {
        assert_eq!(
            targets("use crate::{kit::{self, Place as P}, spec::*};"),
            ["crate/kit", "crate/kit/Place", "crate/spec"]
        );
        assert_eq!(
            targets("use {naga, ::wgpu::{self, Device}};"),
            ["naga", "wgpu", "wgpu"]
        );
    }

    #[test]
    fn super_climbs_from_the_module_that_it_stands_in() {
        assert_eq!(targets("use super::Device;"), ["crate/run/Device"]);
        assert_eq!(targets("use super::super::app;"), ["crate/app"]);
        assert_eq!(
            targets(
                "mod tests { use super::super::Device; fn f() { { super::g() } } } use super::h;"
            ),
            ["crate/run/Device", "crate/run/worker/g", "crate/run/h"]
        );
    }

    #[test]
    fn paths_in_code_are_found_where_they_begin() {
        assert_eq!(
            targets("let x: crate::kit::Nanos = a.b::<u8>(); wgpu::Queue::submit(self.q)"),
            ["crate/kit/Nanos", "wgpu"]
        );
        assert_eq!(
            targets("f(::wgpu::X, super::wgpu::Y)"),
            ["wgpu", "crate/run/wgpu/Y"]
        );
        assert_eq!(targets("return ::naga::parse()"), ["naga"]);
    }

    #[test]
    fn visibility_and_precise_capturing_are_no_paths() {
        assert!(targets("pub(crate) fn f(self) -> impl Sized + use<'a, T> {}").is_empty());
    }

    #[test]
    fn a_reexport_is_told_from_an_import() {
        let is_reexport = |source: &str| paths(&tokens(source), &[])[0].reexport;
        assert!(is_reexport("pub use crate::kit::Place;"));
        assert!(is_reexport("pub(in crate) use crate::kit::Place;"));
        assert!(!is_reexport("use crate::kit::Place;"));
        assert!(!is_reexport("fn f() { g(x); } use crate::kit::Place;"));
    }

    #[test]
    fn an_unfinished_tree_ends_with_the_file() {
        for source in [
            "use",
            "use a::",
            "use {{{",
            "use a::{b",
            "use }",
            "mod x {",
            "a::",
        ] {
            let _ = targets(source);
        }
    }
}
