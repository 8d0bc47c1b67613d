//! Shader: a stage in, validated WGSL and its reflected bindings out.
//!
//! No GPU: minijinja renders, naga validates and reflects.

mod bind;
mod code;
mod code_text;
mod directives;
mod error;
mod fault;
mod function_fault;
mod hint;
mod reflect;
mod render;
mod rendered;
mod seen;
mod source;
mod template;
#[cfg(test)]
mod tests;
mod uniforms;
mod validation;

pub use error::ShaderError;
pub use reflect::{BindingKind, Layout, Member, Reflected, Resolved};
pub use render::{Renderer, Shader};
pub use rendered::{RenderedFile, rendered_files};
