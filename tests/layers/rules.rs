//! What each file under `src/` must keep to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::lexer::{Kind, Token, tokens};
use super::paths::{Found, Target, paths};

/// What each room may import, in pipeline order: a room may name those on its
/// right, and nothing else of this crate.
pub(crate) const ALLOWED: &[(&str, &[&str])] = &[
    ("kit", &[]),
    ("spec", &["kit"]),
    ("plan", &["kit", "spec"]),
    ("shader", &["kit", "plan"]),
    ("oracle", &["kit", "plan"]),
    ("stats", &["kit"]),
    ("run", &["kit", "plan", "shader", "oracle", "stats"]),
    ("baseline", &["kit", "stats"]),
    ("verdict", &["kit", "spec", "stats", "baseline"]),
    ("rounds", &["kit", "plan", "stats", "verdict"]),
    ("report", &["kit", "stats", "verdict"]),
    ("exit", &["kit"]),
    ("cli", &["kit", "exit"]),
    (
        "app",
        &[
            "kit", "spec", "plan", "shader", "oracle", "stats", "run", "baseline", "verdict",
            "rounds", "report", "exit", "cli",
        ],
    ),
    ("main", &["app", "cli", "exit"]),
];

/// Crates that only one place may know, so that one place is enough to
/// replace them.
const FENCED: &[(&str, &str)] = &[
    ("wgpu", "src/run/wgpu/"),
    ("naga", "src/shader/"),
    ("minijinja", "src/shader/"),
    ("serde_yaml", "src/spec/read.rs"),
    ("toml", "src/spec/project.rs"),
    ("annotate_snippets", "src/app/sources.rs"),
    ("indicatif", "src/app/"),
];

/// Where `unsafe` may be argued for: wgpu asks for it in a few calls.
const UNSAFE: &str = "src/run/wgpu/";

/// Where words may be printed; and the test whose child process is a worker,
/// which answers on its standard output.
const PRINTS: &[&str] = &["src/app/", "src/main.rs", "src/run/worker/tests.rs"];

/// The most lines of a file, and of `main.rs`.
const MOST_LINES: usize = 500;
const MOST_LINES_OF_MAIN: usize = 40;

/// Files that are longer for a reason, and the reason.
const LONGER: &[(&str, &str)] = &[];

/// A rule that a file breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Broken {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// What one file breaks, in order of lines, and the rooms that it imports.
pub(crate) struct Checked {
    pub(crate) broken: Vec<Broken>,
    pub(crate) imports: BTreeSet<String>,
}

/// The room of a file: the first name below `src/`; none for `lib.rs`.
pub(crate) fn room_of(file: &str) -> Option<&str> {
    let below = file.strip_prefix("src/")?;
    let first = below.split('/').next()?;
    Some(first.strip_suffix(".rs").unwrap_or(first)).filter(|room| *room != "lib")
}

/// Checks one file, named from the repository's root with slashes.
pub(crate) fn check(file: &str, source: &str) -> Checked {
    let tokens = tokens(source);
    let mut check = Check {
        file,
        broken: BTreeSet::new(),
        imports: BTreeSet::new(),
    };
    for found in paths(&tokens, &module_of(file)) {
        check.path(&found);
    }
    check.words(&tokens);
    check.attributes(&tokens);
    // What a room's tests share may stand at their door.
    let is_door = file.ends_with("/mod.rs") && !file.ends_with("/tests/mod.rs");
    if is_door || file == "src/lib.rs" {
        check.only_declares(&tokens);
    }
    check.length(source.lines().count());
    Checked {
        broken: check.broken.into_iter().collect(),
        imports: check.imports,
    }
}

/// A cycle among rooms, if there is one: its rooms in order, the first again
/// at the end.
pub(crate) fn cycle(imports: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn visit(
        room: &str,
        imports: &BTreeMap<String, BTreeSet<String>>,
        trail: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(begin) = trail.iter().position(|passed| passed == room) {
            let mut found = trail[begin..].to_vec();
            found.push(room.to_owned());
            return Some(found);
        }
        if !done.insert(room.to_owned()) {
            return None;
        }
        trail.push(room.to_owned());
        let found = imports
            .get(room)
            .into_iter()
            .flatten()
            .find_map(|next| visit(next, imports, trail, done));
        trail.pop();
        found
    }
    let mut done = BTreeSet::new();
    imports
        .keys()
        .find_map(|room| visit(room, imports, &mut Vec::new(), &mut done))
}

/// The module of a file, below the crate's root.
fn module_of(file: &str) -> Vec<String> {
    let below = file.strip_prefix("src/").unwrap_or(file);
    let below = below.strip_suffix(".rs").unwrap_or(below);
    let mut module: Vec<String> = below.split('/').map(str::to_owned).collect();
    if matches!(
        module.last().map(String::as_str),
        Some("mod" | "lib" | "main")
    ) {
        module.pop();
    }
    module
}

struct Check<'a> {
    file: &'a str,
    broken: BTreeSet<Broken>,
    imports: BTreeSet<String>,
}

impl Check<'_> {
    fn breaks(&mut self, line: usize, what: impl Into<String>) {
        self.broken.insert(Broken {
            file: self.file.to_owned(),
            line,
            what: what.into(),
        });
    }

    fn path(&mut self, found: &Found) {
        let line = found.line;
        if found.last == "stdout" || found.last == "stderr" {
            self.prints(line, &found.last);
        }
        let path = match &found.target {
            Target::Own(path) => path,
            Target::Other(name) => {
                if let Some((_, fence)) = FENCED.iter().find(|(fenced, _)| fenced == name)
                    && !self.file.starts_with(fence)
                {
                    self.breaks(line, format!("`{name}::` belongs to {fence} alone; if a module of that name is meant, write `self::{name}`"));
                } else if FENCED.iter().any(|(fenced, _)| fenced == name) && found.reexport {
                    self.breaks(
                        line,
                        format!("`pub use {name}` carries the crate out of its fence"),
                    );
                }
                return;
            }
        };
        let Some(here) = room_of(self.file) else {
            return;
        };
        let Some(there) = path.first() else {
            self.breaks(line, "names the crate's root, and so every room at once");
            return;
        };
        if there == here {
            return;
        }
        self.imports.insert(there.clone());
        let allowed = ALLOWED
            .iter()
            .find(|(room, _)| *room == here)
            .map_or(&[][..], |(_, allowed)| allowed);
        if !allowed.contains(&there.as_str()) {
            let may = match allowed {
                [] => "nothing of this crate".to_owned(),
                some => some.join(", "),
            };
            self.breaks(
                line,
                format!("`{here}` may not import `{there}`; it may import {may}"),
            );
        } else if found.reexport {
            self.breaks(
                line,
                format!("`{here}` may not re-export what is `{there}`'s: whoever needs it imports it from there"),
            );
        }
    }

    fn prints(&mut self, line: usize, what: &str) {
        if !PRINTS.iter().any(|place| self.file.starts_with(place)) {
            self.breaks(
                line,
                format!("`{what}` prints; only {} may", PRINTS.join(", ")),
            );
        }
    }

    /// Rules that single words break.
    fn words(&mut self, tokens: &[Token]) {
        for (at, token) in tokens.iter().enumerate() {
            if token.kind != Kind::Word {
                continue;
            }
            let is = |index: usize, text: &str| tokens.get(index).is_some_and(|t| t.is(text));
            let after = |text: &str| at > 0 && is(at - 1, text);
            match token.text.as_str() {
                "println" | "print" | "eprintln" | "eprint" | "dbg" if is(at + 1, "!") => {
                    self.prints(token.line, &format!("{}!", token.text));
                }
                // `.stdout(…)` is a child process's, and takes an argument.
                "stdout" | "stderr"
                    if is(at + 1, "(") && is(at + 2, ")") && !after(".") && !after("fn") =>
                {
                    self.prints(token.line, &token.text);
                }
                "unsafe" if !self.file.starts_with(UNSAFE) => {
                    self.breaks(token.line, format!("`unsafe` belongs to {UNSAFE} alone"));
                }
                _ => {}
            }
        }
    }

    /// `#[allow(…)]` hides a lint for good; `#[expect(…, reason = …)]` says
    /// why and complains when it is needed no more.
    fn attributes(&mut self, tokens: &[Token]) {
        let mut at = 0;
        while at < tokens.len() {
            let Some(end) = attribute_end(tokens, at) else {
                at += 1;
                continue;
            };
            let inside = &tokens[at..end];
            for (index, token) in inside.iter().enumerate() {
                if !inside.get(index + 1).is_some_and(|next| next.is("(")) {
                    continue;
                }
                if token.is("allow") {
                    self.breaks(
                        token.line,
                        "`allow` hides a lint for good; write `#[expect(lint, reason = \"…\")]`",
                    );
                }
                if token.is("expect") && !inside.iter().any(|token| token.is("reason")) {
                    self.breaks(token.line, "`expect` without `reason = \"…\"`");
                }
            }
            at = end;
        }
    }

    /// `mod.rs` is a sign on a door: doc, attributes, `mod name;`, `use …;`.
    fn only_declares(&mut self, tokens: &[Token]) {
        let is = |index: usize, text: &str| tokens.get(index).is_some_and(|t| t.is(text));
        let mut at = 0;
        while at < tokens.len() {
            if let Some(end) = attribute_end(tokens, at) {
                at = end;
                continue;
            }
            if is(at, "pub") {
                at += 1;
                if is(at, "(") {
                    at = (at..tokens.len())
                        .find(|index| is(*index, ")"))
                        .map_or(tokens.len(), |close| close + 1);
                }
                continue;
            }
            if is(at, "mod") && is(at + 2, ";") {
                at += 3;
            } else if is(at, "use") {
                at = (at..tokens.len())
                    .find(|index| is(*index, ";"))
                    .map_or(tokens.len(), |end| end + 1);
            } else {
                self.breaks(
                    tokens[at].line,
                    "holds more than doc, `mod name;` and `use`; move the code to a file of its own",
                );
                return;
            }
        }
    }

    fn length(&mut self, lines: usize) {
        let argued = LONGER.iter().any(|(file, _)| *file == self.file);
        let most = match self.file {
            "src/main.rs" => MOST_LINES_OF_MAIN,
            _ => MOST_LINES,
        };
        if lines > most && !argued {
            self.breaks(
                lines,
                format!("{lines} lines, and {most} are the most; split it, or argue for it in LONGER of tests/layers/rules.rs"),
            );
        }
        if lines <= most && argued {
            self.breaks(
                lines,
                "is argued for in LONGER, and is short enough now; take it out there",
            );
        }
    }
}

/// Where the attribute that begins here ends (behind its `]`), if one does.
fn attribute_end(tokens: &[Token], at: usize) -> Option<usize> {
    let is = |index: usize, text: &str| tokens.get(index).is_some_and(|t| t.is(text));
    let open = at + 1 + usize::from(is(at + 1, "!"));
    if !is(at, "#") || !is(open, "[") {
        return None;
    }
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.is("[") {
            depth += 1;
        } else if token.is("]") {
            depth -= 1;
            if depth == 0 {
                return Some(index + 1);
            }
        }
    }
    Some(tokens.len())
}
