//! Rust source in, tokens out: just enough of the language that no rule is
//! fooled by a comment, a string or a lifetime.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a name; a raw name keeps its `r#`.
    Word,
    /// A string, a character or a number; the text is dropped.
    Literal,
    /// A lifetime or a label.
    Lifetime,
    /// One character, or `::`.
    Mark,
}

/// A token and the line that it begins on, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Token {
    /// Whether this is that keyword, name or mark.
    pub(crate) fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Mark) && self.text == text
    }
}

/// The tokens of a source text. Never fails: what rustc would refuse gives
/// some tokens too.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        characters: source.chars().collect(),
        at: 0,
        line: 1,
        found: Vec::new(),
    };
    while lexer.at < lexer.characters.len() {
        lexer.step();
    }
    lexer.found
}

struct Lexer {
    characters: Vec<char>,
    at: usize,
    line: usize,
    found: Vec<Token>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    /// Moves past one character, counting lines.
    fn skip(&mut self) {
        if self.peek(0) == Some('\n') {
            self.line += 1;
        }
        self.at += 1;
    }

    fn push(&mut self, kind: Kind, text: impl Into<String>, line: usize) {
        self.found.push(Token {
            kind,
            text: text.into(),
            line,
        });
    }

    fn step(&mut self) {
        let Some(first) = self.peek(0) else { return };
        let line = self.line;
        match first {
            '/' if self.peek(1) == Some('/') => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.skip();
                }
            }
            '/' if self.peek(1) == Some('*') => self.block_comment(),
            '"' => self.quoted('"'),
            '\'' if self.peek(1) == Some('\\') || self.peek(2) == Some('\'') => self.quoted('\''),
            '\'' => {
                self.skip();
                let name = self.word();
                self.push(Kind::Lifetime, name, line);
            }
            c if c.is_ascii_digit() => self.number(),
            c if is_word(c) => self.word_or_prefixed(),
            c if c.is_whitespace() => self.skip(),
            ':' if self.peek(1) == Some(':') => {
                self.at += 2;
                self.push(Kind::Mark, "::", line);
            }
            c => {
                self.skip();
                self.push(Kind::Mark, c, line);
            }
        }
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.characters.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.skip(),
            }
        }
    }

    /// A string or a character, from its opening quote.
    fn quoted(&mut self, quote: char) {
        let line = self.line;
        self.skip();
        while let Some(c) = self.peek(0) {
            self.skip();
            match c {
                '\\' => self.skip(),
                c if c == quote => break,
                _ => {}
            }
        }
        self.push(Kind::Literal, "", line);
    }

    /// A raw string, from its first `#` or quote.
    fn raw_string(&mut self) {
        let line = self.line;
        let mut hashes = 0;
        while self.peek(0) == Some('#') {
            hashes += 1;
            self.skip();
        }
        self.skip();
        while self.at < self.characters.len() {
            let closes =
                self.peek(0) == Some('"') && (1..=hashes).all(|n| self.peek(n) == Some('#'));
            self.skip();
            if closes {
                self.at += hashes;
                break;
            }
        }
        self.push(Kind::Literal, "", line);
    }

    fn number(&mut self) {
        let line = self.line;
        while self.peek(0).is_some_and(is_word)
            || self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit())
        {
            self.skip();
        }
        self.push(Kind::Literal, "", line);
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while self.peek(0).is_some_and(is_word) {
            self.at += 1;
        }
        self.characters[start..self.at].iter().collect()
    }

    /// A word, or the literal or raw name that it is the prefix of.
    fn word_or_prefixed(&mut self) {
        let line = self.line;
        let word = self.word();
        let after_hashes = (0..)
            .map_while(|n| self.peek(n))
            .find(|c| *c != '#')
            .unwrap_or(' ');
        match (word.as_str(), self.peek(0)) {
            ("r" | "br" | "cr", Some('"' | '#')) if after_hashes == '"' => self.raw_string(),
            ("b" | "c", Some('"')) => self.quoted('"'),
            ("b", Some('\'')) => self.quoted('\''),
            ("r", Some('#')) => {
                self.skip();
                let name = self.word();
                self.push(Kind::Word, format!("r#{name}"), line);
            }
            _ => self.push(Kind::Word, word, line),
        }
    }
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        tokens(source)
            .into_iter()
            .filter(|token| token.kind == Kind::Word)
            .map(|token| token.text)
            .collect()
    }

    #[test]
    fn comments_strings_and_characters_hold_no_words() {
        let source = r####"
            a // b
            /* c /* d */ e */ f
            "g \" h" r"i" r#"j " k"# br##"l"## b"m" c"n" 'o' '\'' b'p' q
        "####;
        assert_eq!(words(source), ["a", "f", "q"]);
    }

    #[test]
    fn a_lifetime_does_not_open_a_character() {
        assert_eq!(
            words("fn f<'a>(x: &'a str, y: char) { y == 'a' }"),
            ["fn", "f", "x", "str", "y", "char", "y"]
        );
    }

    #[test]
    fn numbers_hold_no_words_and_end_before_a_method() {
        assert_eq!(words("1.5e3 + 0xff_u32 + 1.max(2) + 0..n"), ["max", "n"]);
    }

    #[test]
    fn a_raw_name_is_not_the_keyword() {
        assert_eq!(words("r#use r#mod"), ["r#use", "r#mod"]);
    }

    #[test]
    fn lines_are_counted_through_everything_that_spans_them() {
        let found = tokens("/*\n*/ \"\n\" r#\"\n\"#\nlast");
        assert_eq!(found.last().map(|token| token.line), Some(5));
    }

    #[test]
    fn what_never_closes_ends_with_the_file() {
        for source in ["/* a", "\"a", "r#\"a", "'", "'\\", "r#", "b'"] {
            assert!(tokens(source).len() <= source.len(), "{source}");
        }
    }
}
