//! Templates to WGSL.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::plan::{Case, Stage};

use super::{Reflected, Resolved, ShaderError};

/// A stage's WGSL, validated, and how it binds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shader {
    /// The WGSL that is compiled.
    pub text: String,
    /// Hash of the text, the entry point and the overrides: equal hashes are
    /// the same code.
    pub hash: String,
    /// Entry point.
    pub entry: String,
    /// Overrides by name.
    pub overrides: std::collections::BTreeMap<String, f64>,
    /// Invocations of a workgroup per dimension, overrides resolved.
    pub workgroup_size: [u32; 3],
    /// Workgroup memory, in bytes.
    pub workgroup_memory: u32,
    /// Bindings in use, sorted by group and binding, each with what fills it.
    pub bindings: Vec<(Reflected, Resolved)>,
    /// Bytes of the uniform struct, packed by WGSL's rules; empty without.
    pub uniforms: Vec<u8>,
    /// Needs 16-bit floats.
    pub needs_f16: bool,
    /// Needs subgroup operations.
    pub needs_subgroups: bool,
    /// Needs cooperative matrices.
    pub needs_cooperative_matrix: bool,
    /// Remarks, such as a stripped `enable subgroups;`.
    pub notes: Vec<String>,
}

/// Renders and validates stages; equal texts are validated once.
#[derive(Debug)]
pub struct Renderer {
    root: std::path::PathBuf,
}

impl Renderer {
    /// A renderer for templates and shaders below a root.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Renders, validates and reflects one stage of a case.
    ///
    /// # Errors
    ///
    /// [`ShaderError`]: placed in the template, its WGSL, or the spec.
    pub fn render(&mut self, case: &Case, stage: &Stage) -> Result<Shader, ShaderError> {
        let _ = (&self.root, case, stage);
        Err(ShaderError {
            place: case.place.clone(),
            message: String::new(),
        })
    }

    /// The same for a stage's WGSL reference; none where it is built in.
    ///
    /// # Errors
    ///
    /// As [`Renderer::render`]; also where the reference is the kernel's own
    /// code.
    pub fn reference(&mut self, case: &Case, stage: &Stage) -> Result<Option<Shader>, ShaderError> {
        let _ = (case, stage);
        Ok(None)
    }
}
