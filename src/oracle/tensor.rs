//! Contents of a buffer, typed, and how they are generated.

use half::f16;

use crate::plan::Buffer;

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

impl Tensor {
    /// The scalar at an index, as f64 (exact for all types).
    #[must_use]
    pub fn get(&self, index: usize) -> f64 {
        match &self.data {
            Data::F32(values) => f64::from(values[index]),
            Data::F16(values) => f64::from(values[index]),
            Data::U32(values) => f64::from(values[index]),
            Data::I32(values) => f64::from(values[index]),
        }
    }

    /// The bytes as they lie in a storage buffer, a `vec3`'s padding included.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Reads a buffer's bytes; `bytes` may be longer (guards follow).
    #[must_use]
    pub fn from_bytes(buffer: &Buffer, bytes: &[u8]) -> Self {
        let _ = bytes;
        Self {
            shape: buffer.shape.clone(),
            lanes: buffer.element.lanes,
            data: Data::U32(Vec::new()),
        }
    }
}

/// Generates a buffer's contents from its fill: the same for the same seed,
/// buffer name and set (rotating input sets differ by `set`), on any machine
/// and with any number of threads. Outputs give zeros.
#[must_use]
pub fn generate(buffer: &Buffer, seed: u64, set: u32) -> Tensor {
    let _ = (seed, set);
    Tensor::from_bytes(buffer, &[])
}
