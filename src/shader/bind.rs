//! What the WGSL binds against what the spec gives.

use crate::kit::{Element, Scalar, nearest};
use crate::plan::{Binding, Buffer, BufferRole, Case, Stage};

use super::code::Code;
use super::hint::{did_you_mean, quoted};
use super::reflect::{BindingKind, Global, Reflected, Resolved};
use super::uniforms::pack;

/// Whose bindings are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// A kernel: it uses every buffer that its spec gives.
    Kernel,
    /// A kernel's WGSL reference: it may do without some inputs.
    Reference,
}

/// What does not match, and the buffer of the spec that it is about, if any.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    pub(super) message: String,
    pub(super) buffer: Option<String>,
}

impl Misfit {
    fn of(buffer: &str, message: String) -> Self {
        Self {
            message,
            buffer: Some(buffer.to_owned()),
        }
    }
}

impl From<String> for Misfit {
    fn from(message: String) -> Self {
        Self {
            message,
            buffer: None,
        }
    }
}

/// An entry point's bindings, each with what fills it.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) bindings: Vec<(Reflected, Resolved)>,
    pub(super) uniforms: Vec<u8>,
}

/// Matches an entry point's bindings with a stage's buffers and uniforms.
///
/// # Errors
///
/// What does not match, with both sides and the cure.
pub(super) fn bind(
    case: &Case,
    stage: &Stage,
    code: &Code,
    entry: &str,
    of: Of,
) -> Result<Bound, Misfit> {
    no_doubles(stage)?;
    let mut used = vec![false; stage.bindings.len()];
    let mut uniforms = Vec::new();
    let mut open = Vec::new();
    let mut bindings = Vec::new();
    for global in &code.globals {
        let found = find(stage, &global.reflected);
        let Some((index, binding)) = found else {
            open.push(global);
            continue;
        };
        used[index] = true;
        check(case, stage, binding, global)
            .map_err(|message| Misfit::of(&binding.name, message))?;
        bindings.push((global.reflected.clone(), Resolved::Buffer(binding.buffer)));
    }

    let (open_uniforms, missing): (Vec<&Global>, Vec<&Global>) =
        open.into_iter().partition(|global| {
            global.reflected.kind == BindingKind::Uniform && !stage.uniforms.is_empty()
        });
    if let Some(global) = missing.first() {
        return Err(not_given(stage, global, &used));
    }
    let the_uniform = pick_uniform(stage, &open_uniforms, of)?;
    if let Some(global) = the_uniform {
        uniforms = pack(global, &stage.uniforms)?;
        bindings.push((global.reflected.clone(), Resolved::Uniforms));
        bindings.sort_by_key(|(reflected, _)| (reflected.group, reflected.binding));
    }
    not_used(case, stage, &used, &code.declared, entry, of)?;
    no_aliases(case, &bindings)?;
    Ok(Bound { bindings, uniforms })
}

/// A buffer by its slot, where it has one, else by its name.
fn find<'a>(stage: &'a Stage, reflected: &Reflected) -> Option<(usize, &'a Binding)> {
    let slot = (reflected.group, reflected.binding);
    let mut all = stage.bindings.iter().enumerate();
    all.find(|(_, binding)| match binding.slot {
        Some(given) => given == slot,
        None => binding.name == reflected.name,
    })
}

fn no_doubles(stage: &Stage) -> Result<(), Misfit> {
    let claims = stage
        .bindings
        .iter()
        .filter_map(|binding| Some((binding.slot?, binding.name.as_str())));
    let uniforms = stage.uniforms_slot.map(|slot| (slot, "uniforms"));
    let mut seen: Vec<((u32, u32), &str)> = Vec::new();
    for (slot, name) in claims.chain(uniforms) {
        if let Some((_, other)) = seen.iter().find(|(taken, _)| *taken == slot) {
            return Err(Misfit::of(
                if name == "uniforms" { other } else { name },
                format!(
                    "`{other}` and `{name}` both claim group {}, binding {}; give each a slot of its own",
                    slot.0, slot.1
                ),
            ));
        }
        seen.push((slot, name));
    }
    for (index, binding) in stage.bindings.iter().enumerate() {
        let again = stage.bindings[..index]
            .iter()
            .any(|other| other.name == binding.name);
        if again {
            return Err(Misfit::of(
                &binding.name,
                format!(
                    "the spec gives two buffers named `{}`; rename one",
                    binding.name
                ),
            ));
        }
    }
    Ok(())
}

/// The uniform variable that the spec's `uniforms` fill.
fn pick_uniform<'a>(
    stage: &Stage,
    open: &[&'a Global],
    of: Of,
) -> Result<Option<&'a Global>, String> {
    let names = || quoted(open.iter().map(|global| global.reflected.name.as_str()));
    if let Some(slot) = stage.uniforms_slot {
        let at_slot =
            |global: &&&Global| (global.reflected.group, global.reflected.binding) == slot;
        return match (open.iter().find(at_slot), open.len()) {
            (Some(global), 1) => Ok(Some(*global)),
            (Some(_), _) => Err(format!(
                "the WGSL has several uniform variables ({}), and the spec fills one by `uniforms`; give the others as buffers of the same name",
                names()
            )),
            (None, 0) if of == Of::Reference => Ok(None),
            (None, _) => Err(format!(
                "the spec puts `uniforms` at group {}, binding {}, and the entry point uses no `var<uniform>` there; open uniform variables: {}",
                slot.0,
                slot.1,
                names()
            )),
        };
    }
    match open {
        [] if stage.uniforms.is_empty() || of == Of::Reference => Ok(None),
        [] => Err(format!(
            "the spec gives `uniforms` ({}), and the entry point uses no `var<uniform>`; remove them from the spec, or use the variable",
            quoted(stage.uniforms.iter().map(|uniform| uniform.name.as_str()))
        )),
        [global] => Ok(Some(*global)),
        _ => Err(format!(
            "the WGSL has several uniform variables ({}), and the spec fills one by `uniforms`; give the others as buffers of the same name",
            names()
        )),
    }
}

fn not_given(stage: &Stage, global: &Global, used: &[bool]) -> Misfit {
    let reflected = &global.reflected;
    let what = match reflected.kind {
        BindingKind::Uniform => "uniform ",
        BindingKind::StorageRead | BindingKind::StorageReadWrite => "",
    };
    let free: Vec<&str> = stage
        .bindings
        .iter()
        .zip(used)
        .filter(|(_, used)| !**used)
        .map(|(binding, _)| binding.name.as_str())
        .collect();
    let elsewhere = stage
        .bindings
        .iter()
        .filter(|binding| binding.name == reflected.name)
        .find_map(|binding| binding.slot);
    if let Some((group, slot)) = elsewhere {
        return Misfit::of(
            &reflected.name,
            format!(
                "the WGSL binds {what}`{}: {}` at group {}, binding {}, and the spec puts it at group {group}, binding {slot}; correct its `group` and `binding`, or leave them out",
                reflected.name, global.type_name, reflected.group, reflected.binding
            ),
        );
    }
    let cure = match nearest(&reflected.name, free.iter().copied()) {
        Some(name) => format!(
            "did you mean `{name}`? Name them alike, or give `{name}` its `group` and `binding`"
        ),
        None => format!(
            "{}add a buffer of that name; the spec gives {}",
            match reflected.kind {
                BindingKind::Uniform => "give it by `uniforms`, or ",
                BindingKind::StorageRead | BindingKind::StorageReadWrite => "",
            },
            quoted(stage.bindings.iter().map(|binding| binding.name.as_str()))
        ),
    };
    format!(
        "the WGSL binds {what}`{}: {}` at group {}, binding {}, and the spec gives nothing for it; {cure}",
        reflected.name, global.type_name, reflected.group, reflected.binding
    )
    .into()
}

fn not_used(
    case: &Case,
    stage: &Stage,
    used: &[bool],
    declared: &[String],
    entry: &str,
    of: Of,
) -> Result<(), Misfit> {
    for (binding, _) in stage.bindings.iter().zip(used).filter(|(_, used)| !**used) {
        let is_input = case
            .buffers
            .get(binding.buffer)
            .is_none_or(|buffer| role(case, stage, binding, buffer) == BufferRole::Input);
        if of == Of::Reference && is_input {
            continue;
        }
        let name = &binding.name;
        let message = match binding.slot {
            Some((group, slot)) => format!(
                "the spec puts `{name}` at group {group}, binding {slot}, and the entry point uses nothing there; correct the slot, or remove the buffer"
            ),
            None if declared.contains(name) => format!(
                "the WGSL declares `{name}`, but entry point `{entry}` does not use it; use it, or remove it from the spec"
            ),
            None => format!(
                "the spec gives `{name}`, and the WGSL binds no variable of that name; it binds {}{}",
                quoted(declared.iter().map(String::as_str)),
                did_you_mean(name, declared.iter().map(String::as_str))
            ),
        };
        return Err(Misfit::of(name, message));
    }
    Ok(())
}

/// WebGPU lets one buffer stand in two bindings only where nobody writes.
fn no_aliases(case: &Case, bindings: &[(Reflected, Resolved)]) -> Result<(), String> {
    for (index, (one, resolved)) in bindings.iter().enumerate() {
        let Resolved::Buffer(buffer) = resolved else {
            continue;
        };
        let other = bindings[..index]
            .iter()
            .find(|(_, other)| other == resolved);
        if let Some((other, _)) = other
            && [one.kind, other.kind].contains(&BindingKind::StorageReadWrite)
        {
            let name = case
                .buffers
                .get(*buffer)
                .map_or("one buffer", |buffer| buffer.name.as_str());
            return Err(format!(
                "`{name}` is bound as `{}` and as `{}`, and one of them writes; WebGPU allows that only where both read",
                other.name, one.name
            ));
        }
    }
    Ok(())
}

/// What a buffer is to this stage: what another stage writes is an input here.
fn role(case: &Case, stage: &Stage, binding: &Binding, buffer: &Buffer) -> BufferRole {
    let own = case.stages.len() <= 1
        || buffer.name == binding.name
        || buffer.name == format!("{}.{}", stage.kernel, binding.name);
    if own { buffer.role } else { BufferRole::Input }
}

/// Whether a buffer may stand in a binding.
fn check(case: &Case, stage: &Stage, binding: &Binding, global: &Global) -> Result<(), String> {
    let name = &binding.name;
    let Some(buffer) = case.buffers.get(binding.buffer) else {
        return Err(format!("`{name}` has no buffer in this case"));
    };
    let role = role(case, stage, binding, buffer);
    let writes = global.reflected.kind == BindingKind::StorageReadWrite;
    let space = match global.reflected.kind {
        BindingKind::Uniform => "uniform",
        BindingKind::StorageRead => "storage, read",
        BindingKind::StorageReadWrite => "storage, read_write",
    };
    match role {
        BufferRole::Output if !writes => {
            return Err(format!(
                "`{name}` is an output, and the WGSL binds it as `var<{space}>`; bind it `var<storage, read_write>`, or move it to `inputs`"
            ));
        }
        BufferRole::Inout if !writes => {
            return Err(format!(
                "`{name}` is under `inout`, and the WGSL binds it as `var<{space}>`, so it cannot write it; move it to `inputs`"
            ));
        }
        // A kernel may ask to write an input; that it does not is verified.
        BufferRole::Input | BufferRole::Output | BufferRole::Inout => {}
    }
    check_type(name, buffer, global)?;
    check_size(name, buffer, global)
}

fn check_type(name: &str, buffer: &Buffer, global: &Global) -> Result<(), String> {
    let given = buffer.element;
    let wgsl = &global.type_name;
    let mismatch = |cure: String| {
        Err(format!(
            "`{name}` is `{given}` in the spec and `{wgsl}` in the WGSL; {cure}"
        ))
    };
    let Some(element) = global.reflected.element else {
        // A struct or the like: its one scalar type, or the raw words.
        let fits = match global.scalars.as_slice() {
            [only] => *only == given.scalar || given.scalar == Scalar::U32,
            _ => given.scalar == Scalar::U32,
        };
        return if fits {
            Ok(())
        } else {
            mismatch("declare `type: u32` and fill it word by word".to_owned())
        };
    };
    // WGSL has no atomic floats: kernels keep a float's bits in an atomic.
    let bits = element.atomic
        && element.scalar == Scalar::U32
        && given.scalar == Scalar::F32
        && buffer.role != BufferRole::Input;
    if element.scalar != given.scalar && !bits {
        let plain = Element {
            atomic: false,
            ..element
        };
        return mismatch(format!("declare `type: {plain}`, or change the WGSL"));
    }
    if (element.lanes == 3) != (given.lanes == 3) {
        return mismatch(format!(
            "a vec3 takes the room of a vec4, so both sides have to say it: declare `type: {element}`, or change the WGSL"
        ));
    }
    Ok(())
}

fn check_size(name: &str, buffer: &Buffer, global: &Global) -> Result<(), String> {
    let bytes = buffer.bytes();
    let wgsl = &global.type_name;
    let least = global.reflected.min_size;
    if bytes < least {
        return Err(format!(
            "`{name}` holds {bytes} bytes, and `{wgsl}` in the WGSL needs at least {least}; enlarge its `shape`, or change the WGSL"
        ));
    }
    if let Some((before, stride)) = global.runtime
        && !(bytes - before).is_multiple_of(stride)
    {
        return Err(format!(
            "`{name}` holds {bytes} bytes, which is no whole number of elements of `{wgsl}` ({stride} bytes each); choose a `shape` that divides, or read scalars in the WGSL"
        ));
    }
    Ok(())
}
