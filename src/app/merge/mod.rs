//! `gate merge`: the reports of all parts of a plan, judged as one.
//!
//! `read` takes files for what they are, `plans` sees that they are all parts
//! of one plan, each once, and `join` judges what they measured.

mod flow;
mod join;
mod plans;
mod read;

pub(super) use flow::merge;
