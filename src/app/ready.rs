//! Everything that stands before the first measurement: specs read and
//! rendered, a device opened, cases fitted to it, baselines loaded.

use std::collections::{BTreeMap, HashSet};

use crate::baseline::{Baselines, Picks, Store};
use crate::cli::{DeviceArgs, MeasureArgs, SelectArgs};
use crate::kit::{CaseId, DeviceFacts, Nanos};
use crate::plan::{self, Case, Plan};
use crate::run::{Job, Overhead};
use crate::spec::{Class, Defaults, TimingPolicy};

use super::AppError;
use super::against::{Base, Pairing, Partner};
use super::config;
use super::inputs::Inputs;
use super::output::Screen;
use super::partition;
use super::picks;
use super::project::{Project, Rendered, code_of, job_of, unfit};
use super::session::{Session, Source};

/// One suite, fitted to the device.
pub(super) struct Suite {
    /// Its plan: cases that run, and those left out with their reasons.
    pub(super) plan: Plan,
    /// One job a case.
    pub(super) jobs: Vec<Job>,
    /// Hash of each case's WGSL.
    pub(super) codes: Vec<String>,
    /// What this device measured before; none where a revision is compared
    /// with instead.
    pub(super) baselines: Option<Baselines>,
    /// Whether all cases of its spec were asked for.
    pub(super) whole: bool,
    /// The same cases at a revision, where one is compared with.
    pub(super) pairing: Option<Pairing>,
    /// Comparisons of a pick with its rivals in the whole plan, where only a
    /// part of it is here.
    pub(super) rivalries: usize,
}

impl Suite {
    /// The device's classes by this suite's table, the closest first.
    pub(super) fn classes(&self, facts: &DeviceFacts) -> Vec<&Class> {
        plan::classes_of(&self.plan.classes, facts)
    }

    /// Whether times can fail, by the closest class; gate where none says.
    pub(super) fn timing(&self, facts: &DeviceFacts) -> TimingPolicy {
        self.classes(facts)
            .first()
            .map_or(TimingPolicy::Gate, |class| class.timing)
    }

    /// Cases of the baseline that the spec gives no more, where it was asked
    /// for all of its cases.
    pub(super) fn unplanned(&self) -> Vec<CaseId> {
        let Some(baselines) = self.baselines.as_ref().filter(|_| self.whole) else {
            return Vec::new();
        };
        let ran = self.plan.cases.iter().map(|case| &case.id);
        let left_out = self.plan.left_out.iter().map(|(id, _)| id);
        let planned: HashSet<&CaseId> = ran.chain(left_out).collect();
        let recorded = baselines.cases.keys();
        let mut gone: Vec<CaseId> = recorded
            .filter(|id| !planned.contains(id))
            .cloned()
            .collect();
        gone.sort_by(plan::reading_order);
        gone
    }

    /// How the baseline measured each case, so that it is measured alike.
    pub(super) fn batches(&self) -> Vec<Option<(Overhead, u32)>> {
        self.jobs
            .iter()
            .map(|job| {
                let record = self.baselines.as_ref()?.cases.get(&job.case.id)?;
                let overhead = Overhead::parse(&record.overhead)?;
                Some((overhead, record.batch))
            })
            .collect()
    }
}

/// A run that can begin.
pub(super) struct Ready {
    /// The device.
    pub(super) session: Session,
    /// Suites in the order of the arguments.
    pub(super) suites: Vec<Suite>,
    /// Where baselines lie.
    pub(super) store: Store,
    /// Seed of inputs and order.
    pub(super) seed: u64,
    /// What the project's `gate.toml` says.
    pub(super) defaults: Defaults,
    /// Remarks for the report.
    pub(super) notes: Vec<String>,
    /// What `gate tune` picked on this device, by suite.
    pub(super) picks: BTreeMap<String, Picks>,
    /// Time until here: shaders, the device's start, its ceilings.
    pub(super) setup: Nanos,
    /// The revision that is compared with.
    pub(super) base: Option<Base>,
    /// What must not be written over.
    pub(super) inputs: Inputs,
}

/// What a check compares with, and how much of a plan it measures.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scope<'a> {
    /// A revision, instead of baselines.
    pub(super) revision: Option<&'a str>,
    /// The run is one of several parts of a plan, so that what is drawn where
    /// nobody says it has to be the same in all of them.
    pub(super) is_part: bool,
    /// Baselines are written at its end: whether they can be is known before
    /// anything is measured.
    pub(super) writes: bool,
}

impl Ready {
    /// Reads, renders, opens, fits and loads. Whatever is wrong with the
    /// request is found before the first measurement.
    pub(super) fn new(
        select: &SelectArgs,
        device: &DeviceArgs,
        measure: &MeasureArgs,
        screen: &Screen,
    ) -> Result<Self, AppError> {
        Self::open(Project::read(select)?, device, measure, screen)
    }

    /// The same for what was planned already.
    pub(super) fn open(
        project: Project,
        device: &DeviceArgs,
        measure: &MeasureArgs,
        screen: &Screen,
    ) -> Result<Self, AppError> {
        let scope = Scope::default();
        Self::prepare(project, device, measure, None, scope, screen)
    }

    /// The same; where a revision is given, with its versions of the cases
    /// instead of baselines.
    pub(super) fn within(
        select: &SelectArgs,
        device: &DeviceArgs,
        measure: &MeasureArgs,
        scope: Scope<'_>,
        screen: &Screen,
    ) -> Result<Self, AppError> {
        let project = Project::read(select)?;
        let revision = scope.revision.map(|revision| (select, revision));
        Self::prepare(project, device, measure, revision, scope, screen)
    }

    fn prepare(
        mut project: Project,
        device: &DeviceArgs,
        measure: &MeasureArgs,
        revision: Option<(&SelectArgs, &str)>,
        scope: Scope<'_>,
        screen: &Screen,
    ) -> Result<Self, AppError> {
        let began = std::time::Instant::now();
        super::interrupt::listen();
        project.limit(measure);
        let mut rendered = project.render()?;
        let base = revision
            .map(|(select, revision)| Base::read(select, &project, revision))
            .transpose()?;
        let baselines = project.baselines(measure.baselines.as_deref());
        let store = Store::new(&baselines);
        let defaults = project.defaults();

        let mut session = Session::start(device, config::deadline(measure, &defaults))?;
        let key = session.facts.key();
        let picked = picks::join(&mut project, &store, &key)?;
        if picked.joined {
            project.limit(measure);
            rendered = project.render()?;
        }
        let seed = match measure.seed {
            Some(seed) => seed,
            None if scope.is_part => partition::seed(&rendered),
            None => fresh_seed(),
        };
        let mut loaded = Vec::with_capacity(project.plans.len());
        for plan in &project.plans {
            loaded.push(match &base {
                Some(_) => None,
                None => store.load(&key, &plan.suite)?,
            });
        }
        if scope.writes {
            let suites = project.plans.iter().map(|plan| plan.suite.as_str());
            store.try_writing(&key, suites)?;
        }
        let mut notes = picked.notes;
        screen.remark(&format!(
            "{} ({}, {})",
            session.facts.adapter, session.facts.backend, session.facts.driver_info
        ));
        match session.know_ceilings(&store)? {
            Source::Stored => {}
            Source::Measured if screen.verbosity() > 0 => screen.remark(&format!(
                "ceilings: measured now, for this run; `gate update-baselines` stores them in {}",
                store.device_path(&key).display()
            )),
            Source::Measured => {}
            Source::Unknown(lost) => notes.push(format!(
                "the device's ceilings are unknown ({lost}), so no roofline is given"
            )),
        }

        let whole = project.is_whole();
        let inputs = project.inputs(&baselines);
        let mut suites = Vec::with_capacity(loaded.len());
        for (plan, baselines) in project.plans.into_iter().zip(loaded) {
            let mut suite = fit(plan, baselines, &rendered, &session, seed, whole);
            suite.pairing = base
                .as_ref()
                .map(|base| base.pair(&suite.plan.suite, &suite.jobs, &session.facts, seed));
            suites.push(suite);
        }
        for suite in &suites {
            for note in suite
                .jobs
                .iter()
                .flat_map(|job| &job.shaders)
                .flat_map(|shader| &shader.notes)
            {
                if !notes.contains(note) {
                    notes.push(note.clone());
                }
            }
        }
        Ok(Self {
            session,
            suites,
            store,
            seed,
            defaults,
            notes,
            picks: picked.picks,
            setup: Nanos::from_seconds(began.elapsed().as_secs_f64()),
            base,
            inputs,
        })
    }

    /// Cases that the confidence of the invocation is shared among: all that
    /// run; against a revision those that changed, and as many shares at least
    /// as there are controls.
    pub(super) fn cases(&self) -> usize {
        let partners = |wanted: fn(&Partner) -> bool| -> usize {
            let pairings = self
                .suites
                .iter()
                .filter_map(|suite| suite.pairing.as_ref());
            let partners = pairings.flat_map(|pairing| &pairing.partners);
            partners.filter(|partner| wanted(partner)).count()
        };
        if self.base.is_some() {
            let changed = partners(|partner| matches!(partner, Partner::Changed(_)));
            let controls =
                partners(|partner| matches!(partner, Partner::Unchanged { control: true, .. }));
            return changed.max(controls).max(1);
        }
        self.suites.iter().map(|suite| suite.jobs.len()).sum()
    }

    /// The confidence of the whole invocation: the strictest suite's.
    pub(super) fn confidence(&self) -> f64 {
        self.suites
            .iter()
            .map(|suite| suite.plan.confidence)
            .fold(0.0, f64::max)
    }
}

/// Leaves out what the device cannot run, and makes jobs of the rest.
fn fit(
    plan: Plan,
    baselines: Option<Baselines>,
    rendered: &BTreeMap<crate::kit::CaseId, Rendered>,
    session: &Session,
    seed: u64,
    whole: bool,
) -> Suite {
    let facts = &session.facts;
    let mut plan = plan::fit(plan, facts, session.ceilings.as_ref());
    let cache = plan::classes_of(&plan.classes, facts)
        .iter()
        .find_map(|class| class.cache)
        .or(session.ceilings.and_then(|ceilings| ceilings.cache));
    let mut jobs = Vec::new();
    let mut codes = Vec::new();
    let mut kept: Vec<Case> = Vec::new();
    for case in std::mem::take(&mut plan.cases) {
        let Some(shaders) = rendered.get(&case.id) else {
            continue;
        };
        if let Some(reason) = unfit(&case, shaders, facts) {
            plan.left_out.push((case.id.clone(), reason));
            continue;
        }
        jobs.push(job_of(&case, shaders, seed, cache));
        codes.push(code_of(shaders));
        kept.push(case);
    }
    plan.cases = kept;
    Suite {
        plan,
        jobs,
        codes,
        baselines,
        whole,
        pairing: None,
        rivalries: 0,
    }
}

/// A seed from the operating system's randomness, short enough to retype.
fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id()) >> 32
}
