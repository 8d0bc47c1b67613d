//! A progress bar with what is being measured and the time left, on a
//! terminal only.

use std::io::IsTerminal;
use std::sync::OnceLock;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// All bars of this process, one below the other.
static BARS: OnceLock<MultiProgress> = OnceLock::new();

/// The bar of one run; hidden where standard error is no terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    /// The device, where several are measured side by side.
    whose: Option<String>,
}

impl Progress {
    /// A bar of so many steps; of a device, where several have one.
    pub(super) fn new(steps: u64, quiet: bool, whose: Option<String>) -> Self {
        let hidden = ProgressDrawTarget::hidden();
        let mut bar = ProgressBar::with_draw_target(Some(steps), hidden);
        if !quiet && std::io::stderr().is_terminal() {
            let all = BARS.get_or_init(|| {
                MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(8))
            });
            bar = all.add(bar);
        }
        if let Ok(style) =
            ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed} left {eta}  {wide_msg}")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, whose }
    }

    /// What is being done now.
    pub(super) fn say(&self, what: impl Into<String>) {
        let what = what.into();
        self.bar.set_message(match &self.whose {
            Some(whose) => format!("{whose}: {what}"),
            None => what,
        });
    }

    /// One step done.
    pub(super) fn step(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
