//! minijinja, bounded: strict about names, short of fuel, short of output, and
//! blind to files outside the root.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value,
};

use crate::plan::Parameter;

use super::fault::snippet;
use super::hint::{did_you_mean, quoted};
use super::seen::Seen;
use super::source::{MAX_BYTES, SourceError, Sources, line_column};

/// Fuel of one rendering: an instruction costs one, and so do 64 bytes of
/// output or of intermediate strings. Bounds time to well under a second and
/// memory to 64 MB.
const FUEL: u64 = 1_000_000;

/// Depth of macros and includes; an include or macro call counts for ten.
const RECURSION: usize = 200;

/// Functions that the gate adds, for suggestions; the rest are minijinja's.
const FUNCTIONS: [&str; 8] = [
    "ceil_div",
    "exact_div",
    "halvings",
    "fail",
    "range",
    "dict",
    "namespace",
    "debug",
];

/// Templates below one root, compiled once each.
#[derive(Debug)]
pub(super) struct Templates {
    sources: Sources,
    env: Environment<'static>,
    /// Shown names of the templates by path as written.
    known: BTreeMap<Box<Path>, Result<Arc<str>, SourceError>>,
}

impl Templates {
    pub(super) fn new(sources: Sources) -> Self {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_auto_escape_callback(|_| AutoEscape::None);
        if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
            env.set_syntax(syntax);
        }
        env.set_debug(true);
        env.set_fuel(Some(FUEL));
        env.set_recursion_limit(RECURSION);
        env.set_formatter(format_value);
        env.add_function("ceil_div", ceil_div);
        env.add_function("exact_div", exact_div);
        env.add_function("halvings", halvings);
        env.add_function("fail", fail);
        env.add_filter("f32", float_literal);
        let loader = sources.clone();
        env.set_loader(move |name| match loader.included(name) {
            Ok(source) => Ok(Some(source.text.to_string())),
            Err(error) => Err(Error::new(ErrorKind::InvalidOperation, error.message)),
        });
        Self {
            sources,
            env,
            known: BTreeMap::new(),
        }
    }

    /// The file of a template as a person would name it.
    pub(super) fn shown(&mut self, path: &Path) -> Result<Arc<str>, SourceError> {
        match self.known.entry(path.into()) {
            Entry::Occupied(entry) => entry.get().clone(),
            Entry::Vacant(entry) => {
                let compiled = self.sources.main("templates", path);
                let compiled = compiled.and_then(|source| {
                    let shown = source.shown.to_string();
                    match self.env.add_template_owned(shown, source.text.to_string()) {
                        Ok(()) => Ok(source.shown),
                        Err(error) => Err(explain(&error, &source.shown, &self.sources, &[])),
                    }
                });
                entry.insert(compiled).clone()
            }
        }
    }

    /// Renders a template; gives its text, and the names that it looked at.
    pub(super) fn render(
        &mut self,
        path: &Path,
        parameters: &BTreeMap<String, Parameter>,
    ) -> Result<(String, Vec<String>), SourceError> {
        let shown = self.shown(path)?;
        let seen = Seen::new(parameters);
        let text = self
            .env
            .get_template(&shown)
            .and_then(|template| template.render(Value::from_dyn_object(seen.clone())))
            .map_err(|error| {
                let names: Vec<&str> = parameters.keys().map(String::as_str).collect();
                explain(&error, &shown, &self.sources, &names)
            })?;
        if text.len() as u64 > MAX_BYTES {
            return Err(SourceError {
                shown,
                at: Some((1, 1)),
                message: format!(
                    "renders {} bytes, and {MAX_BYTES} is the most that is taken; is a loop too long?",
                    text.len()
                ),
                snippet: None,
            });
        }
        Ok((text, seen.names()))
    }

    /// The place in the template that gave a part of the rendered text; none
    /// where it cannot be told.
    pub(super) fn origin(
        &mut self,
        path: &Path,
        parameters: &BTreeMap<String, Parameter>,
        part: &Range<usize>,
    ) -> Option<Origin> {
        let shown = self.shown(path).ok()?;
        let template = self.env.get_template(&shown).ok()?;
        let (_, spans) = template
            .render_with_spans(Value::from_dyn_object(Seen::new(parameters)))
            .ok()?;
        let span = spans
            .iter()
            .find(|span| span.output_range().contains(&part.start))?;
        let (file, text) = if span.name() == &*shown {
            (shown.clone(), Arc::from(template.source()))
        } else {
            let source = self.sources.included(span.name()).ok()?;
            (source.shown, source.text)
        };
        let source = span.source_range();
        let range = match span.kind() {
            minijinja::OutputSpanKind::Raw => {
                let within = |byte: usize| {
                    (source.start + byte.saturating_sub(span.output_range().start)).min(source.end)
                };
                within(part.start)..within(part.end)
            }
            // What an expression gave has no finer place than the expression.
            _ => source.start..source.end,
        };
        let (line, column) = line_column(&text, range.start);
        Some(Origin {
            file,
            line,
            column,
            text: text.lines().nth(line - 1).unwrap_or_default().to_owned(),
            snippet: snippet(&text, &range, ""),
        })
    }
}

/// Where in a template something comes from.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) file: Arc<str>,
    pub(super) line: usize,
    pub(super) column: usize,
    /// The line.
    pub(super) text: String,
    /// The line with carets below what it is.
    pub(super) snippet: String,
}

/// Turns minijinja's error into a place, a message and a cure.
fn explain(error: &Error, shown: &Arc<str>, sources: &Sources, names: &[&str]) -> SourceError {
    // An error in an included file is wrapped by the include's own.
    let mut innermost = error;
    while let Some(inner) =
        std::error::Error::source(innermost).and_then(|inner| inner.downcast_ref::<Error>())
    {
        innermost = inner;
    }
    let error = innermost;
    let file = match error.name() {
        Some(name) if name != &**shown => match sources.included(name) {
            Ok(source) => source.shown,
            Err(_) => shown.clone(),
        },
        _ => shown.clone(),
    };
    let source = error.template_source();
    let range = error.range().or_else(|| whole_line(source?, error.line()?));
    let (line, column) = match (&range, source) {
        (Some(range), Some(source)) => line_column(source, range.start),
        _ => (error.line().unwrap_or(1), 1),
    };
    let slice = || error.range().and_then(|range| source?.get(range));
    SourceError {
        shown: file,
        at: Some((line, column)),
        message: sentence(error, slice().unwrap_or_default(), names),
        snippet: range.and_then(|range| Some(snippet(source?, &range, ""))),
    }
}

/// The bytes of a line, its indentation left out.
fn whole_line(text: &str, number: usize) -> Option<Range<usize>> {
    let begin = text
        .split_inclusive('\n')
        .take(number.checked_sub(1)?)
        .map(str::len)
        .sum::<usize>();
    let line = text[begin..].lines().next()?;
    let indented = line.len() - line.trim_start().len();
    Some(begin + indented..begin + line.trim_end().len().max(indented))
}

/// What is wrong and the cure, in one sentence.
fn sentence(error: &Error, expression: &str, names: &[&str]) -> String {
    let detail = error.detail().unwrap_or_default();
    let undefined = || {
        let name = match detail.strip_suffix("` is undefined") {
            Some(rest) => rest.trim_start_matches('`'),
            None => match detail.rsplit_once("(`") {
                Some((_, rest)) => rest.trim_end_matches("` is undefined)"),
                None => expression,
            },
        };
        let root = name.split(['.', '[']).next().unwrap_or(name);
        if names.contains(&root) && root != name {
            return format!("`{name}` is not defined: `{root}` has no such item");
        }
        format!(
            "`{name}` is not defined; this case defines {}{}",
            quoted(names.iter().copied()),
            did_you_mean(root, names.iter().copied())
        )
    };
    match error.kind() {
        ErrorKind::UndefinedError => undefined(),
        ErrorKind::InvalidOperation if detail.ends_with("is undefined)") => undefined(),
        ErrorKind::OutOfFuel => format!(
            "does more work than a template may ({FUEL} steps); is there a loop without end?"
        ),
        ErrorKind::InvalidOperation if detail == "recursion limit exceeded" => {
            "calls itself too deeply; is there a macro or include without end?".to_owned()
        }
        ErrorKind::UnknownFunction => {
            let name = detail.split(' ').next().unwrap_or_default();
            format!(
                "there is no function `{name}`; the gate's own are {}{}",
                quoted(FUNCTIONS.into_iter().take(4)),
                did_you_mean(name, FUNCTIONS)
            )
        }
        ErrorKind::InvalidOperation | ErrorKind::UnknownFilter | ErrorKind::UnknownTest
            if !detail.is_empty() =>
        {
            detail.to_owned()
        }
        kind if detail.is_empty() => kind.to_string(),
        kind => format!("{kind}: {detail}"),
    }
}

/// Writes what WGSL can read; refuses what it cannot, with the cure.
fn format_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    let cure = match value.kind() {
        ValueKind::Number if !value.is_integer() => {
            "`/` gives a float even where it divides evenly: write `//` for integers, or `| f32` where WGSL is to get a float"
        }
        ValueKind::Seq | ValueKind::Iterable => "pick one item, as in `workgroup[0]`",
        ValueKind::Map => "pick one item by its name",
        ValueKind::None => "`none` has no form in WGSL",
        _ => return minijinja::escape_formatter(out, state, value),
    };
    Err(Error::new(
        ErrorKind::InvalidOperation,
        format!("cannot write `{value}` into WGSL: {cure}"),
    ))
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

/// `ceil_div(a, b)`: a over b, rounded up.
fn ceil_div(a: i64, b: i64) -> Result<i64, Error> {
    let floor = a.checked_div_euclid(b).filter(|_| b > 0);
    let rest = a.checked_rem_euclid(b).unwrap_or(0);
    floor
        .and_then(|floor| floor.checked_add(i64::from(rest > 0)))
        .ok_or_else(|| wrong(format!("`ceil_div({a}, {b})` needs a divisor above 0")))
}

/// `exact_div(a, b)`: a over b, which must leave no rest.
fn exact_div(a: i64, b: i64) -> Result<i64, Error> {
    if b > 0 && a % b == 0 {
        Ok(a / b)
    } else {
        Err(wrong(format!(
            "{a} is not a multiple of {b}, as this template needs; choose another `workgroup`"
        )))
    }
}

/// `halvings(n)`: the steps of a tree reduction over n values, each
/// `[half, n]`: value i takes in value i + half while that is below n.
fn halvings(n: i64) -> Result<Vec<Vec<i64>>, Error> {
    if n < 1 {
        return Err(wrong(format!("`halvings({n})` needs a number above 0")));
    }
    let mut whole = n;
    let mut steps = Vec::new();
    while whole > 1 {
        let half = whole / 2 + whole % 2;
        steps.push(vec![half, whole]);
        whole = half;
    }
    Ok(steps)
}

/// `fail(message)`: this template cannot do that.
fn fail(message: String) -> Result<Value, Error> {
    Err(wrong(message))
}

/// `x | f32`: a number as a WGSL float.
fn float_literal(value: f64) -> Result<String, Error> {
    if value.is_finite() {
        Ok(format!("{value:?}"))
    } else {
        Err(wrong(format!("WGSL has no literal for {value}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_reduction_of_twelve_takes_four_steps() {
        let steps = halvings(12).expect("a number above 0");
        assert_eq!(steps, [[6, 12], [3, 6], [2, 3], [1, 2]]);
        assert!(halvings(0).is_err());
    }

    #[test]
    fn rounding_up_meets_its_edges() {
        assert_eq!(ceil_div(33, 32).ok(), Some(2));
        assert_eq!(ceil_div(32, 32).ok(), Some(1));
        assert_eq!(ceil_div(0, 32).ok(), Some(0));
        assert!(ceil_div(1, 0).is_err());
        assert!(ceil_div(i64::MIN, -1).is_err());
    }

    #[test]
    fn a_float_is_written_as_wgsl_reads_it() {
        assert_eq!(float_literal(0.5).ok().as_deref(), Some("0.5"));
        assert_eq!(float_literal(1e-30).ok().as_deref(), Some("1e-30"));
        assert_eq!(float_literal(8.0).ok().as_deref(), Some("8.0"));
        assert!(float_literal(f64::INFINITY).is_err());
    }
}
