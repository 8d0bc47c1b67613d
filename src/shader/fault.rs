//! naga's complaints as a message, a place and notes.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;

use naga::back::pipeline_constants::PipelineConstantError;
use naga::front::wgsl::ParseError;
use naga::valid::{EntryPointError, ValidationError};
use naga::{GlobalVariable, Handle, Module, WithSpan};

use super::hint::quoted;
use super::source::line_column;

/// What is wrong with a text.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) message: String,
    /// The bytes at fault, where they are known.
    pub(super) range: Option<Range<usize>>,
    /// What to write beside them.
    pub(super) label: String,
    pub(super) notes: Vec<String>,
}

impl Fault {
    pub(super) fn plain(message: String) -> Self {
        Self {
            message,
            range: None,
            label: String::new(),
            notes: Vec::new(),
        }
    }
}

/// What naga's parser says.
pub(super) fn parse_fault(error: &ParseError) -> Fault {
    let mut labels = error.labels();
    let first = labels.next();
    let mut notes: Vec<String> = error.notes().map(str::to_owned).collect();
    notes.extend(
        labels
            .map(|(_, label)| label.to_owned())
            .filter(|l| !l.is_empty()),
    );
    Fault {
        message: error.message().to_owned(),
        range: first.and_then(|(span, _)| span.to_range()),
        label: first.map(|(_, label)| label.to_owned()).unwrap_or_default(),
        notes,
    }
}

/// What naga's validator says.
pub(super) fn validation_fault(module: &Module, error: &WithSpan<ValidationError>) -> Fault {
    if let ValidationError::EntryPoint {
        source: EntryPointError::BindingCollision(handle),
        ..
    } = error.as_inner()
    {
        return collision(module, *handle);
    }

    // naga nests its errors; the outer ones name the function and the
    // variable, the innermost one says what is wrong.
    let mut notes = Vec::new();
    let mut next = error.as_inner().source();
    while let Some(inner) = next {
        notes.push(inner.to_string());
        next = inner.source();
    }
    // The last span is the narrowest.
    let narrow = error
        .spans()
        .min_by_key(|(span, _)| span.to_range().map_or(usize::MAX, |range| range.len()));
    Fault {
        message: error.to_string(),
        range: narrow.and_then(|(span, _)| span.to_range()),
        label: narrow.map(|(_, label)| label.clone()).unwrap_or_default(),
        notes,
    }
}

/// Two variables of one entry point in one slot.
fn collision(module: &Module, handle: Handle<GlobalVariable>) -> Fault {
    let Some(variable) = module.global_variables.try_get(handle).ok() else {
        return Fault::plain("two variables share a binding".to_owned());
    };
    let names = module
        .global_variables
        .iter()
        .filter(|(_, other)| other.binding == variable.binding)
        .filter_map(|(_, other)| other.name.as_deref());
    let slot = variable.binding.as_ref().map_or_else(String::new, |slot| {
        format!("group {}, binding {}", slot.group, slot.binding)
    });
    Fault {
        range: module.global_variables.get_span(handle).to_range(),
        ..Fault::plain(format!(
            "{} share {slot}; give each a binding of its own",
            quoted(names)
        ))
    }
}

/// What naga says of overrides, with the values that the spec gives: naga does
/// not tell which of them it is.
pub(super) fn override_fault(
    module: &Module,
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
        PipelineConstantError::NotFound(name) => {
            Fault::plain(format!("the WGSL declares no override `{name}`"))
        }
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
            let fault = validation_fault(module, inner);
            Fault {
                message: format!("with the spec's overrides, {values}: {}", fault.message),
                ..fault
            }
        }
        PipelineConstantError::NegativeWorkgroupSize => Fault::plain(format!(
            "with the spec's overrides, {values}, `@workgroup_size` is not above 0; correct the value"
        )),
        PipelineConstantError::NegativeMeshOutputMax => Fault::plain(error.to_string()),
    }
}

/// A text's line with a caret line below it:
///
/// ```text
///    |
/// 57 |     let y = foo;
///    |             ^^^ not found
/// ```
pub(super) fn snippet(text: &str, range: &Range<usize>, label: &str) -> String {
    let (line, column) = line_column(text, range.start);
    let shown = text.lines().nth(line - 1).unwrap_or_default();
    // A line of a generated file may be of any length.
    let shown: String = shown.chars().take(160).map(visible).collect();
    let length = text
        .get(range.clone())
        .map_or(1, |part| {
            part.lines().next().unwrap_or_default().chars().count()
        })
        .clamp(1, shown.chars().count().saturating_sub(column - 1).max(1));
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let carets = "^".repeat(length);
    let gap = " ".repeat((column - 1).min(160));
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
