//! A device, reached through worker processes: one process a round.

use std::path::PathBuf;
use std::process::Command;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::baseline::Store;
use crate::cli::DeviceArgs;
use crate::kit::{Ceilings, DeviceFacts, Lost, LostCause, Step};
use crate::run::{Deadlines, Device, Worker};

use super::AppError;
use super::every_device;

/// What is known of a device: all that judging needs of it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// What it is.
    pub(super) facts: DeviceFacts,
    /// Its ceilings.
    pub(super) ceilings: Option<Ceilings>,
}

/// Where the ceilings of a run come from.
pub(super) enum Source {
    /// From beside the baselines.
    Stored,
    /// Measured just now.
    Measured,
    /// Nowhere: the probe was lost.
    Unknown(Lost),
}

/// How to start workers, and what the first of them said.
pub(super) struct Session {
    program: PathBuf,
    device: DeviceArgs,
    deadline: Duration,
    /// What the device is.
    pub(super) facts: DeviceFacts,
    /// Its ceilings, once known.
    pub(super) ceilings: Option<Ceilings>,
    /// The first worker, kept for the first round.
    first: Option<Worker>,
    /// The worker that was dismissed last, on its way out.
    leaving: Option<JoinHandle<()>>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.see_off(None);
    }
}

impl Session {
    /// Starts the first worker and asks it what the device is.
    pub(super) fn start(device: &DeviceArgs, deadline: Duration) -> Result<Self, AppError> {
        every_device::is_one(device)?;
        let program = std::env::current_exe()?;
        let mut first = spawn(&program, device, deadline, 0)?;
        let facts = first.facts()?;
        Ok(Self {
            program,
            device: device.clone(),
            deadline,
            facts,
            ceilings: None,
            first: Some(first),
            leaving: None,
        })
    }

    /// What is known of the device by now.
    pub(super) fn known(&self) -> Known {
        Known {
            facts: self.facts.clone(),
            ceilings: self.ceilings,
        }
    }

    /// A worker in a process of its own. The first round takes the process
    /// that was started to ask for facts.
    pub(super) fn worker(&mut self, round: u32) -> Result<Worker, Lost> {
        match self.first.take() {
            Some(worker) if round == 0 => Ok(worker),
            // A run that goes on where another stopped has had its first round.
            first => {
                if let Some(first) = first {
                    self.dismiss(first);
                }
                spawn(&self.program, &self.device, self.deadline, round)
            }
        }
    }

    /// Dismisses a worker whose round is over.
    pub(super) fn dismiss(&mut self, worker: Worker) {
        self.see_off(Some(worker.dismiss()));
    }

    /// Waits for the worker that left before this one, so that no more than
    /// one is ever on its way out.
    fn see_off(&mut self, next: Option<JoinHandle<()>>) {
        if let Some(left) = std::mem::replace(&mut self.leaving, next) {
            // It only waits for the child; a panic in it has nothing to tell.
            drop(left.join());
        }
    }

    /// Takes the ceilings that were stored for this device and driver, or
    /// measures them, for this run alone: only an update of baselines stores
    /// them. A probe that fails costs the roofline, not the run.
    pub(super) fn know_ceilings(&mut self, store: &Store) -> Result<Source, AppError> {
        if let Some(stored) = store.ceilings(&self.facts.key())?
            && stored.facts.driver_info == self.facts.driver_info
            && stored.facts.wgpu == self.facts.wgpu
        {
            self.ceilings = Some(stored.ceilings);
            return Ok(Source::Stored);
        }
        Ok(match self.probe() {
            Ok(_) => Source::Measured,
            Err(lost) => Source::Unknown(lost),
        })
    }

    /// Measures the ceilings, in the worker that is there: a second one would
    /// share the device with it.
    pub(super) fn probe(&mut self) -> Result<Ceilings, Lost> {
        let mut worker = self.worker(0)?;
        let ceilings = worker.probe()?;
        self.ceilings = Some(ceilings);
        self.first = Some(worker);
        Ok(ceilings)
    }
}

/// Starts a worker process.
fn spawn(
    program: &PathBuf,
    device: &DeviceArgs,
    deadline: Duration,
    round: u32,
) -> Result<Worker, Lost> {
    if super::interrupt::asked() {
        return Err(Lost::new(
            Step::Start,
            LostCause::Crashed("interrupted".into()),
        ));
    }
    let mut command = Command::new(program);
    command.arg("worker").arg("--round").arg(round.to_string());
    if let Some(name) = &device.device {
        command.arg("--device").arg(name);
    }
    if let Some(backend) = device.backend {
        command.arg("--backend").arg(backend.name());
    }
    if let Some(script) = &device.replay {
        command.arg("--replay").arg(script);
    }
    Worker::start_until(command, Deadlines::all(deadline), super::interrupt::asked)
}
