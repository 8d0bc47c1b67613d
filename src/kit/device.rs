//! What is known of a device before anything is measured on it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{DeviceKey, Nanos};

/// The graphics interface under wgpu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Vulkan.
    Vulkan,
    /// Metal.
    Metal,
    /// Direct3D 12.
    Dx12,
    /// OpenGL.
    Gl,
    /// A browser's WebGPU.
    Browser,
    /// Scripted times, for tests.
    Replay,
    /// Not said: times that were recorded elsewhere.
    Unknown,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Vulkan => "vulkan",
            Self::Metal => "metal",
            Self::Dx12 => "dx12",
            Self::Gl => "gl",
            Self::Browser => "browser",
            Self::Replay => "replay",
            Self::Unknown => "unknown",
        })
    }
}

/// The adapter's kind, as wgpu names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// A card with its own memory.
    Discrete,
    /// A GPU that shares the system's memory.
    Integrated,
    /// A GPU behind a hypervisor.
    Virtual,
    /// A software adapter: lavapipe, SwiftShader, WARP.
    Cpu,
    /// Not said.
    Other,
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Discrete => "discrete",
            Self::Integrated => "integrated",
            Self::Virtual => "virtual",
            Self::Cpu => "cpu",
            Self::Other => "other",
        })
    }
}

/// How times are taken. Times of different methods are never compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Pass-level timestamps, resolved in a submission of their own.
    PassTimestamps,
    /// Host clock over a batch, from submission to idle: the fallback where
    /// the adapter has no usable timestamps.
    WallClock,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PassTimestamps => "pass-timestamps",
            Self::WallClock => "wall-clock",
        })
    }
}

/// The device's clock as it was found in one process.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Timer {
    /// How times are taken.
    pub method: Method,
    /// The clock's smallest step.
    pub tick: Nanos,
    /// What an empty compute pass reads.
    pub empty_pass: Nanos,
}

/// The limits that cases are fitted to, as the adapter states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceLimits {
    /// Invocations in one workgroup.
    pub max_invocations: u32,
    /// Workgroup size, per dimension.
    pub max_workgroup_size: [u32; 3],
    /// Workgroup memory, in bytes.
    pub max_workgroup_memory: u32,
    /// Workgroups of one dispatch, per dimension.
    pub max_dispatch: u32,
    /// One storage binding, in bytes.
    pub max_storage_binding: u64,
    /// One uniform binding, in bytes.
    pub max_uniform_binding: u64,
    /// One buffer, in bytes.
    pub max_buffer: u64,
    /// Storage buffers in one stage.
    pub max_storage_buffers: u32,
    /// Bind groups in one pipeline.
    pub max_bind_groups: u32,
    /// Binding numbers in one bind group, which are below this.
    #[serde(
        default = "promised::bindings",
        skip_serializing_if = "promised::are_bindings"
    )]
    pub max_bindings: u32,
    /// Uniform buffers in one stage.
    #[serde(
        default = "promised::uniform_buffers",
        skip_serializing_if = "promised::are_uniform_buffers"
    )]
    pub max_uniform_buffers: u32,
    /// Storage and uniform buffers in one stage together.
    #[serde(
        default = "promised::stage_buffers",
        skip_serializing_if = "promised::are_stage_buffers"
    )]
    pub max_stage_buffers: u32,
}

/// What WebGPU promises where a recording does not say. Nor is it written: a
/// recording from before these limits were known has a digest of the others
/// alone, and reads and writes as it stands.
mod promised {
    use super::DeviceLimits;

    const PROMISED: DeviceLimits = DeviceLimits::webgpu_default();

    pub(super) fn bindings() -> u32 {
        PROMISED.max_bindings
    }

    pub(super) fn are_bindings(limit: &u32) -> bool {
        *limit == PROMISED.max_bindings
    }

    pub(super) fn uniform_buffers() -> u32 {
        PROMISED.max_uniform_buffers
    }

    pub(super) fn are_uniform_buffers(limit: &u32) -> bool {
        *limit == PROMISED.max_uniform_buffers
    }

    pub(super) fn stage_buffers() -> u32 {
        PROMISED.max_stage_buffers
    }

    pub(super) fn are_stage_buffers(limit: &u32) -> bool {
        *limit == PROMISED.max_stage_buffers
    }
}

impl DeviceLimits {
    /// The limits that WebGPU promises everywhere.
    ///
    /// Source: WebGPU specification, section 3.6.2, limits.
    #[must_use]
    pub const fn webgpu_default() -> Self {
        Self {
            max_invocations: 256,
            max_workgroup_size: [256, 256, 64],
            max_workgroup_memory: 16_384,
            max_dispatch: 65_535,
            max_storage_binding: 134_217_728,
            max_uniform_binding: 65_536,
            max_buffer: 268_435_456,
            max_storage_buffers: 8,
            max_bind_groups: 4,
            max_bindings: 1_000,
            max_uniform_buffers: 12,
            // Their sum: WebGPU has no limit of its own.
            max_stage_buffers: 20,
        }
    }
}

/// Optional abilities that kernels may ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// 16-bit floats in shaders.
    pub f16: bool,
    /// Subgroup operations.
    pub subgroups: bool,
    /// Cooperative matrices of f16, 16x16x16.
    pub cooperative_matrix: bool,
    /// Timestamps around passes.
    pub timestamps: bool,
    /// Smallest subgroup; 0 without subgroups.
    pub subgroup_min: u32,
    /// Largest subgroup; 0 without subgroups.
    pub subgroup_max: u32,
}

/// Everything that a recording says of the device it was made on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceFacts {
    /// The adapter's name.
    pub adapter: String,
    /// Its kind.
    pub kind: DeviceKind,
    /// The interface under wgpu.
    pub backend: Backend,
    /// The driver's name.
    pub driver: String,
    /// The driver's version and build.
    pub driver_info: String,
    /// The gate's version of wgpu.
    pub wgpu: String,
    /// The CPU's model, on a software adapter.
    pub cpu: Option<String>,
    /// The clock.
    pub timer: Timer,
    /// Limits of the adapter.
    pub limits: DeviceLimits,
    /// Optional abilities.
    pub features: Features,
}

impl DeviceFacts {
    /// The folder of this device's baselines.
    #[must_use]
    pub fn key(&self) -> DeviceKey {
        let backend = self.backend.to_string();
        match &self.cpu {
            Some(cpu) if self.kind == DeviceKind::Cpu => {
                DeviceKey::from_parts(&[&self.adapter, cpu, &backend])
            }
            _ => DeviceKey::from_parts(&[&self.adapter, &backend]),
        }
    }
}
