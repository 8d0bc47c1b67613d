//! A device of scripted answers: everything above the seam is tested with it,
//! with no GPU, failures of devices and workers included.

mod player;
mod script;
#[cfg(test)]
mod tests;

pub use player::Replay;
pub use script::{Behaviour, Script, ScriptedCase};
