//! A device of scripted answers, for tests.

/// A scripted device.
#[derive(Debug, Default)]
pub struct Replay {}

/// What a scripted device answers.
#[derive(Clone, Debug, Default)]
pub struct Script {}
