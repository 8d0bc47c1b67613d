//! Pipelines, cases and what is expected of them.

use crate::kit::{Place, visible};
use crate::spec::node::{Entry, Kind, Node};
use crate::spec::suggest::short;
use crate::spec::{CaseEntry, Expectation, Expr, Pipeline, Placed, Range, Target};

use super::Context;
use super::context::Fields;
use super::keys;
use super::settings::Level;

const EXAMPLE: &str = "- {kernel: topk, shape: {tokens: 1, experts: 8, k: 2}}";

/// Longest name of a case, in characters.
const LONGEST_LABEL: usize = 100;

impl Context<'_> {
    pub(super) fn pipelines(&mut self, fields: &Fields<'_>) -> Vec<Pipeline> {
        let Some(node) = fields.value("pipelines") else {
            return Vec::new();
        };
        let entries = self
            .map(
                node,
                "`pipelines`",
                "pipelines: {moe: {stages: [topk, combine]}}",
            )
            .unwrap_or_default();
        entries
            .iter()
            .filter_map(|entry| self.pipeline(entry))
            .collect()
    }

    fn pipeline(&mut self, entry: &Entry) -> Option<Pipeline> {
        const EXAMPLE: &str = "stages: [topk, combine]";
        let name = self.name(&entry.key, &entry.key.text, "a pipeline");
        let fields = self.fields(&entry.value, "a pipeline", keys::PIPELINE, EXAMPLE)?;
        let mut stages = Vec::new();
        if let Some(node) = fields.value("stages") {
            for item in self.items(node) {
                let text = self.text(item, "`stages`", EXAMPLE)?;
                stages.push(self.placed(item, text.to_owned()));
            }
        }
        if stages.is_empty() {
            if fields.misspelt("stages") {
                return None;
            }
            let what = short(&entry.key.text);
            self.fail(
                &entry.key,
                format!(
                    "pipeline `{what}` has no stages; name its kernels in order, as in `{EXAMPLE}`"
                ),
            );
            return None;
        }
        let connect = self.connect(&fields);
        let variants = fields.value("variants").map(|node| self.variants(node));
        let tune = fields
            .value("tune")
            .and_then(|node| self.product(node, "`tune`"));
        Some(Pipeline {
            work: self.work(&fields),
            limits: self.limits(&fields, Level::Case),
            name: name?,
            stages,
            connect,
            variants,
            tune: tune.unwrap_or_default(),
        })
    }

    fn connect(&mut self, fields: &Fields<'_>) -> Vec<(Placed<String>, Placed<String>)> {
        const EXAMPLE: &str = "connect: {combine.indices: topk.indices}";
        let Some(node) = fields.value("connect") else {
            return Vec::new();
        };
        let entries = self.map(node, "`connect`", EXAMPLE).unwrap_or_default();
        let mut connect = Vec::new();
        for entry in entries {
            if let Some(text) = self.text(&entry.value, "`connect`", EXAMPLE) {
                connect.push((
                    self.placed(&entry.key, entry.key.text.clone()),
                    self.placed(&entry.value, text.to_owned()),
                ));
            }
        }
        connect
    }

    pub(super) fn cases(&mut self, fields: &Fields<'_>) -> Vec<CaseEntry> {
        let Some(entry) = fields.get("cases") else {
            self.whole(&format!(
                "the spec has no `cases`, so it checks nothing; write at least one, as in `{EXAMPLE}`, or remove `suite` from a file that others import"
            ));
            return Vec::new();
        };
        let Kind::List(items) = &entry.value.kind else {
            self.wrong(&entry.value, "`cases`", "a list", EXAMPLE);
            return Vec::new();
        };
        if items.is_empty() {
            self.wrong(&entry.value, "`cases`", "at least one case", EXAMPLE);
        }
        let mut cases = Vec::with_capacity(items.len());
        for item in items {
            if self.is_full() {
                break;
            }
            cases.extend(self.case(item));
        }
        cases
    }

    fn case(&mut self, node: &Node) -> Option<CaseEntry> {
        let fields = self.fields(node, "a case", keys::CASE, EXAMPLE)?;
        let target = self.target(node, &fields);
        let name = fields.value("name").and_then(|node| self.label(node));
        Some(CaseEntry {
            place: self.place(node),
            name,
            sweep: self.sweep(&fields),
            shape: self.shape(&fields),
            expect: self.expect(&fields),
            mode: self.mode(&fields),
            cache: self.cache(&fields),
            checks: self.checks(&fields),
            force: fields
                .value("force")
                .and_then(|node| self.boolean(node, "`force`"))
                .unwrap_or(false),
            limits: self.limits(&fields, Level::Case),
            variants: fields.value("variants").map(|node| self.variants(node)),
            target: target?,
        })
    }

    /// A name for people, which stands in tables.
    fn label(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node, "`name`", "name: decode")?;
        if visible(text) != text || text.chars().count() > LONGEST_LABEL {
            self.fail(
                node,
                format!("`name` is one line of {LONGEST_LABEL} characters at most, each of which can be seen"),
            );
            return None;
        }
        Some(text.to_owned())
    }

    fn target(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Target> {
        match (fields.value("kernel"), fields.get("pipeline")) {
            (Some(_), Some(pipeline)) => {
                self.fail(
                    &pipeline.key,
                    "a case measures a `kernel` or a `pipeline`; remove one, or write two cases",
                );
                None
            }
            (Some(node), None) => {
                let text = self.text(node, "`kernel`", "kernel: topk")?;
                Some(Target::Kernel(self.placed(node, text.to_owned())))
            }
            (None, Some(entry)) => {
                let text = self.text(&entry.value, "`pipeline`", "pipeline: moe")?;
                Some(Target::Pipeline(self.placed(&entry.value, text.to_owned())))
            }
            (None, None) if fields.misspelt("kernel") || fields.misspelt("pipeline") => None,
            (None, None) => {
                self.fail(
                    node,
                    "a case says what it measures; write `kernel: <name>` or `pipeline: <name>`",
                );
                None
            }
        }
    }

    fn shape(&mut self, fields: &Fields<'_>) -> Vec<(Placed<String>, Placed<Expr>)> {
        const EXAMPLE: &str = "shape: {tokens: 1, hidden: \"model.hidden\"}";
        let Some(node) = fields.value("shape") else {
            return Vec::new();
        };
        let entries = self.map(node, "`shape`", EXAMPLE).unwrap_or_default();
        let mut shape = Vec::new();
        for entry in entries {
            let name = self.parameter(&entry.key, "a parameter");
            let what = format!("`{}`", short(&entry.key.text));
            let value = self.expr(&entry.value, &what, EXAMPLE);
            if let (Some(name), Some(value)) = (name, value) {
                shape.push((name, value));
            }
        }
        shape
    }

    fn expect(&mut self, fields: &Fields<'_>) -> Vec<(Placed<String>, Placed<Expectation>)> {
        let Some(node) = fields.value("expect") else {
            return Vec::new();
        };
        let entries = self
            .map(node, "`expect`", "expect: {apple-m: \"1-3 ms\"}")
            .unwrap_or_default();
        let mut expect = Vec::new();
        for entry in entries {
            if let Some(expectation) = self.expectation(&entry.value) {
                expect.push((
                    self.placed(&entry.key, entry.key.text.clone()),
                    self.placed(&entry.value, expectation),
                ));
            }
        }
        expect
    }

    fn expectation(&mut self, node: &Node) -> Option<Expectation> {
        const EXAMPLE: &str = "apple-m: {time: \"1-3 ms\", tokens_per_second: \"300-1000\"}";
        let Kind::Map(entries) = &node.kind else {
            return Some(Expectation {
                time: Some(self.range(
                    node,
                    Range::parse_time,
                    "a range of times",
                    "apple-m: \"1-3 ms\"",
                )?),
                ..Expectation::default()
            });
        };
        if entries.is_empty() {
            self.wrong(node, "`expect`", "a range", EXAMPLE);
            return None;
        }
        let fields = self.fields(node, "an expectation", keys::EXPECTATION, EXAMPLE)?;
        let time = fields.value("time").and_then(|node| {
            self.range(
                node,
                Range::parse_time,
                "a range of times",
                "time: \"1-3 ms\"",
            )
        });
        let mut rate = |key: &str| {
            let example = format!("{key}: \"300-1000\"");
            fields
                .value(key)
                .and_then(|node| self.range(node, Range::parse_rate, "a range of a rate", &example))
        };
        Some(Expectation {
            time,
            tokens_per_second: rate("tokens_per_second"),
            gflops: rate("gflops"),
            gigabytes_per_second: rate("gigabytes_per_second"),
        })
    }

    fn range(
        &mut self,
        node: &Node,
        parse: fn(&str) -> Result<Range, String>,
        needs: &str,
        example: &str,
    ) -> Option<Range> {
        let text = self.written(node, "`expect`", needs, example)?;
        match parse(text) {
            Ok(range) => Some(range),
            Err(why) => {
                let place: Place = self.place(node);
                let text = short(text.trim());
                self.push(crate::spec::SpecError::new(
                    place,
                    format!("the range `{text}` {why}"),
                ));
                None
            }
        }
    }
}
