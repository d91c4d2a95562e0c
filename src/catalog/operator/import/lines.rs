//! Physical lines of a text, never more of one than allowed.

use std::io::{BufRead, BufReader, Read};

use crate::catalog::CatalogError;
use crate::catalog::operator::import::text::unreadable;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// Its bytes; always ends in `\n`, even where the file does not.
    Bytes(Vec<u8>),
    /// It was longer than allowed and is gone.
    TooLong,
}

/// The lines of a source, which end in LF or CRLF; in CR, if the first one does.
pub(crate) struct Lines<'a> {
    source: Box<dyn BufRead + 'a>,
    limit: usize,
    end: u8,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(source: impl Read + 'a, limit: usize) -> Result<Self, CatalogError> {
        let mut source = BufReader::with_capacity(64 * 1024, source);
        let ready = source.fill_buf().map_err(|error| unreadable(&error))?;
        let first = ready.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let is_cr =
            |at: usize| ready.get(at) == Some(&b'\r') && ready.get(at + 1).is_some_and(|next| *next != b'\n');
        let end = if first.is_some_and(is_cr) { b'\r' } else { b'\n' };
        Ok(Self { source: Box::new(source), limit, end })
    }

    /// The next line; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Line>, CatalogError> {
        let mut line = Vec::new();
        let mut too_long = false;
        let mut any = false;
        loop {
            let ready = self.source.fill_buf().map_err(|error| unreadable(&error))?;
            if ready.is_empty() {
                break;
            }
            any = true;
            let end = ready.iter().position(|byte| *byte == self.end);
            let taken = ready.split_at_checked(end.unwrap_or(ready.len())).map_or(ready, |(taken, _)| taken);
            too_long |= line.len() + taken.len() > self.limit;
            if too_long {
                line = Vec::new();
            } else {
                line.extend_from_slice(taken);
            }
            let used = taken.len() + usize::from(end.is_some());
            self.source.consume(used);
            if end.is_some() {
                break;
            }
        }
        line.push(b'\n');
        let line = if too_long { Line::TooLong } else { Line::Bytes(line) };
        Ok(any.then_some(line))
    }
}
