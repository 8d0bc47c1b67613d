//! `gate history`.

use std::path::PathBuf;

use clap::Args;

use super::FormatArgs;

/// `gate history`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate history 'moe/topk[experts=8,k=2,tokens=128]@workgroup=64'
  gate history 'moe/topk*' --device h100
  gate history '*tokens=1]*' --format json

Shows every recording that a version of the baseline file in git holds, oldest first, and where
the case changed, at 99 % confidence for the case's whole history, by seeded binary segmentation
with the interval that `gate check` judges by. Without git, only the recordings that the file
itself holds are shown, and a remark says so.
Exit codes: 0 printed; 2 bad request, such as an unreadable baseline; 6 no such case is recorded.")]
pub struct HistoryArgs {
    /// A case's identity, or a glob of identities
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Only devices whose folder's name holds this
    #[arg(long, value_name = "NAME", value_parser = super::device::parse_device)]
    pub device: Option<String>,
    /// Folder of baselines [default: baselines/ in the project's root]
    #[arg(long, value_name = "DIR")]
    pub baselines: Option<PathBuf>,
    /// What to print.
    #[command(flatten)]
    pub format: FormatArgs,
}
