//! Shopify's product CSV, in both generations of its header.
//!
//! A product is a run of rows with one handle: the first holds the product, each row with a price one variant, the others
//! further pictures. A variant becomes an item; its id is the SKU, or made of the handle and the options where the SKU is
//! missing or another variant's too. Attributes that Shopify has no column for are read from metafields, by their key.

mod columns;
mod product;

use std::collections::HashMap;

use crate::catalog::CatalogError;
use crate::catalog::operator::import::ImportOptions;
use crate::catalog::operator::import::collect::Collector;
use crate::catalog::operator::import::prices::Style;
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::Fault;
use crate::catalog::operator::import::table::{Cells, Table};
pub(crate) use columns::Columns;
use columns::{Field, Row};
use product::{Product, Variant};

/// What became of a product's first row.
enum Known {
    Product(usize),
    LeftOut(Reason),
    Rejected,
}

/// What was read so far. Variants wait for the last row, because pictures may follow them.
#[derive(Default)]
pub(crate) struct Shop {
    products: Vec<Product>,
    known: HashMap<String, Known>,
    variants: Vec<(u64, usize, Variant)>,
}

impl Shop {
    /// Reads a table behind its header.
    pub(crate) fn read(
        &mut self,
        mut table: Table<'_>,
        options: &ImportOptions,
        collector: &mut Collector,
    ) -> Result<(), CatalogError> {
        let columns = Columns::of(&table.header, options.market.as_deref());
        check(&columns, options, collector)?;
        let (handle, price) = (columns.places(Field::Handle).to_vec(), columns.places(Field::Price).to_vec());
        let width = table.header.len();
        table.rows_are(Box::new(move |cells| is_row(cells, width, &handle, &price)));
        while let Some((row, cells)) = table.next_read(&mut collector.report)? {
            self.take(row, &cells, &columns, options, collector);
        }
        Ok(())
    }

    fn take(
        &mut self,
        row: u64,
        cells: &Cells,
        columns: &Columns,
        options: &ImportOptions,
        collector: &mut Collector,
    ) {
        let cells_row = columns.row(cells);
        let handle = cells_row.get(Field::Handle);
        if handle.is_empty() {
            let fault = Fault::of(Reason::Missing).at(columns.label(Field::Handle));
            return collector.report.refuse(row, None, fault);
        }
        let mut repairs = Vec::new();
        if cells.quote_taken {
            repairs.push(Reason::QuoteTaken.into());
        }
        let place = match self.product(&cells_row, options, &mut repairs) {
            Ok(Known::Product(place)) => *place,
            Ok(Known::LeftOut(reason)) => return collector.report.leave_out(row, handle, *reason),
            Ok(Known::Rejected) => return collector.report.refuse(row, Some(handle), Reason::ProductMissing),
            Err(fault) => return collector.report.refuse(row, Some(handle), fault),
        };
        let Some(product) = self.products.get_mut(place) else { return };
        let image = cells_row.get(Field::Image);
        if !image.is_empty() && !product.images.iter().any(|known| known == image) {
            product.images.push(image.to_owned());
        }
        let of_variant = [Field::Price, Field::Sku, Field::Value1];
        if of_variant.into_iter().all(|field| cells_row.get(field).is_empty()) {
            return collector.report.accept(row, Some(handle), repairs);
        }
        match product.variant(&cells_row, style(options)) {
            Ok(mut variant) => {
                repairs.append(&mut variant.repairs);
                self.variants.push((row, place, Variant { repairs, ..variant }));
            }
            Err(fault) => collector.report.refuse(row, Some(handle), fault),
        }
    }

    fn product(
        &mut self,
        row: &Row<'_>,
        options: &ImportOptions,
        repairs: &mut Vec<Fault>,
    ) -> Result<&Known, Fault> {
        let handle = row.get(Field::Handle);
        if !self.known.contains_key(handle) {
            let (known, fault) = match product::left_out(row) {
                _ if row.get(Field::Title).is_empty() => (Known::Rejected, None),
                Some(reason) => (Known::LeftOut(reason), None),
                None => match Product::read(row, style(options), options.base_url.as_deref(), repairs) {
                    Ok(product) => {
                        self.products.push(product);
                        (Known::Product(self.products.len() - 1), None)
                    }
                    Err(fault) => (Known::Rejected, Some(fault)),
                },
            };
            self.known.insert(handle.to_owned(), known);
            if let Some(fault) = fault {
                return Err(fault);
            }
        }
        self.known.get(handle).ok_or_else(|| Reason::ProductMissing.into())
    }

    /// Hands over all variants with their pictures.
    pub(crate) fn finish(self, collector: &mut Collector) {
        for (row, place, Variant { mut item, sku, repairs }) in self.variants {
            if let Some(product) = self.products.get(place) {
                product.with_images(&mut item);
            }
            collector.take_variant(row, item, sku, repairs);
        }
    }
}

/// Shopify writes points before decimals, and one currency for a whole shop.
fn style(options: &ImportOptions) -> Style<'_> {
    Style { currency: Some(options.shop_currency()), exact: true }
}

fn check(columns: &Columns, options: &ImportOptions, collector: &mut Collector) -> Result<(), CatalogError> {
    for (field, column) in [(Field::Title, "Title"), (Field::Price, "Variant Price")] {
        if !columns.has(field) {
            return Err(CatalogError::MissingColumn { column });
        }
    }
    if let Some(market) = options.market.as_deref().filter(|_| !columns.has_market()) {
        let known = columns.markets.join(", ");
        return Err(CatalogError::feed(format!("the export has no market {market:?}; it has: {known}")));
    }
    options.note_currency(&mut collector.report);
    for column in &columns.unread {
        collector.report.note(format!("the column `{column}` is not read"));
    }
    Ok(())
}

/// Whether cells are a row by themselves: a handle at its place, and a price or none.
fn is_row(cells: &Cells, width: usize, handle: &[usize], price: &[usize]) -> bool {
    let is_handle = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    let cell = |places: &[usize]| places.iter().map(|place| cells.get(*place)).find(|cell| !cell.is_empty());
    let priced =
        cell(price).is_none_or(|price| price.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b','));
    cells.len() == width && cell(handle).is_some_and(|cell| cell.chars().all(is_handle)) && priced
}
