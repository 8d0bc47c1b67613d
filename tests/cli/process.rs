//! A gate that runs beside the test: to interrupt, to kill, to stop reading.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::project::{PATIENCE, Project};

/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// A running gate; killed with the test, if it is still there.
pub(crate) struct Running {
    child: Option<Child>,
    script: String,
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(GLANCE);
    }
}

impl Running {
    /// Starts a command that measures on the scripted device. It is told the
    /// script by its whole path, by which its workers are found.
    pub(crate) fn start(project: &Project, command: &str, more: &[&str]) -> Self {
        let script = project.path("device.json").display().to_string();
        let child = Command::new(env!("CARGO_BIN_EXE_gate"))
            .current_dir(project.path(""))
            .args([command, "--replay", &script])
            .args(more)
            .env_remove("GITHUB_ACTIONS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the gate starts");
        Self {
            child: Some(child),
            script,
        }
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        self.child.as_mut().expect("is running")
    }

    /// Whether a worker of this round is there.
    pub(crate) fn works_on(&self, round: u32) -> bool {
        let wanted = format!("\0worker\0--round\0{round}\0--replay\0{}\0", self.script);
        processes().iter().any(|command| command.contains(&wanted))
    }

    /// Waits for the worker of a round: all rounds before it are done then.
    #[track_caller]
    pub(crate) fn until_round(&self, round: u32) {
        until("the round has begun", || self.works_on(round));
    }

    /// Waits until no worker is left.
    #[track_caller]
    pub(crate) fn until_alone(script: &Path) {
        let script = format!("\0{}\0", script.display());
        until("the last worker has ended", || {
            !processes().iter().any(|command| command.contains(&script))
        });
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&mut self, name: &str) {
        let id = self.child().id().to_string();
        let sent = Command::new("kill")
            .args([format!("-{name}"), id])
            .stderr(Stdio::null())
            .status();
        // Fails where the process has just ended.
        sent.expect("`kill` is there");
    }

    /// Waits for its end, and gives all that it said.
    #[track_caller]
    pub(crate) fn end(mut self) -> Output {
        let child = self.child();
        until("the gate has ended", || {
            child.try_wait().expect("can be waited for").is_some()
        });
        let child = self.child.take().expect("is running");
        child.wait_with_output().expect("was read")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Fails where it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Command lines of all processes, their words ended by NUL.
fn processes() -> Vec<String> {
    let entries = fs::read_dir("/proc").expect("a list of processes");
    entries
        .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}
