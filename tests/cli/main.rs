//! The whole program, from a folder of files to an exit code: `gate` is run as
//! a person runs it, on a scripted device instead of a GPU.
//!
//! On Unix alone: signals, symbolic links, and what a system says of files are
//! part of what is tested.
#![cfg(unix)]

mod against;
mod bad_baselines;
mod bad_input;
mod baselines;
mod browser;
mod calibrate;
mod compare;
mod devices;
mod every_device;
mod exit_codes;
mod explain;
mod fleet;
mod history;
mod output;
// Workers are found among all processes by their command lines.
#[cfg(target_os = "linux")]
mod process;
mod project;
mod reports;
mod revisions;
mod selftest;
mod setup;
#[cfg(target_os = "linux")]
mod signals;
mod tune;
