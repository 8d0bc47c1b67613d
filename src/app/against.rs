//! Another revision's versions of the cases: what stands there, and which of
//! them differ from those at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::cli::SelectArgs;
use crate::kit::{CaseId, DeviceFacts};
use crate::plan::{self, Buffer, Case, Filter, Plan};
use crate::run::Job;
use crate::shader::{Renderer, Shader};
use crate::spec;

use super::AppError;
use super::git::{Repository, Revision};
use super::project::{Project, Rendered, job_of, render_case, unfit};
use super::tree::Tree;

/// Unchanged cases of a suite that are timed all the same.
const CONTROLS: usize = 4;

/// What a case of this side has on the other.
#[derive(Clone, Debug)]
pub(super) enum Partner {
    /// Nothing: it is new.
    Added,
    /// Something that cannot be timed, and why.
    Unusable(String),
    /// The same. A control is timed all the same.
    Unchanged { before: Box<Job>, control: bool },
    /// Another version.
    Changed(Box<Job>),
}

impl Partner {
    /// The other version, where both are to be timed.
    pub(super) fn before(&self) -> Option<&Job> {
        match self {
            Self::Changed(before)
            | Self::Unchanged {
                before,
                control: true,
            } => Some(before),
            Self::Unchanged { control: false, .. } | Self::Added | Self::Unusable(_) => None,
        }
    }

    /// Whether the case is verified and not timed.
    pub(super) fn is_only_verified(&self) -> bool {
        matches!(self, Self::Unchanged { control: false, .. })
    }
}

/// What a suite's cases have on the other side.
#[derive(Clone, Debug)]
pub(super) struct Pairing {
    /// The revision, as it is shown.
    pub(super) revision: String,
    /// One for each job.
    pub(super) partners: Vec<Partner>,
}

/// Another revision's cases, rendered.
#[derive(Debug)]
pub(super) struct Base {
    /// The revision.
    pub(super) revision: Revision,
    /// By suite.
    plans: BTreeMap<String, Plan>,
    rendered: BTreeMap<CaseId, Result<Rendered, String>>,
    /// What is wrong with specs that could not be read.
    mistakes: Vec<String>,
    /// Cases that only the revision has.
    pub(super) removed: Vec<CaseId>,
}

impl Base {
    /// Reads, plans and renders what the arguments select, as it is at a
    /// revision. Its files are gone again when this returns.
    ///
    /// # Errors
    ///
    /// [`AppError::Usage`] where there is no repository or no such revision.
    /// Mistakes in the revision's own specs and templates are none: the
    /// revision is not what is asked to be mended.
    pub(super) fn read(
        select: &SelectArgs,
        project: &Project,
        asked: &str,
    ) -> Result<Self, AppError> {
        let (repository, paths) = locate(&select.specs)?;
        let revision = repository.resolve(asked)?;
        let tree = Tree::new(&repository, &revision, &paths)?;
        // Nobody has heard of the temporary folder.
        let named = |text: String| {
            let top = tree.top.display().to_string();
            let below = format!("{top}{}", std::path::MAIN_SEPARATOR);
            text.replace(&below, "")
                .replace(&top, "the repository's top")
        };
        let there: Vec<PathBuf> = paths.iter().map(|path| tree.top.join(path)).collect();
        let (specs, errors) = spec::read_below(&tree.top, &there);
        let mut mistakes: Vec<String> = errors.iter().map(|e| named(e.to_string())).collect();
        let filter = Filter::new(&select.filter, &select.exclude)
            .map_err(|error| AppError::Usage(error.to_string()))?;
        let mut base = Self {
            revision,
            plans: BTreeMap::new(),
            rendered: BTreeMap::new(),
            mistakes: Vec::new(),
            removed: Vec::new(),
        };
        for spec in &specs {
            match plan::expand(spec, &filter) {
                Ok(plan) => base.take(plan, &named),
                Err(error) => mistakes.extend(error.0.iter().map(|e| named(e.to_string()))),
            }
        }
        base.mistakes = mistakes;
        let known: BTreeSet<&CaseId> = project.plans.iter().flat_map(ids).collect();
        base.removed = base
            .plans
            .values()
            .flat_map(ids)
            .filter(|id| !known.contains(id))
            .cloned()
            .collect();
        Ok(base)
    }

    fn take(&mut self, plan: Plan, named: &dyn Fn(String) -> String) {
        let mut renderer = Renderer::new(&plan.root);
        for case in &plan.cases {
            let rendered =
                render_case(&mut renderer, case).map_err(|error| named(error.to_string()));
            self.rendered.insert(case.id.clone(), rendered);
        }
        self.plans.insert(plan.suite.clone(), plan);
    }

    /// What the jobs of a suite have at the revision, on this device.
    pub(super) fn pair(
        &self,
        suite: &str,
        jobs: &[Job],
        facts: &DeviceFacts,
        seed: u64,
    ) -> Pairing {
        let plan = self
            .plans
            .get(suite)
            .map(|plan| plan::fit(plan.clone(), facts, None));
        let mut partners: Vec<Partner> = jobs
            .iter()
            .map(|job| match &plan {
                Some(plan) => self.partner(plan, job, facts),
                None => match self.mistakes.first() {
                    Some(mistake) => Partner::Unusable(mistake.clone()),
                    None => Partner::Added,
                },
            })
            .collect();
        let mut unchanged: Vec<&mut Partner> = partners
            .iter_mut()
            .filter(|partner| partner.is_only_verified())
            .collect();
        unchanged.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        for partner in unchanged.into_iter().take(CONTROLS) {
            if let Partner::Unchanged { control, .. } = partner {
                *control = true;
            }
        }
        Pairing {
            revision: self.revision.shown(),
            partners,
        }
    }

    fn partner(&self, plan: &Plan, job: &Job, facts: &DeviceFacts) -> Partner {
        let id = &job.case.id;
        if let Some((_, why)) = plan.left_out.iter().find(|(left, _)| left == id) {
            return Partner::Unusable(format!("it is left out there: {why}"));
        }
        let (Some(case), Some(rendered)) = (
            plan.cases.iter().find(|case| case.id == *id),
            self.rendered.get(id),
        ) else {
            return Partner::Added;
        };
        let rendered = match rendered {
            Ok(rendered) => rendered,
            Err(mistake) => return Partner::Unusable(mistake.clone()),
        };
        if let Some(why) = unfit(case, rendered, facts) {
            return Partner::Unusable(format!("it is left out there: {why}"));
        }
        let mut before = job_of(case, rendered, job.seed, job.cache);
        // How it is measured is this side's to say.
        before.case.limits = job.case.limits;
        if same(&before, job) {
            Partner::Unchanged {
                before: Box::new(before),
                control: false,
            }
        } else {
            Partner::Changed(Box::new(before))
        }
    }
}

/// Identities of all cases of a plan.
fn ids(plan: &Plan) -> impl Iterator<Item = &CaseId> {
    let left_out = plan.left_out.iter().map(|(id, _)| id);
    plan.cases.iter().map(|case| &case.id).chain(left_out)
}

/// The repository that all paths lie in, and the paths from its top.
fn locate(specs: &[PathBuf]) -> Result<(Repository, Vec<PathBuf>), AppError> {
    let mut repository: Option<Repository> = None;
    let mut paths = Vec::with_capacity(specs.len());
    for spec in specs {
        let path = whole(spec)?;
        let folder = if path.is_dir() {
            path.as_path()
        } else {
            path.parent().unwrap_or(&path)
        };
        let found = Repository::of(folder)?;
        let below = path.strip_prefix(&found.top).map_err(|_| {
            AppError::Usage(format!(
                "{} is not below its repository's top {}",
                path.display(),
                found.top.display()
            ))
        })?;
        paths.push(below.to_owned());
        match &repository {
            Some(first) if first.top != found.top => {
                return Err(AppError::Usage(format!(
                    "the specs are of two repositories, {} and {}, and --against names a revision of one; check them one after the other",
                    first.top.display(),
                    found.top.display()
                )));
            }
            Some(_) => {}
            None => repository = Some(found),
        }
    }
    match repository {
        Some(repository) => Ok((repository, paths)),
        None => Err(AppError::Usage("no spec is named".into())),
    }
}

/// A path from the file system's root. Links above its last part are followed;
/// a spec that is itself a link is one at the revision as well.
fn whole(path: &Path) -> Result<PathBuf, AppError> {
    let unreadable =
        |error: std::io::Error| AppError::Usage(format!("{}: {error}", path.display()));
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if !path.is_dir() => {
            let parent = if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            };
            Ok(parent.canonicalize().map_err(unreadable)?.join(name))
        }
        _ => path.canonicalize().map_err(unreadable),
    }
}

/// Whether two versions of a case do the same work with the same code: WGSL,
/// overrides, dispatch, bindings, buffers and what fills them, uniforms, and
/// how the case is run. What is expected of it, and who wrote it where, does
/// not matter.
fn same(one: &Job, other: &Job) -> bool {
    let how = |case: &Case| (case.mode, case.cache, case.checks);
    let fill = |buffer: &Buffer| {
        (
            buffer.role,
            buffer.element,
            buffer.shape.clone(),
            buffer.fill.clone(),
        )
    };
    how(&one.case) == how(&other.case)
        && one.case.buffers.len() == other.case.buffers.len()
        && one.case.stages.len() == other.case.stages.len()
        && one.shaders.len() == other.shaders.len()
        && (one.case.buffers.iter().zip(&other.case.buffers)).all(|(a, b)| fill(a) == fill(b))
        && (one.case.stages.iter().zip(&other.case.stages))
            .all(|(a, b)| a.dispatch == b.dispatch && a.reset == b.reset)
        && (one.shaders.iter().zip(&other.shaders)).all(|(a, b)| same_code(a, b))
}

fn same_code(one: &Shader, other: &Shader) -> bool {
    let bound = |shader: &Shader| -> Vec<_> {
        let bindings = shader.bindings.iter();
        bindings
            .map(|(binding, to)| (binding.group, binding.binding, *to))
            .collect()
    };
    // Git may keep a file's lines with other ends than the system's own.
    let lines = |shader: &Shader| shader.text.replace("\r\n", "\n");
    one.entry == other.entry
        && one.overrides == other.overrides
        && one.uniforms == other.uniforms
        && bound(one) == bound(other)
        && (one.hash == other.hash || lines(one) == lines(other))
}
