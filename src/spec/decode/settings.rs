//! Limits, and the settings that kernels and cases share.

use crate::kit::{Cache, Checks, Mode, Nanos, Ratio};
use crate::spec::Limits;
use crate::spec::node::{Node, Plain};
use crate::spec::quantity::{share, time};
use crate::spec::suggest::short;

use super::Context;
use super::context::Fields;
use super::keys;

/// Longest `time` and `budget`: a day, in ns.
const LONGEST_TIME: f64 = 86_400e9;
/// Most rounds.
const MOST_ROUNDS: i64 = 1000;
/// Most runs before timing.
const MOST_WARMUP: i64 = 100_000;

const MODES: [(&str, Mode); 2] = [("latency", Mode::Latency), ("throughput", Mode::Throughput)];
const CACHES: [(&str, Cache); 2] = [("warm", Cache::Warm), ("cold", Cache::Cold)];
const CHECKS: [(&str, Checks); 2] = [
    ("checked", Checks::Checked),
    ("unchecked", Checks::Unchecked),
];

/// Whose limits they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// A suite's: all of them.
    Suite,
    /// A kernel's, a pipeline's or a case's: what one case can have of its own.
    Case,
}

impl Context<'_> {
    pub(super) fn mode(&mut self, fields: &Fields<'_>) -> Option<Mode> {
        self.choice(fields.value("mode")?, "`mode`", &MODES)
    }

    pub(super) fn cache(&mut self, fields: &Fields<'_>) -> Option<Cache> {
        self.choice(fields.value("cache")?, "`cache`", &CACHES)
    }

    /// One of the checks, or both in a list.
    pub(super) fn checks(&mut self, fields: &Fields<'_>) -> Option<Vec<Checks>> {
        let node = fields.value("checks")?;
        let items = self.items(node);
        if items.is_empty() {
            self.fail(
                node,
                "`checks` has no values; write at least one, as in `checks: checked`",
            );
        }
        let mut checks = Vec::new();
        for item in items {
            let check = self.choice(item, "`checks`", &CHECKS)?;
            if checks.contains(&check) {
                self.fail(
                    item,
                    format!("`{check}` stands twice in `checks`; remove one"),
                );
            } else {
                checks.push(check);
            }
        }
        Some(checks)
    }

    pub(super) fn limits(&mut self, fields: &Fields<'_>, level: Level) -> Limits {
        let Some(node) = fields.value("limits") else {
            return Limits::default();
        };
        let Some(entries) = self.map(node, "`limits`", "limits: {slowdown: 2%}") else {
            return Limits::default();
        };
        let known = match level {
            Level::Suite => keys::SUITE_LIMITS,
            Level::Case => keys::CASE_LIMITS,
        };
        let mut limits = Limits::default();
        for entry in entries {
            let key = entry.key.text.as_str();
            let value = &entry.value;
            if level == Level::Case && matches!(key, "confidence" | "budget") {
                self.fail(
                    &entry.key,
                    format!("`{key}` is the suite's, not of a single case; write it under `limits` at the top of the file"),
                );
                continue;
            }
            match key {
                "slowdown" => limits.slowdown = self.slowdown(value),
                "confidence" => limits.confidence = self.confidence(value),
                "rounds" => limits.rounds = self.rounds(value),
                "time" => limits.time = self.time(value, "`time`", "time: 100ms"),
                "budget" => limits.budget = self.time(value, "`budget`", "budget: 60s"),
                "warmup" => {
                    limits.warmup = self
                        .integer(value, "`warmup`", (0, MOST_WARMUP), "warmup: 5")
                        .and_then(|n| u32::try_from(n).ok());
                }
                _ => self.unknown_key(&entry.key, "`limits`", known),
            }
        }
        limits
    }

    fn share(&mut self, node: &Node, what: &str, example: &str) -> Option<f64> {
        let text = self.written(node, what, "a share", example)?;
        match share(text) {
            Ok(value) => Some(value),
            Err(why) => {
                let text = short(text);
                self.fail(node, format!("{what}: `{text}` {why}"));
                None
            }
        }
    }

    fn slowdown(&mut self, node: &Node) -> Option<Ratio> {
        let value = self.share(node, "`slowdown`", "slowdown: 2%")?;
        let plain = node
            .scalar()
            .is_some_and(|s| matches!(s.value, Plain::Int(_) | Plain::Float(_)));
        if value <= 0.0 {
            let as_in = self.as_in("slowdown: 2%");
            self.fail(
                node,
                format!("`slowdown` must be above 0: no measurement can show that nothing changed; {as_in}"),
            );
            return None;
        }
        if value > 10.0 || (plain && value >= 1.0) {
            let percent = value * 100.0;
            let as_in = self.as_in("slowdown: 2%");
            self.fail(
                node,
                format!("`slowdown` is {percent} % here, too much for a gate; {as_in}"),
            );
            return None;
        }
        Some(Ratio(value))
    }

    fn confidence(&mut self, node: &Node) -> Option<f64> {
        let value = self.share(node, "`confidence`", "confidence: 99%")?;
        if (0.5..=0.999_999).contains(&value) {
            return Some(value);
        }
        let as_in = self.as_in("confidence: 99%");
        self.fail(
            node,
            format!("`confidence` lies between 50% and 99.9999%; {as_in}"),
        );
        None
    }

    fn rounds(&mut self, node: &Node) -> Option<(u32, u32)> {
        const EXAMPLE: &str = "rounds: 3..10";
        let text = self.written(
            node,
            "`rounds`",
            "a number, or the fewest and the most",
            EXAMPLE,
        )?;
        let (least, most) = match text.split_once("..") {
            Some((least, most)) => (least, most),
            None => (text, text),
        };
        let count = |text: &str| {
            let count: i64 = text.trim().parse().ok()?;
            (1..=MOST_ROUNDS).contains(&count).then_some(count)
        };
        match (count(least), count(most)) {
            (Some(least), Some(most)) if least <= most => {
                Some((u32::try_from(least).ok()?, u32::try_from(most).ok()?))
            }
            (Some(_), Some(_)) => {
                let text = short(text);
                let as_in = self.as_in(EXAMPLE);
                self.fail(
                    node,
                    format!("`rounds` runs backwards in `{text}`: the fewest come first; {as_in}"),
                );
                None
            }
            _ => {
                let text = short(text);
                let as_in = self.as_in(EXAMPLE);
                self.fail(
                    node,
                    format!("`rounds` cannot be `{text}`: its numbers go from 1 to {MOST_ROUNDS}; {as_in}"),
                );
                None
            }
        }
    }

    pub(super) fn time(&mut self, node: &Node, what: &str, example: &str) -> Option<Nanos> {
        let text = self.written(node, what, "a time", example)?;
        match time(text) {
            Ok(value) if value <= LONGEST_TIME => Some(Nanos(value)),
            Ok(_) => {
                let as_in = self.as_in(example);
                self.fail(node, format!("{what} is a day at most; {as_in}"));
                None
            }
            Err(why) => {
                let text = short(text);
                self.fail(node, format!("{what}: `{text}` {why}"));
                None
            }
        }
    }
}
