//! Axes of variants and sweeps, and the tables that sweeps draw from.

use std::collections::BTreeMap;

use crate::spec::node::{Entry, Kind, Node, Plain};
use crate::spec::suggest::short;
use crate::spec::{AxisValue, Placed, Table};

use super::Context;
use super::context::Fields;

/// A product of axes.
type Product = BTreeMap<String, Placed<Vec<AxisValue>>>;

/// Longest list that is one value of an axis.
const LONGEST_VALUE: usize = 16;

impl Context<'_> {
    /// A product of axes, or a list of such products.
    pub(super) fn variants(&mut self, node: &Node) -> Vec<Product> {
        if let Kind::List(items) = &node.kind {
            if items.is_empty() {
                self.fail(
                    node,
                    "`variants` has no values; write at least one, as in `variants: {workgroup: [64]}`",
                );
            }
            return items
                .iter()
                .filter_map(|item| self.product(item, "`variants`"))
                .collect();
        }
        self.product(node, "`variants`").into_iter().collect()
    }

    /// A map of axes.
    pub(super) fn product(&mut self, node: &Node, what: &str) -> Option<Product> {
        let entries = self.map(node, what, "{workgroup: [64, 128]}")?;
        let mut product = Product::new();
        for entry in entries {
            let Some(name) = self.parameter(&entry.key, "an axis") else {
                continue;
            };
            let values = self.axis_values(entry);
            let values = values.into_iter().map(|value| value.value).collect();
            product.insert(name.value, self.placed(&entry.key, values));
        }
        Some(product)
    }

    /// The values of a sweep's axis, each with its place.
    pub(super) fn sweep(
        &mut self,
        fields: &Fields<'_>,
    ) -> Vec<(Placed<String>, Vec<Placed<AxisValue>>)> {
        let Some(node) = fields.value("sweep") else {
            return Vec::new();
        };
        let Some(entries) = self.map(node, "`sweep`", "sweep: {tokens: [1, 32, 128]}") else {
            return Vec::new();
        };
        let mut sweep = Vec::new();
        for entry in entries {
            if let Some(name) = self.parameter(&entry.key, "an axis") {
                let values = self.axis_values(entry);
                sweep.push((name, values));
            }
        }
        sweep
    }

    fn axis_values(&mut self, entry: &Entry) -> Vec<Placed<AxisValue>> {
        let name = short(&entry.key.text);
        let items = self.items(&entry.value);
        if items.is_empty() || entry.value.is_null() {
            self.fail(
                &entry.value,
                format!("axis `{name}` has no values; write at least one, as in `{name}: [64]`"),
            );
            return Vec::new();
        }
        let mut values: Vec<Placed<AxisValue>> = Vec::with_capacity(items.len());
        let mut seen = std::collections::HashSet::new();
        for item in items {
            let Some(value) = self.axis_value(item, &name) else {
                continue;
            };
            if seen.insert(value.clone()) {
                values.push(self.placed(item, value));
            } else {
                let found = item.found();
                self.fail(item, format!("axis `{name}` has {found} twice; remove one"));
            }
        }
        values
    }

    fn axis_value(&mut self, node: &Node, axis: &str) -> Option<AxisValue> {
        let what = format!("axis `{axis}`");
        match &node.kind {
            Kind::List(items) => {
                if items.is_empty() || items.len() > LONGEST_VALUE {
                    self.fail(
                        node,
                        format!("a list that is one value of {what} has 1 to {LONGEST_VALUE} integers; write it as in `{axis}: [[8, 8], [16, 16]]`"),
                    );
                    return None;
                }
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(self.integer(
                        item,
                        &format!("a list that is one value of {what}"),
                        (i64::MIN, i64::MAX),
                        &format!("{axis}: [[8, 8], [16, 16]]"),
                    )?);
                }
                Some(AxisValue::List(list))
            }
            Kind::Scalar(scalar) => match scalar.value {
                Plain::Int(value) => Some(AxisValue::Int(value)),
                Plain::Text => self.word(node, &scalar.text, &what),
                Plain::Bool(value) => {
                    self.fail(
                        node,
                        format!(
                            "{what} holds numbers and words, and `{}` is neither in YAML; write {}",
                            short(&scalar.text),
                            i64::from(value)
                        ),
                    );
                    None
                }
                Plain::Null | Plain::Huge | Plain::Float(_) => {
                    let example = format!("{axis}: [64, 128]");
                    self.wrong(
                        node,
                        &what,
                        "an integer, a word or a list of integers",
                        &example,
                    );
                    None
                }
            },
            Kind::Map(_) => {
                let example = format!("{axis}: [64, 128]");
                self.wrong(
                    node,
                    &what,
                    "an integer, a word or a list of integers",
                    &example,
                );
                None
            }
        }
    }

    /// A word that identities and expressions can carry.
    fn word(&mut self, node: &Node, text: &str, what: &str) -> Option<AxisValue> {
        if text.trim().parse::<i64>().is_ok() {
            self.fail(
                node,
                format!(
                    "{what} has the number {} in quotes; write it without",
                    text.trim()
                ),
            );
            return None;
        }
        let fits = !text.is_empty()
            && text.len() <= 64
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '<' | '>'));
        if !fits {
            let text = short(text);
            self.fail(
                node,
                format!("{what} cannot have the value `{text}`; a word has letters, digits, `_`, `-` and `.`, and an axis has no expressions"),
            );
            return None;
        }
        Some(AxisValue::Word(text.to_owned()))
    }

    /// A table: rows by name, each a map from column to integer.
    pub(super) fn table(&mut self, entry: &Entry) -> Option<Table> {
        let name = &entry.key.text;
        let example = format!("{name}: {{small: {{hidden: 512}}}}");
        let what = format!("the table `{}`", short(name));
        let rows = self.map(&entry.value, &what, &example)?;
        if rows.is_empty() {
            self.fail(
                &entry.value,
                format!("{what} has no rows; write it as in `{example}`"),
            );
        }
        let mut table = Table::new();
        for row in rows {
            self.row(&row.key);
            let what = format!("the row `{}`", short(&row.key.text));
            let Some(cells) = self.map(&row.value, &what, "small: {hidden: 512}") else {
                continue;
            };
            let mut columns = BTreeMap::new();
            for cell in cells {
                let column = self.identifier(&cell.key, &cell.key.text, "a column");
                let what = format!("`{}`", short(&cell.key.text));
                let bounds = (i64::MIN, i64::MAX);
                let value = self.integer(&cell.value, &what, bounds, "hidden: 512");
                if let (Some(column), Some(value)) = (column, value) {
                    columns.insert(column.value, value);
                }
            }
            table.insert(row.key.text.clone(), columns);
        }
        Some(table)
    }
}
