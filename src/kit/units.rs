//! Units as types: a number that carries what it counts.

use std::fmt;
use std::ops::{Add, Mul, Sub};

use serde::{Deserialize, Serialize};

/// A span of time in nanoseconds.
///
/// For kernels it is time on the device: timestamp queries around one compute
/// pass, times the queue's timestamp period, less what an empty pass costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Nanos(pub f64);

impl Nanos {
    /// The same span in seconds.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 * 1e-9
    }

    /// A span of so many seconds.
    #[must_use]
    pub fn from_seconds(seconds: f64) -> Self {
        Self(seconds * 1e9)
    }
}

impl Add for Nanos {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Nanos {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul<f64> for Nanos {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self(self.0 * factor)
    }
}

impl fmt::Display for Nanos {
    /// Three significant digits with a fitting unit: `6.31 us`, `2.69 ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.abs();
        let (value, unit) = if magnitude < 999.5 {
            (self.0, "ns")
        } else if magnitude < 999.5e3 {
            (self.0 / 1e3, "us")
        } else if magnitude < 999.5e6 {
            (self.0 / 1e6, "ms")
        } else {
            (self.0 / 1e9, "s")
        };
        let decimals = match value.abs() {
            v if v < 9.995 => 2,
            v if v < 99.95 => 1,
            _ => 0,
        };
        f.pad(&format!("{value:.decimals$} {unit}"))
    }
}

/// A size in bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    /// Binary units: `16 KiB`, `50.0 MiB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
        let mut value = self.0 as f64;
        let mut unit = 0;
        while value >= 1024.0 && unit + 1 < UNITS.len() {
            value /= 1024.0;
            unit += 1;
        }
        if value.fract() == 0.0 {
            f.pad(&format!("{value:.0} {}", UNITS[unit]))
        } else {
            f.pad(&format!("{value:.1} {}", UNITS[unit]))
        }
    }
}

/// A relative amount: 0.02 is 2 %. For a change, positive is slower.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Ratio(pub f64);

impl Ratio {
    /// The same amount on the natural-log scale, `ln(1 + ratio)`.
    #[must_use]
    pub fn ln(self) -> f64 {
        self.0.ln_1p()
    }

    /// From a difference of logarithms: `exp(difference) - 1`.
    #[must_use]
    pub fn from_ln(difference: f64) -> Self {
        Self(difference.exp_m1())
    }
}

impl fmt::Display for Ratio {
    /// Signed percent: `+2.31 %`, `-0.05 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        let decimals = match percent.abs() {
            p if p < 9.995 => 2,
            p if p < 99.95 => 1,
            _ => 0,
        };
        // Adding zero takes the sign from what rounds to a negative zero.
        let scale = 10_f64.powi(decimals as i32);
        let rounded = (percent * scale).round() / scale + 0.0;
        f.pad(&format!("{rounded:+.decimals$} %"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_three_digits_and_a_fitting_unit() {
        assert_eq!(Nanos(999.4).to_string(), "999 ns");
        assert_eq!(Nanos(6_312.0).to_string(), "6.31 us");
        assert_eq!(Nanos(999_600.0).to_string(), "1.00 ms");
        assert_eq!(Nanos(101e6).to_string(), "101 ms");
        assert_eq!(Nanos(20.04e9).to_string(), "20.0 s");
    }

    #[test]
    fn ratios_print_signed_percent() {
        assert_eq!(Ratio(0.0231).to_string(), "+2.31 %");
        assert_eq!(Ratio(-0.125).to_string(), "-12.5 %");
        assert_eq!(Ratio(-0.000_01).to_string(), "+0.00 %");
    }

    #[test]
    fn bytes_print_binary_units() {
        assert_eq!(Bytes(16_384).to_string(), "16 KiB");
        assert_eq!(Bytes(1_500).to_string(), "1.5 KiB");
    }

    #[test]
    fn a_log_difference_and_its_ratio_are_inverse() {
        let ratio = Ratio(0.1);
        assert!((Ratio::from_ln(ratio.ln()).0 - 0.1).abs() < 1e-15);
    }
}
