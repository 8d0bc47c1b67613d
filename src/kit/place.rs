//! Where something was written.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::visible;

/// A file, a line and a column, both counted from 1; prints `file:line:column`,
/// or the file alone where line 0 stands for the whole of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    /// The file as a person would name it from where they stand.
    pub file: Arc<str>,
    /// Line, from 1; 0 for the whole file.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Place {
    /// A place in a file.
    #[must_use]
    pub fn new(file: impl Into<Arc<str>>, line: usize, column: usize) -> Self {
        Self {
            file: file.into(),
            line,
            column,
        }
    }

    /// A whole file: one that is missing, say, or has no text.
    #[must_use]
    pub fn whole(file: impl Into<Arc<str>>) -> Self {
        Self::new(file, 0, 0)
    }

    /// The place so many characters to the right.
    #[must_use]
    pub fn shifted(&self, characters: usize) -> Self {
        Self {
            column: self.column.saturating_add(characters),
            ..self.clone()
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return f.pad(&visible(&self.file));
        }
        write!(f, "{}:{}:{}", visible(&self.file), self.line, self.column)
    }
}
