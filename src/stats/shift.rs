//! Whether a machine moved under kernels that did not change.

use crate::kit::Ratio;

use super::{Change, median};

/// Fewer cases tell a machine's shift from a kernel's own too badly.
const CASES_AT_LEAST: usize = 5;

/// A common shift below this is of no matter to any limit.
const SMALLEST: f64 = 0.005;

/// Standard errors that a common shift must be away from none.
const ERRORS: f64 = 3.0;

/// Turns a median absolute deviation into a standard deviation, for normal
/// data. Source: Rousseeuw and Croux, 1993.
const MAD_TO_SIGMA: f64 = 1.4826;

/// Standard error of a median over that of a mean, for normal data: the root
/// of pi / 2. Source: Kenney and Keeping, 1962.
const MEDIAN_TO_MEAN: f64 = 1.2533;

/// What cases whose code is unchanged have in common: the median of their
/// changes, where it stands out from the cases' own scatter. Positive is
/// slower. None where there are too few cases, or nothing stands out.
///
/// A few cases that moved by themselves do not carry the median along. It is
/// for the report to say, and never subtracted from anything.
#[must_use]
pub fn common_shift(changes: &[&Change]) -> Option<Ratio> {
    if changes.len() < CASES_AT_LEAST {
        return None;
    }
    let logs: Vec<f64> = changes.iter().map(|change| change.estimate.ln()).collect();
    let shift = median(&logs)?;
    let deviations: Vec<f64> = logs.iter().map(|log| (log - shift).abs()).collect();
    let sigma = MAD_TO_SIGMA * median(&deviations)?;
    let error = MEDIAN_TO_MEAN * sigma / (logs.len() as f64).sqrt();
    (shift.abs() >= SMALLEST && shift.abs() >= ERRORS * error).then(|| Ratio::from_ln(shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(estimate: f64) -> Change {
        Change {
            estimate: Ratio(estimate),
            low: Ratio(estimate - 0.01),
            high: Ratio(estimate + 0.01),
            top: Ratio(estimate + 0.01),
            detectable: Ratio(0.01),
            sigma: 0.002,
            freedom: 10.0,
            rounds: (10, 3),
        }
    }

    fn shift(estimates: &[f64]) -> Option<Ratio> {
        let changes: Vec<Change> = estimates.iter().copied().map(change).collect();
        common_shift(&changes.iter().collect::<Vec<_>>())
    }

    #[test]
    fn what_all_cases_share_is_the_machines() {
        let by = shift(&[0.029, 0.030, 0.031, 0.030, 0.028, 0.032]).expect("a shift");
        assert!((by.0 - 0.030).abs() < 1e-4, "{by}");
    }

    #[test]
    fn one_slow_kernel_among_steady_ones_is_its_own() {
        assert_eq!(shift(&[0.001, -0.001, 0.0, 0.002, -0.002, 0.50]), None);
    }

    #[test]
    fn scatter_around_nothing_is_no_shift() {
        assert_eq!(shift(&[0.02, -0.02, 0.01, -0.015, 0.005, 0.018]), None);
    }

    #[test]
    fn four_cases_are_too_few_to_tell() {
        assert_eq!(shift(&[0.03, 0.03, 0.03, 0.03]), None);
    }
}
