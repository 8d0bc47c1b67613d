//! What a kernel computes from its parameters: uniforms, overrides, work.

use std::collections::BTreeMap;

use crate::kit::UniformType;
use crate::spec::node::{Entry, Kind, Node, Plain};
use crate::spec::suggest::short;
use crate::spec::{Expr, Placed, UniformField, UniformValue, WorkSpec};

use super::Context;
use super::context::Fields;
use super::keys;

impl Context<'_> {
    pub(super) fn uniforms(&mut self, fields: &Fields<'_>) -> Vec<UniformField> {
        const EXAMPLE: &str = "uniforms: {tokens: u32, eps: {type: f32, value: 1e-5}}";
        let Some(node) = fields.value("uniforms") else {
            return Vec::new();
        };
        let entries = self.map(node, "`uniforms`", EXAMPLE).unwrap_or_default();
        entries
            .iter()
            .filter_map(|entry| self.uniform(entry))
            .collect()
    }

    fn uniform(&mut self, entry: &Entry) -> Option<UniformField> {
        const EXAMPLE: &str = "tokens: u32";
        const INTEGER: &str = "rows: {type: u32, value: \"batch * length\"}";
        const BOTH: &str = "eps: {type: f32, value: 1e-5}";
        let name = self.identifier(&entry.key, &entry.key.text, "a uniform");
        let node = &entry.value;
        let what = format!("uniform `{}`", short(&entry.key.text));
        let (kind, value) = match node.kind {
            Kind::Map(_) => {
                let fields = self.fields(node, "a uniform", keys::UNIFORM, BOTH)?;
                let Some(kind) = fields.value("type") else {
                    self.fail(
                        node,
                        format!("{what} has no `type`; write it as in `{BOTH}`"),
                    );
                    return None;
                };
                (kind, fields.value("value"))
            }
            Kind::Scalar(_) | Kind::List(_) => (node, None),
        };
        let text = self.text(kind, &what, EXAMPLE)?;
        let Some(ty) = UniformType::parse(text) else {
            let text = short(text);
            self.fail(
                kind,
                format!("{what} cannot be `{text}`; its type is `f32`, `f16`, `u32` or `i32`, a vector or matrix of them such as `vec3<f32>` or `mat2x2<f32>`, or an array of fixed length such as `array<vec4<f32>, 2>`"),
            );
            return None;
        };
        let values = match value {
            Some(node) => {
                let float = ty.element.scalar.is_float();
                let example = if float { BOTH } else { INTEGER };
                self.scalars(node, &what, ty, example)?
            }
            None if ty.scalars() > 1 => {
                self.fail(
                    node,
                    format!("{what} has no value, and `{ty}` takes {} numbers; write it as in `shift: {{type: vec3<f32>, value: [1, \"n\", 0.5]}}`", ty.scalars()),
                );
                return None;
            }
            // By default, the parameter of the same name.
            None => match Expr::parse(&entry.key.text) {
                Ok(expr) => vec![Ok(self.placed(&entry.key, expr))],
                Err(_) => {
                    self.fail(
                        &entry.key,
                        format!("{what} has no value, for no parameter has such a name; write it as in `{INTEGER}`"),
                    );
                    return None;
                }
            },
        };
        Some(UniformField {
            name: name?,
            ty,
            values,
        })
    }

    /// The scalars of a uniform: a list of as many as its type has, which may
    /// be parted into lists, or one for all.
    fn scalars(
        &mut self,
        node: &Node,
        what: &str,
        ty: UniformType,
        example: &str,
    ) -> Option<Vec<UniformValue>> {
        let float = ty.element.scalar.is_float();
        let Kind::List(_) = node.kind else {
            let one = self.value(node, what, float, example)?;
            return Some(vec![one; ty.scalars()]);
        };
        let mut parts = Vec::new();
        leaves(node, &mut parts);
        if parts.len() != ty.scalars() {
            self.fail(
                node,
                format!(
                    "{what} is `{ty}` and takes {}, not {}; write them in one list, column by column",
                    numbers(ty.scalars()),
                    parts.len()
                ),
            );
            return None;
        }
        let values: Vec<Option<UniformValue>> = parts
            .into_iter()
            .map(|part| self.value(part, what, float, example))
            .collect();
        values.into_iter().collect()
    }

    /// A number or an expression.
    fn value(
        &mut self,
        node: &Node,
        what: &str,
        float: bool,
        example: &str,
    ) -> Option<UniformValue> {
        match node.scalar().map(|scalar| scalar.value) {
            Some(Plain::Float(value)) if float && value.is_finite() => Some(Err(value)),
            Some(Plain::Float(_)) => {
                let needs = if float {
                    "a finite number"
                } else {
                    "an integer"
                };
                self.wrong(node, what, needs, example);
                None
            }
            _ => self.expr(node, what, example).map(Ok),
        }
    }

    pub(super) fn overrides(
        &mut self,
        fields: &Fields<'_>,
    ) -> BTreeMap<String, Placed<UniformValue>> {
        let Some(node) = fields.value("overrides") else {
            return BTreeMap::new();
        };
        let entries = self
            .map(node, "`overrides`", "overrides: {TILE: 16}")
            .unwrap_or_default();
        let mut overrides = BTreeMap::new();
        for entry in entries {
            // `@id(7) override` is known by its number.
            let number = entry.key.text.parse::<u16>().is_ok();
            if !number
                && self
                    .identifier(&entry.key, &entry.key.text, "an override")
                    .is_none()
            {
                continue;
            }
            let what = format!("override `{}`", short(&entry.key.text));
            let value = match entry.value.scalar().map(|scalar| scalar.value) {
                Some(Plain::Bool(value)) => {
                    Some(Ok(self.placed(&entry.value, Expr::integer(value.into()))))
                }
                _ => self.value(&entry.value, &what, true, "overrides: {TILE: 16}"),
            };
            if let Some(value) = value {
                let value = self.placed(&entry.key, value);
                overrides.insert(entry.key.text.clone(), value);
            }
        }
        overrides
    }

    pub(super) fn work(&mut self, fields: &Fields<'_>) -> WorkSpec {
        const EXAMPLE: &str =
            "work: {flops: \"2 * m * n * k\", bytes: \"4 * (m * k + k * n + m * n)\"}";
        let Some(node) = fields.value("work") else {
            return WorkSpec::default();
        };
        let Some(fields) = self.fields(node, "`work`", keys::WORK, EXAMPLE) else {
            return WorkSpec::default();
        };
        let mut part = |key: &str| {
            let what = format!("`{key}`");
            fields
                .value(key)
                .and_then(|node| self.expr(node, &what, EXAMPLE))
        };
        WorkSpec {
            flops: part("flops"),
            bytes: part("bytes"),
            tokens: part("tokens"),
        }
    }
}

/// What stands in a list and the lists in it, in order. How deep they nest is
/// bounded where the text is read.
fn leaves<'a>(node: &'a Node, found: &mut Vec<&'a Node>) {
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| leaves(item, found)),
        Kind::Map(_) | Kind::Scalar(_) => found.push(node),
    }
}

/// `1 number`, `3 numbers`.
fn numbers(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} number{plural}")
}
