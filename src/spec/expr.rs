//! Integer expressions over shapes, variants, tables and device limits.

use thiserror::Error;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    text: String,
}

/// A value that an expression meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number (comparisons give 0 or 1).
    Int(i64),
    /// A word, which can only be compared with `==` and `!=`.
    Word(String),
}

/// Where an expression's names come from.
pub trait Env {
    /// The value of a name such as `tokens`, `model.hidden`, `workgroup.0`.
    fn get(&self, name: &str) -> Option<Value>;
    /// All names, for did-you-mean.
    fn names(&self) -> Vec<String>;
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExprError {
    /// It does not parse.
    #[error("`{text}` is no expression: {why}")]
    Syntax {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// A name that nothing defines.
    #[error("`{name}` is not defined here{hint}")]
    Undefined {
        /// The name.
        name: String,
        /// `; did you mean …?`, or nothing.
        hint: String,
    },
    /// Beyond 64 bits.
    #[error("`{0}` overflows 64 bits")]
    Overflow(String),
    /// Division by zero.
    #[error("`{0}` divides by zero")]
    DivisionByZero(String),
    /// A word where a number is needed, or the other way round.
    #[error("`{0}` needs a number")]
    NotANumber(String),
}

impl Expr {
    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}
