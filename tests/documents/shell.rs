//! The commands of a shell block, as words.
//!
//! Bash runs the blocks; this only has to tell which programs they call, and
//! to refuse what it does not understand.

/// One call of a program: its name and its arguments, without redirections.
pub(crate) type Call = Vec<String>;

/// All calls of a script, or what it has that this does not know.
pub(crate) fn calls(script: &str) -> Result<Vec<Call>, String> {
    let mut reader = Reader::default();
    let mut letters = script.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        match (reader.quote, letter) {
            (Some(quote), _) if letter == quote => reader.quote = None,
            (Some('"'), '\\') if matches!(next, Some('"' | '\\' | '$')) => {
                reader.word.extend(letters.next());
            }
            // A variable stays as it is written; what it holds is not known here.
            (Some('"'), '$') if next.is_some_and(|next| next.is_ascii_alphabetic()) => {
                reader.word.push(letter);
            }
            (Some('"'), '$' | '`') => return Err(format!("`{letter}` within quotes")),
            (Some(_), _) => reader.word.push(letter),
            (None, '\'' | '"') => {
                reader.quote = Some(letter);
                reader.open = true;
            }
            // A line goes on.
            (None, '\\') if next == Some('\n') => {
                letters.next();
            }
            (None, '#') if !reader.open && reader.word.is_empty() => {
                while letters.next_if(|letter| *letter != '\n').is_some() {}
            }
            (None, '&') if next == Some('&') => {
                letters.next();
                reader.end_call();
            }
            (None, '|') => {
                letters.next_if_eq(&'|');
                reader.end_call();
            }
            (None, ';' | '\n') => reader.end_call(),
            (None, '>') => {
                letters.next_if_eq(&'>');
                reader.end_word();
                reader.redirected = true;
            }
            (None, ' ' | '\t') => reader.end_word(),
            (None, '&' | '$' | '`' | '(' | ')' | '{' | '}' | '<' | '\\') => {
                return Err(format!("`{letter}`"));
            }
            (None, _) => reader.word.push(letter),
        }
    }
    if reader.quote.is_some() {
        return Err("a quote without an end".to_owned());
    }
    reader.end_call();
    Ok(reader.calls)
}

#[derive(Default)]
struct Reader {
    calls: Vec<Call>,
    call: Call,
    word: String,
    /// A word that may be empty: quotes were there.
    open: bool,
    quote: Option<char>,
    /// The next word is where the output goes.
    redirected: bool,
}

impl Reader {
    fn end_word(&mut self) {
        if self.word.is_empty() && !self.open {
            return;
        }
        let word = std::mem::take(&mut self.word);
        if !std::mem::take(&mut self.redirected) {
            self.call.push(word);
        }
        self.open = false;
    }

    fn end_call(&mut self) {
        self.end_word();
        if !self.call.is_empty() {
            self.calls.push(std::mem::take(&mut self.call));
        }
    }
}

#[test]
fn calls_are_told_apart() {
    let script = "gate check \\\n  --filter 'a b*' # a remark\n\
                  git add x && git commit -m \"it's\" >> log | cat -\n\n# none\ngate explain 'x]'; cd ..\n";
    let expected: Vec<Vec<&str>> = vec![
        vec!["gate", "check", "--filter", "a b*"],
        vec!["git", "add", "x"],
        vec!["git", "commit", "-m", "it's"],
        vec!["cat", "-"],
        vec!["gate", "explain", "x]"],
        vec!["cd", ".."],
    ];
    assert_eq!(calls(script), Ok(expected.into_iter().map(owned).collect()));
    let with = calls("gate check --against \"$BASE\"");
    assert_eq!(
        with,
        Ok(vec![owned(vec!["gate", "check", "--against", "$BASE"])])
    );
    for unknown in [
        "gate check &",
        "x=$(gate)",
        "gate 'check",
        "gate <in",
        "gate $x",
    ] {
        assert!(calls(unknown).is_err(), "{unknown}");
    }
}

#[cfg(test)]
fn owned(words: Vec<&str>) -> Call {
    words.into_iter().map(str::to_owned).collect()
}
