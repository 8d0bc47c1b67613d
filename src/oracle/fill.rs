//! Generated contents of buffers, the same on every run.

use std::collections::HashMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::kit::Scalar;
use crate::plan::{Buffer, FillPlan};

use super::tensor::{Data, Number, Tensor, scalars};

/// Scalars of a part, about, which share one stream of random numbers: fixed, so
/// that the number of threads changes nothing.
const CHUNK: usize = 1 << 16;

/// Generates a buffer's contents from its fill: the same for the same seed,
/// buffer name and set (rotating input sets differ by `set`), with any number
/// of threads, and on any machine up to the last bit of its `exp` and `ln`.
/// Buffers without a fill (outputs) give zeros.
///
/// Values are rounded to the buffer's type. Integers saturate at the ends of
/// their range; a normal fill of an integer buffer rounds to the nearest.
/// Normal and uniform draws around zero are never subnormal: a kernel may flush
/// such inputs to zero (WGSL, section 15.7), which no tolerance foresees, so
/// they are zero from the start. Rows (`distinct`, `softmax`) run along the last extent, over all lanes.
/// A row of `distinct(n)` that is longer than `n` cannot be distinct: it
/// begins anew with the same values.
#[must_use]
pub fn generate(buffer: &Buffer, seed: u64, set: u32) -> Tensor {
    let parts = Parts::new(buffer, seed, set);
    let data = match buffer.element.scalar {
        Scalar::F32 => Data::F32(parts.all()),
        Scalar::F16 => Data::F16(parts.all()),
        Scalar::U32 => Data::U32(parts.all()),
        Scalar::I32 => Data::I32(parts.all()),
    };
    Tensor {
        shape: buffer.shape.clone(),
        lanes: buffer.element.lanes,
        data,
    }
}

/// What [`generate`] gives, in parts that can be had in any order and by any
/// thread: a large buffer need not lie in the host's memory as a whole.
#[derive(Debug)]
pub struct Parts<'a> {
    buffer: &'a Buffer,
    key: [u8; 32],
    /// Scalars of a row.
    row: usize,
    /// Scalars of a part, the last one's excepted.
    length: usize,
}

impl<'a> Parts<'a> {
    /// The parts of a buffer's contents for a seed and a set.
    #[must_use]
    pub fn new(buffer: &'a Buffer, seed: u64, set: u32) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("kernel-gate 2026 contents of a buffer");
        hasher.update(&seed.to_le_bytes());
        hasher.update(&set.to_le_bytes());
        hasher.update(buffer.name.as_bytes());
        let row = usize::try_from(buffer.shape.last().copied().unwrap_or(1))
            .unwrap_or(usize::MAX)
            .saturating_mul(usize::from(buffer.element.lanes))
            .max(1);
        let length = match &buffer.fill {
            // Whole rows.
            Some(FillPlan::Distinct(_) | FillPlan::Softmax) => {
                row.saturating_mul((CHUNK / row).max(1))
            }
            None
            | Some(
                FillPlan::Zeros
                | FillPlan::Constant(_)
                | FillPlan::Iota
                | FillPlan::Values(_)
                | FillPlan::Normal(..)
                | FillPlan::Uniform(..),
            ) => CHUNK,
        };
        Self {
            buffer,
            key: *hasher.finalize().as_bytes(),
            row,
            length,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        scalars(self.buffer).div_ceil(self.length)
    }

    /// Bytes of every part but the last, as they lie in memory; none where
    /// parts do not end with elements (a `vec3`'s padding).
    #[must_use]
    pub fn stride(&self) -> Option<usize> {
        let width = usize::try_from(self.buffer.element.scalar.size()).ok()?;
        (self.buffer.element.lanes != 3).then(|| self.length.saturating_mul(width))
    }

    /// The bytes of one part, where [`Parts::stride`] is known.
    pub fn write(&self, part: usize, into: &mut Vec<u8>) {
        match self.buffer.element.scalar {
            Scalar::F32 => self.write_as::<f32>(part, into),
            Scalar::F16 => self.write_as::<half::f16>(part, into),
            Scalar::U32 => self.write_as::<u32>(part, into),
            Scalar::I32 => self.write_as::<i32>(part, into),
        }
    }

    fn write_as<T: Number>(&self, part: usize, into: &mut Vec<u8>) {
        let left = scalars(self.buffer).saturating_sub(part.saturating_mul(self.length));
        let mut values = vec![T::zeroed(); left.min(self.length)];
        self.fill(part, &mut values);
        into.clear();
        into.extend_from_slice(bytemuck::cast_slice(&values));
    }

    fn all<T: Number>(&self) -> Vec<T> {
        let mut values = vec![T::zeroed(); scalars(self.buffer)];
        values
            .par_chunks_mut(self.length)
            .enumerate()
            .for_each(|(part, values)| self.fill(part, values));
        values
    }

    /// Fills one part, which holds zeros, from a stream of its own.
    fn fill<T: Number>(&self, part: usize, values: &mut [T]) {
        let Some(plan) = &self.buffer.fill else {
            return;
        };
        let mut random = ChaCha8Rng::from_seed(self.key);
        random.set_stream(part as u64);
        let random = &mut random;
        let first = part * self.length;
        match plan {
            FillPlan::Zeros => {}
            FillPlan::Constant(value) => values.fill(T::of(*value)),
            FillPlan::Iota => by_index(values, first, |index| index as f64),
            FillPlan::Values(list) => {
                if !list.is_empty() {
                    by_index(values, first, |index| list[index % list.len()]);
                }
            }
            FillPlan::Normal(mean, deviation) => {
                let flush = mean.abs() + deviation.abs() >= T::SMALLEST_NORMAL;
                for value in values {
                    let standard: f64 = StandardNormal.sample(random);
                    *value = settled(T::of(mean + deviation * standard), flush);
                }
            }
            FillPlan::Uniform(low, high) => match self.buffer.element.scalar {
                Scalar::U32 | Scalar::I32 => integers(random, *low, *high, values),
                Scalar::F32 | Scalar::F16 => floats(random, *low, *high, values),
            },
            FillPlan::Distinct(bound) => {
                for row in values.chunks_mut(self.row) {
                    distinct(random, *bound, row);
                }
            }
            FillPlan::Softmax => {
                for row in values.chunks_mut(self.row) {
                    softmax(random, row);
                }
            }
        }
    }
}

fn floats<T: Number>(random: &mut ChaCha8Rng, low: f64, high: f64, values: &mut [T]) {
    let width = high - low;
    let flush = low <= 0.0 && low.abs().max(high) >= T::SMALLEST_NORMAL;
    for value in values {
        let drawn = settled(T::of(low + width * unit(random)), flush);
        // Rounding to the type must not reach the open end.
        *value = if width > 0.0 && drawn.value() >= high {
            drawn.next_below()
        } else {
            drawn
        };
    }
}

/// Every integer of `low..high` with the same chance, where rounding a float
/// would favour some.
fn integers<T: Number>(random: &mut ChaCha8Rng, low: f64, high: f64, values: &mut [T]) {
    // Ends beyond the type's range saturate, the high one excluded all the
    // same; 2^32 values at most, so the width fits.
    let first = T::of(low.ceil()).value();
    let last = T::of(high.ceil() - 1.0).value();
    let width = (last - first).max(0.0) as u64 + 1;
    for value in values {
        *value = T::of(first + below(random, width) as f64);
    }
}

fn by_index<T: Number>(values: &mut [T], first: usize, value: impl Fn(usize) -> f64) {
    for (offset, to) in values.iter_mut().enumerate() {
        *to = T::of(value(first + offset));
    }
}

/// Zero instead of a subnormal number, where the fill's own range is wider.
fn settled<T: Number>(value: T, flush: bool) -> T {
    if flush && value.value().abs() < T::SMALLEST_NORMAL {
        T::zeroed()
    } else {
        value
    }
}

/// Uniform in [0, 1), all 53 bits of an f64's mantissa.
fn unit(random: &mut impl Rng) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    (random.next_u64() >> 11) as f64 * STEP
}

/// Uniform in 0..bound, by a 128-bit product; the bias is below `bound / 2^64`.
///
/// Source: Lemire, Fast random integer generation in an interval, 2019.
pub(super) fn below(random: &mut impl Rng, bound: u64) -> u64 {
    let product = u128::from(random.next_u64()) * u128::from(bound);
    u64::try_from(product >> 64).unwrap_or(u64::MAX)
}

/// Distinct integers of 0..bound in random order: the first steps of a
/// Fisher-Yates shuffle, of which only the places that moved are kept, so that
/// a large bound costs no memory.
fn distinct<T: Number>(random: &mut ChaCha8Rng, bound: u64, row: &mut [T]) {
    if bound == 0 {
        return;
    }
    let mut moved: HashMap<u64, u64> = HashMap::with_capacity(row.len().min(CHUNK));
    let full = usize::try_from(bound).unwrap_or(usize::MAX).min(row.len());
    for (to, next) in row[..full].iter_mut().zip(0..) {
        let pick = next + below(random, bound - next);
        let drawn = moved.get(&pick).copied().unwrap_or(pick);
        let displaced = moved.remove(&next).unwrap_or(next);
        if pick != next {
            moved.insert(pick, displaced);
        }
        *to = T::of(drawn as f64);
    }
    for index in full..row.len() {
        row[index] = row[index - full];
    }
}

/// Softmax of standard normal draws: positive, and sums to 1. Drawn twice from
/// the same stream, so that a long row takes no memory.
fn softmax<T: Number>(random: &mut ChaCha8Rng, row: &mut [T]) {
    let mut again = random.clone();
    let weight = |random: &mut ChaCha8Rng| {
        let standard: f64 = StandardNormal.sample(random);
        standard.exp()
    };
    let sum: f64 = row.iter().map(|_| weight(random)).sum();
    for to in row {
        *to = T::of(weight(&mut again) / sum);
    }
}
