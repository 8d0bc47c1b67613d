//! Shader: a stage in, validated WGSL and its reflected bindings out.
//!
//! No GPU: minijinja renders, naga validates and reflects.

mod error;
mod reflect;
mod render;

pub use error::ShaderError;
pub use reflect::{BindingKind, Member, Reflected, Resolved};
pub use render::{Renderer, Shader};
