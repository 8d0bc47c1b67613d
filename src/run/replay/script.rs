//! What a scripted device answers.

use serde::{Deserialize, Serialize};

use crate::kit::{
    Backend, Ceilings, DeviceFacts, DeviceKind, DeviceLimits, Features, Method, Nanos, Step, Timer,
};
use crate::run::Overhead;

/// What a scripted device answers, read from JSON.
///
/// All is optional. `{"cases": [{"match": "topk", "times": [1000, 2000]}]}` is
/// a device on which cases with `topk` in their identity take 1,000 ns in
/// round 0 and 2,000 ns in every later one, and all others 10 us.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// The adapter's name.
    pub adapter: String,
    /// Its kind.
    pub kind: DeviceKind,
    /// The interface that it claims.
    pub backend: Backend,
    /// The driver's name.
    pub driver: String,
    /// The driver's version.
    pub driver_info: String,
    /// The version of wgpu that it claims.
    pub wgpu: String,
    /// The CPU's model, for a software adapter.
    pub cpu: Option<String>,
    /// The clock.
    pub timer: Timer,
    /// Limits.
    pub limits: DeviceLimits,
    /// Optional abilities.
    pub features: Features,
    /// What probing finds.
    pub ceilings: Ceilings,
    /// Fails to open, with this sentence.
    pub no_adapter: Option<String>,
    /// Has other adapters than the one asked for, with this sentence.
    pub no_such_adapter: Option<String>,
    /// Seed of all noise.
    pub seed: u64,
    /// Cases; the first that matches decides.
    pub cases: Vec<ScriptedCase>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            adapter: "Replay".into(),
            kind: DeviceKind::Discrete,
            backend: Backend::Replay,
            driver: "script".into(),
            driver_info: "1.0".into(),
            wgpu: "30.0.1".into(),
            cpu: None,
            timer: Timer {
                method: Method::PassTimestamps,
                tick: Nanos(1.0),
                empty_pass: Nanos(640.0),
            },
            limits: DeviceLimits::webgpu_default(),
            features: Features {
                f16: true,
                subgroups: true,
                cooperative_matrix: false,
                timestamps: true,
                subgroup_min: 32,
                subgroup_max: 32,
            },
            ceilings: Ceilings {
                copy: 3e12,
                read: 3e12,
                fma_f32: 6e13,
                fma_f16: Some(1.2e14),
                cooperative_matrix: None,
                launch: Nanos(3_500.0),
                cache: Some(50 << 20),
            },
            no_adapter: None,
            no_such_adapter: None,
            seed: 0,
            cases: Vec::new(),
        }
    }
}

/// How one or several cases behave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScriptedCase {
    /// Part of a case's identity; `*` stands for anything. Empty: every case.
    #[serde(rename = "match")]
    pub matches: String,
    /// Part of the case's WGSL, by which two versions of a case are told
    /// apart. Empty: whatever it is.
    pub wgsl: String,
    /// Rounds in which this entry counts; empty: all.
    pub rounds: Vec<u32>,
    /// Nanoseconds of one run, by round; the last holds for all later ones.
    pub times: Vec<f64>,
    /// Shares of the stages in the whole; equal ones where missing.
    pub stages: Vec<f64>,
    /// Deviation of samples within a round, relative.
    pub jitter: f64,
    /// Deviation of rounds around `times`, relative: what a process draws.
    pub offset: f64,
    /// Deviation of rounds in which a pair's version now is off from the one
    /// before, relative: what a process draws for one and not for the other.
    pub pair_offset: f64,
    /// By how much a pair's version now reads slower than it is, relative, in
    /// every process: a machine that favours one of the two.
    pub pair_bias: f64,
    /// Samples of a round.
    pub samples: u32,
    /// What was done about the cost of a pass, unless it is pinned.
    pub overhead: Overhead,
    /// Runs timed together, unless it is pinned.
    pub batch: u32,
    /// How fast the device clocked, in FLOP a second of multiply-adds.
    pub clock: Option<f64>,
    /// What goes wrong.
    pub behaviour: Behaviour,
}

impl Default for ScriptedCase {
    fn default() -> Self {
        Self {
            matches: String::new(),
            wgsl: String::new(),
            rounds: Vec::new(),
            times: vec![10_000.0],
            stages: Vec::new(),
            jitter: 0.002,
            offset: 0.0,
            pair_offset: 0.0,
            pair_bias: 0.0,
            samples: 20,
            overhead: Overhead::EmptyPass,
            batch: 1,
            clock: None,
            behaviour: Behaviour::Right,
        }
    }
}

impl ScriptedCase {
    /// Time of a round before noise, in nanoseconds.
    pub(super) fn time(&self, round: u32) -> f64 {
        let last = self.times.len().saturating_sub(1);
        let at = usize::try_from(round).map_or(last, |round| round.min(last));
        self.times.get(at).copied().unwrap_or(10_000.0)
    }

    /// Whether this entry speaks of a case of this WGSL in a round.
    pub(super) fn speaks_of(&self, case: &str, wgsl: &str, round: u32) -> bool {
        (self.rounds.is_empty() || self.rounds.contains(&round))
            && contains(case, &self.matches)
            && contains(wgsl, &self.wgsl)
    }
}

/// Whether the parts of a pattern between its `*` stand in a text in order.
fn contains(text: &str, pattern: &str) -> bool {
    let mut rest = text;
    for part in pattern.split('*') {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// What goes wrong with a case. Steps are `prepare`, `verify`, `reference` (of
/// a case that has one in WGSL) and `sample`;
/// another one means the first of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behaviour {
    /// Nothing.
    #[default]
    Right,
    /// Two runs differ, both within tolerance; wrong where the case declares
    /// itself deterministic.
    NotRepeatable,
    /// The output is wrong.
    Wrong,
    /// An element is never written.
    Unwritten,
    /// The output is right at first and wrong after timing.
    WrongAfter,
    /// wgpu refuses the pipeline.
    Refused,
    /// Creating the pipeline panics.
    Panics,
    /// The device is lost.
    DeviceLost(Step),
    /// The process aborts.
    Crashes(Step),
    /// No answer ever comes.
    Hangs(Step),
    /// A line on the pipe that begins as an answer and is none.
    Babbles(Step),
    /// The driver prints to the pipe, which does no harm.
    Prints,
    /// Times are NaN.
    NotANumber,
    /// Times are zero.
    Zero,
    /// Passes end before they begin.
    Backwards,
}

impl Script {
    /// What the device says of itself.
    #[must_use]
    pub fn facts(&self) -> DeviceFacts {
        DeviceFacts {
            adapter: self.adapter.clone(),
            kind: self.kind,
            backend: self.backend,
            driver: self.driver.clone(),
            driver_info: self.driver_info.clone(),
            wgpu: self.wgpu.clone(),
            cpu: self.cpu.clone(),
            timer: self.timer,
            limits: self.limits,
            features: self.features,
        }
    }

    /// How a case of this WGSL behaves in a round.
    pub(super) fn entry(&self, case: &str, wgsl: &str, round: u32) -> ScriptedCase {
        self.cases
            .iter()
            .find(|entry| entry.speaks_of(case, wgsl, round))
            .cloned()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_its_parts_in_order() {
        let id = "moe/topk[experts=8,k=2]@workgroup=64";
        assert!(contains(id, ""));
        assert!(contains(id, "topk[experts=8"));
        assert!(contains(id, "topk*workgroup=64"));
        assert!(!contains(id, "workgroup=64*topk"));
        assert!(!contains(id, "combine"));
    }

    #[test]
    fn the_last_time_holds_for_all_later_rounds() {
        let entry = ScriptedCase {
            times: vec![100.0, 200.0],
            ..ScriptedCase::default()
        };
        assert_eq!(
            [0, 1, 2, 99].map(|r| entry.time(r)),
            [100.0, 200.0, 200.0, 200.0]
        );
    }

    #[test]
    fn a_short_script_reads_and_an_unknown_key_does_not() {
        let script: Script = serde_json::from_str(
            r#"{"adapter": "X", "cases": [{"match": "topk", "behaviour": {"hangs": "sample"}}]}"#,
        )
        .expect("reads");
        assert_eq!(script.adapter, "X");
        assert_eq!(script.cases[0].behaviour, Behaviour::Hangs(Step::Sample));
        assert_eq!(script.entry("other", "", 0).behaviour, Behaviour::Right);
        assert!(serde_json::from_str::<Script>(r#"{"casez": []}"#).is_err());
    }

    #[test]
    fn an_entry_counts_in_its_rounds_only() {
        let script = Script {
            cases: vec![ScriptedCase {
                rounds: vec![1],
                behaviour: Behaviour::Wrong,
                ..ScriptedCase::default()
            }],
            ..Script::default()
        };
        assert_eq!(script.entry("a", "", 0).behaviour, Behaviour::Right);
        assert_eq!(script.entry("a", "", 1).behaviour, Behaviour::Wrong);
    }
}
