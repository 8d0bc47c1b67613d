//! Where everything in a YAML text stands.
//!
//! serde_yaml gives places for its own errors only, so the text is walked once
//! more with an event parser. What comes out is a tree of the document's
//! shape, aliases resolved by sharing, so that the walk stays linear in the
//! text. It also counts what the document would grow to with every alias
//! copied out, and refuses it before anybody copies.

use std::collections::HashSet;
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::suggest::short;
use super::yaml_error::{KEY_IS_A_WORD, YamlError, refuse_odd_characters, syntax};

/// Deepest nesting, aliases resolved; serde_yaml stops at 128.
const DEEPEST: u32 = 64;

/// A part of the document: where it stands, and its shape.
#[derive(Debug)]
pub(super) struct Spot {
    /// Line, from 1.
    pub(super) line: u32,
    /// Column in characters, from 1.
    pub(super) column: u32,
    /// Its shape.
    pub(super) shape: Shape,
    /// Its weight with every alias copied out.
    weight: Weight,
    /// Levels below it.
    height: u32,
}

/// A part's shape.
#[derive(Debug)]
pub(super) enum Shape {
    /// A scalar.
    Scalar {
        /// Its text, escapes and folding resolved.
        text: String,
        /// Whether it is plain: neither quoted nor a block.
        plain: bool,
        /// Column of the text's first character, where the text stands in the
        /// file character by character.
        inside: Option<u32>,
    },
    /// A sequence.
    List(Vec<Arc<Spot>>),
    /// A mapping, in order.
    Map(Vec<(Arc<Spot>, Arc<Spot>)>),
}

impl Spot {
    /// Whether it is a map that has this key.
    pub(super) fn has_key(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The value of a key, where it is a map that has this key.
    pub(super) fn value(&self, name: &str) -> Option<&Spot> {
        let Shape::Map(pairs) = &self.shape else {
            return None;
        };
        let is = |key: &Spot| matches!(&key.shape, Shape::Scalar { text, .. } if text == name);
        let (_, value) = pairs.iter().find(|(key, _)| is(key))?;
        Some(value)
    }
}

/// How much a document weighs, every alias copied out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight {
    /// Scalars, sequences and mappings.
    pub(super) nodes: u64,
    /// Bytes of all scalars.
    pub(super) text: u64,
}

impl Weight {
    fn plus(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_add(other.nodes),
            text: self.text.saturating_add(other.text),
        }
    }

    fn exceeds(self, limit: Self) -> bool {
        self.nodes > limit.nodes || self.text > limit.text
    }

    /// What is left of it.
    pub(super) fn less(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_sub(other.nodes),
            text: self.text.saturating_sub(other.text),
        }
    }
}

/// Walks a YAML text that may weigh so much at most.
pub(super) fn walk(text: &str, limit: Weight) -> Result<(Arc<Spot>, Weight), YamlError> {
    let mut walk = Walk {
        open: Vec::new(),
        anchors: Vec::new(),
        root: None,
        total: Weight::default(),
        limit,
    };
    refuse_odd_characters(text)?;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let (line, column) = position(*error.marker());
            syntax(error.info(), text, line, column)
        })?;
        walk.event(event, span)
            .map_err(|error| error.in_braces(text))?;
    }
    match walk.root {
        Some(root) => Ok((root, walk.total)),
        None => Err(YamlError::new(
            0,
            0,
            "the file is empty; a spec begins with `gate: 1` and `suite: <name>`",
        )),
    }
}

struct Walk {
    /// Sequences and mappings that are not closed yet, the outermost first.
    open: Vec<Open>,
    /// Anchored parts by the parser's number; none while still open.
    anchors: Vec<Option<Arc<Spot>>>,
    root: Option<Arc<Spot>>,
    total: Weight,
    limit: Weight,
}

struct Open {
    line: u32,
    column: u32,
    anchor: usize,
    weight: Weight,
    height: u32,
    parts: Parts,
}

enum Parts {
    List(Vec<Arc<Spot>>),
    Map {
        pairs: Vec<(Arc<Spot>, Arc<Spot>)>,
        key: Option<Arc<Spot>>,
        seen: HashSet<String>,
    },
}

impl Walk {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        let (line, column) = position(span.start);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                if self.root.is_some() {
                    return Err(YamlError::new(
                        line,
                        column,
                        "a second document begins here; a file holds one, so remove the `---`",
                    ));
                }
                Ok(())
            }
            Event::Alias(number) => {
                let Some(spot) = self.anchors.get(number).cloned().flatten() else {
                    return Err(YamlError::new(
                        line,
                        column,
                        "this alias refers to what it stands in; refer to something complete",
                    ));
                };
                self.weigh(spot.weight, line, column)?;
                self.put(spot)
            }
            Event::Scalar(text, style, anchor, tag) => {
                refuse_tag(tag.is_some(), line, column)?;
                let weight = Weight {
                    nodes: 1,
                    text: text.len() as u64,
                };
                self.weigh(weight, line, column)?;
                let inside = inside(&text, style, span);
                let spot = Arc::new(Spot {
                    line,
                    column,
                    shape: Shape::Scalar {
                        text: text.into_owned(),
                        plain: style == ScalarStyle::Plain,
                        inside,
                    },
                    weight,
                    height: 0,
                });
                self.anchor(anchor, Some(&spot));
                self.put(spot)
            }
            Event::SequenceStart(anchor, tag) => {
                refuse_tag(tag.is_some(), line, column)?;
                self.begin(line, column, anchor, Parts::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                refuse_tag(tag.is_some(), line, column)?;
                let parts = Parts::Map {
                    pairs: Vec::new(),
                    key: None,
                    seen: HashSet::new(),
                };
                self.begin(line, column, anchor, parts)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
        }
    }

    fn weigh(&mut self, weight: Weight, line: u32, column: u32) -> Result<(), YamlError> {
        self.total = self.total.plus(weight);
        if self.total.exceeds(self.limit) {
            return Err(YamlError::new(
                line,
                column,
                format!(
                    "with all aliases copied out, the text grows beyond {} values or {} MiB here; write less, or sweep",
                    self.limit.nodes,
                    self.limit.text >> 20
                ),
            ));
        }
        Ok(())
    }

    fn anchor(&mut self, number: usize, spot: Option<&Arc<Spot>>) {
        // The parser numbers anchors from 1; 0 is none.
        if number == 0 {
            return;
        }
        if self.anchors.len() <= number {
            self.anchors.resize(number + 1, None);
        }
        if let Some(slot) = self.anchors.get_mut(number) {
            *slot = spot.cloned();
        }
    }

    fn begin(
        &mut self,
        line: u32,
        column: u32,
        anchor: usize,
        parts: Parts,
    ) -> Result<(), YamlError> {
        let weight = Weight { nodes: 1, text: 0 };
        self.weigh(weight, line, column)?;
        self.depth(1, line, column)?;
        self.anchor(anchor, None);
        self.open.push(Open {
            line,
            column,
            anchor,
            weight,
            height: 0,
            parts,
        });
        Ok(())
    }

    fn depth(&self, height: u32, line: u32, column: u32) -> Result<(), YamlError> {
        let depth = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
        if depth.saturating_add(height) > DEEPEST {
            return Err(YamlError::new(
                line,
                column,
                format!("this nests deeper than {DEEPEST} levels"),
            ));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let spot = Arc::new(Spot {
            line: open.line,
            column: open.column,
            shape: match open.parts {
                Parts::List(parts) => Shape::List(parts),
                Parts::Map { pairs, .. } => Shape::Map(pairs),
            },
            weight: open.weight,
            height: open.height,
        });
        self.anchor(open.anchor, Some(&spot));
        self.put(spot)
    }

    /// Puts a finished part into what it stands in.
    fn put(&mut self, spot: Arc<Spot>) -> Result<(), YamlError> {
        self.depth(spot.height, spot.line, spot.column)?;
        let Some(open) = self.open.last_mut() else {
            self.root = Some(spot);
            return Ok(());
        };
        open.weight = open.weight.plus(spot.weight);
        open.height = open.height.max(spot.height + 1);
        match &mut open.parts {
            Parts::List(parts) => parts.push(spot),
            Parts::Map { pairs, key, seen } => match key.take() {
                Some(key) => {
                    refuse_glued(&key, &spot)?;
                    let value = beside_its_key(spot, &key);
                    pairs.push((key, value));
                }
                None => {
                    new_key(&spot, seen)?;
                    *key = Some(spot);
                }
            },
        }
        Ok(())
    }
}

/// A value that is not written stands where its key does.
fn beside_its_key(value: Arc<Spot>, key: &Spot) -> Arc<Spot> {
    match &value.shape {
        Shape::Scalar {
            text, plain: true, ..
        } if text.is_empty() => Arc::new(Spot {
            line: key.line,
            column: key.column,
            shape: Shape::Scalar {
                text: String::new(),
                plain: true,
                inside: None,
            },
            weight: value.weight,
            height: 0,
        }),
        Shape::Scalar { .. } | Shape::List(_) | Shape::Map(_) => value,
    }
}

/// Refuses `{n:64}`, which is the key `n:64` without a value.
fn refuse_glued(key: &Spot, value: &Spot) -> Result<(), YamlError> {
    let plain = |spot: &Spot| match &spot.shape {
        Shape::Scalar {
            text, plain: true, ..
        } => Some(text.clone()),
        Shape::Scalar { .. } | Shape::List(_) | Shape::Map(_) => None,
    };
    let (Some(word), Some("")) = (plain(key), plain(value).as_deref()) else {
        return Ok(());
    };
    let Some((name, rest)) = word.split_once(':') else {
        return Ok(());
    };
    Err(YamlError::new(
        key.line,
        key.column,
        format!(
            "`{}` is one word to YAML, and so a key without a value; put a blank after the `:`, as in `{}: {}`",
            short(&word),
            short(name),
            short(rest)
        ),
    ))
}

fn new_key(key: &Spot, seen: &mut HashSet<String>) -> Result<(), YamlError> {
    let Shape::Scalar { text, .. } = &key.shape else {
        return Err(YamlError::new(key.line, key.column, KEY_IS_A_WORD));
    };
    if seen.insert(text.clone()) {
        return Ok(());
    }
    let cure = if text == "<<" {
        "merge several with `<<: [*a, *b]`"
    } else {
        "remove one, or rename it"
    };
    Err(YamlError::new(
        key.line,
        key.column,
        format!("the key `{}` stands twice in this map; {cure}", short(text)),
    ))
}

fn refuse_tag(tagged: bool, line: u32, column: u32) -> Result<(), YamlError> {
    if tagged {
        return Err(YamlError::new(
            line,
            column,
            "this is a YAML tag, and specs have none; quote text that begins with `!`",
        ));
    }
    Ok(())
}

fn position(marker: Marker) -> (u32, u32) {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (
        number(marker.line()),
        number(marker.col().saturating_add(1)),
    )
}

/// Column of a scalar's first character, where it stands in the file as it is.
/// The span may begin with an anchor, so it is counted from the end.
fn inside(text: &str, style: ScalarStyle, span: Span) -> Option<u32> {
    let quotes = match style {
        ScalarStyle::Plain => 0,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1,
        ScalarStyle::Literal | ScalarStyle::Folded => return None,
    };
    let length = text.chars().count();
    let first = span.end.col().checked_sub(length + quotes)?;
    let begins = first.checked_sub(quotes)?;
    if span.start.line() != span.end.line() || begins < span.start.col() {
        return None;
    }
    u32::try_from(first + 1).ok()
}
