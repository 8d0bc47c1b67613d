//! Variables of the environment that hide adapters.

use wgpu::Backends;

use crate::kit::LostCause;

/// The variable that names backends.
const BACKEND: &str = "WGPU_BACKEND";

/// The variables that name the drivers which Vulkan's loader looks at, and no
/// others; the first that is set holds.
const DRIVERS: [&str; 2] = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];

/// The backends that `WGPU_BACKEND` names; none where it names nothing.
pub(super) fn of_environment() -> Option<Backends> {
    variable(BACKEND).and_then(|_| Backends::from_env())
}

/// A variable of the environment that is set, and not to nothing.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok();
    value.filter(|value| !value.trim().is_empty())
}

/// Why this machine shows no adapter at all, with the cure: a variable may
/// stand in the way.
#[must_use]
pub fn none_found() -> LostCause {
    let drivers = DRIVERS.into_iter().find(|name| variable(name).is_some());
    why_none(
        variable(BACKEND).zip(Backends::from_env()),
        wgpu::Instance::enabled_backend_features(),
        drivers,
    )
}

fn why_none(
    named: Option<(String, Backends)>,
    built: Backends,
    drivers: Option<&str>,
) -> LostCause {
    let mut why = "no adapter was found".to_owned();
    match named {
        Some((text, backends)) if !backends.intersects(built) => {
            let what = if backends.is_empty() {
                "names no backend"
            } else {
                "names no backend that this build of the gate has"
            };
            return LostCause::NoSuchAdapter(format!(
                "{BACKEND}={text} {what}; it has {}: name that, or unset the variable",
                names(built)
            ));
        }
        Some((text, _)) => why.push_str(&format!(
            " on the backend of {BACKEND}={text}: unset it to look on all"
        )),
        None => {}
    }
    why.push_str(&match drivers {
        Some(drivers) => format!(
            "; {drivers} is set, and no other driver is looked at than those it names: correct it, or unset it"
        ),
        None => ". A software one serves too: on Debian or Ubuntu `apt-get install mesa-vulkan-drivers libvulkan1`".to_owned(),
    });
    LostCause::NoAdapter(why)
}

/// Backends as they are typed.
pub(super) fn names(backends: Backends) -> String {
    let names = backends.iter_names().map(|(name, _)| name.to_lowercase());
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_hides_every_adapter_is_named() {
        let why = |named: Option<&str>, drivers| {
            let named = named.map(|text| (text.to_owned(), Backends::from_comma_list(text)));
            why_none(named, Backends::VULKAN, drivers)
        };
        for (text, what) in [
            (
                "gl",
                "names no backend that this build of the gate has; it has vulkan",
            ),
            (
                "metal,dx12",
                "names no backend that this build of the gate has",
            ),
            ("vulcan", "names no backend; it has vulkan"),
        ] {
            let LostCause::NoSuchAdapter(said) = why(Some(text), None) else {
                panic!("{text} is a bad request");
            };
            assert!(
                said.starts_with(&format!("WGPU_BACKEND={text} {what}")),
                "{said}"
            );
        }
        for (named, drivers, what) in [
            (None, None, "A software one serves too"),
            (
                Some("vulkan"),
                None,
                "on the backend of WGPU_BACKEND=vulkan: unset it",
            ),
            (
                None,
                Some("VK_DRIVER_FILES"),
                "VK_DRIVER_FILES is set, and no other",
            ),
        ] {
            let LostCause::NoAdapter(said) = why(named, drivers) else {
                panic!("the request is a good one");
            };
            assert!(said.contains(what), "{said}");
        }
    }
}
