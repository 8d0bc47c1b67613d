//! Plan: a [`Spec`](crate::spec::Spec) in, a flat, stably ordered list of
//! [`Case`]s out.
//!
//! Pure: no device, no clock. Same spec, same cases, same order.
//!
//! What a kernel sees is its shape and its variant, and an identity is made of
//! exactly these: one identity is one case, however its entries came by it.

mod axis;
mod buffers;
mod build;
mod case;
mod expand;
mod filter;
mod fit;
mod identity;
mod merge;
mod mistakes;
mod recipe;
mod scope;
mod search;
mod sweep;
#[cfg(test)]
mod tests;

pub use case::{
    Binding, Buffer, BufferRole, Case, CaseLimits, Expected, FillPlan, Parameter, Plan, PlanError,
    ReferencePlan, SourcePlan, Stage, StagePlaces, TolerancePlan, UniformPlan,
};
pub use expand::{expand, expand_searched};
pub use filter::{Filter, FilterError};
pub use fit::{
    FAR, GUARD_ROOM, MEMORY_CPU, MEMORY_DISCRETE, MEMORY_SHARED, ShaderNeeds, classes_of, fit,
    fit_shader,
};
pub use identity::reading_order;
pub use search::{Search, Tuned};
