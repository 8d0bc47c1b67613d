//! The commands: the only room where rooms meet, and the only one that prints.
//!
//! Every command ends in an exit code of [`crate::exit`]; every error is an
//! [`AppError`], which knows its own.

mod against;
mod assemble;
mod check;
mod compare;
mod devices;
mod error;
mod git;
mod interrupt;
mod judging;
mod judging_pairs;
mod list;
mod measuring;
mod measuring_pairs;
mod output;
mod progress;
mod project;
mod ready;
mod render;
mod replace;
mod reports;
mod run;
mod session;
mod sides;
mod tree;
mod update_baselines;
mod validate;
mod worker;

pub use error::AppError;
pub use output::main;
