//! Each exit code with its sentence.

/// All checked cases passed.
pub const PASS: u8 = 0;
/// A case is slower than its range or its baseline; or it is faster, and
/// someone said that such is to fail (`--fail-on faster`).
pub const SLOWER: u8 = 1;
/// The request is bad: usage, spec, or an unreadable baseline.
pub const BAD_REQUEST: u8 = 2;
/// A case's output is wrong, or its time is faster than physics.
pub const WRONG: u8 = 3;
/// A case is undecided, or nothing gates it.
pub const UNDECIDED: u8 = 4;
/// A case was lost: the worker crashed, hung, or lost the device.
pub const LOST: u8 = 5;
/// There was nothing to judge.
pub const NOTHING: u8 = 6;
/// The gate itself failed.
pub const FAILED: u8 = 7;
/// Interrupted; what was finished is reported.
pub const INTERRUPTED: u8 = 130;

/// Every code and what it means, in the order of the table in `--help`.
pub const MEANINGS: [(u8, &str); 9] = [
    (PASS, "every case passed"),
    (
        SLOWER,
        "a case is slower than its range or its baseline allows, or faster where that fails",
    ),
    (
        BAD_REQUEST,
        "bad request: usage, spec, template, or unreadable baseline",
    ),
    (
        WRONG,
        "an output is wrong, or a time is faster than physics",
    ),
    (UNDECIDED, "a case is undecided, or nothing gates it"),
    (
        LOST,
        "a case was lost: the worker crashed, hung, or lost the device; or there is no adapter at all",
    ),
    (
        NOTHING,
        "nothing to judge: no case matched, or all were left out or lost",
    ),
    (
        FAILED,
        "the gate itself failed, such as a report not written",
    ),
    (INTERRUPTED, "interrupted; what was finished is reported"),
];

/// The sentence of a code, for the summary line.
#[must_use]
pub fn meaning(code: u8) -> &'static str {
    MEANINGS
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("an unknown code", |(_, sentence)| sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_sentence() {
        for (index, (code, sentence)) in MEANINGS.iter().enumerate() {
            assert_eq!(meaning(*code), *sentence);
            assert!(MEANINGS[index + 1..].iter().all(|(other, _)| other != code));
        }
    }
}
