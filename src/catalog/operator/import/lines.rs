//! Physical lines of a possibly compressed file, never more of one than allowed.

use std::io::{BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use crate::catalog::CatalogError;

const GZIP: &[u8] = &[0x1f, 0x8b];
const BOM: &[u8] = b"\xef\xbb\xbf";

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Its bytes; always ends in `\n`, even where the file does not.
    Bytes(Vec<u8>),
    /// It was longer than allowed and is gone.
    TooLong,
}

/// The lines of a source. Gzip is recognised by its first bytes, a byte order mark is skipped.
pub(crate) struct Lines<'a> {
    source: Box<dyn BufRead + 'a>,
    limit: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(source: impl Read + 'a, limit: usize) -> Result<Self, CatalogError> {
        let mut source = BufReader::with_capacity(64 * 1024, source);
        let mut source: Box<dyn BufRead + 'a> = if source.fill_buf().map_err(unreadable)?.starts_with(GZIP) {
            Box::new(BufReader::with_capacity(64 * 1024, MultiGzDecoder::new(source)))
        } else {
            Box::new(source)
        };
        if source.fill_buf().map_err(unreadable)?.starts_with(BOM) {
            source.consume(BOM.len());
        }
        Ok(Self { source, limit })
    }

    /// The next line; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Line>, CatalogError> {
        let mut line = Vec::new();
        let mut too_long = false;
        let mut any = false;
        loop {
            let ready = self.source.fill_buf().map_err(unreadable)?;
            if ready.is_empty() {
                break;
            }
            any = true;
            let end = ready.iter().position(|byte| *byte == b'\n');
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

fn unreadable(error: std::io::Error) -> CatalogError {
    CatalogError::io("read the feed", &error)
}
