//! The CPU time of this process: on a software adapter, what its kernels cost.

use crate::kit::Nanos;

/// A clock that counts what all threads of this process ran for, and stands
/// still while none of them runs.
///
/// Source: POSIX.1-2017, `clock_gettime` with `CLOCK_PROCESS_CPUTIME_ID`.
#[derive(Clone, Copy, Debug)]
pub(super) struct CpuClock(());

impl CpuClock {
    /// None where the system has no such clock, or one of milliseconds.
    pub(super) fn of_this_process() -> Option<Self> {
        cfg!(unix).then_some(Self(()))
    }

    /// Its reading.
    #[cfg(unix)]
    pub(super) fn now(&self) -> Nanos {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Nanos(time.tv_sec as f64 * 1e9 + time.tv_nsec as f64)
    }

    /// Never asked: there is none of these.
    #[cfg(not(unix))]
    pub(super) fn now(&self) -> Nanos {
        Nanos(0.0)
    }
}
