//! Rows of a delimited file. A quote that nobody closes, or that is closed some rows later, costs no other row.

use std::collections::VecDeque;
use std::io::Read;

use crate::catalog::CatalogError;
use crate::catalog::operator::import::lines::{Line, Lines};
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::ImportReport;
use crate::catalog::operator::import::split::{Splitter, Step};

/// Longest physical line, bytes.
pub(crate) const MAX_LINE: usize = 16 << 20;
/// Bytes that a row which spans several lines may have.
const MAX_SPAN: usize = 2 << 20;
/// Bytes that may be read again because of open quotes, so that a hostile file is not read again and again.
const MAX_AGAIN: usize = 64 << 20;

/// Quotes of a row that are tried as letters.
const MAX_TRIED: usize = 50;
/// Stands for a quote that is a letter, and is as long.
const LETTER: u8 = 1;

/// The cells of one row.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    text: String,
    ends: Vec<usize>,
    /// Whether a quote that nothing closes was read as a letter.
    pub(crate) quote_taken: bool,
}

impl Cells {
    /// A cell without surrounding white space; empty if the row is shorter.
    pub(crate) fn get(&self, column: usize) -> &str {
        let start = column.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let range = start.zip(self.ends.get(column).copied()).map(|(start, end)| start..end);
        range.and_then(|range| self.text.get(range)).unwrap_or_default().trim()
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// A row's number, and its cells or why it cannot be read.
pub(crate) type NumberedRow = (u64, Result<Cells, Reason>);

/// Whether cells look like a row of the feed: decides between a text of several lines and rows swallowed by a quote.
pub(crate) type IsRow = Box<dyn Fn(&Cells) -> bool>;

/// A delimited file behind its header.
pub(crate) struct Table<'a> {
    lines: Lines<'a>,
    again: VecDeque<Line>,
    splitter: Splitter,
    delimiter: u8,
    row: u64,
    read_again: usize,
    /// The header's cells.
    pub(crate) header: Vec<String>,
    is_row: IsRow,
}

impl<'a> Table<'a> {
    /// Reads the header, which stands behind `skip` other rows.
    pub(crate) fn open(source: impl Read + 'a, delimiter: u8, skip: u64) -> Result<Self, CatalogError> {
        let mut table = Self {
            lines: Lines::new(source, MAX_LINE)?,
            again: VecDeque::new(),
            splitter: Splitter::new(delimiter),
            delimiter,
            row: 0,
            read_again: 0,
            header: Vec::new(),
            is_row: Box::new(|_| true),
        };
        while table.row < skip && table.next()?.is_some() {}
        let Some((_, Ok(header))) = table.next()? else {
            return Err(CatalogError::NoHeader);
        };
        table.header = (0..header.len()).map(|column| header.get(column).to_owned()).collect();
        Ok(table)
    }

    pub(crate) fn rows_are(&mut self, is_row: IsRow) {
        self.is_row = is_row;
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
                Line::Bytes(line) if self.is_blank(&line) => continue,
                Line::Bytes(line) => self.record(line)?,
            };
            return Ok(Some((self.row, result.and_then(|cells| self.fitting(cells)))));
        }
    }

    /// The next row that can be read, and its number. The others before it are refused.
    pub(crate) fn next_read(
        &mut self,
        report: &mut ImportReport,
    ) -> Result<Option<(u64, Cells)>, CatalogError> {
        while let Some((row, cells)) = self.next()? {
            match cells {
                Ok(cells) => return Ok(Some((row, cells))),
                Err(reason) => report.refuse(row, None, reason),
            }
        }
        Ok(None)
    }

    fn is_blank(&self, line: &[u8]) -> bool {
        line.iter().all(|byte| byte.is_ascii_whitespace() || *byte == self.delimiter || *byte == 0)
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
        let mut span = first.len();
        let mut held = vec![first];
        loop {
            let step = held.last().map_or(Step::InQuote, |line| self.splitter.feed(line));
            match step {
                Step::TooMany => return Ok(Err(Reason::TooManyCells)),
                Step::Done => {
                    let cells = self.cells();
                    let swallowed = held.len() > 1 && self.are_rows(&held);
                    return Ok(if swallowed { self.first_alone(held) } else { Ok(cells) });
                }
                Step::InQuote => {}
            }
            let may = span <= MAX_SPAN && self.read_again <= MAX_AGAIN;
            match if may { self.line()? } else { None } {
                Some(Line::Bytes(line)) => {
                    span += line.len();
                    held.push(line);
                }
                Some(Line::TooLong) => {
                    self.again.push_front(Line::TooLong);
                    return Ok(self.first_alone(held));
                }
                None => return Ok(self.first_alone(held)),
            }
        }
    }

    /// Whether these lines are rows of their own that a quote has swallowed: most of what follows the first is a row by itself.
    fn are_rows(&mut self, lines: &[Vec<u8>]) -> bool {
        let Some((first, more)) = lines.split_first() else { return false };
        let rows = more.iter().filter(|line| self.alone(line).is_some()).count();
        // Two lines with commas may be a text; tabs are no part of texts.
        let certain = more.len() > 1 || self.delimiter == b'\t' || self.alone(first).is_some();
        rows > 0 && 2 * rows >= more.len() && certain
    }

    /// The first line as a row in which a quote is a letter; the others are read again as rows of their own.
    fn first_alone(&mut self, mut held: Vec<Vec<u8>>) -> Result<Cells, Reason> {
        for line in held.drain(1..).rev() {
            self.read_again = self.read_again.saturating_add(line.len());
            self.again.push_front(Line::Bytes(line));
        }
        let first = held.pop().unwrap_or_default();
        self.alone(&first).map(|cells| Cells { quote_taken: true, ..cells }).ok_or(Reason::QuoteOpen)
    }

    /// A line as a row by itself, if it can be one: as it is, or with a quote in it that is a letter.
    fn alone(&mut self, line: &[u8]) -> Option<Cells> {
        self.splitter.restart();
        if self.splitter.feed(line) == Step::Done {
            return Some(self.cells()).filter(|cells| self.may_be_row(cells));
        }
        let opens = |(place, byte): (usize, &u8)| {
            let begins = place == 0 || line.get(place - 1) == Some(&self.delimiter);
            (*byte == b'"' && begins).then_some(place)
        };
        // One of the quotes that open a cell is a letter; the others may be what they look like.
        let places: Vec<usize> = line.iter().enumerate().filter_map(opens).take(MAX_TRIED).collect();
        for place in places {
            let mut line = line.to_vec();
            if let Some(quote) = line.get_mut(place) {
                *quote = LETTER;
            }
            self.splitter.restart();
            if self.splitter.feed(&line) == Step::Done {
                let mut cells = self.cells();
                cells.text = cells.text.replace(char::from(LETTER), "\"");
                if self.may_be_row(&cells) {
                    return Some(cells);
                }
            }
        }
        self.splitter.feed_plain(line);
        Some(self.cells()).filter(|cells| self.may_be_row(cells))
    }

    fn may_be_row(&self, cells: &Cells) -> bool {
        (2..=self.header.len()).contains(&cells.len()) && (self.is_row)(cells)
    }

    fn cells(&self) -> Cells {
        let (bytes, ends) = self.splitter.cells();
        // The text is UTF-8, and cells end before and after ASCII only.
        let text = String::from_utf8_lossy(bytes).into_owned();
        Cells { text, ends: ends.to_vec(), quote_taken: false }
    }

    fn fitting(&self, cells: Cells) -> Result<Cells, Reason> {
        let beyond = (self.header.len()..cells.len()).any(|column| !cells.get(column).is_empty());
        if beyond && !self.header.is_empty() { Err(Reason::TooManyCells) } else { Ok(cells) }
    }
}
