//! Cross-references: what one part of a spec says of another must hold.

mod cases;
mod kernels;
mod pipelines;
mod whole;

pub(super) use whole::check;
