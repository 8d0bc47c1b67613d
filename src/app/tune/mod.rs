//! `gate tune`: search each kernel's `tune` space for the best variant of each
//! case on this device, and keep it beside the baselines.
//!
//! `space` makes candidates of a suite's plan, `follow` leads its searches
//! through the rounds, `state` lets a search that was interrupted go on, and
//! `found` is what comes of them, for people and for programs.

mod flow;
mod follow;
mod found;
mod space;
mod state;
mod text;

pub(super) use flow::tune;
