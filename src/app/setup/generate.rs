//! `gate schema`, `gate completions` and `gate man`: what others read about
//! the gate, made by itself.

use std::path::Path;

use clap::CommandFactory;

use crate::app::AppError;
use crate::app::output::{Screen, count};
use crate::cli::{Cli, CompletionsArgs, ManArgs, SchemaArgs, SchemaOf};
use crate::exit;

/// The JSON Schema of a spec. A test makes it of the types that stand in
/// `src/spec/form/`, and holds those to what the decoders read.
pub(super) const OF_SPECS: &str = include_str!("../../../schemas/spec.schema.json");
const OF_REPORTS: &str = include_str!("../../../schemas/report.schema.json");

/// Prints a schema.
pub(super) fn schema(args: &SchemaArgs, screen: &Screen) -> Result<u8, AppError> {
    screen.print(match args.of {
        SchemaOf::Spec => OF_SPECS,
        SchemaOf::Report => OF_REPORTS,
    })?;
    Ok(exit::PASS)
}

/// The commands as a person sees them, without those that the gate itself uses.
fn commands() -> clap::Command {
    let all = Cli::command();
    let shown: Vec<clap::Command> = all
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .cloned()
        .collect();
    // A command cannot lose one of its own; one without any can be given them.
    let mut bare = clap::Command::new("gate")
        .version(env!("CARGO_PKG_VERSION"))
        .args(all.get_arguments().cloned())
        .subcommands(shown);
    if let Some(about) = all.get_about() {
        bare = bare.about(about.clone());
    }
    if let Some(about) = all.get_long_about() {
        bare = bare.long_about(about.clone());
    }
    if let Some(help) = all.get_after_help() {
        bare = bare.after_help(help.clone());
    }
    bare
}

/// Prints the completions of a shell.
pub(super) fn completions(args: &CompletionsArgs, screen: &Screen) -> Result<u8, AppError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut commands(), "gate", &mut text);
    screen.write(&text)?;
    Ok(exit::PASS)
}

/// Prints the program's page, or writes one for each command.
pub(super) fn man(args: &ManArgs, screen: &Screen) -> Result<u8, AppError> {
    let Some(folder) = &args.out else {
        let mut page = Vec::new();
        clap_mangen::Man::new(commands()).render(&mut page)?;
        screen.write(&page)?;
        return Ok(exit::PASS);
    };
    let written = pages(folder).map_err(|source| AppError::Write {
        path: folder.clone(),
        source,
    })?;
    screen.remark(&format!(
        "{} written to {}",
        count(written, "page"),
        folder.display()
    ));
    Ok(exit::PASS)
}

/// Writes a page for each command into a folder; how many.
fn pages(folder: &Path) -> std::io::Result<usize> {
    std::fs::create_dir_all(folder)?;
    let mut commands = commands().disable_help_subcommand(true);
    commands.build();
    let mut open = vec![commands];
    let mut written = 0;
    while let Some(command) = open.pop() {
        let inside = command.get_subcommands().filter(|c| !c.is_hide_set());
        open.extend(inside.cloned());
        clap_mangen::Man::new(command).generate_to(folder)?;
        written += 1;
    }
    Ok(written)
}
