//! Errors with the line that they are about, and a caret below what is wrong.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::kit::Place;

use super::AppError;

/// The most that is read of a file for its lines: what a spec may weigh.
const MOST_BYTES: u64 = 16 << 20;

/// Of so many mistakes the lines are shown; further ones are named.
const MOST_SHOWN: usize = 20;

/// How far a line is looked at to each side of what is wrong, in characters.
const AROUND: usize = 500;

/// Columns where no terminal says.
const WIDTH: usize = 100;

/// How lines are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    /// In colours.
    pub(super) color: bool,
    /// Columns of the terminal, if it is one.
    pub(super) width: Option<u16>,
}

/// The words of an error, each of its mistakes with its line, where it has one.
pub(super) fn told(error: &AppError, drawn: Drawn) -> String {
    let mistakes: Vec<(&Place, String)> = match error {
        AppError::Spec(errors) => errors.iter().map(|e| (&e.place, e.to_string())).collect(),
        AppError::Plan(error) => error.0.iter().map(|e| (&e.place, e.to_string())).collect(),
        AppError::Shader(errors) => errors.iter().map(|e| (&e.place, e.to_string())).collect(),
        AppError::Usage(_)
        | AppError::Store(_)
        | AppError::Nothing(_)
        | AppError::Lost(_)
        | AppError::Write { .. }
        | AppError::Reports(_)
        | AppError::Output(_) => return error.to_string(),
    };
    let mut files = HashMap::new();
    let mut texts: Vec<String> = Vec::with_capacity(mistakes.len());
    for (index, (place, mut text)) in mistakes.into_iter().enumerate() {
        // What a compiler said of WGSL brings its own line with it.
        if index < MOST_SHOWN && !text.contains('\n') && place.line > 0 {
            let file = files
                .entry(&*place.file)
                .or_insert_with(|| read(&place.file));
            if let Some(line) = file.as_deref().and_then(|file| line(file, place)) {
                text.push('\n');
                text.push_str(&draw(&line, drawn));
            }
        }
        texts.push(text);
    }
    texts.join("\nerror: ")
}

/// A file's text; none where it is gone, too large, or no text.
fn read(name: &str) -> Option<String> {
    let file = File::open(name).ok()?;
    // A pipe would never end.
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}

/// A line, or the part of it that matters, and what is wrong in it, in bytes.
#[derive(Debug, PartialEq, Eq)]
struct Line<'t> {
    number: usize,
    text: &'t str,
    wrong: std::ops::Range<usize>,
}

fn line<'t>(file: &'t str, place: &Place) -> Option<Line<'t>> {
    let file = file.strip_prefix('\u{feff}').unwrap_or(file);
    let whole = file.lines().nth(place.line.checked_sub(1)?)?;
    let column = place.column.max(1) - 1;
    let byte = |character: usize| {
        whole
            .char_indices()
            .nth(character)
            .map_or(whole.len(), |(at, _)| at)
    };
    let (from, to) = (byte(column.saturating_sub(AROUND)), byte(column + AROUND));
    let start = byte(column);
    let end = start + word(&whole[start..to]);
    Some(Line {
        number: place.line,
        text: &whole[from..to],
        wrong: start - from..end - from,
    })
}

/// How long what begins here is: a text in quotes, or up to what parts words
/// in YAML; one character at least, where there is one.
fn word(rest: &str) -> usize {
    let mut characters = rest.chars();
    let Some(first) = characters.next() else {
        return 0;
    };
    if matches!(first, '"' | '\'') {
        let inside = characters.as_str();
        return match inside.find(first) {
            Some(close) => 2 + close,
            None => rest.trim_end().len(),
        };
    }
    let parts = |c: char| c.is_whitespace() || ",:{}[]()#\"'".contains(c);
    match rest.find(parts) {
        Some(0) => first.len_utf8(),
        Some(end) => end,
        None => rest.len(),
    }
}

fn draw(line: &Line<'_>, drawn: Drawn) -> String {
    let renderer = match drawn.color {
        true => Renderer::styled(),
        false => Renderer::plain(),
    };
    let width = drawn.width.map_or(WIDTH, usize::from);
    let snippet = Snippet::source(line.text)
        .line_start(line.number)
        .annotation(AnnotationKind::Primary.span(line.wrong.clone()));
    renderer
        .term_width(width.max(40))
        .render(&[Group::with_level(Level::ERROR).element(snippet)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(file: &str, line: usize, column: usize) -> String {
        let place = Place::new("a.yaml", line, column);
        let line = super::line(file, &place).expect("there is such a line");
        let drawn = Drawn {
            color: false,
            width: Some(60),
        };
        draw(&line, drawn)
    }

    #[test]
    fn carets_stand_below_what_is_wrong() {
        let file = "gate: 1\n\tslowdwon: 2%\nname: \"two words\", x\n漢字: wrong, 漢\nend:\n";
        let long = format!("{}wrong{}", "long ".repeat(300), " line".repeat(300));
        let all = [
            drawn(file, 1, 1),
            drawn(file, 2, 2),
            drawn(file, 3, 7),
            drawn(file, 4, 5),
            drawn(file, 4, 12),
            drawn(file, 5, 5),
            drawn("\u{feff}a: b", 1, 4),
            drawn("a: \u{1b}[31mred", 1, 4),
            drawn(&long, 1, 1501),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn a_place_beyond_the_file_has_no_line() {
        for (line, column) in [(0, 0), (3, 1)] {
            let place = Place::new("a.yaml", line, column);
            assert_eq!(super::line("a: 1\nb: 2\n", &place), None);
        }
        // A column beyond the line is at its end.
        let place = Place::new("a.yaml", 1, 99);
        let line = super::line("a: 1", &place).expect("a line");
        assert_eq!(line.wrong, 4..4);
    }
}
