//! Sweeps: from an entry to its shapes.

use crate::spec::{AxisValue, CaseEntry, Spec, Value};

use super::Parameter;
use super::axis;
use super::identity;
use super::mistakes::{Mistakes, Site, Whose};
use super::scope::{Parameters, Scope};

/// What an entry sweeps over; without sweeps it has one point.
#[derive(Debug)]
pub(super) struct Sweep {
    axes: Vec<Vec<Point>>,
}

/// One value of a swept axis.
#[derive(Debug)]
struct Point {
    /// As names of cases write it.
    label: String,
    /// What the entry's `shape` sees: the axis, and a row's columns.
    seen: Parameters,
    /// What becomes a parameter of the shape: the axis, unless it is a table,
    /// of which two rows may well mean the same case.
    kept: Parameters,
}

/// How many points an entry sweeps over, without making any.
pub(super) fn count(entry: &CaseEntry) -> u128 {
    entry.sweep.iter().fold(1_u128, |count, (_, values)| {
        count.saturating_mul(values.len() as u128)
    })
}

impl Sweep {
    /// Looks up the rows. None where something is wrong, which is noted.
    pub(super) fn of(spec: &Spec, entry: &CaseEntry, mistakes: &mut Mistakes) -> Option<Self> {
        let before = mistakes.len();
        let mut axes = Vec::new();
        for (name, values) in &entry.sweep {
            let table = spec.tables.get(&name.value);
            let mut points = Vec::with_capacity(values.len());
            for value in values {
                let Some(table) = table else {
                    axis::check_value(&value.value, &value.place, mistakes);
                    points.push(Point::plain(&name.value, &value.value));
                    continue;
                };
                let row = identity::written(&axis::parameter(&value.value));
                match table.get(&row) {
                    Some(columns) => points.push(Point::row(&name.value, &row, columns)),
                    None => mistakes.add(
                        &value.place,
                        format!("table `{}` has no row `{row}`", name.value),
                    ),
                }
            }
            axes.push(points);
        }
        (mistakes.len() == before).then_some(Self { axes })
    }

    /// How many points there are.
    pub(super) fn len(&self) -> usize {
        self.axes.iter().map(Vec::len).product()
    }

    /// The shape at a point, the last axis moving first, and the point's name
    /// (`mixtral/long`; empty without a sweep).
    pub(super) fn shape(
        &self,
        mut index: usize,
        entry: &CaseEntry,
        mistakes: &mut Mistakes,
    ) -> Option<(Parameters, String)> {
        let mut points = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            points.push(axis.get(index % axis.len().max(1))?);
            index /= axis.len().max(1);
        }
        points.reverse();
        let labels: Vec<&str> = points.iter().map(|point| point.label.as_str()).collect();
        let name = labels.join("/");
        let mut seen = Parameters::new();
        let mut shape = Parameters::new();
        for point in points {
            seen.extend(point.seen.iter().map(|(n, v)| (n.clone(), v.clone())));
            shape.extend(point.kept.iter().map(|(n, v)| (n.clone(), v.clone())));
        }
        let axes = entry.sweep.iter().map(|(axis, _)| axis.value.as_str());
        let at: Vec<(&str, &str)> = axes.zip(labels.iter().copied()).collect();
        let mut site = Site {
            mistakes,
            of: Whose::Swept(&at),
            tables: &[],
        };
        // Every parameter is tried, so that one look finds all mistakes.
        let mut whole = true;
        for (parameter, expr) in &entry.shape {
            let value = match site.value(expr, &Scope::of(&seen)) {
                None => {
                    whole = false;
                    continue;
                }
                Some(Value::Int(value)) => Parameter::Int(value),
                Some(Value::Word(word)) => {
                    if let Some(why) = identity::refuse_word(&word) {
                        whole = false;
                        site.mistakes.add(&expr.place, why);
                    }
                    Parameter::Word(word)
                }
            };
            seen.insert(parameter.value.clone(), value.clone());
            shape.insert(parameter.value.clone(), value);
        }
        whole.then_some((shape, name))
    }
}

impl Point {
    fn plain(axis: &str, value: &AxisValue) -> Self {
        let value = axis::parameter(value);
        let seen = Parameters::from([(axis.to_owned(), value.clone())]);
        Self {
            label: identity::written(&value),
            kept: seen.clone(),
            seen,
        }
    }

    fn row(axis: &str, row: &str, columns: &std::collections::BTreeMap<String, i64>) -> Self {
        let mut seen: Parameters = columns
            .iter()
            .map(|(column, value)| (format!("{axis}.{column}"), Parameter::Int(*value)))
            .collect();
        seen.insert(axis.to_owned(), Parameter::Word(row.to_owned()));
        Self {
            label: row.to_owned(),
            seen,
            kept: Parameters::new(),
        }
    }
}
