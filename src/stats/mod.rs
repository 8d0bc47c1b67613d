//! Stats: samples in, an interval for a change out.
//!
//! The unit of replication is the round (a fresh process), then the
//! recording; samples within a round never create confidence.

mod change;
mod location;

pub use change::{CaseRounds, Change, Design, Located, StatsError, compare};
pub use location::{Summary, summarize};
