//! What goes over the pipe.

use serde::{Deserialize, Serialize};

use crate::kit::{Ceilings, Correctness, DeviceFacts, Lost, LostCause, Step};
use crate::run::{Handle, Job, PairRequest, PairRound, Prepared, Round, SampleRequest};

/// Version of the protocol; both ends are the same program, but an old child
/// of a program that was replaced may still answer.
pub(super) const VERSION: u32 = 2;

/// What an answer's line begins with: drivers print to the same pipe.
pub(super) const TOKEN: &str = "@gate-answer ";

/// The longest line of an answer: a round has at most some thousand numbers.
pub(super) const LONGEST_ANSWER: usize = 8 << 20;

/// The longest line of a request, which carries the WGSL of a case.
pub(super) const LONGEST_REQUEST: usize = 256 << 20;

/// A request.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// [`VERSION`].
    pub(super) version: u32,
    /// Counted from 1.
    pub(super) id: u64,
    /// What is asked.
    pub(super) ask: Ask,
}

/// What is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ask {
    /// Open the device.
    Hello,
    /// As [`Device::facts`](crate::run::Device::facts).
    Facts,
    /// As [`Device::probe`](crate::run::Device::probe).
    Probe,
    /// As [`Device::prepare`](crate::run::Device::prepare).
    Prepare(Box<Job>),
    /// As [`Device::verify`](crate::run::Device::verify).
    Verify(Handle),
    /// As [`Device::sample`](crate::run::Device::sample).
    Sample(Handle, SampleRequest),
    /// As [`Device::prepare_beside`](crate::run::Device::prepare_beside).
    PrepareBeside(Box<Job>, Handle),
    /// As [`Device::sample_pair`](crate::run::Device::sample_pair).
    SamplePair(Handle, Handle, PairRequest),
    /// As [`Device::release`](crate::run::Device::release).
    Release(Handle),
}

impl Ask {
    /// What a loss on the way would be a loss of.
    pub(super) fn step(&self) -> Step {
        match self {
            Self::Hello | Self::Facts => Step::Start,
            Self::Probe => Step::Probe,
            Self::Prepare(_) | Self::PrepareBeside(..) => Step::Prepare,
            Self::Verify(_) => Step::Verify,
            Self::Sample(..) | Self::SamplePair(..) | Self::Release(_) => Step::Sample,
        }
    }
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    /// [`VERSION`].
    pub(super) version: u32,
    /// The request's.
    pub(super) id: u64,
    /// What came of it.
    pub(super) outcome: Result<Reply, Lost>,
}

/// What came of a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reply {
    /// To [`Ask::Hello`].
    Opened,
    /// To [`Ask::Facts`].
    Facts(Box<DeviceFacts>),
    /// To [`Ask::Probe`].
    Ceilings(Ceilings),
    /// To [`Ask::Prepare`] and [`Ask::PrepareBeside`].
    Prepared(Prepared),
    /// To [`Ask::Verify`].
    Correctness(Correctness),
    /// To [`Ask::Sample`].
    Round(Round),
    /// To [`Ask::SamplePair`].
    Pair(Box<PairRound>),
    /// To [`Ask::Release`].
    Released,
}

/// Reads an answer's line, its token stripped.
///
/// # Errors
///
/// Why the line is no answer to this request: [`LostCause::Garbage`] where
/// times are no numbers (JSON writes NaN as `null`), else
/// [`LostCause::Protocol`].
pub(super) fn read_answer(line: &[u8], id: u64) -> Result<Result<Reply, Lost>, LostCause> {
    let answer: Answer = serde_json::from_slice(line).map_err(|error| {
        if times_without_numbers(line) {
            LostCause::Garbage("a time that is no number".into())
        } else {
            LostCause::Protocol(error.to_string())
        }
    })?;
    if answer.version != VERSION {
        return Err(LostCause::Protocol(format!(
            "version {} of the protocol, and this gate speaks {VERSION}",
            answer.version
        )));
    }
    if answer.id != id {
        return Err(LostCause::Protocol(format!(
            "an answer to request {} instead of {id}",
            answer.id
        )));
    }
    Ok(answer.outcome)
}

/// Whether the times of a round, or of a pair's, hold `null`.
fn times_without_numbers(line: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(line) else {
        return false;
    };
    let reply = &value["outcome"]["Ok"];
    let pair = &reply["pair"];
    [&reply["round"], &pair["before"], &pair["now"]]
        .into_iter()
        .any(holds_null)
        || ["before", "now"]
            .iter()
            .any(|side| times_hold_null(&pair["cpu"][side]))
}

fn times_hold_null(times: &serde_json::Value) -> bool {
    times
        .as_array()
        .is_some_and(|times| times.iter().any(serde_json::Value::is_null))
}

fn holds_null(round: &serde_json::Value) -> bool {
    ["samples", "wall"]
        .iter()
        .any(|key| times_hold_null(&round[key]))
        || round["stages"]
            .as_array()
            .is_some_and(|stages| stages.iter().any(times_hold_null))
        || ["tick", "busy", "elapsed"]
            .iter()
            .any(|key| round.get(key).is_some_and(serde_json::Value::is_null))
}
