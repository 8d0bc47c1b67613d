//! What the room promises, without a GPU.

mod bindings;
mod build;
mod errors;
mod hostile;
mod reflection;
mod templates;
mod validation;
