//! A new recording joins a file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::kit::{CaseId, Checks, Method, Nanos, Ratio};

use super::{Baselines, CaseRecord, Recording};

/// Significant digits of a recorded time: the half of a unit in the last is
/// 5e-7 of the time, a thousandth of the smallest spread between rounds that
/// was ever seen (0.02 %).
const TIME_DIGITS: i32 = 7;

/// Significant digits of a recorded spread, which is only looked at.
const SPREAD_DIGITS: i32 = 4;

/// A difference that keeps two sets of rounds apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Error)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// Times were taken in another way.
    #[error("times were taken by {before}, and now by {now}")]
    Method {
        /// The baseline's.
        before: Method,
        /// This run's.
        now: Method,
    },
    /// The cost of a pass was treated in another way.
    #[error("the cost of a pass was treated by `{before}`, and now by `{now}`")]
    Overhead {
        /// The baseline's.
        before: String,
        /// This run's.
        now: String,
    },
    /// Checked against unchecked.
    #[error("it was {before}, and now is {now}")]
    Checks {
        /// The baseline's.
        before: Checks,
        /// This run's.
        now: Checks,
    },
    /// Another number of dispatches was timed together.
    #[error("{before} dispatches were timed together, and now {now}")]
    Batch {
        /// The baseline's.
        before: u32,
        /// This run's.
        now: u32,
    },
    /// The WGSL is another.
    #[error("its WGSL has changed")]
    Code,
}

/// What a recording did to a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded {
    /// The recording's number; 0 where it had no rounds and was not taken in.
    pub id: u32,
    /// Cases that the file did not have.
    pub added: Vec<CaseId>,
    /// Cases whose rounds were replaced, as asked.
    pub replaced: Vec<CaseId>,
    /// Cases whose rounds were kept, and joined by the new ones.
    pub appended: Vec<CaseId>,
    /// Cases whose rounds were to be kept, but are replaced, since the new
    /// ones are not of their kind.
    pub not_appended: Vec<(CaseId, Difference)>,
    /// Cases that this recording did not measure, and that stand as before.
    pub kept: usize,
    /// Recordings that nothing refers to any more, and that are gone.
    pub dropped: Vec<u32>,
}

impl CaseRecord {
    /// Whether times taken this way can be compared with these at all.
    ///
    /// # Errors
    ///
    /// The first [`Difference`] in method, overhead or checks.
    pub fn comparable(
        &self,
        method: Method,
        overhead: &str,
        checks: Checks,
    ) -> Result<(), Difference> {
        if self.method != method {
            return Err(Difference::Method {
                before: self.method,
                now: method,
            });
        }
        if self.overhead != overhead {
            return Err(Difference::Overhead {
                before: self.overhead.clone(),
                now: overhead.to_owned(),
            });
        }
        if self.checks != checks {
            return Err(Difference::Checks {
                before: self.checks,
                now: checks,
            });
        }
        Ok(())
    }

    /// Whether another record's rounds can stand beside these as the same
    /// case.
    ///
    /// # Errors
    ///
    /// The first [`Difference`] in method, overhead, checks, batch or code.
    pub fn joinable(&self, new: &Self) -> Result<(), Difference> {
        self.comparable(new.method, &new.overhead, new.checks)?;
        if self.batch != new.batch {
            return Err(Difference::Batch {
                before: self.batch,
                now: new.batch,
            });
        }
        if self.code != new.code {
            return Err(Difference::Code);
        }
        Ok(())
    }
}

impl Baselines {
    /// Takes in a recording: the rounds of the cases it measured replace the
    /// old ones, or with `append` join them, where they are of the same kind.
    /// All other cases stay. Recordings that no round refers to any more go,
    /// but for the latest, so that its number is never used again.
    ///
    /// The number is given here: `recording.id` and the `recording` of the
    /// rounds that come in are overwritten. Times are rounded to 7 significant
    /// digits, spreads to 4. A case without rounds is passed over, and so is a
    /// recording without any case.
    pub fn record(
        &mut self,
        mut recording: Recording,
        cases: BTreeMap<CaseId, CaseRecord>,
        append: bool,
    ) -> Recorded {
        let cases: BTreeMap<CaseId, CaseRecord> = cases
            .into_iter()
            .filter(|(_, case)| !case.rounds.is_empty())
            .collect();
        let mut told = Recorded {
            kept: self
                .cases
                .keys()
                .filter(|id| !cases.contains_key(*id))
                .count(),
            ..Recorded::default()
        };
        if cases.is_empty() {
            return told;
        }
        let id = self.next_id();
        recording.id = id;
        told.id = id;
        self.recordings.push(recording);
        for (name, mut new) in cases {
            for round in &mut new.rounds {
                round.recording = id;
                round.time = Nanos(significant(round.time.0, TIME_DIGITS));
                round.spread = Ratio(significant(round.spread.0, SPREAD_DIGITS));
            }
            match self.cases.get_mut(&name) {
                None => {
                    told.added.push(name.clone());
                    self.cases.insert(name, new);
                }
                Some(old) => match (append, old.joinable(&new)) {
                    (true, Ok(())) => {
                        old.rounds.extend(new.rounds);
                        told.appended.push(name);
                    }
                    (true, Err(difference)) => {
                        *old = new;
                        told.not_appended.push((name, difference));
                    }
                    (false, _) => {
                        *old = new;
                        told.replaced.push(name);
                    }
                },
            }
        }
        told.dropped = self.drop_unused(id);
        told
    }

    /// The cases whose rounds are not those of an earlier reading of the same
    /// file; all of them where there was no file.
    pub fn recorded_since<'a>(
        &'a self,
        before: Option<&'a Self>,
    ) -> impl Iterator<Item = &'a CaseId> {
        let known = move |id| before.and_then(|before| before.cases.get(id));
        let cases = self.cases.iter();
        cases
            .filter(move |(id, record)| known(*id) != Some(*record))
            .map(|(id, _)| id)
    }

    /// Cases whose rounds, recorded by someone else since an earlier reading,
    /// [`Baselines::record`] would put away in favour of these.
    #[must_use]
    pub fn overtaken(
        &self,
        before: Option<&Self>,
        cases: &BTreeMap<CaseId, CaseRecord>,
        append: bool,
    ) -> Vec<CaseId> {
        let would_go = |id: &&CaseId| {
            let (now, new) = (self.cases.get(*id), cases.get(*id));
            let both = now.zip(new);
            both.is_some_and(|(now, new)| !append || now.joinable(new).is_err())
        };
        self.recorded_since(before)
            .filter(would_go)
            .cloned()
            .collect()
    }

    /// One more than the highest number; where there is no more, the lowest
    /// that is free.
    fn next_id(&self) -> u32 {
        let used: BTreeSet<u32> = self.recordings.iter().map(|one| one.id).collect();
        let last = used.last().copied().unwrap_or(0);
        last.checked_add(1)
            .or_else(|| (1..u32::MAX).find(|id| !used.contains(id)))
            .unwrap_or(u32::MAX)
    }

    fn drop_unused(&mut self, latest: u32) -> Vec<u32> {
        let mut used: BTreeSet<u32> = self
            .cases
            .values()
            .flat_map(|case| case.rounds.iter().map(|round| round.recording))
            .collect();
        used.insert(latest);
        let mut dropped = Vec::new();
        self.recordings.retain(|recording| {
            let stays = used.contains(&recording.id);
            if !stays {
                dropped.push(recording.id);
            }
            stays
        });
        dropped
    }
}

/// Rounds to so many significant decimal digits; what is not finite stays.
fn significant(value: f64, digits: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    // By way of text, which rounds once and correctly: multiplying and
    // dividing by powers of ten would leave 6312.437000000001 in the file.
    let places = usize::try_from(digits - 1).unwrap_or(0);
    format!("{value:.places$e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::significant;

    #[test]
    fn seven_digits_are_kept_and_no_more() {
        assert_eq!(significant(6_312.437_49, 7), 6_312.437);
        assert_eq!(significant(101_234_567.8, 7), 101_234_600.0);
        assert_eq!(significant(0.001_234_56, 4), 0.001_235);
        assert_eq!(significant(0.0, 7), 0.0);
        assert!(significant(f64::NAN, 7).is_nan());
    }
}
