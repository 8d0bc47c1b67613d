//! A panic of wgpu, naga or the driver's glue, made a loss.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::kit::{Lost, LostCause, Step};

/// Runs something that may panic.
///
/// # Errors
///
/// What `work` returned; [`LostCause::Panicked`] with the panic's message.
pub(super) fn catch<T>(step: Step, work: impl FnOnce() -> Result<T, Lost>) -> Result<T, Lost> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        Err(Lost::new(
            step,
            LostCause::Panicked(panic_message(payload.as_ref())),
        ))
    })
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let message = payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".into());
    shorten(&message)
}

/// A message without its blank lines, and no longer than a screen.
pub(super) fn shorten(message: &str) -> String {
    const LINES: usize = 24;
    const CHARACTERS: usize = 2_000;
    let lines: Vec<&str> = message
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .take(LINES)
        .collect();
    lines.join("\n").chars().take(CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_loss_with_its_message() {
        let lost = catch::<()>(Step::Prepare, || panic!("no layout {}", 7));
        assert_eq!(
            lost,
            Err(Lost::new(
                Step::Prepare,
                LostCause::Panicked("no layout 7".into())
            ))
        );
    }

    #[test]
    fn a_long_message_is_cut_and_loses_its_blank_lines() {
        assert_eq!(shorten("one\n\n\ntwo  \n"), "one\ntwo");
        assert_eq!(shorten(&"x".repeat(9_000)).len(), 2_000);
        assert_eq!(shorten(&"x\n".repeat(100)).lines().count(), 24);
    }
}
