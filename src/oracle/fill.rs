//! Generated contents of buffers, the same on every run.

use std::collections::HashMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::kit::Scalar;
use crate::plan::{Buffer, FillPlan};

use super::tensor::{Data, Number, Tensor, scalars};

/// Scalars that share one stream of random numbers: fixed, so that the number
/// of threads changes nothing.
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
    let streams = Streams::new(&buffer.name, seed, set);
    let data = match buffer.element.scalar {
        Scalar::F32 => Data::F32(fill(buffer, &streams)),
        Scalar::F16 => Data::F16(fill(buffer, &streams)),
        Scalar::U32 => Data::U32(fill_integers(buffer, &streams)),
        Scalar::I32 => Data::I32(fill_integers(buffer, &streams)),
    };
    Tensor {
        shape: buffer.shape.clone(),
        lanes: buffer.element.lanes,
        data,
    }
}

/// Random numbers of one buffer and set: a key, and one stream a chunk.
struct Streams {
    key: [u8; 32],
}

impl Streams {
    fn new(name: &str, seed: u64, set: u32) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("kernel-gate 2026 contents of a buffer");
        hasher.update(&seed.to_le_bytes());
        hasher.update(&set.to_le_bytes());
        hasher.update(name.as_bytes());
        Self {
            key: *hasher.finalize().as_bytes(),
        }
    }

    /// Fills chunks of a length in parallel, each from its own stream.
    fn fill<T: Number>(
        &self,
        values: &mut [T],
        chunk: usize,
        write: impl Fn(&mut ChaCha8Rng, &mut [T]) + Sync,
    ) {
        values
            .par_chunks_mut(chunk.max(1))
            .enumerate()
            .for_each(|(stream, values)| {
                let mut random = ChaCha8Rng::from_seed(self.key);
                random.set_stream(stream as u64);
                write(&mut random, values);
            });
    }

    /// The same for whole rows.
    fn fill_rows<T: Number>(
        &self,
        values: &mut [T],
        row: usize,
        write: impl Fn(&mut ChaCha8Rng, &mut [T]) + Sync,
    ) {
        let row = row.max(1);
        let rows = (CHUNK / row).max(1);
        self.fill(values, row.saturating_mul(rows), |random, values| {
            for row in values.chunks_mut(row) {
                write(random, row);
            }
        });
    }
}

fn fill<T: Number>(buffer: &Buffer, streams: &Streams) -> Vec<T> {
    let mut values = vec![T::zeroed(); scalars(buffer)];
    let row = usize::try_from(buffer.shape.last().copied().unwrap_or(1))
        .unwrap_or(usize::MAX)
        .saturating_mul(usize::from(buffer.element.lanes));
    match &buffer.fill {
        None | Some(FillPlan::Zeros) => {}
        Some(FillPlan::Constant(value)) => values.fill(T::of(*value)),
        Some(FillPlan::Iota) => by_index(&mut values, |index| index as f64),
        Some(FillPlan::Values(list)) => {
            if !list.is_empty() {
                by_index(&mut values, |index| list[index % list.len()]);
            }
        }
        Some(FillPlan::Normal(mean, deviation)) => {
            let flush = mean.abs() + deviation.abs() >= T::SMALLEST_NORMAL;
            streams.fill(&mut values, CHUNK, |random, values| {
                for value in values {
                    let standard: f64 = StandardNormal.sample(random);
                    *value = settled(T::of(mean + deviation * standard), flush);
                }
            });
        }
        Some(FillPlan::Uniform(low, high)) => {
            let width = high - low;
            let flush = *low <= 0.0 && low.abs().max(*high) >= T::SMALLEST_NORMAL;
            streams.fill(&mut values, CHUNK, |random, values| {
                for value in values {
                    let drawn = settled(T::of(low + width * unit(random)), flush);
                    // Rounding to the type must not reach the open end.
                    *value = if width > 0.0 && drawn.value() >= *high {
                        drawn.next_below()
                    } else {
                        drawn
                    };
                }
            });
        }
        Some(FillPlan::Distinct(bound)) => {
            streams.fill_rows(&mut values, row, |random, row| {
                distinct(random, *bound, row);
            });
        }
        Some(FillPlan::Softmax) => streams.fill_rows(&mut values, row, softmax),
    }
    values
}

/// As [`fill`], but a uniform fill draws every integer of `low..high` with the
/// same chance, where rounding a float would favour some.
fn fill_integers<T: Number>(buffer: &Buffer, streams: &Streams) -> Vec<T> {
    let Some(FillPlan::Uniform(low, high)) = &buffer.fill else {
        return fill(buffer, streams);
    };
    // Ends beyond the type's range saturate, the high one excluded all the
    // same; 2^32 values at most, so the width fits.
    let first = T::of(low.ceil()).value();
    let last = T::of(high.ceil() - 1.0).value();
    let width = (last - first).max(0.0) as u64 + 1;
    let mut values = vec![T::zeroed(); scalars(buffer)];
    streams.fill(&mut values, CHUNK, |random, values| {
        for value in values {
            *value = T::of(first + below(random, width) as f64);
        }
    });
    values
}

fn by_index<T: Number>(values: &mut [T], value: impl Fn(usize) -> f64 + Sync) {
    values
        .par_chunks_mut(CHUNK)
        .enumerate()
        .for_each(|(chunk, values)| {
            for (offset, to) in values.iter_mut().enumerate() {
                *to = T::of(value(chunk * CHUNK + offset));
            }
        });
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
