//! From paths to cases that are ready to run: read, plan, render. No device.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::cli::{MeasureArgs, SelectArgs};
use crate::kit::{CaseId, DeviceFacts, LeftOut, Nanos, nearest};
use crate::oracle;
use crate::plan::{self, Case, Filter, Plan, ReferencePlan, Search, ShaderNeeds};
use crate::run::Job;
use crate::shader::{BindingKind, Reflected, Renderer, Resolved, Shader, ShaderError};
use crate::spec::{self, Defaults, Spec, SpecError};

use super::AppError;
use super::inputs::Inputs;
use super::last_report::root_here;

/// Everything that the specs say, planned and filtered.
#[derive(Debug)]
pub(super) struct Project {
    /// One plan a suite, in the order of the arguments.
    pub(super) plans: Vec<Plan>,
    /// What the `gate.toml` of the first spec's project says.
    defaults: Defaults,
    /// What they were planned from, one a plan.
    specs: Vec<Spec>,
    filter: Filter,
    all: bool,
    /// Templates and WGSL that were rendered so far.
    sources: RefCell<BTreeSet<PathBuf>>,
}

/// The shaders of every stage of a case.
#[derive(Clone, Debug)]
pub(super) struct Rendered {
    /// One a stage.
    pub(super) shaders: Vec<Shader>,
    /// One a stage, where its reference is WGSL.
    pub(super) references: Vec<Option<Shader>>,
}

impl Project {
    /// Reads and plans what the arguments select.
    pub(super) fn read(select: &SelectArgs) -> Result<Self, AppError> {
        Self::searched(select, Search::Gated)
    }

    /// The same with so much of the kernels' search spaces.
    pub(super) fn searched(select: &SelectArgs, search: Search<'_>) -> Result<Self, AppError> {
        let specs = spec::read_all(&select.specs).map_err(AppError::Spec)?;
        let filter = Filter::new(&select.filter, &select.exclude)
            .map_err(|error| AppError::Usage(error.to_string()))?;
        let mut plans = Vec::with_capacity(specs.len());
        let mut errors = Vec::new();
        for spec in &specs {
            match plan::expand_searched(spec, &filter, search) {
                Ok(plan) => plans.push(plan),
                Err(error) => errors.extend(error.0),
            }
        }
        if errors.is_empty() {
            errors = plans.iter().flat_map(misused_references).collect();
        }
        if !errors.is_empty() {
            return Err(AppError::Spec(errors));
        }
        let defaults = specs
            .first()
            .map(|spec| spec.defaults.clone())
            .unwrap_or_default();
        let project = Self {
            plans,
            defaults,
            specs,
            filter,
            all: matches!(search, Search::All),
            sources: RefCell::default(),
        };
        if project.is_empty() {
            let why = project.nothing(&project.specs, &project.filter);
            return Err(AppError::Nothing(why));
        }
        Ok(project)
    }

    /// What the suites were planned from, one a suite.
    pub(super) fn specs(&self) -> &[Spec] {
        &self.specs
    }

    /// What the `gate.toml` of the first spec's project says.
    pub(super) fn defaults(&self) -> Defaults {
        self.defaults.clone()
    }

    /// What it was read from and [rendered](Self::render) from, and where its
    /// baselines lie.
    pub(super) fn inputs(&self, baselines: &Path) -> Inputs {
        let specs = self
            .specs
            .iter()
            .flat_map(|spec| spec.files.iter().cloned());
        Inputs::of(specs.chain(self.sources.borrow().iter().cloned())).with_baselines(baselines)
    }

    /// Whether nothing of its suites was filtered out.
    pub(super) fn is_whole(&self) -> bool {
        self.filter.is_empty()
    }

    /// Whether every candidate is planned.
    pub(super) fn has_all(&self) -> bool {
        self.all
    }

    /// Plans one suite anew, with these candidates of its search spaces beside
    /// what is gated.
    pub(super) fn pick(&mut self, suite: usize, picks: &BTreeSet<CaseId>) -> Result<(), AppError> {
        let (Some(plan), Some(spec)) = (self.plans.get_mut(suite), self.specs.get(suite)) else {
            return Ok(());
        };
        *plan = plan::expand_searched(spec, &self.filter, Search::Picks(picks))
            .map_err(|error| AppError::Spec(error.0))?;
        Ok(())
    }

    /// Whether no case was selected.
    fn is_empty(&self) -> bool {
        self.plans
            .iter()
            .all(|plan| plan.cases.is_empty() && plan.left_out.is_empty())
    }

    /// How many cases are planned.
    pub(super) fn len(&self) -> usize {
        self.plans.iter().map(|plan| plan.cases.len()).sum()
    }

    /// Why nothing was selected, with the nearest identities.
    fn nothing(&self, specs: &[Spec], filter: &Filter) -> String {
        let filtered: usize = self.plans.iter().map(|plan| plan.filtered).sum();
        if filtered == 0 {
            return "the specs have no cases; add entries under `cases:`".into();
        }
        // Planned again without the filter, which left nothing to be near to.
        let all: Vec<Plan> = specs
            .iter()
            .filter_map(|spec| plan::expand(spec, &Filter::default()).ok())
            .collect();
        let hint = match filter.nearest(&all).as_slice() {
            [] => "`gate list` shows the identities".into(),
            ids => format!(
                "near are {}",
                ids.iter()
                    .map(|id| format!("`{id}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        };
        format!("no case is left by --filter and --exclude ({filtered} were taken away); {hint}")
    }

    /// Applies the flags that override limits.
    pub(super) fn limit(&mut self, measure: &MeasureArgs) {
        for plan in &mut self.plans {
            if let Some(budget) = measure.budget {
                plan.budget = Nanos(budget.as_secs_f64() * 1e9);
            }
            for case in &mut plan.cases {
                if let Some((least, most)) = measure.rounds {
                    case.limits.min_rounds = least;
                    case.limits.max_rounds = most;
                }
                if let Some(time) = measure.time {
                    case.limits.time = Nanos(time.as_secs_f64() * 1e9);
                }
            }
        }
    }

    /// Where baselines lie: by default below the root of the first spec.
    pub(super) fn baselines(&self, given: Option<&Path>) -> PathBuf {
        let root = self.plans.first().map(|plan| plan.root.as_path());
        baselines_of(given, &self.defaults, root.unwrap_or(Path::new(".")))
    }

    /// Renders and validates every stage of every case.
    ///
    /// All mistakes are collected, a text that several cases share is reported
    /// once.
    pub(super) fn render(&self) -> Result<BTreeMap<CaseId, Rendered>, AppError> {
        let mut rendered = BTreeMap::new();
        let mut errors: Vec<ShaderError> = Vec::new();
        for plan in &self.plans {
            let mut renderer = Renderer::new(&plan.root);
            for case in &plan.cases {
                match render_case(&mut renderer, case) {
                    Ok(shaders) => {
                        rendered.insert(case.id.clone(), shaders);
                    }
                    Err(error) => {
                        if !errors.iter().any(|known| known.message == error.message) {
                            errors.push(error);
                        }
                    }
                }
            }
            self.sources.borrow_mut().extend(renderer.files());
        }
        if errors.is_empty() {
            Ok(rendered)
        } else {
            Err(AppError::Shader(errors))
        }
    }
}

/// Why a device cannot run a case's shaders, its references among them, if it
/// cannot.
pub(super) fn unfit(case: &Case, rendered: &Rendered, facts: &DeviceFacts) -> Option<LeftOut> {
    let kernels = rendered.shaders.iter().enumerate();
    let references = rendered.references.iter().enumerate();
    kernels
        .map(|(stage, shader)| (stage, shader, false))
        .chain(references.filter_map(|(stage, shader)| Some((stage, shader.as_ref()?, true))))
        .find_map(|(stage, shader, reference)| {
            let needs = needs(case, shader, reference);
            plan::fit_shader(case, stage, &needs, facts)
        })
}

/// Whether a folder of baselines that someone named is there: one that is
/// misspelt holds none, and every case would pass by its range alone. One that
/// nobody named may yet be made.
///
/// # Errors
///
/// [`AppError::Usage`].
pub(super) fn is_there(baselines: Option<&Path>) -> Result<(), AppError> {
    match baselines {
        Some(folder) if !folder.is_dir() => {
            let what = if folder.exists() {
                "this is no folder"
            } else {
                "there is no such folder"
            };
            Err(AppError::Usage(format!(
                "--baselines {}: {what}; name one that `gate update-baselines` has written, or leave the flag out",
                folder.display()
            )))
        }
        Some(_) | None => Ok(()),
    }
}

fn needs(case: &Case, shader: &Shader, reference: bool) -> ShaderNeeds {
    let highest = |number: fn(&Reflected) -> u32| {
        let numbers = shader.bindings.iter().map(|(binding, _)| number(binding));
        numbers.max().map_or(0, |most| u64::from(most) + 1)
    };
    let is_uniform = |binding: &Reflected| binding.kind == BindingKind::Uniform;
    let uniforms = shader.bindings.iter().filter(|(b, _)| is_uniform(b));
    let bytes = uniforms.clone().map(|(binding, filled)| match filled {
        Resolved::Buffer(index) => case.buffers[*index].bytes(),
        Resolved::Uniforms => binding.min_size,
    });
    let uniform_buffers = uniforms.clone().count() as u64;
    ShaderNeeds {
        reference,
        workgroup_size: shader.workgroup_size,
        workgroup_memory: shader.workgroup_memory,
        bind_groups: highest(|binding| binding.group),
        bindings: highest(|binding| binding.binding),
        storage_buffers: shader.bindings.len() as u64 - uniform_buffers,
        uniform_buffers,
        uniform_bytes: bytes.max().unwrap_or(0),
        f16: shader.needs_f16,
        subgroups: shader.needs_subgroups,
        cooperative_matrix: shader.needs_cooperative_matrix,
    }
}

/// Renders the stages of one case.
pub(super) fn render_case(renderer: &mut Renderer, case: &Case) -> Result<Rendered, ShaderError> {
    let mut rendered = Rendered {
        shaders: Vec::with_capacity(case.stages.len()),
        references: Vec::with_capacity(case.stages.len()),
    };
    for stage in &case.stages {
        rendered.shaders.push(renderer.render(case, stage)?);
        rendered.references.push(renderer.reference(case, stage)?);
    }
    Ok(rendered)
}

/// Built-in references that do not exist, or that a kernel does not fit.
fn misused_references(plan: &Plan) -> Vec<SpecError> {
    let mut errors: Vec<SpecError> = Vec::new();
    for case in &plan.cases {
        for stage in &case.stages {
            let ReferencePlan::BuiltIn(name) = &stage.reference else {
                continue;
            };
            let misuse = match oracle::built_in(name) {
                Some(reference) => reference.check(case, stage).err(),
                None => Some(unknown_reference(name)),
            };
            if let Some(message) = misuse {
                let place = stage.reference_place.clone();
                if !errors.iter().any(|known| known.place == place) {
                    errors.push(SpecError { place, message });
                }
            }
        }
    }
    errors
}

fn unknown_reference(name: &str) -> String {
    let names = oracle::built_in_names();
    if let Some(known) = nearest(name, names.iter().copied()) {
        return format!("unknown reference `{name}`; did you mean `{known}`?");
    }
    let known: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "unknown reference `{name}`; built in are {}; or write any WGSL that computes the same, as `reference: {{shader: slow.wgsl}}`",
        known.join(", ")
    )
}

/// The folder of baselines: the one that is given, or that `gate.toml` names, or
/// `baselines` at the project's root.
fn baselines_of(given: Option<&Path>, defaults: &Defaults, root: &Path) -> PathBuf {
    let of_project = defaults.baselines.as_ref().map(|folder| &*folder.value);
    match given.or(of_project) {
        Some(folder) => folder.to_owned(),
        None => root.join("baselines"),
    }
}

/// The same of the project that a person stands in, for a command that reads no
/// spec.
///
/// # Errors
///
/// [`AppError::Usage`] where the one that is given is not there;
/// [`AppError::Spec`] where none is given and `gate.toml` is a mistake.
pub(super) fn baselines_here(given: Option<&Path>) -> Result<PathBuf, AppError> {
    // The usual folder may not be there yet; one that was named has to be.
    is_there(given)?;
    if let Some(folder) = given {
        return Ok(folder.to_owned());
    }
    let root = root_here();
    let defaults = spec::defaults(&root).map_err(AppError::Spec)?;
    Ok(baselines_of(None, &defaults, &root))
}

/// Hash of the code of all stages: equal hashes are the same kernels.
pub(super) fn code_of(rendered: &Rendered) -> String {
    hash_of(&rendered.shaders)
}

/// The same of a job.
pub(super) fn code_of_job(job: &Job) -> String {
    hash_of(&job.shaders)
}

fn hash_of(shaders: &[Shader]) -> String {
    match shaders {
        [only] => only.hash.clone(),
        several => {
            let mut hasher = blake3::Hasher::new();
            for shader in several {
                hasher.update(shader.hash.as_bytes());
            }
            hasher.finalize().to_hex()[..16].to_owned()
        }
    }
}

/// The job of one case.
pub(super) fn job_of(case: &Case, rendered: &Rendered, seed: u64, cache: Option<u64>) -> Job {
    Job {
        case: case.clone(),
        shaders: rendered.shaders.clone(),
        references: rendered.references.clone(),
        seed,
        cache,
    }
}
