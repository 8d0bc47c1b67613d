//! A child process that owns the GPU: both ends of the pipe.
//!
//! One request a line and one answer a line, in JSON, each with the version
//! and a number. What else a driver prints to the same pipe is skipped. The
//! parent keeps a deadline for every request; the child ends when its parent
//! does, even in the middle of one.

mod line;
mod parent;
mod protocol;
mod serve;
#[cfg(test)]
mod tests;

pub use parent::{Deadlines, Worker};
pub use serve::serve;
