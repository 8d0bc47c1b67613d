//! Measuring a case in turns with another version of it.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::kit::{Correctness, Lost, LostCause, Step};
use crate::rounds::LOST_FOR_GOOD;
use crate::run::{PairMeasured, PairRequest, PairRound, PairWanted, SampleRequest, StageTimes};
use crate::stats::{PairSummary, Summary, summarize, summarize_pair};

use super::measuring::{CaseOutcome, Measurement, Suite};

/// The other version in one round.
#[derive(Clone, Debug)]
pub(super) struct Before {
    /// Its location and spread.
    pub(super) summary: Summary,
    /// What the blocks say of both.
    pub(super) pair: PairSummary,
    /// They say it by CPU time.
    pub(super) by_cpu: bool,
    /// The stages of both, where one is a pipeline.
    pub(super) stages: Option<StageTimes>,
    /// Digest of its outputs.
    digest: Option<u64>,
}

/// What is known of the other version.
#[derive(Clone, Debug, Default)]
pub(super) struct OtherVersion {
    /// Verification.
    pub(super) correctness: Option<Correctness>,
    /// Its own losses.
    pub(super) losses: Vec<Lost>,
}

impl OtherVersion {
    /// Whether it can be timed against.
    pub(super) fn is_usable(&self) -> bool {
        self.why_not().is_none()
    }

    /// Why it cannot be timed against, if so: its outputs are wrong, or it was
    /// lost too often.
    pub(super) fn why_not(&self) -> Option<String> {
        if let Some(Correctness::Wrong { mismatch }) = &self.correctness {
            return Some(format!("its output is wrong there: {mismatch}"));
        }
        if self.losses.len() < LOST_FOR_GOOD as usize {
            return None;
        }
        self.losses
            .last()
            .map(|lost| format!("it is lost there while {lost}"))
    }
}

impl Suite<'_> {
    /// How to measure a pair in a round: order and turns are drawn for each
    /// anew.
    pub(super) fn pair_wanted(
        &self,
        round: u32,
        index: usize,
        verify: bool,
        sample: SampleRequest,
    ) -> PairWanted {
        let outcome = &self.cases[index];
        let mut random = ChaCha8Rng::seed_from_u64(self.plan.seed);
        // Streams of the scheduler are below 2^32.
        random.set_stream((u64::from(round) << 32) | (index as u64 + 1));
        PairWanted {
            verify,
            verify_before: outcome.other.correctness.is_none(),
            before_first: random.random(),
            request: PairRequest {
                sample,
                verified_before: outcome.digest_before(),
                seed: random.next_u64(),
            },
        }
    }
}

impl CaseOutcome {
    /// Digest of the other version's outputs that were judged right, where
    /// they repeat.
    fn digest_before(&self) -> Option<u64> {
        match self.other.correctness {
            Some(Correctness::Right {
                repeatable: true, ..
            }) => self
                .rounds
                .iter()
                .find_map(|round| round.before.as_ref()?.digest),
            Some(
                Correctness::Right { .. }
                | Correctness::Wrong { .. }
                | Correctness::Unknown
                | Correctness::NotAsked,
            )
            | None => None,
        }
    }

    /// Takes in what a worker measured of both versions; garbage times count
    /// as a loss.
    pub(super) fn take_pair(&mut self, round: u32, measured: PairMeasured) {
        self.compile.get_or_insert(measured.prepared.compile);
        if let Some(correctness) = measured.correctness {
            self.judge(correctness);
        }
        if let Some(correctness) = measured.correctness_before {
            self.other.correctness = Some(correctness);
        }
        let Some(PairRound {
            before,
            now,
            cpu,
            stages,
        }) = measured.round
        else {
            return;
        };
        self.judge(now.after.clone());
        let summaries = summarize(&now.samples).and_then(|summary| {
            let pair = match &cpu {
                Some(cpu) => summarize_pair(&cpu.before, &cpu.now)?,
                None => summarize_pair(&before.samples, &now.samples)?,
            };
            Ok((summary, summarize(&before.samples)?, pair))
        });
        match summaries {
            Ok((summary, summary_before, pair)) => self.rounds.push(Measurement {
                round,
                raw: now,
                summary,
                before: Some(Before {
                    summary: summary_before,
                    pair,
                    by_cpu: cpu.is_some(),
                    stages,
                    digest: before.digest,
                }),
            }),
            Err(error) => self.losses.push(Lost::new(
                Step::Sample,
                LostCause::Garbage(error.to_string()),
            )),
        }
    }
}
