//! Errors that end a command, each with its exit code.

use std::path::PathBuf;

use thiserror::Error;

use crate::baseline::StoreError;
use crate::exit;
use crate::kit::{Lost, LostCause};
use crate::plan::PlanError;
use crate::shader::ShaderError;
use crate::spec::SpecError;

/// Why a command ended without a report.
#[derive(Debug, Error)]
pub enum AppError {
    /// Mistakes in specs.
    #[error("{}", lines(.0))]
    Spec(Vec<SpecError>),
    /// Mistakes that planning found.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Mistakes in templates or WGSL.
    #[error("{}", lines(.0))]
    Shader(Vec<ShaderError>),
    /// A usage mistake that the flags' types do not catch.
    #[error("{0}")]
    Usage(String),
    /// A baseline file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No case to work on.
    #[error("{0}")]
    Nothing(String),
    /// No device to work on, or lost before the first case.
    #[error("{0}")]
    Lost(#[from] Lost),
    /// A file that could not be written.
    #[error("{}: not written: {source}; check that the folder exists, has room, and is yours to write", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Reports that could not be written.
    #[error("{}", not_written(.0))]
    Reports(Vec<(PathBuf, std::io::Error)>),
    /// Standard output went away.
    #[error("the report could not be written: {0}")]
    Output(#[from] std::io::Error),
}

/// One error a line, each but the first with its own `error: `.
fn lines<E: ToString>(errors: &[E]) -> String {
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    texts.join("\nerror: ")
}

/// One line for each report that was not written.
fn not_written(failures: &[(PathBuf, std::io::Error)]) -> String {
    let texts: Vec<String> = failures
        .iter()
        .map(|(path, source)| {
            format!(
                "{}: the report was not written: {source}; check that the folder has room and is yours to write",
                path.display()
            )
        })
        .collect();
    lines(&texts)
}

impl AppError {
    /// Its exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Spec(_) | Self::Plan(_) | Self::Shader(_) | Self::Usage(_) => exit::BAD_REQUEST,
            Self::Store(error) => match error {
                StoreError::Unreadable { .. }
                | StoreError::Unread { .. }
                | StoreError::Name { .. } => exit::BAD_REQUEST,
                StoreError::Io { .. }
                | StoreError::Locked { .. }
                | StoreError::Overtaken { .. }
                | StoreError::Unwritable { .. } => exit::FAILED,
            },
            Self::Nothing(_) => exit::NOTHING,
            Self::Lost(lost) => match lost.cause {
                LostCause::NoSuchAdapter(_) => exit::BAD_REQUEST,
                LostCause::NoAdapter(_)
                | LostCause::Panicked(_)
                | LostCause::Crashed(_)
                | LostCause::Hung(_)
                | LostCause::DeviceLost(_)
                | LostCause::Refused(_)
                | LostCause::Garbage(_)
                | LostCause::Protocol(_) => exit::LOST,
            },
            Self::Write { .. } | Self::Reports(_) | Self::Output(_) => exit::FAILED,
        }
    }
}
