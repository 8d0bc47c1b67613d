//! What a worker is about to do within one request, told ahead: whoever waits
//! for a worker that hangs or crashes then knows what it was at. A reference
//! in WGSL runs in the middle of verifying a kernel, and is not the kernel.

use std::path::Path;
use std::sync::OnceLock;

use crate::kit::{Lost, Step};

use super::panics::catch;

/// What such a line begins with; then comes the reference's file in JSON, or
/// `null` once it has run.
pub(super) const TOKEN: &str = "@gate-reference ";

/// How a worker process tells.
static TELL: OnceLock<fn(&str)> = OnceLock::new();

/// Has this process, a worker, tell what it is about to do: `tell` gets lines
/// to write to the pipe that answers go to. Without it nothing is told.
pub fn announce_by(tell: fn(&str)) {
    // Set once; a second time would be the same pipe.
    let _known = TELL.set(tell);
}

/// Runs a reference in WGSL: whatever goes wrong is the reference's loss.
///
/// # Errors
///
/// [`Lost`] at [`Step::Reference`], with its file; a panic too.
pub(super) fn reference<T>(file: &Path, work: impl FnOnce() -> Result<T, Lost>) -> Result<T, Lost> {
    let file = shown(file);
    tell(Some(&file));
    let done = catch(Step::Reference, work).map_err(|lost| lost.of_reference(file));
    tell(None);
    done
}

fn tell(file: Option<&str>) {
    if let (Some(tell), Ok(file)) = (TELL.get(), serde_json::to_string(&file)) {
        tell(&format!("\n{TOKEN}{file}\n"));
    }
}

/// A file as a person would name it from where the gate was started.
fn shown(file: &Path) -> String {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let below = here.ok().and_then(|here| file.strip_prefix(here).ok());
    below.unwrap_or(file).display().to_string()
}

#[cfg(test)]
mod tests {
    use crate::kit::LostCause;

    use super::*;

    #[test]
    fn what_goes_wrong_with_a_reference_is_told_as_its_own() {
        let lost = reference::<()>(Path::new("/nowhere/slow.wgsl"), || {
            Err(Lost::new(
                Step::Verify,
                LostCause::DeviceLost("gone".into()),
            ))
        })
        .expect_err("lost");
        assert_eq!(lost.step, Step::Reference);
        assert_eq!(
            lost.to_string(),
            "running the reference `/nowhere/slow.wgsl`: the device was lost: gone"
        );
        let lost =
            reference::<()>(Path::new("slow.wgsl"), || panic!("no layout")).expect_err("lost");
        assert_eq!(
            lost.to_string(),
            "running the reference `slow.wgsl`: panicked: no layout"
        );
    }
}
