//! Ctrl-C and termination: the first asks the run to report what it has, the
//! second ends it at once.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit;

static ASKED: AtomicBool = AtomicBool::new(false);

/// Starts listening. Without it an interrupt would lose what was measured.
pub(super) fn listen() {
    let installed = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(exit::INTERRUPTED));
        }
    });
    // A handler that is already there (a test harness that calls the library
    // twice) serves as well.
    drop(installed);
}

/// Whether the run should end now.
pub(super) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
