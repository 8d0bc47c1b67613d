//! WGSL at one entry point, with its overrides resolved: parsed, validated and
//! reflected once, whatever number of cases run it.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;
use std::sync::Arc;

use naga::back::PipelineConstants;
use naga::back::pipeline_constants::{PipelineConstantError, process_overrides};
use naga::front::wgsl::{Frontend, Options, ParseError};
use naga::valid::{Capabilities, ModuleInfo, ValidationError, ValidationFlags, Validator};
use naga::{Module, ShaderStage, WithSpan};

use super::directives::{self, Enabled};
use super::hint::{did_you_mean, quoted};
use super::reflect::{Global, reflect, workgroup_memory};

/// Stack of the thread that compiles: naga recurses over nested expressions
/// up to a limit of its own, which the 2 MiB of a usual thread may not hold.
const STACK: usize = 16 << 20;

/// WGSL as it is compiled, and what was done to it.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) wgsl: Arc<str>,
    pub(super) enabled: Enabled,
    pub(super) notes: Vec<String>,
}

impl Text {
    /// Takes a text in; strips what naga does not read.
    pub(super) fn new(wgsl: Arc<str>) -> Self {
        let enabled = directives::read(&wgsl);
        match directives::without_subgroups(&wgsl, &enabled) {
            None => Self {
                wgsl,
                enabled,
                notes: Vec::new(),
            },
            Some(stripped) => Self {
                wgsl: stripped.into(),
                enabled,
                notes: vec![
                    "`enable subgroups;` was taken out: naga knows the operations without it and rejects the line"
                        .to_owned(),
                ],
            },
        }
    }
}

/// What a text is at one entry point.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) hash: String,
    /// Overrides by the key that the pipeline takes: the id where the WGSL
    /// gives one, else the name.
    pub(super) overrides: BTreeMap<String, f64>,
    pub(super) workgroup_size: [u32; 3],
    pub(super) workgroup_memory: u32,
    pub(super) globals: Vec<Global>,
    /// Names of all that the module binds, in use or not.
    pub(super) declared: Vec<String>,
    pub(super) needs_subgroups: bool,
}

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
    fn plain(message: String) -> Self {
        Self {
            message,
            range: None,
            label: String::new(),
            notes: Vec::new(),
        }
    }
}

/// Hash of a text, an entry point and overrides; equal hashes are equal code.
pub(super) fn hash(wgsl: &str, entry: &str, overrides: &BTreeMap<String, f64>) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        // Lengths first, so that no two lists of parts read alike.
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(wgsl.as_bytes());
    part(entry.as_bytes());
    for (name, value) in overrides {
        part(name.as_bytes());
        part(&value.to_bits().to_le_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Parses, validates and reflects.
pub(super) fn compile(
    text: &Text,
    entry: &str,
    overrides: &BTreeMap<String, f64>,
) -> Result<Code, Fault> {
    let compiled = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || compile_here(text, entry, overrides))
            .map_err(|error| {
                Fault::plain(format!("no thread could be started to compile: {error}"))
            })?
            .join()
            .unwrap_or_else(|_| {
                Err(Fault::plain(
                    "naga, the WGSL compiler, crashed on this text; please report it with the text from `gate render`"
                        .to_owned(),
                ))
            })
    })?;
    Ok(compiled)
}

fn compile_here(
    text: &Text,
    entry: &str,
    overrides: &BTreeMap<String, f64>,
) -> Result<Code, Fault> {
    let wgsl = &*text.wgsl;
    let module = Frontend::new_with_options(Options {
        parse_doc_comments: false,
        capabilities: capabilities(),
    })
    .parse(wgsl)
    .map_err(|error| parse_fault(&error))?;
    let info = validate(&module, capabilities()).map_err(|error| validation_fault(&error))?;
    check_entry(&module, entry)?;

    let overrides_by_key = key_overrides(&module, overrides)?;
    let mut constants = PipelineConstants::default();
    constants.extend(
        overrides_by_key
            .iter()
            .map(|(key, value)| (key.clone(), *value)),
    );
    let (resolved, resolved_info) = process_overrides(
        &module,
        &info,
        Some((ShaderStage::Compute, entry)),
        &constants,
    )
    .map_err(|error| override_fault(&module, &error))?;

    let index = resolved
        .entry_points
        .iter()
        .position(|point| point.name == entry && point.stage == ShaderStage::Compute)
        .ok_or_else(|| Fault::plain(format!("there is no compute entry point `{entry}`")))?;
    let uses = resolved_info.get_entry_point(index);
    Ok(Code {
        hash: hash(wgsl, entry, overrides),
        overrides: overrides_by_key,
        workgroup_size: resolved.entry_points[index].workgroup_size,
        workgroup_memory: workgroup_memory(&resolved, uses)?,
        globals: reflect(&resolved, uses)?,
        declared: module
            .global_variables
            .iter()
            .filter(|(_, variable)| variable.binding.is_some())
            .filter_map(|(_, variable)| variable.name.clone())
            .collect(),
        needs_subgroups: needs_subgroups(wgsl, &module),
    })
}

/// What a device may offer to a kernel, as far as the gate can ask for it.
fn capabilities() -> Capabilities {
    Capabilities::SHADER_FLOAT16
        | Capabilities::SHADER_FLOAT16_IN_FLOAT32
        | Capabilities::SUBGROUP
        | Capabilities::SUBGROUP_BARRIER
        | Capabilities::COOPERATIVE_MATRIX
}

fn validate(
    module: &Module,
    capabilities: Capabilities,
) -> Result<ModuleInfo, WithSpan<ValidationError>> {
    Validator::new(ValidationFlags::all(), capabilities).validate(module)
}

/// Whether a valid module stops being valid on a device without subgroups.
/// (A device checks the whole module, whichever entry point runs.)
fn needs_subgroups(wgsl: &str, module: &Module) -> bool {
    let mentioned = wgsl.contains("subgroup") || wgsl.contains("quad");
    let without = capabilities() - Capabilities::SUBGROUP - Capabilities::SUBGROUP_BARRIER;
    mentioned && validate(module, without).is_err()
}

fn check_entry(module: &Module, entry: &str) -> Result<(), Fault> {
    let found = module.entry_points.iter().find(|point| point.name == entry);
    if found.is_some_and(|point| point.stage == ShaderStage::Compute) {
        return Ok(());
    }
    let others: Vec<&str> = module
        .entry_points
        .iter()
        .filter(|point| point.stage == ShaderStage::Compute)
        .map(|point| point.name.as_str())
        .collect();
    Err(Fault::plain(match found {
        Some(_) => format!(
            "entry point `{entry}` is not a compute shader; compute entry points: {}",
            quoted(others)
        ),
        None => format!(
            "there is no entry point `{entry}`{}; compute entry points: {}",
            did_you_mean(entry, others.iter().copied()),
            quoted(others.iter().copied())
        ),
    }))
}

/// Overrides of the spec, which go by name, by the key that a pipeline takes.
fn key_overrides(
    module: &Module,
    overrides: &BTreeMap<String, f64>,
) -> Result<BTreeMap<String, f64>, Fault> {
    let mut keyed = BTreeMap::new();
    for (name, value) in overrides {
        let declared = module.overrides.iter().find(|(_, declared)| {
            declared.name.as_ref() == Some(name)
                || declared.id.is_some_and(|id| id.to_string() == *name)
        });
        let Some((_, declared)) = declared else {
            let names = override_names(module);
            return Err(Fault::plain(format!(
                "the WGSL declares no override `{name}`{}; it declares {}",
                did_you_mean(name, names.iter().map(String::as_str)),
                quoted(names.iter().map(String::as_str))
            )));
        };
        let key = declared
            .id
            .map_or_else(|| name.clone(), |id| id.to_string());
        if keyed.insert(key, *value).is_some() {
            return Err(Fault::plain(format!(
                "override `{name}` is given twice, by its name and by its id; give it once"
            )));
        }
    }
    Ok(keyed)
}

/// Names (or ids) of a module's overrides.
fn override_names(module: &Module) -> Vec<String> {
    module
        .overrides
        .iter()
        .filter_map(|(_, declared)| match (&declared.name, declared.id) {
            (Some(name), _) => Some(name.clone()),
            (None, Some(id)) => Some(id.to_string()),
            (None, None) => None,
        })
        .collect()
}

/// Names of the overrides that a module declares; empty where it does not
/// parse, which its compilation will say.
pub(super) fn declared_overrides(wgsl: &str) -> Vec<String> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                naga::front::wgsl::parse_str(wgsl)
                    .map(|module| override_names(&module))
                    .unwrap_or_default()
            })
            .ok()
            .and_then(|thread| thread.join().ok())
            .unwrap_or_default()
    })
}

fn parse_fault(error: &ParseError) -> Fault {
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

fn validation_fault(error: &WithSpan<ValidationError>) -> Fault {
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

fn override_fault(module: &Module, error: &PipelineConstantError) -> Fault {
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
                range: declared.and_then(|(handle, _)| {
                    module.overrides.get_span(handle).to_range()
                }),
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
        PipelineConstantError::DstRangeTooSmall => Fault::plain(
            "an override's value does not fit its WGSL type; correct the value in `overrides`"
                .to_owned(),
        ),
        PipelineConstantError::ConstantEvaluatorError(inner) => Fault::plain(format!(
            "with the spec's overrides a constant has no value: {inner}"
        )),
        PipelineConstantError::ValidationError(inner) => {
            let fault = validation_fault(inner);
            Fault {
                message: format!("with the spec's overrides: {}", fault.message),
                ..fault
            }
        }
        PipelineConstantError::NegativeWorkgroupSize => Fault::plain(
            "with the spec's overrides `@workgroup_size` is not above 0; correct the value in `overrides`"
                .to_owned(),
        ),
        PipelineConstantError::NegativeMeshOutputMax => {
            Fault::plain(error.to_string())
        }
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
    let (line, column) = super::source::line_column(text, range.start);
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
