//! Both ends of the pipe: a child process that owns the GPU.

use std::io::{BufRead, Write};
use std::time::Duration;

/// How long each request may take.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Start and facts.
    pub start: Duration,
    /// Ceilings.
    pub probe: Duration,
    /// Compile and fill.
    pub prepare: Duration,
    /// Run twice and compare.
    pub verify: Duration,
    /// Time; added to the requested GPU time.
    pub sample: Duration,
}

/// The parent's end.
#[derive(Debug)]
pub struct Worker {}

/// The child's end: answers requests until the pipe closes.
///
/// # Errors
///
/// Only of the pipe itself.
pub fn serve(
    device: &mut dyn super::Device,
    requests: &mut dyn BufRead,
    answers: &mut dyn Write,
) -> std::io::Result<()> {
    let _ = (device, requests, answers);
    Ok(())
}
