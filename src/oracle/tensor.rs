//! Contents of a buffer, typed, and as the bytes that lie in memory.

use std::ops::Range;

use bytemuck::Pod;
use half::f16;
use rayon::prelude::*;

use crate::kit::Scalar;
use crate::plan::Buffer;

use super::raw::{POISON_16, POISON_32};

/// Elements that one task copies when padding has to be put in or left out.
const PADDED_CHUNK: usize = 1 << 16;

/// Scalars of a buffer, in order, without a `vec3`'s padding.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 16-bit floats.
    F16(Vec<f16>),
    /// Unsigned integers.
    U32(Vec<u32>),
    /// Signed integers.
    I32(Vec<i32>),
}

/// Contents of one buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Extents in elements, as in [`Buffer::shape`].
    pub shape: Vec<u64>,
    /// Scalars an element.
    pub lanes: u8,
    /// The scalars.
    pub data: Data,
}

/// Binds the values of any [`Data`] to a name and evaluates one expression
/// for each type: an element type is chosen once per buffer, not per element.
macro_rules! each_type {
    ($data:expr, $values:ident => $body:expr) => {
        match $data {
            $crate::oracle::tensor::Data::F32($values) => $body,
            $crate::oracle::tensor::Data::F16($values) => $body,
            $crate::oracle::tensor::Data::U32($values) => $body,
            $crate::oracle::tensor::Data::I32($values) => $body,
        }
    };
}
pub(super) use each_type;

impl Tensor {
    /// Scalars in it.
    #[must_use]
    pub fn len(&self) -> usize {
        each_type!(&self.data, values => values.len())
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Type of its scalars.
    #[must_use]
    pub fn scalar(&self) -> Scalar {
        match &self.data {
            Data::F32(_) => Scalar::F32,
            Data::F16(_) => Scalar::F16,
            Data::U32(_) => Scalar::U32,
            Data::I32(_) => Scalar::I32,
        }
    }

    /// The scalar at an index, as f64 (exact for all types).
    ///
    /// # Panics
    ///
    /// If the index is not below [`Tensor::len`].
    #[must_use]
    pub fn get(&self, index: usize) -> f64 {
        each_type!(&self.data, values => values[index].value())
    }

    /// Copies scalars from `start` on into `into`, as f64 (exact).
    ///
    /// # Panics
    ///
    /// If the range ends beyond [`Tensor::len`].
    pub(super) fn load(&self, start: usize, into: &mut [f64]) {
        let range = start..start + into.len();
        each_type!(&self.data, values => {
            for (to, from) in into.iter_mut().zip(&values[range]) {
                *to = from.value();
            }
        });
    }

    /// The bytes as they lie in a storage buffer, a `vec3`'s padding included
    /// (as zeros).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        each_type!(&self.data, values => to_bytes(values, self.lanes))
    }

    /// Reads a buffer's bytes; `bytes` may be longer (guards follow). Where
    /// they are shorter, the missing scalars read as poison, which no
    /// comparison of outputs accepts.
    #[must_use]
    pub fn from_bytes(buffer: &Buffer, bytes: &[u8]) -> Self {
        let data = match buffer.element.scalar {
            Scalar::F32 => Data::F32(from_bytes(buffer, bytes, f32::from_bits(POISON_32))),
            Scalar::F16 => Data::F16(from_bytes(buffer, bytes, f16::from_bits(POISON_16))),
            Scalar::U32 => Data::U32(from_bytes(buffer, bytes, POISON_32)),
            Scalar::I32 => Data::I32(from_bytes(buffer, bytes, POISON_32.cast_signed())),
        };
        Self {
            shape: buffer.shape.clone(),
            lanes: buffer.element.lanes,
            data,
        }
    }
}

/// Scalars of a buffer as a length. Cases whose buffers pass the device's
/// limits never come here, so it fits a machine word.
pub(super) fn scalars(buffer: &Buffer) -> usize {
    usize::try_from(buffer.scalars()).unwrap_or(usize::MAX)
}

fn to_bytes<T: Number>(values: &[T], lanes: u8) -> Vec<u8> {
    if lanes != 3 {
        return bytemuck::cast_slice(values).to_vec();
    }
    let mut bytes = vec![0; values.len() / 3 * 4 * size_of::<T>()];
    let words: &mut [T] = bytemuck::cast_slice_mut::<u8, T>(&mut bytes);
    words
        .par_chunks_mut(4 * PADDED_CHUNK)
        .zip(values.par_chunks(3 * PADDED_CHUNK))
        .for_each(|(to, from)| {
            for (to, from) in to.chunks_exact_mut(4).zip(from.chunks_exact(3)) {
                to[..3].copy_from_slice(from);
            }
        });
    bytes
}

fn from_bytes<T: Number>(buffer: &Buffer, bytes: &[u8], missing: T) -> Vec<T> {
    let count = scalars(buffer);
    let mut values = vec![T::zeroed(); count];
    let width = size_of::<T>();
    let known = if buffer.element.lanes == 3 {
        values
            .par_chunks_mut(3 * PADDED_CHUNK)
            .zip(bytes.par_chunks(4 * width * PADDED_CHUNK))
            .for_each(|(to, from)| {
                for (to, from) in to.chunks_exact_mut(3).zip(from.chunks_exact(4 * width)) {
                    bytemuck::cast_slice_mut(to).copy_from_slice(&from[..3 * width]);
                }
            });
        (bytes.len() / (4 * width) * 3).min(count)
    } else {
        let known = (bytes.len() / width).min(count);
        bytemuck::cast_slice_mut(&mut values[..known]).copy_from_slice(&bytes[..known * width]);
        known
    };
    values[known..].fill(missing);
    values
}

/// Where the scalars of some elements lie in a buffer's bytes: a `vec3` has a
/// gap after every third.
pub(super) fn scalar_range(buffer: &Buffer, index: usize) -> Range<usize> {
    let lanes = usize::from(buffer.element.lanes.max(1));
    let stride = usize::try_from(buffer.element.stride()).unwrap_or(usize::MAX);
    let width = usize::try_from(buffer.element.scalar.size()).unwrap_or(usize::MAX);
    let start = index / lanes * stride + index % lanes * width;
    start..start + width
}

/// A scalar type that buffers hold.
pub(super) trait Number: Pod + Send + Sync + PartialEq {
    /// Magnitude of the smallest normal number; 0 for integers.
    const SMALLEST_NORMAL: f64;

    /// The value as f64, which holds every value of every type.
    fn value(self) -> f64;

    /// The nearest value of the type: floats round to even (to infinity
    /// beyond their range), integers round half away from zero and saturate
    /// at their range's ends; NaN gives 0 for integers.
    fn of(value: f64) -> Self;

    /// The greatest value below this one (of finite ones).
    fn next_below(self) -> Self;
}

impl Number for f32 {
    const SMALLEST_NORMAL: f64 = Self::MIN_POSITIVE as f64;

    fn value(self) -> f64 {
        f64::from(self)
    }
    fn of(value: f64) -> Self {
        value as Self
    }
    fn next_below(self) -> Self {
        self.next_down()
    }
}

impl Number for f16 {
    const SMALLEST_NORMAL: f64 = Self::MIN_POSITIVE.to_f64_const();

    fn value(self) -> f64 {
        f64::from(self)
    }
    fn of(value: f64) -> Self {
        Self::from_f64(value)
    }
    fn next_below(self) -> Self {
        let bits = self.to_bits();
        Self::from_bits(match bits {
            // Both zeros: the smallest negative subnormal.
            0x0000 | 0x8000 => 0x8001,
            positive if positive < 0x8000 => positive - 1,
            negative => negative + 1,
        })
    }
}

impl Number for u32 {
    const SMALLEST_NORMAL: f64 = 0.0;

    fn value(self) -> f64 {
        f64::from(self)
    }
    fn of(value: f64) -> Self {
        value.round() as Self
    }
    fn next_below(self) -> Self {
        self.saturating_sub(1)
    }
}

impl Number for i32 {
    const SMALLEST_NORMAL: f64 = 0.0;

    fn value(self) -> f64 {
        f64::from(self)
    }
    fn of(value: f64) -> Self {
        value.round() as Self
    }
    fn next_below(self) -> Self {
        self.saturating_sub(1)
    }
}

/// A value rounded to a scalar type.
pub(super) fn rounded(scalar: Scalar, value: f64) -> f64 {
    match scalar {
        Scalar::F32 => f32::of(value).value(),
        Scalar::F16 => f16::of(value).value(),
        Scalar::U32 => u32::of(value).value(),
        Scalar::I32 => i32::of(value).value(),
    }
}
