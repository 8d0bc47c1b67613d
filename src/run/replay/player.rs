//! [`Replay`]: plays a [`Script`].

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::kit::{
    Ceilings, Correctness, DeviceFacts, Lost, LostCause, Mismatch, MismatchKind, Nanos, Step,
};
use crate::plan::{Case, ReferencePlan};
use crate::run::doing;
use crate::run::{
    Device, Handle, Job, PairRequest, PairRound, Prepared, Round, SampleRequest, StageTimes,
};
use crate::stats::SAMPLES_OF_A_BLOCK;

use super::script::{Behaviour, Script, ScriptedCase};

/// What a scripted case remembers once it is prepared.
#[derive(Clone, Debug)]
struct Played {
    entry: ScriptedCase,
    id: String,
    output: String,
    stages: usize,
    deterministic: bool,
    /// The reference in WGSL of a stage that has one.
    reference: Option<PathBuf>,
}

/// A scripted device, for one round.
///
/// In a worker process ([`Replay::in_worker`]) a crash is an abort, a hang
/// never ends, and babble goes to the pipe; in process ([`Replay::new`]) each
/// is answered as the loss that a parent would see.
pub struct Replay {
    script: Script,
    round: u32,
    pipe: Option<Box<dyn Write + Send>>,
    cases: BTreeMap<Handle, Played>,
    next: u32,
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("script", &self.script)
            .field("round", &self.round)
            .finish_non_exhaustive()
    }
}

impl Replay {
    /// Plays a script in this process: nothing crashes, nothing waits.
    #[must_use]
    pub fn new(script: Script, round: u32) -> Self {
        Self {
            script,
            round,
            pipe: None,
            cases: BTreeMap::new(),
            next: 0,
        }
    }

    /// Plays a script in a worker process, for real: aborts, never answers,
    /// writes to the pipe that answers go to.
    #[must_use]
    pub fn in_worker(script: Script, round: u32, pipe: Box<dyn Write + Send>) -> Self {
        Self {
            pipe: Some(pipe),
            ..Self::new(script, round)
        }
    }

    fn played(&self, step: Step, handle: Handle) -> Result<Played, Lost> {
        self.cases.get(&handle).cloned().ok_or_else(|| {
            Lost::new(
                step,
                LostCause::Protocol(format!("case {} was never prepared", handle.0)),
            )
        })
    }

    /// Does what a script has go wrong at a step.
    fn trouble(&mut self, step: Step, behaviour: Behaviour) -> Result<(), Lost> {
        let here = |at: Step| match at {
            Step::Verify | Step::Reference | Step::Sample => at == step,
            Step::Start | Step::Probe | Step::Prepare => step == Step::Prepare,
        };
        match behaviour {
            Behaviour::DeviceLost(at) if here(at) => Err(Lost::new(
                step,
                LostCause::DeviceLost("as the script says".into()),
            )),
            Behaviour::Crashes(at) if here(at) => {
                if self.pipe.is_some() {
                    std::process::abort();
                }
                Err(Lost::new(
                    step,
                    LostCause::Crashed("as the script says".into()),
                ))
            }
            Behaviour::Hangs(at) if here(at) => {
                while self.pipe.is_some() {
                    std::thread::sleep(Duration::from_secs(3_600));
                }
                Err(Lost::new(step, LostCause::Hung(Duration::ZERO)))
            }
            Behaviour::Babbles(at) if here(at) => {
                self.print("@gate-answer {\"version\":1,\"id\":\n");
                Err(Lost::new(
                    step,
                    LostCause::Protocol("as the script says".into()),
                ))
            }
            Behaviour::Panics if step == Step::Prepare => {
                if self.pipe.is_some() {
                    panic!("as the script says");
                }
                Err(Lost::new(
                    step,
                    LostCause::Panicked("as the script says".into()),
                ))
            }
            Behaviour::Refused if step == Step::Prepare => Err(Lost::new(
                step,
                LostCause::Refused("as the script says".into()),
            )),
            Behaviour::Prints => {
                self.print("driver: a remark without an end");
                Ok(())
            }
            Behaviour::Right
            | Behaviour::NotRepeatable
            | Behaviour::Wrong
            | Behaviour::Unwritten
            | Behaviour::WrongAfter
            | Behaviour::Refused
            | Behaviour::Panics
            | Behaviour::DeviceLost(_)
            | Behaviour::Crashes(_)
            | Behaviour::Hangs(_)
            | Behaviour::Babbles(_)
            | Behaviour::NotANumber
            | Behaviour::Zero
            | Behaviour::Backwards => Ok(()),
        }
    }

    fn print(&mut self, text: &str) {
        if let Some(pipe) = &mut self.pipe {
            // A broken pipe shows at the next answer.
            drop(pipe.write_all(text.as_bytes()).and_then(|()| pipe.flush()));
        }
    }

    /// Noise of one case in this round: the same for the same script, and for
    /// both versions of a pair.
    fn noise(&self, case: &str, of: &str) -> ChaCha8Rng {
        let mut hash = blake3::Hasher::new();
        hash.update(&self.script.seed.to_le_bytes());
        hash.update(&self.round.to_le_bytes());
        hash.update(case.as_bytes());
        hash.update(of.as_bytes());
        ChaCha8Rng::from_seed(*hash.finalize().as_bytes())
    }

    fn times(&self, played: &Played) -> Vec<f64> {
        let entry = &played.entry;
        let mut noise = self.noise(&played.id, "");
        let mut normal = || -> f64 { StandardNormal.sample(&mut noise) };
        let location = entry.time(self.round) * (entry.offset * normal()).exp();
        (0..entry.samples.max(1))
            .map(|_| location * (entry.jitter * normal()).exp())
            .collect()
    }
}

fn mismatch(played: &Played, kind: MismatchKind) -> Correctness {
    Correctness::Wrong {
        mismatch: Mismatch {
            kind,
            buffer: played.output.clone(),
            index: 7,
            place: None,
            integer: false,
            expected: 1.0,
            actual: match kind {
                MismatchKind::Unwritten
                | MismatchKind::ReferenceUnwritten
                | MismatchKind::Unjudged => f64::NAN,
                MismatchKind::Value
                | MismatchKind::TooTolerant
                | MismatchKind::Repeated
                | MismatchKind::Leftover
                | MismatchKind::GuardTouched
                | MismatchKind::InputChanged
                | MismatchKind::NotDeterministic => 1.5,
            },
            tolerated: 1e-6,
            count: 1,
            of: 64,
        },
    }
}

/// What verifying finds, before timing or after.
fn judged(played: &Played, after: bool) -> Correctness {
    let right = |repeatable| Correctness::Right {
        repeatable,
        by_wgsl: played.reference.is_some(),
    };
    match played.entry.behaviour {
        Behaviour::Wrong => mismatch(played, MismatchKind::Value),
        Behaviour::WrongAfter if after => mismatch(played, MismatchKind::Value),
        Behaviour::Unwritten => mismatch(played, MismatchKind::Unwritten),
        Behaviour::NotRepeatable if played.deterministic => {
            mismatch(played, MismatchKind::NotDeterministic)
        }
        Behaviour::NotRepeatable => right(false),
        Behaviour::Right
        | Behaviour::WrongAfter
        | Behaviour::Refused
        | Behaviour::Panics
        | Behaviour::DeviceLost(_)
        | Behaviour::Crashes(_)
        | Behaviour::Hangs(_)
        | Behaviour::Babbles(_)
        | Behaviour::Prints
        | Behaviour::NotANumber
        | Behaviour::Zero
        | Behaviour::Backwards => right(true),
    }
}

fn output_of(case: &Case) -> String {
    case.buffers
        .iter()
        .find(|buffer| buffer.role != crate::plan::BufferRole::Input)
        .map_or_else(|| "out".to_owned(), |buffer| buffer.name.clone())
}

impl Device for Replay {
    fn facts(&mut self) -> Result<DeviceFacts, Lost> {
        let script = &self.script;
        let missing = (script.no_adapter.clone().map(LostCause::NoAdapter))
            .or_else(|| script.no_such_adapter.clone().map(LostCause::NoSuchAdapter));
        match missing {
            Some(cause) => Err(Lost::new(Step::Start, cause)),
            None => Ok(script.facts()),
        }
    }

    fn probe(&mut self) -> Result<Ceilings, Lost> {
        Ok(self.script.ceilings)
    }

    fn prepare(&mut self, job: &Job) -> Result<Prepared, Lost> {
        let wgsl: String = job.shaders.iter().map(|shader| &*shader.text).collect();
        let entry = self.script.entry(&job.case.id.0, &wgsl, self.round);
        self.trouble(Step::Prepare, entry.behaviour)?;
        let time = entry.time(self.round);
        let handle = Handle(self.next);
        self.next += 1;
        self.cases.insert(
            handle,
            Played {
                entry,
                id: job.case.id.0.clone(),
                output: output_of(&job.case),
                stages: job.case.stages.len(),
                deterministic: job.case.deterministic,
                reference: job
                    .case
                    .stages
                    .iter()
                    .find_map(|stage| match &stage.reference {
                        ReferencePlan::Shader { source, .. } => Some(source.path().to_owned()),
                        ReferencePlan::BuiltIn(_) => None,
                    }),
            },
        );
        Ok(Prepared {
            handle,
            compile: Nanos(2e6),
            first_run: Nanos(time + 80_000.0),
        })
    }

    fn verify(&mut self, handle: Handle) -> Result<Correctness, Lost> {
        let played = self.played(Step::Verify, handle)?;
        self.trouble(Step::Verify, played.entry.behaviour)?;
        if let Some(file) = &played.reference {
            doing::reference(file, || {
                self.trouble(Step::Reference, played.entry.behaviour)
            })?;
        }
        Ok(judged(&played, false))
    }

    fn sample(&mut self, handle: Handle, request: &SampleRequest) -> Result<Round, Lost> {
        let played = self.played(Step::Sample, handle)?;
        let entry = &played.entry;
        self.trouble(Step::Sample, entry.behaviour)?;
        let mut samples = self.times(&played);
        if entry.behaviour == Behaviour::NotANumber {
            samples.fill(f64::NAN);
        } else if entry.behaviour == Behaviour::Zero {
            samples.fill(0.0);
        } else if entry.behaviour == Behaviour::Backwards {
            samples.iter_mut().for_each(|time| *time = -*time);
        }
        let (overhead, batch) = request
            .batch
            .unwrap_or((entry.overhead, entry.batch.max(1)));
        let shares: Vec<f64> = match (played.stages, entry.stages.len()) {
            (0 | 1, _) => Vec::new(),
            (count, given) if given == count => entry.stages.clone(),
            (count, _) => vec![1.0 / count as f64; count],
        };
        let busy: f64 = samples.iter().sum::<f64>() * f64::from(batch);
        let round = Round {
            stages: shares
                .iter()
                .map(|share| samples.iter().map(|time| time * share).collect())
                .collect(),
            wall: samples.iter().map(|time| time * 1.1).collect(),
            method: self.script.timer.method,
            overhead,
            batch,
            tick: self.script.timer.tick,
            warm: true,
            busy: Nanos(busy),
            elapsed: Nanos(busy * 1.25),
            after: judged(&played, true),
            digest: None,
            clock: entry.clock,
            samples,
        };
        round.check()?;
        Ok(round)
    }

    fn prepare_beside(&mut self, job: &Job, other: Handle) -> Result<Prepared, Lost> {
        self.played(Step::Prepare, other)?;
        self.prepare(job)
    }

    fn sample_pair(
        &mut self,
        before: Handle,
        now: Handle,
        request: &PairRequest,
    ) -> Result<PairRound, Lost> {
        let played = self.played(Step::Sample, now)?;
        let off: f64 = StandardNormal.sample(&mut self.noise(&played.id, "pair"));
        let entry = &played.entry;
        let off = (entry.pair_offset * off).exp() * (1.0 + entry.pair_bias);
        let mut round = PairRound {
            before: self.sample(before, &request.sample)?,
            now: self.sample(now, &request.sample)?,
            cpu: None,
            stages: None,
        };
        let count = round.before.samples.len().min(round.now.samples.len());
        let count = count.max(SAMPLES_OF_A_BLOCK) / SAMPLES_OF_A_BLOCK * SAMPLES_OF_A_BLOCK;
        for (side, off) in [(&mut round.before, 1.0), (&mut round.now, off)] {
            let all = [&mut side.samples, &mut side.wall];
            for times in all.into_iter().chain(&mut side.stages) {
                let last = times.last().copied().unwrap_or(1.0);
                times.resize(count, last);
                times.iter_mut().for_each(|time| *time *= off);
            }
        }
        (round.now.overhead, round.now.batch) = (round.before.overhead, round.before.batch);
        // Stages of pairs are told beside the rounds, and by version.
        let (before, now) = (
            std::mem::take(&mut round.before.stages),
            std::mem::take(&mut round.now.stages),
        );
        if !(before.is_empty() && now.is_empty()) {
            let of = |stages: Vec<Vec<f64>>, side: &Round| {
                if stages.is_empty() {
                    vec![side.samples.clone()]
                } else {
                    stages
                }
            };
            round.stages = Some(StageTimes {
                before: of(before, &round.before),
                now: of(now, &round.now),
            });
        }
        round.check()?;
        Ok(round)
    }

    fn release(&mut self, handle: Handle) -> Result<(), Lost> {
        self.cases.remove(&handle);
        Ok(())
    }
}
