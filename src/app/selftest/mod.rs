//! `gate selftest`: proves that this gate can fail on this machine.
//!
//! A kernel is recorded as a baseline; then the same kernel, slower by work
//! that was put into it, and wrong by faults that were, is checked as any other
//! would be. That the extra work really takes longer is measured beforehand, by
//! other means (`blocks`).

mod blocks;
mod flow;

pub(super) use flow::selftest;
