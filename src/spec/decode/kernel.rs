//! Kernels.

use std::collections::BTreeMap;

use crate::kit::{Cache, Checks, Mode};
use crate::spec::node::{At, Entry, Kind, Node, Plain};
use crate::spec::suggest::short;
use crate::spec::{BufferSpec, Expr, Kernel, Placed, Reference, Reset, Role, Source, Tolerance};

use super::Context;
use super::context::Fields;
use super::keys;
use super::settings::Level;

impl Context<'_> {
    pub(super) fn kernels(&mut self, fields: &Fields<'_>) -> Vec<Kernel> {
        const EXAMPLE: &str = "kernels: {topk: {template: topk.wgsl.j2, ...}}";
        let Some(node) = fields.value("kernels") else {
            return Vec::new();
        };
        let entries = self.map(node, "`kernels`", EXAMPLE).unwrap_or_default();
        entries
            .iter()
            .filter_map(|entry| self.kernel(entry))
            .collect()
    }

    fn kernel(&mut self, entry: &Entry) -> Option<Kernel> {
        let name = self.name(&entry.key, &entry.key.text, "a kernel");
        let what = format!("kernel `{}`", short(&entry.key.text));
        let fields = self.fields(
            &entry.value,
            "a kernel",
            keys::KERNEL,
            "topk: {template: topk.wgsl.j2, ...}",
        )?;
        let source = self.source(&entry.key, &fields, &what);
        let default_entry = self.placed(&entry.key, "main".to_owned());
        let entry_point = self.entry(&fields).unwrap_or(default_entry);
        let variants = match fields.value("variants") {
            Some(node) => self.variants(node),
            None => vec![BTreeMap::new()],
        };
        let tune = fields
            .value("tune")
            .and_then(|node| self.product(node, "`tune`"));
        let conditions = self.conditions(&fields);
        let buffers = self.buffers(&fields);
        let writes = |section: &str| {
            let entries = fields.value(section).and_then(Node::entries);
            entries.is_some_and(|entries| !entries.is_empty())
        };
        let told = fields.misspelt("outputs") || fields.misspelt("inout");
        if !writes("outputs") && !writes("inout") && !told {
            self.fail(
                &entry.key,
                format!("{what} writes nothing; declare what it writes under `outputs` or `inout`"),
            );
        }
        let uniforms = self.uniforms(&fields);
        let uniforms_slot = fields
            .value("uniforms_slot")
            .and_then(|node| self.slot_map(node));
        let overrides = self.overrides(&fields);
        let reset = self.reset(&fields);
        let dispatch = match fields.value("dispatch") {
            Some(node) => self.dispatch(node),
            None if fields.misspelt("dispatch") => None,
            None => {
                self.fail(
                    &entry.key,
                    format!("{what} has no `dispatch`; say how many workgroups run, as in `dispatch: [\"ceil_div(tokens, workgroup)\", 1, 1]`"),
                );
                None
            }
        };
        let reference = match fields.value("reference") {
            Some(node) => self.reference(node),
            None if fields.misspelt("reference") => None,
            None => {
                self.fail(
                    &entry.key,
                    format!("{what} has no `reference`, and a kernel that nothing verifies must not pass; name a built-in one, as in `reference: topk`, or WGSL that computes the same, as in `reference: {{shader: slow_topk.wgsl}}`"),
                );
                None
            }
        };
        let tolerance = self.tolerances(&fields, &buffers);
        let kernel = Kernel {
            work: self.work(&fields),
            mode: self.mode(&fields).unwrap_or(Mode::Latency),
            cache: self.cache(&fields).unwrap_or(Cache::Warm),
            checks: self
                .checks(&fields)
                .unwrap_or_else(|| vec![Checks::Checked]),
            deterministic: fields
                .value("deterministic")
                .and_then(|node| self.boolean(node, "`deterministic`"))
                .unwrap_or(false),
            limits: self.limits(&fields, Level::Case),
            name: name?,
            source: source?,
            entry: entry_point,
            variants,
            tune: tune.unwrap_or_default(),
            traffic: fields.value("traffic").and_then(|node| {
                self.expr(
                    node,
                    "`traffic`",
                    "traffic: \"4 * k * n * ceil_div(m, tile)\"",
                )
            }),
            conditions,
            buffers,
            uniforms,
            uniforms_slot,
            overrides,
            reset,
            dispatch: dispatch?,
            reference: reference?,
            tolerance,
        };
        Some(kernel)
    }

    /// A template or WGSL, and not both.
    fn source(&mut self, at: &impl At, fields: &Fields<'_>, what: &str) -> Option<Source> {
        match (fields.get("template"), fields.get("shader")) {
            (Some(_), Some(shader)) => {
                self.fail(
                    &shader.key,
                    format!(
                        "{what} has a `template` and a `shader`; keep the one that it is made from"
                    ),
                );
                None
            }
            (Some(entry), None) => self
                .source_file(
                    &entry.value,
                    "`template`",
                    "templates",
                    "template: topk.wgsl.j2",
                )
                .map(Source::Template),
            (None, Some(entry)) => self
                .source_file(&entry.value, "`shader`", "shaders", "shader: mine.wgsl")
                .map(Source::Plain),
            (None, None) => {
                if fields.misspelt("template") || fields.misspelt("shader") {
                    return None;
                }
                self.fail(
                    at,
                    format!("{what} has no WGSL; write `template: <file>.wgsl.j2` in `templates/`, or `shader: <file>.wgsl` in `shaders/`"),
                );
                None
            }
        }
    }

    fn entry(&mut self, fields: &Fields<'_>) -> Option<Placed<String>> {
        let node = fields.value("entry")?;
        let text = self.text(node, "`entry`", "entry: main")?;
        self.identifier(node, text, "an entry point")
    }

    fn conditions(&mut self, fields: &Fields<'_>) -> Vec<Placed<Expr>> {
        const EXAMPLE: &str = "where: [\"workgroup <= device.max_invocations\"]";
        let Some(node) = fields.value("where") else {
            return Vec::new();
        };
        let items = self.items(node);
        items
            .iter()
            .filter_map(|item| self.expr(item, "`where`", EXAMPLE))
            .collect()
    }

    /// Workgroups in x, y and z, 1 where not given.
    fn dispatch(&mut self, node: &Node) -> Option<[Placed<Expr>; 3]> {
        const EXAMPLE: &str = "dispatch: [\"ceil_div(tokens, workgroup)\", 1, 1]";
        let items = self.items(node);
        if items.is_empty() || items.len() > 3 {
            self.wrong(node, "`dispatch`", "workgroups in x, y and z", EXAMPLE);
            return None;
        }
        let given: Vec<_> = items
            .iter()
            .map(|item| self.expr(item, "`dispatch`", EXAMPLE))
            .collect();
        let mut given = given.into_iter();
        let mut next = || match given.next() {
            Some(expr) => expr,
            None => Some(self.placed(node, Expr::integer(1))),
        };
        let (x, y, z) = (next(), next(), next());
        Some([x?, y?, z?])
    }

    fn reference(&mut self, node: &Node) -> Option<Placed<Reference>> {
        const EXAMPLE: &str = "reference: topk";
        if let Kind::Map(_) = node.kind {
            let example = "reference: {shader: slow_topk.wgsl}";
            let fields = self.fields(node, "a reference", keys::REFERENCE, example)?;
            let source = self.source(node, &fields, "the reference");
            let default_entry = self.placed(node, "main".to_owned());
            let entry = self.entry(&fields).unwrap_or(default_entry);
            let dispatch = match fields.value("dispatch") {
                Some(node) => Some(self.dispatch(node)?),
                None => None,
            };
            let reference = Reference::Shader {
                source: source?,
                entry,
                dispatch,
            };
            return Some(self.placed(node, reference));
        }
        let text = self.text(node, "`reference`", EXAMPLE)?;
        let name = self.name(node, text, "a reference")?;
        Some(self.placed(node, Reference::BuiltIn(name)))
    }

    /// By output; a single one holds for all outputs.
    fn tolerances(
        &mut self,
        fields: &Fields<'_>,
        buffers: &[BufferSpec],
    ) -> BTreeMap<String, Placed<Tolerance>> {
        let Some(node) = fields.value("tolerance") else {
            return BTreeMap::new();
        };
        let written = |name: &str| {
            buffers
                .iter()
                .any(|buffer| buffer.role != Role::Input && buffer.name.value == name)
        };
        let bound = |entry: &Entry| {
            matches!(entry.key.text.as_str(), "relative" | "absolute") && !written(&entry.key.text)
        };
        match node.entries() {
            Some(entries) if entries.is_empty() || !entries.iter().all(bound) => entries
                .iter()
                .filter_map(|entry| {
                    let tolerance = self.tolerance(&entry.value)?;
                    // Placed at the output's name, which may be unknown.
                    Some((entry.key.text.clone(), self.placed(&entry.key, tolerance)))
                })
                .collect(),
            _ => {
                let Some(tolerance) = self.tolerance(node) else {
                    return BTreeMap::new();
                };
                let tolerance = self.placed(node, tolerance);
                buffers
                    .iter()
                    .filter(|buffer| buffer.role != Role::Input)
                    .map(|buffer| (buffer.name.value.clone(), tolerance.clone()))
                    .collect()
            }
        }
    }

    fn tolerance(&mut self, node: &Node) -> Option<Tolerance> {
        const EXAMPLE: &str = "{relative: 1e-5, absolute: 1e-7}";
        if let Kind::Map(_) = node.kind {
            let fields = self.fields(node, "a tolerance", keys::TOLERANCE, EXAMPLE)?;
            if fields.entries().is_empty() {
                self.wrong(
                    node,
                    "a tolerance",
                    "`relative`, `absolute` or both",
                    EXAMPLE,
                );
                return None;
            }
            return Some(Tolerance::Bound {
                relative: self.relative(fields.value("relative"))?,
                absolute: match fields.value("absolute") {
                    Some(node) => self.bound(node)?,
                    None => 0.0,
                },
            });
        }
        if let Some(scalar) = node.scalar()
            && scalar.value == Plain::Text
        {
            if scalar.text == "exact" {
                return Some(Tolerance::Exact);
            }
            self.wrong(
                node,
                "a tolerance",
                "`exact`, a relative bound or both bounds",
                EXAMPLE,
            );
            return None;
        }
        Some(Tolerance::Bound {
            relative: self.relative(Some(node))?,
            absolute: 0.0,
        })
    }

    /// A part of the value, none where nothing is given. The whole of it would
    /// make zero right, whatever is expected.
    fn relative(&mut self, node: Option<&Node>) -> Option<f64> {
        let Some(node) = node else {
            return Some(0.0);
        };
        let value = self.bound(node)?;
        if value >= 1.0 {
            self.fail(
                node,
                "a relative tolerance of 1 or more takes an output of zeros for right, whatever is expected; it is a part of the expected value, such as `1e-5`, and stays below 1",
            );
            return None;
        }
        Some(value)
    }

    fn bound(&mut self, node: &Node) -> Option<f64> {
        let value = self.number(node, "a tolerance", "{relative: 1e-5, absolute: 1e-7}")?;
        if value < 0.0 {
            self.fail(
                node,
                "a tolerance is not below zero; write `exact` for none",
            );
            return None;
        }
        Some(value)
    }

    fn reset(&mut self, fields: &Fields<'_>) -> Reset {
        let Some(node) = fields.value("reset") else {
            return Reset::All;
        };
        match node.scalar().map(|scalar| scalar.value) {
            Some(Plain::Bool(true)) => return Reset::All,
            Some(Plain::Bool(false)) => return Reset::Named(Vec::new()),
            Some(_) | None => {}
        }
        let mut names = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for item in self.items(node) {
            let Some(text) = self.text(item, "`reset`", "reset: [out]") else {
                continue;
            };
            if seen.insert(text) {
                names.push(self.placed(item, text.to_owned()));
            } else {
                self.fail(
                    item,
                    format!("`{text}` stands in `reset` twice; remove one"),
                );
            }
        }
        Reset::Named(names)
    }
}
