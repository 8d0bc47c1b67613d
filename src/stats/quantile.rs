//! A distribution in a few numbers.

/// The samples' values at these parts of the distribution, each from 0 (the
/// smallest) to 1 (the largest), with straight lines between neighbours; empty
/// where there are no samples.
///
/// Source: Hyndman and Fan, 1996, definition 7, which is what R and numpy give
/// when they are not told otherwise.
#[must_use]
pub fn quantiles(samples: &[f64], parts: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return Vec::new();
    };
    parts
        .iter()
        .map(|part| {
            let at = part.clamp(0.0, 1.0) * last as f64;
            // Never past the end: `at` is at most `last`.
            let below = (at.floor() as usize).min(last);
            let above = (below + 1).min(last);
            let (low, high) = (sorted[below], sorted[above]);
            low + (high - low) * (at - below as f64)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As R's `quantile(c(1, 2, 4, 8), …)` gives them.
    #[test]
    fn quantiles_lie_on_lines_between_samples() {
        let found = quantiles(&[8.0, 1.0, 4.0, 2.0], &[0.0, 0.1, 0.25, 0.5, 0.9, 1.0]);
        for (found, expected) in found.iter().zip([1.0, 1.3, 1.75, 3.0, 6.8, 8.0]) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{found} is not {expected}"
            );
        }
    }

    #[test]
    fn one_sample_is_every_quantile_and_none_has_none() {
        assert_eq!(quantiles(&[3.0], &[0.0, 0.5, 1.0]), [3.0, 3.0, 3.0]);
        assert_eq!(quantiles(&[], &[0.5]), [0.0; 0]);
    }
}
