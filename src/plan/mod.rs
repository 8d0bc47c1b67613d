//! Plan: a [`Spec`](crate::spec::Spec) in, a flat, stably ordered list of
//! [`Case`]s out.
//!
//! Pure: no device, no clock. Same spec, same cases, same order.

mod case;
mod expand;
mod filter;
mod fit;

pub use case::{
    Binding, Buffer, BufferRole, Case, CaseLimits, Expected, FillPlan, Parameter, Plan, PlanError,
    ReferencePlan, SourcePlan, Stage, TolerancePlan, UniformPlan,
};
pub use expand::expand;
pub use filter::Filter;
pub use fit::{classes_of, fit};
