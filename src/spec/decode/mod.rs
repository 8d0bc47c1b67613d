//! Decode: a file's tree in, its share of the spec out, every mistake placed.
//!
//! By hand rather than by serde, because a derived decoder stops at the first
//! mistake and knows no places.

mod axes;
mod buffers;
mod cases;
mod context;
mod file;
mod hardware;
mod kernel;
pub(super) mod keys;
mod names;
mod project;
mod settings;
mod values;

pub(super) use context::{Context, Language};
pub(super) use file::{Part, decode};
#[cfg(test)]
pub(super) use names::RESERVED;
