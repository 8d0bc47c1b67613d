//! Oracle: what the right outputs are, in f64, and whether outputs are right.
//!
//! Knows no GPU: bytes in, a [`Mismatch`](crate::kit::Mismatch) out.

mod judge;
mod raw;
mod reference;
mod tensor;

pub use judge::{StageData, judge};
pub use raw::{check_raw, guard_bytes, poisoned};
pub use reference::{BuiltIn, built_in, built_in_names};
pub use tensor::{Data, Tensor, generate};
