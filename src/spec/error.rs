//! What is wrong with a spec: where, what, and the cure.

use thiserror::Error;

use crate::kit::Place;

/// A mistake in a spec; prints `file:line:column: what; cure`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {message}")]
pub struct SpecError {
    /// Where.
    pub place: Place,
    /// What is wrong, and the cure.
    pub message: String,
}
