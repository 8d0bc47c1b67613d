//! Pages that are made from the program, or held to it.

use clap::{CommandFactory as _, ValueEnum as _};
use kernel_gate::cli::{Cli, ReportFormat};
use kernel_gate::exit;

use super::markdown::{read, root};

/// How wide the guide's page shows a command's help.
const WIDTH: usize = 100;

/// The page of all commands, from what the program says of itself.
fn commands() -> String {
    let mut page = String::from(
        "# Commands and flags\n\n\
         <!-- Made by a test: `INSTA_UPDATE=always cargo test --test documents current` writes it. -->\n\n\
         You want to know what a command takes. This page is what `gate help COMMAND` prints, \
         of this version.\n",
    );
    let mut gate = Cli::command().term_width(WIDTH);
    gate.build();
    let mut show = |name: &str, command: &mut clap::Command| {
        let help = command.render_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        page.push_str(&format!(
            "\n## {name}\n\n```text\n{}\n```\n",
            lines.join("\n").trim_end()
        ));
    };
    for command in gate.get_subcommands_mut() {
        if command.is_hide_set() || command.get_name() == "help" {
            continue;
        }
        let name = command.get_name().to_owned();
        show(&format!("gate {name}"), command);
        for inner in command.get_subcommands_mut() {
            if inner.get_name() != "help" {
                let inner_name = inner.get_name().to_owned();
                show(&format!("gate {name} {inner_name}"), inner);
            }
        }
    }
    page
}

#[test]
fn the_page_of_commands_is_current() {
    let (file, page) = ("docs/src/commands.md", commands());
    if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "always") {
        std::fs::write(root().join(file), &page).expect("written");
    }
    assert!(
        read(file) == page,
        "{file} is stale; `INSTA_UPDATE=always cargo test --test documents current` writes it"
    );
    assert!(page.contains("\n## gate check\n") && page.contains("\n## gate new kernel\n"));
}

#[test]
fn the_table_of_exit_codes_is_the_programs() {
    let page = read("docs/src/exit-codes.md");
    let table: Vec<String> = page
        .lines()
        .filter(|line| line.starts_with("| `") && !line.starts_with("| `-"))
        .filter_map(|line| {
            let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
            let code = cells.next()?.trim_matches('`').to_owned();
            Some(format!("{code} {}", cells.next()?))
        })
        .collect();
    let known: Vec<String> = exit::MEANINGS
        .iter()
        .map(|(code, meaning)| format!("{code} {meaning}"))
        .collect();
    assert_eq!(table, known);
}

#[test]
fn every_form_of_a_report_is_explained() {
    let page = read("docs/src/reports.md");
    for format in ReportFormat::value_variants() {
        let row = format!("| `{}` |", format.name());
        assert!(
            page.contains(&row),
            "reports.md has no row `{}`",
            format.name()
        );
    }
}
