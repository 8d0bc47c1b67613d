//! The settings of a `gate.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::kit::Place;
use crate::spec::Defaults;
use crate::spec::node::{Kind, Node};
use crate::spec::paths::{Astray, is_anchored, tidy};
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

impl Context<'_> {
    /// The whole file.
    pub(in crate::spec) fn defaults(&mut self, tree: &Node) -> Defaults {
        let Some(fields) = self.fields(tree, "gate.toml", keys::PROJECT, "timing = \"gate\"")
        else {
            return Defaults::default();
        };
        Defaults {
            baselines: fields.value("baselines").and_then(|node| {
                let text = self.text(node, "`baselines`", "baselines: baselines")?;
                let path = Path::new(text);
                if is_anchored(path) {
                    self.fail(node, Astray::Absolute.message(text, self.root));
                    return None;
                }
                if tidy(path).starts_with("..") {
                    let text = short(text);
                    self.fail(
                        node,
                        format!("`{text}` leads out of the project; keep baselines in it, or give `--baselines DIR`"),
                    );
                    return None;
                }
                Some(self.placed(node, self.root.join(path)))
            }),
            deadline: fields.value("deadline").and_then(|node| {
                let time = self.time(node, "`deadline`", "deadline: 120s")?;
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
