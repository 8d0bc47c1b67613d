//! `gate.toml`: the defaults of a project's checks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::kit::{Nanos, Place};

use super::decode::{Context, Language};
use super::files::read_text;
use super::node::{Entry, Key, Kind, Node, Plain, Scalar};
use super::{Limits, Placed, SpecError, TimingPolicy};

/// The file's name; where it stands is the project's root.
pub(super) const FILE: &str = "gate.toml";

/// What a project's `gate.toml` says; nothing where it is empty, or missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Defaults {
    /// Folder of baselines.
    pub baselines: Option<Placed<PathBuf>>,
    /// The most time of one request to the device.
    pub deadline: Option<Placed<Nanos>>,
    /// Whether times fail, whatever the hardware's class says.
    pub timing: Option<Placed<TimingPolicy>>,
    /// Whether a pass by range is none.
    pub require_baseline: Option<Placed<bool>>,
    /// Verdicts that do not fail: `undecided`, `ungated`, `lost`.
    pub allow: Option<Placed<Vec<&'static str>>>,
    /// Whether a case that got faster fails.
    pub fail_on_faster: Option<Placed<bool>>,
    /// Limits of every suite that does not say otherwise.
    pub limits: Limits,
    /// Where each of these limits is written.
    pub limit_places: BTreeMap<String, Place>,
}

/// Reads the `gate.toml` of a project, if it has one.
///
/// # Errors
///
/// Every [`SpecError`] found.
pub fn defaults(root: &Path) -> Result<Defaults, Vec<SpecError>> {
    let path = root.join(FILE);
    if !path.is_file() {
        return Ok(Defaults::default());
    }
    let name: Arc<str> = shown(&path).into();
    let text = read_text(&path, &name).map_err(|error| vec![error])?;
    let tree = tree(&text).map_err(|(line, column, message)| {
        vec![SpecError::new(
            Place::new(Arc::clone(&name), line, column),
            message,
        )]
    })?;
    let mut context = Context::new(&name, root, root);
    context.language = Language::Toml;
    let defaults = context.defaults(&tree);
    if context.errors.is_empty() {
        Ok(defaults)
    } else {
        Err(context.errors)
    }
}

/// A file as a person would name it from where they stand.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    here.ok()
        .and_then(|here| path.strip_prefix(here).ok())
        .unwrap_or(path)
        .display()
        .to_string()
}

/// The document as a tree in which everything knows its place, as specs are.
fn tree(text: &str) -> Result<Node, (usize, usize, String)> {
    let lines = Lines::new(text);
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let (line, column) = lines.place(at);
        // Of several lines where it lists what it expected.
        let message = error.message().replace('\n', ", ");
        let message = format!("this is no TOML: {message}");
        (line as usize, column as usize, message)
    })?;
    Ok(Node {
        line: 1,
        column: 1,
        kind: table(document.get_ref(), &lines),
    })
}

fn table(table: &DeTable<'_>, lines: &Lines<'_>) -> Kind {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| {
            let (line, column) = lines.place(key.span().start);
            Entry {
                key: Key {
                    line,
                    column,
                    text: key.get_ref().to_string(),
                },
                value: node(value, lines),
            }
        })
        .collect();
    // A table sorts its keys; mistakes are told in the order of the file.
    entries.sort_by_key(|entry| (entry.key.line, entry.key.column));
    Kind::Map(entries)
}

fn node(value: &Spanned<DeValue<'_>>, lines: &Lines<'_>) -> Node {
    let (line, column) = lines.place(value.span().start);
    let scalar = |text: String, value: Plain| {
        Kind::Scalar(Scalar {
            text,
            inside: None,
            value,
        })
    };
    let kind = match value.get_ref() {
        DeValue::String(text) => scalar(text.to_string(), Plain::Text),
        DeValue::Integer(integer) => {
            let text = integer.as_str();
            match i64::from_str_radix(text, integer.radix()) {
                Ok(value) => scalar(value.to_string(), Plain::Int(value)),
                Err(_) => scalar(text.to_owned(), Plain::Huge),
            }
        }
        DeValue::Float(float) => {
            let text = float.as_str();
            let value = text.parse().unwrap_or(f64::NAN);
            scalar(text.to_owned(), Plain::Float(value))
        }
        DeValue::Boolean(value) => scalar(value.to_string(), Plain::Bool(*value)),
        // No setting is a date; as a text it is refused like any other.
        DeValue::Datetime(date) => scalar(date.to_string(), Plain::Text),
        DeValue::Array(items) => Kind::List(items.iter().map(|item| node(item, lines)).collect()),
        DeValue::Table(inner) => table(inner, lines),
    };
    Node { line, column, kind }
}

/// Where the lines of a text begin, in bytes.
struct Lines<'t> {
    text: &'t str,
    begins: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            begins: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// Line and column of a byte, both from 1.
    fn place(&self, byte: usize) -> (u32, u32) {
        let line = self.begins.partition_point(|begin| *begin <= byte).max(1);
        let begin = self.begins.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(begin..byte.min(self.text.len()));
        let column = before.map_or(0, |before| before.chars().count()) + 1;
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (narrow(line), narrow(column))
    }
}
