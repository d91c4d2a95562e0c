//! Google Merchant Center's and Meta's delimited feeds: one row an item, columns named like the attributes.

use crate::catalog::CatalogError;
use crate::catalog::operator::import::ImportOptions;
use crate::catalog::operator::import::fields;
use crate::catalog::operator::import::localised;
use crate::catalog::operator::import::names::{Attribute, Attribute as A, name};
use crate::catalog::operator::import::prices::Style;
use crate::catalog::operator::import::raw::Raw;
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::ImportReport;
use crate::catalog::operator::import::table::{Cells, IsRow, Table};
use crate::catalog::operator::import::take::Take;

/// Unread columns that are named.
const MAX_NAMED: usize = 20;

/// How many attributes a header names.
pub(crate) fn score(header: &[String]) -> usize {
    let mut found: Vec<Attribute> = header.iter().filter_map(|cell| Attribute::named(cell)).collect();
    found.sort_by_key(|attribute| *attribute as usize);
    found.dedup();
    found.len()
}

/// Reads a table behind its header.
pub(crate) fn read(
    mut table: Table<'_>,
    options: &ImportOptions,
    target: &mut dyn Take,
) -> Result<(), CatalogError> {
    let columns = Columns::of(&table.header);
    columns.check(target.is_supplement())?;
    if !target.is_supplement() {
        columns.note(target.report());
    }
    table.rows_are(columns.is_row());
    let style = Style { currency: options.currency.as_deref(), exact: false };
    while let Some((row, cells)) = table.next_read(target.report())? {
        let repairs = if cells.quote_taken { vec![Reason::QuoteTaken.into()] } else { Vec::new() };
        target.take(row, &columns.raw(&cells), style, repairs);
    }
    Ok(())
}

struct Columns {
    /// Attribute, its column's name and place; the usual name of an attribute first.
    known: Vec<(Attribute, String, usize)>,
    unread: Vec<String>,
}

impl Columns {
    fn of(header: &[String]) -> Self {
        let mut known = Vec::new();
        let mut unread = Vec::new();
        for (place, cell) in header.iter().enumerate() {
            match Attribute::named(cell) {
                Some(attribute) => known.push((attribute, cell.clone(), place)),
                None if cell.is_empty() => {}
                None => unread.push(cell.clone()),
            }
        }
        known.sort_by_key(|(attribute, cell, _)| name(cell) != attribute.usual());
        Self { known, unread }
    }

    fn has(&self, attribute: Attribute) -> bool {
        self.known.iter().any(|(known, _, _)| *known == attribute)
    }

    fn check(&self, is_supplement: bool) -> Result<(), CatalogError> {
        let lacking = [A::Id, A::Title, A::Price].into_iter().find(|attribute| !self.has(*attribute));
        match lacking {
            Some(A::Id) => Err(CatalogError::MissingColumn { column: "id" }),
            Some(column) if !is_supplement => Err(CatalogError::feed(format!(
                "the feed has no column `{}`; if it adds to another feed, lay it over that one: import THAT --supplement THIS",
                column.usual()
            ))),
            _ => Ok(()),
        }
    }

    fn note(&self, report: &mut ImportReport) {
        if !self.has(A::Availability) && !self.has(A::Quantity) {
            report.note("no column says `availability`: every item counts as in stock");
        }
        if !self.unread.is_empty() {
            let named: Vec<&str> = self.unread.iter().take(MAX_NAMED).map(String::as_str).collect();
            let more = if self.unread.len() > MAX_NAMED { " …" } else { "" };
            report.note(format!("columns that are not read: {}{more}", named.join(", ")));
        }
    }

    fn raw<'a>(&'a self, cells: &'a Cells) -> Raw<'a> {
        let mut raw = Raw::default();
        for (attribute, label, place) in &self.known {
            let cell = cells.get(*place);
            match attribute {
                A::Tags => {
                    for tag in cell.split(',') {
                        raw.add(*attribute, label, tag.trim());
                    }
                }
                _ => raw.add(*attribute, label, cell),
            }
        }
        raw
    }

    /// An id, a price with a digit and a known availability, where there are such columns.
    fn is_row(&self) -> IsRow {
        let place = |attribute: Attribute| {
            self.known.iter().find(|(known, _, _)| *known == attribute).map(|(_, _, place)| *place)
        };
        let [id, price, availability, title] = [A::Id, A::Price, A::Availability, A::Title].map(place);
        Box::new(move |cells| {
            let holds = |place: Option<usize>, test: fn(&str) -> bool| {
                place.is_none_or(|place| test(cells.get(place)))
            };
            let is_id = |cell: &str| {
                fields::some(cell).is_some_and(|id| !id.contains(['"', '<', '>']) && id.len() <= 128)
            };
            holds(id, is_id)
                && holds(title, |title| !title.is_empty())
                && holds(price, |price| {
                    price.starts_with(|c: char| !c.is_lowercase())
                        && price.bytes().any(|b| b.is_ascii_digit())
                })
                && holds(availability, |word| localised::availability(word).is_some())
        })
    }
}
