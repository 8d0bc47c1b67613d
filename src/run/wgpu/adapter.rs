//! Adapters: listed in one order, chosen by a person's words, opened whole.

use std::cmp::Reverse;

use wgpu::{Adapter, Backends, DeviceType, Features as Wanted, InstanceFlags};

use crate::kit::{
    Backend, DeviceFacts, DeviceKind, DeviceLimits, Features, Lost, LostCause, Method, Nanos, Step,
    Timer,
};
use crate::run::Selection;
use crate::run::physical::{Physical, same_as};

use super::context::Context;
use super::hidden::{names, none_found, of_environment};

/// The version of wgpu that this gate is built with; a test holds it to
/// `Cargo.lock`.
const WGPU_VERSION: &str = "30.0.1";

/// Abilities that are switched on where the adapter has them. Passes are timed
/// from outside only: timestamps inside encoders can hang on recent Metal.
const OPTIONAL: Wanted = Wanted::TIMESTAMP_QUERY
    .union(Wanted::SHADER_F16)
    .union(Wanted::SUBGROUP)
    .union(Wanted::EXPERIMENTAL_COOPERATIVE_MATRIX);

/// Facts of every adapter, the one that is taken when none is asked for first;
/// the position in this list is the index that `--device` takes.
///
/// Nothing is opened, so the clock is not measured: its tick and empty pass
/// read zero. `WGPU_BACKEND` narrows the list.
#[must_use]
pub fn adapters() -> Vec<DeviceFacts> {
    let backends = of_environment().unwrap_or(Backends::all());
    list(backends).iter().map(facts).collect()
}

/// The same, each with the position of the adapter before it that is the same
/// physical device, if there is one.
#[must_use]
pub fn distinct_adapters() -> Vec<(DeviceFacts, Option<usize>)> {
    let backends = of_environment().unwrap_or(Backends::all());
    let listed = list(backends);
    let physical: Vec<Physical> = listed
        .iter()
        .map(|adapter| {
            let info = adapter.get_info();
            Physical {
                backend: backend_of(info.backend),
                name: info.name,
                chip: (info.vendor, info.device),
                bus: info.device_pci_bus_id,
            }
        })
        .collect();
    listed.iter().map(facts).zip(same_as(&physical)).collect()
}

/// Opens the adapter that was asked for.
///
/// # Errors
///
/// [`LostCause::NoAdapter`] where there is none; [`LostCause::NoSuchAdapter`]
/// with what there is; [`LostCause::Refused`] if the adapter will not open.
pub(super) fn open(selection: &Selection) -> Result<(Context, DeviceFacts), Lost> {
    let adapter = select(selection).map_err(|cause| Lost::new(Step::Start, cause))?;
    let facts = facts(&adapter);
    let context = Context::open(&adapter, OPTIONAL & adapter.features())?;
    Ok((context, facts))
}

/// All adapters, in the order of preference: real GPUs before software, and
/// among equals by name, then by backend.
fn list(backends: Backends) -> Vec<Adapter> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = backends;
    // Validation layers would be timed along; `WGPU_VALIDATION` and the like
    // still switch them on by hand.
    descriptor.flags = InstanceFlags::empty().with_env();
    descriptor.backend_options = wgpu::BackendOptions::from_env_or_default();
    let instance = wgpu::Instance::new(descriptor);
    let mut adapters = pollster::block_on(instance.enumerate_adapters(backends));
    adapters.sort_by_cached_key(|adapter| {
        let info = adapter.get_info();
        (
            Reverse(preference(info.device_type)),
            info.name,
            backend_of(info.backend),
            info.device_pci_bus_id,
        )
    });
    adapters
}

/// Keeps Mesa's layer that picks a default device out of this process: it asks
/// every Wayland and X server for one, prints errors where there is none, and
/// changes an order that the gate sorts anyhow. Whoever steers that layer by
/// its own variables keeps it.
///
/// To be called before this process has a second thread.
pub fn without_device_selection() {
    const OFF: &str = "NODEVICE_SELECT";
    let steered = ["MESA_VK_DEVICE_SELECT", "DRI_PRIME", OFF];
    if !cfg!(target_os = "linux") || steered.iter().any(|name| std::env::var_os(name).is_some()) {
        return;
    }
    // SAFETY: the caller has no other thread that could read the environment.
    #[expect(
        unsafe_code,
        reason = "a Vulkan layer is switched off by a variable alone"
    )]
    unsafe {
        std::env::set_var(OFF, "1");
    }
}

/// How much a kind of device is to be preferred where none is asked for.
fn preference(kind: DeviceType) -> u8 {
    match kind {
        DeviceType::DiscreteGpu => 4,
        DeviceType::IntegratedGpu => 3,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 1,
        DeviceType::Cpu => 0,
    }
}

fn select(selection: &Selection) -> Result<Adapter, LostCause> {
    let backends = match &selection.backend {
        Some(name) => named_backend(name).map_err(LostCause::NoSuchAdapter)?,
        None => of_environment().unwrap_or(Backends::all()),
    };
    // An index counts in the list of `gate devices`, whatever the backend.
    let listed = list(of_environment().unwrap_or(Backends::all()) | backends);
    if listed.is_empty() {
        return Err(none_found());
    }
    let fits = |adapter: &Adapter| backends.contains(adapter.get_info().backend.into());
    let asked = selection
        .device
        .clone()
        .or_else(|| std::env::var("WGPU_ADAPTER_NAME").ok())
        .filter(|name| !name.trim().is_empty());
    if let Some(asked) = &asked {
        if let Some(adapter) = asked.parse().ok().and_then(|n: usize| listed.get(n)) {
            return if fits(adapter) {
                Ok(adapter.clone())
            } else {
                Err(LostCause::NoSuchAdapter(format!(
                    "adapter {asked} is not on the backend that was asked for; {}",
                    describe(&listed)
                )))
            };
        }
        let part = asked.to_lowercase();
        return listed
            .iter()
            .find(|adapter| fits(adapter) && adapter.get_info().name.to_lowercase().contains(&part))
            .cloned()
            .ok_or_else(|| {
                LostCause::NoSuchAdapter(format!(
                    "no adapter has the number or, in its name, the words `{asked}`{}; {}",
                    match &selection.backend {
                        Some(backend) => format!(" on {backend}"),
                        None => String::new(),
                    },
                    describe(&listed)
                ))
            });
    }
    listed
        .iter()
        .find(|adapter| fits(adapter))
        .cloned()
        .ok_or_else(|| {
            LostCause::NoSuchAdapter(format!(
                "no adapter is on the backend that was asked for; {}",
                describe(&listed)
            ))
        })
}

/// `this machine has #0 llvmpipe (vulkan)`, numbered as `--device` counts.
fn describe(listed: &[Adapter]) -> String {
    let names: Vec<String> = listed
        .iter()
        .enumerate()
        .map(|(index, adapter)| {
            let info = adapter.get_info();
            format!("#{index} {} ({})", info.name, backend_of(info.backend))
        })
        .collect();
    format!("this machine has {}", names.join(", "))
}

fn named_backend(name: &str) -> Result<Backends, String> {
    let backend = match name.to_lowercase().as_str() {
        "vulkan" | "vk" => Backends::VULKAN,
        "metal" | "mtl" => Backends::METAL,
        "dx12" | "d3d12" => Backends::DX12,
        _ => {
            return Err(format!(
                "`{name}` is no backend; write vulkan, metal or dx12"
            ));
        }
    };
    let built = wgpu::Instance::enabled_backend_features();
    if built.contains(backend) {
        Ok(backend)
    } else {
        Err(format!(
            "this build of the gate has no {name} here; it has {}",
            names(built)
        ))
    }
}

fn backend_of(backend: wgpu::Backend) -> Backend {
    match backend {
        wgpu::Backend::Vulkan => Backend::Vulkan,
        wgpu::Backend::Metal => Backend::Metal,
        wgpu::Backend::Dx12 => Backend::Dx12,
        wgpu::Backend::Gl => Backend::Gl,
        wgpu::Backend::BrowserWebGpu => Backend::Browser,
        // A stand-in that computes nothing; never enabled here.
        wgpu::Backend::Noop => Backend::Replay,
    }
}

fn kind_of(kind: DeviceType) -> DeviceKind {
    match kind {
        DeviceType::DiscreteGpu => DeviceKind::Discrete,
        DeviceType::IntegratedGpu => DeviceKind::Integrated,
        DeviceType::VirtualGpu => DeviceKind::Virtual,
        DeviceType::Cpu => DeviceKind::Cpu,
        DeviceType::Other => DeviceKind::Other,
    }
}

/// What an adapter says of itself, its clock not yet measured.
fn facts(adapter: &Adapter) -> DeviceFacts {
    let info = adapter.get_info();
    let features = adapter.features();
    let limits = adapter.limits();
    let kind = kind_of(info.device_type);
    let subgroups = features.contains(Wanted::SUBGROUP);
    let timestamps = features.contains(Wanted::TIMESTAMP_QUERY);
    DeviceFacts {
        adapter: info.name,
        kind,
        backend: backend_of(info.backend),
        driver: info.driver,
        driver_info: info.driver_info,
        wgpu: WGPU_VERSION.to_owned(),
        cpu: (kind == DeviceKind::Cpu).then(cpu_model),
        timer: Timer {
            method: if timestamps {
                Method::PassTimestamps
            } else {
                Method::WallClock
            },
            tick: Nanos(0.0),
            empty_pass: Nanos(0.0),
        },
        limits: DeviceLimits {
            max_invocations: limits.max_compute_invocations_per_workgroup,
            max_workgroup_size: [
                limits.max_compute_workgroup_size_x,
                limits.max_compute_workgroup_size_y,
                limits.max_compute_workgroup_size_z,
            ],
            max_workgroup_memory: limits.max_compute_workgroup_storage_size,
            max_dispatch: limits.max_compute_workgroups_per_dimension,
            max_storage_binding: limits.max_storage_buffer_binding_size,
            max_uniform_binding: limits.max_uniform_buffer_binding_size,
            max_buffer: limits.max_buffer_size,
            max_storage_buffers: limits.max_storage_buffers_per_shader_stage,
            max_bind_groups: limits.max_bind_groups,
            max_bindings: limits.max_bindings_per_bind_group,
            max_uniform_buffers: limits.max_uniform_buffers_per_shader_stage,
            max_stage_buffers: limits.max_buffers_and_acceleration_structures_per_shader_stage,
        },
        features: Features {
            f16: features.contains(Wanted::SHADER_F16),
            subgroups,
            cooperative_matrix: features.contains(Wanted::EXPERIMENTAL_COOPERATIVE_MATRIX)
                && has_square_f16(adapter),
            timestamps,
            subgroup_min: if subgroups { info.subgroup_min_size } else { 0 },
            subgroup_max: if subgroups { info.subgroup_max_size } else { 0 },
        },
    }
}

/// Whether the adapter multiplies f16 matrices of 16x16x16.
fn has_square_f16(adapter: &Adapter) -> bool {
    adapter.cooperative_matrix_properties().iter().any(|shape| {
        (shape.m_size, shape.n_size, shape.k_size) == (16, 16, 16)
            && shape.ab_type == wgpu::CooperativeScalarType::F16
    })
}

/// Size of the last-level cache where neither a class of hardware nor the
/// device says it, in bytes: 64 MiB on a GPU (above the 50 MB of an H100 and
/// near the 72 MB of an RTX 4090), 16 MiB on a software adapter, whose L3 is
/// shared with all else on the machine.
pub(super) fn default_cache(cpu: bool) -> u64 {
    if cpu { 16 << 20 } else { 64 << 20 }
}

/// The CPU's model: a software adapter is only as fast as that.
fn cpu_model() -> String {
    linux_model()
        .or_else(macos_model)
        .or_else(|| std::env::var("PROCESSOR_IDENTIFIER").ok())
        .map(|model| model.trim().to_owned())
        .filter(|model| !model.is_empty())
        .unwrap_or_else(|| format!("unknown {}", std::env::consts::ARCH))
}

fn linux_model() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    model_in(&text)
}

/// `model name` on x86; ARM boards write `Model` or `Hardware`, if anything.
fn model_in(cpuinfo: &str) -> Option<String> {
    ["model name", "Model", "Hardware"].iter().find_map(|key| {
        cpuinfo.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (name.trim() == *key).then(|| value.trim().to_owned())
        })
    })
}

fn macos_model() -> Option<String> {
    if !cfg!(target_os = "macos") {
        return None;
    }
    let output = std::process::Command::new("/usr/sbin/sysctl")
        .args(["-n", "machdep.cpu.brand_string"])
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_wgpu_is_the_locked_one() {
        let lock = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));
        let entry = format!("name = \"wgpu\"\nversion = \"{WGPU_VERSION}\"\n");
        assert!(lock.contains(&entry), "WGPU_VERSION is stale");
    }

    #[test]
    fn the_model_is_found_on_x86_and_on_a_board() {
        assert_eq!(
            model_in("processor\t: 0\nmodel name\t: Xeon(R) Gold: 1\n"),
            Some("Xeon(R) Gold: 1".into())
        );
        assert_eq!(
            model_in("processor : 0\nCPU part : 0xd0c\nHardware\t: BCM2835\n"),
            Some("BCM2835".into())
        );
        assert_eq!(model_in("processor : 0\n"), None);
    }

    #[test]
    fn a_real_gpu_comes_before_a_software_adapter() {
        let order = [
            DeviceType::DiscreteGpu,
            DeviceType::IntegratedGpu,
            DeviceType::VirtualGpu,
            DeviceType::Other,
            DeviceType::Cpu,
        ];
        assert!(order.is_sorted_by(|a, b| preference(*a) > preference(*b)));
    }

    #[test]
    fn a_backend_that_is_none_is_refused_with_those_that_are() {
        let error = named_backend("vulcan").expect_err("no such backend");
        assert!(error.contains("`vulcan` is no backend"), "{error}");
    }
}
