//! The commands: the only room where rooms meet, and the only one that prints.
//!
//! Every command ends in an exit code of [`crate::exit`]; every error is an
//! [`AppError`], which knows its own.

mod against;
mod assemble;
mod calibrate;
mod case_history;
mod check;
mod compare;
mod config;
mod devices;
mod done;
mod error;
mod every_device;
mod explain;
mod git;
mod github;
mod inputs;
mod interrupt;
mod judging;
mod judging_pairs;
mod last_report;
mod list;
mod looks;
mod measuring;
mod measuring_pairs;
mod merge;
mod output;
mod partition;
mod physics;
mod picks;
mod progress;
mod project;
mod ready;
mod reasoning;
mod recordings;
mod render;
mod replace;
mod reports;
mod repository;
mod run;
mod selftest;
mod session;
mod setup;
mod sides;
mod sources;
mod stages;
mod tree;
mod tune;
mod update_baselines;
mod validate;
mod worker;

pub use error::AppError;
pub use output::main;
