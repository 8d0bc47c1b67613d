//! What is wrong with a template or its WGSL.

use thiserror::Error;

use crate::kit::{Place, visible_lines};

/// A template that does not render, or WGSL that does not hold together.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {}", visible_lines(message))]
pub struct ShaderError {
    /// Where: in the template, the WGSL or the spec.
    pub place: Place,
    /// What is wrong and the cure; for naga's errors with the WGSL line and a
    /// caret below it.
    pub message: String,
}
