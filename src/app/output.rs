//! Where words leave the program: standard output for results, standard error
//! for errors and progress.

use std::io::{self, IsTerminal, Write};

use clap::Parser;

use crate::cli::{Cli, Color, Command};
use crate::exit;
use crate::kit::{visible, visible_lines};
use crate::report::TableStyle;

use super::AppError;
use super::sources::{self, Drawn};

/// Runs the program: arguments in, exit code out.
#[must_use]
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&spelled_out(error)),
    };
    let screen = Screen::new(&cli);
    let result = match &cli.command {
        Command::Check(args) => super::check::check(args, &screen),
        Command::UpdateBaselines(args) => super::update_baselines::update(args, &screen),
        Command::Run(args) => super::run::run(args, &screen),
        Command::Calibrate(args) => super::calibrate::calibrate(args, &screen),
        Command::Selftest(args) => super::selftest::selftest(args, &screen),
        Command::Explain(args) => super::explain::explain(args, &screen),
        Command::Tune(args) => super::tune::tune(args, &screen),
        Command::Compare(args) => super::compare::compare(args, &screen),
        Command::Merge(args) => super::merge::merge(args, &screen),
        Command::History(args) => super::case_history::history(args, &screen),
        Command::List(args) => super::list::list(args, &screen),
        Command::Validate(args) => super::validate::validate(args, &screen),
        Command::Render(args) => super::render::render(args, &screen),
        Command::Devices(args) => super::devices::devices(args, &screen),
        Command::Setup(command) => super::setup::run(command, &screen),
        Command::Worker(args) => super::worker::worker(args),
    };
    match result {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => exit::FAILED,
        // The device was given up because someone asked for the end.
        Err(AppError::Lost(_)) if super::interrupt::asked() => {
            screen.error("interrupted before anything was measured");
            exit::INTERRUPTED
        }
        Err(error) => {
            screen.error(&screen.told(&error));
            error.code()
        }
    }
}

/// The same error of arguments in which everything is escaped that a terminal
/// would obey or hide: clap repeats them as they were typed.
fn spelled_out(error: clap::Error) -> clap::Error {
    let typed: Vec<String> = std::env::args_os()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let shown: Vec<String> = typed.iter().map(|argument| visible(argument)).collect();
    if !error.use_stderr() || typed == shown {
        return error;
    }
    match Cli::try_parse_from(shown) {
        Err(again) if again.use_stderr() => again,
        // What is wrong is the very character that was escaped.
        Err(_) | Ok(_) => clap::Error::raw(
            error.kind(),
            format!("{}\n", visible_lines(error.render().to_string().trim_end())),
        ),
    }
}

/// Help and version are no errors; everything else about usage is code 2.
fn usage(error: &clap::Error) -> u8 {
    let printed = error.print();
    if error.use_stderr() {
        exit::BAD_REQUEST
    } else if printed.is_err() {
        exit::FAILED
    } else {
        exit::PASS
    }
}

/// `gate list | head` closes the pipe early: no words about it.
fn is_closed_pipe(error: &AppError) -> bool {
    matches!(error, AppError::Output(source) if source.kind() == io::ErrorKind::BrokenPipe)
}

/// How the person wants to be spoken to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Screen {
    style: TableStyle,
    error_color: bool,
    /// Several devices are measured at once.
    shared: bool,
}

impl Screen {
    fn new(cli: &Cli) -> Self {
        let verbosity = if cli.quiet {
            -1
        } else {
            i8::try_from(cli.verbose).unwrap_or(i8::MAX)
        };
        let wants = |terminal: bool| match cli.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        let out = io::stdout().is_terminal();
        Self {
            style: TableStyle {
                width: out.then(terminal_width).flatten(),
                color: wants(out),
                verbosity,
            },
            error_color: wants(io::stderr().is_terminal()),
            shared: false,
        }
    }

    /// The same, for one of several devices that are measured at once.
    pub(super) fn shared(self) -> Self {
        Self {
            shared: true,
            ..self
        }
    }

    /// Whether several devices are measured at once.
    pub(super) fn is_shared(&self) -> bool {
        self.shared
    }

    /// An error as it is told, with the lines that it points at.
    pub(super) fn told(&self, error: &AppError) -> String {
        sources::told(error, self.drawn())
    }

    /// Whether only failures are wanted.
    pub(super) fn quiet(&self) -> bool {
        self.style.verbosity < 0
    }

    /// How many `-v`, or -1 for quiet.
    pub(super) fn verbosity(&self) -> i8 {
        self.style.verbosity
    }

    /// How tables are to look.
    pub(super) fn style(&self) -> &TableStyle {
        &self.style
    }

    /// How an error's lines are to look.
    fn drawn(&self) -> Drawn {
        Drawn {
            color: self.error_color,
            width: self.style.width,
        }
    }

    /// Writes bytes to standard output, as they are.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), AppError> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()?;
        Ok(())
    }

    /// Writes lines to standard output.
    pub(super) fn print(&self, text: &str) -> Result<(), AppError> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        out.flush()?;
        Ok(())
    }

    /// Writes annotations to standard error, where a runner reads them as well.
    pub(super) fn annotate(&self, bytes: &[u8]) {
        let _nobody_listens = io::stderr().lock().write_all(bytes);
    }

    /// Writes a remark to standard error, unless quiet.
    pub(super) fn remark(&self, text: &str) {
        if !self.quiet() {
            self.say(&format!("{}\n", visible_lines(text)));
        }
    }

    /// Writes an error to standard error.
    pub(super) fn error(&self, text: &str) {
        // Whatever a name, a path or a driver brought along.
        let text = &visible_lines(text);
        let text = if self.error_color {
            let red = "\u{1b}[1;31merror\u{1b}[0m: ";
            format!("{red}{}\n", text.replace("\nerror: ", &format!("\n{red}")))
        } else {
            format!("error: {text}\n")
        };
        self.say(&text);
    }

    /// To standard error; where that is gone, there is nobody to tell.
    fn say(&self, text: &str) {
        let _nobody_listens = io::stderr().lock().write_all(text.as_bytes());
    }
}

/// `1 case`, `2 cases`.
pub(super) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Columns of the terminal on standard output.
fn terminal_width() -> Option<u16> {
    if let Some(width) = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok())
    {
        return Some(width);
    }
    // comfy-table knows the terminal's size without a call of ours.
    comfy_table::Table::new().width()
}
