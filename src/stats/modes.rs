//! Whether rounds come in modes, and how far quiet ones are to be believed.
//!
//! What a process draws (where its memory came to lie, what else runs) may be
//! one of two things rather than a little more or less. Then a few rounds that
//! all met the same one look quieter than the next one will be, and Student's
//! t, which is made for normal draws, calls a difference certain too often:
//! with two modes met half of the time each, up to ten times as often at the
//! levels that a suite of dozens of cases asks for. So a case is not believed
//! to be quieter than a part of what its suite shows at its length; and that
//! part is a larger one where the rounds look like modes.
//!
//! The sign of modes is a low kurtosis: 3 for normal draws, 1 for two modes met
//! equally often (Darlington, Is kurtosis really "peakedness"?, 1970). A dozen
//! rounds know theirs badly, so it is the median over all cases that counts.
//! Modes that all of a suite's cases share, and rounds that happened to miss
//! one, can hide it; so a suite whose rounds differ by several percent is taken
//! for one with modes whatever its kurtosis says: processes of a device of
//! one's own differ by less, and those of one that is shared come in modes.

use super::median;

/// Where nothing looks like modes, no deviation is believed to be below so
/// many times the suite's at that length.
const LEAST: f64 = 0.65;

/// The same where rounds come in modes.
const LEAST_IN_MODES: f64 = 1.25;

/// Kurtosis over that of normal draws: up to the first, rounds come in modes;
/// from the second on, they do not.
const KURTOSIS: (f64, f64) = (0.8, 0.95);

/// Deviation between rounds: up to the first, a device is one's own; from the
/// second on, it is shared.
const SHARED: (f64, f64) = (0.01, 0.04);

/// Fewer degrees of freedom say nothing of a kurtosis.
const FREEDOM_AT_LEAST: f64 = 4.0;

/// Fewer cases say nothing of a suite's kurtosis: one of sixteen rounds is known
/// to a quarter of itself.
const CASES_AT_LEAST: usize = 5;

/// Rounds of one case as powers of their distance from the mean of their
/// recording on their side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Powers {
    /// How many rounds.
    pub(super) rounds: f64,
    /// Sum over recordings of `n (1 - 1/n)^2`, for `n` rounds of each.
    pub(super) shares: f64,
    /// Degrees of freedom.
    pub(super) freedom: f64,
    /// Sum of squares.
    pub(super) squares: f64,
    /// Sum of fourth powers.
    pub(super) fourths: f64,
}

impl Powers {
    /// Kurtosis over what it is expected to be for normal draws; none where
    /// there are too few rounds, or all are the same.
    ///
    /// For normal draws the kurtosis is independent of the sum of squares
    /// (Basu, 1955), so that its expectation is that of the fourth powers,
    /// `3 sum n (1 - 1/n)^2 sigma^4`, over that of the squared sum of squares,
    /// `nu (nu + 2) sigma^4`. With one recording of n rounds this is the known
    /// `3 (n - 1) / (n + 1)` (Fisher, 1930).
    fn kurtosis(&self) -> Option<f64> {
        if self.freedom < FREEDOM_AT_LEAST || self.squares <= 0.0 {
            return None;
        }
        let found = self.rounds * self.fourths / self.squares.powi(2);
        let normal = 3.0 * self.rounds * self.shares / (self.freedom * (self.freedom + 2.0));
        let ratio = found / normal;
        ratio.is_finite().then_some(ratio)
    }
}

/// Whether the rounds of a suite come in modes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Modes {
    /// How far they look like it: 0 is not at all, 1 is as two.
    alike: f64,
    /// Whether enough cases have rounds enough to tell.
    pub(super) are_told: bool,
}

/// Where a value lies between two others, from 0 to 1.
fn between(value: f64, (from, to): (f64, f64)) -> f64 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

impl Modes {
    /// What all cases tell together. Where too few of them have rounds enough,
    /// they are taken for modes.
    pub(super) fn of(cases: &[Powers]) -> Self {
        let known: Vec<f64> = cases.iter().filter_map(Powers::kurtosis).collect();
        let are_told = known.len() >= CASES_AT_LEAST;
        let alike = match median(&known) {
            Some(kurtosis) if are_told => 1.0 - between(kurtosis, KURTOSIS),
            Some(_) | None => 1.0,
        };
        Self { alike, are_told }
    }

    /// The least variance that is believed of a case, where the suite's is
    /// typically so much at its length.
    pub(super) fn least(self, typical: f64) -> f64 {
        let (own, shared) = SHARED;
        let deviation = typical.sqrt();
        let by_size = between(deviation.ln(), (own.ln(), shared.ln()));
        let part = LEAST + (LEAST_IN_MODES - LEAST) * self.alike.max(by_size);
        part.powi(2) * typical
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn powers(rounds: &[f64]) -> Powers {
        let n = rounds.len() as f64;
        let mean = rounds.iter().sum::<f64>() / n;
        let sum = |power| rounds.iter().map(|x| (x - mean).powi(power)).sum::<f64>();
        Powers {
            rounds: n,
            shares: n * (1.0 - 1.0 / n).powi(2),
            freedom: n - 1.0,
            squares: sum(2),
            fourths: sum(4),
        }
    }

    /// Two modes, four rounds each: the kurtosis is 1, where eight normal ones
    /// have 3 * 7 / 9 = 2.333.
    #[test]
    fn two_modes_have_the_lowest_kurtosis_there_is() {
        let two = powers(&[0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        let found = two.kurtosis().expect("rounds enough");
        assert!((found - 3.0 / 7.0).abs() < 1e-12, "{found}");
        assert_eq!(Modes::of(&[two]).alike, 1.0);
    }

    /// One round in sixteen lies apart: that is a tail and no mode. Its kurtosis
    /// is (15/16^4 + 15^4/16^4) / 16 over (15/16^2)^2 = 14.07.
    #[test]
    fn a_wild_round_is_no_mode() {
        let mut rounds = [0.0; 16];
        rounds[3] = 1.0;
        let found = powers(&rounds).kurtosis().expect("rounds enough");
        let expected = (15.0 + 15f64.powi(4)) / 16f64.powi(5) / (15.0 / 256.0f64).powi(2);
        assert!(
            (found - expected / (3.0 * 15.0 / 17.0)).abs() < 1e-9,
            "{found}"
        );
        assert_eq!(Modes::of(&[powers(&rounds); 5]).alike, 0.0);
        // Four are too few to tell.
        assert_eq!(Modes::of(&[powers(&rounds); 4]).alike, 1.0);
    }

    #[test]
    fn a_few_cases_in_modes_do_not_make_the_suite() {
        let two = powers(&[0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        // Normal scores of eight: kurtosis 2.2 of 2.33.
        let normal = powers(&[-1.42, -0.85, -0.47, -0.15, 0.15, 0.47, 0.85, 1.42]);
        assert!(Modes::of(&[two, two, normal, normal, normal]).alike < 0.5);
        assert_eq!(Modes::of(&[two, two, two, normal, normal]).alike, 1.0);
    }

    #[test]
    fn what_says_nothing_is_taken_for_modes() {
        assert_eq!(Modes::of(&[]).alike, 1.0);
        assert_eq!(Modes::of(&[powers(&[1.0, 2.0, 3.0])]).alike, 1.0);
        assert_eq!(Modes::of(&[powers(&[5.0; 8])]).alike, 1.0);
        assert_eq!(Modes::of(&[powers(&[f64::NAN; 8])]).alike, 1.0);
    }

    /// Deviations of 0.1 %, of 2 % (half way on the log scale) and of 20 %.
    #[test]
    fn a_shared_device_is_believed_less() {
        let least = |modes: f64, deviation: f64| {
            let found = Modes {
                alike: modes,
                are_told: true,
            }
            .least(f64::powi(deviation, 2))
            .sqrt();
            found / deviation
        };
        assert!((least(0.0, 0.001) - 0.65).abs() < 1e-12);
        assert!((least(0.0, 0.02) - 0.95).abs() < 1e-12);
        assert!((least(0.0, 0.2) - 1.25).abs() < 1e-12);
        assert!((least(1.0, 0.001) - 1.25).abs() < 1e-12);
    }
}
