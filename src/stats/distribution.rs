//! Quantiles and special functions that statrs does not have, or not as far
//! into the tail as small levels need.

use std::cell::RefCell;
use std::collections::HashMap;

use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};

/// Beyond so many degrees of freedom, Student's t is the normal distribution
/// to more digits than anything here is known to.
const NORMAL_FROM: f64 = 1e7;

/// So many quantiles are remembered for a thread.
const MOST_REMEMBERED: usize = 4096;

/// Probability that a standard normal variable lies above `z`.
///
/// Source: Abramowitz and Stegun, 26.2.29, by statrs' `erfc`, which keeps its
/// relative precision in the tail.
pub(super) fn normal_upper(z: f64) -> f64 {
    0.5 * statrs::function::erf::erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The `z` that a standard normal variable exceeds with probability `level`.
pub(super) fn normal_quantile(level: f64) -> f64 {
    if level <= 0.0 {
        f64::INFINITY
    } else if level >= 1.0 {
        f64::NEG_INFINITY
    } else {
        -Normal::standard().inverse_cdf(level)
    }
}

/// The value that Student's t with `freedom` degrees exceeds with probability
/// `level`, for levels up to a half.
///
/// The cases of a comparison ask for the same few over and over, so what was
/// worked out is remembered.
pub(super) fn t_quantile(level: f64, freedom: f64) -> f64 {
    thread_local! {
        static KNOWN: RefCell<HashMap<(u64, u64), f64>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        *known
            .entry((level.to_bits(), freedom.to_bits()))
            .or_insert_with(|| t_quantile_anew(level, freedom))
    })
}

/// Newton's method on statrs' survival function, kept between bounds: its own
/// inverse goes by `1 - p`, which has no digits left at levels such as 1e-9.
fn t_quantile_anew(level: f64, freedom: f64) -> f64 {
    if level <= 0.0 || freedom.is_nan() || freedom <= 0.0 {
        return f64::INFINITY;
    }
    if level >= 0.5 {
        return 0.0;
    }
    if freedom >= NORMAL_FROM {
        return normal_quantile(level);
    }
    let Ok(t) = StudentsT::new(0.0, 1.0, freedom) else {
        return f64::INFINITY;
    };
    // The tail is heavier than the normal one, so the quantile lies above it.
    let mut low = 0.0;
    let mut high = normal_quantile(level).max(1.0);
    while t.sf(high) > level {
        low = high;
        high *= 2.0;
        if !high.is_finite() {
            return f64::INFINITY;
        }
    }
    let mut x = 0.5 * (low + high);
    for _ in 0..200 {
        let excess = t.sf(x) - level;
        if excess > 0.0 {
            low = x;
        } else {
            high = x;
        }
        // On the log of the tail, which is nearly straight.
        let tail = level + excess;
        let step = tail * (tail / level).ln() / t.pdf(x);
        let newton = x + step;
        let next = if newton > low && newton < high {
            newton
        } else {
            0.5 * (low + high)
        };
        if (next - x).abs() <= 1e-13 * x {
            return next;
        }
        x = next;
    }
    x
}

/// Trigamma, the second derivative of `ln gamma`, for positive `x`.
///
/// Source: Abramowitz and Stegun, 6.4.6 (recurrence) and 6.4.12 (asymptotic).
pub(super) fn trigamma(x: f64) -> f64 {
    let mut x = x;
    let mut sum = 0.0;
    while x < 15.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    sum + 1.0 / x
        + r / 2.0
        + r / x * (1.0 / 6.0 - r * (1.0 / 30.0 - r * (1.0 / 42.0 - r * (1.0 / 30.0))))
}

/// Tetragamma, the derivative of [`trigamma`]; negative.
///
/// Source: Abramowitz and Stegun, 6.4.6 and 6.4.13.
fn tetragamma(x: f64) -> f64 {
    let mut x = x;
    let mut sum = 0.0;
    while x < 15.0 {
        sum -= 2.0 / (x * x * x);
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    sum - r - r / x - r * r * (0.5 - r * (1.0 / 6.0 - r * (1.0 / 6.0 - r * 0.3)))
}

/// The `y` at which trigamma is `x`, for positive `x`.
///
/// Newton's method on the reciprocal, which is convex and nearly straight, so
/// that it converges from below without a bound. Source: Smyth, Linear models
/// and empirical Bayes methods for assessing differential expression (2004),
/// appendix.
pub(super) fn trigamma_inverse(x: f64) -> f64 {
    if x > 1e7 {
        return 1.0 / x.sqrt();
    }
    if x < 1e-6 {
        return 1.0 / x;
    }
    let mut y = 0.5 + 1.0 / x;
    for _ in 0..50 {
        let value = trigamma(y);
        let step = value * (1.0 - value / x) / tetragamma(y);
        y += step;
        if -step / y < 1e-10 {
            break;
        }
    }
    y
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    /// R: `qt(p, df, lower.tail = FALSE)`, as in any printed table.
    #[test]
    fn quantiles_of_t_are_those_of_printed_tables() {
        for (level, freedom, expected) in [
            (0.025, 1.0, 12.706_204_736),
            (0.025, 10.0, 2.228_138_852),
            (0.01, 4.0, 3.746_947_388),
            (0.005, 7.0, 3.499_483_297),
            (0.001, 9.0, 4.296_805_663),
            (0.000_5, 15.0, 4.072_765_196),
            (0.05, 120.0, 1.657_650_899),
        ] {
            let actual = t_quantile(level, freedom);
            assert!(
                (actual - expected).abs() < 1e-7,
                "t({level}, {freedom}) is {actual}, not {expected}"
            );
        }
    }

    /// With one degree, t is Cauchy's: the quantile is `cot(pi p)`; with two,
    /// it is `(1 - 2p) / sqrt(2 p (1 - p))`.
    #[test]
    fn quantiles_of_t_hold_far_into_the_tail() {
        for level in [0.3, 1e-2, 1e-5, 1e-9, 1e-12] {
            let cauchy = 1.0 / (PI * level).tan();
            let two = (1.0 - 2.0 * level) / (2.0 * level * (1.0 - level)).sqrt();
            assert!((t_quantile(level, 1.0) / cauchy - 1.0).abs() < 1e-9);
            assert!((t_quantile(level, 2.0) / two - 1.0).abs() < 1e-9);
        }
        assert!(t_quantile(0.0, 5.0).is_infinite());
        assert!((t_quantile(0.025, 1e9) - 1.959_963_985).abs() < 1e-8);
    }

    /// Trigamma at 1 and 1/2 is pi squared over 6 and over 2.
    #[test]
    fn trigamma_has_its_known_values_and_its_inverse() {
        assert!((trigamma(1.0) - PI * PI / 6.0).abs() < 1e-13);
        assert!((trigamma(0.5) - PI * PI / 2.0).abs() < 1e-13);
        for y in [1e-4, 0.1, 0.675, 1.0, 4.0, 50.0, 1e5] {
            let back = trigamma_inverse(trigamma(y));
            assert!((back / y - 1.0).abs() < 1e-8, "{back} is not {y}");
        }
    }

    /// Tetragamma at 1 is `-2 zeta(3)`.
    #[test]
    fn tetragamma_has_its_known_value() {
        assert!((tetragamma(1.0) + 2.0 * 1.202_056_903_159_594).abs() < 1e-12);
    }
}
