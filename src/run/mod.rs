//! Run: cases in, verified and timed [`Round`]s out.
//!
//! [`Device`] is the one seam between the gate and a GPU: `Replay` for tests,
//! `wgpu` in process, and a worker process that owns the GPU.

mod device;
mod doing;
#[cfg(test)]
mod fixture;
mod measure;
mod pair;
mod panics;
#[cfg(any(feature = "gpu", test))]
mod physical;
mod replay;
#[cfg(any(feature = "gpu", test))]
mod timing;
#[cfg(feature = "gpu")]
mod wgpu;
mod worker;

#[cfg(feature = "gpu")]
pub use self::wgpu::{Gpu, adapters, distinct_adapters, none_found, without_device_selection};
pub use device::{
    CLOCK_TOLERANCE, Device, Handle, Job, Overhead, Prepared, Round, SampleRequest, Selection,
};
pub use doing::announce_by;
pub use measure::{Measured, Wanted, measure};
pub use pair::{
    CpuTimes, PairLost, PairMeasured, PairRequest, PairRound, PairWanted, StageTimes, measure_pair,
};
pub use replay::{Behaviour, Replay, Script, ScriptedCase};
pub use worker::{Deadlines, Worker, serve};
