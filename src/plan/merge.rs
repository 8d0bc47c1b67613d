//! Entries that mean the same case become one, with all their names, limits
//! and ranges; what contradicts is told at both places.

use std::collections::BTreeMap;

use crate::kit::{CaseId, Place, Work};
use crate::spec::{CaseEntry, Expectation, Limits, Range};

use super::mistakes::Mistakes;
use super::{CaseLimits, Expected};

/// An entry that means a case, and the name that a sweep gives the case.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// The entry.
    pub(super) entry: &'a CaseEntry,
    /// `mixtral/long`; empty without a sweep.
    pub(super) swept: String,
}

/// What entries say of one case, settled.
#[derive(Debug)]
pub(super) struct Settled {
    /// Names, those written out before those of sweeps.
    pub(super) names: Vec<String>,
    /// Where the case is written: the first of its places.
    pub(super) place: Place,
    /// Whether any entry forces it.
    pub(super) force: bool,
    /// Limits that entries give.
    pub(super) limits: Limits,
    /// Ranges, by class.
    pub(super) expected: Vec<Expected>,
}

/// The names of a case: what people wrote, then what sweeps make of it.
pub(super) fn names(sources: &[Source<'_>]) -> Vec<String> {
    let mut written = Vec::new();
    let mut swept = Vec::new();
    for Source {
        entry,
        swept: point,
    } in sources
    {
        match (&entry.name, point.is_empty()) {
            (Some(name), true) => written.push(name.clone()),
            (Some(name), false) => swept.push(format!("{name}/{point}")),
            (None, false) => swept.push(point.clone()),
            (None, true) => {}
        }
    }
    for list in [&mut written, &mut swept] {
        list.sort();
        list.dedup();
    }
    swept.retain(|name| !written.contains(name));
    written.append(&mut swept);
    written
}

/// Settles what all entries of a case say. Contradictions are noted.
pub(super) fn settle(
    id: &CaseId,
    sources: &[Source<'_>],
    mistakes: &mut Mistakes,
) -> Option<Settled> {
    let mut entries: Vec<&CaseEntry> = sources.iter().map(|source| source.entry).collect();
    // In the file's order, whatever order they came in.
    entries.sort_by(|a, b| a.place.cmp(&b.place));
    entries.dedup_by(|a, b| a.place == b.place);
    let first = *entries.first()?;
    let mut field = Fields {
        id,
        entries: &entries,
        mistakes,
    };
    let limits = Limits {
        slowdown: field.one("slowdown", |limits| limits.slowdown),
        rounds: field.one("rounds", |limits| limits.rounds),
        time: field.one("time", |limits| limits.time),
        warmup: field.one("warmup", |limits| limits.warmup),
        // Of a whole suite or invocation, never of a case.
        confidence: None,
        budget: None,
    };
    Some(Settled {
        names: names(sources),
        place: first.place.clone(),
        force: entries.iter().any(|entry| entry.force),
        limits,
        expected: expected(id, &entries, mistakes),
    })
}

struct Fields<'a, 'b> {
    id: &'a CaseId,
    entries: &'a [&'b CaseEntry],
    mistakes: &'a mut Mistakes,
}

impl Fields<'_, '_> {
    /// A limit's only value.
    fn one<T: Copy + PartialEq>(
        &mut self,
        what: &str,
        get: impl Fn(&Limits) -> Option<T>,
    ) -> Option<T> {
        let mut given = self
            .entries
            .iter()
            .filter_map(|entry| Some((&entry.place, get(&entry.limits)?)));
        let (place, value) = given.next()?;
        if let Some((other, _)) = given.find(|(_, other)| *other != value) {
            contradict(
                self.mistakes,
                place,
                other,
                &format!("`limits.{what}` of `{}`", self.id),
            );
        }
        Some(value)
    }
}

fn contradict(mistakes: &mut Mistakes, a: &Place, b: &Place, what: &str) {
    for (here, there) in [(a, b), (b, a)] {
        mistakes.add(
            here,
            format!(
                "{what} contradicts the one at {there}: both entries mean this case; make them agree, or keep one"
            ),
        );
    }
}

/// Ranges by class: of several for one class, what all allow.
fn expected(id: &CaseId, entries: &[&CaseEntry], mistakes: &mut Mistakes) -> Vec<Expected> {
    let mut classes: BTreeMap<&str, Expected> = BTreeMap::new();
    for (class, given) in entries.iter().flat_map(|entry| &entry.expect) {
        let Some(before) = classes.get_mut(class.value.as_str()) else {
            let expected = Expected {
                class: class.value.clone(),
                expectation: given.value.clone(),
                place: given.place.clone(),
            };
            classes.insert(&class.value, expected);
            continue;
        };
        let mut both = |what: &str, a: Option<Range>, b: Option<Range>| match (a, b) {
            (Some(a), Some(b)) => a.intersect(b).or_else(|| {
                let what = format!("the range of `{what}` on `{}` for `{id}`", class.value);
                contradict(mistakes, &before.place, &given.place, &what);
                None
            }),
            (one, other) => one.or(other),
        };
        let (a, b) = (&before.expectation, &given.value);
        let merged = Expectation {
            time: both("time", a.time, b.time),
            tokens_per_second: both(
                "tokens_per_second",
                a.tokens_per_second,
                b.tokens_per_second,
            ),
            gflops: both("gflops", a.gflops, b.gflops),
            gigabytes_per_second: both(
                "gigabytes_per_second",
                a.gigabytes_per_second,
                b.gigabytes_per_second,
            ),
        };
        // The place of the narrower one, which is the one that can fail.
        if merged != before.expectation && merged == given.value {
            before.place = given.place.clone();
        }
        before.expectation = merged;
    }
    classes.into_values().collect()
}

/// Notes rates that are expected of a case whose work does not give them.
pub(super) fn check_rates(
    expected: &[Expected],
    work: &Work,
    id: &CaseId,
    mistakes: &mut Mistakes,
) {
    for Expected {
        expectation, place, ..
    } in expected
    {
        let rates = [
            (
                "tokens_per_second",
                expectation.tokens_per_second,
                "tokens",
                work.tokens,
            ),
            ("gflops", expectation.gflops, "flops", work.flops),
            (
                "gigabytes_per_second",
                expectation.gigabytes_per_second,
                "bytes",
                work.bytes,
            ),
        ];
        // Each rate's range, as the times of a run that give it.
        let mut possible = expectation.time;
        for ((rate, range, _, amount), unit) in rates.into_iter().zip([1e9, 1.0, 1.0]) {
            let (Some(range), Some(amount)) = (range, amount.filter(|amount| *amount > 0.0)) else {
                continue;
            };
            let time =
                |end: Option<f64>| end.filter(|end| *end > 0.0).map(|end| amount * unit / end);
            let times = Range {
                lo: time(range.hi),
                hi: time(range.lo),
            };
            match possible.map_or(Some(times), |before| before.intersect(times)) {
                Some(both) => possible = Some(both),
                None => mistakes.add(
                    place,
                    format!(
                        "no time of `{id}` is within all its ranges: `{rate}` of {} takes {}, which contradicts the others; make them agree, or keep one",
                        range.as_rate(),
                        times.as_time()
                    ),
                ),
            }
        }
        for (rate, range, part, amount) in rates {
            if range.is_some() && amount.is_none_or(|amount| amount <= 0.0) {
                mistakes.add(
                    place,
                    format!("`{rate}` needs to know the {part} of a run; add `work: {{{part}: …}}` to the kernel or pipeline (in `{id}`)"),
                );
            }
        }
    }
}

/// Limits of a case, all levels resolved, the innermost first.
pub(super) fn resolve(own: &Limits, target: &Limits, suite: &Limits) -> CaseLimits {
    let all = own.or(target).or(suite).or(&Limits::builtin());
    // The last level has them all, so that no default below is ever reached.
    let (min_rounds, max_rounds) = all.rounds.unwrap_or_default();
    CaseLimits {
        slowdown: all.slowdown.unwrap_or_default(),
        min_rounds,
        max_rounds,
        time: all.time.unwrap_or_default(),
        warmup: all.warmup.unwrap_or_default(),
    }
}
