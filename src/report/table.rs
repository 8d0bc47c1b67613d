//! The report as a table for a terminal.

use std::io::{self, Write};

use super::Report;
use super::evidence::{Depth, Line, lines};
use super::grid::{GridLine, grid};
use super::sections::{self, Remark};
use super::text::{clean, width, wrap};
use super::words::{Kind, Tone, Word, summary, verdict};

/// How many cases a remark names, unless all are wanted.
const NAMED: usize = 3;

/// How many failing cases have all their evidence shown, unless all are wanted;
/// the others have their reason. Where hundreds fail, they fail alike.
const EXPLAINED: usize = 20;

/// Narrower than this, evidence has no column for what it is about.
const NARROW: usize = 60;

/// The least that is printed to: below it lines are longer than asked for.
const LEAST: u16 = 24;

/// How to print.
#[derive(Clone, Copy, Debug)]
pub struct TableStyle {
    /// Columns of the terminal; none where it is no terminal: each case is on
    /// one line then, with its whole identity.
    pub width: Option<u16>,
    /// With colours.
    pub color: bool,
    /// 0: as usual; 1: with rounds, seeds and GPU share; -1: failures and the
    /// summary alone.
    pub verbosity: i8,
}

/// Writes the device, the table, what was left out, what is worth a look, the
/// failing cases with their evidence and, last, one summary sentence.
///
/// # Errors
///
/// Of the writer.
pub fn write_table(report: &Report, style: &TableStyle, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page {
        columns: style.width.map(|width| usize::from(width.max(LEAST))),
        paint: Paint(style.color),
        kind: Kind::of(report),
        all: style.verbosity > 0,
        text: String::new(),
    };
    if style.verbosity >= 0 {
        page.device(report);
        page.grid(report);
        if page.all {
            page.details(report);
        }
        page.remarks("Left out", &sections::left_out(report, page.all));
        page.remarks("Noted", &sections::noted(report, page.kind));
        page.notes(report);
    }
    page.failures(report);
    page.summary(report);
    out.write_all(page.text.as_bytes())
}

/// Colours, or none.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    /// Wraps a text in a style (ECMA-48, select graphic rendition).
    fn with(self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn tone(self, tone: Tone, text: &str) -> String {
        self.with(
            match tone {
                Tone::Good => "32",
                Tone::Bad => "1;31",
                Tone::Doubt | Tone::Notice => "33",
            },
            text,
        )
    }

    /// A line with its verdict coloured.
    fn verdict(self, line: &str, word: &Word) -> String {
        let signed = word.signed();
        match line.rfind(&signed) {
            Some(at) => {
                let end = at + signed.len();
                let painted = self.tone(word.tone, &signed);
                format!("{}{painted}{}", &line[..at], &line[end..])
            }
            None => line.to_owned(),
        }
    }
}

struct Page {
    columns: Option<usize>,
    paint: Paint,
    kind: Kind,
    all: bool,
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// An empty line, unless at the top.
    fn space(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    fn wrapped(&mut self, text: &str, first: &str, rest: &str) {
        for line in wrap(text, self.columns, first, rest) {
            self.line(&line);
        }
    }

    fn device(&mut self, report: &Report) {
        for line in sections::device(report) {
            self.wrapped(&line, "", "  ");
        }
        if self.all {
            for line in sections::run(report) {
                self.wrapped(&line, "", "  ");
            }
        }
    }

    fn grid(&mut self, report: &Report) {
        let lines = grid(report, self.columns);
        if !lines.is_empty() {
            self.space();
        }
        let paint = self.paint;
        for line in lines {
            let painted = match line {
                GridLine::Title(text) | GridLine::Stage(text) => paint.dim(&text),
                GridLine::Heading(text) => paint.bold(&text),
                GridLine::Case(text, Some(word)) => paint.verdict(&text, &word),
                GridLine::Case(text, None) => text,
            };
            self.line(&painted);
        }
    }

    fn remarks(&mut self, title: &str, remarks: &[Remark]) {
        if remarks.is_empty() {
            return;
        }
        self.space();
        self.line(&self.paint.bold(title));
        for remark in remarks {
            let number = remark.cases.len();
            self.wrapped(&remark.text, &format!("{number:>5}  "), "       ");
            // To say that there is one more takes the room of naming it.
            let some = !self.all && number > NAMED + 1;
            let named = if some { NAMED } else { number };
            for case in remark.cases.iter().take(named) {
                self.wrapped(case, "         ", "           ");
            }
            if number > named {
                let more = format!("and {} more (-v names them)", number - named);
                self.wrapped(&more, "         ", "           ");
            }
        }
    }

    fn notes(&mut self, report: &Report) {
        if report.notes.is_empty() {
            return;
        }
        self.space();
        for note in &report.notes {
            self.wrapped(&clean(note), "note: ", "      ");
        }
    }

    fn details(&mut self, report: &Report) {
        if report.cases.is_empty() {
            return;
        }
        self.space();
        self.line(&self.paint.bold("Evidence"));
        for case in &report.cases {
            self.wrapped(&clean(&case.id.0), "  ", "    ");
            self.evidence(&lines(case, self.kind, Depth::All));
        }
    }

    fn failures(&mut self, report: &Report) {
        let mut title = Some("Failed");
        for (index, case) in sections::failing(report).enumerate() {
            if let Some(title) = title.take() {
                self.space();
                self.line(&self.paint.bold(title));
            }
            let word = verdict(case, self.kind);
            let first = format!("  {}  ", word.signed());
            let all = wrap(&clean(&case.id.0), self.columns, &first, "    ");
            for (index, line) in all.iter().enumerate() {
                let painted = if index == 0 {
                    self.paint.verdict(line, &word)
                } else {
                    line.clone()
                };
                self.line(&painted);
            }
            self.wrapped(&clean(&case.judgement.reason), "    ", "    ");
            if self.all || index < EXPLAINED {
                self.evidence(&lines(case, self.kind, Depth::Failure));
            }
        }
    }

    fn evidence(&mut self, lines: &[Line]) {
        let narrow = self.columns.is_some_and(|columns| columns < NARROW);
        for Line { about, says } in lines {
            if narrow {
                self.wrapped(&format!("{about}: {says}"), "    ", "      ");
            } else {
                let first = format!("      {about:<10}  ");
                let rest = " ".repeat(width(&first));
                self.wrapped(says, &first, &rest);
            }
        }
    }

    fn summary(&mut self, report: &Report) {
        self.space();
        let tone = match report.exit {
            0 => Tone::Good,
            4 => Tone::Doubt,
            _ => Tone::Bad,
        };
        let sentence = summary(report);
        for line in wrap(&sentence, self.columns, "", "  ") {
            let painted = self.paint.tone(tone, &line);
            self.line(&painted);
        }
    }
}
