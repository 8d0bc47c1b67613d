//! Axes: from lists of values to variants.

use std::collections::BTreeMap;

use crate::kit::Place;
use crate::spec::{AxisValue, Kernel, Placed, did_you_mean};

use super::Parameter;
use super::identity;
use super::mistakes::Mistakes;
use super::scope::Parameters;

/// One product of axes, as written.
pub(super) type Product = BTreeMap<String, Placed<Vec<AxisValue>>>;

/// Pairs of stage variants that are tried when a pipeline joins them.
const MOST_PAIRS: usize = 1_000_000;

/// How many variants a union of products has at most (before equal ones are
/// told), without making any; a kernel without axes has one.
pub(super) fn count(variants: &[Product]) -> u128 {
    if variants.is_empty() {
        return 1;
    }
    variants
        .iter()
        .map(|product| {
            product.values().fold(1_u128, |count, axis| {
                count.saturating_mul(axis.value.len() as u128)
            })
        })
        .fold(0, u128::saturating_add)
}

/// The variants of a union of products, in order and each once.
pub(super) fn assignments(variants: &[Product]) -> Vec<Parameters> {
    if variants.is_empty() {
        return vec![Parameters::new()];
    }
    let mut all = Vec::new();
    for product in variants {
        let mut partial = vec![Parameters::new()];
        for (name, axis) in product {
            partial = partial
                .iter()
                .flat_map(|before| {
                    axis.value.iter().map(|value| {
                        let mut after = before.clone();
                        after.insert(name.clone(), parameter(value));
                        after
                    })
                })
                .collect();
        }
        all.append(&mut partial);
    }
    once_each(all)
}

/// The same, where stages are joined: axes of one name move together.
///
/// # Errors
///
/// A sentence, where there are too many pairs to try or none agrees.
pub(super) fn join(left: &[Parameters], right: &[Parameters]) -> Result<Vec<Parameters>, String> {
    let pairs = left.len().saturating_mul(right.len());
    if pairs > MOST_PAIRS {
        return Err(format!(
            "the stages' variants make {pairs} pairs, and at most {MOST_PAIRS} are tried; write the pipeline's own `variants`"
        ));
    }
    let mut all = Vec::new();
    for one in left {
        for other in right {
            let agree = other
                .iter()
                .all(|(name, value)| one.get(name).is_none_or(|found| found == value));
            if agree {
                let mut both = one.clone();
                both.extend(other.iter().map(|(n, v)| (n.clone(), v.clone())));
                all.push(both);
            }
        }
    }
    if all.is_empty() {
        return Err(
            "the stages have no variant in common: axes of one name move together; give them a common value, or write the pipeline's own `variants` and one name an axis"
                .to_owned(),
        );
    }
    Ok(once_each(all))
}

fn once_each(mut all: Vec<Parameters>) -> Vec<Parameters> {
    all.sort();
    all.dedup();
    all
}

/// An axis's value as templates see it.
pub(super) fn parameter(value: &AxisValue) -> Parameter {
    match value {
        AxisValue::Int(value) => Parameter::Int(*value),
        AxisValue::Word(word) => Parameter::Word(word.clone()),
        AxisValue::List(values) => Parameter::List(values.clone()),
    }
}

/// Notes values that would blur an identity; the rest of what can be wrong
/// with an axis is found where the spec is read.
pub(super) fn check(variants: &[Product], mistakes: &mut Mistakes) {
    for axis in variants.iter().flat_map(BTreeMap::values) {
        for value in &axis.value {
            check_value(value, &axis.place, mistakes);
        }
    }
}

/// The same for one value.
pub(super) fn check_value(value: &AxisValue, place: &Place, mistakes: &mut Mistakes) {
    let why = match value {
        AxisValue::Int(_) => None,
        AxisValue::Word(word) => identity::refuse_word(word),
        AxisValue::List(list) => (list.len() < 2).then(|| {
            "a list of an axis has two numbers or more, as in `[16, 8]`; write a single one without brackets".to_owned()
        }),
    };
    if let Some(why) = why {
        mistakes.add(place, why);
    }
}

/// Notes axes that none of the kernels has.
pub(super) fn check_known(variants: &[Product], kernels: &[&Kernel], mistakes: &mut Mistakes) {
    for (name, axis) in variants.iter().flatten() {
        if !kernels.iter().any(|kernel| declares(kernel, name)) {
            let known: Vec<&str> = kernels.iter().flat_map(|kernel| declared(kernel)).collect();
            let hint = did_you_mean(name, known.iter().copied());
            mistakes.add(
                &axis.place,
                format!(
                    "no kernel here has an axis `{name}`{hint}; axes are declared in a kernel's `variants`"
                ),
            );
        }
    }
}

/// The axes that a kernel declares, searched ones included.
fn declared(kernel: &Kernel) -> impl Iterator<Item = &str> {
    kernel
        .variants
        .iter()
        .flat_map(BTreeMap::keys)
        .chain(kernel.tune.keys())
        .map(String::as_str)
}

/// Whether a kernel declares an axis.
pub(super) fn declares(kernel: &Kernel, axis: &str) -> bool {
    declared(kernel).any(|name| name == axis)
}

/// A stage's own part of a variant: the axes that its kernel declares.
pub(super) fn of_stage(kernel: &Kernel, variant: &Parameters) -> Parameters {
    variant
        .iter()
        .filter(|(name, _)| declares(kernel, name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The pick of each searched axis: the first value, until a search has found
/// a better one. What `searched` has of the kernel's axes, as a pipeline says
/// it of its stages, goes before the kernel's own.
pub(super) fn picks(kernel: &Kernel, searched: &Product) -> Parameters {
    let pick = |axis: &Placed<Vec<AxisValue>>| axis.value.first().map(parameter);
    kernel
        .tune
        .iter()
        .chain(searched.iter().filter(|(name, _)| declares(kernel, name)))
        .filter_map(|(name, axis)| Some((name.clone(), pick(axis)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(axes: &[(&str, &[i64])]) -> Product {
        axes.iter()
            .map(|(name, values)| {
                let value = values.iter().copied().map(AxisValue::Int).collect();
                let place = Place::new("s.yaml", 1, 1);
                ((*name).to_owned(), Placed { value, place })
            })
            .collect()
    }

    fn texts(variants: &[Parameters]) -> Vec<String> {
        let plain = |variant| {
            identity::variant(
                variant,
                crate::kit::Mode::Latency,
                crate::kit::Cache::Warm,
                crate::kit::Checks::Checked,
            )
        };
        variants.iter().map(plain).collect()
    }

    #[test]
    fn a_union_of_products_has_each_variant_once() {
        let union = [
            product(&[("a", &[1, 2]), ("b", &[1, 2])]),
            product(&[("a", &[2, 3]), ("b", &[2])]),
        ];
        assert_eq!(count(&union), 6);
        assert_eq!(
            texts(&assignments(&union)),
            ["@a=1,b=1", "@a=1,b=2", "@a=2,b=1", "@a=2,b=2", "@a=3,b=2"]
        );
    }

    #[test]
    fn without_axes_there_is_one_variant() {
        assert_eq!(count(&[]), 1);
        assert_eq!(assignments(&[]), [Parameters::new()]);
    }

    #[test]
    fn a_count_saturates_and_makes_nothing() {
        let many: Vec<i64> = (0..1_000).collect();
        let names: Vec<String> = (0..60).map(|axis| format!("axis{axis}")).collect();
        let axes: Vec<(&str, &[i64])> = names
            .iter()
            .map(|name| (name.as_str(), many.as_slice()))
            .collect();
        assert_eq!(count(&[product(&axes)]), u128::MAX);
    }

    #[test]
    fn joined_axes_of_one_name_move_together() {
        let left = assignments(&[product(&[("workgroup", &[64, 128]), ("vec", &[1, 4])])]);
        let right = assignments(&[product(&[("workgroup", &[128, 256]), ("pad", &[0])])]);
        let joined = join(&left, &right).expect("128 is common");
        assert_eq!(
            texts(&joined),
            ["@pad=0,vec=1,workgroup=128", "@pad=0,vec=4,workgroup=128"]
        );
    }

    #[test]
    fn stages_without_a_common_value_are_told() {
        let left = assignments(&[product(&[("workgroup", &[64])])]);
        let right = assignments(&[product(&[("workgroup", &[256])])]);
        let why = join(&left, &right).expect_err("nothing in common");
        assert!(why.contains("no variant in common"), "{why}");
    }

    #[test]
    fn a_join_of_too_many_pairs_is_refused() {
        let values: Vec<i64> = (0..1_001).collect();
        let left = assignments(&[product(&[("a", &values)])]);
        let right = assignments(&[product(&[("b", &values)])]);
        let why = join(&left, &right).expect_err("1001 * 1001 pairs");
        assert!(why.contains("1002001 pairs"), "{why}");
    }
}
