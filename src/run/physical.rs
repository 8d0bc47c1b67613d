//! Which adapters are the same piece of hardware.

use crate::kit::Backend;

/// What tells a physical device from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Physical {
    /// What it is reached through.
    pub(crate) backend: Backend,
    /// The adapter's name.
    pub(crate) name: String,
    /// The numbers of its vendor and its kind of chip; zeros where the backend
    /// has none.
    pub(crate) chip: (u32, u32),
    /// Its place on the bus; empty where that is not known.
    pub(crate) bus: String,
}

impl Physical {
    /// Whether both are surely the same device.
    ///
    /// On different backends: the same chip, or the same name. Two cards of a
    /// kind are two adapters of each backend, and what is dropped is all of the
    /// second backend. On Vulkan, where places on the bus can be believed, also
    /// two drivers of one card. (Of Direct3D's adapters wgpu finds the place by
    /// the chip, so that two cards of a kind would have the same.)
    fn is(&self, other: &Self) -> bool {
        if self.backend != other.backend {
            let chip = self.chip == other.chip && self.chip != (0, 0);
            return chip || self.name == other.name;
        }
        self.backend == Backend::Vulkan && !self.bus.is_empty() && self.bus == other.bus
    }
}

/// For each adapter the position of the first one before it that is the same
/// device.
pub(crate) fn same_as(adapters: &[Physical]) -> Vec<Option<usize>> {
    (0..adapters.len())
        .map(|at| (0..at).find(|before| adapters[*before].is(&adapters[at])))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(backend: Backend, name: &str, chip: (u32, u32), bus: &str) -> Physical {
        Physical {
            backend,
            name: name.into(),
            chip,
            bus: bus.into(),
        }
    }

    #[test]
    fn a_card_under_two_backends_counts_once() {
        let chip = (0x10de, 0x2684);
        let all = [
            adapter(Backend::Vulkan, "NVIDIA RTX 4090", chip, "0000:01:00.0"),
            adapter(Backend::Dx12, "NVIDIA RTX 4090", chip, "0000:01:00.0"),
            adapter(Backend::Dx12, "WARP", (0x1414, 0x8c), ""),
        ];
        assert_eq!(same_as(&all), [None, Some(0), None]);
    }

    #[test]
    fn two_cards_of_a_kind_are_two() {
        let chip = (0x10de, 0x2684);
        let all = [
            adapter(Backend::Vulkan, "NVIDIA RTX 4090", chip, "0000:01:00.0"),
            adapter(Backend::Vulkan, "NVIDIA RTX 4090", chip, "0000:02:00.0"),
            adapter(Backend::Dx12, "NVIDIA RTX 4090", chip, "0000:01:00.0"),
            adapter(Backend::Dx12, "NVIDIA RTX 4090", chip, "0000:01:00.0"),
        ];
        assert_eq!(same_as(&all), [None, None, Some(0), Some(0)]);
        // On one backend alone none is dropped.
        assert_eq!(same_as(&all[2..]), [None, None]);
    }

    #[test]
    fn two_drivers_of_a_card_are_one_device() {
        let chip = (0x1002, 0x73bf);
        let all = [
            adapter(Backend::Vulkan, "AMD Radeon RX 6800", chip, "0000:03:00.0"),
            adapter(Backend::Vulkan, "AMD RADV NAVI21", chip, "0000:03:00.0"),
        ];
        assert_eq!(same_as(&all), [None, Some(0)]);
    }

    #[test]
    fn software_adapters_are_told_apart() {
        let all = [
            adapter(Backend::Vulkan, "SwiftShader Device", (0x1ae0, 0xc0de), ""),
            adapter(Backend::Vulkan, "llvmpipe", (0x10005, 0), ""),
        ];
        assert_eq!(same_as(&all), [None, None]);
        // A backend without numbers knows a device by its name.
        let apple = [
            adapter(Backend::Vulkan, "Apple M1", (0x106b, 0), ""),
            adapter(Backend::Metal, "Apple M1", (0, 0), ""),
            adapter(Backend::Metal, "Apple M1 Ultra", (0, 0), ""),
        ];
        assert_eq!(same_as(&apple), [None, Some(0), None]);
    }
}
