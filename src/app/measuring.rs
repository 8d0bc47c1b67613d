//! The measuring loop: rounds of fresh processes until all is decided, the
//! budget is spent, or someone interrupts.

use std::time::Instant;

use crate::kit::{Checks, Correctness, Lost, Nanos};
use crate::rounds::{self, CaseState, LOST_FOR_GOOD, State};
use crate::run::{
    CLOCK_TOLERANCE, Job, Measured, Overhead, PairLost, PairMeasured, PairRound, Round,
    SampleRequest, Wanted, Worker, measure, measure_pair,
};
use crate::stats::{Summary, summarize};

use super::against::Partner;
use super::interrupt;
use super::measuring_pairs::{Before, OtherVersion};
use super::progress::Progress;
use super::session::Session;

/// A run is given up after so many workers in a row that did not start.
const MOST_FAILED_STARTS: u32 = 3;

/// What a round of a case is taken to cost before one was measured.
const FIRST_GUESS: Nanos = Nanos(0.3e9);

/// One round of one case, summarized.
#[derive(Clone, Debug)]
pub(super) struct Measurement {
    /// Which round.
    pub(super) round: u32,
    /// Raw times.
    pub(super) raw: Round,
    /// Location and spread.
    pub(super) summary: Summary,
    /// The other version's times, where one was timed in turns with it.
    pub(super) before: Option<Before>,
}

/// What became of one case.
#[derive(Clone, Debug, Default)]
pub(super) struct CaseOutcome {
    /// Verification; the first wrong answer stays.
    pub(super) correctness: Option<Correctness>,
    /// Losses, in order.
    pub(super) losses: Vec<Lost>,
    /// Rounds, in order.
    pub(super) rounds: Vec<Measurement>,
    /// Host time to compile, in the first round.
    pub(super) compile: Option<Nanos>,
    /// The checked form of an unchecked case is wrong.
    pub(super) checked_form_failed: bool,
    /// Rounds that were set aside, because the device clocked lower than in
    /// others: they are measured again.
    pub(super) slow_clock: u32,
    /// Where it is timed against another version: what is known of that one.
    pub(super) other: OtherVersion,
    /// What the last round cost, host time.
    cost: Option<Nanos>,
}

impl Measurement {
    /// The clock's step, shared among the dispatches that were timed together.
    pub(super) fn tick(&self) -> Nanos {
        Nanos(self.raw.tick.0 / f64::from(self.raw.batch.max(1)))
    }
}

impl CaseOutcome {
    /// Whether an output was wrong, before or after timing.
    pub(super) fn is_wrong(&self) -> bool {
        matches!(self.correctness, Some(Correctness::Wrong { .. }))
    }

    /// Digest of outputs that were judged right, where they repeat.
    pub(super) fn digest(&self) -> Option<u64> {
        match self.correctness {
            Some(Correctness::Right {
                repeatable: true, ..
            }) => self.rounds.first()?.raw.digest,
            Some(
                Correctness::Right { .. }
                | Correctness::Wrong { .. }
                | Correctness::Unknown
                | Correctness::NotAsked,
            )
            | None => None,
        }
    }

    /// Whether it is given up: lost too often.
    pub(super) fn is_lost(&self) -> bool {
        self.losses.len() >= LOST_FOR_GOOD as usize
    }

    /// Sets aside rounds that ran at a lower clock than the run's best. Where
    /// that would go on forever, on a device that throttles, rounds stay.
    fn at_full_clock(&mut self, best: f64, most: u32) {
        let before = self.rounds.len();
        if self.slow_clock < most {
            self.rounds
                .retain(|round| is_full_clock(round.raw.clock, best));
        }
        let gone = before - self.rounds.len();
        self.slow_clock += u32::try_from(gone).unwrap_or(u32::MAX);
    }

    /// Takes in what a worker measured; garbage times count as a loss.
    fn take(&mut self, round: u32, measured: Measured) {
        self.compile.get_or_insert(measured.prepared.compile);
        if let Some(correctness) = measured.correctness {
            self.judge(correctness);
        }
        let Some(raw) = measured.round else {
            return;
        };
        self.judge(raw.after.clone());
        match summarize(&raw.samples) {
            Ok(summary) => self.rounds.push(Measurement {
                round,
                raw,
                summary,
                before: None,
            }),
            Err(error) => self.losses.push(Lost::new(
                crate::kit::Step::Sample,
                crate::kit::LostCause::Garbage(error.to_string()),
            )),
        }
    }

    /// Keeps the worst answer: wrong stays wrong, and once two runs differed
    /// the case is not repeatable.
    pub(super) fn judge(&mut self, found: Correctness) {
        let worse = match (&self.correctness, &found) {
            (Some(Correctness::Wrong { .. }), _)
            | (Some(_), Correctness::Unknown | Correctness::NotAsked) => false,
            (
                Some(Correctness::Right {
                    repeatable: false, ..
                }),
                Correctness::Right { .. },
            ) => false,
            (None, _)
            | (Some(Correctness::Unknown | Correctness::NotAsked), _)
            | (
                Some(Correctness::Right { .. }),
                Correctness::Right { .. } | Correctness::Wrong { .. },
            ) => true,
        };
        if worse {
            self.correctness = Some(found);
        }
    }
}

/// Whether a round's clock is the run's best but for a little. Without a
/// reading there is nothing to hold against it.
fn is_full_clock(clock: Option<f64>, best: f64) -> bool {
    clock.is_none_or(|clock| clock >= best * (1.0 - CLOCK_TOLERANCE))
}

/// What a suite's rounds gave.
#[derive(Debug)]
pub(super) struct Outcome {
    /// One for each job.
    pub(super) cases: Vec<CaseOutcome>,
    /// Rounds that were run.
    pub(super) rounds: u32,
    /// Host time of it all.
    pub(super) elapsed: Nanos,
    /// GPU time of it all.
    pub(super) busy: Nanos,
    /// Someone interrupted.
    pub(super) interrupted: bool,
    /// The budget ended it.
    pub(super) out_of_budget: bool,
}

/// How a suite is measured.
pub(super) struct Plan<'a> {
    /// The cases.
    pub(super) jobs: &'a [Job],
    /// What the cases have at the revision that they are compared with.
    pub(super) partners: Option<&'a [Partner]>,
    /// Overhead and batch that the baseline used, to measure alike.
    pub(super) batches: Vec<Option<(Overhead, u32)>>,
    /// Host time, at most.
    pub(super) budget: Nanos,
    /// Every case gets its most rounds, decided or not.
    pub(super) all_rounds: bool,
    /// Seed of the order.
    pub(super) seed: u64,
}

/// Who follows a suite while it is measured.
pub(super) trait Watch {
    /// After each case of a round: what there is of all cases by now.
    fn case(&mut self, cases: &[CaseOutcome]);
    /// After each round: which cases need no more.
    fn round(&mut self, cases: &[CaseOutcome]) -> Vec<bool>;
}

/// Where a suite that was measured in part goes on.
pub(super) struct Resumed {
    /// What there is of each case.
    pub(super) cases: Vec<CaseOutcome>,
    /// Cases that need no more.
    pub(super) done: Vec<bool>,
    /// The next round.
    pub(super) round: u32,
}

/// Measures a suite round by round, until `watch` wants no more of any case.
pub(super) fn measure_suite(
    session: &mut Session,
    plan: &Plan<'_>,
    progress: &Progress,
    watch: &mut dyn Watch,
) -> Outcome {
    let nothing = Resumed {
        cases: vec![CaseOutcome::default(); plan.jobs.len()],
        done: vec![false; plan.jobs.len()],
        round: 0,
    };
    resume_suite(session, plan, progress, watch, nothing)
}

/// The same from where it stopped; its budget begins anew.
pub(super) fn resume_suite(
    session: &mut Session,
    plan: &Plan<'_>,
    progress: &Progress,
    watch: &mut dyn Watch,
    from: Resumed,
) -> Outcome {
    let mut suite = Suite {
        started: Instant::now(),
        session,
        plan,
        progress,
        clock: best_clock(&from.cases),
        cases: from.cases,
        failed_starts: 0,
        busy: Nanos(0.0),
    };
    let mut done = from.done;
    let mut round = from.round;
    let mut out_of_budget = false;
    loop {
        let state = suite.state(&done, round, plan.budget - suite.spent());
        let Some(next) = rounds::next(&state) else {
            out_of_budget = state.cases.iter().any(|case| {
                !case.decided && case.rounds < case.max_rounds && case.lost < LOST_FOR_GOOD
            });
            break;
        };
        suite.run_round(next.round, &next.order, watch);
        suite.repeat_slow_clocks();
        round += 1;
        // Also where the run ends here: what was finished is judged.
        let verdicts = watch.round(&suite.cases);
        if interrupt::asked() || suite.failed_starts >= MOST_FAILED_STARTS {
            break;
        }
        for (done, case) in done.iter_mut().zip(&suite.cases) {
            *done = case.is_wrong() || case.checked_form_failed || case.is_lost();
        }
        for (index, partner) in plan.partners.unwrap_or_default().iter().enumerate() {
            done[index] |= partner.is_only_verified() && suite.cases[index].correctness.is_some();
        }
        if !plan.all_rounds {
            for (done, decided) in done.iter_mut().zip(verdicts) {
                *done |= decided;
            }
        }
    }
    Outcome {
        busy: suite.busy,
        rounds: round,
        elapsed: suite.spent(),
        cases: suite.cases,
        interrupted: interrupt::asked(),
        out_of_budget,
    }
}

/// The best clock of what was measured.
fn best_clock(cases: &[CaseOutcome]) -> Option<f64> {
    let rounds = cases.iter().flat_map(|case| &case.rounds);
    rounds.filter_map(|round| round.raw.clock).reduce(f64::max)
}

/// A suite while it is being measured.
pub(super) struct Suite<'a> {
    started: Instant,
    session: &'a mut Session,
    pub(super) plan: &'a Plan<'a>,
    progress: &'a Progress,
    pub(super) cases: Vec<CaseOutcome>,
    failed_starts: u32,
    busy: Nanos,
    /// The best clock so far.
    pub(super) clock: Option<f64>,
}

/// What a worker gave for a case.
enum Got {
    /// Its times, alone.
    Alone(Box<Measured>),
    /// Its times, and the other version's.
    Pair(Box<PairMeasured>),
    /// Nothing: the checked form of an unchecked case is wrong.
    CheckedFormFailed,
}

impl Suite<'_> {
    /// Host time so far.
    fn spent(&self) -> Nanos {
        Nanos::from_seconds(self.started.elapsed().as_secs_f64())
    }

    /// What the scheduler needs to know.
    fn state(&self, done: &[bool], round: u32, budget_left: Nanos) -> State {
        let cases = self
            .cases
            .iter()
            .zip(self.plan.jobs)
            .zip(done)
            .map(|((outcome, job), done)| {
                let limits = job.case.limits;
                let least = if self.plan.all_rounds {
                    limits.max_rounds
                } else {
                    limits.min_rounds
                };
                CaseState {
                    rounds: u32::try_from(outcome.rounds.len()).unwrap_or(u32::MAX),
                    min_rounds: least,
                    max_rounds: limits.max_rounds,
                    lost: u32::try_from(outcome.losses.len()).unwrap_or(u32::MAX),
                    decided: *done,
                    cost: outcome.cost.unwrap_or(FIRST_GUESS),
                }
            })
            .collect();
        State {
            cases,
            round,
            budget_left,
            seed: self.plan.seed,
        }
    }

    /// One round: one process for all cases, a new one after each loss. It ends
    /// early where the budget does: what a case costs is a guess until it has
    /// run once.
    fn run_round(&mut self, round: u32, order: &[usize], watch: &mut dyn Watch) {
        let mut worker: Option<Worker> = None;
        for &index in order {
            if interrupt::asked() || self.failed_starts >= MOST_FAILED_STARTS {
                return;
            }
            if self.spent() >= self.plan.budget {
                break;
            }
            let job = &self.plan.jobs[index];
            self.progress.say(job.case.id.to_string());
            let began = Instant::now();
            let result = match worker.take() {
                Some(running) => Ok(running),
                None => self.session.worker(round),
            }
            .inspect_err(|_| self.failed_starts += 1)
            .map_err(PairLost::Now)
            .and_then(|mut running| {
                self.failed_starts = 0;
                let measured = self.measure_case(&mut running, round, index)?;
                worker = Some(running);
                Ok(measured)
            });
            // A worker that Ctrl-C took down with us is not the case's loss.
            if interrupt::asked() && result.is_err() {
                return;
            }
            let cost = Nanos::from_seconds(began.elapsed().as_secs_f64());
            let outcome = &mut self.cases[index];
            outcome.cost = Some(cost);
            match result {
                Ok(Got::Alone(measured)) => {
                    if let Some(round) = &measured.round {
                        self.busy = self.busy + round.busy;
                        self.clock = self.clock.into_iter().chain(round.clock).reduce(f64::max);
                    }
                    outcome.take(round, *measured);
                }
                Ok(Got::Pair(measured)) => {
                    if let Some(PairRound { before, now, .. }) = &measured.round {
                        self.busy = self.busy + before.busy + now.busy;
                        self.clock = self.clock.into_iter().chain(now.clock).reduce(f64::max);
                    }
                    outcome.take_pair(round, *measured);
                }
                Ok(Got::CheckedFormFailed) => outcome.checked_form_failed = true,
                Err(PairLost::Now(lost)) => outcome.losses.push(lost),
                Err(PairLost::Before(lost)) => outcome.other.losses.push(lost),
            }
            self.progress.step();
            watch.case(&self.cases);
        }
        if let Some(worker) = worker {
            self.session.dismiss(worker);
        }
    }

    /// Sets aside what ran at a lower clock, so that the next round measures
    /// it again.
    fn repeat_slow_clocks(&mut self) {
        let Some(best) = self.clock else {
            return;
        };
        for (outcome, job) in self.cases.iter_mut().zip(self.plan.jobs) {
            outcome.at_full_clock(best, job.case.limits.max_rounds);
        }
    }

    /// Measures one case in a running worker. Verified once in a run, and
    /// after timing in every round.
    fn measure_case(&self, worker: &mut Worker, round: u32, index: usize) -> Result<Got, PairLost> {
        let job = &self.plan.jobs[index];
        let outcome = &self.cases[index];
        let verify = outcome.correctness.is_none();
        if verify && job.case.checks == Checks::Unchecked {
            let mut checked = job.clone();
            checked.case.checks = Checks::Checked;
            let wanted = Wanted {
                verify: true,
                sample: None,
            };
            let measured = measure(worker, &checked, &wanted).map_err(PairLost::Now)?;
            if !matches!(measured.correctness, Some(Correctness::Right { .. })) {
                return Ok(Got::CheckedFormFailed);
            }
        }
        let partner = self.plan.partners.and_then(|all| all.get(index));
        let pinned = outcome
            .rounds
            .first()
            .map(|first| (first.raw.overhead, first.raw.batch))
            .or(self.plan.batches[index]);
        let request = SampleRequest {
            time: job.case.limits.time,
            warmup: job.case.limits.warmup,
            batch: pinned,
            verified: outcome.digest(),
            clock: self.clock,
        };
        if let Some(before) = partner.and_then(Partner::before)
            && outcome.other.is_usable()
        {
            let wanted = self.pair_wanted(round, index, verify, request);
            return measure_pair(worker, before, job, &wanted)
                .map(|measured| Got::Pair(Box::new(measured)));
        }
        let timed = !partner.is_some_and(Partner::is_only_verified);
        let wanted = Wanted {
            verify,
            sample: timed.then_some(request),
        };
        let measured = measure(worker, job, &wanted);
        measured
            .map(|measured| Got::Alone(Box::new(measured)))
            .map_err(PairLost::Now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_two_percent_below_the_best_clock_is_set_aside() {
        assert!(is_full_clock(Some(63e12), 63e12));
        assert!(is_full_clock(Some(62e12), 63e12));
        assert!(!is_full_clock(Some(61e12), 63e12));
        assert!(is_full_clock(None, 63e12), "no reading, no reproach");
    }
}
