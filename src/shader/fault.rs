//! naga's complaints as a message, a place and notes.

use std::collections::BTreeMap;
use std::ops::Range;

use naga::Module;
use naga::back::pipeline_constants::PipelineConstantError;
use naga::front::wgsl::ParseError;
use naga::valid::{EntryPointError, ValidationError};

use super::code_text::{attribute, deepest, function_name};
use super::source::line_column;
use super::validation::{replaced, unnumbered};

/// What is wrong with a text.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) message: String,
    /// The bytes at fault, where they are known.
    pub(super) range: Option<Range<usize>>,
    /// What to write beside them.
    pub(super) label: String,
    pub(super) notes: Vec<String>,
    /// What of the spec is at fault, where no text is.
    pub(super) key: Option<SpecKey>,
}

/// A key of a kernel in the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SpecKey {
    /// Its entry point.
    Entry,
    /// One of its overrides.
    Override(String),
}

impl Fault {
    pub(super) fn plain(message: String) -> Self {
        Self {
            message,
            range: None,
            label: String::new(),
            notes: Vec::new(),
            key: None,
        }
    }

    /// About a key of the spec.
    pub(super) fn of(key: SpecKey, message: String) -> Self {
        Self {
            key: Some(key),
            ..Self::plain(message)
        }
    }
}

/// What naga's parser says.
pub(super) fn parse_fault(wgsl: &str, error: &ParseError) -> Fault {
    if error.notes().any(|note| note.contains("recursion limit")) {
        return Fault {
            range: deepest(wgsl),
            ..Fault::plain(
                "this nests deeper than naga, the WGSL compiler, reads; split it, by a `let` or a function"
                    .to_owned(),
            )
        };
    }
    let mut labels = error.labels();
    let first = labels.next();
    let mut notes = in_one_line(error.notes());
    notes.extend(
        labels
            .map(|(_, label)| label.to_owned())
            .filter(|l| !l.is_empty()),
    );
    let range = first.and_then(|(span, _)| span.to_range());
    if range.is_none() {
        return Fault {
            range: index_out_of_bounds(wgsl, error.message()),
            notes,
            // Without a place it names what it means by numbers of its own.
            ..Fault::plain(replaced(error.message(), |_| None))
        };
    }
    Fault {
        message: error.message().to_owned(),
        range,
        // Where naga has nothing to add, it says so.
        label: first
            .map(|(_, label)| label.to_owned())
            .filter(|label| label != "see msg")
            .unwrap_or_default(),
        notes,
        key: None,
    }
}

/// Notes, the types that are allowed in one line and not one in each.
fn in_one_line<'a>(notes: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    let mut allowed: Option<usize> = None;
    for note in notes {
        match (note.strip_prefix("allowed type: "), allowed) {
            // What a literal is before it has a type cannot be written.
            (Some(ty), _) if ty.contains('{') => {}
            (Some(ty), Some(at)) => told[at].push_str(&format!(", {ty}")),
            (Some(ty), None) => {
                allowed = Some(told.len());
                told.push(format!("allowed types: {ty}"));
            }
            (None, _) => told.push(note.to_owned()),
        }
    }
    told
}

/// Where a constant index is that is out of bounds, if there is but one of that
/// number: naga does not say.
fn index_out_of_bounds(wgsl: &str, message: &str) -> Option<Range<usize>> {
    let index = message.strip_prefix("Index ")?.split(' ').next()?;
    let written = format!("[{}]", index.parse::<u32>().ok()?);
    let mut found = wgsl.match_indices(&written);
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Some(at..at + written.len()),
        (_, Some(_)) | (None, None) => None,
    }
}

/// What naga says of overrides, with the values that the spec gives: naga does
/// not tell which of them it is.
pub(super) fn override_fault(
    wgsl: &str,
    module: &Module,
    entry: &str,
    error: &PipelineConstantError,
    given: &BTreeMap<String, f64>,
) -> Fault {
    let values: Vec<String> = given
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let values = format!("{{{}}}", values.join(", "));
    match error {
        PipelineConstantError::MissingValue(name) => {
            let declared = module.overrides.iter().find(|(_, declared)| {
                declared.name.as_ref() == Some(name)
                    || declared.id.is_some_and(|id| id.to_string() == *name)
            });
            let name = declared
                .and_then(|(_, declared)| declared.name.as_ref())
                .unwrap_or(name);
            Fault {
                range: declared
                    .and_then(|(handle, _)| module.overrides.get_span(handle).to_range()),
                ..Fault::plain(format!(
                    "override `{name}` has neither a default here nor a value in the spec; give it one, as in `overrides: {{{name}: 1}}`"
                ))
            }
        }
        PipelineConstantError::NotFound(name) => Fault::of(
            SpecKey::Override(name.clone()),
            format!("the WGSL declares no override `{name}`"),
        ),
        PipelineConstantError::SrcNeedsToBeFinite => {
            Fault::plain("an override's value must be finite".to_owned())
        }
        PipelineConstantError::DstRangeTooSmall => Fault::plain(format!(
            "an override's value does not fit its WGSL type; correct the value in `overrides`, which are {values}"
        )),
        PipelineConstantError::ConstantEvaluatorError(inner) => Fault::plain(format!(
            "with the spec's overrides, {values}, a constant has no value: {inner}"
        )),
        PipelineConstantError::ValidationError(inner) => {
            let fault = unnumbered(inner);
            let of_entry = || match inner.as_inner() {
                ValidationError::EntryPoint {
                    source: EntryPointError::OutOfRangeWorkgroupSize,
                    name,
                    ..
                } => attribute(wgsl, "workgroup_size", name),
                ValidationError::EntryPoint { name, .. } => function_name(wgsl, name),
                _ => None,
            };
            Fault {
                message: format!("with the spec's overrides, {values}: {}", fault.message),
                range: fault.range.clone().or_else(of_entry),
                ..fault
            }
        }
        PipelineConstantError::NegativeWorkgroupSize => Fault {
            range: attribute(wgsl, "workgroup_size", entry),
            ..Fault::plain(format!(
                "with the spec's overrides, {values}, `@workgroup_size` is not above 0; correct the value"
            ))
        },
        PipelineConstantError::NegativeMeshOutputMax => Fault::plain(error.to_string()),
    }
}

/// The most that is shown of a line, in characters.
const SHOWN: usize = 120;

/// How much of a longer line is shown before what is wrong.
const BEFORE: usize = 40;

/// A text's line with a caret line below it:
///
/// ```text
///    |
/// 57 |     let y = foo;
///    |             ^^^ not found
/// ```
pub(super) fn snippet(text: &str, range: &Range<usize>, label: &str) -> String {
    let (line, column) = line_column(text, range.start);
    let whole = text.lines().nth(line - 1).unwrap_or_default();
    // A line of a minified file may be of any length: what is around the caret
    // is shown of it.
    let characters = whole.chars().count();
    let cut = if characters > SHOWN {
        let latest = characters.saturating_sub(SHOWN);
        column.saturating_sub(1 + BEFORE).min(latest)
    } else {
        0
    };
    let mut shown: String = whole.chars().skip(cut).take(SHOWN).map(visible).collect();
    let is_cut_behind = characters > cut + SHOWN;
    let column = if cut > 0 {
        shown.insert(0, '…');
        column - cut + 1
    } else {
        column
    };
    let length = text
        .get(range.clone())
        .map_or(1, |part| {
            part.lines().next().unwrap_or_default().chars().count()
        })
        .clamp(1, shown.chars().count().saturating_sub(column - 1).max(1));
    if is_cut_behind {
        shown.push('…');
    }
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let carets = "^".repeat(length);
    let gap = " ".repeat(column - 1);
    let label = if label.is_empty() {
        String::new()
    } else {
        format!(" {label}")
    };
    format!("{margin} |\n{number} | {shown}\n{margin} | {gap}{carets}{label}")
}

/// A tab becomes a blank so that carets stay below their words; other control
/// characters must not reach a terminal.
fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_around_what_is_wrong() {
        let before = "let a = 1; ".repeat(500);
        let text = format!("fn f() {{\n{before}wrong{}\n}}", "; let b = 2".repeat(500));
        let at = text.find("wrong").expect("is there");
        let drawn = snippet(&text, &(at..at + 5), "not known");
        let lines: Vec<&str> = drawn.lines().collect();
        let caret = lines[2].find('^').expect("a caret");
        let above: String = lines[1].chars().skip(caret).take(5).collect();
        assert_eq!(above, "wrong", "{drawn}");
        assert!(lines[2].ends_with("^^^^^ not known"), "{drawn}");
        assert!(lines[1].starts_with("2 | …") && lines[1].ends_with('…'));
        assert_eq!(lines[1].chars().count(), 4 + SHOWN + 2);
        // At the line's begin and its end nothing is left out there.
        let first = snippet(&text, &(9..12), "");
        assert!(
            first.contains("2 | let a") && first.contains("  | ^^^"),
            "{first}"
        );
        let end = text.rfind("= 2").expect("is there");
        let last = snippet(&text, &(end..end + 3), "");
        assert!(
            last.lines()
                .nth(1)
                .is_some_and(|line| line.ends_with("b = 2")),
            "{last}"
        );
        assert!(last.ends_with("^^^"), "{last}");
        let short = snippet("a b", &(2..3), "");
        assert_eq!(short, "  |\n1 | a b\n  |   ^");
    }
}
