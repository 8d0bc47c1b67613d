//! Spec: the YAML as data, with the place of everything that a later error
//! may point at.
//!
//! Reads files below the project's root and nothing else; knows no device.

mod assemble;
mod check;
mod class;
mod decode;
mod error;
mod expr;
mod expr_eval;
mod expr_parse;
mod expr_tree;
mod files;
mod node;
mod paths;
mod places;
mod project;
mod quantity;
mod range;
mod read;
mod schema;
mod suggest;
mod yaml_error;
mod yaml_lines;

#[cfg(test)]
mod expr_tests;
#[cfg(test)]
mod form;
#[cfg(test)]
mod tests;

pub use error::SpecError;
pub use expr::{Env, Expr, ExprError, Value};
pub use project::{Defaults, defaults};
pub use range::Range;
pub use read::{MAX_CASES, read, read_all, read_below};
pub use schema::{
    AxisValue, Bound, BufferSpec, CaseEntry, Class, Expectation, Fill, Kernel, Limits, Pipeline,
    Placed, Reference, Reset, Role, Slot, Source, Spec, Table, Target, TimingPolicy, Tolerance,
    TypeSpec, UniformField, UniformValue, WorkSpec,
};
pub use suggest::did_you_mean;
