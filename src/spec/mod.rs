//! Spec: the YAML as data, with the place of everything that a later error
//! may point at.
//!
//! Reads files below the project's root and nothing else; knows no device.

mod error;
mod expr;
mod range;
mod read;
mod schema;

pub use error::SpecError;
pub use expr::{Env, Expr, ExprError, Value};
pub use range::Range;
pub use read::{read, read_all};
pub use schema::{
    AxisValue, BufferSpec, CaseEntry, Class, Expectation, Fill, Kernel, Limits, Pipeline, Placed,
    Reference, Role, Slot, Source, Spec, Table, Target, TimingPolicy, Tolerance, TypeSpec,
    UniformField, UniformValue, WorkSpec,
};
