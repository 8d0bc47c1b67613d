//! From entries to cases: sweeps, variants, identities.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::kit::{Cache, CaseId, Checks, LeftOut, Mode};
use crate::spec::{CaseEntry, Limits, MAX_CASES, Spec, Target};

use super::axis::{self, Product};
use super::build::{Built, Variant, build};
use super::merge::{self, Source};
use super::mistakes::{Mistakes, Site, Whose};
use super::recipe::Recipe;
use super::scope::Parameters;
use super::search::{self, Search, Tuned};
use super::sweep::{self, Sweep};
use super::{Case, Filter, Plan, PlanError, identity};

/// Expands a spec's entries into cases.
///
/// Entries that mean the same case become one. What the filter does not want
/// is counted, and still checked.
///
/// # Errors
///
/// [`PlanError`] with every mistake, placed: an expression without a value, an
/// extent or a dispatch of nothing, connected buffers that differ, entries
/// that contradict each other, more than [`MAX_CASES`] cases.
pub fn expand(spec: &Spec, filter: &Filter) -> Result<Plan, PlanError> {
    expand_searched(spec, filter, Search::Gated)
}

/// The same with so much of the kernels' `tune` spaces as `search` wants.
///
/// # Errors
///
/// As for [`expand`]; the candidates of the spaces count as cases.
pub fn expand_searched(
    spec: &Spec,
    filter: &Filter,
    search: Search<'_>,
) -> Result<Plan, PlanError> {
    let mut mistakes = Mistakes::default();
    let recipes = recipes(spec, &mut mistakes);
    let most = count(spec, &recipes, search, &mut mistakes);
    mistakes.finish()?;

    let mut mistakes = Mistakes::default();
    let mut drafts = Drafts::of(most);
    let tables: Vec<&str> = spec.tables.keys().map(String::as_str).collect();
    // What is gated first, so that it stays so where a search meets it again.
    let passes: &[Search<'_>] = match search {
        Search::Gated => &[Search::Gated],
        Search::Picks(_) | Search::All => &[Search::Gated, search],
    };
    for pass in passes {
        for entry in &spec.cases {
            if let Some(recipe) = recipes.get(&key(&entry.target)) {
                let drawn = Drawing {
                    spec,
                    tables: &tables,
                    recipe,
                    entry,
                };
                drawn.draw(*pass, &mut drafts, &mut mistakes);
            }
            if mistakes.is_full() {
                break;
            }
        }
    }
    let plan = settle(spec, filter, drafts, &mut mistakes);
    mistakes.finish()?;
    Ok(plan)
}

/// Whether a target is a pipeline, and its name.
type Key<'a> = (bool, &'a str);

fn key(target: &Target) -> Key<'_> {
    match target {
        Target::Kernel(name) => (false, &name.value),
        Target::Pipeline(name) => (true, &name.value),
    }
}

/// What the entries aim at, each resolved once.
fn recipes<'a>(spec: &'a Spec, mistakes: &mut Mistakes) -> BTreeMap<Key<'a>, Recipe<'a>> {
    let mut tried = BTreeSet::new();
    let mut recipes = BTreeMap::new();
    for entry in &spec.cases {
        if !tried.insert(key(&entry.target)) {
            continue;
        }
        if let Some(recipe) = Recipe::of(spec, &entry.target, mistakes) {
            recipes.insert(key(&entry.target), recipe);
        }
    }
    recipes
}

/// How many cases there are before equal ones are told. More than a suite may
/// have are refused, before any is made.
fn count(
    spec: &Spec,
    recipes: &BTreeMap<Key<'_>, Recipe<'_>>,
    search: Search<'_>,
    mistakes: &mut Mistakes,
) -> usize {
    let mut total: u128 = 0;
    for entry in &spec.cases {
        let Some(recipe) = recipes.get(&key(&entry.target)) else {
            continue;
        };
        let swept = sweep::count(entry);
        let variants = match (&entry.variants, &recipe.variants) {
            (Some(own), _) => axis::count(own),
            (None, Ok(made)) => made.len() as u128,
            (None, Err(count)) => *count,
        };
        let variants = match search {
            Search::Gated => variants,
            Search::Picks(_) | Search::All => {
                variants.saturating_add(search::most(recipe, variants))
            }
        };
        let checks = entry.checks.as_deref().or(recipe.checks);
        let checks = checks.map_or(1, |checks| checks.len().max(1)) as u128;
        let count = swept.saturating_mul(variants).saturating_mul(checks);
        total = total.saturating_add(count);
        if total > MAX_CASES {
            mistakes.add(
                &entry.place,
                format!(
                    "this entry makes {count} cases ({swept} swept x {variants} variants x {checks} checks) and the suite {total} so far; a suite has at most {MAX_CASES}: sweep fewer values, or split the suite"
                ),
            );
            return 0;
        }
    }
    usize::try_from(total).unwrap_or(0)
}

/// Cases on their way, in the order in which entries first meant them.
struct Drafts<'a> {
    all: Vec<(CaseId, Draft<'a>)>,
    places: HashMap<CaseId, usize>,
}

impl<'a> Drafts<'a> {
    /// With room for so many.
    fn of(most: usize) -> Self {
        Self {
            all: Vec::with_capacity(most),
            places: HashMap::with_capacity(most),
        }
    }

    fn get(&mut self, id: &CaseId) -> Option<&mut Draft<'a>> {
        let place = *self.places.get(id)?;
        self.all.get_mut(place).map(|(_, draft)| draft)
    }

    fn push(&mut self, id: CaseId, draft: Draft<'a>) {
        self.places.insert(id.clone(), self.all.len());
        self.all.push((id, draft));
    }

    /// In the order that people read them in.
    fn sorted(mut self) -> Vec<(CaseId, Draft<'a>)> {
        self.all
            .sort_by(|(a, _), (b, _)| identity::reading_order(a, b));
        self.all
    }
}

/// A case on its way: what the first entry made of it, and who means it.
struct Draft<'a> {
    body: Result<Body, LeftOut>,
    /// Only a search made it.
    searched: bool,
    outer: &'a Limits,
    sources: Vec<Source<'a>>,
}

/// What a case's identity decides.
struct Body {
    kernel: String,
    built: Built,
    mode: Mode,
    cache: Cache,
    checks: Checks,
    deterministic: bool,
    tuned: Option<Tuned>,
}

/// One entry and what it stands on.
struct Drawing<'a, 'b> {
    spec: &'a Spec,
    tables: &'b [&'a str],
    recipe: &'b Recipe<'a>,
    entry: &'a CaseEntry,
}

impl<'a> Drawing<'a, '_> {
    /// Draws an entry's cases, or adds the entry to those that stand already.
    fn draw(&self, search: Search<'_>, drafts: &mut Drafts<'a>, mistakes: &mut Mistakes) {
        let before = mistakes.len();
        let gated = self.variants(mistakes);
        let is_gated = matches!(search, Search::Gated);
        let variants = if is_gated {
            gated
        } else {
            search::candidates(self.recipe, &gated)
        };
        let settings = self.settings(mistakes);
        let sweep = Sweep::of(self.spec, self.entry, mistakes);
        let (Some(settings), Some(sweep)) = (settings, sweep) else {
            return;
        };
        if mistakes.len() > before {
            return;
        }
        // The end of an identity is the same at every swept point.
        let tails: Vec<Vec<String>> = variants
            .iter()
            .map(|variant| {
                let tail = |checks: &Checks| {
                    identity::variant(&variant.whole, settings.mode, settings.cache, *checks)
                };
                settings.checks.iter().map(tail).collect()
            })
            .collect();
        for index in 0..sweep.len() {
            let Some((shape, swept)) = sweep.shape(index, self.entry, mistakes) else {
                continue;
            };
            let subject = identity::subject(&self.spec.suite.value, self.recipe.name, &shape);
            for (order, (variant, tails)) in variants.iter().zip(&tails).enumerate() {
                for (checks, tail) in settings.checks.iter().zip(tails) {
                    let id = CaseId(format!("{subject}{tail}"));
                    if !search.wants(&id) {
                        continue;
                    }
                    let source = Source {
                        entry: self.entry,
                        swept: swept.clone(),
                    };
                    if let Some(draft) = drafts.get(&id) {
                        // What an entry gates, a search adds nothing to.
                        if is_gated || draft.searched {
                            draft.sources.push(source);
                        }
                        continue;
                    }
                    let mut site = Site {
                        mistakes: &mut *mistakes,
                        of: Whose::Case(&id.0),
                        tables: self.tables,
                    };
                    let Some(built) = build(self.recipe, &shape, variant, &mut site) else {
                        continue;
                    };
                    let group = search::held(self.recipe, &variant.whole).map(|held| {
                        let tail = identity::variant(&held, settings.mode, settings.cache, *checks);
                        CaseId(format!("{subject}{tail}"))
                    });
                    let draft = Draft {
                        searched: !is_gated,
                        body: built.map(|built| Body {
                            tuned: group.map(|group| Tuned {
                                group,
                                gated: is_gated,
                                order,
                                traffic: built.traffic.or(built.work.bytes),
                            }),
                            kernel: self.recipe.name.to_owned(),
                            built,
                            mode: settings.mode,
                            cache: settings.cache,
                            checks: *checks,
                            deterministic: self.recipe.kernels().iter().all(|k| k.deterministic),
                        }),
                        outer: self.recipe.limits,
                        sources: vec![source],
                    };
                    drafts.push(id, draft);
                }
            }
            if mistakes.is_full() {
                return;
            }
        }
    }

    /// The variants to draw, each with its stages' parts.
    fn variants(&self, mistakes: &mut Mistakes) -> Vec<Variant> {
        let own: Option<Vec<Parameters>> =
            self.entry.variants.as_ref().map(|own: &Vec<Product>| {
                axis::check(own, mistakes);
                axis::check_known(own, &self.recipe.kernels(), mistakes);
                axis::assignments(own)
            });
        let all: &[Parameters] = match (&own, &self.recipe.variants) {
            (Some(own), _) => own,
            (None, Ok(made)) => made,
            // Refused by their count before this.
            (None, Err(_)) => &[],
        };
        all.iter()
            .map(|whole| self.recipe.variant(whole.clone()))
            .collect()
    }

    /// How the entry's cases are measured.
    fn settings(&self, mistakes: &mut Mistakes) -> Option<Settings> {
        let (entry, recipe) = (self.entry, self.recipe);
        let mode = entry.mode.or(recipe.mode);
        let cache = entry.cache.or(recipe.cache);
        let checks = entry.checks.as_deref().or(recipe.checks);
        let open = [
            ("mode", mode.is_none()),
            ("cache", cache.is_none()),
            ("checks", checks.is_none()),
        ];
        for (what, _) in open.iter().filter(|(_, open)| *open) {
            mistakes.add(
                &entry.place,
                format!(
                    "the stages of `{}` differ in `{what}`; write it on this entry",
                    recipe.name
                ),
            );
        }
        let mut checks = checks?.to_vec();
        checks.sort();
        checks.dedup();
        if checks.is_empty() {
            checks.push(Checks::default());
        }
        Some(Settings {
            mode: mode?,
            cache: cache?,
            checks,
        })
    }
}

struct Settings {
    mode: Mode,
    cache: Cache,
    checks: Vec<Checks>,
}

/// Drafts to cases: what several entries say is settled, and the filter asked.
fn settle(spec: &Spec, filter: &Filter, drafts: Drafts<'_>, mistakes: &mut Mistakes) -> Plan {
    let outermost = spec.limits.or(&Limits::builtin());
    let mut plan = Plan {
        suite: spec.suite.value.clone(),
        // The built-in limits have both.
        confidence: outermost.confidence.unwrap_or_default(),
        budget: outermost.budget.unwrap_or_default(),
        classes: spec.classes.clone(),
        root: spec.root.clone(),
        cases: Vec::new(),
        left_out: Vec::new(),
        filtered: 0,
    };
    let drafts = drafts.sorted();
    plan.cases.reserve_exact(drafts.len());
    for (id, draft) in drafts {
        let Some(settled) = merge::settle(&id, &draft.sources, mistakes) else {
            continue;
        };
        if let Ok(body) = &draft.body {
            merge::check_rates(&settled.expected, &body.built.work, &id, mistakes);
        }
        if !filter.matches(&id, &settled.names) {
            plan.filtered += 1;
            continue;
        }
        match draft.body {
            Err(reason) => plan.left_out.push((id, reason)),
            Ok(body) => plan.cases.push(Case {
                id,
                suite: spec.suite.value.clone(),
                kernel: body.kernel,
                names: settled.names,
                buffers: body.built.buffers,
                stages: body.built.stages,
                mode: body.mode,
                cache: body.cache,
                checks: body.checks,
                deterministic: body.deterministic,
                force: settled.force,
                limits: merge::resolve(&settled.limits, draft.outer, &spec.limits),
                work: body.built.work,
                tuned: body.tuned,
                expected: settled.expected,
                place: settled.place,
            }),
        }
    }
    plan
}
