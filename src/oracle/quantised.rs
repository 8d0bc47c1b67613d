//! Products with weights in blocks of 32 integers with a scale.

use crate::kit::{Mismatch, Scalar};

use super::compare::UNIT_F32;
use super::judge::StageData;
use super::reference::{BuiltIn, FLOATS, Family, no_more, operand};
use super::rows::{self, Expected};

/// Weights that share a scale.
const BLOCK: usize = 32;

/// Outputs that one task computes.
const CHUNK: usize = 64;

/// Roundings of the sum of magnitudes that an output may be off, as for
/// matrix products; the products with the scales add two.
const ROUNDINGS: f64 = 18.0;

/// `y = x w` with `w[n, k] = scales[n, k/32] * q`, where q is a signed byte, four
/// in a word, the lowest first.
///
/// Source: ggml, `block_q8_0`; scales and integers lie in buffers of their own
/// here, since a block of 34 bytes has no place in an array of words.
pub(super) const Q8_0: BuiltIn = BuiltIn {
    name: "matvec_q8_0",
    family: Family::Own {
        check: no_more,
        judge: |data| judge(data, 4, byte),
    },
    operands: &[
        operand("x", &["m", "k"], FLOATS),
        operand("quants", &["n", "k/4"], WORDS),
        operand("scales", &["n", "k/32"], FLOATS),
        operand("y", &["m", "n"], FLOATS),
    ],
    ..Q4_0
};

/// The same with `q - 8` of four bits. Byte j of a block's sixteen holds element
/// j in its low half, and element j + 16 in its high half.
///
/// Source: ggml, `block_q4_0`.
pub(super) const Q4_0: BuiltIn = BuiltIn {
    name: "matvec_q4_0",
    inputs: &["x", "quants", "scales"],
    outputs: &["y"],
    parameters: &["m", "n", "k"],
    family: Family::Own {
        check: no_more,
        judge: |data| judge(data, 8, nibble),
    },
    operands: &[
        operand("x", &["m", "k"], FLOATS),
        operand("quants", &["n", "k/8"], WORDS),
        operand("scales", &["n", "k/32"], FLOATS),
        operand("y", &["m", "n"], FLOATS),
    ],
};

const WORDS: &[Scalar] = &[Scalar::U32];

/// Element of a block, from its words.
fn byte(block: &[u32], element: usize) -> f64 {
    let word = block[element / 4] >> (8 * (element % 4));
    f64::from((word & 0xff) as u8 as i8)
}

/// The same for four bits.
fn nibble(block: &[u32], element: usize) -> f64 {
    let byte = element % 16;
    let word = block[byte / 4] >> (8 * (byte % 4) + 4 * (element / 16));
    f64::from(word & 0xf) - 8.0
}

fn judge(
    data: &StageData<'_>,
    in_word: usize,
    integer: fn(&[u32], usize) -> f64,
) -> Option<Result<(), Mismatch>> {
    let (m, n, k) = (data.extent("m")?, data.extent("n")?, data.extent("k")?);
    let x = data.input_of("x", &[m, k])?;
    let quants = data.input_of("quants", &[n, k / in_word])?;
    let scales = data.input_of("scales", &[n, k / BLOCK])?;
    let y = data.output_of("y", &[m, n])?;
    let words = BLOCK / in_word;
    // As for products: a kernel may flush subnormal numbers to zero.
    let flushed = 2.0 * k as f64 * f64::from(f32::MIN_POSITIVE);
    Some(rows::judge(&y, CHUNK, |chunk, line| {
        let mut packed = [0_u32; BLOCK];
        for (index, to) in (chunk * CHUNK..).zip(line) {
            let (row, column) = (index / n, index % n);
            let (mut sum, mut magnitude) = (0.0, 0.0);
            for block in 0..k / BLOCK {
                let at = column * (k / BLOCK) + block;
                let scale = scales.get(at);
                for (word, to) in packed[..words].iter_mut().enumerate() {
                    *to = quants.get(at * words + word) as u32;
                }
                for element in 0..BLOCK {
                    let weight = scale * integer(&packed[..words], element);
                    let term = weight * x.get(row * k + block * BLOCK + element);
                    sum += term;
                    magnitude += term.abs();
                }
            }
            *to = Expected {
                value: sum,
                tolerated: ROUNDINGS * UNIT_F32 * magnitude + flushed,
            };
        }
    }))
}
