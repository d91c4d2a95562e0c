//! What became of each row of a feed.

use crate::catalog::Item;

/// Rejections listed one by one; further ones are counted, so that a hostile file cannot fill the memory with them.
pub const MAX_LISTED: usize = 100_000;

/// Why a row was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Bytes that are not UTF-8.
    #[error("the row is not valid UTF-8")]
    NotUtf8,
    /// A NUL byte.
    #[error("the row contains a NUL byte")]
    NulByte,
    /// More than 64 KiB in one cell.
    #[error("a cell is longer than 64 KiB")]
    CellTooLong,
    /// More than 1 MiB (4 MiB for JSON Lines) in one row.
    #[error("the row is too long")]
    RowTooLong,
    /// A quote that nothing closes soon enough to be a cell.
    #[error("a quote is opened and not closed")]
    OpenQuote,
    /// More cells than the header has.
    #[error("the row has more cells than the header")]
    TooManyCells,
    /// A required cell is empty.
    #[error("`{0}` is empty")]
    Missing(&'static str),
    /// A cell cannot be read.
    #[error("`{0}` cannot be read")]
    Unreadable(&'static str),
    /// A price in a currency ISO 4217 does not have.
    #[error("`{0}` has no ISO 4217 currency")]
    UnknownCurrency(&'static str),
    /// A sale price that is higher than the price or in another currency.
    #[error("`sale_price` does not fit `price`")]
    SalePriceMisfit,
    /// A word in `sv_sensitive_tags` that is no sensitive tag; taking the row without it would expose its buyers.
    #[error("`sv_sensitive_tags` has an unknown word")]
    UnknownSensitiveTag,
    /// The id was used by an earlier row.
    #[error("the id is already used by row {0}")]
    RepeatedId(u64),
    /// A variant whose product's first row is missing or was rejected.
    #[error("the row belongs to a product whose first row is missing or was rejected")]
    NoProduct,
    /// A draft, an archived or unpublished product.
    #[error("the product is not published")]
    NotPublished,
    /// Not a JSON object of the expected shape.
    #[error("not a JSON object of the expected shape")]
    NotJson,
    /// Events not in the order of time.
    #[error("the events are not in the order of time")]
    NotInOrder,
    /// An event of an unknown type.
    #[error("an event has an unknown type")]
    UnknownEvent,
    /// A case that lies outside the events.
    #[error("an evaluation case lies outside the events")]
    CaseOutside,
}

/// A row that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// Its number as a spreadsheet counts: the header is row 1, and so is the first line of a file without one.
    pub row: u64,
    /// Why.
    pub reason: Reason,
}

/// What became of the rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// Rows taken.
    pub accepted: u64,
    /// Rows not taken, by number; at most [`MAX_LISTED`].
    pub rejected: Vec<Rejection>,
    /// Rows not taken that the list had no room for.
    pub rejected_unlisted: u64,
}

impl ImportReport {
    pub(crate) fn reject(&mut self, row: u64, reason: Reason) {
        if self.rejected.len() < MAX_LISTED {
            self.rejected.push(Rejection { row, reason });
        } else {
            self.rejected_unlisted += 1;
        }
    }

    /// All rows not taken.
    #[must_use]
    pub fn rejected_rows(&self) -> u64 {
        self.rejected.len() as u64 + self.rejected_unlisted
    }
}

/// Items and what became of the rows they came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// The accepted items, in the order of the feed.
    pub items: Vec<Item>,
    /// What became of each row.
    pub report: ImportReport,
}
