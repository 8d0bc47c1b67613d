//! What a template looks at: a text that was rendered once is the text of
//! every case that agrees in these parameters, whatever its others are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::Value;
use minijinja::value::{Enumerator, Object};

use crate::plan::Parameter;

/// Most sets of names that are kept of one template, which looks at others in
/// another branch. Beyond them all names count.
const MOST_SETS: usize = 16;

/// Parameters as a template sees them. It keeps which of them are asked for,
/// those that are not there among them.
#[derive(Debug)]
pub(super) struct Seen {
    parameters: BTreeMap<String, Value>,
    asked: Mutex<Asked>,
}

#[derive(Debug, Default)]
struct Asked {
    names: BTreeSet<String>,
    all: bool,
}

impl Seen {
    pub(super) fn new(parameters: &BTreeMap<String, Parameter>) -> Arc<Self> {
        let value = |parameter: &Parameter| match parameter {
            Parameter::Int(int) => Value::from(*int),
            Parameter::Word(word) => Value::from(word.as_str()),
            Parameter::List(list) => Value::from(list.clone()),
        };
        Arc::new(Self {
            parameters: parameters
                .iter()
                .map(|(name, parameter)| (name.clone(), value(parameter)))
                .collect(),
            asked: Mutex::default(),
        })
    }

    /// The names that were asked for; all that there are, where the template
    /// went through the whole of them.
    pub(super) fn names(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names = asked.names.clone();
        if asked.all {
            names.extend(self.parameters.keys().cloned());
        }
        names.into_iter().collect()
    }
}

impl Object for Seen {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if !asked.names.contains(key) {
            asked.names.insert(key.to_owned());
        }
        self.parameters.get(key).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .all = true;
        let names = self.parameters.keys();
        Enumerator::Values(names.map(|name| Value::from(name.as_str())).collect())
    }
}

/// Texts by the values of some names; one that is not there counts as such.
type ByValues = BTreeMap<Vec<Option<Parameter>>, usize>;

/// The texts of one source, by what it looked at.
#[derive(Debug, Default)]
pub(super) struct Texts {
    sets: Vec<(Vec<String>, ByValues)>,
}

impl Texts {
    /// The text of these parameters, where one that agrees was rendered.
    pub(super) fn find(&self, parameters: &BTreeMap<String, Parameter>) -> Option<usize> {
        let mut sets = self.sets.iter();
        sets.find_map(|(names, texts)| texts.get(&values(names, parameters)).copied())
    }

    /// Keeps a text that looked at some names.
    pub(super) fn keep(
        &mut self,
        names: Vec<String>,
        parameters: &BTreeMap<String, Parameter>,
        text: usize,
    ) {
        let known = self.sets.iter().position(|(set, _)| *set == names);
        let names = match known {
            None if self.sets.len() >= MOST_SETS => parameters.keys().cloned().collect(),
            None | Some(_) => names,
        };
        let key = values(&names, parameters);
        match self.sets.iter_mut().find(|(set, _)| *set == names) {
            Some((_, texts)) => {
                texts.insert(key, text);
            }
            None => self.sets.push((names, BTreeMap::from([(key, text)]))),
        }
    }
}

/// The values of some names; one that is not there counts as such.
fn values(names: &[String], parameters: &BTreeMap<String, Parameter>) -> Vec<Option<Parameter>> {
    names
        .iter()
        .map(|name| parameters.get(name).cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints(all: &[(&str, i64)]) -> BTreeMap<String, Parameter> {
        let int = |(name, value): &(&str, i64)| ((*name).to_owned(), Parameter::Int(*value));
        all.iter().map(int).collect()
    }

    /// What a template gives, and what it asked for.
    fn rendered(template: &str, parameters: &BTreeMap<String, Parameter>) -> (String, Vec<String>) {
        let seen = Seen::new(parameters);
        let text = minijinja::Environment::new()
            .render_str(template, Value::from_dyn_object(seen.clone()))
            .expect("renders");
        (text, seen.names())
    }

    #[test]
    fn names_that_are_asked_for_are_kept_the_missing_ones_too() {
        let parameters = ints(&[("n", 8), ("tile", 4), ("workgroup", 64)]);
        let (text, names) = rendered(
            "{{ workgroup }}{% if tile > 8 %}{{ n }}{% endif %}",
            &parameters,
        );
        assert_eq!(text, "64");
        assert_eq!(names, ["tile", "workgroup"]);
        let (_, names) = rendered("{% if vec is defined %}{{ n }}{% endif %}", &parameters);
        assert_eq!(names, ["vec"]);
        // Names of the template's own are none of the parameters.
        let (_, names) = rendered(
            "{% set a = 1 %}{{ a }}{% for i in [1] %}{{ i }}{% endfor %}",
            &parameters,
        );
        assert!(
            names.iter().all(|name| !parameters.contains_key(name)),
            "{names:?}"
        );
        let (text, names) = rendered(
            "{% macro m() %}{{ tile }}{% endmacro %}{{ m() }}",
            &parameters,
        );
        assert_eq!(
            (text.as_str(), names.contains(&"tile".to_owned())),
            ("4", true)
        );
    }

    #[test]
    fn a_template_that_goes_through_all_has_asked_for_all() {
        let parameters = ints(&[("n", 8), ("tile", 4)]);
        let (text, names) = rendered("{{ debug() }}", &parameters);
        assert!(text.contains("tile"), "{text}");
        for name in ["n", "tile"] {
            assert!(names.contains(&name.to_owned()), "{names:?}");
        }
    }

    #[test]
    fn a_text_is_found_by_what_it_looked_at_alone() {
        let mut texts = Texts::default();
        texts.keep(vec!["tile".into()], &ints(&[("n", 8), ("tile", 4)]), 7);
        assert_eq!(texts.find(&ints(&[("n", 9), ("tile", 4)])), Some(7));
        assert_eq!(texts.find(&ints(&[("n", 8), ("tile", 2)])), None);
        assert_eq!(texts.find(&ints(&[("n", 8)])), None);
        texts.keep(
            vec!["n".into(), "tile".into()],
            &ints(&[("n", 8), ("tile", 2)]),
            9,
        );
        assert_eq!(texts.find(&ints(&[("n", 8), ("tile", 2)])), Some(9));
        assert_eq!(texts.find(&ints(&[("n", 9), ("tile", 2)])), None);
    }

    #[test]
    fn of_many_branches_the_rest_counts_all_names() {
        let mut texts = Texts::default();
        for other in 0..40 {
            let parameters = ints(&[("n", other), ("tile", 4)]);
            texts.keep(vec![format!("only{other}")], &parameters, other as usize);
        }
        assert_eq!(texts.sets.len(), MOST_SETS + 1);
        assert_eq!(
            texts.find(&ints(&[("n", 39), ("only0", 1), ("tile", 4)])),
            Some(1)
        );
        let all = ints(&[("n", 39), ("tile", 4)]);
        assert_eq!(
            texts
                .sets
                .last()
                .and_then(|(names, texts)| texts.get(&values(names, &all))),
            Some(&39)
        );
    }
}
