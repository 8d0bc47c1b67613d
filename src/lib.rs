//! `kernel_gate`: a regression gate for WebGPU compute kernels.
//!
//! Data walks through the rooms once, top to bottom:
//!
//! ```text
//! spec ─▶ plan ─▶ shader ─▶ oracle ─▶ run ─▶ stats ─▶ verdict ─▶ report
//! YAML    cases   WGSL      expected  GPU    change   judged     table, JSON
//!                                      ▲        ▲
//!                                   rounds   baseline
//! ```
//!
//! Imports go one way only (`tests/layers.rs` holds them to it): every room
//! may use [`kit`], and only [`app`] knows all of them.

pub mod kit;

pub mod spec;

pub mod plan;

pub mod shader;

pub mod oracle;

pub mod stats;

pub mod run;

pub mod baseline;

pub mod verdict;

pub mod rounds;

pub mod report;

pub mod app;

pub mod cli;

pub mod exit;
