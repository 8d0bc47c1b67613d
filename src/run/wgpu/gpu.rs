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
    clock: Clock,
    /// None on a software adapter, or without timestamps.
    heater: Option<Heater>,
    cases: BTreeMap<Handle, prepared::Prepared>,
    next: u32,
}

impl Gpu {
    /// Opens the adapter that was asked for, with all its limits and the
    /// optional abilities that it has, and measures its clock.
    ///
    /// # Errors
    ///
    /// [`LostCause::NoAdapter`] with a list of what there is, and
    /// [`LostCause::Refused`] if the adapter will not open.
    pub fn open(selection: &Selection) -> Result<Self, Lost> {
        let (context, mut facts) = adapter::open(selection)?;
        // A software adapter has no clocks of its own to raise.
        let heated = facts.kind != DeviceKind::Cpu && facts.features.timestamps;
        let heater = heated.then(|| Heater::start(&context)).transpose()?;
        let clock = {
            let _quiet = heater.as_ref().map(|heater| heater.settle(None));
            Clock::measure(&context)?
        };
        facts.timer = clock.timer;
        Ok(Self {
            context,
            facts,
            clock,
            heater,
            cases: BTreeMap::new(),
            next: 0,
        })
    }

    fn cpu(&self) -> bool {
        self.facts.kind == DeviceKind::Cpu
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

impl Device for Gpu {
    fn facts(&mut self) -> Result<DeviceFacts, Lost> {
        Ok(self.facts.clone())
    }

    fn probe(&mut self) -> Result<Ceilings, Lost> {
        let _quiet = self.heater.as_ref().map(|heater| heater.settle(None));
        probe::probe(&self.context, &self.clock, &self.facts)
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
        let (context, clock) = (&self.context, &self.clock);
        let mut round = match &self.heater {
            None => sample::sample(context, clock, case, request, cpu)?,
            Some(heater) => {
                let quiet = heater.settle(request.clock);
                let mut round = sample::sample(context, clock, case, request, cpu)?;
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
        let cpu = self.cpu();
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
        let mut pair = pair::Pair::new(&self.context, &self.clock, &mut one, &mut other);
        let round = match &self.heater {
            None => pair.sample(request, cpu),
            Some(heater) => {
                let quiet = heater.settle(request.sample.clock);
                pair.sample(request, cpu).map(|mut round| {
                    let warm = quiet.warm;
                    let clock = heater.resume(quiet);
                    for side in [&mut round.before, &mut round.now] {
                        side.warm &= warm;
                        side.clock = clock;
                    }
                    round
                })
            }
        };
        let round = round.and_then(|mut round| {
            pair.judge(&mut round, request)?;
            Ok(round)
        });
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
