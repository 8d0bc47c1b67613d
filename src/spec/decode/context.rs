//! What every decoder uses: errors, maps with known keys, scalars, lists.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::kit::{Place, nearest};
use crate::spec::node::{At, Entry, Key, Kind, Node, Plain};
use crate::spec::suggest::{did_you_mean, one_of, short};
use crate::spec::{Expr, Placed, SpecError};

/// Most mistakes that are collected in one file.
const MOST_ERRORS: usize = 100;
/// One file that is being decoded.
pub(in crate::spec) struct Context<'f> {
    /// Its name, as places show it.
    pub(in crate::spec) file: Arc<str>,
    /// Its folder, canonical.
    pub(in crate::spec) folder: &'f Path,
    /// The project's root, canonical.
    pub(in crate::spec) root: &'f Path,
    /// What it is written in, which examples have to be as well.
    pub(in crate::spec) language: Language,
    /// Mistakes found.
    pub(in crate::spec) errors: Vec<SpecError>,
}

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spec) enum Language {
    Yaml,
    Toml,
}

impl Language {
    /// An example, which is given in YAML: a key and its value, bare or a map
    /// of one.
    fn example(self, yaml: &str) -> String {
        match (self, yaml.split_once(": ")) {
            (Self::Toml, Some((key, value))) => {
                let inside = value.strip_prefix('{').and_then(|v| v.strip_suffix('}'));
                let value = match inside {
                    Some(entry) => format!("{{{}}}", self.example(entry)),
                    None if value.parse::<bool>().is_ok() || value.parse::<i64>().is_ok() => {
                        value.to_owned()
                    }
                    None => format!("\"{value}\""),
                };
                format!("{key} = {value}")
            }
            (Self::Toml, None) | (Self::Yaml, _) => yaml.to_owned(),
        }
    }

    /// What a map is called.
    fn map(self) -> &'static str {
        match self {
            Self::Yaml => "a map",
            Self::Toml => "a table",
        }
    }
}

/// The entries of a map whose keys are all known.
pub(super) struct Fields<'n> {
    entries: &'n [Entry],
    /// Known keys that unknown ones were probably meant to be.
    meant: Vec<String>,
}

impl<'n> Fields<'n> {
    pub(super) fn new(entries: &'n [Entry]) -> Self {
        Self {
            entries,
            meant: Vec::new(),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key.text == key)
    }

    pub(super) fn value(&self, key: &str) -> Option<&'n Node> {
        self.get(key).map(|entry| &entry.value)
    }

    /// Whether a key is missing because it is misspelt, which is told already.
    pub(super) fn misspelt(&self, key: &str) -> bool {
        self.get(key).is_none() && self.meant.iter().any(|meant| meant == key)
    }

    pub(super) fn entries(&self) -> &'n [Entry] {
        self.entries
    }
}

impl<'f> Context<'f> {
    pub(in crate::spec) fn new(file: &Arc<str>, folder: &'f Path, root: &'f Path) -> Self {
        Self {
            file: Arc::clone(file),
            folder,
            root,
            language: Language::Yaml,
            errors: Vec::new(),
        }
    }

    /// Where something stands.
    pub(super) fn place(&self, at: &impl At) -> Place {
        let (line, column) = at.at();
        Place::new(Arc::clone(&self.file), line as usize, column as usize)
    }

    pub(super) fn placed<T>(&self, at: &impl At, value: T) -> Placed<T> {
        Placed {
            value,
            place: self.place(at),
        }
    }

    /// Notes a mistake.
    pub(super) fn fail(&mut self, at: &impl At, message: impl Into<String>) {
        let error = SpecError::new(self.place(at), message);
        self.push(error);
    }

    pub(super) fn push(&mut self, error: SpecError) {
        if !self.is_full() {
            self.errors.push(error);
        }
    }

    /// Whether going on would find nothing that is told.
    pub(super) fn is_full(&self) -> bool {
        self.errors.len() >= MOST_ERRORS
    }

    /// `write it as in …`, with an example that is given in YAML.
    pub(super) fn as_in(&self, example: &str) -> String {
        format!("write it as in `{}`", self.language.example(example))
    }

    /// Notes that something else was expected.
    pub(super) fn wrong(&mut self, node: &Node, what: &str, needs: &str, example: &str) {
        let found = node.found_as(self.language.map());
        let as_in = self.as_in(example);
        self.fail(
            node,
            format!("{what} needs {needs}, and here is {found}; {as_in}"),
        );
    }

    /// The entries of a map, whatever its keys are.
    pub(super) fn map<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        example: &str,
    ) -> Option<&'n [Entry]> {
        let entries = node.entries();
        if entries.is_none() {
            self.wrong(node, what, self.language.map(), example);
        }
        entries
    }

    /// The entries of a map; an unknown key is a mistake.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &[&str],
        example: &str,
    ) -> Option<Fields<'n>> {
        let entries = self.map(node, what, example)?;
        let mut meant = Vec::new();
        for entry in entries {
            if !known.contains(&entry.key.text.as_str()) {
                self.unknown_key(&entry.key, what, known);
                let near = nearest(&entry.key.text, known.iter().copied());
                meant.extend(near.map(str::to_owned));
            }
        }
        Some(Fields { entries, meant })
    }

    pub(super) fn unknown_key(&mut self, key: &Key, what: &str, known: &[&str]) {
        let hint = match nearest(&key.text, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let mut known = known.to_vec();
                known.sort_unstable();
                format!("it can have {}", one_of(&known))
            }
        };
        let text = short(&key.text);
        self.fail(key, format!("{what} has no key `{text}`; {hint}"));
    }

    /// The items of a list; a single value is a list of one.
    pub(super) fn items<'n>(&self, node: &'n Node) -> &'n [Node] {
        match &node.kind {
            Kind::List(items) => items,
            Kind::Scalar(_) | Kind::Map(_) => std::slice::from_ref(node),
        }
    }

    /// A text.
    pub(super) fn text<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        example: &str,
    ) -> Option<&'n str> {
        match node.scalar() {
            Some(scalar) if scalar.value == Plain::Text && !scalar.text.trim().is_empty() => {
                Some(scalar.text.trim())
            }
            _ => {
                self.wrong(node, what, "a text", example);
                None
            }
        }
    }

    /// A text, whatever YAML makes of it: `60s`, `2%`, but also `0.02`.
    pub(super) fn written<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        needs: &str,
        example: &str,
    ) -> Option<&'n str> {
        match node.scalar() {
            Some(scalar)
                if matches!(
                    scalar.value,
                    Plain::Text | Plain::Int(_) | Plain::Float(_) | Plain::Huge
                ) =>
            {
                Some(&scalar.text)
            }
            _ => {
                self.wrong(node, what, needs, example);
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        match node.scalar().map(|scalar| scalar.value) {
            Some(Plain::Bool(value)) => Some(value),
            _ => {
                let example = format!("{}: true", what.trim_matches('`'));
                self.wrong(node, what, "`true` or `false`", &example);
                None
            }
        }
    }

    /// An integer between two bounds, both included.
    pub(super) fn integer(
        &mut self,
        node: &Node,
        what: &str,
        bounds: (i64, i64),
        example: &str,
    ) -> Option<i64> {
        match node.scalar().map(|scalar| scalar.value) {
            Some(Plain::Int(value)) if (bounds.0..=bounds.1).contains(&value) => Some(value),
            Some(Plain::Int(_)) => {
                let needs = format!("an integer from {} to {}", bounds.0, bounds.1);
                self.wrong(node, what, &needs, example);
                None
            }
            _ => {
                self.wrong(node, what, "an integer", example);
                None
            }
        }
    }

    /// A finite number, with or without a fraction.
    pub(super) fn number(&mut self, node: &Node, what: &str, example: &str) -> Option<f64> {
        match node.scalar().map(|scalar| scalar.value) {
            Some(Plain::Int(value)) => Some(value as f64),
            Some(Plain::Float(value)) if value.is_finite() => Some(value),
            _ => {
                self.wrong(node, what, "a finite number", example);
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        node: &Node,
        what: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let Some(scalar) = node.scalar().filter(|s| s.value == Plain::Text) else {
            let first = words.first().copied().unwrap_or_default();
            let example = format!("{}: {first}", what.trim_matches('`'));
            self.wrong(node, what, &one_of(&words), &example);
            return None;
        };
        let found = choices.iter().find(|(word, _)| *word == scalar.text);
        if found.is_none() {
            let hint = did_you_mean(&scalar.text, words.iter().copied());
            let text = short(&scalar.text);
            self.fail(node, format!("{what} cannot be `{text}`{hint}"));
        }
        found.map(|(_, value)| *value)
    }

    /// An expression: an integer or a text.
    pub(super) fn expr(&mut self, node: &Node, what: &str, example: &str) -> Option<Placed<Expr>> {
        let scalar = match node.scalar() {
            Some(scalar) if matches!(scalar.value, Plain::Text | Plain::Huge) => scalar,
            Some(scalar) => {
                if let Plain::Int(value) = scalar.value {
                    return Some(self.placed(node, Expr::integer(value)));
                }
                self.wrong(node, what, "an integer or an expression", example);
                return None;
            }
            None => {
                self.wrong(node, what, "an integer or an expression", example);
                return None;
            }
        };
        let place = match scalar.inside {
            Some(column) => Place {
                column: column as usize,
                ..self.place(node)
            },
            None => self.place(node),
        };
        match Expr::parse(&scalar.text) {
            Ok(value) => {
                let value = match scalar.inside {
                    Some(_) => value,
                    None => value.unplaced(),
                };
                Some(Placed { value, place })
            }
            Err(error) => {
                let place = match scalar.inside {
                    Some(_) => place.shifted(error.offset()),
                    None => place,
                };
                self.push(SpecError::new(place, format!("{what}: {error}")));
                None
            }
        }
    }

    /// The file that a template or a shader is in.
    pub(super) fn source_file(
        &mut self,
        node: &Node,
        what: &str,
        folder: &str,
        example: &str,
    ) -> Option<Placed<PathBuf>> {
        let written = self.text(node, what, example)?;
        let folders = [
            self.root.join(folder),
            self.folder.to_owned(),
            self.root.to_owned(),
        ];
        match crate::spec::paths::find(self.root, &folders, written) {
            Ok(path) => Some(self.placed(node, path)),
            Err(message) => {
                self.fail(node, message);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn examples_are_in_the_language_of_their_file() {
        for (yaml, toml) in [
            ("slowdown: 2%", "slowdown = \"2%\""),
            ("warmup: 5", "warmup = 5"),
            ("require-baseline: true", "require-baseline = true"),
            ("limits: {slowdown: 2%}", "limits = {slowdown = \"2%\"}"),
            ("timing = \"gate\"", "timing = \"gate\""),
        ] {
            assert_eq!(Language::Toml.example(yaml), toml);
            assert_eq!(Language::Yaml.example(yaml), yaml);
        }
    }
}
