//! CSV read a line at a time, each field with its place.
//!
//! Memory is bounded by the longest line that is taken, whatever the file
//! holds: a quote that never closes is a mistake on its line, and not a field
//! of the rest of the file.

use std::io::{BufRead, Read};

use csv_core::ReadFieldResult;

use super::parse::Fault;

/// The longest line that is taken, in bytes: a hundred times a long one.
const LONGEST_LINE: usize = 64 << 10;

/// Text that a line begins with in files of some programs.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why there is no next row.
#[derive(Debug)]
pub(super) enum RowError {
    /// The text is wrong.
    Fault(Fault),
    /// It could not be read.
    Io(std::io::Error),
}

impl From<Fault> for RowError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Rows of a text.
pub(super) struct Rows<R> {
    text: R,
    /// Kept from row to row: making one builds tables.
    reader: csv_core::Reader,
    /// The line that the current row stands on, from 1.
    line: usize,
    bytes: Vec<u8>,
    /// Fields of the current row, one after another, without their quotes.
    fields: Vec<u8>,
    /// Where each begins on the line and ends in `fields`.
    ends: Vec<(usize, usize)>,
}

impl<R: BufRead> Rows<R> {
    pub(super) fn new(text: R) -> Self {
        Self {
            text,
            reader: csv_core::Reader::new(),
            line: 0,
            bytes: Vec::new(),
            fields: vec![0; LONGEST_LINE + 2],
            ends: Vec::new(),
        }
    }

    /// Goes to the next row; false after the last. Empty lines are passed over.
    ///
    /// # Errors
    ///
    /// [`RowError`].
    pub(super) fn advance(&mut self) -> Result<bool, RowError> {
        loop {
            self.bytes.clear();
            self.line += 1;
            let most = LONGEST_LINE as u64 + 1;
            let read = (&mut self.text)
                .take(most)
                .read_until(b'\n', &mut self.bytes)
                .map_err(RowError::Io)?;
            if read == 0 {
                return Ok(false);
            }
            if self.bytes.len() > LONGEST_LINE {
                return Err(self.fault_at(
                    LONGEST_LINE,
                    format!("this line is longer than {LONGEST_LINE} bytes: it is none of samples"),
                ));
            }
            while matches!(self.bytes.last(), Some(b'\n' | b'\r')) {
                self.bytes.pop();
            }
            if self.line == 1 && self.bytes.starts_with(BYTE_ORDER_MARK) {
                self.bytes.drain(..BYTE_ORDER_MARK.len());
            }
            if self.bytes.iter().any(|byte| !byte.is_ascii_whitespace()) {
                break;
            }
        }
        self.bytes.push(b'\n');
        self.split()?;
        Ok(true)
    }

    /// Splits the line into its fields.
    fn split(&mut self) -> Result<(), RowError> {
        self.ends.clear();
        self.reader.reset();
        let (mut at, mut end) = (0, 0);
        loop {
            let begin = at;
            let (result, read, written) = self
                .reader
                .read_field(&self.bytes[at..], &mut self.fields[end..]);
            at += read;
            end += written;
            match result {
                ReadFieldResult::Field { record_end } => {
                    self.ends.push((begin, end));
                    if record_end {
                        break;
                    }
                }
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {
                    return Err(self.fault_at(
                        begin,
                        "a quote opens here and does not close on this line".to_owned(),
                    ));
                }
                ReadFieldResult::End => break,
            }
        }
        if at < self.bytes.len() {
            return Err(self.fault_at(
                at,
                "the row ends here, and the line does not; end lines with a line feed".to_owned(),
            ));
        }
        Ok(())
    }

    /// The line of the current row, from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// How many fields the current row has.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field of the current row, without the spaces around it.
    ///
    /// # Errors
    ///
    /// [`RowError::Fault`] where it is not UTF-8.
    pub(super) fn field(&self, index: usize) -> Result<&str, RowError> {
        let Some(&(_, end)) = self.ends.get(index) else {
            return Ok("");
        };
        let begin = index
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .map_or(0, |(_, end)| *end);
        std::str::from_utf8(&self.fields[begin..end])
            .map(str::trim)
            .map_err(|_| self.fault(index, "this is not UTF-8".to_owned()))
    }

    /// A mistake in a field of the current row.
    pub(super) fn fault(&self, index: usize, message: String) -> RowError {
        let at = self.ends.get(index).map_or(0, |(begin, _)| *begin);
        self.fault_at(at, message)
    }

    fn fault_at(&self, at: usize, message: String) -> RowError {
        let before = &self.bytes[..at.min(self.bytes.len())];
        RowError::Fault(Fault {
            line: self.line,
            column: 1 + String::from_utf8_lossy(before).chars().count(),
            message,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, RowError> {
        let mut rows = Rows::new(text.as_bytes());
        let mut all = Vec::new();
        while rows.advance()? {
            let mut row = Vec::new();
            for index in 0..rows.len() {
                row.push(rows.field(index)?.to_owned());
            }
            all.push(row);
        }
        Ok(all)
    }

    fn fault(text: &str) -> (usize, usize, String) {
        match rows(text) {
            Err(RowError::Fault(fault)) => (fault.line, fault.column, fault.message),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn fields_are_told_apart_by_commas_outside_of_quotes() {
        let text = "\u{feff}a,b\r\n\n\"k[n=1,m=2]\", 7 \r\n\"say \"\"so\"\"\",\n";
        let expected = [
            vec!["a", "b"],
            vec!["k[n=1,m=2]", "7"],
            vec!["say \"so\"", ""],
        ];
        assert_eq!(rows(text).expect("reads"), expected);
    }

    #[test]
    fn mistakes_have_their_place() {
        let (line, column, message) = fault("a,b\nä,\"open\nx,y\n");
        assert_eq!((line, column), (2, 3));
        assert!(message.contains("quote"), "{message}");
        let (line, _, message) = fault("a,b\rc,d\n");
        assert_eq!(line, 1);
        assert!(message.contains("line feed"), "{message}");
        let (line, _, message) = fault(&format!("a\n{}\n", "x".repeat(LONGEST_LINE + 1)));
        assert_eq!(line, 2);
        assert!(message.contains("longer"), "{message}");
    }

    #[test]
    fn a_last_line_needs_no_end() {
        assert_eq!(rows("a,b\nc,d").expect("reads").len(), 2);
        assert_eq!(rows("").expect("reads").len(), 0);
    }
}
