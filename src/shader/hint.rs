//! Suggestions for names that nothing defines.

/// How alike two names must be to be suggested, from 0 to 1; the usual choice
/// of command-line parsers.
const ALIKE: f64 = 0.7;

/// `; did you mean …?` with the candidate most like a name, or nothing.
pub(super) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    match closest(name, candidates) {
        Some(candidate) => format!("; did you mean `{candidate}`?"),
        None => String::new(),
    }
}

/// The candidate most like a name, if any is alike enough.
pub(super) fn closest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Names in backquotes, joined by commas; `none` where there are none.
pub(super) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_suggested_and_a_stranger_is_not() {
        assert_eq!(closest("tokns", ["experts", "tokens"]), Some("tokens"));
        assert_eq!(closest("q", ["experts", "tokens"]), None);
    }
}
