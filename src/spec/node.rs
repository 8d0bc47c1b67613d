//! The YAML as a tree in which everything knows its place.

/// A part of a spec.
#[derive(Debug)]
pub(super) struct Node {
    /// Line, from 1.
    pub(super) line: u32,
    /// Column in characters, from 1.
    pub(super) column: u32,
    /// What it is.
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Scalar(Scalar),
    List(Vec<Node>),
    /// In the order of the file, merges resolved, no key twice.
    Map(Vec<Entry>),
}

/// A scalar: its text as written, and what YAML makes of it.
#[derive(Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    /// Column of the text's first character, where the text stands in the file
    /// character by character.
    pub(super) inside: Option<u32>,
    pub(super) value: Plain,
}

/// What YAML makes of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer beyond 64 bits.
    Huge,
    Float(f64),
    Text,
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) value: Node,
}

#[derive(Debug)]
pub(super) struct Key {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) text: String,
}

/// Something with a line and a column.
pub(super) trait At {
    fn at(&self) -> (u32, u32);
}

impl At for Node {
    fn at(&self) -> (u32, u32) {
        (self.line, self.column)
    }
}

impl At for Key {
    fn at(&self) -> (u32, u32) {
        (self.line, self.column)
    }
}

impl Node {
    /// The entry of a map; none in anything else.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries()
            .unwrap_or_default()
            .iter()
            .find(|entry| entry.key.text == key)
    }

    pub(super) fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            Kind::Scalar(_) | Kind::List(_) => None,
        }
    }

    pub(super) fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        self.scalar().is_some_and(|s| s.value == Plain::Null)
    }

    /// What stands here, for a message: `a list`, `the number 1.5`.
    pub(super) fn found(&self) -> String {
        self.found_as("a map")
    }

    /// The same, a map by what it is called in the file's language.
    pub(super) fn found_as(&self, map: &str) -> String {
        match &self.kind {
            Kind::List(items) if items.is_empty() => "an empty list".to_owned(),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(entries) if entries.is_empty() => {
                format!("an empty {}", map.trim_start_matches("a "))
            }
            Kind::Map(_) => map.to_owned(),
            Kind::Scalar(scalar) => {
                let text = super::suggest::short(&scalar.text);
                match scalar.value {
                    Plain::Null => "nothing".to_owned(),
                    Plain::Bool(_) => format!("`{text}`"),
                    Plain::Int(_) | Plain::Float(_) => format!("the number `{text}`"),
                    Plain::Huge => format!("`{text}`, which does not fit 64 bits"),
                    Plain::Text if text.is_empty() => "an empty text".to_owned(),
                    Plain::Text => format!("the text `{text}`"),
                }
            }
        }
    }
}
