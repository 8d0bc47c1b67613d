//! The GPU in process: the only room that knows wgpu.
//!
//! `adapter` finds and opens one, `context` turns what wgpu reports in four
//! ways (error scopes, panics, callbacks, poll) into one [`Lost`], `pipeline`
//! compiles, `buffers` fills, `prepared` records runs, `recipe` puts them into
//! samples, `timer` reads the clock, `heater` keeps the device warm; `verify` and `sample` are what the gate
//! asks for; `pair` and `pair_cpu` time two versions in turns, the latter by
//! `cpu_clock`.
//!
//! [`Lost`]: crate::kit::Lost

mod adapter;
mod again;
mod buffers;
mod context;
mod cpu_clock;
mod gpu;
mod heater;
mod hidden;
mod pair;
mod pair_cpu;
mod pair_stages;
mod pipeline;
mod prepared;
mod probe;
mod recipe;
mod reference;
mod rotation;
mod sample;
mod timer;
mod upload;
mod verify;

pub use adapter::{adapters, distinct_adapters, without_device_selection};
pub use gpu::Gpu;
pub use hidden::none_found;
