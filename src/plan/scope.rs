//! What an expression sees.

use std::collections::BTreeMap;

use crate::kit::{DeviceFacts, DeviceLimits, Features};
use crate::spec::{Env, Value};

use super::Parameter;

/// Parameters by name.
pub(super) type Parameters = BTreeMap<String, Parameter>;

/// What is known of the device where an expression stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum OfDevice<'a> {
    /// Nothing may be asked.
    Hidden,
    /// What WebGPU promises everywhere: to try a condition with no device.
    Promised,
    /// This device.
    Facts(&'a DeviceFacts),
}

/// Parameters, and what is known of the device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    /// Shape and variant; on an entry's `shape` also what it sweeps.
    pub(super) parameters: &'a Parameters,
    /// The device.
    pub(super) device: OfDevice<'a>,
}

impl<'a> Scope<'a> {
    /// Without a device.
    pub(super) fn of(parameters: &'a Parameters) -> Self {
        Self {
            parameters,
            device: OfDevice::Hidden,
        }
    }
}

impl Env for Scope<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        if let Some(asked) = name.strip_prefix("device.") {
            return match self.device {
                OfDevice::Hidden => None,
                OfDevice::Promised => {
                    device_value(&DeviceLimits::webgpu_default(), &Features::default(), asked)
                }
                OfDevice::Facts(facts) => device_value(&facts.limits, &facts.features, asked),
            }
            .map(Value::Int);
        }
        match self.parameters.get(name) {
            Some(Parameter::Int(value)) => Some(Value::Int(*value)),
            Some(Parameter::Word(word)) => Some(Value::Word(word.clone())),
            // A list is seen by its components only.
            Some(Parameter::List(_)) => None,
            None => {
                let (base, index) = name.rsplit_once('.')?;
                let Some(Parameter::List(values)) = self.parameters.get(base) else {
                    return None;
                };
                let index: usize = index.parse().ok()?;
                values.get(index).copied().map(Value::Int)
            }
        }
    }

    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (name, parameter) in self.parameters {
            match parameter {
                Parameter::Int(_) | Parameter::Word(_) => names.push(name.clone()),
                Parameter::List(values) => {
                    names.extend((0..values.len()).map(|index| format!("{name}.{index}")));
                }
            }
        }
        match self.device {
            OfDevice::Hidden => {}
            OfDevice::Promised | OfDevice::Facts(_) => {
                names.extend(DEVICE_NAMES.iter().map(|name| format!("device.{name}")));
            }
        }
        names
    }
}

/// What `where` may ask of a device, after `device.`.
pub(super) const DEVICE_NAMES: [&str; 19] = [
    "max_invocations",
    "max_workgroup_x",
    "max_workgroup_y",
    "max_workgroup_z",
    "max_workgroup_memory",
    "max_dispatch",
    "max_storage_binding",
    "max_uniform_binding",
    "max_buffer",
    "max_storage_buffers",
    "max_bind_groups",
    "max_bindings",
    "max_uniform_buffers",
    "max_stage_buffers",
    "f16",
    "subgroups",
    "subgroup_min",
    "subgroup_max",
    "cooperative_matrix",
];

/// The answer to one of [`DEVICE_NAMES`]: a feature is 0 or 1.
fn device_value(limits: &DeviceLimits, features: &Features, name: &str) -> Option<i64> {
    let [x, y, z] = limits.max_workgroup_size;
    let value: u64 = match name {
        "max_invocations" => limits.max_invocations.into(),
        "max_workgroup_x" => x.into(),
        "max_workgroup_y" => y.into(),
        "max_workgroup_z" => z.into(),
        "max_workgroup_memory" => limits.max_workgroup_memory.into(),
        "max_dispatch" => limits.max_dispatch.into(),
        "max_storage_binding" => limits.max_storage_binding,
        "max_uniform_binding" => limits.max_uniform_binding,
        "max_buffer" => limits.max_buffer,
        "max_storage_buffers" => limits.max_storage_buffers.into(),
        "max_bind_groups" => limits.max_bind_groups.into(),
        "max_bindings" => limits.max_bindings.into(),
        "max_uniform_buffers" => limits.max_uniform_buffers.into(),
        "max_stage_buffers" => limits.max_stage_buffers.into(),
        "f16" => features.f16.into(),
        "subgroups" => features.subgroups.into(),
        "subgroup_min" => features.subgroup_min.into(),
        "subgroup_max" => features.subgroup_max.into(),
        "cooperative_matrix" => features.cooperative_matrix.into(),
        _ => return None,
    };
    // Some drivers state a limit of all ones: as large as an expression gets.
    Some(i64::try_from(value).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_name_has_an_answer() {
        for name in DEVICE_NAMES {
            let (limits, features) = (DeviceLimits::webgpu_default(), Features::default());
            assert!(device_value(&limits, &features, name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_list_is_seen_by_its_components() {
        let parameters = Parameters::from([("workgroup".to_owned(), Parameter::List(vec![16, 8]))]);
        let scope = Scope::of(&parameters);
        assert_eq!(scope.get("workgroup.0"), Some(Value::Int(16)));
        assert_eq!(scope.get("workgroup.1"), Some(Value::Int(8)));
        assert_eq!(scope.get("workgroup.2"), None);
        assert_eq!(scope.get("workgroup"), None);
        assert_eq!(scope.names(), ["workgroup.0", "workgroup.1"]);
    }

    #[test]
    fn the_device_is_hidden_unless_shown() {
        let parameters = Parameters::new();
        let hidden = Scope::of(&parameters);
        assert_eq!(hidden.get("device.max_invocations"), None);
        let promised = Scope {
            parameters: &parameters,
            device: OfDevice::Promised,
        };
        assert_eq!(
            promised.get("device.max_invocations"),
            Some(Value::Int(256))
        );
        assert_eq!(promised.get("device.f16"), Some(Value::Int(0)));
    }
}
