//! [`Gpu`]: the seam, filled in with wgpu.

use std::collections::BTreeMap;

use crate::kit::{Ceilings, Correctness, DeviceFacts, DeviceKind, Lost, LostCause, Step};
use crate::run::{
    Device, Handle, Job, PairRequest, PairRound, Prepared, Round, SampleRequest, Selection,
};

use super::context::Context;
use super::heater::Heater;
use super::timer::Clock;
use super::{adapter, pair, prepared, probe, sample, verify};

/// A device under wgpu, in this process. A request that the driver never
/// answers is never answered here either: who needs a deadline asks through
/// [`Worker`](crate::run::Worker).
#[derive(Debug)]
pub struct Gpu {
    context: Context,
    facts: DeviceFacts,
    /// Measured at its first use, when the device is warm.
    clock: Option<Clock>,
    /// None on a software adapter, or without timestamps.
    heater: Option<Heater>,
    cases: BTreeMap<Handle, prepared::Prepared>,
    next: u32,
}

impl Gpu {
    /// Opens the adapter that was asked for, with all its limits and the
    /// optional abilities that it has, and begins to heat it.
    ///
    /// # Errors
    ///
    /// [`LostCause::NoAdapter`]; [`LostCause::NoSuchAdapter`] with a list of
    /// what there is; [`LostCause::Refused`] if the adapter will not open.
    pub fn open(selection: &Selection) -> Result<Self, Lost> {
        let (context, facts) = adapter::open(selection)?;
        // A software adapter has no clocks of its own to raise.
        let heated = facts.kind != DeviceKind::Cpu && facts.features.timestamps;
        let heater = heated.then(|| Heater::start(&context)).transpose()?;
        Ok(Self {
            context,
            facts,
            clock: None,
            heater,
            cases: BTreeMap::new(),
            next: 0,
        })
    }

    fn cpu(&self) -> bool {
        self.facts.kind == DeviceKind::Cpu
    }

    fn time_pair(
        &mut self,
        before: &mut prepared::Prepared,
        now: &mut prepared::Prepared,
        request: &PairRequest,
    ) -> Result<PairRound, Lost> {
        let cpu = self.cpu();
        let context = &self.context;
        let quiet = self
            .heater
            .as_ref()
            .map(|heater| (heater, heater.settle(request.sample.clock)));
        let clock = clock(&mut self.clock, context)?;
        let mut pair = pair::Pair::new(context, clock, before, now);
        let mut round = pair.sample(request, cpu)?;
        if let Some((heater, quiet)) = quiet {
            let warm = quiet.warm;
            let clock = heater.resume(quiet);
            for side in [&mut round.before, &mut round.now] {
                side.warm &= warm;
                side.clock = clock;
            }
        }
        pair.judge(&mut round, request)?;
        Ok(round)
    }

    fn insert(&mut self, case: prepared::Prepared) -> Prepared {
        let handle = Handle(self.next);
        self.next = self.next.wrapping_add(1);
        let told = Prepared {
            handle,
            compile: case.compile,
            first_run: case.first_run,
        };
        self.cases.insert(handle, case);
        told
    }
}

fn case(
    cases: &mut BTreeMap<Handle, prepared::Prepared>,
    step: Step,
    handle: Handle,
) -> Result<&mut prepared::Prepared, Lost> {
    cases.get_mut(&handle).ok_or_else(|| {
        Lost::new(
            step,
            LostCause::Protocol(format!("case {} was never prepared", handle.0)),
        )
    })
}

/// The device's clock, measured where that was not done yet; the caller sees
/// to it that nothing else runs.
fn clock<'a>(known: &'a mut Option<Clock>, context: &Context) -> Result<&'a Clock, Lost> {
    match known {
        Some(clock) => Ok(clock),
        None => Ok(known.insert(Clock::measure(context)?)),
    }
}

impl Device for Gpu {
    fn facts(&mut self) -> Result<DeviceFacts, Lost> {
        let _quiet = self.heater.as_ref().map(|heater| heater.settle(None));
        self.facts.timer = clock(&mut self.clock, &self.context)?.timer;
        Ok(self.facts.clone())
    }

    fn probe(&mut self) -> Result<Ceilings, Lost> {
        let _quiet = self.heater.as_ref().map(|heater| heater.settle(None));
        let clock = clock(&mut self.clock, &self.context)?;
        self.facts.timer = clock.timer;
        probe::probe(&self.context, clock, &self.facts)
    }

    fn prepare(&mut self, job: &Job) -> Result<Prepared, Lost> {
        let case = prepared::Prepared::new(&self.context, job, self.cpu(), None)?;
        Ok(self.insert(case))
    }

    fn verify(&mut self, handle: Handle) -> Result<Correctness, Lost> {
        let case = case(&mut self.cases, Step::Verify, handle)?;
        verify::verify(&self.context, case)
    }

    fn sample(&mut self, handle: Handle, request: &SampleRequest) -> Result<Round, Lost> {
        let cpu = self.cpu();
        let case = case(&mut self.cases, Step::Sample, handle)?;
        let context = &self.context;
        let mut round = match &self.heater {
            None => {
                let clock = clock(&mut self.clock, context)?;
                sample::sample(context, clock, case, request, !cpu)?
            }
            Some(heater) => {
                let quiet = heater.settle(request.clock);
                let clock = clock(&mut self.clock, context)?;
                let mut round = sample::sample(context, clock, case, request, !quiet.warm)?;
                round.warm &= quiet.warm;
                round.clock = heater.resume(quiet);
                round
            }
        };
        (round.after, round.digest) = verify::after(&self.context, case, request.verified)?;
        Ok(round)
    }

    fn prepare_beside(&mut self, job: &Job, other: Handle) -> Result<Prepared, Lost> {
        let cpu = self.cpu();
        let other = case(&mut self.cases, Step::Prepare, other)?;
        let case = prepared::Prepared::new(&self.context, job, cpu, Some(other))?;
        Ok(self.insert(case))
    }

    fn sample_pair(
        &mut self,
        before: Handle,
        now: Handle,
        request: &PairRequest,
    ) -> Result<PairRound, Lost> {
        // Out of the map, so that both can be had at once.
        let mut taken = |handle| {
            self.cases.remove(&handle).ok_or_else(|| {
                let what = format!("case {} was never prepared", handle.0);
                Lost::new(Step::Sample, LostCause::Protocol(what))
            })
        };
        let mut one = taken(before)?;
        let mut other = match taken(now) {
            Ok(other) => other,
            Err(lost) => {
                self.cases.insert(before, one);
                return Err(lost);
            }
        };
        let round = self.time_pair(&mut one, &mut other, request);
        self.cases.insert(before, one);
        self.cases.insert(now, other);
        round
    }

    fn release(&mut self, handle: Handle) -> Result<(), Lost> {
        self.cases.remove(&handle);
        // What is dropped is freed once the device looks again.
        drop(self.context.device.poll(wgpu::PollType::Poll));
        Ok(())
    }
}
