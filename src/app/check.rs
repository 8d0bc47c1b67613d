//! `gate check`: measure, judge, report, and an exit code.

use crate::cli::{Allowed, CheckArgs, FailOn};
use crate::exit;
use crate::kit::{CaseId, Ratio};
use crate::report::{Against, CaseReport, Report};
use crate::spec::TimingPolicy;
use crate::stats::{Change, Decision, decide};
use crate::verdict::{PairedOutcome, Policy, outcome};

use super::AppError;
use super::assemble;
use super::case_history;
use super::config;
use super::done::Done;
use super::every_device::{self, Asked};
use super::judging::Judging;
use super::measuring::{Outcome, Plan, Watch, measure_suite};
use super::output::Screen;
use super::partition;
use super::picks;
use super::progress::Progress;
use super::project::is_there;
use super::ready::{Ready, Scope, Suite};
use super::reports::Reports;

/// Checks what the arguments select.
pub(super) fn check(args: &CheckArgs, screen: &Screen) -> Result<u8, AppError> {
    if args.print_config {
        return config::print(args, screen);
    }
    is_there(args.measure.baselines.as_deref())?;
    let asked = Asked {
        device: &args.device,
        report: &args.report,
        format: &args.format,
        samples: None,
        once_a_baseline: false,
    };
    every_device::run(&asked, screen, &|on, reports, screen| {
        let device = on.device.clone();
        let args = CheckArgs {
            device,
            ..args.clone()
        };
        checked(&args, reports, screen)
    })
}

/// Checks on one device.
fn checked(args: &CheckArgs, reports: &mut Reports, screen: &Screen) -> Result<Done, AppError> {
    let scope = Scope {
        revision: args.against.as_deref(),
        is_part: args.partition.is_some(),
        writes: false,
    };
    let mut ready = Ready::within(&args.select, &args.device, &args.measure, scope, screen)?;
    let args = &config::filled(args, &ready.defaults);
    let (confidence, cases) = (ready.confidence(), ready.cases());
    let known = ready.session.known();
    let policies: Vec<Policy> = ready
        .suites
        .iter()
        .map(|suite| policy(args, suite.timing(&known.facts)))
        .collect();
    let part = args
        .partition
        .map(|wanted| partition::take(&mut ready, wanted, &args.select, &policies));
    let mut report = assemble::blank("check", &ready);
    report.notes.extend(part.as_ref().map(partition::note));
    report.part = part;
    reports.begin(&report, &ready.inputs)?;
    let suites = std::mem::take(&mut ready.suites);
    for (suite, policy) in suites.iter().zip(policies) {
        let mut judging = Judging::new(suite, policy, &known.facts, confidence, cases);
        let mut watch = reports.watch(&report, &mut judging, &known);
        let measured = measure(&mut ready, suite, false, screen, &mut watch);
        assemble::add_suite(&mut report, &judging, &measured, &known);
        assemble::add_unplanned(&mut report, suite.unplanned());
        if let Some(part) = &mut report.part {
            part.timed.extend(partition::timed(suite, &measured));
        }
        let better = picks::outdone(suite, &measured.cases, &ready.picks, confidence);
        report.notes.extend(better);
        if measured.interrupted {
            break;
        }
    }
    report.against = ready.base.as_ref().map(|base| {
        let (shown, commit) = (base.revision.shown(), base.revision.commit.clone());
        against(shown, commit, base.removed.clone(), &report.cases)
    });
    // `fails` already carries each suite's policy.
    let code = match outcome(&assemble::judgements(&report)) {
        // Whether anything was judged is known once all parts are there.
        exit::NOTHING if report.part.is_some() => exit::PASS,
        code => code,
    };
    finish(&mut report, code);
    if reports.has_page() {
        case_history::attach(&mut report, &ready.store);
    }
    Ok(Done {
        root: suites.first().map(|suite| suite.plan.root.clone()),
        ..Done::new(report)
    })
}

/// Measures one suite; shared with the commands that do not judge.
pub(super) fn measure(
    ready: &mut Ready,
    suite: &Suite,
    all_rounds: bool,
    screen: &Screen,
    watch: &mut dyn Watch,
) -> Outcome {
    let rounds = |limits: crate::plan::CaseLimits| {
        u64::from(if all_rounds {
            limits.max_rounds
        } else {
            limits.min_rounds
        })
    };
    let steps = suite.jobs.iter().map(|job| rounds(job.case.limits)).sum();
    let whose = screen
        .is_shared()
        .then(|| ready.session.facts.adapter.clone());
    let progress = Progress::new(steps, screen.quiet(), whose);
    let plan = Plan {
        jobs: &suite.jobs,
        partners: suite
            .pairing
            .as_ref()
            .map(|pairing| pairing.partners.as_slice()),
        batches: suite.batches(),
        budget: suite.plan.budget,
        all_rounds,
        seed: ready.seed,
    };
    measure_suite(&mut ready.session, &plan, &progress, watch)
}

/// The policy of one suite: its class's, unless a flag says otherwise.
fn policy(args: &CheckArgs, class: TimingPolicy) -> Policy {
    Policy {
        allow_undecided: args.allow.contains(&Allowed::Undecided),
        allow_ungated: args.allow.contains(&Allowed::Ungated),
        allow_lost: args.allow.contains(&Allowed::Lost),
        require_baseline: args.require_baseline,
        fail_on_faster: args.fail_on == Some(FailOn::Faster),
        timing: config::policy_of(args.timing, class),
    }
}

/// What the revision is to the cases of the run.
pub(super) fn against(
    revision: String,
    commit: String,
    removed: Vec<CaseId>,
    cases: &[CaseReport],
) -> Against {
    let mut against = Against {
        revision,
        commit,
        changed: 0,
        unchanged: 0,
        added: Vec::new(),
        removed,
        unusable: Vec::new(),
        controls: Vec::new(),
        alarms: Vec::new(),
    };
    for case in cases {
        let Some(paired) = &case.evidence.paired else {
            continue;
        };
        match &paired.outcome {
            PairedOutcome::Added => against.added.push(case.id.clone()),
            PairedOutcome::Unusable { .. } => against.unusable.push(case.id.clone()),
            PairedOutcome::Unchanged { control } => {
                against.unchanged += 1;
                if *control {
                    against.controls.push(case.id.clone());
                }
                let moved = paired
                    .change
                    .is_some_and(|change| moved(&change, paired.limit));
                if moved {
                    against.alarms.push(case.id.clone());
                }
            }
            PairedOutcome::Pass
            | PairedOutcome::Slower
            | PairedOutcome::Faster
            | PairedOutcome::Undecided => against.changed += 1,
        }
    }
    against
}

/// Whether a control moved, either way, by more than is tolerated of a case.
fn moved(change: &Change, limit: Ratio) -> bool {
    match decide(change, limit) {
        Decision::Slower => true,
        Decision::Faster | Decision::Pass | Decision::Continue => change.top.ln() < -limit.ln(),
    }
}

/// Sets the exit code: an interrupt goes before every verdict.
pub(super) fn finish(report: &mut Report, code: u8) {
    report.exit = if report.interrupted {
        exit::INTERRUPTED
    } else {
        code
    };
}
