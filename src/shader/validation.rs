//! What naga's validator says, in WGSL's words: its own messages name
//! expressions and types by numbers of its own.

use std::error::Error;
use std::ops::Range;

use naga::common::DiagnosticDisplay;
use naga::common::wgsl::address_space_str;
use naga::valid::{EntryPointError, FunctionError, GlobalVariableError, ValidationError};
use naga::{Function, GlobalVariable, Handle, Module, Type, WithSpan};

use super::code_text::{attribute, function_name};
use super::fault::Fault;
use super::function_fault::Said;
use super::hint::quoted;

/// The most invocations of a workgroup in one dimension that naga takes.
const MAX_WORKGROUP_SIZE: u32 = 0x4000;

/// What the validator says of a module.
pub(super) fn validation_fault(
    wgsl: &str,
    module: &Module,
    error: &WithSpan<ValidationError>,
) -> Fault {
    let whole = |message: String, range: Option<Range<usize>>| Fault {
        range,
        ..Fault::plain(message)
    };
    let in_function = |function: &Function, source: &FunctionError| {
        let said = Said {
            wgsl,
            module,
            function,
        };
        said.function(source)
            .map(|(message, at)| whole(message, at.or_else(|| narrowest(error).0)))
            .unwrap_or_else(|| said.numbered(error, source))
    };
    match error.as_inner() {
        ValidationError::Function { handle, source, .. } => {
            match module.functions.try_get(*handle) {
                Ok(function) => in_function(function, source),
                Err(_) => unnumbered(error),
            }
        }
        ValidationError::EntryPoint {
            name,
            source: EntryPointError::Function(source),
            ..
        } => match module.entry_points.iter().find(|point| point.name == *name) {
            Some(point) => in_function(&point.function, source),
            None => unnumbered(error),
        },
        ValidationError::EntryPoint {
            source: EntryPointError::BindingCollision(handle),
            ..
        } => collision(module, *handle),
        ValidationError::EntryPoint { name, source, .. } => entry_point(wgsl, module, name, source)
            .unwrap_or_else(|| {
                let fault = unnumbered(error);
                Fault {
                    range: fault.range.clone().or_else(|| function_name(wgsl, name)),
                    ..fault
                }
            }),
        ValidationError::GlobalVariable {
            handle,
            name,
            source,
        } => {
            let ty = module
                .global_variables
                .try_get(*handle)
                .map_or_else(|_| String::new(), |variable| type_name(module, variable.ty));
            whole(
                global(module, name, &ty, source),
                module.global_variables.get_span(*handle).to_range(),
            )
        }
        ValidationError::Type { handle, name, .. } => {
            let message = if name.is_empty() {
                format!("the type `{}` is not valid", type_name(module, *handle))
            } else {
                format!("the type `{name}` is not valid")
            };
            Fault {
                notes: reasons(error.as_inner(), |number| numbered_type(module, number)),
                ..whole(message, module.types.get_span(*handle).to_range())
            }
        }
        _ => unnumbered(error),
    }
}

/// The same of a module that is not at hand: what naga made of another one.
pub(super) fn unnumbered(error: &WithSpan<ValidationError>) -> Fault {
    let (range, label) = narrowest(error);
    Fault {
        message: replaced(&error.to_string(), |_| None),
        range,
        label,
        notes: reasons(error.as_inner(), |_| None),
        key: None,
    }
}

/// The place that names the least, and what naga says of it where it has words
/// for it: else it names its own type of the thing there.
pub(super) fn narrowest(error: &WithSpan<ValidationError>) -> (Option<Range<usize>>, String) {
    let narrow = error
        .spans()
        .min_by_key(|(span, _)| span.to_range().map_or(usize::MAX, |range| range.len()));
    narrow.map_or((None, String::new()), |(span, label)| {
        let label = if label.starts_with("naga::") {
            String::new()
        } else {
            label.clone()
        };
        (span.to_range(), label)
    })
}

/// What is behind an error; the outer ones name the function and the variable,
/// the innermost one says what is wrong.
pub(super) fn reasons(error: &dyn Error, name: impl Fn(usize) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = error.source();
    while let Some(inner) = next {
        found.push(replaced(&inner.to_string(), &name));
        next = inner.source();
    }
    found
}

/// Two variables of one entry point in one slot.
fn collision(module: &Module, handle: Handle<GlobalVariable>) -> Fault {
    let Ok(variable) = module.global_variables.try_get(handle) else {
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

fn entry_point(wgsl: &str, module: &Module, name: &str, error: &EntryPointError) -> Option<Fault> {
    match error {
        EntryPointError::OutOfRangeWorkgroupSize => {
            let point = module.entry_points.iter().find(|point| point.name == name);
            let [x, y, z] = point.map_or([0; 3], |point| point.workgroup_size);
            Some(Fault {
                range: attribute(wgsl, "workgroup_size", name)
                    .or_else(|| function_name(wgsl, name)),
                ..Fault::plain(format!(
                    "the workgroup of `{name}` is {x} x {y} x {z} invocations; each dimension has 1 to {MAX_WORKGROUP_SIZE}"
                ))
            })
        }
        _ => None,
    }
}

fn global(module: &Module, name: &str, ty: &str, error: &GlobalVariableError) -> String {
    match error {
        GlobalVariableError::InvalidUsage(space) => {
            format!(
                "`{name}` cannot be in address space `{}`",
                space_name(*space)
            )
        }
        GlobalVariableError::InvalidType(space) => format!(
            "`{name}` is of type `{ty}`, which cannot be in address space `{}`",
            space_name(*space)
        ),
        GlobalVariableError::MissingTypeFlags { .. } => format!(
            "`{name}` is of type `{ty}`, which cannot be there: a buffer holds numbers, vectors, matrices, atomics, and arrays and structs of these (write `u32` for `bool`), and only `var<storage>` an array without a length"
        ),
        GlobalVariableError::Alignment(space, handle, why) => format!(
            "`{name}`: `{}` is not laid out as address space `{}` needs it: {}",
            type_name(module, *handle),
            space_name(*space),
            replaced(&why.to_string(), |number| numbered_type(module, number))
        ),
        GlobalVariableError::InvalidBinding => format!(
            "`{name}` needs `@group(…) @binding(…)` where it is a buffer, and has none of them where it is not"
        ),
        GlobalVariableError::InitializerType => {
            format!("`{name}` is of type `{ty}`, and its initial value is of another")
        }
        other => format!(
            "`{name}`: {}",
            replaced(&other.to_string(), |number| numbered_type(module, number))
        ),
    }
}

/// An address space as WGSL writes it.
fn space_name(space: naga::AddressSpace) -> String {
    match address_space_str(space) {
        (Some(name), Some(access)) => format!("{name}, {access}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => "handle".to_owned(),
    }
}

pub(super) fn type_name(module: &Module, handle: Handle<Type>) -> String {
    DiagnosticDisplay((handle, module.to_ctx())).to_string()
}

fn numbered_type(module: &Module, number: usize) -> Option<String> {
    let (handle, _) = module.types.iter().nth(number)?;
    Some(format!("`{}`", type_name(module, handle)))
}

/// A message with what naga's numbers, `[3]`, stand for, or without them.
pub(super) fn replaced(message: &str, name: impl Fn(usize) -> Option<String>) -> String {
    let mut told = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('[') {
        let number = after
            .split_once(']')
            .and_then(|(number, behind)| Some((number.parse().ok()?, behind)));
        match number {
            Some((number, behind)) => {
                match name(number) {
                    Some(name) => told.push_str(&format!("{before}{name}")),
                    None => told.push_str(before.strip_suffix(' ').unwrap_or(before)),
                }
                rest = behind;
            }
            None => {
                told.push_str(before);
                told.push('[');
                rest = after;
            }
        }
    }
    told.push_str(rest);
    // naga speaks to those who call it.
    match told.split_once(" requires the `naga::valid::Capabilities::") {
        Some((what, flag)) => format!(
            "{what} needs `{}`, which the gate does not ask a device for",
            flag.split('`').next().unwrap_or_default()
        ),
        None => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_replaced_and_other_brackets_stay() {
        let name = |number: usize| (number < 2).then(|| format!("`x{number}`"));
        assert_eq!(
            replaced("Type [1] of a[i] and [7] [", name),
            "Type `x1` of a[i] and ["
        );
        assert_eq!(replaced("[0]", name), "`x0`");
        assert_eq!(
            replaced(
                "Using `f64` values requires the `naga::valid::Capabilities::FLOAT64` flag",
                name
            ),
            "Using `f64` values needs `FLOAT64`, which the gate does not ask a device for"
        );
    }
}
