//! Search spaces: what `tune` adds to the variants that are gated.
//!
//! A search is for one kernel or pipeline at one shape, with the axes that are not
//! searched held: `storage: f16` is another thing to compute, and no candidate
//! for `storage: f32`. The candidates are every combination of the searched
//! axes, and the gated variants themselves.

use std::collections::BTreeSet;

use crate::kit::CaseId;

use super::axis;
use super::build::Variant;
use super::recipe::Recipe;
use super::scope::Parameters;

/// How much of the `tune` spaces a plan has.
#[derive(Clone, Copy, Debug)]
pub enum Search<'a> {
    /// Nothing: the gated variants alone.
    Gated,
    /// These candidates, where they are still in a space.
    Picks(&'a BTreeSet<CaseId>),
    /// Every candidate.
    All,
}

impl Search<'_> {
    /// Whether a candidate of this identity belongs to the plan.
    pub(super) fn wants(&self, id: &CaseId) -> bool {
        match self {
            Self::Gated | Self::All => true,
            Self::Picks(picks) => picks.contains(id),
        }
    }
}

/// A case's part in a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// What is searched: the identity without the searched axes. Candidates of
    /// one group compute the same, and one of them is picked.
    pub group: CaseId,
    /// The spec's `variants` have it, so that it is gated whatever is picked.
    pub gated: bool,
    /// Its place in the spec's own order of values.
    pub order: usize,
    /// Bytes that it is modelled to move: the kernel's `traffic`, else the
    /// bytes of its `work`.
    pub traffic: Option<f64>,
}

/// The axes of a variant that a search holds; none where nothing is searched.
pub(super) fn held(recipe: &Recipe<'_>, variant: &Parameters) -> Option<Parameters> {
    let tune = space(recipe)?;
    Some(
        variant
            .iter()
            .filter(|(name, _)| !tune.contains_key(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
}

/// The most candidates that so many gated variants have.
pub(super) fn most(recipe: &Recipe<'_>, variants: u128) -> u128 {
    space(recipe).map_or(0, |tune| {
        variants.saturating_mul(axis::count(std::slice::from_ref(tune)))
    })
}

/// The candidates: for all that the gated variants hold, every combination of
/// the searched axes, in the order in which the spec writes their values.
pub(super) fn candidates(recipe: &Recipe<'_>, gated: &[Variant]) -> Vec<Variant> {
    let Some(tune) = space(recipe) else {
        return Vec::new();
    };
    let held: BTreeSet<Parameters> = gated
        .iter()
        .filter_map(|variant| held(recipe, &variant.whole))
        .collect();
    let mut all = Vec::new();
    for held in held {
        let mut partial = vec![held];
        for (name, axis) in tune {
            partial = partial
                .iter()
                .flat_map(|before| {
                    axis.value.iter().map(|value| {
                        let mut after = before.clone();
                        after.insert(name.clone(), axis::parameter(value));
                        after
                    })
                })
                .collect();
        }
        all.append(&mut partial);
    }
    all.into_iter().map(|whole| recipe.variant(whole)).collect()
}

/// The searched axes: a kernel's, or a pipeline's own, since all combinations
/// of what its stages search by themselves would be too many.
fn space<'a>(recipe: &Recipe<'a>) -> Option<&'a axis::Product> {
    (!recipe.tune.is_empty()).then_some(recipe.tune)
}
