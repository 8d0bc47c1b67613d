//! Integer expressions over shapes, variants, tables and device limits.
//!
//! From loosest to tightest: `or` (`||`), `and` (`&&`), `not`, the comparisons
//! (`== != < <= > >=`, which do not chain), `+ -`, `* / %`, unary `-` and `!`.
//! Numbers are 64-bit with overflow checked; `/` drops the fraction towards
//! zero, as in WGSL, and `%` has the sign of its left side. A comparison gives
//! 1 or 0; `and` and `or` do not look at their right side where the left one
//! decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use thiserror::Error;

use super::expr_eval::eval;
use super::expr_parse::parse;
use super::expr_tree::Node;

/// Longest expression, in bytes.
pub(super) const LONGEST: usize = 2000;

/// A parsed expression; cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    text: Arc<str>,
    root: Arc<Node>,
    /// Whether characters of `text` stand one by one in the file, so that an
    /// offset into the one is an offset into the other.
    flat: bool,
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

/// Why an expression has no value. Every offset counts characters from the
/// expression's first.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExprError {
    /// It does not parse.
    #[error("`{text}` is no expression: {why}")]
    Syntax {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: String,
        /// Where in the text.
        offset: usize,
    },
    /// A name that nothing defines.
    #[error("`{name}` is not defined here{hint}")]
    Undefined {
        /// The name.
        name: String,
        /// `; did you mean …?`, or nothing.
        hint: String,
        /// Where in the text.
        offset: usize,
    },
    /// Beyond 64 bits.
    #[error("`{text}` overflows 64 bits")]
    Overflow {
        /// The part that does.
        text: String,
        /// Where in the text.
        offset: usize,
    },
    /// Division by zero.
    #[error("`{text}` divides by zero")]
    DivisionByZero {
        /// The part that does.
        text: String,
        /// Where in the text.
        offset: usize,
    },
    /// A word where a number is needed.
    #[error("`{text}` is the word `{word}`, and a number is needed here")]
    NotANumber {
        /// The part that is a word.
        text: String,
        /// The word.
        word: String,
        /// Where in the text.
        offset: usize,
    },
    /// Something else where `size_of` needs a type.
    #[error(
        "`size_of({text})` needs a type, and `{text}` is `{found}`; write one such as `f16`, or an axis that holds one"
    )]
    NotAType {
        /// The argument.
        text: String,
        /// Its value.
        found: String,
        /// Where in the text.
        offset: usize,
    },
}

impl ExprError {
    /// Where in the expression's text, in characters from its first.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::Syntax { offset, .. }
            | Self::Undefined { offset, .. }
            | Self::Overflow { offset, .. }
            | Self::DivisionByZero { offset, .. }
            | Self::NotANumber { offset, .. }
            | Self::NotAType { offset, .. } => *offset,
        }
    }

    pub(super) fn offset_mut(&mut self) -> &mut usize {
        match self {
            Self::Syntax { offset, .. }
            | Self::Undefined { offset, .. }
            | Self::Overflow { offset, .. }
            | Self::DivisionByZero { offset, .. }
            | Self::NotANumber { offset, .. }
            | Self::NotAType { offset, .. } => offset,
        }
    }
}

impl Expr {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// [`ExprError::Syntax`] where it does not parse, nests deeper than 32
    /// levels or is longer than 2000 bytes.
    pub fn parse(text: &str) -> Result<Self, ExprError> {
        let root = parse(text)?;
        Ok(Self {
            text: text.into(),
            root: Arc::new(root),
            flat: true,
        })
    }

    /// The expression that is just this number.
    #[must_use]
    pub fn integer(value: i64) -> Self {
        let text: Arc<str> = value.to_string().into();
        Self {
            root: Arc::new(Node::number(value, text.len())),
            text,
            flat: true,
        }
    }

    /// The same expression, whose errors point at its beginning: its text does
    /// not stand in the file character by character (folded lines, escapes).
    pub(super) fn unplaced(mut self) -> Self {
        self.flat = false;
        self
    }

    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number, where the expression is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        self.root.as_number()
    }

    /// Its value.
    ///
    /// # Errors
    ///
    /// [`ExprError`] where it has none: an undefined name, an overflow, a
    /// division by zero, a word where a number is needed.
    pub fn eval(&self, env: &dyn Env) -> Result<Value, ExprError> {
        eval(&self.root, &self.text, env).map_err(|mut error| {
            if !self.flat {
                *error.offset_mut() = 0;
            }
            error
        })
    }

    /// Its value as a number.
    ///
    /// # Errors
    ///
    /// As for [`Expr::eval`], and [`ExprError::NotANumber`] for a word.
    pub fn eval_int(&self, env: &dyn Env) -> Result<i64, ExprError> {
        match self.eval(env)? {
            Value::Int(value) => Ok(value),
            Value::Word(word) => Err(ExprError::NotANumber {
                text: self.text.trim().to_owned(),
                word,
                offset: 0,
            }),
        }
    }

    /// The names that it refers to, each once, in alphabetical order. Words
    /// that name a type, such as `f16`, are not among them.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names = BTreeSet::new();
        self.root.collect_names(&mut names);
        names.into_iter().collect()
    }
}
