//! Names that survive a run: of a case and of a device.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a case is, not where it stands in a file:
/// `moe/topk[experts=8,k=2,tokens=128]@workgroup=64`.
///
/// Made in one place, `plan::identity`. Orders as its text does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct CaseId(pub String);

impl CaseId {
    /// The part before the first `/`: the suite's name.
    #[must_use]
    pub fn suite(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The folder name of a device's baselines: adapter and backend, and on a
/// software adapter the CPU's model, in lower case with dashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct DeviceKey(pub String);

impl DeviceKey {
    /// Joins the parts into one lower-case word of letters, digits and dashes.
    #[must_use]
    pub fn from_parts(parts: &[&str]) -> Self {
        let mut key = String::new();
        for character in parts.join("-").chars() {
            if character.is_ascii_alphanumeric() {
                key.push(character.to_ascii_lowercase());
            } else if !key.is_empty() && !key.ends_with('-') {
                key.push('-');
            }
        }
        key.truncate(96);
        Self(key.trim_end_matches('-').to_owned())
    }
}

impl fmt::Display for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_key_is_a_safe_folder_name() {
        let key = DeviceKey::from_parts(&["NVIDIA H100 80GB HBM3", "vulkan"]);
        assert_eq!(key.0, "nvidia-h100-80gb-hbm3-vulkan");
        assert_eq!(DeviceKey::from_parts(&["../../etc", ""]).0, "etc");
    }
}
