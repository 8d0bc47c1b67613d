//! Rows of samples become rounds, in bounded memory.

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use crate::kit::{CaseId, Nanos};
use crate::stats::{Summary, summarize};

use super::SampleRecording;
use super::parse::Fault;
use super::rows::{RowError, Rows};
use super::samples::Columns;

/// Rounds of all cases together that are taken of a file.
const MOST_ROUNDS: usize = 2 << 20;

/// Two samples nearer to each other than this, relative, are one: what is
/// between them is rounding, and not the clock's step.
const SAME: f64 = 1e-9;

/// A round of a case of a recording, by their numbers here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    recording: usize,
    case: usize,
    round: u64,
}

/// Samples of a round as far as they were read.
struct Held {
    /// Line of the first.
    line: usize,
    /// Number within the round, and time in ns.
    samples: Vec<(u64, f64)>,
}

/// What a file said so far.
#[derive(Default)]
pub(super) struct Gathering {
    warmup: usize,
    most_held: usize,
    recordings: Vec<(String, String)>,
    cases: Vec<String>,
    recording_numbers: HashMap<(String, String), usize>,
    case_numbers: HashMap<String, usize>,
    held: HashMap<Key, Held>,
    count_held: usize,
    done: HashMap<Key, Summary>,
    steps: HashMap<(usize, usize), f64>,
}

impl Gathering {
    /// Nothing yet: of each round the first samples are warm-up, and so many
    /// are held at once.
    pub(super) fn new(warmup: usize, most_held: usize) -> Self {
        Self {
            warmup,
            most_held,
            ..Self::default()
        }
    }

    /// Takes in one row.
    ///
    /// # Errors
    ///
    /// [`RowError::Fault`].
    pub(super) fn row<R: BufRead>(
        &mut self,
        rows: &Rows<R>,
        columns: &Columns,
    ) -> Result<(), RowError> {
        if rows.len() != columns.count {
            let last = rows.len().saturating_sub(1);
            return Err(rows.fault(
                last,
                format!(
                    "this row has {} fields, and the first line names {} columns",
                    rows.len(),
                    columns.count
                ),
            ));
        }
        let whole = |index: usize, what: &str| -> Result<u64, RowError> {
            let text = rows.field(index)?;
            text.parse().map_err(|_| {
                let text = short(text);
                rows.fault(
                    index,
                    format!("`{text}` is no {what}: it is a whole number"),
                )
            })
        };
        let named = |index: usize, what: &str| -> Result<&str, RowError> {
            match rows.field(index)? {
                "" => Err(rows.fault(index, format!("the {what} has no name"))),
                name => Ok(name),
            }
        };
        let text = rows.field(columns.gpu_ns)?;
        let time: f64 = text
            .parse()
            .ok()
            .filter(|time: &f64| time.is_finite() && *time > 0.0)
            .ok_or_else(|| {
                let text = short(text);
                rows.fault(
                    columns.gpu_ns,
                    format!("`{text}` is no time: it is a number of ns above zero"),
                )
            })?;
        let key = Key {
            recording: self.recording(
                rows.field(columns.device)?,
                named(columns.recording, "recording")?,
            ),
            case: self.case(named(columns.case, "case")?),
            round: whole(columns.round, "round")?,
        };
        let sample = columns
            .sample
            .map(|index| whole(index, "number of a sample"))
            .transpose()?;
        if self.done.contains_key(&key) {
            return Err(rows.fault(
                columns.round,
                format!(
                    "round {} of `{}` stands apart from its other rows, which a file of more \
                     than {} samples may not do; sort it by recording, case, round and sample",
                    key.round, self.cases[key.case], self.most_held
                ),
            ));
        }
        let held = self.held.entry(key).or_insert_with(|| Held {
            line: rows.line(),
            samples: Vec::new(),
        });
        let number = sample.unwrap_or(held.samples.len() as u64);
        held.samples.push((number, time));
        self.count_held += 1;
        if self.count_held > self.most_held {
            self.let_go(key)?;
        }
        if self.held.len() + self.done.len() > MOST_ROUNDS {
            return Err(rows.fault(
                columns.round,
                format!("there are more than {MOST_ROUNDS} rounds up to here; split the file"),
            ));
        }
        Ok(())
    }

    fn recording(&mut self, device: &str, recording: &str) -> usize {
        let name = (device.to_owned(), recording.to_owned());
        if let Some(number) = self.recording_numbers.get(&name) {
            return *number;
        }
        self.recordings.push(name.clone());
        self.recording_numbers
            .insert(name, self.recordings.len() - 1);
        self.recordings.len() - 1
    }

    fn case(&mut self, case: &str) -> usize {
        if let Some(number) = self.case_numbers.get(case) {
            return *number;
        }
        self.cases.push(case.to_owned());
        self.case_numbers
            .insert(case.to_owned(), self.cases.len() - 1);
        self.cases.len() - 1
    }

    /// Sums up every round but the one that rows come of.
    fn let_go(&mut self, current: Key) -> Result<(), RowError> {
        let others: Vec<Key> = self
            .held
            .keys()
            .copied()
            .filter(|key| *key != current)
            .collect();
        for key in others {
            self.sum_up(key)?;
        }
        match self.held.get(&current) {
            Some(held) if held.samples.len() > self.most_held => Err(RowError::Fault(Fault {
                line: held.line,
                column: 1,
                message: format!(
                    "round {} of `{}` has more than {} samples, which no round needs",
                    current.round, self.cases[current.case], self.most_held
                ),
            })),
            Some(_) | None => Ok(()),
        }
    }

    /// Makes one number of a round's samples.
    fn sum_up(&mut self, key: Key) -> Result<(), RowError> {
        let Some(Held { line, mut samples }) = self.held.remove(&key) else {
            return Ok(());
        };
        self.count_held -= samples.len();
        let case = &self.cases[key.case];
        let fault = |message: String| {
            RowError::Fault(Fault {
                line,
                column: 1,
                message,
            })
        };
        samples.sort_by_key(|(number, _)| *number);
        if let Some(twice) = samples.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(fault(format!(
                "sample {} of round {} of `{case}` stands twice in recording `{}`; two \
                 recordings in one file need names of their own (`gate run --recording`)",
                twice[0].0, key.round, self.recordings[key.recording].1
            )));
        }
        let mut times: Vec<f64> = samples
            .iter()
            .skip(self.warmup)
            .map(|(_, time)| *time)
            .collect();
        let summary = summarize(&times).map_err(|error| {
            fault(format!(
                "round {} of `{case}`, {} without the first {} for warm-up: {error}; give \
                 fewer with `--warmup`",
                key.round,
                plural(samples.len(), "sample"),
                self.warmup
            ))
        })?;
        times.sort_by(f64::total_cmp);
        let step = times
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .filter(|step| *step > summary.location.0 * SAME)
            .fold(f64::INFINITY, f64::min);
        let smallest = self
            .steps
            .entry((key.recording, key.case))
            .or_insert(f64::INFINITY);
        *smallest = smallest.min(step);
        self.done.insert(key, summary);
        Ok(())
    }

    /// The end of the file.
    ///
    /// # Errors
    ///
    /// [`RowError::Fault`].
    pub(super) fn finish(mut self) -> Result<Vec<SampleRecording>, RowError> {
        // In the order of their lines, so that the first mistake is told.
        let mut keys: Vec<(usize, Key)> = self
            .held
            .iter()
            .map(|(key, held)| (held.line, *key))
            .collect();
        keys.sort_by_key(|(line, _)| *line);
        for (_, key) in keys {
            self.sum_up(key)?;
        }
        let mut recordings: Vec<SampleRecording> = self
            .recordings
            .into_iter()
            .map(|(device, recording)| SampleRecording {
                device,
                recording,
                cases: BTreeMap::new(),
            })
            .collect();
        for (key, summary) in self.done {
            let case = recordings[key.recording]
                .cases
                .entry(CaseId(self.cases[key.case].clone()))
                .or_default();
            case.rounds.push((key.round, summary));
            case.step = self
                .steps
                .get(&(key.recording, key.case))
                .copied()
                .filter(|step| step.is_finite())
                .map(Nanos);
        }
        for case in recordings.iter_mut().flat_map(|one| one.cases.values_mut()) {
            case.rounds.sort_by_key(|(round, _)| *round);
        }
        Ok(recordings)
    }
}

/// A text from a file, short enough for a message.
fn short(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
