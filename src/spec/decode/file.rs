//! A file as a whole.

use std::collections::BTreeMap;
use std::path::Path;

use crate::kit::{Place, nearest};
use crate::spec::files::File;
use crate::spec::node::{Entry, Kind, Node, Plain};
use crate::spec::suggest::short;
use crate::spec::{CaseEntry, Class, Kernel, Limits, Pipeline, Placed, SpecError, Table};

use super::Context;
use super::context::Fields;
use super::keys;
use super::settings::Level;

/// The format that this gate reads.
const FORMAT: i64 = 1;

/// One file's share of a spec.
#[derive(Default)]
pub(in crate::spec) struct Part {
    pub(in crate::spec) suite: Option<Placed<String>>,
    pub(in crate::spec) limits: Limits,
    pub(in crate::spec) limit_places: BTreeMap<String, Place>,
    pub(in crate::spec) classes: Vec<Class>,
    pub(in crate::spec) tables: Vec<(Placed<String>, Table)>,
    pub(in crate::spec) kernels: Vec<Kernel>,
    pub(in crate::spec) pipelines: Vec<Pipeline>,
    pub(in crate::spec) cases: Vec<CaseEntry>,
}

/// Decodes a file: the spec's own, or one that it imports.
pub(in crate::spec) fn decode(file: &File, root: &Path, own: bool) -> (Part, Vec<SpecError>) {
    let mut context = Context::new(&file.name, &file.folder, root);
    let part = context.part(&file.tree, own);
    (part, context.errors)
}

impl Context<'_> {
    fn part(&mut self, tree: &Node, own: bool) -> Part {
        let Some(entries) = self.map(tree, "a spec", "suite: moe") else {
            return Part::default();
        };
        // Of another format nothing else can be said.
        if !self.format(tree, own) {
            return Part::default();
        }
        let suite = tree.get("suite");
        let shared = suite.is_none() && tree.get("cases").is_none();
        let mut tables = Vec::new();
        for entry in entries {
            let key = entry.key.text.as_str();
            if keys::FILE.contains(&key) {
                continue;
            }
            if shared
                && looks_like_table(&entry.value)
                && nearest(key, keys::FILE.iter().copied()).is_none()
            {
                tables.extend(self.named_table(entry));
            } else if looks_like_table(&entry.value)
                && nearest(key, keys::FILE.iter().copied()).is_none()
            {
                self.fail(
                    &entry.key,
                    format!(
                        "`{}` looks like a table; in a file with a suite, write it under `tables:`",
                        short(key)
                    ),
                );
            } else {
                self.unknown_key(&entry.key, "a spec", keys::FILE);
            }
        }
        let fields = Fields::new(entries);
        if let Some(node) = fields.value("tables")
            && let Some(entries) =
                self.map(node, "`tables`", "tables: {model: {small: {hidden: 512}}}")
        {
            for entry in entries {
                tables.extend(self.named_table(entry));
            }
        }
        let suite = suite.and_then(|entry| {
            let text = self.text(&entry.value, "`suite`", "suite: moe")?;
            if is_reserved(text) {
                self.fail(
                    &entry.value,
                    format!("`{text}` cannot name a suite, for Windows keeps that name for a device of its own and has no file `{text}.json`; give the suite another name"),
                );
                return None;
            }
            if text.eq_ignore_ascii_case("device") {
                self.fail(
                    &entry.value,
                    "a suite cannot be named `device`, for beside the baselines `device.json` holds the device's own ceilings; give it another name",
                );
                return None;
            }
            self.name(&entry.value, text, "a suite")
        });
        if own && fields.get("suite").is_none() {
            self.whole("the spec has no `suite`; name it, as in `suite: moe`");
        }
        if !own && let Some(entry) = fields.get("cases") {
            self.fail(
                &entry.key,
                "an imported file has no cases, for they belong to its own suite; move what both share into a file without `cases`, and import that",
            );
        }
        Part {
            limits: self.limits(&fields, Level::Suite),
            limit_places: self.limit_places(&fields),
            classes: self.classes(&fields),
            tables,
            kernels: self.kernels(&fields),
            pipelines: self.pipelines(&fields),
            cases: if own { self.cases(&fields) } else { Vec::new() },
            suite,
        }
    }

    fn named_table(&mut self, entry: &Entry) -> Option<(Placed<String>, Table)> {
        let name = self.parameter(&entry.key, "a table")?;
        Some((name, self.table(entry)?))
    }

    /// A mistake of the whole file.
    pub(super) fn whole(&mut self, message: &str) {
        let place = Place::whole(self.file.clone());
        self.push(SpecError::new(place, message));
    }

    /// Whether the file is in the format that this gate reads.
    fn format(&mut self, tree: &Node, own: bool) -> bool {
        let Some(entry) = tree.get("gate") else {
            if own {
                self.whole("the spec does not say which format it is in; begin it with `gate: 1`");
            }
            return true;
        };
        match entry.value.scalar().map(|scalar| scalar.value) {
            Some(Plain::Int(FORMAT)) => true,
            Some(Plain::Int(newer)) if newer > FORMAT => {
                self.fail(
                    &entry.value,
                    format!("this file is in format {newer}, and this gate reads format {FORMAT}; update the gate"),
                );
                false
            }
            _ => {
                self.wrong(&entry.value, "`gate`", "the format's version", "gate: 1");
                true
            }
        }
    }
}

/// Whether Windows keeps a name for itself, in whatever letters and with
/// whatever ending. Source: Microsoft's "Naming Files, Paths, and Namespaces".
fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let port = name.strip_prefix("com").or(name.strip_prefix("lpt"));
    matches!(name.as_str(), "con" | "prn" | "aux" | "nul")
        || port.is_some_and(|digit| digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit())
}

/// Rows by name, each a map of numbers.
fn looks_like_table(node: &Node) -> bool {
    let Some(rows) = node.entries() else {
        return false;
    };
    !rows.is_empty()
        && rows.iter().all(|row| {
            row.value.entries().is_some_and(|cells| {
                cells
                    .iter()
                    .all(|cell| matches!(cell.value.kind, Kind::Scalar(_)))
            })
        })
}
