//! What became of each row of a feed.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Serialize;

use crate::catalog::Item;
use crate::catalog::operator::import::reason::{Outcome, Reason};

/// Findings listed one by one; further ones are counted, so that a hostile file cannot fill the memory with them.
pub const MAX_LISTED: usize = 100_000;
/// Characters of a value that are quoted.
const MAX_QUOTED: usize = 60;
/// Kinds of findings that are counted by column.
const MAX_COUNTS: usize = 1000;
/// Notes on the file as a whole.
const MAX_NOTES: usize = 100;

/// Why a row was not taken as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its number as a spreadsheet counts: the header is row 1, and so is the first line of a file without one. The number
    /// of the item in XML and JSON.
    pub row: u64,
    /// What became of the row.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// The id of the item, as far as it is known.
    pub id: Option<String>,
    /// The column, as the feed writes it.
    pub column: Option<String>,
    /// What stood there, cut at 60 characters.
    pub value: Option<String>,
    /// What else helps: the two readings of a price, the earlier row.
    pub detail: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", self.row)?;
        if let Some(id) = &self.id {
            write!(f, " ({id})")?;
        }
        f.write_str(": ")?;
        if let Some(column) = &self.column {
            write!(f, "`{column}` ")?;
        }
        if let Some(value) = &self.value {
            write!(f, "{value:?} ")?;
        }
        f.write_str(self.reason.text())?;
        if let Some(detail) = &self.detail {
            write!(f, " ({detail})")?;
        }
        match self.reason.advice() {
            "" => Ok(()),
            advice => write!(f, ": {advice}"),
        }
    }
}

/// A finding of which the row is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) reason: Reason,
    pub(crate) column: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) detail: Option<String>,
}

impl Fault {
    pub(crate) fn of(reason: Reason) -> Self {
        Self { reason, column: None, value: None, detail: None }
    }

    pub(crate) fn at(mut self, column: &str) -> Self {
        self.column = Some(quoted(column));
        self
    }

    pub(crate) fn value(mut self, value: &str) -> Self {
        self.value = Some(quoted(value));
        self
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn found(self, row: u64, id: Option<&str>) -> Finding {
        let Self { reason, column, value, detail } = self;
        Finding { row, outcome: reason.outcome(), reason, id: id.map(quoted), column, value, detail }
    }
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        Self::of(reason)
    }
}

/// A text cut so that it can be quoted.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Rows and products for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What became of the rows.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// The column, as the feed writes it.
    pub column: Option<String>,
    /// Findings.
    pub rows: u64,
    /// Products among the rows that were left out.
    pub products: u64,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = &self.column {
            write!(f, "`{column}` ")?;
        }
        f.write_str(self.reason.text())?;
        match self.products {
            0 => Ok(()),
            1 => f.write_str(" (1 product)"),
            products => write!(f, " ({products} products)"),
        }
    }
}

/// What became of the rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ImportReport {
    /// How the file was read, such as `Shopify CSV, UTF-8`.
    pub read_as: String,
    /// Rows taken, the repaired ones among them.
    pub accepted: u64,
    /// Rows taken without what was wrong with them.
    pub repaired: u64,
    /// Rows that are not for sale, as the shop itself says.
    pub left_out: u64,
    /// Rows that cannot be used.
    pub rejected: u64,
    /// How often each reason was found, in which column.
    pub counts: Vec<Count>,
    /// On the file as a whole: columns that are not read, a currency that was assumed.
    pub notes: Vec<String>,
    /// All findings in the order of the rows; at most [`MAX_LISTED`].
    pub findings: Vec<Finding>,
    /// Findings that the list had no room for.
    pub unlisted: u64,
    #[serde(skip)]
    left_out_products: HashSet<String>,
    #[serde(skip)]
    places: HashMap<(Reason, Option<String>), usize>,
}

impl ImportReport {
    /// A row that was taken, with what was repaired in it.
    pub(crate) fn accept(&mut self, row: u64, id: Option<&str>, repairs: Vec<Fault>) {
        self.accepted += 1;
        self.repaired += u64::from(!repairs.is_empty());
        repairs.into_iter().for_each(|repair| self.list(repair.found(row, id)));
    }

    /// A row that was not taken.
    pub(crate) fn refuse(&mut self, row: u64, id: Option<&str>, fault: impl Into<Fault>) {
        let fault = fault.into();
        match fault.reason.outcome() {
            Outcome::LeftOut => self.left_out += 1,
            _ => self.rejected += 1,
        }
        self.list(fault.found(row, id));
    }

    /// A row of a product that is not for sale.
    pub(crate) fn leave_out(&mut self, row: u64, product: &str, reason: Reason) {
        self.refuse(row, Some(product), reason);
        if self.left_out_products.insert(product.to_owned()) {
            self.count(reason, None, 0, 1);
        }
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if self.notes.len() < MAX_NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn list(&mut self, finding: Finding) {
        self.count(finding.reason, finding.column.as_deref(), 1, 0);
        if self.findings.len() < MAX_LISTED {
            self.findings.push(finding);
        } else {
            self.unlisted += 1;
        }
    }

    fn count(&mut self, reason: Reason, column: Option<&str>, rows: u64, products: u64) {
        // A hostile file may call its columns what it likes.
        let column = column.filter(|_| self.counts.len() < MAX_COUNTS).map(str::to_owned);
        let place = *self.places.entry((reason, column.clone())).or_insert_with(|| {
            self.counts.push(Count { outcome: reason.outcome(), reason, column, rows: 0, products: 0 });
            self.counts.len() - 1
        });
        if let Some(count) = self.counts.get_mut(place) {
            count.rows += rows;
            count.products += products;
        }
    }

    /// Brings the findings into the order of the rows, and the counts into that of their weight.
    pub(crate) fn sort(&mut self) {
        self.findings.sort_by_key(|finding| finding.row);
        self.counts.sort_by_key(|count| (count.outcome, u64::MAX - count.rows));
        self.places.clear();
    }

    /// How many findings there are for a reason.
    #[must_use]
    pub fn found(&self, reason: Reason) -> u64 {
        self.counts.iter().filter(|count| count.reason == reason).map(|count| count.rows).sum()
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
