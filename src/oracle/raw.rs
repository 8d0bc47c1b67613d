//! Checks on bits: poison, guards, inputs, and whether two runs agree.

use rayon::prelude::*;

use crate::kit::{Mismatch, MismatchKind, Scalar};
use crate::plan::{Buffer, BufferRole};

use super::compare::Worst;
use super::tensor::{Tensor, scalar_range, scalars};

/// What an output's 32-bit scalars hold before the run. As f32 it is a
/// signalling NaN with a payload of its own: arithmetic on it gives a quiet
/// NaN, so a kernel that computes with what it never wrote is told from one
/// that left it alone. As an integer it is 2141183661, which an output of
/// random words holds by chance once in 2^32.
pub(super) const POISON_32: u32 = 0x7fa0_dead;

/// The same for 16-bit floats, a signalling NaN.
pub(super) const POISON_16: u16 = 0x7d5f;

/// What guards hold: as f32 an unlikely -1.6e38, as two f16 two NaNs.
const GUARD_WORD: u32 = 0xfeed_face;

/// Guard words: what a workgroup of 64 lanes writes when it runs one step past
/// the end.
const GUARD_WORDS: usize = 64;

/// Scalars that one task compares.
const CHUNK: usize = 1 << 18;

/// The bytes that an output holds before the run: a NaN pattern in every
/// scalar (a `vec3`'s padding included), which no kernel writes by accident.
#[must_use]
pub fn poisoned(buffer: &Buffer) -> Vec<u8> {
    let bytes = usize::try_from(buffer.bytes()).unwrap_or(usize::MAX);
    repeated(poison(buffer.element.scalar), bytes)
}

/// Guard words to place behind a buffer's declared length, inside the binding:
/// at [`Buffer::bytes`], with no gap. (Those of an f16 buffer with an odd
/// number of scalars begin at half a word; what rounds the binding up to whole
/// words comes after the guard, and is not looked at.)
#[must_use]
pub fn guard_bytes() -> Vec<u8> {
    repeated(&GUARD_WORD.to_le_bytes(), GUARD_WORDS * 4)
}

/// Judges bits: an output with a poisoned element left is unwritten, a guard
/// that changed is touched, an input that changed is changed. `after` carries
/// the guard behind the declared bytes where one was placed; where `before`
/// carries it too, the two are compared. A `vec3`'s padding is not looked at,
/// and of an `inout` buffer only the guard is.
///
/// # Errors
///
/// The first kind of [`Mismatch`] that applies, with its count, at its first
/// place.
pub fn check_raw(buffer: &Buffer, before: &[u8], after: &[u8]) -> Result<(), Mismatch> {
    match buffer.role {
        BufferRole::Output => check_written(buffer, after)?,
        BufferRole::Input => check_unchanged(buffer, before, after)?,
        BufferRole::Inout => {}
    }
    check_guard(buffer, before, after)
}

/// What an output may hold from an earlier run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// Its even scalars as they were, and poison in the others: a mark that
    /// says "done" stands, and what it is about does not.
    Even,
    /// The other way round.
    Odd,
    /// In each scalar what is right for the next one, or where that is the
    /// same, another bit: nothing is right, and all of it looks like results.
    Neighbour,
}

/// The bytes of an output, as [`Leftover`] says, of its right ones. A guard
/// behind them stays as it is.
#[must_use]
pub fn left_over(buffer: &Buffer, right: &[u8], how: Leftover) -> Vec<u8> {
    let mut bytes = right.to_vec();
    let count = scalars(buffer);
    let poison = poison(buffer.element.scalar);
    for index in 0..count {
        let range = scalar_range(buffer, index);
        let from = match how {
            Leftover::Even if index % 2 == 0 => continue,
            Leftover::Odd if index % 2 == 1 => continue,
            Leftover::Even | Leftover::Odd => Some(poison),
            Leftover::Neighbour => right.get(scalar_range(buffer, (index + 1) % count)),
        };
        let (Some(from), Some(to)) = (from, bytes.get_mut(range)) else {
            continue;
        };
        if how == Leftover::Neighbour && to == from {
            to[0] ^= 1;
        } else {
            to.copy_from_slice(from);
        }
    }
    bytes
}

/// Whether a WGSL reference wrote every element of an output that was poisoned
/// before it ran.
///
/// # Errors
///
/// The first element that it left.
pub fn check_reference(buffer: &Buffer, wrote: &[u8]) -> Result<(), Mismatch> {
    check_written(buffer, wrote).map_err(|mismatch| Mismatch {
        kind: MismatchKind::ReferenceUnwritten,
        ..mismatch
    })
}

/// Whether two runs on the same inputs gave different bits, and where they
/// differ most. A `vec3`'s padding is not looked at, nor guards.
#[must_use]
pub fn differs(buffer: &Buffer, a: &[u8], b: &[u8]) -> Option<Mismatch> {
    let bytes = usize::try_from(buffer.bytes()).unwrap_or(usize::MAX);
    if a.len().min(b.len()) >= bytes && a[..bytes] == b[..bytes] {
        return None;
    }
    changed(buffer, a, b)
        .verdict(MismatchKind::NotDeterministic, &buffer.name)
        .map_err(|mismatch| mismatch.within(&buffer.shape, buffer.element))
        .err()
}

/// Scalars whose bits differ; both NaN with the same bits are the same.
fn changed(buffer: &Buffer, before: &[u8], after: &[u8]) -> Worst {
    let (old, new) = (
        Tensor::from_bytes(buffer, before),
        Tensor::from_bytes(buffer, after),
    );
    in_parallel(buffer, |worst, index| {
        let range = scalar_range(buffer, index);
        let (before, after) = (before.get(range.clone()), after.get(range));
        let same = before.is_some() && before == after;
        worst.count_as(same, index, old.get(index), new.get(index), 0.0);
    })
}

fn check_unchanged(buffer: &Buffer, before: &[u8], after: &[u8]) -> Result<(), Mismatch> {
    let bytes = usize::try_from(buffer.bytes()).unwrap_or(usize::MAX);
    if before.len().min(after.len()) >= bytes && before[..bytes] == after[..bytes] {
        return Ok(());
    }
    changed(buffer, before, after)
        .verdict(MismatchKind::InputChanged, &buffer.name)
        .map_err(|mismatch| mismatch.within(&buffer.shape, buffer.element))
}

fn check_written(buffer: &Buffer, after: &[u8]) -> Result<(), Mismatch> {
    let poison = poison(buffer.element.scalar);
    // NaN as the actual value of all, so the first is the worst.
    in_parallel(buffer, |worst, index| {
        let written = after
            .get(scalar_range(buffer, index))
            .is_some_and(|bytes| bytes != poison);
        worst.count_as(written, index, f64::NAN, f64::NAN, 0.0);
    })
    .verdict(MismatchKind::Unwritten, &buffer.name)
    .map_err(|mismatch| mismatch.within(&buffer.shape, buffer.element))
}

fn check_guard(buffer: &Buffer, before: &[u8], after: &[u8]) -> Result<(), Mismatch> {
    let end = usize::try_from(buffer.bytes()).unwrap_or(usize::MAX);
    let Some(found) = after.get(end..).filter(|found| !found.is_empty()) else {
        return Ok(());
    };
    let fresh = guard_bytes();
    let placed = before
        .get(end..)
        .filter(|placed| !placed.is_empty())
        .unwrap_or(&fresh);
    let mut worst = Worst::default();
    let words = placed.chunks(4).zip(found.chunks(4)).take(GUARD_WORDS);
    for (index, (placed, found)) in words.enumerate() {
        let place = scalars(buffer).saturating_add(index);
        let same = placed.starts_with(found) || found.starts_with(placed);
        // The actual value is NaN so that the first word touched is named.
        worst.count_as(same, place, f64::NAN, f64::NAN, 0.0);
    }
    worst.verdict(MismatchKind::GuardTouched, &buffer.name)
}

/// Looks at every scalar of a buffer, by several threads.
fn in_parallel(buffer: &Buffer, look: impl Fn(&mut Worst, usize) + Sync) -> Worst {
    let count = scalars(buffer);
    (0..count.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let mut worst = Worst::default();
            for index in chunk * CHUNK..((chunk + 1) * CHUNK).min(count) {
                look(&mut worst, index);
            }
            worst
        })
        .reduce(Worst::default, Worst::merge)
}

/// The poison of one scalar, as it lies in memory.
fn poison(scalar: Scalar) -> &'static [u8] {
    const WORD: [u8; 4] = POISON_32.to_le_bytes();
    const HALF: [u8; 2] = POISON_16.to_le_bytes();
    match scalar {
        Scalar::F16 => &HALF,
        Scalar::F32 | Scalar::U32 | Scalar::I32 => &WORD,
    }
}

fn repeated(pattern: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = pattern.repeat(length.div_ceil(pattern.len()));
    bytes.truncate(length);
    bytes
}
