//! Whether reports are all parts of one plan, each once.

use crate::app::AppError;
use crate::kit::DeviceKind;
use crate::report::{Planned, Report, SuitePart};
use crate::verdict::{Policy, Timing};

use super::read::Read;

/// How many things that differ are named.
const NAMED: usize = 8;

/// Sees that these are all parts of one plan, each once.
///
/// # Errors
///
/// [`AppError::Usage`]: what differs, and between which files; which part is
/// there twice; which are missing.
pub(super) fn belong_together(parts: &[Read]) -> Result<(), AppError> {
    let Some(first) = parts.first() else {
        return Err(AppError::Usage("there is no part to merge".into()));
    };
    let mut wrong = Vec::new();
    for other in &parts[1..] {
        let differs = differences(first, other);
        if !differs.is_empty() {
            wrong.push(format!(
                "{} is a part of another plan than {}:\n  {}",
                other.path.display(),
                first.path.display(),
                named(&differs)
            ));
        }
    }
    if !wrong.is_empty() {
        return Err(AppError::Usage(wrong.join("\nerror: ")));
    }
    for pair in parts.windows(2) {
        if let [one, two] = pair
            && one.part.part == two.part.part
        {
            wrong.push(format!(
                "part {} of {} is there twice: {} and {}",
                one.part.part,
                one.part.of,
                one.path.display(),
                two.path.display()
            ));
        }
    }
    let missing: Vec<String> = (1..=first.part.of)
        .filter(|part| !parts.iter().any(|read| read.part.part == *part))
        .map(|part| part.to_string())
        .collect();
    if !missing.is_empty() {
        let parts = first.part.of;
        wrong.push(match missing.as_slice() {
            [one] => format!("part {one} of {parts} is missing"),
            several => format!("of {parts} parts these are missing: {}", several.join(", ")),
        });
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(AppError::Usage(wrong.join("\nerror: ")))
    }
}

fn named(differs: &[String]) -> String {
    let mut lines: Vec<String> = differs.iter().take(NAMED).cloned().collect();
    if differs.len() > NAMED {
        lines.push(format!("and {} more", differs.len() - NAMED));
    }
    lines.join("\n  ")
}

/// What differs between two parts that would be the same in one plan.
fn differences(one: &Read, two: &Read) -> Vec<String> {
    let mut found = Vec::new();
    let mut same = |what: &str, one: String, two: String| {
        if one != two {
            let shown = |text: String| if text.is_empty() { "none".into() } else { text };
            found.push(format!("{what}: {} and {}", shown(two), shown(one)));
        }
    };
    let both = |of: &dyn Fn(&Read) -> String| (of(one), of(two));
    let mut each = |what: &str, of: &dyn Fn(&Read) -> String| {
        let (one, two) = both(of);
        same(what, one, two);
    };
    each("number of parts", &|read| read.part.of.to_string());
    each("device", &|read| device(&read.report));
    each("classes of hardware", &|read| {
        read.report.classes.join(", ")
    });
    each("--seed", &|read| read.report.seed.to_string());
    each("--filter", &|read| read.part.filter.join(", "));
    each("--exclude", &|read| read.part.exclude.join(", "));
    each("revision of --against", &|read| {
        let against = read.report.against.as_ref();
        against.map_or_else(String::new, |against| against.commit.clone())
    });
    each("suites", &|read| read.report.suites.join(", "));
    each("confidence", &|read| read.report.confidence.to_string());
    for suite in &one.part.suites {
        let other = two
            .part
            .suites
            .iter()
            .find(|other| other.suite == suite.suite);
        if let Some(other) = other {
            found.extend(suite_differences(suite, other));
        }
    }
    found.extend(plan_difference(&one.part.plan, &two.part.plan));
    found
}

/// What a device has to be for its part to belong to another's: the same
/// adapter; and of software adapters the same driver, whatever the CPU.
fn device(report: &Report) -> String {
    let facts = &report.device;
    let name = match facts.kind {
        DeviceKind::Cpu => &facts.driver,
        DeviceKind::Discrete | DeviceKind::Integrated | DeviceKind::Virtual | DeviceKind::Other => {
            &facts.adapter
        }
    };
    format!("{name} ({}, {})", facts.kind, facts.backend)
}

fn suite_differences(one: &SuitePart, two: &SuitePart) -> Vec<String> {
    let suite = &one.suite;
    let mut found = Vec::new();
    for (what, same) in [
        ("what its spec says of its cases", one.spec == two.spec),
        ("its WGSL", one.shaders == two.shaders),
        (
            "its limits (--rounds, --time, --budget)",
            one.limits == two.limits,
        ),
        (
            "the baselines that it is compared with",
            one.baselines == two.baselines,
        ),
    ] {
        if !same {
            found.push(format!("suite {suite}: {what}"));
        }
    }
    if one.policy != two.policy {
        let (one, two) = (flags(&one.policy), flags(&two.policy));
        found.push(format!("suite {suite}: policy: {two} and {one}"));
    }
    found
}

/// A policy as flags.
fn flags(policy: &Policy) -> String {
    let mut words = vec![match policy.timing {
        Timing::Gate => "--timing gate".to_owned(),
        Timing::Advisory => "--timing advisory".to_owned(),
    }];
    let allowed: Vec<&str> = [
        (policy.allow_undecided, "undecided"),
        (policy.allow_ungated, "ungated"),
        (policy.allow_lost, "lost"),
    ]
    .iter()
    .filter(|(is, _)| *is)
    .map(|(_, word)| *word)
    .collect();
    if !allowed.is_empty() {
        words.push(format!("--allow {}", allowed.join(",")));
    }
    if policy.require_baseline {
        words.push("--require-baseline".into());
    }
    if policy.fail_on_faster {
        words.push("--fail-on faster".into());
    }
    words.join(" ")
}

/// The first case that one plan has and the other has not.
fn plan_difference(one: &[Planned], two: &[Planned]) -> Option<String> {
    let position = (0..one.len().max(two.len())).find(|at| one.get(*at) != two.get(*at))?;
    let id = |plan: &[Planned]| {
        plan.get(position)
            .map_or_else(|| "nothing".to_owned(), |case| format!("`{}`", case.id))
    };
    Some(format!(
        "cases that run: {} and {}; the first that differs is {} and {}",
        two.len(),
        one.len(),
        id(two),
        id(one)
    ))
}
