//! Lines of bounded length: the other end may be anything.

use std::io::{self, BufRead};

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line without its end.
    Text(Vec<u8>),
    /// A line that is longer than allowed; what was read of it is gone, and
    /// the next read goes on in its middle.
    TooLong,
    /// There is no more.
    End,
}

/// Reads one line of at most so many bytes. A last line without an end counts.
/// Never holds more than that, and never waits for the end of a longer one.
///
/// # Errors
///
/// Those of the reader.
pub(super) fn read_line(reader: &mut dyn BufRead, most: usize) -> io::Result<Line> {
    let mut line = Vec::new();
    let mut seen = false;
    loop {
        let available = match reader.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if available.is_empty() {
            return Ok(if seen { Line::Text(line) } else { Line::End });
        }
        seen = true;
        let end = available.iter().position(|&byte| byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        let long = line.len() + part.len() > most;
        if !long {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if long {
            return Ok(Line::TooLong);
        }
        if end.is_some() {
            return Ok(Line::Text(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_longer_than_allowed_is_said_to_be_and_not_kept() {
        // Three bytes at a time, as a pipe may give them.
        let text: &[u8] = b"ab\ncdef\n123456\nlast";
        let mut reader = io::BufReader::with_capacity(3, text);
        let mut read = || read_line(&mut reader, 4).expect("memory does not fail");
        assert_eq!(read(), Line::Text(b"ab".to_vec()));
        assert_eq!(read(), Line::Text(b"cdef".to_vec()));
        assert_eq!(read(), Line::TooLong);
        assert_eq!(read(), Line::Text(b"last".to_vec()));
        assert_eq!(read(), Line::End);
    }

    #[test]
    fn a_line_without_an_end_is_not_waited_for() {
        let mut endless = io::BufReader::new(io::repeat(b'x'));
        assert_eq!(read_line(&mut endless, 1 << 20).ok(), Some(Line::TooLong));
    }

    #[test]
    fn an_empty_line_is_a_line() {
        let mut reader: &[u8] = b"\n";
        assert_eq!(read_line(&mut reader, 4).ok(), Some(Line::Text(Vec::new())));
        assert_eq!(read_line(&mut reader, 4).ok(), Some(Line::End));
    }
}
