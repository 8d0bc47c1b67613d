//! Classes of hardware.

use crate::kit::{Backend, DeviceKind};
use crate::spec::class::check_pattern;
use crate::spec::node::{Kind, Node};
use crate::spec::quantity::size;
use crate::spec::suggest::short;
use crate::spec::{Class, TimingPolicy};

use super::Context;
use super::context::Fields;
use super::keys;

const EXAMPLE: &str = "- {name: nvidia-h100, match: {adapter: \"H100\"}}";

const BACKENDS: [(&str, Backend); 5] = [
    ("vulkan", Backend::Vulkan),
    ("metal", Backend::Metal),
    ("dx12", Backend::Dx12),
    ("browser", Backend::Browser),
    ("replay", Backend::Replay),
];
const KINDS: [(&str, DeviceKind); 5] = [
    ("discrete", DeviceKind::Discrete),
    ("integrated", DeviceKind::Integrated),
    ("virtual", DeviceKind::Virtual),
    ("cpu", DeviceKind::Cpu),
    ("other", DeviceKind::Other),
];
pub(super) const TIMINGS: [(&str, TimingPolicy); 2] = [
    ("gate", TimingPolicy::Gate),
    ("advisory", TimingPolicy::Advisory),
];

impl Context<'_> {
    pub(super) fn classes(&mut self, fields: &Fields<'_>) -> Vec<Class> {
        let Some(node) = fields.value("classes") else {
            return Vec::new();
        };
        let Kind::List(items) = &node.kind else {
            self.wrong(
                node,
                "`classes`",
                "a list, the closest class first",
                EXAMPLE,
            );
            return Vec::new();
        };
        items.iter().filter_map(|item| self.class(item)).collect()
    }

    fn class(&mut self, node: &Node) -> Option<Class> {
        let fields = self.fields(node, "a class", keys::CLASS, EXAMPLE)?;
        let cache = fields.value("cache").and_then(|node| self.size(node));
        let timing = fields
            .value("timing")
            .and_then(|node| self.choice(node, "`timing`", &TIMINGS))
            .unwrap_or_default();
        let Some(name) = fields.value("name") else {
            if fields.misspelt("name") {
                return None;
            }
            self.fail(
                node,
                format!("a class needs a `name`; write it as in `{EXAMPLE}`"),
            );
            return None;
        };
        let text = self.text(name, "`name`", "name: nvidia-h100")?;
        let name = self.name(name, text, "a class")?;
        let Some(matched) = fields.value("match") else {
            if fields.misspelt("match") {
                return None;
            }
            self.fail(
                node,
                format!(
                    "class `{}` does not say what it matches; write it as in `match: {{adapter: \"H100\"}}`, or `match: {{}}` for every device",
                    name.value
                ),
            );
            return None;
        };
        let fields = self.fields(
            matched,
            "`match`",
            keys::MATCH,
            "match: {adapter: \"H100\"}",
        )?;
        let adapter = fields.value("adapter").and_then(|node| self.pattern(node));
        let backend = fields
            .value("backend")
            .and_then(|node| self.choice(node, "`backend`", &BACKENDS));
        let kind = fields
            .value("type")
            .and_then(|node| self.choice(node, "`type`", &KINDS));
        Some(Class {
            name,
            adapter,
            backend,
            kind,
            cache,
            timing,
        })
    }

    fn pattern(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node, "`adapter`", "adapter: \"Apple M[0-9]\"")?;
        match check_pattern(text) {
            Ok(()) => Some(text.to_owned()),
            Err(why) => {
                let text = short(text);
                self.fail(node, format!("the pattern `{text}` {why}"));
                None
            }
        }
    }

    fn size(&mut self, node: &Node) -> Option<u64> {
        let text = self.written(node, "`cache`", "a size", "cache: 50 MiB")?;
        match size(text) {
            Ok(bytes) => Some(bytes),
            Err(why) => {
                let text = short(text);
                self.fail(node, format!("`cache`: `{text}` {why}"));
                None
            }
        }
    }
}
