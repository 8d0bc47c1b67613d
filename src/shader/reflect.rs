//! What a WGSL entry point binds, as naga sees it.

use naga::proc::{GlobalCtx, Layouter};
use naga::valid::{FunctionInfo, GlobalUse};
use naga::{AddressSpace, ArraySize, Handle, Module, ScalarKind, StorageAccess, Type, TypeInner};
use serde::{Deserialize, Serialize};

use crate::kit::{Element, Scalar, UniformType};

use super::fault::Fault;

/// How a variable is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BindingKind {
    /// `var<uniform>`.
    Uniform,
    /// `var<storage, read>`.
    StorageRead,
    /// `var<storage, read_write>`.
    StorageReadWrite,
}

/// A member of a struct, with its offset by WGSL's rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its element, where it is a scalar or a vector.
    pub element: Option<Element>,
    /// Bytes from the struct's begin.
    pub offset: u32,
    /// Its type and strides, where a uniform may be of it.
    pub layout: Option<Layout>,
}

/// A type as it lies in a uniform buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The type.
    pub ty: UniformType,
    /// Bytes from one element of an array to the next; 0 for a lone value.
    pub stride: u32,
    /// Bytes from one column of a matrix to the next; 0 for all else.
    pub column: u32,
}

/// One binding of an entry point, in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reflected {
    /// The WGSL variable.
    pub name: String,
    /// Bind group.
    pub group: u32,
    /// Binding.
    pub binding: u32,
    /// How it is bound.
    pub kind: BindingKind,
    /// The array's element, where it is an array of scalars, vectors or
    /// atomics; the variable's own where it is a lone one of these.
    pub element: Option<Element>,
    /// Least size in bytes.
    pub min_size: u64,
    /// Members, where it is a struct.
    pub members: Vec<Member>,
    /// Whether the entry point asks for its `arrayLength`.
    pub uses_array_length: bool,
    /// Whether the entry point reads what it holds, atomics included.
    pub reads: bool,
}

/// A reflected binding tied to what fills it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolved {
    /// Index into [`Case::buffers`](crate::plan::Case::buffers).
    Buffer(usize),
    /// The stage's uniform struct.
    Uniforms,
}

/// A binding with what the match against a spec needs beside.
#[derive(Clone, Debug)]
pub(super) struct Global {
    pub(super) reflected: Reflected,
    /// The type as a person would write it.
    pub(super) type_name: String,
    /// Its own type and strides, where a uniform may be of it.
    pub(super) layout: Option<Layout>,
    /// The scalars that it is made of, each once.
    pub(super) scalars: Vec<Scalar>,
    /// Bytes before the run-time array at its end, and its stride; none where
    /// the size is fixed.
    pub(super) runtime: Option<(u64, u64)>,
}

/// The bindings that an entry point uses, itself or through what it calls,
/// sorted by group and binding.
pub(super) fn reflect(module: &Module, uses: &FunctionInfo) -> Result<Vec<Global>, Fault> {
    let layouter = layouter(module)?;
    let mut globals = Vec::new();
    for (handle, variable) in module.global_variables.iter() {
        let used = uses[handle];
        if used.is_empty() {
            continue;
        }
        let name = variable.name.clone().unwrap_or_default();
        let kind = match variable.space {
            AddressSpace::Uniform => BindingKind::Uniform,
            AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => {
                BindingKind::StorageReadWrite
            }
            AddressSpace::Storage { .. } => BindingKind::StorageRead,
            AddressSpace::Function | AddressSpace::Private | AddressSpace::WorkGroup => continue,
            AddressSpace::Handle
            | AddressSpace::Immediate
            | AddressSpace::TaskPayload
            | AddressSpace::RayPayload
            | AddressSpace::IncomingRayPayload => {
                return Err(Fault {
                    message: format!(
                        "`{name}` is a texture, a sampler or the like, and the gate binds buffers only; pass its data in a storage buffer"
                    ),
                    range: module.global_variables.get_span(handle).to_range(),
                    label: String::new(),
                    notes: Vec::new(),
                    key: None,
                });
            }
        };
        let Some(slot) = &variable.binding else {
            continue;
        };
        let mut scalars = Vec::new();
        gather_scalars(module, variable.ty, &mut scalars);
        let runtime = runtime_array(module, variable.ty);
        globals.push(Global {
            reflected: Reflected {
                name,
                group: slot.group,
                binding: slot.binding,
                kind,
                element: element(module, variable.ty),
                min_size: match runtime {
                    Some((before, stride)) => before + stride,
                    None => u64::from(layouter[variable.ty].size),
                },
                members: members(module, variable.ty),
                uses_array_length: used.contains(GlobalUse::QUERY),
                reads: used.contains(GlobalUse::READ),
            },
            type_name: type_name(module, variable.ty),
            layout: layout(module, variable.ty),
            scalars,
            runtime,
        });
    }
    globals.sort_by_key(|global| (global.reflected.group, global.reflected.binding));
    Ok(globals)
}

/// Bytes of workgroup memory that an entry point uses, each variable rounded
/// up to 16 as the limit is counted (WebGPU, section 10.1.2, validating
/// GPUProgrammableStage). More than 32 bits hold reads as their most.
pub(super) fn workgroup_memory(module: &Module, uses: &FunctionInfo) -> Result<u32, Fault> {
    let layouter = layouter(module)?;
    let bytes: u64 = module
        .global_variables
        .iter()
        .filter(|(handle, variable)| {
            variable.space == AddressSpace::WorkGroup && !uses[*handle].is_empty()
        })
        .map(|(_, variable)| u64::from(layouter[variable.ty].size).next_multiple_of(16))
        .sum();
    Ok(u32::try_from(bytes).unwrap_or(u32::MAX))
}

fn layouter(module: &Module) -> Result<Layouter, Fault> {
    let mut layouter = Layouter::default();
    let context: GlobalCtx<'_> = module.to_ctx();
    layouter.update(context).map_err(|error| Fault {
        message: format!("a type has no layout: {error}"),
        range: module.types.get_span(error.ty).to_range(),
        label: String::new(),
        notes: Vec::new(),
        key: None,
    })?;
    Ok(layouter)
}

fn scalar(scalar: naga::Scalar) -> Option<Scalar> {
    match (scalar.kind, scalar.width) {
        (ScalarKind::Float, 4) => Some(Scalar::F32),
        (ScalarKind::Float, 2) => Some(Scalar::F16),
        (ScalarKind::Uint, 4) => Some(Scalar::U32),
        (ScalarKind::Sint, 4) => Some(Scalar::I32),
        (
            ScalarKind::Float
            | ScalarKind::Uint
            | ScalarKind::Sint
            | ScalarKind::Bool
            | ScalarKind::AbstractInt
            | ScalarKind::AbstractFloat,
            _,
        ) => None,
    }
}

/// A scalar, vector or atomic; through one array, its element.
fn element(module: &Module, ty: Handle<Type>) -> Option<Element> {
    match &module.types[ty].inner {
        TypeInner::Array { base, .. } => lone(module, *base),
        _ => lone(module, ty),
    }
}

fn lone(module: &Module, ty: Handle<Type>) -> Option<Element> {
    match module.types[ty].inner {
        TypeInner::Scalar(inner) => scalar(inner).map(Element::scalar),
        TypeInner::Atomic(inner) => scalar(inner).map(|scalar| Element {
            atomic: true,
            ..Element::scalar(scalar)
        }),
        TypeInner::Vector {
            size,
            scalar: inner,
        } => scalar(inner).map(|scalar| Element {
            lanes: size as u8,
            ..Element::scalar(scalar)
        }),
        _ => None,
    }
}

/// A scalar, vector, matrix, or an array of fixed length of one of these.
fn layout(module: &Module, ty: Handle<Type>) -> Option<Layout> {
    match module.types[ty].inner {
        TypeInner::Array {
            base,
            size: ArraySize::Constant(length),
            stride,
        } => {
            let base = layout(module, base).filter(|base| base.ty.length.is_none())?;
            Some(Layout {
                ty: UniformType {
                    length: Some(length.get()),
                    ..base.ty
                },
                stride,
                ..base
            })
        }
        TypeInner::Matrix {
            columns,
            rows,
            scalar: inner,
        } => {
            let element = Element {
                lanes: rows as u8,
                ..Element::scalar(scalar(inner)?)
            };
            Some(Layout {
                ty: UniformType {
                    element,
                    columns: columns as u8,
                    length: None,
                },
                stride: 0,
                // Columns lie as the elements of an array of vectors.
                column: u32::try_from(element.stride()).ok()?,
            })
        }
        _ => lone(module, ty)
            .filter(|element| !element.atomic)
            .map(|element| Layout {
                ty: UniformType::lone(element),
                stride: 0,
                column: 0,
            }),
    }
}

fn members(module: &Module, ty: Handle<Type>) -> Vec<Member> {
    let TypeInner::Struct { members, .. } = &module.types[ty].inner else {
        return Vec::new();
    };
    members
        .iter()
        .map(|member| Member {
            name: member.name.clone().unwrap_or_default(),
            element: lone(module, member.ty),
            offset: member.offset,
            layout: layout(module, member.ty),
        })
        .collect()
}

/// The run-time array at a type's end: bytes before it, and its stride.
fn runtime_array(module: &Module, ty: Handle<Type>) -> Option<(u64, u64)> {
    match &module.types[ty].inner {
        TypeInner::Array {
            size: ArraySize::Dynamic,
            stride,
            ..
        } => Some((0, u64::from(*stride))),
        TypeInner::Struct { members, .. } => {
            let last = members.last()?;
            let (before, stride) = runtime_array(module, last.ty)?;
            Some((u64::from(last.offset) + before, stride))
        }
        _ => None,
    }
}

/// Every scalar that a type is made of, once. naga bounds how deep types nest.
fn gather_scalars(module: &Module, ty: Handle<Type>, found: &mut Vec<Scalar>) {
    match &module.types[ty].inner {
        TypeInner::Scalar(inner)
        | TypeInner::Atomic(inner)
        | TypeInner::Vector { scalar: inner, .. }
        | TypeInner::Matrix { scalar: inner, .. } => {
            if let Some(scalar) = scalar(*inner)
                && !found.contains(&scalar)
            {
                found.push(scalar);
            }
        }
        TypeInner::Array { base, .. } => gather_scalars(module, *base, found),
        TypeInner::Struct { members, .. } => {
            for member in members {
                gather_scalars(module, member.ty, found);
            }
        }
        // Nothing else may lie in a buffer.
        _ => {}
    }
}

/// A type as a person would write it.
fn type_name(module: &Module, ty: Handle<Type>) -> String {
    if let Some(element) = lone(module, ty) {
        return element.to_string();
    }
    let named = &module.types[ty];
    match (&named.name, &named.inner) {
        (_, TypeInner::Array { base, size, .. }) => {
            let base = type_name(module, *base);
            match size {
                ArraySize::Constant(count) => format!("array<{base}, {count}>"),
                ArraySize::Pending(_) | ArraySize::Dynamic => format!("array<{base}>"),
            }
        }
        (Some(name), _) => name.clone(),
        (None, TypeInner::Matrix { columns, rows, .. }) => {
            format!("mat{}x{}", *columns as u8, *rows as u8)
        }
        (None, _) => "a type of its own".to_owned(),
    }
}
