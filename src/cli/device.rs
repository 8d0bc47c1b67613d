//! Which adapter.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Which adapter.
#[derive(Clone, Debug, Default, Args)]
pub struct DeviceArgs {
    /// Adapter: its number in `gate devices`, or a part of its name; `all` for every one,
    /// where a command can
    #[arg(long, value_name = "NUMBER|NAME|all", value_parser = parse_device)]
    pub device: Option<String>,
    /// Backend of the adapter (WGPU_BACKEND and WGPU_ADAPTER_NAME hold otherwise)
    #[arg(long, value_enum, value_name = "NAME")]
    pub backend: Option<BackendArg>,
    /// Answer from this script instead of a GPU, for tests
    #[arg(long, hide = true, value_name = "FILE")]
    pub replay: Option<PathBuf>,
}

/// Every name holds no words at all: they would choose whatever comes first.
pub(super) fn parse_device(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("this names no device; `gate devices` lists them".into()),
        _ => Ok(text.to_owned()),
    }
}

/// A backend of wgpu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackendArg {
    /// Linux, Android, Windows
    #[value(alias = "vk")]
    Vulkan,
    /// macOS
    #[value(alias = "mtl")]
    Metal,
    /// Windows
    #[value(alias = "d3d12")]
    Dx12,
}

impl BackendArg {
    /// Its name, as it is typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Vulkan => "vulkan",
            Self::Metal => "metal",
            Self::Dx12 => "dx12",
        }
    }
}
