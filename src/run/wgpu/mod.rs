//! The GPU in process: the only room that knows wgpu.
//!
//! `adapter` finds and opens one, `context` turns what wgpu reports in four
//! ways (error scopes, panics, callbacks, poll) into one [`Lost`], `pipeline`
//! compiles, `buffers` fills, `prepared` records runs, `recipe` puts them into
//! samples, `timer` reads the clock, `heater` keeps the device warm; `verify` and `sample` are what the gate
//! asks for, `pair` times two versions in turns.
//!
//! [`Lost`]: crate::kit::Lost

mod adapter;
mod buffers;
mod context;
mod gpu;
mod heater;
mod pair;
mod pipeline;
mod prepared;
mod probe;
mod recipe;
mod rotation;
mod sample;
mod timer;
mod verify;

pub use adapter::adapters;
pub use gpu::Gpu;
