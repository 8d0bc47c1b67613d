//! A search that goes on where it was interrupted: after each round all that
//! it knows is kept, in one step, below the project's `.gate/`.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::app::AppError;
use crate::app::last_report::own_folder;
use crate::app::measuring::{CaseOutcome, Measurement, Resumed};
use crate::baseline::StoreError;
use crate::kit::{Correctness, DeviceKey, Lost};
use crate::rounds::Tournament;
use crate::run::Round;
use crate::stats::Summary;

/// Version of the form.
const FORMAT: u32 = 1;

/// The most that is read.
const MAX_BYTES: u64 = 256 << 20;

/// All that a search knows.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    format: u32,
    /// Digest of what is searched, where and how: a state of anything else is
    /// of no use.
    key: String,
    /// Seed of order and inputs.
    pub(super) seed: u64,
    /// The next round.
    pub(super) round: u32,
    /// One for each case.
    pub(super) tournaments: Vec<Tournament>,
    /// One for each candidate, those of a case together.
    cases: Vec<Saved>,
}

/// What is known of one candidate.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    correctness: Option<Correctness>,
    losses: Vec<Lost>,
    checked_form_failed: bool,
    slow_clock: u32,
    rounds: Vec<SavedRound>,
}

/// One round, without its samples.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedRound {
    round: u32,
    raw: Round,
    summary: Summary,
}

impl State {
    /// What there is after a round.
    pub(super) fn of(
        key: &str,
        seed: u64,
        round: u32,
        tournaments: &[Tournament],
        cases: &[CaseOutcome],
    ) -> Self {
        Self {
            format: FORMAT,
            key: key.to_owned(),
            seed,
            round,
            tournaments: tournaments.to_vec(),
            cases: cases.iter().map(Saved::of).collect(),
        }
    }

    /// Where measuring goes on; what is done is the search's to say.
    pub(super) fn resumed(&self) -> Resumed {
        Resumed {
            cases: self.cases.iter().map(Saved::outcome).collect(),
            done: Vec::new(),
            round: self.round,
        }
    }
}

impl Saved {
    fn of(case: &CaseOutcome) -> Self {
        Self {
            correctness: case.correctness.clone(),
            losses: case.losses.clone(),
            checked_form_failed: case.checked_form_failed,
            slow_clock: case.slow_clock,
            rounds: case
                .rounds
                .iter()
                .map(|round| SavedRound {
                    round: round.round,
                    raw: Round {
                        samples: Vec::new(),
                        stages: Vec::new(),
                        wall: Vec::new(),
                        ..round.raw.clone()
                    },
                    summary: round.summary,
                })
                .collect(),
        }
    }

    fn outcome(&self) -> CaseOutcome {
        let mut case = CaseOutcome::default();
        case.correctness.clone_from(&self.correctness);
        case.losses.clone_from(&self.losses);
        case.checked_form_failed = self.checked_form_failed;
        case.slow_clock = self.slow_clock;
        case.rounds = self
            .rounds
            .iter()
            .map(|saved| Measurement {
                round: saved.round,
                raw: saved.raw.clone(),
                summary: saved.summary,
                before: None,
            })
            .collect();
        case
    }
}

/// What was kept of an earlier search.
#[derive(Debug)]
pub(super) enum Kept {
    /// Nothing.
    Nothing,
    /// A state to go on from.
    This(Box<State>),
    /// A state of no use here, and why.
    Other(String),
}

/// Where the state of one suite on one device is kept, held by this process
/// alone.
#[derive(Debug)]
pub(super) struct Keeper {
    path: PathBuf,
    _lock: File,
}

impl Keeper {
    /// Takes the place, which no other search may hold.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`]; [`AppError::Write`] where the folder cannot be
    /// made.
    pub(super) fn of(root: &Path, device: &DeviceKey, suite: &str) -> Result<Self, AppError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| AppError::Write { path, source }
        };
        let own = own_folder(root).map_err(failed(root))?;
        let folder = own.join("tune").join(&device.0);
        let path = folder.join(format!("{suite}.json"));
        let lock_path = folder.join(format!("{suite}.lock"));
        fs::create_dir_all(&folder).map_err(failed(&folder))?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(failed(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: lock_path }.into()),
            Err(TryLockError::Error(source)) => Err(failed(&lock_path)(source)),
        }
    }

    /// What an earlier search of this key left. A file that cannot be read is
    /// of no use, and no loss: what it cost was time.
    pub(super) fn load(&self, key: &str, candidates: &[usize]) -> Kept {
        let text = match read(&self.path) {
            Ok(Some(text)) => text,
            Ok(None) => return Kept::Nothing,
            Err(error) => return Kept::Other(format!("cannot be read ({error})")),
        };
        match serde_json::from_str::<State>(&text) {
            Ok(state) if state.format != FORMAT || state.key != key => {
                Kept::Other("is of another spec, device, driver or gate".to_owned())
            }
            Ok(state) if !state.fits(candidates) => {
                Kept::Other("does not hold together".to_owned())
            }
            Ok(state) => Kept::This(Box::new(state)),
            Err(error) => Kept::Other(format!("cannot be read ({error})")),
        }
    }

    /// Keeps a state, in one step: killed at any moment, this one or the one
    /// before is there, whole.
    pub(super) fn save(&self, state: &State) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .prefix(".gate-")
            .suffix(".tmp")
            .tempfile_in(folder)?;
        file.write_all(&serde_json::to_vec(state)?)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    /// Forgets: the search is over, or to begin anew.
    pub(super) fn forget(&self) {
        // Where it stays, its key still says what it is of.
        let _ = fs::remove_file(&self.path);
    }
}

impl State {
    /// Whether it is of so many candidates for each case, and of rounds that
    /// were measured.
    fn fits(&self, candidates: &[usize]) -> bool {
        let fates = self.tournaments.iter().map(|one| one.fates().len());
        let rounds = self.cases.iter().flat_map(|case| &case.rounds);
        let time = |round: &SavedRound| round.summary.location.0;
        fates.eq(candidates.iter().copied())
            && self.cases.len() == candidates.iter().sum::<usize>()
            && rounds
                .into_iter()
                .all(|one| one.round < self.round && time(one).is_finite() && time(one) > 0.0)
    }
}

fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text)?;
    Ok(Some(text))
}
