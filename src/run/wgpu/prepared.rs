//! A case that is ready to run, and how its runs are recorded.

use std::sync::Arc;
use std::time::Instant;

use wgpu::{CommandEncoder, ComputePass, ComputePassTimestampWrites};

use crate::kit::{Lost, LostCause, Nanos, Step};
use crate::plan::BufferRole;
use crate::run::Job;
use crate::shader::BindingKind;

use super::buffers::{CaseBuffers, Place, alike};
use super::context::Context;
use super::pipeline::{Compiled, compile, dispatch_of};

/// One stage, bound.
#[derive(Debug)]
struct Bound {
    compiled: Compiled,
    dispatch: [u32; 3],
    /// Bind groups by placement and rotation.
    groups: Vec<Vec<Vec<(u32, wgpu::BindGroup)>>>,
}

impl Bound {
    /// Binds the stage's buffers in one placement more.
    fn bind(&mut self, context: &Context, job: &Job, buffers: &CaseBuffers, stage: usize) {
        let placement = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let groups = (0..buffers.rotation())
            .map(|rotation| {
                let place = Place {
                    rotation,
                    placement,
                };
                self.compiled
                    .bind(context, &job.shaders[stage], |resolved| {
                        buffers.bound(stage, resolved, place)
                    })
            })
            .collect();
        self.groups.push(groups);
    }
}

/// A case that is ready to run.
#[derive(Debug)]
pub(super) struct Prepared {
    /// What was asked for.
    pub(super) job: Job,
    /// Its buffers, which it may share with a case that it is timed against.
    pub(super) buffers: Arc<CaseBuffers>,
    /// Outputs that verified in this process, by buffer.
    pub(super) verified: Option<Vec<Option<Vec<u8>>>>,
    /// Host time to compile all stages.
    pub(super) compile: Nanos,
    /// Host time of the first run.
    pub(super) first_run: Nanos,
    /// Where the last run was that was submitted.
    pub(super) ran: Place,
    stages: Vec<Bound>,
    /// Where the next run will be.
    cursor: Place,
}

impl Prepared {
    /// Compiles, fills, binds, and runs once. A case that it is prepared
    /// beside gives it its buffers, where they are alike.
    ///
    /// # Errors
    ///
    /// [`Lost`] at [`Step::Prepare`].
    pub(super) fn new(
        context: &Context,
        job: &Job,
        cpu: bool,
        beside: Option<&Self>,
    ) -> Result<Self, Lost> {
        let step = Step::Prepare;
        check_shape(job)?;
        let started = Instant::now();
        let mut compiled = Vec::with_capacity(job.shaders.len());
        for shader in &job.shaders {
            compiled.push(compile(context, shader, job.case.checks)?);
        }
        let compile = elapsed(started);
        let shared = beside.filter(|other| alike(&other.job, job) && !other.buffers.accumulates());
        let buffers = match shared {
            Some(other) => Arc::clone(&other.buffers),
            None => Arc::new(CaseBuffers::new(context, job, cpu)?),
        };
        let stages = context.scoped(step, || {
            compiled
                .into_iter()
                .enumerate()
                .map(|(stage, compiled)| {
                    let mut bound = Bound {
                        compiled,
                        dispatch: dispatch_of(job.case.stages[stage].dispatch)?,
                        groups: Vec::new(),
                    };
                    bound.bind(context, job, &buffers, stage);
                    Ok(bound)
                })
                .collect()
        })?;
        let mut prepared = Self {
            job: job.clone(),
            buffers,
            verified: None,
            compile,
            first_run: Nanos(0.0),
            ran: Place::default(),
            stages,
            cursor: Place::default(),
        };
        prepared.first_run = prepared.run_once(context, step)?;
        Ok(prepared)
    }

    /// Dispatches of one run.
    pub(super) fn stages(&self) -> u32 {
        // Bounded by what a spec can name; a case has few.
        u32::try_from(self.stages.len()).unwrap_or(u32::MAX)
    }

    /// Whether several runs may stand in one pass.
    pub(super) fn batchable(&self) -> bool {
        !self.buffers.between_runs()
    }

    /// Whether a stage writes a buffer.
    pub(super) fn writes(&self, stage: usize, buffer: usize) -> bool {
        self.job.shaders[stage]
            .bindings
            .iter()
            .any(|(b, resolved)| {
                b.kind == BindingKind::StorageReadWrite
                    && *resolved == crate::shader::Resolved::Buffer(buffer)
            })
    }

    /// Whether an output is read before, or by, the first stage that writes it.
    pub(super) fn reads_output(&self, buffer: usize) -> bool {
        if self.job.case.buffers[buffer].role != BufferRole::Output {
            return false;
        }
        for (stage, shader) in self.job.shaders.iter().enumerate() {
            let mut bindings = shader.bindings.iter();
            if bindings.any(|(b, resolved)| {
                b.reads && *resolved == crate::shader::Resolved::Buffer(buffer)
            }) {
                return true;
            }
            if self.writes(stage, buffer) {
                return false;
            }
        }
        false
    }

    /// Runs all stages once, on the first set, and waits.
    ///
    /// # Errors
    ///
    /// [`Lost`] at the step that is given.
    pub(super) fn run_once(&mut self, context: &Context, step: Step) -> Result<Nanos, Lost> {
        context.scoped(step, || {
            let started = Instant::now();
            let mut encoder = context.encoder();
            self.cursor = Place::default();
            self.ran = self.cursor;
            self.record_run(&mut encoder, None);
            let submission = context.submit(encoder);
            context.wait(step, submission)?;
            Ok(elapsed(started))
        })
    }

    /// Runs one stage on the first set, and waits.
    ///
    /// # Errors
    ///
    /// [`Lost`] at the step that is given.
    pub(super) fn run_stage(
        &self,
        context: &Context,
        step: Step,
        stage: usize,
    ) -> Result<(), Lost> {
        context.scoped(step, || {
            let mut encoder = context.encoder();
            {
                let mut pass = begin(&mut encoder, None);
                self.dispatch(&mut pass, stage, Place::default(), &mut None);
            }
            let submission = context.submit(encoder);
            context.wait(step, submission)
        })
    }

    /// Records one pass of so many runs; only for a case that is
    /// [`batchable`](Self::batchable).
    pub(super) fn record_batch(
        &mut self,
        encoder: &mut CommandEncoder,
        runs: u32,
        timestamps: Option<ComputePassTimestampWrites<'_>>,
    ) {
        let mut pass = begin(encoder, timestamps);
        let mut set = None;
        for _ in 0..runs {
            let place = self.turn();
            self.dispatch_all(&mut pass, place, &mut set);
        }
    }

    /// Records one run: what comes between runs, then all stages in one pass.
    pub(super) fn record_run(
        &mut self,
        encoder: &mut CommandEncoder,
        timestamps: Option<ComputePassTimestampWrites<'_>>,
    ) {
        let place = self.turn();
        self.buffers.record_between_runs(encoder, place);
        let mut pass = begin(encoder, timestamps);
        self.dispatch_all(&mut pass, place, &mut None);
    }

    /// Records so many runs: in one pass where they are `joined`, which asks for
    /// a case that is [`batchable`](Self::batchable), else in a pass each.
    pub(super) fn record_runs<'a>(
        &mut self,
        encoder: &mut CommandEncoder,
        runs: u32,
        joined: bool,
        mut timestamps: impl FnMut() -> Option<ComputePassTimestampWrites<'a>>,
    ) {
        if joined {
            self.record_batch(encoder, runs, timestamps());
            return;
        }
        for _ in 0..runs {
            self.record_run(encoder, timestamps());
        }
    }

    /// Records one run whose stages are told apart: what comes between runs,
    /// then a pass for each stage.
    pub(super) fn record_stages<'a>(
        &mut self,
        encoder: &mut CommandEncoder,
        mut timestamps: impl FnMut() -> ComputePassTimestampWrites<'a>,
    ) {
        let place = self.turn();
        self.buffers.record_between_runs(encoder, place);
        for stage in 0..self.stages.len() {
            let mut pass = begin(encoder, Some(timestamps()));
            self.dispatch(&mut pass, stage, place, &mut None);
        }
    }

    /// All stages, each waiting for what the one before it wrote.
    fn dispatch_all(
        &self,
        pass: &mut ComputePass<'_>,
        place: Place,
        set: &mut Option<(usize, Place)>,
    ) {
        for stage in 0..self.stages.len() {
            self.dispatch(pass, stage, place, set);
        }
    }

    /// Records one dispatch. `set` is the stage and the buffers' set that the
    /// pass was left with: setting them again would cost the host as much as
    /// the dispatch itself, and a kernel of 3 us waits for the host then.
    fn dispatch(
        &self,
        pass: &mut ComputePass<'_>,
        stage: usize,
        place: Place,
        set: &mut Option<(usize, Place)>,
    ) {
        let bound = &self.stages[stage];
        if set.is_none_or(|(known, _)| known != stage) {
            pass.set_pipeline(&bound.compiled.pipeline);
        }
        if *set != Some((stage, place)) {
            let groups = &bound.groups[place.placement as usize][place.rotation as usize];
            for (group, bind_group) in groups {
                pass.set_bind_group(*group, bind_group, &[]);
            }
        }
        *set = Some((stage, place));
        let [x, y, z] = bound.dispatch;
        pass.dispatch_workgroups(x, y, z);
    }

    /// Where the last recorded run is.
    pub(super) fn last(&self) -> Place {
        let rotations = self.buffers.rotation().max(1);
        Place {
            rotation: (self.cursor.rotation + rotations - 1) % rotations,
            ..self.cursor
        }
    }

    fn turn(&mut self) -> Place {
        let place = self.cursor;
        self.cursor.rotation = (place.rotation + 1) % self.buffers.rotation().max(1);
        place
    }

    /// Sees to it that the case's buffers lie in so many places, or in as many
    /// as there is memory for, and are as they were at first. Gives how many.
    ///
    /// # Errors
    ///
    /// [`Lost`] where the device is; no memory is no error.
    pub(super) fn spread(&mut self, context: &Context, places: u32) -> Result<u32, Lost> {
        // Buffers that are shared with another case stay where they are.
        let mut lie = 1;
        if let Some(buffers) = Arc::get_mut(&mut self.buffers) {
            let places = places.min(buffers.places());
            match buffers.place(context, places) {
                Ok(()) => lie = places.max(1),
                Err(lost) if matches!(lost.cause, LostCause::Refused(_)) => {}
                Err(lost) => return Err(lost),
            }
        }
        self.buffers.restore(context);
        Ok(lie)
    }

    /// Lets the next runs take the buffers in this place, of those that the
    /// case was [spread](Self::spread) to.
    pub(super) fn move_to(&mut self, context: &Context, placement: u32) {
        for (stage, bound) in self.stages.iter_mut().enumerate() {
            while bound.groups.len() <= placement as usize {
                bound.bind(context, &self.job, &self.buffers, stage);
            }
        }
        self.cursor.placement = placement;
    }
}

/// Begins a pass, with or without timestamps around it.
pub(super) fn begin<'a>(
    encoder: &'a mut CommandEncoder,
    timestamp_writes: Option<ComputePassTimestampWrites<'_>>,
) -> ComputePass<'a> {
    encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
        label: None,
        timestamp_writes,
    })
}

/// Host time since then.
pub(super) fn elapsed(started: Instant) -> Nanos {
    Nanos::from_seconds(started.elapsed().as_secs_f64())
}

/// Holds a job to what the rest relies on: it comes over a pipe.
fn check_shape(job: &Job) -> Result<(), Lost> {
    let refused = |what: String| Err(Lost::new(Step::Prepare, LostCause::Refused(what)));
    let stages = job.case.stages.len();
    if stages == 0 || job.shaders.len() != stages || job.references.len() != stages {
        return refused(format!(
            "a job of {stages} stages with {} shaders and {} references",
            job.shaders.len(),
            job.references.len()
        ));
    }
    let known = job.case.buffers.len();
    let references = job.references.iter().flatten();
    for shader in job.shaders.iter().chain(references) {
        for (binding, resolved) in &shader.bindings {
            let sound = match *resolved {
                crate::shader::Resolved::Buffer(index) => index < known,
                crate::shader::Resolved::Uniforms => !shader.uniforms.is_empty(),
            };
            if !sound {
                return refused(format!("binding `{}` is tied to nothing", binding.name));
            }
        }
    }
    let resets = job.case.stages.iter().flat_map(|stage| &stage.reset);
    if let Some(index) = resets.copied().find(|&index| index >= known) {
        return refused(format!(
            "buffer {index} is to be reset, and there are {known}"
        ));
    }
    Ok(())
}
