//! The command.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::app::AppError;
use crate::app::every_device::is_one;
use crate::app::measuring::{CaseOutcome, Plan, Resumed, resume_suite};
use crate::app::output::Screen;
use crate::app::progress::Progress;
use crate::app::project::Project;
use crate::app::ready::{Ready, Suite};
use crate::app::session::Known;
use crate::baseline::PickRecord;
use crate::cli::{Format, MeasureArgs, TuneArgs};
use crate::exit;
use crate::kit::{CaseId, Nanos};
use crate::plan::Search;
use crate::rounds::{FIRST_RUNG, MOST_RUNGS, Rules, Tournament};
use crate::run::Job;

use super::follow::{Follow, why_out};
use super::found::{End, FORMAT, Found, FoundCase, FoundSuite};
use super::space::{Contest, contests};
use super::state::{Keeper, Kept};
use super::text;

/// Rounds of a final, unless a flag says otherwise.
const FINALS: (u32, u32) = (5, 20);

/// Wall time of a suite, unless a flag says otherwise.
const BUDGET: Duration = Duration::from_secs(30 * 60);

/// Searches what the arguments select.
pub(in crate::app) fn tune(args: &TuneArgs, screen: &Screen) -> Result<u8, AppError> {
    is_one(&args.device)?;
    let mut project = Project::searched(&args.select, Search::All)?;
    for plan in &mut project.plans {
        plan.cases.retain(|case| case.tuned.is_some());
    }
    if project.plans.iter().all(|plan| plan.cases.is_empty()) {
        return Err(AppError::Nothing(
            "no kernel of these cases has a search space; add one as in `tune: {tile: [32, 64, 128]}`, or select others".into(),
        ));
    }
    let measuring = MeasureArgs {
        rounds: None,
        budget: Some(args.measure.budget.unwrap_or(BUDGET)),
        ..args.measure.clone()
    };
    let mut ready = Ready::open(project, &args.device, &measuring, screen)?;
    let suites = std::mem::take(&mut ready.suites);
    let all: Vec<Vec<Contest>> = suites.iter().map(contests).collect();
    let rules = Rules {
        confidence: suites
            .iter()
            .map(|suite| suite.plan.confidence)
            .fold(0.0, f64::max),
        cases: all.iter().map(Vec::len).sum(),
        finals: args.measure.rounds.unwrap_or(FINALS),
    };
    let mut found = Found {
        format: FORMAT,
        gate: env!("CARGO_PKG_VERSION").into(),
        command: "tune".into(),
        device: ready.session.facts.key(),
        confidence: rules.confidence,
        suites: Vec::new(),
        notes: std::mem::take(&mut ready.notes),
        interrupted: false,
        exit: exit::PASS,
    };
    let mut unwritten = None;
    for (suite, contests) in suites.iter().zip(&all) {
        if args.dry_run {
            let cases = contests.iter().map(FoundCase::planned).collect();
            found.suites.push(suite_of(suite, ready.seed, cases));
            continue;
        }
        let search = SuiteSearch {
            suite,
            contests,
            rules: &rules,
            restart: args.restart,
            seed: args.measure.seed,
        };
        unwritten = search.run(&mut ready, &mut found, screen)?.or(unwritten);
        if found.interrupted {
            break;
        }
    }
    found.exit = found.code();
    match args.format.format {
        Format::Table => screen.print(&text::text(&found, screen.verbosity()))?,
        Format::Json => screen.print(
            &serde_json::to_string_pretty(&found)
                .map_err(|error| AppError::Output(error.into()))?,
        )?,
    }
    unwritten.map_or(Ok(found.exit), Err)
}

/// The search of one suite.
struct SuiteSearch<'a> {
    suite: &'a Suite,
    contests: &'a [Contest],
    rules: &'a Rules,
    restart: bool,
    seed: Option<u64>,
}

impl SuiteSearch<'_> {
    /// Measures, and writes what was picked. Gives what kept the picks from
    /// being written: they are reported all the same.
    fn run(
        &self,
        ready: &mut Ready,
        found: &mut Found,
        screen: &Screen,
    ) -> Result<Option<AppError>, AppError> {
        let device = ready.session.facts.key();
        let name = &self.suite.plan.suite;
        let keeper = Keeper::of(&self.suite.plan.root, &device, name)?;
        if self.restart {
            keeper.forget();
        }
        let sizes: Vec<usize> = self.contests.iter().map(|c| c.candidates.len()).collect();
        let key = self.key(ready);
        let known = ready.session.known();
        let kept = match keeper.load(&key, &sizes) {
            Kept::Nothing => None,
            Kept::Other(why) => {
                screen.remark(&format!(
                    "suite {name}: the interrupted search {why}; this one begins anew"
                ));
                None
            }
            Kept::This(state) if self.seed.is_some_and(|seed| seed != state.seed) => {
                screen.remark(&format!(
                    "suite {name}: the interrupted search had seed {}; this one begins anew",
                    state.seed
                ));
                None
            }
            Kept::This(state) => {
                screen.remark(&format!(
                    "suite {name}: going on with an interrupted search, from round {}",
                    state.round + 1
                ));
                Some(state)
            }
        };
        let seed = kept.as_ref().map_or(ready.seed, |state| state.seed);
        let jobs = self.jobs(seed);
        let mut follow = Follow {
            tournaments: kept.as_ref().map_or_else(
                || sizes.iter().copied().map(Tournament::new).collect(),
                |state| state.tournaments.clone(),
            ),
            sizes: &sizes,
            jobs: &jobs,
            rules: *self.rules,
            known: &known,
            keeper: &keeper,
            key: &key,
            seed,
            round: kept.as_ref().map_or(0, |state| state.round),
            unkept: None,
        };
        let mut resumed = match &kept {
            Some(state) => state.resumed(),
            None => Resumed {
                cases: vec![CaseOutcome::default(); jobs.len()],
                done: Vec::new(),
                round: 0,
            },
        };
        resumed.done = follow.done(&resumed.cases);
        let plan = Plan {
            jobs: &jobs,
            partners: None,
            batches: vec![None; jobs.len()],
            budget: self.suite.plan.budget,
            all_rounds: false,
            seed,
        };
        let steps = jobs.len() as u64 * u64::from(FIRST_RUNG);
        let progress = Progress::new(steps, screen.quiet(), None);
        let outcome = resume_suite(&mut ready.session, &plan, &progress, &mut follow, resumed);
        drop(progress);
        if outcome.out_of_budget && !outcome.interrupted {
            follow.close(&outcome.cases);
        }
        found.interrupted |= outcome.interrupted;
        found.notes.extend(follow.unkept.take());
        let mut cases = self.cases(&follow, &outcome.cases, &known, ready);
        let records = self.records(&cases, ready);
        let whole = cases.iter().all(|case| case.end != End::Unfinished);
        if !(whole || outcome.out_of_budget || outcome.interrupted) {
            found.notes.push(format!(
                "suite {name}: given up, since workers do not start; the next `gate tune` goes on"
            ));
            for case in &mut cases {
                if case.end == End::Unfinished {
                    case.end = End::Lost;
                }
            }
        }
        let mut suite = suite_of(self.suite, seed, cases);
        suite.rounds = outcome.rounds;
        suite.elapsed = outcome.elapsed;
        let mut unwritten = None;
        if !records.is_empty() {
            match ready.store.record_picks(&device, name, records) {
                Ok(path) => suite.written = Some(path.display().to_string()),
                Err(error) => unwritten = Some(error.into()),
            }
        }
        // What could not be written is not lost: the next run has only to write.
        if whole && unwritten.is_none() {
            keeper.forget();
        }
        found.suites.push(suite);
        Ok(unwritten)
    }

    /// The candidates of all cases, with rounds enough for any search.
    fn jobs(&self, seed: u64) -> Vec<Job> {
        let rungs: u32 = (0..MOST_RUNGS).map(|rung| FIRST_RUNG << rung).sum();
        let most = rungs.saturating_add(self.rules.finals.1);
        let indices = self.contests.iter().flat_map(|c| &c.candidates);
        indices
            .map(|index| {
                let mut job = self.suite.jobs[*index].clone();
                job.seed = seed;
                job.case.limits.min_rounds = most;
                job.case.limits.max_rounds = most;
                job
            })
            .collect()
    }

    /// A digest of what is searched, where, and how.
    fn key(&self, ready: &Ready) -> String {
        let facts = &ready.session.facts;
        let mut hasher = blake3::Hasher::new_derive_key("kernel-gate 2026 state of a search");
        let mut part = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        part(env!("CARGO_PKG_VERSION"));
        part(&facts.key().0);
        part(&facts.driver_info);
        part(&facts.wgpu);
        part(&format!("{:?}", self.rules));
        for contest in self.contests {
            part(&contest.group.0);
            for index in &contest.candidates {
                let job = &self.suite.jobs[*index];
                part(&job.case.id.0);
                part(&self.suite.codes[*index]);
                part(&format!(
                    "{:?} {:?} {:?}",
                    job.case.limits, job.case.buffers, job.cache
                ));
            }
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }

    /// What each search came to.
    fn cases(
        &self,
        follow: &Follow<'_>,
        outcomes: &[CaseOutcome],
        known: &Known,
        ready: &Ready,
    ) -> Vec<FoundCase> {
        let before = ready.picks.get(&self.suite.plan.suite);
        let mut at = 0;
        let mut cases = Vec::with_capacity(self.contests.len());
        for (contest, tournament) in self.contests.iter().zip(&follow.tournaments) {
            let range = at..at + contest.candidates.len();
            at = range.end;
            let (jobs, outcomes) = (&follow.jobs[range.clone()], &outcomes[range]);
            let unfit: Vec<_> = jobs
                .iter()
                .zip(outcomes)
                .map(|(job, case)| why_out(job, case, known))
                .collect();
            let mut case = FoundCase::of(contest, tournament, jobs, outcomes, &unfit);
            case.before = before
                .and_then(|picks| picks.cases.get(&contest.group))
                .map(|record| record.pick.clone());
            cases.push(case);
        }
        cases
    }

    /// The picks as they are written.
    fn records(&self, cases: &[FoundCase], ready: &Ready) -> BTreeMap<CaseId, PickRecord> {
        let now = std::time::SystemTime::now();
        let when = humantime::format_rfc3339_seconds(now).to_string();
        let driver = &ready.session.facts.driver_info;
        let code = |pick: &CaseId| {
            let index = self.suite.jobs.iter().position(|job| job.case.id == *pick);
            index.map(|index| self.suite.codes[index].clone())
        };
        cases
            .iter()
            .filter_map(|case| {
                let code = code(case.pick.as_ref()?)?;
                let record = case.record(code, self.rules.confidence, &when, driver)?;
                Some((case.case.clone(), record))
            })
            .collect()
    }
}

/// A suite of which nothing was measured.
fn suite_of(suite: &Suite, seed: u64, cases: Vec<FoundCase>) -> FoundSuite {
    let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
    for (_, why) in &suite.plan.left_out {
        *left_out.entry(why.to_string()).or_default() += 1;
    }
    FoundSuite {
        suite: suite.plan.suite.clone(),
        seed,
        rounds: 0,
        elapsed: Nanos(0.0),
        cases,
        left_out: left_out.into_iter().collect(),
        written: None,
    }
}
