//! The settings of a `gate.toml`.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use crate::kit::Place;
use crate::spec::Defaults;
use crate::spec::node::{Kind, Node};
use crate::spec::suggest::short;

use super::Context;
use super::context::Fields;
use super::hardware::TIMINGS;
use super::keys;
use super::settings::Level;

const ALLOWED: [(&str, &str); 3] = [
    ("undecided", "undecided"),
    ("ungated", "ungated"),
    ("lost", "lost"),
];

/// Whether a relative path leads above where it begins, at any of its steps.
fn leaves(path: &Path) -> bool {
    let mut depth = 0_usize;
    path.components().any(|step| match step {
        Component::Normal(_) => {
            depth += 1;
            false
        }
        Component::CurDir => false,
        Component::ParentDir => match depth.checked_sub(1) {
            Some(above) => {
                depth = above;
                false
            }
            None => true,
        },
        Component::Prefix(_) | Component::RootDir => true,
    })
}

impl Context<'_> {
    /// The whole file.
    pub(in crate::spec) fn defaults(&mut self, tree: &Node) -> Defaults {
        let Some(fields) = self.fields(tree, "gate.toml", keys::PROJECT, "timing = \"gate\"")
        else {
            return Defaults::default();
        };
        Defaults {
            baselines: fields.value("baselines").and_then(|node| {
                let text = self.text(node, "`baselines`", "baselines = \"baselines\"")?;
                if Path::new(text).has_root() {
                    let text = short(text);
                    self.fail(
                        node,
                        format!("`{text}` is absolute; write it relative to this file, so that the project can move"),
                    );
                    return None;
                }
                if leaves(Path::new(text)) {
                    let text = short(text);
                    self.fail(
                        node,
                        format!("`{text}` leads out of the project; keep baselines in it, or give `--baselines DIR`"),
                    );
                    return None;
                }
                Some(self.placed(node, self.root.join(text)))
            }),
            deadline: fields.value("deadline").and_then(|node| {
                let time = self.time(node, "`deadline`", "deadline = \"120s\"")?;
                Some(self.placed(node, time))
            }),
            timing: fields.value("timing").and_then(|node| {
                let timing = self.choice(node, "`timing`", &TIMINGS)?;
                Some(self.placed(node, timing))
            }),
            require_baseline: fields.value("require-baseline").and_then(|node| {
                let value = self.boolean(node, "`require-baseline`")?;
                Some(self.placed(node, value))
            }),
            allow: fields.value("allow").and_then(|node| {
                let items = self.items(node);
                let allowed: Option<Vec<&'static str>> = items
                    .iter()
                    .map(|item| self.choice(item, "`allow`", &ALLOWED))
                    .collect();
                Some(self.placed(node, allowed?))
            }),
            fail_on_faster: fields.value("fail-on").and_then(|node| {
                let value = self.choice(node, "`fail-on`", &[("faster", true)])?;
                Some(self.placed(node, value))
            }),
            limits: self.limits(&fields, Level::Suite),
            limit_places: self.limit_places(&fields),
        }
    }

    /// Where a suite's limits stand.
    pub(super) fn limit_places(&self, fields: &Fields<'_>) -> BTreeMap<String, Place> {
        match fields.value("limits").map(|node| &node.kind) {
            Some(Kind::Map(entries)) => entries
                .iter()
                .map(|entry| (entry.key.text.clone(), self.place(&entry.key)))
                .collect(),
            Some(Kind::Scalar(_) | Kind::List(_)) | None => BTreeMap::new(),
        }
    }
}
