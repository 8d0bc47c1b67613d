//! The seam: what the gate asks of a device.

use serde::{Deserialize, Serialize};

use crate::kit::{Ceilings, Correctness, DeviceFacts, Lost, LostCause, Method, Nanos, Step};
use crate::plan::Case;
use crate::shader::Shader;

use super::{PairRequest, PairRound};

/// Rounds may be compared where their clocks are within this of the best of
/// the run: two of the steps in which an H100 changes its clock.
pub const CLOCK_TOLERANCE: f64 = 0.02;

/// Which adapter a person asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Index in the list of `gate devices`, or a part of the adapter's name.
    pub device: Option<String>,
    /// `vulkan`, `metal`, `dx12`, `gl`; wgpu's `WGPU_BACKEND` otherwise.
    pub backend: Option<String>,
}

/// Everything about one case that a device needs; no file is read there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The case.
    pub case: Case,
    /// One shader a stage.
    pub shaders: Vec<Shader>,
    /// One WGSL reference a stage, where it has one.
    pub references: Vec<Option<Shader>>,
    /// Seed of inputs and sampled checks.
    pub seed: u64,
    /// Size of the last-level cache, for `cache: cold`; none: measure it.
    pub cache: Option<u64>,
}

/// A prepared case on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Handle(pub u32);

/// What preparing told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    /// To ask for it by.
    pub handle: Handle,
    /// Host time to compile all pipelines.
    pub compile: Nanos,
    /// Host time of the first run, from submission to idle.
    pub first_run: Nanos,
}

/// How to sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleRequest {
    /// GPU time to spend on timed passes, at most (one sample at least).
    pub time: Nanos,
    /// Runs before timing, at least (and until stable), as far as the
    /// warm-up's own cap allows: a kernel that takes longer than `time` is
    /// run once.
    pub warmup: u32,
    /// How to time, as it was chosen in the first round or in the baseline:
    /// times of different batches are not quite comparable. None: choose.
    #[serde(default)]
    pub batch: Option<(Overhead, u32)>,
    /// [`Round::digest`] of outputs that an earlier round of this run judged
    /// right: the same bits need no second judgement.
    #[serde(default)]
    pub verified: Option<u64>,
    /// The best [`Round::clock`] of this run so far: what a fresh process
    /// waits for, within reason.
    #[serde(default)]
    pub clock: Option<f64>,
}

/// What was done about the cost of a pass itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overhead {
    /// The empty pass was subtracted.
    EmptyPass,
    /// `time(7N) - time(N)` cancelled it.
    BatchDifference,
    /// Nothing: wall clock over a batch.
    None,
}

impl Overhead {
    /// Its name in baseline files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EmptyPass => "empty-pass",
            Self::BatchDifference => "batch-difference",
            Self::None => "none",
        }
    }

    /// The overhead of a name in a baseline file.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::EmptyPass, Self::BatchDifference, Self::None]
            .into_iter()
            .find(|overhead| overhead.name() == name)
    }
}

/// GPU times of one case in one process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Nanoseconds of one run of the case (all stages), a sample each.
    pub samples: Vec<f64>,
    /// The same per stage, where there are several; else empty.
    pub stages: Vec<Vec<f64>>,
    /// Host time of the submission that carried each sample, divided by the
    /// runs in it.
    pub wall: Vec<f64>,
    /// How times were taken.
    pub method: Method,
    /// What was done about the cost of a pass.
    pub overhead: Overhead,
    /// Runs timed together in one sample: N of `time(7N) - time(N)`, or so many
    /// passes averaged.
    pub batch: u32,
    /// The clock's step.
    pub tick: Nanos,
    /// Whether warm-up ended because times agreed, and not by its cap.
    pub warm: bool,
    /// GPU time spent on this case, warm-up included.
    pub busy: Nanos,
    /// Host time spent on this case, warm-up included.
    pub elapsed: Nanos,
    /// Outputs after timing.
    pub after: Correctness,
    /// Digest of all that the case may write, where `after` is right and
    /// running again would leave the same.
    #[serde(default)]
    pub digest: Option<u64>,
    /// How fast the device clocked around this round: multiply-adds just
    /// before and just after it, in FLOP a second, the lower of the two. None
    /// on a software adapter.
    #[serde(default)]
    pub clock: Option<f64>,
}

impl Round {
    /// Holds a round to what a clock can give.
    ///
    /// # Errors
    ///
    /// [`LostCause::Garbage`]: no samples, or as many walls or stages as do not
    /// fit them; a time that is not finite and positive; a batch of none.
    pub fn check(&self) -> Result<(), Lost> {
        let garbage = |what: String| Err(Lost::new(Step::Sample, LostCause::Garbage(what)));
        if self.samples.is_empty() {
            return garbage("no samples".into());
        }
        if self
            .clock
            .is_some_and(|clock| !clock.is_finite() || clock <= 0.0)
        {
            return garbage("a clock that stands still".into());
        }
        if self.batch == 0 {
            return garbage("a batch of no runs".into());
        }
        let series = std::iter::once(("sample", &self.samples))
            .chain(std::iter::once(("wall time", &self.wall)))
            .chain(self.stages.iter().map(|stage| ("stage time", stage)));
        for (name, times) in series {
            if times.len() != self.samples.len() {
                return garbage(format!(
                    "{} {name}s for {} samples",
                    times.len(),
                    self.samples.len()
                ));
            }
            if let Some(time) = times
                .iter()
                .find(|time| !(time.is_finite() && **time > 0.0))
            {
                return garbage(format!("a {name} of {time} ns"));
            }
        }
        for (name, time) in [
            ("tick", self.tick),
            ("busy time", self.busy),
            ("elapsed time", self.elapsed),
        ] {
            if !(time.0.is_finite() && time.0 > 0.0) {
                return garbage(format!("a {name} of {} ns", time.0));
            }
        }
        Ok(())
    }
}

/// A GPU, or something that acts as one.
pub trait Device {
    /// What the device is.
    ///
    /// # Errors
    ///
    /// [`Lost`] as for all requests: the case is lost, the run goes on.
    fn facts(&mut self) -> Result<DeviceFacts, Lost>;

    /// Measures the device's ceilings, in a second or two.
    ///
    /// # Errors
    ///
    /// [`Lost`].
    fn probe(&mut self) -> Result<Ceilings, Lost>;

    /// Compiles a case's pipelines and makes and fills its buffers.
    ///
    /// # Errors
    ///
    /// [`Lost`].
    fn prepare(&mut self, job: &Job) -> Result<Prepared, Lost>;

    /// Runs a prepared case twice on fresh outputs and judges them.
    ///
    /// # Errors
    ///
    /// [`Lost`]; a wrong output is no error.
    fn verify(&mut self, handle: Handle) -> Result<Correctness, Lost>;

    /// Times a prepared case.
    ///
    /// # Errors
    ///
    /// [`Lost`], also for garbage times.
    fn sample(&mut self, handle: Handle, request: &SampleRequest) -> Result<Round, Lost>;

    /// Prepares a case that is to be timed against one that is prepared
    /// already: where all that their buffers are is the same, they share them,
    /// so that neither has the better addresses.
    ///
    /// # Errors
    ///
    /// [`Lost`]; the other case stays as it is.
    fn prepare_beside(&mut self, job: &Job, other: Handle) -> Result<Prepared, Lost>;

    /// Times two prepared cases in turns.
    ///
    /// # Errors
    ///
    /// [`Lost`], also for garbage times.
    fn sample_pair(
        &mut self,
        before: Handle,
        now: Handle,
        request: &PairRequest,
    ) -> Result<PairRound, Lost>;

    /// Frees a prepared case.
    ///
    /// # Errors
    ///
    /// [`Lost`].
    fn release(&mut self, handle: Handle) -> Result<(), Lost>;
}
