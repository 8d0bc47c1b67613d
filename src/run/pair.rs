//! Two versions of one case side by side in one process.

use serde::{Deserialize, Serialize};

use crate::kit::{Correctness, Lost, LostCause, Step};
use crate::stats::SAMPLES_OF_A_BLOCK;

use super::{Device, Handle, Job, Prepared, Round, SampleRequest};

/// How to sample a pair.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairRequest {
    /// As for one case; its time is that of each version.
    pub sample: SampleRequest,
    /// [`SampleRequest::verified`] of the version before.
    #[serde(default)]
    pub verified_before: Option<u64>,
    /// Seed of which version begins a block.
    pub seed: u64,
}

/// GPU times of both versions of a case, taken in turns.
///
/// Samples 2i and 2i + 1 of either version are those of block i.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairRound {
    /// The version before.
    pub before: Round,
    /// The version now.
    pub now: Round,
    /// CPU times of the same samples, where the device is the machine's CPU
    /// and the system tells: what else it does is not in them.
    #[serde(default)]
    pub cpu: Option<CpuTimes>,
    /// Times of each stage in a pass of its own, in blocks of their own after
    /// those of the whole; none where neither version is a pipeline, or where
    /// passes have no times.
    #[serde(default)]
    pub stages: Option<StageTimes>,
}

/// Times of each stage of both versions, in nanoseconds, by stage and sample;
/// samples 2i and 2i + 1 are those of block i.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageTimes {
    /// Of the version before.
    pub before: Vec<Vec<f64>>,
    /// Of the version now.
    pub now: Vec<Vec<f64>>,
}

impl StageTimes {
    /// What is wrong with them, if so.
    fn fault(&self) -> Option<String> {
        let mut all = self.before.iter().chain(&self.now);
        let count = all.next().map_or(0, Vec::len);
        if self.before.is_empty() || self.now.is_empty() || count == 0 {
            return Some("a pair's stages without times".into());
        }
        if !count.is_multiple_of(SAMPLES_OF_A_BLOCK) || all.any(|stage| stage.len() != count) {
            return Some("as many times of a pair's stages as make no blocks".into());
        }
        let times = self.before.iter().chain(&self.now).flatten();
        times
            .copied()
            .find(|time| !(time.is_finite() && *time > 0.0))
            .map(|time| format!("a stage time of {time} ns"))
    }
}

/// CPU time of all threads for one run, in nanoseconds, by sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CpuTimes {
    /// Of the version before.
    pub before: Vec<f64>,
    /// Of the version now.
    pub now: Vec<f64>,
}

impl PairRound {
    /// Holds both rounds to what a clock can give, and to each other.
    ///
    /// # Errors
    ///
    /// [`LostCause::Garbage`], as for [`Round::check`]; also where the samples
    /// do not make blocks, or were not taken alike.
    pub fn check(&self) -> Result<(), Lost> {
        self.before.check()?;
        self.now.check()?;
        let garbage = |what: String| Err(Lost::new(Step::Sample, LostCause::Garbage(what)));
        let (before, now) = (self.before.samples.len(), self.now.samples.len());
        if before != now || !now.is_multiple_of(SAMPLES_OF_A_BLOCK) {
            return garbage(format!("{before} and {now} samples of a pair"));
        }
        let how = |round: &Round| (round.method, round.overhead, round.batch);
        if how(&self.before) != how(&self.now) {
            return garbage("two versions that were not timed alike".into());
        }
        for times in self.cpu.iter().flat_map(|cpu| [&cpu.before, &cpu.now]) {
            if times.len() != now {
                return garbage(format!("{} CPU times for {now} samples", times.len()));
            }
            if let Some(time) = times
                .iter()
                .find(|time| !(time.is_finite() && **time > 0.0))
            {
                return garbage(format!("a CPU time of {time} ns"));
            }
        }
        match self.stages.as_ref().and_then(StageTimes::fault) {
            Some(fault) => garbage(fault),
            None => Ok(()),
        }
    }
}

/// What is wanted of a measurement of a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairWanted {
    /// Verify the version now before timing.
    pub verify: bool,
    /// Verify the version before, before timing.
    pub verify_before: bool,
    /// Prepare the version before first, so that neither always lies where
    /// the first one comes to lie.
    pub before_first: bool,
    /// How to time.
    pub request: PairRequest,
}

/// What came of a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct PairMeasured {
    /// Compile and first-run time of the version now.
    pub prepared: Prepared,
    /// Verification of the version now, as in
    /// [`Measured::correctness`](super::Measured::correctness).
    pub correctness: Option<Correctness>,
    /// The same of the version before.
    pub correctness_before: Option<Correctness>,
    /// Times; none where either output was wrong, before timing or after.
    pub round: Option<PairRound>,
}

/// A pair that was lost, and whose doing it was.
#[derive(Clone, Debug, PartialEq)]
pub enum PairLost {
    /// Of the version before: it says nothing of the case as it is now.
    Before(Lost),
    /// Of the version now, or of both together.
    Now(Lost),
}

/// Prepares, verifies and times two versions of a case; where one is wrong,
/// neither is timed. Both are released in any event.
///
/// # Errors
///
/// [`PairLost`] from any step.
pub fn measure_pair(
    device: &mut dyn Device,
    before: &Job,
    now: &Job,
    wanted: &PairWanted,
) -> Result<PairMeasured, PairLost> {
    let (first, second) = if wanted.before_first {
        (before, now)
    } else {
        (now, before)
    };
    let whose = |is_first: bool| {
        if is_first == wanted.before_first {
            PairLost::Before
        } else {
            PairLost::Now
        }
    };
    let first = device.prepare(first).map_err(whose(true))?;
    let second = match device.prepare_beside(second, first.handle) {
        Ok(second) => second,
        Err(lost) => {
            drop(device.release(first.handle));
            return Err(whose(false)(lost));
        }
    };
    let (prepared_before, prepared) = if wanted.before_first {
        (first, second)
    } else {
        (second, first)
    };
    let result = judge_and_time(device, prepared_before.handle, prepared.handle, wanted);
    // A failure to release is heard at the next request; what was measured
    // stands.
    drop(device.release(prepared_before.handle));
    drop(device.release(prepared.handle));
    let (correctness, correctness_before, round) = result?;
    Ok(PairMeasured {
        prepared,
        correctness,
        correctness_before,
        round,
    })
}

type Judged = (Option<Correctness>, Option<Correctness>, Option<PairRound>);

fn judge_and_time(
    device: &mut dyn Device,
    before: Handle,
    now: Handle,
    wanted: &PairWanted,
) -> Result<Judged, PairLost> {
    let mut verify = |wanted: bool, handle| wanted.then(|| device.verify(handle)).transpose();
    let correctness = verify(wanted.verify, now).map_err(PairLost::Now)?;
    let correctness_before = verify(wanted.verify_before, before).map_err(PairLost::Before)?;
    if is_wrong(&correctness) || is_wrong(&correctness_before) {
        return Ok((correctness, correctness_before, None));
    }
    let round = device
        .sample_pair(before, now, &wanted.request)
        .and_then(|round| round.check().map(|()| round))
        .map_err(PairLost::Now)?;
    let wrong_now = matches!(round.now.after, Correctness::Wrong { .. });
    let wrong_before = matches!(round.before.after, Correctness::Wrong { .. });
    if !wrong_now && !wrong_before {
        return Ok((correctness, correctness_before, Some(round)));
    }
    Ok((
        if wrong_now {
            Some(round.now.after)
        } else {
            correctness
        },
        if wrong_before {
            Some(round.before.after)
        } else {
            correctness_before
        },
        None,
    ))
}

fn is_wrong(correctness: &Option<Correctness>) -> bool {
    matches!(correctness, Some(Correctness::Wrong { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::{job, request, round};
    use crate::run::{Behaviour, Replay, Script, ScriptedCase};

    fn with_text(text: &str) -> Job {
        let mut job = job("a", 1);
        job.shaders[0].text = text.into();
        job
    }

    /// The version before takes 1,000 ns, that of now 1,100.
    fn script(before: Behaviour, now: Behaviour) -> Script {
        let entry = |wgsl: &str, time: f64, behaviour| ScriptedCase {
            wgsl: wgsl.into(),
            times: vec![time],
            jitter: 0.0,
            behaviour,
            ..ScriptedCase::default()
        };
        Script {
            cases: vec![entry("old", 1_000.0, before), entry("new", 1_100.0, now)],
            ..Script::default()
        }
    }

    fn play(script: Script, before_first: bool) -> Result<PairMeasured, PairLost> {
        let wanted = PairWanted {
            verify: true,
            verify_before: true,
            before_first,
            request: PairRequest {
                sample: request(),
                verified_before: None,
                seed: 1,
            },
        };
        let mut device = Replay::new(script, 0);
        measure_pair(&mut device, &with_text("old"), &with_text("new"), &wanted)
    }

    #[test]
    fn both_versions_are_timed_whichever_is_prepared_first() {
        for before_first in [true, false] {
            let script = script(Behaviour::Right, Behaviour::Right);
            let round = play(script, before_first).expect("nothing is lost").round;
            let round = round.expect("timed");
            assert_eq!(round.before.samples, vec![1_000.0; 20]);
            assert_eq!(round.now.samples, vec![1_100.0; 20]);
        }
    }

    #[test]
    fn where_a_version_is_wrong_neither_is_timed_and_it_is_told_which() {
        for wrong in [Behaviour::Wrong, Behaviour::WrongAfter] {
            let old = play(script(wrong, Behaviour::Right), true).expect("not lost");
            assert!(is_wrong(&old.correctness_before) && !is_wrong(&old.correctness));
            assert_eq!(old.round, None);
            let new = play(script(Behaviour::Right, wrong), true).expect("not lost");
            assert!(is_wrong(&new.correctness) && !is_wrong(&new.correctness_before));
            assert_eq!(new.round, None);
        }
    }

    #[test]
    fn a_loss_is_that_of_the_version_that_caused_it() {
        for before_first in [true, false] {
            for trouble in [Behaviour::Panics, Behaviour::Crashes(Step::Verify)] {
                let old = play(script(trouble, Behaviour::Right), before_first);
                assert!(matches!(old, Err(PairLost::Before(_))), "{old:?}");
                let new = play(script(Behaviour::Right, trouble), before_first);
                assert!(matches!(new, Err(PairLost::Now(_))), "{new:?}");
            }
        }
    }

    #[test]
    fn rounds_that_do_not_fit_each_other_are_garbage() {
        let good = PairRound {
            before: round(),
            now: round(),
            cpu: None,
            stages: None,
        };
        assert_eq!(good.check(), Ok(()));
        let times = |of: f64| vec![of; good.now.samples.len()];
        let with = |before: Vec<f64>, now: Vec<f64>| PairRound {
            cpu: Some(CpuTimes { before, now }),
            ..good.clone()
        };
        assert_eq!(with(times(1.0), times(2.0)).check(), Ok(()));
        let shorter = with(times(1.0), vec![2.0]);
        let stopped = with(times(0.0), times(2.0));
        let mut odd = good.clone();
        for side in [&mut odd.before, &mut odd.now] {
            side.samples.push(1_000.0);
            side.wall.push(1_100.0);
        }
        let mut longer = good.clone();
        longer.now.samples.extend([1_000.0; 2]);
        longer.now.wall.extend([1_100.0; 2]);
        let mut batched = good.clone();
        batched.now.batch = 2;
        let mut nan = good.clone();
        nan.before.samples[0] = f64::NAN;
        let staged = |before: &[&[f64]], now: &[&[f64]]| PairRound {
            stages: Some(StageTimes {
                before: before.iter().map(|stage| stage.to_vec()).collect(),
                now: now.iter().map(|stage| stage.to_vec()).collect(),
            }),
            ..good.clone()
        };
        // Two stages that became one are still timed.
        let fused = staged(&[&[1.0, 2.0], &[1.0, 2.0]], &[&[2.0, 3.0]]);
        assert_eq!(fused.check(), Ok(()));
        for bad in [
            staged(&[], &[&[1.0, 2.0]]),
            staged(&[&[]], &[&[]]),
            staged(&[&[1.0]], &[&[1.0]]),
            staged(&[&[1.0, 2.0]], &[&[1.0, 2.0, 3.0, 4.0]]),
            staged(&[&[1.0, f64::NAN]], &[&[1.0, 2.0]]),
            staged(&[&[1.0, 2.0]], &[&[0.0, 2.0]]),
        ] {
            assert!(bad.check().is_err(), "{:?}", bad.stages);
        }
        for bad in [odd, longer, batched, nan, shorter, stopped] {
            let lost = bad.check().expect_err("garbage");
            assert!(matches!(lost.cause, LostCause::Garbage(_)));
        }
    }
}
