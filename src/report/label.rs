//! Long identities made short: what cases have in common stands once, above
//! them.

use super::CaseReport;

/// An identity in parts.
#[derive(Debug, PartialEq, Eq)]
struct Parts<'a> {
    /// `moe/topk`.
    kernel: &'a str,
    /// `experts=8`, `k=2`.
    shape: Vec<&'a str>,
    /// `workgroup=64`.
    variant: Vec<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(id: &'a str) -> Self {
        let (subject, variant) = id.split_once('@').unwrap_or((id, ""));
        let (kernel, shape) = match subject.split_once('[') {
            Some((kernel, rest)) => (kernel, rest.strip_suffix(']').unwrap_or(rest)),
            None => (subject, ""),
        };
        Self {
            kernel,
            shape: split(shape),
            variant: split(variant),
        }
    }
}

/// Suite and kernel of an identity: `moe/topk`.
pub(super) fn kernel(id: &str) -> &str {
    Parts::of(id).kernel
}

fn split(list: &str) -> Vec<&str> {
    list.split(',').filter(|part| !part.is_empty()).collect()
}

/// Cases of one kernel that follow each other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// What they have in common: `moe/topk[k=2] @workgroup`.
    pub(super) heading: String,
    /// What is left of each: `experts=8,tokens=128 @64`.
    pub(super) labels: Vec<String>,
}

/// Cases in their order, grouped by suite and kernel.
pub(super) fn groups(cases: &[CaseReport]) -> Vec<Group> {
    let parts: Vec<Parts<'_>> = cases.iter().map(|case| Parts::of(&case.id.0)).collect();
    parts
        .chunk_by(|a, b| a.kernel == b.kernel)
        .map(group)
        .collect()
}

fn group(cases: &[Parts<'_>]) -> Group {
    let kernel = cases.first().map_or("", |case| case.kernel);
    let shape = common(cases.iter().map(|case| &case.shape));
    let variant = common(cases.iter().map(|case| &case.variant));
    let left = |all: &[&str], common: &[&str]| -> Vec<String> {
        all.iter()
            .filter(|part| !common.contains(part))
            .map(|part| (*part).to_owned())
            .collect()
    };
    let variants: Vec<Vec<String>> = cases
        .iter()
        .map(|case| left(&case.variant, &variant))
        .collect();
    let axis = only_axis(&variants);

    let mut heading = kernel.to_owned();
    if !shape.is_empty() {
        heading.push_str(&format!("[{}]", shape.join(",")));
    }
    let above: Vec<&str> = variant.iter().copied().chain(axis.as_deref()).collect();
    if !above.is_empty() {
        heading.push_str(&format!(" @{}", above.join(",")));
    }
    let labels = cases
        .iter()
        .zip(&variants)
        .map(|(case, variants)| {
            let mut label = left(&case.shape, &shape).join(",");
            if !variants.is_empty() {
                let written: Vec<&str> = variants
                    .iter()
                    .map(|part| match part.split_once('=') {
                        Some((_, value)) if axis.is_some() => value,
                        _ => part,
                    })
                    .collect();
                if !label.is_empty() {
                    label.push(' ');
                }
                label.push_str(&format!("@{}", written.join(",")));
            }
            if label.is_empty() {
                label = kernel.rsplit('/').next().unwrap_or(kernel).to_owned();
            }
            label
        })
        .collect();
    Group { heading, labels }
}

/// What all lists hold; nothing where there is but one list, which would have
/// nothing left to be told by.
fn common<'a: 'b, 'b>(mut lists: impl ExactSizeIterator<Item = &'b Vec<&'a str>>) -> Vec<&'a str> {
    if lists.len() < 2 {
        return Vec::new();
    }
    let mut common = lists.next().cloned().unwrap_or_default();
    for list in lists {
        common.retain(|part| list.contains(part));
    }
    common
}

/// The name of the axis, where each variant is a value of one and the same.
fn only_axis(variants: &[Vec<String>]) -> Option<String> {
    let mut axis: Option<&str> = None;
    for variant in variants {
        let [part] = variant.as_slice() else {
            return None;
        };
        let (name, _) = part.split_once('=')?;
        if axis.is_some_and(|axis| axis != name) {
            return None;
        }
        axis = Some(name);
    }
    axis.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ids: &[&str]) -> (String, Vec<String>) {
        let parts: Vec<Parts<'_>> = ids.iter().map(|id| Parts::of(id)).collect();
        let group = group(&parts);
        (group.heading, group.labels)
    }

    #[test]
    fn what_is_common_stands_above() {
        let (heading, labels) = of(&[
            "moe/topk[experts=8,k=2,tokens=1]@workgroup=64",
            "moe/topk[experts=8,k=2,tokens=32]@workgroup=128",
        ]);
        assert_eq!(heading, "moe/topk[experts=8,k=2] @workgroup");
        assert_eq!(labels, ["tokens=1 @64", "tokens=32 @128"]);
    }

    #[test]
    fn several_axes_keep_their_names() {
        let (heading, labels) = of(&[
            "m/mm[m=1]@storage=f16,workgroup=8x8",
            "m/mm[m=1]@storage=f32,workgroup=16x8",
        ]);
        assert_eq!(heading, "m/mm[m=1]");
        assert_eq!(
            labels,
            ["@storage=f16,workgroup=8x8", "@storage=f32,workgroup=16x8"]
        );
    }

    #[test]
    fn a_lone_case_keeps_its_shape_and_one_without_any_its_name() {
        let (heading, labels) = of(&["m/mm[k=2,m=1]@workgroup=64"]);
        assert_eq!(
            (heading.as_str(), labels[0].as_str()),
            ("m/mm @workgroup", "k=2,m=1 @64")
        );
        let (heading, labels) = of(&["s/noop"]);
        assert_eq!((heading.as_str(), labels[0].as_str()), ("s/noop", "noop"));
        let (_, labels) = of(&["s/noop[a=1]", "s/noop[a=1]@mode=throughput"]);
        assert_eq!(labels, ["noop", "@mode=throughput"]);
    }
}
