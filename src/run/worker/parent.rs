//! The parent's end.

use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::kit::{Ceilings, Correctness, DeviceFacts, Lost, LostCause, Step};
use crate::run::doing;
use crate::run::{Device, Handle, Job, PairRequest, PairRound, Prepared, Round, SampleRequest};

use super::line::{Line, read_line};
use super::protocol::{Ask, LONGEST_ANSWER, Reply, Request, TOKEN, VERSION, read_answer};

/// Lines of the child's standard error that are kept, and how much of each.
const ERROR_LINES: usize = 12;
const ERROR_LINE: usize = 400;

/// How long a child that was told to end may take before it is killed, and how
/// long a killed one is waited for: a driver can keep it beyond reach.
const FAREWELL: Duration = Duration::from_secs(2);

/// Host time of a timing request, in multiples of the requested GPU time:
/// warm-up and sampling have caps of their own below it.
const SAMPLE_SHARE: f64 = 16.0;

/// How long each request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Start, and facts with their clock.
    pub start: Duration,
    /// Ceilings.
    pub probe: Duration,
    /// Compile and fill.
    pub prepare: Duration,
    /// Run twice and compare.
    pub verify: Duration,
    /// Time; a multiple of the requested GPU time is added.
    pub sample: Duration,
}

impl Deadlines {
    /// The same for every request.
    #[must_use]
    pub fn all(deadline: Duration) -> Self {
        Self {
            start: deadline,
            probe: deadline,
            prepare: deadline,
            verify: deadline,
            sample: deadline,
        }
    }

    fn sampling(&self, requested: f64) -> Duration {
        let seconds = requested * SAMPLE_SHARE;
        // An hour at most, whatever was asked for; NaN adds nothing.
        let more = Duration::try_from_secs_f64(seconds.clamp(0.0, 3_600.0));
        self.sample + more.unwrap_or_default()
    }

    fn of(&self, ask: &Ask) -> Duration {
        match ask {
            Ask::Hello | Ask::Facts => self.start,
            Ask::Probe => self.probe,
            Ask::Prepare(_) | Ask::PrepareBeside(..) => self.prepare,
            Ask::Verify(_) => self.verify,
            Ask::Sample(_, request) => self.sampling(request.time.seconds()),
            Ask::SamplePair(_, _, request) => {
                // Both versions, each for that long.
                self.sampling(2.0 * request.sample.time.seconds())
            }
            Ask::Release(_) => self.prepare,
        }
    }
}

/// How often a waiting parent asks whether it is to stop.
const PATIENCE: Duration = Duration::from_millis(50);

/// What the reading thread heard.
#[derive(Debug)]
enum Heard {
    Answer(Vec<u8>),
    TooLong,
}

/// The file of the reference in WGSL that the child is running, if it is.
type Reference = Arc<Mutex<Option<String>>>;

/// The last lines of the child's standard error.
type Tail = Arc<Mutex<VecDeque<String>>>;

/// A device in a child process. A request that is not answered in time, a
/// child that ends, or one that answers nonsense is a [`Lost`] and the end of
/// this worker: every later request gets the same, and a new worker has to be
/// started. A loss that the child itself reports, such as a pipeline that
/// panicked, leaves it alive.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    /// None once the child is dead.
    requests: Option<Sender<Vec<u8>>>,
    answers: Receiver<Heard>,
    reference: Reference,
    tail: Tail,
    /// Closes when the child's standard error does.
    tail_ends: Receiver<()>,
    deadlines: Deadlines,
    /// Whether someone wants the run to end: no answer is waited for then.
    stop: fn() -> bool,
    facts: Option<DeviceFacts>,
    asked: u64,
    lost: Option<LostCause>,
}

impl Worker {
    /// Starts a child, and has it open its device.
    ///
    /// # Errors
    ///
    /// [`Lost`] at [`Step::Start`]: what the child reports, or that it does
    /// not start or answer.
    pub fn start(command: Command, deadlines: Deadlines) -> Result<Self, Lost> {
        Self::start_until(command, deadlines, || false)
    }

    /// The same, for a run that may be told to end: once `stop` says so, no
    /// answer is waited for any longer, and the request that is under way is
    /// lost with its worker.
    ///
    /// # Errors
    ///
    /// As for [`Worker::start`].
    pub fn start_until(
        mut command: Command,
        deadlines: Deadlines,
        stop: fn() -> bool,
    ) -> Result<Self, Lost> {
        let crashed = |what: String| {
            Lost::new(
                Step::Start,
                LostCause::Crashed(format!("not started: {what}")),
            )
        };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| crashed(error.to_string()))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(crashed("without pipes".into()));
        };
        let (requests, to_write) = mpsc::channel();
        let (heard, answers) = mpsc::sync_channel(4);
        let (tail_open, tail_ends) = mpsc::channel();
        let tail = Tail::default();
        let kept = Arc::clone(&tail);
        // None of the three threads outlives the child's end of its pipe.
        std::thread::spawn(move || write_all(stdin, &to_write));
        let reference = Reference::default();
        let running = Arc::clone(&reference);
        std::thread::spawn(move || listen(stdout, &heard, &running));
        std::thread::spawn(move || keep_tail(stderr, &kept, tail_open));
        let mut worker = Self {
            child,
            requests: Some(requests),
            answers,
            reference,
            tail,
            tail_ends,
            deadlines,
            stop,
            facts: None,
            asked: 0,
            lost: None,
        };
        match worker.ask(Ask::Hello)? {
            Reply::Opened => {}
            other => return Err(worker.unfitting(Step::Start, &other)),
        }
        Ok(worker)
    }

    /// Whether the child is of no more use.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.lost.is_some()
    }

    /// Has the child end, without waiting for it: a driver takes its time to
    /// give back memory, in which the next child can start. The thread ends
    /// with the child, which is killed if it stays too long.
    #[must_use]
    pub fn dismiss(self) -> JoinHandle<()> {
        std::thread::spawn(move || drop(self))
    }

    fn ask(&mut self, ask: Ask) -> Result<Reply, Lost> {
        let step = ask.step();
        let deadline = self.deadlines.of(&ask);
        if let Some(cause) = &self.lost {
            return Err(Lost::new(step, cause.clone()));
        }
        self.asked += 1;
        let request = Request {
            version: VERSION,
            id: self.asked,
            ask,
        };
        let mut line = serde_json::to_vec(&request).map_err(|error| {
            Lost::new(
                step,
                LostCause::Protocol(format!("the request cannot be written: {error}")),
            )
        })?;
        line.push(b'\n');
        if let Some(requests) = &self.requests {
            // Fails only where the child no longer reads; its pipe tells.
            drop(requests.send(line));
        }
        match self.hear(deadline) {
            Ok(Heard::Answer(line)) => {
                read_answer(&line, self.asked).unwrap_or_else(|cause| Err(self.die(step, cause)))
            }
            Ok(Heard::TooLong) => Err(self.die(
                step,
                LostCause::Protocol(format!("an answer longer than {LONGEST_ANSWER} bytes")),
            )),
            Err(RecvTimeoutError::Timeout) if (self.stop)() => {
                Err(self.die(step, LostCause::Crashed("stopped on request".into())))
            }
            Err(RecvTimeoutError::Timeout) => {
                Err(self.die_at_work(step, LostCause::Hung(deadline)))
            }
            Err(RecvTimeoutError::Disconnected) => {
                let ended = self.how_it_ended();
                Err(self.die_at_work(step, LostCause::Crashed(ended)))
            }
        }
    }

    /// Waits for a line until the deadline, or until the run is to end.
    fn hear(&self, deadline: Duration) -> Result<Heard, RecvTimeoutError> {
        let began = Instant::now();
        loop {
            let left = deadline.saturating_sub(began.elapsed());
            match self.answers.recv_timeout(left.min(PATIENCE)) {
                Err(RecvTimeoutError::Timeout) if left > PATIENCE && !(self.stop)() => {}
                heard => return heard,
            }
        }
    }

    /// Gives the child up: nothing that it says can be trusted any more.
    fn die(&mut self, step: Step, cause: LostCause) -> Lost {
        self.requests = None;
        kill(&mut self.child);
        self.lost = Some(cause.clone());
        Lost::new(step, cause)
    }

    /// The same for a child that stopped in the middle of what it did: while it
    /// ran a reference, it is the reference that was lost.
    fn die_at_work(&mut self, step: Step, cause: LostCause) -> Lost {
        let lost = self.die(step, cause);
        let running = self
            .reference
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match running.as_ref() {
            Some(file) => lost.of_reference(file.clone()),
            None => lost,
        }
    }

    fn unfitting(&mut self, step: Step, reply: &Reply) -> Lost {
        let kind = match reply {
            Reply::Opened => "an open device",
            Reply::Facts(_) => "facts",
            Reply::Ceilings(_) => "ceilings",
            Reply::Prepared(_) => "a prepared case",
            Reply::Correctness(_) => "a judgement",
            Reply::Round(_) => "a round",
            Reply::Pair(_) => "the rounds of a pair",
            Reply::Released => "a release",
        };
        self.die(
            step,
            LostCause::Protocol(format!("{kind}, which was not asked for")),
        )
    }

    /// How a child ended whose pipe closed, with its last words.
    fn how_it_ended(&mut self) -> String {
        let status = wait(&mut self.child, FAREWELL).map_or_else(
            || "it closed its pipe and ran on".to_owned(),
            |status| status.to_string(),
        );
        // Its last words may still be on the way.
        let _closed = self.tail_ends.recv_timeout(FAREWELL);
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.is_empty() {
            return status;
        }
        let words: Vec<&str> = tail.iter().map(String::as_str).collect();
        format!("{status}; last words: {}", words.join(" | "))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The closed pipe is the sign to end.
        self.requests = None;
        if self.lost.is_none() && wait(&mut self.child, FAREWELL).is_some() {
            return;
        }
        kill(&mut self.child);
    }
}

/// Kills a child and collects it, unless a driver keeps it beyond reach.
fn kill(child: &mut Child) {
    // Fails where it has ended already.
    drop(child.kill());
    wait(child, FAREWELL);
}

/// Waits for a child to end, for so long at most.
fn wait(child: &mut Child, limit: Duration) -> Option<std::process::ExitStatus> {
    let started = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if started.elapsed() < limit => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            }
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Writes requests, in a thread of its own: a child that does not read must
/// not block its parent.
fn write_all(mut stdin: ChildStdin, lines: &Receiver<Vec<u8>>) {
    for line in lines {
        if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

/// Passes on answers, keeps which reference runs, and skips what else is
/// printed.
fn listen(stdout: impl Read, heard: &SyncSender<Heard>, reference: &Reference) {
    let mut reader = BufReader::new(stdout);
    loop {
        let message = match read_line(&mut reader, LONGEST_ANSWER) {
            Ok(Line::Text(line)) => match line.strip_prefix(TOKEN.as_bytes()) {
                Some(answer) => Heard::Answer(answer.to_vec()),
                None => {
                    note_reference(&line, reference);
                    continue;
                }
            },
            Ok(Line::TooLong) => Heard::TooLong,
            Ok(Line::End) | Err(_) => return,
        };
        if heard.send(message).is_err() {
            return;
        }
    }
}

/// Keeps which reference the child is running, where a line tells.
fn note_reference(line: &[u8], reference: &Reference) {
    let told = line.strip_prefix(doing::TOKEN.as_bytes());
    if let Some(Ok(running)) = told.map(serde_json::from_slice::<Option<String>>) {
        *reference.lock().unwrap_or_else(PoisonError::into_inner) = running;
    }
}

/// Keeps the last lines; `open` closes the channel at the end.
fn keep_tail(stderr: impl Read, tail: &Tail, open: Sender<()>) {
    let mut reader = BufReader::new(stderr);
    while let Ok(line @ (Line::Text(_) | Line::TooLong)) = bounded(&mut reader) {
        let Line::Text(line) = line else { continue };
        let text: String = String::from_utf8_lossy(&line)
            .trim()
            .chars()
            .filter(|character| !character.is_control())
            .take(ERROR_LINE)
            .collect();
        if text.is_empty() {
            continue;
        }
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.len() == ERROR_LINES {
            tail.pop_front();
        }
        tail.push_back(text);
    }
    drop(open);
}

fn bounded(reader: &mut BufReader<impl Read>) -> io::Result<Line> {
    read_line(reader, 64 << 10)
}

impl Device for Worker {
    fn facts(&mut self) -> Result<DeviceFacts, Lost> {
        if let (None, Some(facts)) = (&self.lost, &self.facts) {
            return Ok(facts.clone());
        }
        match self.ask(Ask::Facts)? {
            Reply::Facts(facts) => {
                self.facts = Some((*facts).clone());
                Ok(*facts)
            }
            other => Err(self.unfitting(Step::Start, &other)),
        }
    }

    fn probe(&mut self) -> Result<Ceilings, Lost> {
        match self.ask(Ask::Probe)? {
            Reply::Ceilings(ceilings) => Ok(ceilings),
            other => Err(self.unfitting(Step::Probe, &other)),
        }
    }

    fn prepare(&mut self, job: &Job) -> Result<Prepared, Lost> {
        match self.ask(Ask::Prepare(Box::new(job.clone())))? {
            Reply::Prepared(prepared) => Ok(prepared),
            other => Err(self.unfitting(Step::Prepare, &other)),
        }
    }

    fn verify(&mut self, handle: Handle) -> Result<Correctness, Lost> {
        match self.ask(Ask::Verify(handle))? {
            Reply::Correctness(correctness) => Ok(correctness),
            other => Err(self.unfitting(Step::Verify, &other)),
        }
    }

    fn sample(&mut self, handle: Handle, request: &SampleRequest) -> Result<Round, Lost> {
        match self.ask(Ask::Sample(handle, *request))? {
            Reply::Round(round) => {
                round.check()?;
                Ok(round)
            }
            other => Err(self.unfitting(Step::Sample, &other)),
        }
    }

    fn prepare_beside(&mut self, job: &Job, other: Handle) -> Result<Prepared, Lost> {
        match self.ask(Ask::PrepareBeside(Box::new(job.clone()), other))? {
            Reply::Prepared(prepared) => Ok(prepared),
            other => Err(self.unfitting(Step::Prepare, &other)),
        }
    }

    fn sample_pair(
        &mut self,
        before: Handle,
        now: Handle,
        request: &PairRequest,
    ) -> Result<PairRound, Lost> {
        match self.ask(Ask::SamplePair(before, now, *request))? {
            Reply::Pair(round) => {
                round.check()?;
                Ok(*round)
            }
            other => Err(self.unfitting(Step::Sample, &other)),
        }
    }

    fn release(&mut self, handle: Handle) -> Result<(), Lost> {
        match self.ask(Ask::Release(handle))? {
            Reply::Released => Ok(()),
            other => Err(self.unfitting(Step::Sample, &other)),
        }
    }
}
