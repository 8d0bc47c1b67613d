//! Reads YAML, and specs with everything that they import.
//!
//! The only file that knows serde_yaml, which is archived upstream: it decides
//! what a scalar is (`7b` a text, `1e-5` a number), and [`super::places`] says
//! where everything stands. Both walk the same document, hand in hand; where
//! they disagree the text is refused rather than guessed at.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::files::{self, Loader};
use super::node::{Entry, Key, Kind, Node, Plain, Scalar};
use super::places::{Shape, Spot, Weight, walk};
use super::yaml_error::{YamlError, syntax};
use super::{Spec, SpecError, assemble};

/// Most cases of one suite, before equal ones are told: no one waits for more,
/// and a slip in a sweep is told before it takes memory or time.
pub const MAX_CASES: u128 = 200_000;

/// Reads one spec file.
///
/// # Errors
///
/// Every [`SpecError`] found, in the order of the file; at most 100.
pub fn read(path: &Path) -> Result<Spec, Vec<SpecError>> {
    load(path, None)
}

/// Reads what can be read of the specs that paths stand for, as
/// [`read_all`] does, and gives what is wrong with the others. For a tree that
/// nobody is asked to mend: a folder without specs is no mistake there, nor is
/// a path that is not there. The project's root is not looked for above `top`.
#[must_use]
pub fn read_below(top: &Path, paths: &[PathBuf]) -> (Vec<Spec>, Vec<SpecError>) {
    let paths: Vec<PathBuf> = paths.iter().filter(|path| path.exists()).cloned().collect();
    let mut specs: Vec<Spec> = Vec::new();
    let mut errors = Vec::new();
    for path in files::specs_of(&paths, &mut Vec::new()) {
        match load(&path, Some(top)) {
            Ok(spec) => {
                if specs
                    .iter()
                    .all(|other| other.suite.value != spec.suite.value)
                {
                    specs.push(spec);
                }
            }
            Err(found) => errors.extend(found),
        }
    }
    (specs, errors)
}

fn load(path: &Path, top: Option<&Path>) -> Result<Spec, Vec<SpecError>> {
    let mut loader = Loader::new(path, top).map_err(|error| vec![error])?;
    if let Err(errors) = loader.load_main() {
        let names: Vec<_> = loader.files.iter().map(|file| file.name.clone()).collect();
        return Err(assemble::in_order(errors, &names));
    }
    assemble::spec(loader)
}

/// Reads specs from files and folders; a folder stands for the `*.yaml` and
/// `*.yml` files directly in it that declare cases, in alphabetical order. A
/// file that is named twice is read once.
///
/// # Errors
///
/// Every [`SpecError`] found: of each spec, and where a folder holds none or
/// two specs declare the same suite.
pub fn read_all(paths: &[PathBuf]) -> Result<Vec<Spec>, Vec<SpecError>> {
    let mut errors = Vec::new();
    let mut specs: Vec<Spec> = Vec::new();
    for path in files::specs_of(paths, &mut errors) {
        match read(&path) {
            Ok(spec) => {
                let name = &spec.suite.value;
                let twin = |other: &&Spec| other.suite.value.eq_ignore_ascii_case(name);
                match specs.iter().find(twin) {
                    Some(other) if other.suite.value != *name => errors.push(SpecError::new(
                        spec.suite.place.clone(),
                        format!(
                            "the suite `{name}` differs from `{}`, declared at {}, in the case of its letters alone: on Windows and macOS both would have one file of baselines; give one of them another name",
                            other.suite.value, other.suite.place
                        ),
                    )),
                    Some(other) => errors.push(SpecError::new(
                        spec.suite.place.clone(),
                        format!(
                            "the suite `{}` is declared at {} already; give one of them another name",
                            spec.suite.value, other.suite.place
                        ),
                    )),
                    None => specs.push(spec),
                }
            }
            // What several specs read, such as `gate.toml`, is told once.
            Err(found) => {
                for error in found {
                    if !errors.contains(&error) {
                        errors.push(error);
                    }
                }
            }
        }
    }
    if errors.is_empty() {
        Ok(specs)
    } else {
        Err(errors)
    }
}

/// Reads a YAML text that may weigh so much at most into a tree.
pub(super) fn parse(text: &str, limit: Weight) -> Result<(Node, Weight), YamlError> {
    let (spot, weight) = walk(text, limit)?;
    refuse_too_many(&spot)?;
    let told = Cell::new(None);
    let seed = Seed {
        spot: &spot,
        told: &told,
    };
    let tree = seed
        .deserialize(serde_yaml::Deserializer::from_str(text))
        .map_err(|error| {
            if let Some(told) = told.take() {
                return told;
            }
            let (line, column) = error.location().map_or((0, 0), |location| {
                (location.line() as u32, location.column() as u32)
            });
            let message = error.to_string();
            // The place is told by ourselves.
            let info = message.split(" at line ").next().unwrap_or_default();
            syntax(info, text, line, column)
        })?;
    Ok((tree, weight))
}

/// Refuses more entries than a suite may have cases, for each of them is one at
/// least: before any of them is made.
fn refuse_too_many(root: &Spot) -> Result<(), YamlError> {
    let Some(Shape::List(entries)) = root.value("cases").map(|cases| &cases.shape) else {
        return Ok(());
    };
    let most = usize::try_from(MAX_CASES).unwrap_or(usize::MAX);
    entries.get(most).map_or(Ok(()), |first| {
        Err(YamlError::new(
            first.line,
            first.column,
            format!(
                "there are {} entries under `cases`, and a suite has at most {MAX_CASES} cases; sweep instead of listing, or split the suite",
                entries.len()
            ),
        ))
    })
}

/// Builds a node from what serde_yaml reads and where it stands.
#[derive(Clone, Copy)]
struct Seed<'s> {
    spot: &'s Spot,
    /// A mistake that serde_yaml would report in words of its own.
    told: &'s Cell<Option<YamlError>>,
}

/// Skips a key: its text comes from the place.
struct Skip;

impl<'s> Seed<'s> {
    fn of(&self, spot: &'s Spot) -> Self {
        Self { spot, ..*self }
    }

    fn fail<E: de::Error>(&self, message: &str) -> E {
        self.told.set(Some(YamlError::new(
            self.spot.line,
            self.spot.column,
            message,
        )));
        E::custom(message)
    }

    fn disagree<E: de::Error>(&self) -> E {
        self.fail(
            "YAML readers understand this differently; write it more plainly, and use each anchor's name once",
        )
    }

    fn scalar<E: de::Error>(&self, value: Plain) -> Result<Node, E> {
        let Shape::Scalar {
            text,
            plain,
            inside,
        } = &self.spot.shape
        else {
            return Err(self.disagree());
        };
        let agrees = match value {
            Plain::Int(value) => text.parse::<i64>().is_ok_and(|v| v == value) || !is_decimal(text),
            Plain::Null => matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"),
            Plain::Text | Plain::Bool(_) | Plain::Huge | Plain::Float(_) => true,
        };
        if !agrees || (value != Plain::Text && !plain) {
            return Err(self.disagree());
        }
        Ok(self.node(Kind::Scalar(Scalar {
            text: text.clone(),
            inside: *inside,
            value,
        })))
    }

    fn node(&self, kind: Kind) -> Node {
        Node {
            line: self.spot.line,
            column: self.spot.column,
            kind,
        }
    }
}

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Node, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML without tags")
    }
    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        self.scalar(Plain::Null)
    }
    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        self.scalar(Plain::Null)
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        self.scalar(Plain::Bool(value))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Node, E> {
        self.scalar(Plain::Int(value))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Node, E> {
        self.scalar(i64::try_from(value).map_or(Plain::Huge, Plain::Int))
    }
    fn visit_i128<E: de::Error>(self, _: i128) -> Result<Node, E> {
        self.scalar(Plain::Huge)
    }
    fn visit_u128<E: de::Error>(self, _: u128) -> Result<Node, E> {
        self.scalar(Plain::Huge)
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Node, E> {
        self.scalar(Plain::Float(value))
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<Node, E> {
        match &self.spot.shape {
            Shape::Scalar { text, .. } if text == value => self.scalar(Plain::Text),
            Shape::Scalar { .. } | Shape::List(_) | Shape::Map(_) => Err(self.disagree()),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Node, A::Error> {
        let Shape::List(spots) = &self.spot.shape else {
            return Err(self.disagree());
        };
        let mut items = Vec::with_capacity(spots.len());
        for spot in spots {
            match from.next_element_seed(self.of(spot))? {
                Some(item) => items.push(item),
                None => return Err(self.disagree()),
            }
        }
        if from.next_element_seed(Skip)?.is_some() {
            return Err(self.disagree());
        }
        Ok(self.node(Kind::List(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Node, A::Error> {
        let Shape::Map(pairs) = &self.spot.shape else {
            return Err(self.disagree());
        };
        let mut entries = Vec::with_capacity(pairs.len());
        let mut merges = Vec::new();
        for (key, value) in pairs {
            if from.next_key_seed(Skip)?.is_none() {
                return Err(self.disagree());
            }
            let value = from.next_value_seed(self.of(value))?;
            let Shape::Scalar { text, plain, .. } = &key.shape else {
                return Err(self.disagree());
            };
            if *plain && text == "<<" {
                merges.push((entries.len(), value));
                continue;
            }
            let key = Key {
                line: key.line,
                column: key.column,
                text: text.clone(),
            };
            entries.push(Entry { key, value });
        }
        if from.next_key_seed(Skip)?.is_some() {
            return Err(self.disagree());
        }
        for (at, value) in merges {
            entries = merge(entries, at, value).map_err(|why| self.fail(why))?;
        }
        Ok(self.node(Kind::Map(entries)))
    }
}

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_ignored_any(de::IgnoredAny).map(|_| ())
    }
}

/// Puts the entries of a merged map (or of several) where the `<<` stood. A
/// key of the map itself wins, in the merged key's position; then that of an
/// earlier merged map.
fn merge(own: Vec<Entry>, at: usize, merged: Node) -> Result<Vec<Entry>, &'static str> {
    const CURE: &str = "`<<` merges a map or a list of maps, as in `<<: *name`";
    let sources = match merged.kind {
        Kind::Map(entries) => vec![entries],
        Kind::List(items) => items
            .into_iter()
            .map(|item| match item.kind {
                Kind::Map(entries) => Ok(entries),
                Kind::Scalar(_) | Kind::List(_) => Err(CURE),
            })
            .collect::<Result<_, _>>()?,
        Kind::Scalar(_) => return Err(CURE),
    };
    let mut before = own;
    let mut after = before.split_off(at.min(before.len()));
    let mut result: Vec<Entry> = Vec::new();
    let mut position: HashMap<String, usize> = HashMap::new();
    let mut put = |entry: Entry, wins: bool| match position.get(&entry.key.text) {
        Some(&at) => {
            if let (true, Some(slot)) = (wins, result.get_mut(at)) {
                *slot = entry;
            }
        }
        None => {
            position.insert(entry.key.text.clone(), result.len());
            result.push(entry);
        }
    };
    for entry in before.drain(..) {
        put(entry, true);
    }
    for entry in sources.into_iter().flatten() {
        put(entry, false);
    }
    for entry in after.drain(..) {
        put(entry, true);
    }
    Ok(result)
}
