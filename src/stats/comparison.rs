//! All cases of an invocation at one look.

use std::collections::BTreeSet;

use crate::kit::Ratio;

use super::arrangements::Arrangements;
use super::change::Logs;
use super::claims::{Claim, Claims, WIDEST, Widths, looks_of_slower, on_a_scale};
use super::distribution::t_quantile;
use super::modes::{Modes, Powers};
use super::precision::Precision;
use super::prior::{KNOWN, Spread, Trend};
use super::recording::{Between, weigh};
use super::sequential::Looks;
use super::{CaseRounds, Change, Design, Located, StatsError};

/// Compares all cases of an invocation at once, since strength is borrowed
/// across them.
///
/// The estimate is the difference of mean log locations. It varies by rounds,
/// with a variance moderated by all cases, and by recordings; each has its own
/// one-sided Student-t bound, and the bound of their sum is the root of the
/// sum of squares (Howe, 1974), which keeps its level where one of the two is
/// known by a few degrees of freedom only and Satterthwaite's does not.
/// Where too few cases tell whether rounds come in modes, "slower" asks for the
/// bound of `arrangements` as well.
/// `low` and `top` share `1 - confidence` equally among
/// the cases (Bonferroni), so that the chance of any false claim of "slower"
/// in the whole invocation, or any of "faster", is below it at any true change
/// up to the limit; `high` takes all of it for each case. Each share is spent
/// over the looks that the case is planned to have. Until a run has rounds
/// enough to claim "slower" at all, `low` is as good as none, a loss of 100 %.
///
/// A case may be compared at each look from the first planned one on, and
/// ends with the first claim: what is claimed later of fewer rounds than were
/// measured is not covered.
///
/// # Errors
///
/// Per case: [`StatsError::NoRounds`], [`StatsError::NotATime`].
#[must_use]
pub fn compare(cases: &[CaseRounds], design: &Design) -> Vec<Result<Change, StatsError>> {
    Comparison::of(cases, design).changes()
}

/// What the rounds of all cases of an invocation promise of further ones, with
/// the variances and the levels of [`compare`].
///
/// # Errors
///
/// Per case, as for [`compare`].
#[must_use]
pub fn precision(cases: &[CaseRounds], design: &Design) -> Vec<Result<Precision, StatsError>> {
    Comparison::of(cases, design).precisions()
}

/// What is known of one case on the log scale.
#[derive(Clone, Debug)]
struct Known {
    estimate: f64,
    /// Variance between rounds, with its degrees of freedom.
    within: (f64, f64),
    between: Between,
    /// Variance of the estimate from rounds, and from recordings.
    error: (f64, f64),
    looks: Looks,
    rounds: (usize, usize),
    /// Where too few cases tell whether rounds come in modes.
    arrangements: Option<Arrangements>,
}

/// All cases of an invocation at one look, ready to be asked.
#[derive(Clone, Debug)]
pub struct Comparison {
    known: Vec<Result<Known, StatsError>>,
    /// At equal shares.
    changes: Vec<Result<Change, StatsError>>,
    design: Design,
}

impl Comparison {
    /// Takes in all cases at once, as [`compare`] does.
    #[must_use]
    pub fn of(cases: &[CaseRounds], design: &Design) -> Self {
        let logs: Vec<Result<Logs, StatsError>> = cases.iter().map(Logs::of).collect();
        let spreads: Vec<Spread> = logs.iter().flatten().map(|l| l.spread).collect();
        let powers: Vec<Powers> = logs.iter().flatten().map(|l| l.powers).collect();
        let trend = Trend::fit(&spreads, &KNOWN);
        let modes = Modes::of(&powers);
        let design = Design {
            cases: design.cases.max(spreads.len()),
            ..*design
        };
        let known: Vec<Result<Known, StatsError>> = cases
            .iter()
            .zip(logs)
            .map(|(case, logs)| {
                let logs = logs?;
                let within = trend.moderate_upward(&logs.spread, modes);
                let mut known = Known::of(case, &logs, within);
                if !modes.are_told {
                    let logs = |side: &[Located]| -> Vec<f64> {
                        side.iter().map(|round| round.location.0.ln()).collect()
                    };
                    known.arrangements = Arrangements::of(&logs(&case.before), &logs(&case.now));
                }
                Ok(known)
            })
            .collect();
        let each = |known: &Result<Known, StatsError>| {
            let known = known.as_ref().map_err(Clone::clone)?;
            Ok(known.change(&design))
        };
        Self {
            changes: known.iter().map(each).collect(),
            known,
            design,
        }
    }

    /// The changes of all cases, with equal shares of the confidence.
    ///
    /// # Errors
    ///
    /// Per case, as for [`compare`].
    #[must_use]
    pub fn changes(&self) -> Vec<Result<Change, StatsError>> {
        self.changes.clone()
    }

    /// The changes of all cases, where those that were found slower leave their
    /// shares of the confidence to the others.
    ///
    /// `open` holds the tolerated slowdown of each case that may still be found
    /// slower, `found` is how many already were. As long as a case whose share
    /// is that of all others lies above its limit, it is found, and the others
    /// share what is there among one fewer. The chance of any false claim of
    /// "slower" stays what it was: as long as none was false, the cases left
    /// include all whose claim would be, each at a share of these at most
    /// (Holm, 1979; over looks: Maurer and Bretz, Multiple testing in group
    /// sequential trials using graphical approaches, 2013). `low` of a case is
    /// its bound at the share that it had.
    ///
    /// # Errors
    ///
    /// Per case, as for [`compare`].
    #[must_use]
    pub fn step_down(
        &self,
        open: &[Option<Ratio>],
        found: usize,
    ) -> Vec<Result<Change, StatsError>> {
        let mut changes = self.changes.clone();
        let mut open = open.to_vec();
        open.resize(changes.len(), None);
        let mut found = found;
        loop {
            let before = found;
            let left = Design {
                cases: self.design.cases.saturating_sub(found).max(1),
                ..self.design
            };
            for ((known, change), limit) in self.known.iter().zip(&mut changes).zip(&mut open) {
                let (Ok(known), Ok(change), Some(tolerated)) = (known, change, *limit) else {
                    continue;
                };
                if left.cases < self.design.cases {
                    change.low = known.low(&left);
                    change.detectable = known.detectable(&left);
                }
                if change.low.0 > tolerated.0 {
                    *limit = None;
                    found += 1;
                }
            }
            if found == before {
                return changes;
            }
        }
    }

    /// What the rounds promise of further ones.
    ///
    /// # Errors
    ///
    /// Per case, as for [`compare`].
    #[must_use]
    pub fn precisions(&self) -> Vec<Result<Precision, StatsError>> {
        let claims = Claims::of_baseline(&self.design);
        let each = |known: &Result<Known, StatsError>| {
            let known = known.as_ref().map_err(Clone::clone)?;
            Ok(Precision {
                rounds: known.within,
                recordings: (known.between.variance, known.between.freedom),
                claims,
            })
        };
        self.known.iter().map(each).collect()
    }
}

impl Known {
    fn of(case: &CaseRounds, logs: &Logs, within: (f64, f64)) -> Self {
        let variance = within.0;
        let between = Between::estimate([&logs.before, &logs.now], logs.relative_tick, variance);
        let (mean_before, weights_before) = weigh(&logs.before, between.variance, variance);
        let (mean_now, weights_now) = weigh(&logs.now, between.variance, variance);

        // Variance of the estimate from rounds, and from recordings: a recording
        // that stands on both sides counts by the difference of its weights.
        let from_rounds: f64 = [(&logs.before, &weights_before), (&logs.now, &weights_now)]
            .into_iter()
            .flat_map(|(side, weights)| {
                weights
                    .iter()
                    .filter_map(|(id, w)| Some(w * w * variance / side.get(id)?.rounds))
            })
            .sum();
        let recordings: BTreeSet<&u32> = weights_before.keys().chain(weights_now.keys()).collect();
        let from_recordings: f64 = recordings
            .into_iter()
            .map(|id| {
                let before = weights_before.get(id).copied().unwrap_or(0.0);
                let now = weights_now.get(id).copied().unwrap_or(0.0);
                (before - now).powi(2) * between.variance
            })
            .sum();
        Self {
            estimate: mean_now - mean_before,
            within,
            between,
            error: (from_rounds, from_recordings),
            looks: Looks::planned(case.before.len(), case.planned),
            rounds: (case.before.len(), case.now.len()),
            arrangements: None,
        }
    }

    fn half(&self, claim: Claim, looks: Looks) -> f64 {
        let level = claim.level(looks, self.rounds.1);
        let (rounds, recordings) = self.error;
        let by_rounds = t_quantile(level, self.within.1) * rounds.sqrt();
        let by_recordings = t_quantile(level, self.between.freedom) * recordings.sqrt();
        by_rounds.hypot(by_recordings).min(WIDEST)
    }

    fn slower(&self, design: &Design) -> f64 {
        let looks = looks_of_slower(self.looks);
        if self.rounds.1 < looks.first {
            return WIDEST;
        }
        let claim = Claims::of_baseline(design).slower;
        let half = self.half(claim, looks);
        let Some(arrangements) = &self.arrangements else {
            return half;
        };
        let least = match arrangements.low(claim.level(looks, self.rounds.1)) {
            Some(low) => self.estimate - low,
            // The last look has to do with what there is; an earlier one waits.
            None if self.rounds.1 < looks.last => WIDEST,
            None => half,
        };
        half.max(least).min(WIDEST)
    }

    fn low(&self, design: &Design) -> Ratio {
        on_a_scale(self.estimate - self.slower(design))
    }

    fn detectable(&self, design: &Design) -> Ratio {
        on_a_scale(self.slower(design))
    }

    fn change(&self, design: &Design) -> Change {
        let claims = Claims::of_baseline(design);
        let widths = Widths {
            slower: self.slower(design),
            faster: self.half(claims.faster, self.looks),
            pass: self.half(claims.pass, self.looks),
        };
        let (variance, freedom) = self.within;
        widths.around(self.estimate, variance.sqrt(), freedom, self.rounds)
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::kit::Nanos;

    const LIMIT: Ratio = Ratio(0.02);

    const ONE: Design = Design {
        confidence: 0.99,
        cases: 1,
    };

    /// A case whose rounds lie 0.4 % around 100 us, and by this much above it
    /// in the run.
    fn case(slower: f64) -> CaseRounds {
        let rounds = |recording, by: f64| -> Vec<Located> {
            [-1.4, -0.85, -0.45, -0.15, 0.15, 0.45, 0.85, 1.4]
                .iter()
                .map(|off| Located {
                    recording,
                    location: Nanos(1e5 * (by + 0.004 * off).exp()),
                })
                .collect()
        };
        CaseRounds {
            before: rounds(1, 0.0),
            now: rounds(2, slower.ln_1p()),
            tick: Nanos(1.0),
            planned: (3, 8),
        }
    }

    fn comparison(slower: &[f64]) -> Comparison {
        let cases: Vec<CaseRounds> = slower.iter().map(|by| case(*by)).collect();
        let design = Design {
            confidence: 0.99,
            cases: cases.len(),
        };
        Comparison::of(&cases, &design)
    }

    fn found(changes: &[Result<Change, StatsError>]) -> usize {
        let slower = |change: &&Result<Change, StatsError>| {
            change.as_ref().is_ok_and(|change| change.low.0 > LIMIT.0)
        };
        changes.iter().filter(slower).count()
    }

    /// Thirty cases share 1 %: one that is 3 % slower is not told from 2 % by
    /// its thirtieth; where 29 others are 20 % slower and found, it has all of
    /// the level.
    #[test]
    fn what_is_found_leaves_its_share_to_the_others() {
        let mut slower = vec![0.20; 30];
        slower[7] = 0.0286;
        let comparison = comparison(&slower);
        assert_eq!(found(&comparison.changes()), 29);
        let open = vec![Some(LIMIT); 30];
        let changes = comparison.step_down(&open, 0);
        assert_eq!(found(&changes), 30);
        // What was found at equal shares keeps its bound.
        assert_eq!(changes[0], comparison.changes()[0]);
        let raised = changes[7].as_ref().expect("rounds");
        let equal = comparison.changes()[7].clone().expect("rounds");
        assert!(raised.low.0 > equal.low.0 && raised.detectable.0 < equal.detectable.0);
        assert_eq!((raised.high, raised.top), (equal.high, equal.top));
    }

    #[test]
    fn without_a_first_nothing_is_passed_on() {
        let comparison = comparison(&[0.0286; 30]);
        let open = vec![Some(LIMIT); 30];
        assert_eq!(comparison.step_down(&open, 0), comparison.changes());
    }

    /// Cases found at earlier looks count, and closed ones are never found.
    #[test]
    fn earlier_finds_count_and_what_is_closed_stays_closed() {
        let comparison = comparison(&[0.0286; 30]);
        let mut open = vec![None; 30];
        open[3] = Some(LIMIT);
        let changes = comparison.step_down(&open, 29);
        assert_eq!(found(&changes), 1);
        assert!(
            changes[3]
                .as_ref()
                .is_ok_and(|change| change.low.0 > LIMIT.0)
        );
    }

    /// Of rounds in two modes, met equally often, and unchanged beyond the
    /// limit, one case alone: all looks from three to eight rounds against
    /// eight. Without `arrangements` it is 1.5 %.
    #[test]
    fn one_case_in_two_modes_is_called_slower_once_in_a_hundred_at_most() {
        let (seed, suites) = (20_261_125, 4000);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut alarms = 0;
        for _ in 0..suites {
            let mut side = |recording: u32| -> Vec<Located> {
                (0..8)
                    .map(|_| {
                        let normal: f64 = StandardNormal.sample(&mut random);
                        let mode = if random.random_bool(0.5) { 4.0 } else { 0.0 };
                        Located {
                            recording,
                            location: Nanos(1e5 * (0.008 * (0.3 * normal + mode)).exp()),
                        }
                    })
                    .collect()
            };
            // One recording, so that no variance between recordings helps.
            let (before, now) = (side(1), side(1));
            let mut open = true;
            for look in 3..=8 {
                let case = CaseRounds {
                    before: before.clone(),
                    now: now[..look].to_vec(),
                    tick: Nanos(1.0),
                    planned: (3, 8),
                };
                let change = compare(&[case], &ONE).remove(0).expect("rounds");
                alarms += usize::from(open && change.low.0 > 0.0);
                open &= change.low.0 <= 0.0 && change.high.0 >= 0.0;
            }
        }
        // The upper 97.5 % point of a binomial with 1 % of 4000.
        assert!(alarms <= 53, "seed {seed}: {alarms} of {suites} suites");
    }

    /// Eight rounds before and four now can be parted in 495 ways.
    #[test]
    fn few_rounds_pass_and_are_never_slower() {
        let mut few = case(0.5);
        few.now.truncate(4);
        let design = Design {
            confidence: 0.99,
            cases: 1,
        };
        let change = compare(&[few], &design).remove(0).expect("rounds");
        assert!(change.low.0 < -0.99 && !change.may_be_slower());
        // What is shown is an interval around the estimate all the same.
        assert!((change.estimate.0 - 0.5).abs() < 0.01);
        assert!(
            change.lower().0 > 0.45 && change.upper().0 < 0.55,
            "{change:?}"
        );
        let mut enough = case(0.5);
        enough.now.truncate(5);
        let change = compare(&[enough], &design).remove(0).expect("rounds");
        assert!(change.may_be_slower() && change.lower() == change.low);
    }
}
