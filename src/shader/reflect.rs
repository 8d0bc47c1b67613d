//! What a WGSL entry point binds, as naga sees it.

use serde::{Deserialize, Serialize};

use crate::kit::Element;

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
    /// atomics.
    pub element: Option<Element>,
    /// Least size in bytes.
    pub min_size: u64,
    /// Members, where it is a struct.
    pub members: Vec<Member>,
    /// Whether the entry point asks for its `arrayLength`.
    pub uses_array_length: bool,
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
