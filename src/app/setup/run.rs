//! Which command is which.

use crate::app::AppError;
use crate::app::output::Screen;
use crate::cli::{NewWhat, SetupCommand};

use super::{doctor, generate, init};

/// Runs one of them.
pub(in crate::app) fn run(command: &SetupCommand, screen: &Screen) -> Result<u8, AppError> {
    match command {
        SetupCommand::Init(args) => init::init(args, screen),
        SetupCommand::New(args) => match &args.what {
            NewWhat::Kernel(args) => init::new_kernel(args, screen),
        },
        SetupCommand::Doctor(args) => doctor::doctor(args, screen),
        SetupCommand::Schema(args) => generate::schema(args, screen),
        SetupCommand::Completions(args) => generate::completions(args, screen),
        SetupCommand::Man(args) => generate::man(args, screen),
    }
}
