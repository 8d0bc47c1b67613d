//! Flags of the search for the best variants.

use clap::Args;

use super::{DeviceArgs, FormatArgs, MeasureArgs, SelectArgs};

/// `gate tune`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  gate tune specs/matmul.yaml                    every case whose kernel has a `tune` space
  gate tune --filter 'large-square' --budget 10m some cases
  gate tune specs/matmul.yaml --dry-run          how many candidates there are, and what goes before
  gate tune specs/matmul.yaml --restart          forget a search that was interrupted

Candidates are every combination of a kernel's `tune` axes, beside its `variants`. Those over a
limit of the device are left out with the reason, equal WGSL is measured once, and what is
modelled to move more than twice the bytes of the best is not measured. Rungs of 2, 4, 8 and 16
rounds each keep the better half and all that may still be the fastest; at most four go on to a
final, in the same rounds, until they are told apart. Of those that cannot be, the simplest is
picked: one of the `variants`, then the least workgroup memory, then the fewest invocations,
then the first values in the spec. --rounds are those of the final (5..20), --budget is of each
suite (30min). What was interrupted, killed or out of budget goes on with the next `gate tune`
from the round that it was in. Picks stand beside the baselines, in SUITE.tune.json; `gate
check` gates them from then on.
Exit codes: 0 every case has a pick; 2 bad request; 3 a candidate's output is wrong (the others'
picks are written); 4 the budget ended first; 5 a case lost all its candidates; 6 nothing to
search; 7 not written; 130 interrupted.")]
pub struct TuneArgs {
    /// Which cases.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Which adapter.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// How to measure.
    #[command(flatten)]
    pub measure: MeasureArgs,
    /// Say what would be measured, and measure nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Begin anew where a search was interrupted
    #[arg(long)]
    pub restart: bool,
    /// What to print.
    #[command(flatten)]
    pub format: FormatArgs,
}
