//! What is wrong with a YAML text, and the cure of what people do most.

/// A mistake in a YAML text, at a line and a column from 1 (0 for the whole).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct YamlError {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) message: String,
}

impl YamlError {
    pub(super) fn new(line: u32, column: u32, message: impl Into<String>) -> Self {
        Self {
            line,
            column,
            message: message.into(),
        }
    }
}

/// A syntax error with the cure of the mistakes that people make most.
pub(super) fn syntax(info: &str, text: &str, line: u32, column: u32) -> String {
    let found = text
        .lines()
        .nth((line as usize).saturating_sub(1))
        .and_then(|line| line.chars().nth((column as usize).saturating_sub(1)));
    if info.contains("recursion limit") {
        return "this nests deeper than any spec does; close what is still open".to_owned();
    }
    let cure = match found {
        Some(c @ ('>' | '|')) if info.contains("block scalar") => {
            format!("; quote text that begins with `{c}`, as in `\"> 300\"`")
        }
        Some(c @ ('@' | '%' | '`' | '>' | '|' | '&' | '*' | '!'))
            if info.contains("unexpected character") || info.contains("cannot start any token") =>
        {
            format!("; quote text that begins with `{c}`")
        }
        _ if info.contains("quoted scalar") && info.contains("end") => {
            "; close the quotes".to_owned()
        }
        _ if info.contains("quoted scalar") && info.contains("indentation") => {
            "; close the quotes, or indent the lines that follow".to_owned()
        }
        _ if info == "invalid indentation" => {
            "; close the bracket that is still open, or indent this line".to_owned()
        }
        Some('\t') => "; indent with spaces, not with tabs".to_owned(),
        _ if info.contains("found a tab") => "; indent with spaces, not with tabs".to_owned(),
        _ if info.contains("mapping values are not allowed") => {
            "; quote text that holds a `: `, and indent keys of one map alike".to_owned()
        }
        _ if info.contains("did not find expected key") => {
            "; indent keys of one map alike".to_owned()
        }
        _ if info.contains("unknown anchor") => {
            "; an anchor such as `&name` stands before the aliases `*name` that use it".to_owned()
        }
        _ => String::new(),
    };
    format!("this is not valid YAML: {}{cure}", info.trim())
}

/// Characters that break a line in YAML 1.1 and do not in 1.2: two parsers would
/// count lines differently.
fn breaks_oddly(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters that a YAML text must not hold as they are; its parser would say so
/// without the place.
///
/// Source: YAML 1.2.2, section 5.1, printable characters.
fn controls(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// Refuses characters that readers of YAML disagree about, or do not take.
pub(super) fn refuse_odd_characters(text: &str) -> Result<(), YamlError> {
    let Some((at, odd)) = text
        .char_indices()
        .find(|&(_, c)| breaks_oddly(c) || controls(c))
    else {
        return Ok(());
    };
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |rest| rest.chars().count())
        + 1;
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Err(YamlError::new(
        number(line),
        number(column),
        if breaks_oddly(odd) {
            "here is a line break from outside of ASCII, which YAML readers understand differently; remove it".to_owned()
        } else {
            let code = u32::from(odd);
            format!(
                "here is the control character U+{code:04X}, which YAML does not allow as it is; remove it, or write it within double quotes as `\\u{code:04x}`"
            )
        },
    ))
}
