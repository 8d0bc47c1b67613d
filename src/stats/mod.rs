//! Stats: samples in, an interval for a change out.
//!
//! The unit of replication is the round (a fresh process), then the
//! recording; samples within a round never create confidence. The model, on
//! the natural-log scale:
//!
//! ```text
//! log time = case + recording + round + sample
//!            ─┬──   ───┬─────   ─┬───   ──┬───
//!   what is asked   recording  variance  averaged away by summarize
//!                               + prior
//! ```
//!
//! [`compare`] takes all cases of an invocation at once: the variance between
//! rounds of each is moderated by a trend that all of them tell (`prior`),
//! as far as they do not come in modes (`modes`), the confidence of the
//! invocation is shared among them, and each share is spent over the looks that
//! its rounds allow (`claims`, `sequential`). [`Comparison`] asks the same with
//! shares that pass from the cases found slower to the others. [`compare_pairs`]
//! does the same for two versions that ran side by side in each round.

mod arrangements;
mod change;
mod changepoints;
mod claims;
mod comparison;
mod decide;
mod distribution;
mod location;
mod median;
mod modes;
mod paired;
mod precision;
mod prior;
mod quantile;
mod recording;
mod replay;
mod rivals;
mod sequential;
mod share;
mod shift;
#[cfg(test)]
mod tests;

pub use change::{CaseRounds, Change, Design, Located, StatsError, interval};
pub use changepoints::{ChangePoint, change_points};
pub use claims::{Spent, spent, spent_on_pairs};
pub use comparison::{Comparison, compare, precision};
pub use decide::{Decision, decide};
pub use location::{Summary, summarize};
pub use median::median;
pub use paired::{PairSummary, PairedRounds, SAMPLES_OF_A_BLOCK, compare_pairs, summarize_pair};
pub use precision::{POWER, Precision, Rounds, precision_of_pairs};
pub use quantile::quantiles;
pub use replay::{Replayed, Unchanged, replay};
pub use rivals::{Gap, Rival, Rivals, level_of_look};
pub use share::Share;
pub use shift::common_shift;
