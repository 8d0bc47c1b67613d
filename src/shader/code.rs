//! WGSL at one entry point, with its overrides resolved: parsed, validated and
//! reflected once, whatever number of cases run it.

use std::collections::BTreeMap;
use std::sync::Arc;

use naga::back::PipelineConstants;
use naga::back::pipeline_constants::process_overrides;
use naga::front::wgsl::{Frontend, Options};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{Handle, Module, ScalarKind, ShaderStage, Type, TypeInner};

use super::directives::{self, Enabled};
use super::fault::{Fault, SpecKey, override_fault, parse_fault};
use super::hint::{did_you_mean, quoted};
use super::reflect::{Global, reflect, workgroup_memory};
use super::validation::validation_fault;

/// The most WGSL that is compiled, in bytes.
const MAX_WGSL: usize = 256 << 10;

/// The longest statement or declaration, in bytes. naga's time grows with the
/// square of it: a sum of this length takes about two seconds.
const MAX_STATEMENT: usize = 64 << 10;

/// Stack of the thread that compiles. naga recurses without a bound of its
/// own over chains such as `a + a + …`, at up to 1 KiB a byte of WGSL; pages
/// that it does not reach cost nothing.
const STACK: usize = MAX_WGSL << 10;

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
    /// Hash of what the code does, whatever its names, spaces and comments.
    pub(super) meaning: blake3::Hash,
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
    in_bounds(&text.wgsl)?;
    std::thread::scope(|scope| {
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
    })
}

/// Refuses what naga would take too much stack or time for.
fn in_bounds(wgsl: &str) -> Result<(), Fault> {
    if wgsl.len() > MAX_WGSL {
        return Err(Fault::plain(format!(
            "{} bytes of WGSL are more than the {MAX_WGSL} that are compiled",
            wgsl.len()
        )));
    }
    let mut begin = 0;
    for statement in wgsl.split_inclusive([';', '{', '}']) {
        if statement.len() > MAX_STATEMENT {
            let blank = statement.len() - statement.trim_start().len();
            return Err(Fault {
                range: Some(begin + blank..begin + statement.len()),
                ..Fault::plain(format!(
                    "a statement of {} bytes is longer than the {MAX_STATEMENT} that are compiled; split it",
                    statement.len()
                ))
            });
        }
        begin += statement.len();
    }
    Ok(())
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
    .map_err(|error| parse_fault(wgsl, &error))?;
    let info = Validator::new(ValidationFlags::all(), capabilities())
        .validate(&module)
        .map_err(|error| validation_fault(wgsl, &module, &error))?;
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
    .map_err(|error| override_fault(wgsl, &module, entry, &error, overrides))?;

    let index = resolved
        .entry_points
        .iter()
        .position(|point| point.name == entry && point.stage == ShaderStage::Compute)
        .ok_or_else(|| Fault::plain(format!("there is no compute entry point `{entry}`")))?;
    let uses = resolved_info.get_entry_point(index);
    Ok(Code {
        hash: hash(wgsl, entry, overrides),
        meaning: meaning(&resolved),
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

/// Hash of a module without its names and places: what naga made of the text,
/// spaces and comments gone.
fn meaning(module: &Module) -> blake3::Hash {
    let shown = format!("{module:?}");
    let mut hasher = blake3::Hasher::new();
    // Names are all that stands in quotes, and none has a quote in it.
    for outside in shown.split('"').step_by(2) {
        for (index, part) in outside.split("Span {").enumerate() {
            let placeless = match index {
                0 => part,
                _ => part.split_once('}').map_or("", |(_, rest)| rest),
            };
            hasher.update(placeless.as_bytes());
        }
    }
    hasher.finalize()
}

/// What a device may offer to a kernel, as far as the gate can ask for it.
fn capabilities() -> Capabilities {
    Capabilities::SHADER_FLOAT16
        | Capabilities::SHADER_FLOAT16_IN_FLOAT32
        | Capabilities::SUBGROUP
        | Capabilities::SUBGROUP_BARRIER
        | Capabilities::COOPERATIVE_MATRIX
}

/// Whether a valid module stops being valid on a device without subgroups.
/// (A device checks the whole module, whichever entry point runs.)
fn needs_subgroups(wgsl: &str, module: &Module) -> bool {
    let mentioned = wgsl.contains("subgroup") || wgsl.contains("quad");
    let without = capabilities() - Capabilities::SUBGROUP - Capabilities::SUBGROUP_BARRIER;
    let mut validator = Validator::new(ValidationFlags::all(), without);
    mentioned && validator.validate(module).is_err()
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
    let message = match found {
        Some(_) => format!(
            "entry point `{entry}` is not a compute shader; compute entry points: {}",
            quoted(others)
        ),
        None => {
            let hint = did_you_mean(entry, others.iter().copied());
            let cure = if hint.is_empty() && !others.is_empty() {
                "; name one of them by `entry`"
            } else {
                ""
            };
            format!(
                "there is no entry point `{entry}`; compute entry points: {}{hint}{cure}",
                quoted(others.iter().copied()),
            )
        }
    };
    Err(Fault::of(SpecKey::Entry, message))
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
            let declares = if names.is_empty() {
                "none".to_owned()
            } else {
                quoted(names.iter().map(String::as_str))
            };
            return Err(Fault::of(
                SpecKey::Override(name.clone()),
                format!(
                    "the WGSL declares no override `{name}`; it declares {declares}{}",
                    did_you_mean(name, names.iter().map(String::as_str))
                ),
            ));
        };
        if let Some(why) = misfit(module, declared.ty, *value) {
            return Err(Fault::of(
                SpecKey::Override(name.clone()),
                format!("override `{name}` is {value}, {why}"),
            ));
        }
        let key = declared
            .id
            .map_or_else(|| name.clone(), |id| id.to_string());
        if keyed.insert(key, *value).is_some() {
            return Err(Fault::of(
                SpecKey::Override(name.clone()),
                format!(
                    "override `{name}` is given twice, by its name and by its id; give it once"
                ),
            ));
        }
    }
    Ok(keyed)
}

/// Why an override of a type cannot have a value, if it cannot.
fn misfit(module: &Module, ty: Handle<Type>, value: f64) -> Option<String> {
    let TypeInner::Scalar(scalar) = module.types[ty].inner else {
        return None;
    };
    let (name, least, most, whole) = match (scalar.kind, scalar.width) {
        (ScalarKind::Uint, 4) => ("u32", 0.0, f64::from(u32::MAX), true),
        (ScalarKind::Sint, 4) => ("i32", f64::from(i32::MIN), f64::from(i32::MAX), true),
        (ScalarKind::Float, 4) => ("f32", f64::from(f32::MIN), f64::from(f32::MAX), false),
        // The greatest finite f16.
        (ScalarKind::Float, 2) => ("f16", -65_504.0, 65_504.0, false),
        (ScalarKind::Bool, _) if value != 0.0 && value != 1.0 => {
            return Some("and it is a `bool` in the WGSL; write `true` or `false`".to_owned());
        }
        _ => return None,
    };
    if whole && value.fract() != 0.0 {
        return Some(format!(
            "and it is `{name}` in the WGSL; write a whole number"
        ));
    }
    (!(least..=most).contains(&value))
        .then(|| format!("and a `{name}` in the WGSL holds {least} to {most}"))
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
    if in_bounds(wgsl).is_err() {
        return Vec::new();
    }
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
