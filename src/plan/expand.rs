//! From entries to cases: sweeps, variants, identities.

use crate::spec::Spec;

use super::{Filter, Plan, PlanError};

/// Expands a spec's entries into cases.
///
/// # Errors
///
/// [`PlanError`] with every mistake, placed.
pub fn expand(spec: &Spec, filter: &Filter) -> Result<Plan, PlanError> {
    let _ = (spec, filter);
    Err(PlanError(Vec::new()))
}
