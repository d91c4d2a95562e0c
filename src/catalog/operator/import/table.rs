//! Rows of a delimited file. A quote that nobody closes costs one row, not the rest of the file: reading starts again on the
//! next physical line.

use std::collections::{HashMap, VecDeque};
use std::io::Read;

use crate::catalog::CatalogError;
use crate::catalog::operator::import::Reason;
use crate::catalog::operator::import::lines::{Line, Lines};
use crate::catalog::operator::import::split::{Splitter, Step};

/// Longest cell, bytes.
const MAX_CELL: usize = 64 * 1024;
/// Longest physical line, bytes.
const MAX_LINE: usize = 1 << 20;
/// Bytes that a row which spans several lines may have.
const MAX_SPAN: usize = 256 * 1024;
/// Open quotes after which rows may no longer span lines, so that a hostile file is not read again and again.
const MAX_OPEN_QUOTES: u32 = 1000;

/// A row's number, and its cells or why it cannot be read.
pub(crate) type NumberedRow = (u64, Result<Cells, Reason>);

/// The cells of one row.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    text: String,
    ends: Vec<usize>,
}

impl Cells {
    /// A cell without surrounding white space; empty if the row is shorter.
    pub(crate) fn get(&self, column: usize) -> &str {
        let start = column.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let range = start.zip(self.ends.get(column).copied()).map(|(start, end)| start..end);
        range.and_then(|range| self.text.get(range)).unwrap_or_default().trim()
    }

    fn len(&self) -> usize {
        self.ends.len()
    }
}

/// A delimited file with a header row.
pub(crate) struct Table<'a> {
    lines: Lines<'a>,
    again: VecDeque<Line>,
    splitter: Splitter,
    row: u64,
    open_quotes: u32,
    columns: HashMap<String, Vec<usize>>,
    width: usize,
}

impl<'a> Table<'a> {
    /// Reads the header. `name` turns a header cell into the name it is found by.
    pub(crate) fn open(
        source: impl Read + 'a,
        delimiter: u8,
        name: fn(&str) -> String,
    ) -> Result<Self, CatalogError> {
        let mut table = Self {
            lines: Lines::new(source, MAX_LINE)?,
            again: VecDeque::new(),
            splitter: Splitter::new(delimiter),
            row: 0,
            open_quotes: 0,
            columns: HashMap::new(),
            width: usize::MAX,
        };
        let Some((_, Ok(header))) = table.next()? else {
            return Err(CatalogError::NoHeader);
        };
        for column in 0..header.len() {
            table.columns.entry(name(header.get(column))).or_default().push(column);
        }
        table.width = header.len();
        Ok(table)
    }

    /// The column of this name, if there is one and only one.
    pub(crate) fn column(&self, name: &'static str) -> Result<Option<usize>, CatalogError> {
        match self.columns.get(name).map(Vec::as_slice) {
            None => Ok(None),
            Some([column]) => Ok(Some(*column)),
            Some(_) => Err(CatalogError::RepeatedColumn { column: name }),
        }
    }

    /// All columns of this name.
    pub(crate) fn all_columns(&self, name: &str) -> Vec<usize> {
        self.columns.get(name).cloned().unwrap_or_default()
    }

    /// The next row that is not blank, and its number.
    pub(crate) fn next(&mut self) -> Result<Option<NumberedRow>, CatalogError> {
        loop {
            let Some(line) = self.line()? else {
                return Ok(None);
            };
            self.row += 1;
            let result = match line {
                Line::TooLong => Err(Reason::RowTooLong),
                Line::Bytes(line) if line.iter().all(u8::is_ascii_whitespace) => continue,
                Line::Bytes(line) => self.record(line)?,
            };
            return Ok(Some((self.row, result.and_then(|cells| self.fitting(cells)))));
        }
    }

    fn line(&mut self) -> Result<Option<Line>, CatalogError> {
        match self.again.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    /// Reads the row that begins with `first`, with as many further lines as its quotes ask for.
    fn record(&mut self, first: Vec<u8>) -> Result<Result<Cells, Reason>, CatalogError> {
        self.splitter.restart();
        let mut held = vec![Line::Bytes(first)];
        let mut span = 0;
        loop {
            let failed = match held.last() {
                Some(Line::Bytes(line)) => {
                    span += line.len();
                    match self.splitter.feed(line) {
                        Step::Done => return Ok(self.cells()),
                        Step::TooMany => Some(Reason::TooManyCells),
                        Step::InQuote if span > MAX_SPAN || self.open_quotes > MAX_OPEN_QUOTES => {
                            Some(Reason::OpenQuote)
                        }
                        Step::InQuote => None,
                    }
                }
                Some(Line::TooLong) | None => Some(Reason::OpenQuote),
            };
            let more = if failed.is_none() { self.line()? } else { None };
            match more {
                Some(line) => held.push(line),
                None => {
                    // Only the first line is lost; the others are read again as rows of their own.
                    self.open_quotes = self.open_quotes.saturating_add(1);
                    held.drain(1..).rev().for_each(|line| self.again.push_front(line));
                    return Ok(Err(failed.unwrap_or(Reason::OpenQuote)));
                }
            }
        }
    }

    fn cells(&self) -> Result<Cells, Reason> {
        let Splitter { bytes, ends, .. } = &self.splitter;
        if bytes.contains(&0) {
            return Err(Reason::NulByte);
        }
        let lengths = ends.iter().scan(0, |start, end| Some(end - std::mem::replace(start, *end)));
        if lengths.max() > Some(MAX_CELL) {
            return Err(Reason::CellTooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Reason::NotUtf8)?;
        if ends.iter().any(|end| !text.is_char_boundary(*end)) {
            return Err(Reason::NotUtf8);
        }
        Ok(Cells { text: text.to_owned(), ends: ends.clone() })
    }

    fn fitting(&self, cells: Cells) -> Result<Cells, Reason> {
        let beyond = (self.width..cells.len()).any(|column| !cells.get(column).is_empty());
        if beyond { Err(Reason::TooManyCells) } else { Ok(cells) }
    }
}
