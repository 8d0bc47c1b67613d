//! What is wrong with a spec: where, what, and the cure.

use thiserror::Error;

use crate::kit::{Place, visible_lines};

use super::{Expr, ExprError, Placed};

/// A mistake in a spec; prints `file:line:column: what; cure`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {}", visible_lines(message))]
pub struct SpecError {
    /// Where.
    pub place: Place,
    /// What is wrong, and the cure.
    pub message: String,
}

impl SpecError {
    /// A mistake at a place.
    #[must_use]
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self {
            place,
            message: message.into(),
        }
    }

    /// A mistake inside an expression, pointing at the part that is wrong.
    #[must_use]
    pub fn in_expr(expr: &Placed<Expr>, error: &ExprError) -> Self {
        Self::new(expr.place.shifted(error.offset()), error.to_string())
    }
}
