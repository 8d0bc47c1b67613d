//! Collects what is wrong with a spec, once for each place.

use std::collections::HashSet;
use std::fmt::{self, Display};

use crate::kit::Place;
use crate::spec::{Expr, ExprError, Placed, SpecError, Value};

use super::PlanError;
use super::scope::Scope;

/// Most mistakes that one planning reports: what follows the first few is
/// usually their consequence.
const MOST: usize = 50;

/// Mistakes found so far. One wrong expression of a kernel is met again by
/// every case, and told only once.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    found: Vec<SpecError>,
    places: HashSet<Place>,
}

impl Mistakes {
    /// Notes a mistake, unless its place has one already.
    pub(super) fn add(&mut self, place: &Place, message: impl Into<String>) {
        if !self.is_full() && self.places.insert(place.clone()) {
            self.found.push(SpecError {
                place: place.clone(),
                message: message.into(),
            });
        }
    }

    /// Whether going on would find nothing that is told.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// All of them in the order of the file, or nothing.
    pub(super) fn finish(mut self) -> Result<(), PlanError> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort_by(|a, b| a.place.cmp(&b.place));
        Err(PlanError(self.found))
    }
}

/// Whose mistake it is: what a message adds at its end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whose<'a> {
    /// A case's, by its identity.
    Case(&'a str),
    /// An entry's, at what it sweeps: axes with their values, none without a
    /// sweep.
    Swept(&'a [(&'a str, &'a str)]),
}

impl fmt::Display for Whose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(id) => write!(f, " (in `{id}`)"),
            Self::Swept([]) => Ok(()),
            Self::Swept(values) => {
                let words: Vec<String> = values
                    .iter()
                    .map(|(axis, value)| format!("`{axis}` is `{value}`"))
                    .collect();
                write!(f, " (where {})", words.join(" and "))
            }
        }
    }
}

/// Evaluates on behalf of one case: a failure is noted with the case's name.
#[derive(Debug)]
pub(super) struct Site<'a> {
    /// Where mistakes go.
    pub(super) mistakes: &'a mut Mistakes,
    /// Whose it is, as far as it is known.
    pub(super) of: Whose<'a>,
    /// Names of the spec's tables.
    pub(super) tables: &'a [&'a str],
}

impl Site<'_> {
    /// Notes a mistake of this case.
    pub(super) fn fail<T>(&mut self, place: &Place, message: impl Display) -> Option<T> {
        let of = self.of;
        self.mistakes.add(place, format!("{message}{of}"));
        None
    }

    /// An expression's number.
    pub(super) fn int(&mut self, expr: &Placed<Expr>, scope: &Scope<'_>) -> Option<i64> {
        match expr.value.eval_int(scope) {
            Ok(value) => Some(value),
            Err(error) => self.unevaluated(expr, &error),
        }
    }

    /// An expression's number or word.
    pub(super) fn value(&mut self, expr: &Placed<Expr>, scope: &Scope<'_>) -> Option<Value> {
        match expr.value.eval(scope) {
            Ok(value) => Some(value),
            Err(error) => self.unevaluated(expr, &error),
        }
    }

    /// Notes why an expression has no value, with the cure where it is known.
    pub(super) fn unevaluated<T>(&mut self, expr: &Placed<Expr>, error: &ExprError) -> Option<T> {
        let SpecError { place, message } = SpecError::in_expr(expr, error);
        let cure = if let ExprError::Undefined { name, .. } = error {
            self.cure(name)
        } else {
            None
        };
        self.fail(&place, cure.unwrap_or(message))
    }

    fn cure(&self, name: &str) -> Option<String> {
        let (base, column) = name.split_once('.')?;
        if base == "device" {
            return Some(format!(
                "`{name}` is not known here: what a device offers can be asked in `where` only"
            ));
        }
        if !self.tables.contains(&base) && column.parse::<u8>().is_err() {
            return Some(format!(
                "`{name}` is not defined here: there is no table `{base}`; declare it under `tables`, or `import` the file that has it"
            ));
        }
        self.tables.contains(&base).then(|| {
            format!(
                "`{name}` is not defined here: a table's columns are seen where `{base}` is swept, in `shape` alone; write `{column}: {name}` there and `{column}` here"
            )
        })
    }
}
