//! The commands: the only room where rooms meet, and the only one that prints.
//!
//! Every command ends in an exit code of [`crate::exit`]; every error is an
//! [`AppError`], which knows its own.

mod assemble;
mod check;
mod compare;
mod devices;
mod error;
mod github;
mod interrupt;
mod judging;
mod list;
mod measuring;
mod merge;
mod output;
mod partition;
mod progress;
mod project;
mod ready;
mod render;
mod replace;
mod reports;
mod repository;
mod run;
mod session;
mod sides;
mod update_baselines;
mod validate;
mod worker;

pub use error::AppError;
pub use output::main;
