//! Buffers of a kernel, and how they are filled.

use crate::kit::Element;
use crate::spec::node::{Entry, Kind, Node};
use crate::spec::suggest::{did_you_mean, short};
use crate::spec::{Bound, BufferSpec, Expr, Fill, Placed, Role, Slot, SpecError, TypeSpec};

use super::Context;
use super::context::Fields;
use super::keys;

const EXAMPLE: &str = "logits: {type: f32, shape: [tokens, experts]}";
const FILLS: &str = "`normal(0, 1)`, `uniform(0, 8)`, `zeros`, `constant(1)`, `iota`, `distinct(n)`, `softmax`, or a list of numbers";
/// Most extents of a buffer.
const MOST_EXTENTS: usize = 8;

impl Context<'_> {
    /// All buffers, in the order of the file.
    pub(super) fn buffers(&mut self, fields: &Fields<'_>) -> Vec<BufferSpec> {
        let mut buffers: Vec<BufferSpec> = Vec::new();
        for section in fields.entries() {
            let role = match section.key.text.as_str() {
                "inputs" => Role::Input,
                "outputs" => Role::Output,
                "inout" => Role::Inout,
                _ => continue,
            };
            let what = format!("`{}`", section.key.text);
            let entries = self.map(&section.value, &what, EXAMPLE).unwrap_or_default();
            for entry in entries {
                let Some(buffer) = self.buffer(entry, role) else {
                    continue;
                };
                match buffers.iter().find(|b| b.name.value == buffer.name.value) {
                    Some(other) => {
                        let message = format!(
                            "the buffer `{}` is declared at {} already; one that is read and written is declared once, under `inout`",
                            buffer.name.value, other.name.place
                        );
                        self.push(SpecError::new(buffer.name.place, message));
                    }
                    None => buffers.push(buffer),
                }
            }
        }
        buffers
    }

    fn buffer(&mut self, entry: &Entry, role: Role) -> Option<BufferSpec> {
        let name = self.identifier(&entry.key, &entry.key.text, "a buffer");
        let what = format!("buffer `{}`", short(&entry.key.text));
        let fields = self.fields(&entry.value, "a buffer", keys::BUFFER, EXAMPLE)?;
        let element = match fields.value("type") {
            Some(node) => self.element(node),
            None if fields.misspelt("type") => None,
            None => {
                self.fail(
                    &entry.key,
                    format!("{what} has no `type`; write it as in `{EXAMPLE}`"),
                );
                None
            }
        };
        let shape = match fields.value("shape") {
            Some(node) => self.shape_of(node, &what),
            None if fields.misspelt("shape") => None,
            None => {
                self.fail(
                    &entry.key,
                    format!("{what} has no `shape`; write it as in `{EXAMPLE}`"),
                );
                None
            }
        };
        let fill = match (role, fields.get("fill")) {
            (Role::Output, Some(fill)) => {
                self.fail(
                    &fill.key,
                    format!("{what} is an output, which the gate poisons; remove `fill`, or declare the buffer under `inout`"),
                );
                None
            }
            (Role::Input | Role::Inout, Some(fill)) => self.fill(&fill.value),
            (_, None) => None,
        };
        let slot = match (fields.value("group"), fields.value("binding")) {
            (None, None) => None,
            _ => self.slot(&entry.value, &fields),
        };
        Some(BufferSpec {
            name: name?,
            role,
            element: element?,
            shape: shape?,
            fill,
            slot,
        })
    }

    /// `{group: 0, binding: 3}`.
    pub(super) fn slot_map(&mut self, node: &Node) -> Option<Slot> {
        const EXAMPLE: &str = "uniforms_slot: {group: 0, binding: 3}";
        let fields = self.fields(node, "`uniforms_slot`", keys::SLOT, EXAMPLE)?;
        self.slot(node, &fields)
    }

    fn slot(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Slot> {
        let (Some(group), Some(binding)) = (fields.value("group"), fields.value("binding")) else {
            self.fail(
                node,
                "`group` and `binding` go together; write both, or neither where the variable's name decides",
            );
            return None;
        };
        // Far beyond any device, and below what 32 bits hold.
        let bounds = (0, 65_535);
        let group = self.integer(group, "`group`", bounds, "group: 0");
        let binding = self.integer(binding, "`binding`", bounds, "binding: 3");
        Some(Slot {
            group: u32::try_from(group?).ok()?,
            binding: u32::try_from(binding?).ok()?,
        })
    }

    fn element(&mut self, node: &Node) -> Option<Placed<TypeSpec>> {
        let text = self.text(node, "`type`", "type: f32")?;
        if let Some(element) = Element::parse(text) {
            return Some(self.placed(node, TypeSpec::Fixed(element)));
        }
        let vector = text
            .strip_prefix("vec")
            .and_then(|rest| rest.strip_suffix('>'))
            .and_then(|rest| rest.split_once('<'));
        let (lanes, axis) = match vector {
            Some(("2", axis)) => (2, axis.trim()),
            Some(("3", axis)) => (3, axis.trim()),
            Some(("4", axis)) => (4, axis.trim()),
            _ => (1, text),
        };
        let named = axis.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && axis.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if named {
            let axis = axis.to_owned();
            return Some(self.placed(node, TypeSpec::Axis { axis, lanes }));
        }
        let hint = did_you_mean(
            text,
            ["f32", "f16", "u32", "i32", "vec4<f32>", "atomic<u32>"],
        );
        let text = short(text);
        self.fail(node, format!("`{text}` is no type of a buffer{hint}"));
        None
    }

    fn shape_of(&mut self, node: &Node, what: &str) -> Option<Vec<Placed<Expr>>> {
        let items = self.items(node);
        if items.is_empty() || items.len() > MOST_EXTENTS {
            self.fail(
                node,
                format!("the shape of {what} has 1 to {MOST_EXTENTS} extents; write it as in `shape: [tokens, experts]`"),
            );
            return None;
        }
        items
            .iter()
            .map(|item| self.expr(item, "`shape`", "shape: [tokens, experts]"))
            .collect::<Vec<_>>()
            .into_iter()
            .collect()
    }

    fn fill(&mut self, node: &Node) -> Option<Placed<Fill>> {
        let fill = match &node.kind {
            Kind::List(items) => {
                if items.is_empty() {
                    self.wrong(node, "`fill`", "values", "fill: [1, 2, 3]");
                    return None;
                }
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.number(item, "`fill`", "fill: [1, 2, 3]")?);
                }
                Fill::Values(values)
            }
            Kind::Scalar(_) | Kind::Map(_) => {
                let text = self.text(node, "`fill`", "fill: \"normal(0, 1)\"")?;
                match parse_fill(text) {
                    Ok(fill) => fill,
                    Err(why) => {
                        let text = short(text);
                        self.fail(node, format!("`fill` cannot be `{text}`: {why}"));
                        return None;
                    }
                }
            }
        };
        Some(self.placed(node, fill))
    }
}

/// Reads `name` or `name(argument, …)`.
fn parse_fill(text: &str) -> Result<Fill, String> {
    let (name, arguments) = match text.split_once('(') {
        None => (text.trim(), Vec::new()),
        Some((name, rest)) => {
            let inside = rest
                .trim_end()
                .strip_suffix(')')
                .ok_or("the `)` is missing")?;
            (name.trim(), split(inside))
        }
    };
    let arguments: Vec<&str> = arguments.into_iter().map(str::trim).collect();
    match (name, arguments.as_slice()) {
        ("zeros", []) => Ok(Fill::Zeros),
        ("iota", []) => Ok(Fill::Iota),
        ("softmax", []) => Ok(Fill::Softmax),
        ("constant", [value]) => Ok(Fill::Constant(finite(value)?)),
        ("normal", [mean, deviation]) => {
            let (mean, deviation) = (finite(mean)?, finite(deviation)?);
            if deviation < 0.0 {
                return Err("a deviation is not below zero".to_owned());
            }
            Ok(Fill::Normal(mean, deviation))
        }
        ("uniform", [lo, hi]) => Ok(Fill::Uniform(bound(lo)?, bound(hi)?)),
        ("distinct", [bound]) => Ok(Fill::Distinct(expr(bound)?)),
        _ => Err(format!("write {FILLS}")),
    }
}

fn finite(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(format!("`{}` is no finite number", short(text))),
    }
}

/// A number with a point or an exponent, or else an expression of integers.
fn bound(text: &str) -> Result<Bound, String> {
    let is_decimal = text.contains('.') || text.contains(['e', 'E']);
    match text.trim().parse::<f64>() {
        Ok(value) if is_decimal && value.is_finite() => Ok(Err(value)),
        Ok(_) | Err(_) => expr(text).map(Ok),
    }
}

fn expr(text: &str) -> Result<Expr, String> {
    // Its errors cannot point into the file: it stands somewhere in the text.
    Expr::parse(text)
        .map(Expr::unplaced)
        .map_err(|error| error.to_string())
}

/// Splits at commas outside of parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}
