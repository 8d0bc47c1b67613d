//! Puts the files of a spec together, and checks what no file can check alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kit::Place;

use super::check::check;
use super::decode::{Part, decode};
use super::files::Loader;
use super::project;
use super::{Kernel, Limits, Pipeline, Placed, Spec, SpecError, Table};

/// Most mistakes that are reported at once.
const MOST_ERRORS: usize = 100;

/// Decodes all files and merges them.
pub(super) fn spec(loader: Loader) -> Result<Spec, Vec<SpecError>> {
    let names: Vec<_> = loader.files.iter().map(|file| file.name.clone()).collect();
    let mut files = loader.seen;
    files.push(loader.root.join(project::FILE));
    let mut errors = Vec::new();
    let mut parts = Vec::new();
    for (index, file) in loader.files.into_iter().enumerate() {
        let (part, found) = decode(&file, &loader.root, index == 0);
        errors.extend(found);
        parts.push(part);
    }
    // Cross-references last, and only between parts that could be read: what a
    // mistake hides would be reported as missing.
    let defaults = project::defaults(&loader.root).unwrap_or_else(|found| {
        errors.extend(found);
        project::Defaults::default()
    });
    let spec = merge(parts, &mut errors).filter(|_| errors.is_empty());
    if let Some((suite, merged)) = spec {
        let spec = Spec {
            root: loader.root,
            file: loader.path,
            files,
            suite,
            limits: merged.limits.or(&defaults.limits),
            limit_places: places_of(merged.limit_places, &defaults),
            defaults,
            classes: merged.classes,
            tables: merged.tables,
            kernels: merged.kernels,
            pipelines: merged.pipelines,
            cases: merged.cases,
        };
        errors = check(&spec);
        if errors.is_empty() {
            return Ok(spec);
        }
    }
    Err(in_order(errors, &names))
}

/// Where a suite's limits stand: in the spec, else in the project's defaults.
fn places_of(
    mut own: BTreeMap<String, Place>,
    defaults: &project::Defaults,
) -> BTreeMap<String, Place> {
    for (limit, place) in &defaults.limit_places {
        own.entry(limit.clone()).or_insert_with(|| place.clone());
    }
    own
}

/// Mistakes in the order of the files, each once, and not too many.
pub(super) fn in_order(mut errors: Vec<SpecError>, files: &[Arc<str>]) -> Vec<SpecError> {
    let file = |error: &SpecError| files.iter().position(|name| *name == error.place.file);
    errors.sort_by_key(|error| (file(error), error.place.line, error.place.column));
    // An alias is decoded wherever it is used, with the same mistakes.
    errors.dedup();
    let total = errors.len();
    if total > MOST_ERRORS
        && let Some(next) = errors.get(MOST_ERRORS).cloned()
    {
        errors.truncate(MOST_ERRORS);
        errors.push(SpecError::new(
            next.place,
            format!("and {} mistakes more from here on", total - MOST_ERRORS),
        ));
    }
    errors
}

#[derive(Default)]
struct Merged {
    limits: Limits,
    limit_places: BTreeMap<String, Place>,
    classes: Vec<super::Class>,
    tables: BTreeMap<String, Table>,
    kernels: BTreeMap<String, Kernel>,
    pipelines: BTreeMap<String, Pipeline>,
    cases: Vec<super::CaseEntry>,
}

/// One declaration by each name, wherever it stands.
struct Once<'e> {
    what: &'static str,
    places: BTreeMap<String, Placed<String>>,
    errors: &'e mut Vec<SpecError>,
}

impl<'e> Once<'e> {
    fn new(what: &'static str, errors: &'e mut Vec<SpecError>) -> Self {
        Self {
            what,
            places: BTreeMap::new(),
            errors,
        }
    }

    fn declare(&mut self, name: &Placed<String>) {
        match self.places.get(&name.value) {
            Some(first) => self.errors.push(SpecError::new(
                name.place.clone(),
                format!(
                    "{} `{}` is declared at {} already; rename or remove one",
                    self.what, name.value, first.place
                ),
            )),
            None => {
                self.places.insert(name.value.clone(), name.clone());
            }
        }
    }
}

fn merge(parts: Vec<Part>, errors: &mut Vec<SpecError>) -> Option<(Placed<String>, Merged)> {
    for what in ["class", "table", "kernel", "pipeline"] {
        let mut once = Once::new(what, errors);
        for part in &parts {
            let names: Vec<&Placed<String>> = match what {
                "class" => part.classes.iter().map(|class| &class.name).collect(),
                "table" => part.tables.iter().map(|(name, _)| name).collect(),
                "kernel" => part.kernels.iter().map(|kernel| &kernel.name).collect(),
                _ => part
                    .pipelines
                    .iter()
                    .map(|pipeline| &pipeline.name)
                    .collect(),
            };
            for name in names {
                once.declare(name);
            }
        }
    }
    let mut merged = Merged::default();
    let mut suite = None;
    for part in parts {
        if suite.is_none() {
            // The spec's own file comes first.
            suite = Some(part.suite);
        }
        merged.limits = merged.limits.or(&part.limits);
        for (limit, place) in part.limit_places {
            merged.limit_places.entry(limit).or_insert(place);
        }
        merged.classes.extend(part.classes);
        merged.tables.extend(
            part.tables
                .into_iter()
                .map(|(name, table)| (name.value, table)),
        );
        merged
            .kernels
            .extend(part.kernels.into_iter().map(|k| (k.name.value.clone(), k)));
        merged.pipelines.extend(
            part.pipelines
                .into_iter()
                .map(|p| (p.name.value.clone(), p)),
        );
        merged.cases.extend(part.cases);
    }
    Some((suite.flatten()?, merged))
}
