//! Kit: the words that all rooms share. Units, names, places, and the facts
//! that travel between rooms. No room's logic lives here.

mod ceilings;
mod device;
mod digest;
mod element;
#[cfg(test)]
mod golden;
mod left_out;
mod lost;
mod mismatch;
mod names;
mod place;
mod settings;
mod uniform;
mod units;
mod wording;
mod work;

pub use ceilings::Ceilings;
pub use device::{Backend, DeviceFacts, DeviceKind, DeviceLimits, Features, Method, Timer};
pub use digest::leading_bits;
pub use element::{Element, Scalar};
#[cfg(test)]
pub(crate) use golden::current;
pub use left_out::LeftOut;
pub use lost::{Lost, LostCause, Step};
pub use mismatch::{Correctness, Mismatch, MismatchKind};
pub use names::{CaseId, DeviceKey};
pub use place::Place;
pub use settings::{Cache, Checks, Mode};
pub use uniform::UniformType;
pub use units::{Bytes, Nanos, Ratio};
pub use wording::{nearest, visible, visible_lines};
pub use work::Work;
