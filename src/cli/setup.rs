//! Commands that set gate up: on a machine, in a project, in an editor.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::{DeviceArgs, FormatArgs};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum SetupCommand {
    /// Start a project: a spec, a template that it gates, and a workflow for GitHub
    Init(InitArgs),
    /// Add something to a project
    New(NewArgs),
    /// Say what this machine has for a check, and what is missing
    Doctor(DoctorArgs),
    /// Print the JSON Schema of specs, for editors, or of the JSON report, for programs
    Schema(SchemaArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Write man pages
    Man(ManArgs),
}

/// `gate init`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate init                 for the project that you stand in
  gate init gpu/kernels     in this folder, which is made

Asks nothing, and writes over nothing: a file that is there is kept, and named. The root is the
nearest folder above with `gate.toml`, else with Cargo.toml, package.json, .git and the like, else
the one you stand in. The workflow goes to the repository's own root.
Exit codes: 0 made or kept; 2 bad request; 7 not written.")]
pub struct InitArgs {
    /// Where to start it [default: the root of the project that you stand in]
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
}

/// `gate new`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate new kernel softmax

Exit codes: 0 made; 2 bad request.")]
pub struct NewArgs {
    /// What to add.
    #[command(subcommand)]
    pub what: NewWhat,
}

/// What can be added.
#[derive(Clone, Debug, Subcommand)]
pub enum NewWhat {
    /// A kernel: a template, its plain reference, and a spec that gates it
    Kernel(NewKernelArgs),
}

/// `gate new kernel`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate new kernel softmax      templates/softmax.wgsl.j2, shaders/softmax_plain.wgsl, specs/softmax.yaml

They run at once, as z = a * x + y: change them to what your kernel does.
Exit codes: 0 made; 2 a name that no kernel can have, a file that is there, no project here; 7 not
written.")]
pub struct NewKernelArgs {
    /// Its name, and that of its suite and its files
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// `gate doctor`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate doctor
  gate doctor --device h100 --format json

Opens the adapter in a process of its own, as a check does, and times a plain kernel in five of
them; takes a few seconds.
Exit codes: 0 a check can run; 2 no such adapter; 5 there is no adapter, or it was lost;
130 interrupted.")]
pub struct DoctorArgs {
    /// Which adapter.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// Folder of baselines [default: baselines/ in the project's root]
    #[arg(long, value_name = "DIR")]
    pub baselines: Option<PathBuf>,
    /// What to print.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `gate schema`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate schema > specs/gate.schema.json
  gate schema report

An editor that speaks to yaml-language-server completes and checks a spec that begins with
  # yaml-language-server: $schema=gate.schema.json
with the schema's path, relative to the spec.
Exit codes: 0 printed; 2 bad request.")]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum, value_name = "WHAT", default_value_t = SchemaOf::Spec)]
    pub of: SchemaOf,
}

/// What has a JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Specs, and files that they import
    Spec,
    /// The JSON report
    Report,
}

/// `gate completions`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate completions bash > ~/.local/share/bash-completion/completions/gate
  gate completions zsh > \"${fpath[1]}/_gate\"
  gate completions fish > ~/.config/fish/completions/gate.fish

Exit codes: 0 printed; 2 bad request.")]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// `gate man`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate man | man -l -                        read gate(1)
  gate man --out ~/.local/share/man/man1     one page for each command

Exit codes: 0 written; 2 bad request; 7 not written.")]
pub struct ManArgs {
    /// Write a page for each command into this folder, which is made; else gate(1) is printed
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
