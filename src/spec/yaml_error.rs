//! What is wrong with a YAML text, and the cure of what people do most.

use super::yaml_lines::Lines;

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

/// What is said of a key that is none; `{{ n }}` is two of them.
pub(super) const KEY_IS_A_WORD: &str =
    "a key is a word, and this one is a list or a map; quote it where it is meant as a text";

impl YamlError {
    /// The same mistake in other words, where it stands within `{{`: YAML reads
    /// a map as a key there, and a person meant a template.
    pub(super) fn in_braces(self, text: &str) -> Self {
        let before = (self.column as usize).saturating_sub(1);
        let line = text.lines().nth((self.line as usize).saturating_sub(1));
        let doubled = line.is_some_and(|line| {
            line.chars()
                .skip(before.saturating_sub(1))
                .take(2)
                .eq("{{".chars())
        });
        if self.message != KEY_IS_A_WORD || !doubled {
            return self;
        }
        Self {
            message: "a spec is no template, so `{{` has no meaning here; write an expression without braces, as in `n` or `\"ceil_div(n, 64)\"`".to_owned(),
            ..self
        }
    }
}

/// A syntax error where its cause stands, with the cure of the mistakes that
/// people make most.
pub(super) fn syntax(info: &str, text: &str, line: u32, column: u32) -> YamlError {
    let info = info.trim();
    if info.contains("recursion limit") {
        return YamlError::new(
            line,
            column,
            "this nests deeper than any spec does; close what is still open",
        );
    }
    let slip = Slip {
        info,
        lines: Lines::new(text),
        line: line as usize,
        column: column as usize,
    };
    let Cure { at, words } = slip.cure();
    let (line, column) = at.map_or((line, column), |(line, column)| {
        (narrow(line), narrow(column))
    });
    YamlError::new(
        line,
        column,
        format!("this is not valid YAML: {info}; {words}"),
    )
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What to do, and where: the parser often stumbles behind the cause.
struct Cure {
    at: Option<(usize, usize)>,
    words: String,
}

impl Cure {
    fn here(words: impl Into<String>) -> Self {
        Self {
            at: None,
            words: words.into(),
        }
    }

    fn at(line: usize, column: usize, words: impl Into<String>) -> Self {
        Self {
            at: Some((line, column)),
            words: words.into(),
        }
    }
}

/// What a parser said, and where it stood.
struct Slip<'t> {
    info: &'t str,
    lines: Lines<'t>,
    line: usize,
    column: usize,
}

impl Slip<'_> {
    fn says(&self, part: &str) -> bool {
        self.info.contains(part)
    }

    fn cure(&self) -> Cure {
        self.of_tabs()
            .or_else(|| self.of_quotes())
            .or_else(|| self.of_first_characters())
            .or_else(|| self.of_brackets())
            .or_else(|| self.of_colons())
            .unwrap_or_else(|| self.of_indentation())
    }

    fn of_tabs(&self) -> Option<Cure> {
        let spaces = "indent with spaces, not with tabs";
        // A tab is often taken for the end of the text above it.
        let near = [Some(self.line), self.lines.above(self.line)];
        let found = near.into_iter().flatten().find_map(|line| {
            let tab = self
                .lines
                .indentation(line)
                .chars()
                .position(|c| c == '\t')?;
            Some((line, tab + 1))
        });
        match found {
            Some((line, column)) => Some(Cure::at(line, column, spaces)),
            None if self.says("must be followed by a valid YAML whitespace") => {
                Some(Cure::here("write a blank after the `:`, and no tab"))
            }
            None if self.says("found a tab") => Some(Cure::here(spaces)),
            None => None,
        }
    }

    fn of_quotes(&self) -> Option<Cure> {
        if self.says("quoted scalar") && self.says("unexpected end") {
            return Some(Cure::here("close the quotes"));
        }
        if self.says("quoted scalar") && self.says("indentation") {
            return Some(Cure::here(
                "close the quotes, or indent the lines that follow",
            ));
        }
        if self.says("escape character") || self.says("hexadecimal number") {
            return Some(Cure::here(
                "within double quotes `\\` begins an escape: write `\\\\`, or use single quotes",
            ));
        }
        self.says("trailing content after")
            .then(|| Cure::here("quote the whole text, or remove what stands behind the quotes"))
    }

    /// Text that has to be quoted for how it begins.
    fn of_first_characters(&self) -> Option<Cure> {
        let quote = |c: char| {
            Cure::here(match c {
                '`' => "quote text that begins with a backquote".to_owned(),
                c => format!("quote text that begins with `{c}`"),
            })
        };
        let found = self.lines.character(self.line, self.column);
        match found {
            Some('>') if self.says("block scalar") => Some(Cure::here(
                "quote text that begins with `>`, as in `\"> 300\"`",
            )),
            Some('|') if self.says("block scalar") => Some(quote('|')),
            Some(c @ ('@' | '%' | '`' | '>' | '|' | '&' | '*' | '!'))
                if self.says("unexpected character")
                    || self.says("cannot start any token")
                    || self.says("anchor or alias")
                    || self.says("before directive") =>
            {
                Some(quote(c))
            }
            _ if self.says("unknown anchor") => Some(Cure::here(
                "an anchor such as `&name` stands before the aliases `*name` that use it",
            )),
            _ if self.says("alphabetic or numeric character") => {
                let (column, c) = self.lines.before(self.line, self.column, &['&', '*'])?;
                Some(Cure::at(
                    self.line,
                    column,
                    format!("quote text that begins with `{c}`"),
                ))
            }
            _ if self.says("byte order mark") => Some(Cure::here("remove it")),
            _ => None,
        }
    }

    /// Lists and maps in brackets: closed never, wrongly or twice.
    fn of_brackets(&self) -> Option<Cure> {
        let found = self.lines.character(self.line, self.column);
        let Some(open) = self.lines.open_bracket(self.line, self.column) else {
            let closes = matches!(found, Some(']' | '}' | ','));
            return closes.then(|| {
                Cure::here(
                    "no bracket is open here any more; remove the one before that is too many",
                )
            });
        };
        let (bracket, close) = (open.bracket, open.closed_by());
        Some(match found {
            None if self.lines.is_end(self.line, self.column) => Cure::at(
                open.line,
                open.column,
                format!("this `{bracket}` is never closed; close it with `{close}`"),
            ),
            Some(c @ (']' | '}')) if c != close => Cure::here(format!(
                "this `{c}` closes nothing: what is open here is the `{bracket}` of line {}, column {}, which `{close}` closes",
                open.line, open.column
            )),
            _ if open.line < self.line => Cure::at(
                open.line,
                open.column,
                format!(
                    "this `{bracket}` is still open at line {}, column {}: close it with `{close}`, or put a `,` between its entries",
                    self.line, self.column
                ),
            ),
            Some(',') => {
                Cure::here("an entry is missing before this `,`: write it, or remove the `,`")
            }
            _ => Cure::here(format!(
                "put a `,` between entries, and close the `{bracket}` of column {} with `{close}` behind the last one",
                open.column
            )),
        })
    }

    /// Keys without a colon, and colons without a blank behind them.
    fn of_colons(&self) -> Option<Cure> {
        let missing = self.says("simple key expect ':'");
        if !missing && !self.says("mapping values are not allowed") {
            return None;
        }
        // What has no colon goes on in the next line, to the parser.
        let above = self.lines.above(self.line);
        let glued = above.into_iter().chain([self.line]).find_map(|line| {
            let column = self.lines.glued_colon(line)?;
            Some((line, column))
        });
        if let Some((line, column)) = glued {
            return Some(Cure::at(line, column, "put a blank after this `:`"));
        }
        if !missing {
            return Some(Cure::here(
                "quote text that holds a `: `, and indent keys of one map alike",
            ));
        }
        let without = above.into_iter().chain([self.line]).find(|line| {
            let content = self.lines.content(*line);
            !content.is_empty() && !content.contains(": ") && !content.ends_with(':')
        });
        if let Some(line) = above.filter(|line| self.lines.content(*line).starts_with(['{', '['])) {
            return Some(Cure::at(
                line,
                self.lines.begin(line),
                "write the keys of one map all within brackets, or all without",
            ));
        }
        let words = "a key is followed by a `:` and a blank, as in `suite: moe`";
        Some(match without {
            Some(line) => Cure::at(line, self.lines.begin(line), words),
            None => Cure::here(words),
        })
    }

    fn of_indentation(&self) -> Cure {
        let content = self.lines.content(self.line);
        let alike = "indent keys of one map alike";
        Cure::here(match content.chars().next() {
            Some('-') if content.starts_with("- ") => {
                "a list stands among the keys of a map here: indent it below its key, or remove the `- `"
                    .to_owned()
            }
            Some('-') => "put a blank after the `-` of a list's entry".to_owned(),
            Some(':') => "write the key before the `:`".to_owned(),
            _ if self.says("expected '-' indicator") => {
                format!("begin each entry of a list with `- `, and {alike}")
            }
            _ => alike.to_owned(),
        })
    }
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
    // Blanks that YAML does not know as such may stand in a text, and do not
    // indent a line.
    let mut indenting = true;
    let Some((at, odd)) = text.char_indices().find(|&(_, c)| {
        let indents = indenting && c.is_whitespace() && !c.is_ascii();
        indenting = c == '\n' || indenting && c.is_whitespace();
        breaks_oddly(c) || controls(c) || indents
    }) else {
        return Ok(());
    };
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |rest| rest.chars().count())
        + 1;
    let code = u32::from(odd);
    Err(YamlError::new(
        narrow(line),
        narrow(column),
        if breaks_oddly(odd) {
            "here is a line break from outside of ASCII, which YAML readers understand differently; remove it".to_owned()
        } else if controls(odd) {
            format!(
                "here is the control character U+{code:04X}, which YAML does not allow as it is; remove it, or write it within double quotes as `\\u{code:04x}`"
            )
        } else {
            format!(
                "this line is indented with the character U+{code:04X}, which is no blank to YAML; indent with spaces"
            )
        },
    ))
}
