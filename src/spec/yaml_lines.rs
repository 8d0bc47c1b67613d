//! A YAML text by its lines, as far as a person's slip is looked for in them:
//! nothing here decides what a text means.

/// Lines, counted from 1.
pub(super) struct Lines<'t> {
    all: Vec<&'t str>,
}

/// A bracket that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) bracket: char,
}

impl Open {
    pub(super) fn closed_by(self) -> char {
        if self.bracket == '[' { ']' } else { '}' }
    }
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            all: text.lines().collect(),
        }
    }

    fn line(&self, number: usize) -> &'t str {
        let index = number.checked_sub(1);
        index
            .and_then(|index| self.all.get(index))
            .copied()
            .unwrap_or_default()
    }

    pub(super) fn character(&self, line: usize, column: usize) -> Option<char> {
        self.line(line).chars().nth(column.checked_sub(1)?)
    }

    /// Whether nothing but blanks and comments follows.
    pub(super) fn is_end(&self, line: usize, column: usize) -> bool {
        let rest: String = self
            .line(line)
            .chars()
            .skip(column.saturating_sub(1))
            .collect();
        let below = self.all.iter().skip(line);
        std::iter::once(rest.as_str())
            .chain(below.copied())
            .all(says_nothing)
    }

    /// The nearest line above that says something.
    pub(super) fn above(&self, line: usize) -> Option<usize> {
        let last = line.saturating_sub(1).min(self.all.len());
        (1..=last)
            .rev()
            .find(|line| !says_nothing(self.line(*line)))
    }

    /// The blanks that a line begins with.
    pub(super) fn indentation(&self, line: usize) -> &'t str {
        let line = self.line(line);
        &line[..line.len() - line.trim_start().len()]
    }

    /// The column where a line's content begins.
    pub(super) fn begin(&self, line: usize) -> usize {
        self.indentation(line).chars().count() + 1
    }

    /// A line without its indentation and its comment.
    pub(super) fn content(&self, line: usize) -> &'t str {
        let line = self.line(line);
        line.split_once(" #")
            .map_or(line, |(content, _)| content)
            .trim()
    }

    /// The last of some characters before a column.
    pub(super) fn before(&self, line: usize, column: usize, of: &[char]) -> Option<(usize, char)> {
        let characters = self.line(line).chars().take(column.saturating_sub(1));
        let found = characters.enumerate().filter(|(_, c)| of.contains(c));
        found.last().map(|(index, c)| (index + 1, c))
    }

    /// The column of a colon with no blank behind it, where a line begins with
    /// a word and such a colon: `suite:moe`.
    pub(super) fn glued_colon(&self, line: usize) -> Option<usize> {
        let content = self.content(line);
        let entry = content.trim_start_matches("- ");
        let word = entry
            .find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))
            .filter(|word| *word > 0)?;
        let glued = entry[word..].strip_prefix(':')?;
        let is_glued = !glued.is_empty() && !glued.starts_with([' ', '/']) && !glued.contains(": ");
        let before = content.len() - entry.len() + word;
        is_glued.then(|| self.begin(line) + content[..before].chars().count())
    }

    /// The innermost bracket that is open at a place.
    pub(super) fn open_bracket(&self, line: usize, column: usize) -> Option<Open> {
        let mut scan = Scan::default();
        for (index, text) in self.all.iter().enumerate().take(line) {
            let characters = text.chars().count();
            let end = if index + 1 == line {
                column.saturating_sub(1).min(characters)
            } else {
                characters
            };
            scan.line(text, index + 1, end);
        }
        scan.open.pop()
    }
}

fn says_nothing(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// What is open while a text is read from its begin. A bracket or a quote in
/// the middle of a word is a character of it, so both count only where a value
/// can begin.
#[derive(Default)]
struct Scan {
    open: Vec<Open>,
    quote: Option<char>,
}

impl Scan {
    fn line(&mut self, text: &str, line: usize, end: usize) {
        let mut begins = true;
        let mut escaped = false;
        let mut after_blank = true;
        let characters: Vec<char> = text.chars().collect();
        for (index, &c) in characters.iter().enumerate().take(end) {
            let next_is_blank = characters.get(index + 1).is_none_or(|c| c.is_whitespace());
            if let Some(quote) = self.quote {
                if escaped {
                    escaped = false;
                } else if c == '\\' && quote == '"' {
                    escaped = true;
                } else if c == quote && quote == '\'' && characters.get(index + 1) == Some(&c) {
                    // Two of them within single quotes are one.
                    escaped = true;
                } else if c == quote {
                    self.quote = None;
                    begins = false;
                }
                after_blank = false;
                continue;
            }
            match c {
                '#' if after_blank => return,
                '[' | '{' if begins || !self.open.is_empty() => {
                    self.open.push(Open {
                        line,
                        column: index + 1,
                        bracket: c,
                    });
                    begins = true;
                }
                ']' | '}' if !self.open.is_empty() => {
                    // What another bracket closes is itself still open.
                    self.open.pop_if(|open| open.closed_by() == c);
                    begins = false;
                }
                ',' if !self.open.is_empty() => begins = true,
                ':' if next_is_blank => begins = true,
                '-' if begins && next_is_blank => {}
                '"' | '\'' if begins => self.quote = Some(c),
                c if c.is_whitespace() => {}
                _ => begins = false,
            }
            after_blank = c.is_whitespace();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str) -> Option<(usize, usize, char)> {
        let line = text.lines().count();
        let open = Lines::new(text).open_bracket(line, usize::MAX)?;
        Some((open.line, open.column, open.bracket))
    }

    #[test]
    fn a_bracket_counts_where_a_value_begins() {
        assert_eq!(open("a: [1, {b: 2}"), Some((1, 4, '[')));
        assert_eq!(open("a: {b: [1, 2]\nc: 1"), Some((1, 4, '{')));
        assert_eq!(open("- [x"), Some((1, 3, '[')));
        assert_eq!(open("- {a: [x, b: y}\n"), Some((1, 7, '[')));
        assert_eq!(open("a: b[1\nc: d{"), None);
        assert_eq!(open("a: [1] # [\n# {"), None);
        assert_eq!(open("a: \"[\\\" {\" # it's"), None);
        assert_eq!(open("a: ['it''s ]', x"), Some((1, 4, '[')));
        assert_eq!(open("a: \"two\n  [lines\"\nb: [c"), Some((3, 4, '[')));
    }

    #[test]
    fn a_colon_is_glued_where_a_word_begins_the_line() {
        let glued = |text: &str| Lines::new(text).glued_colon(1);
        assert_eq!(glued("  suite:moe"), Some(8));
        assert_eq!(glued("  - kernel:topk"), Some(11));
        for fine in [
            "suite: moe",
            "kernels:",
            "a b:c",
            "http://x",
            ":x",
            "a:b: c",
        ] {
            assert_eq!(glued(fine), None, "{fine}");
        }
    }

    #[test]
    fn lines_that_say_nothing_are_passed_over() {
        let lines = Lines::new("a\n\n  # b\nc\n \n");
        assert_eq!(lines.above(4), Some(1));
        assert_eq!(lines.above(1), None);
        assert!(lines.is_end(4, 2) && !lines.is_end(4, 1) && lines.is_end(99, 1));
    }
}
