//! Suggestions for names that nothing defines.

use crate::kit::nearest;

/// `; did you mean …?` with the candidate most like a name, or nothing.
pub(super) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    match nearest(name, candidates) {
        Some(candidate) => format!("; did you mean `{candidate}`?"),
        None => String::new(),
    }
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
