//! Commands that set gate up: on a machine, in a project, in an editor.

mod doctor;
mod generate;
mod init;
mod run;
mod vulkan;

pub(super) use run::run;
