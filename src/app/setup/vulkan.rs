//! What stands between Vulkan and a driver on Linux: the loader, the drivers
//! that are registered with it, and variables that hide them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::doctor::{Diagnosis, State};

/// What brings both.
const INSTALLS: &str = "on Debian or Ubuntu `apt-get install mesa-vulkan-drivers libvulkan1` brings a software adapter and the loader";

/// Variables that name the drivers which the loader looks at, and no others;
/// the first that is set holds. Source: the loader's document on drivers,
/// "Overriding the Default Driver Usage".
const NAMING: [&str; 2] = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];

/// Whatever else decides which adapters are seen.
const STEERING: [&str; 7] = [
    "WGPU_BACKEND",
    "WGPU_ADAPTER_NAME",
    "VK_ADD_DRIVER_FILES",
    "VK_LOADER_DRIVERS_SELECT",
    "VK_LOADER_DRIVERS_DISABLE",
    "MESA_VK_DEVICE_SELECT",
    "DRI_PRIME",
];

/// Drivers of one folder that are looked at, at most.
const MOST: usize = 32;

/// A driver's manifest is a few lines.
const MAX_BYTES: u64 = 1 << 20;

/// Whether the Vulkan loader is where programs look for it, and which drivers
/// it would find.
pub(super) fn vulkan(diagnosis: &mut Diagnosis) {
    loader(diagnosis);
    let named = NAMING.into_iter().find_map(|name| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
        let paths: Vec<PathBuf> = std::env::split_paths(&value).collect();
        Some((name, paths))
    });
    match named {
        Some((name, paths)) => named_drivers(diagnosis, name, &paths),
        None => {
            let drivers = registered();
            if !drivers.is_empty() {
                diagnosis.add("vulkan drivers", State::Fine, drivers.join(", "));
            } else if !diagnosis.can_check {
                diagnosis
                    .add("vulkan drivers", State::Missing, "none is registered")
                    .cure(INSTALLS);
            }
        }
    }
}

/// Variables that are set and that decide which adapters are seen.
pub(super) fn variables(diagnosis: &mut Diagnosis) {
    let set: Vec<String> = STEERING
        .iter()
        .filter_map(|name| {
            let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
            Some(format!("{name}={}", value.to_string_lossy()))
        })
        .collect();
    if set.is_empty() {
        return;
    }
    if diagnosis.can_check {
        diagnosis.add("environment", State::Fine, set.join(", "));
    } else {
        diagnosis
            .add("environment", State::Note, set.join(", "))
            .cure("these decide which adapters are seen: unset them, and ask again");
    }
}

fn loader(diagnosis: &mut Diagnosis) {
    const LOADER: &str = "libvulkan.so.1";
    let mut folders: Vec<PathBuf> = std::env::var_os("LD_LIBRARY_PATH")
        .map(|paths| std::env::split_paths(&paths).collect())
        .unwrap_or_default();
    for folder in ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib"] {
        folders.push(folder.into());
        // Debian's and its like: /usr/lib/x86_64-linux-gnu.
        let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
        folders.push(Path::new(folder).join(machine));
    }
    match folders.iter().map(|f| f.join(LOADER)).find(|p| p.exists()) {
        Some(path) => {
            diagnosis.add("vulkan loader", State::Fine, path.display().to_string());
        }
        None if diagnosis.can_check => {
            // Some other folder has it, for it was loaded.
            diagnosis.add(
                "vulkan loader",
                State::Fine,
                "not in the usual folders, and found all the same",
            );
        }
        None => diagnosis
            .add("vulkan loader", State::Missing, format!("no {LOADER}"))
            .cure(INSTALLS),
    }
}

/// The drivers that a variable names: each is there, or is told.
fn named_drivers(diagnosis: &mut Diagnosis, variable: &str, paths: &[PathBuf]) {
    let mut good = Vec::new();
    let mut bad = Vec::new();
    for path in paths.iter().filter(|path| !path.as_os_str().is_empty()) {
        match fault(path) {
            None => good.push(path.display().to_string()),
            Some(why) => bad.push(format!("{} {why}", path.display())),
        }
    }
    if bad.is_empty() && (diagnosis.can_check || !good.is_empty()) {
        let says = format!("{} (of {variable})", good.join(", "));
        if diagnosis.can_check {
            diagnosis.add("vulkan drivers", State::Fine, says);
        } else {
            diagnosis
                .add("vulkan drivers", State::Note, says)
                .cure(others(variable));
        }
        return;
    }
    let state = if diagnosis.can_check {
        State::Note
    } else {
        State::Missing
    };
    let says = if bad.is_empty() {
        format!("{variable} names none")
    } else {
        format!("of {variable}: {}", bad.join("; "))
    };
    diagnosis
        .add("vulkan drivers", state, says)
        .cure(others(variable));
}

/// What to do about a variable that hides the drivers that are registered.
fn others(variable: &str) -> String {
    let registered = registered();
    let there = if registered.is_empty() {
        format!("none is registered: {INSTALLS}")
    } else {
        format!("registered are {}", registered.join(", "))
    };
    format!(
        "no other driver than those of {variable} is looked at: correct it, or unset it; {there}"
    )
}

/// Why the loader finds no driver by this path, if so; a folder stands for the
/// manifests in it.
fn fault(path: &Path) -> Option<String> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            let drivers = manifests(path);
            return drivers
                .is_empty()
                .then(|| "has no driver's manifest in it".to_owned());
        }
        Ok(found) if found.is_file() && found.len() <= MAX_BYTES => {}
        Ok(_) => return Some("is no driver's manifest".to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Some("is not there".to_owned());
        }
        Err(error) => return Some(format!("cannot be read: {error}")),
    }
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return Some(format!("cannot be read: {error}")),
    };
    let manifest: Option<Value> = serde_json::from_str(&text).ok();
    let library = manifest
        .as_ref()
        .and_then(|manifest| manifest.pointer("/ICD/library_path"))
        .and_then(Value::as_str);
    let Some(library) = library else {
        return Some("is no driver's manifest: JSON with `ICD` and its `library_path`".to_owned());
    };
    // A bare name is the system's to find; any other counts from the manifest.
    let is_bare = !library.contains('/');
    let at = path.parent().unwrap_or(Path::new(".")).join(library);
    (!is_bare && !at.exists()).then(|| format!("names {library}, which is not there"))
}

/// Names of the drivers that are registered with the Vulkan loader. Source:
/// the loader's own document on drivers, "Driver Discovery on Linux".
fn registered() -> Vec<String> {
    let mut found: Vec<String> = ["/usr/local/etc", "/etc", "/usr/local/share", "/usr/share"]
        .iter()
        .flat_map(|folder| manifests(&Path::new(folder).join("vulkan/icd.d")))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Names of the manifests in a folder.
fn manifests(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .flatten()
        .take(MOST)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_that_leads_to_no_library_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let fault_of = |text: &str| {
            fs::write(at("icd.json"), text).expect("written");
            fault(&at("icd.json"))
        };
        let naming = |library: &str| format!(r#"{{"ICD": {{"library_path": "{library}"}}}}"#);
        assert_eq!(fault(&at("none.json")).as_deref(), Some("is not there"));
        for text in [
            "root:x:0:0",
            "{}",
            r#"{"ICD": {}}"#,
            r#"{"ICD": {"library_path": 7}}"#,
        ] {
            let said = fault_of(text).expect("none of them is a manifest");
            assert!(said.starts_with("is no driver's manifest"), "{said}");
        }
        assert_eq!(
            fault_of(&naming("./libvk.so")).as_deref(),
            Some("names ./libvk.so, which is not there")
        );
        assert_eq!(fault_of(&naming("libvulkan_lvp.so")), None);
        fs::write(at("libvk.so"), "").expect("written");
        assert_eq!(fault_of(&naming("./libvk.so")), None);
        let absolute = at("libvk.so").display().to_string();
        assert_eq!(fault_of(&naming(&absolute)), None);
        // A folder stands for what is in it.
        assert_eq!(fault(folder.path()), None);
        fs::remove_file(at("icd.json")).expect("removed");
        assert!(fault(folder.path()).is_some());
    }
}
