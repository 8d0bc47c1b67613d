//! Oracle: what the right outputs are, in f64, and whether outputs are right.
//!
//! Knows no GPU: bytes in, a [`Mismatch`](crate::kit::Mismatch) out.

mod attention;
mod check;
mod combine;
mod compare;
mod elementwise;
mod embedding;
mod fill;
mod judge;
mod matmul;
mod moe;
mod product;
mod quantised;
mod raw;
mod reference;
mod rmsnorm;
mod rope;
mod rows;
mod softmax;
mod tensor;
mod topk;

#[cfg(test)]
mod tests;

pub use fill::{Parts, generate};
pub use judge::{StageData, judge};
pub use raw::{Leftover, check_raw, check_reference, differs, guard_bytes, left_over, poisoned};
pub use reference::{BuiltIn, built_in, built_in_names};
pub use tensor::{Data, Tensor};
