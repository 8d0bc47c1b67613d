//! What the documents say is there, is there; and what they show, happens.

mod commands;
mod data;
mod facts;
mod links;
mod markdown;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod shell;
#[cfg(unix)]
mod stage;
