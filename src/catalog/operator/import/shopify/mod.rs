//! Shopify's product CSV, in both generations of its header.
//!
//! A product is a run of rows with one handle: the first holds the product, each row with a price one variant, the others
//! further pictures. A variant becomes an item; its id is the SKU. Attributes that Shopify has no column for are read from
//! metafield columns named like the Merchant Center attribute (`size_system (product.metafields.…)`).

mod columns;
mod product;

use std::collections::HashMap;
use std::io::Read;

use crate::catalog::model::currency;
use crate::catalog::operator::import::table::Table;
use crate::catalog::operator::import::{Imported, Reason};
use crate::catalog::{CatalogError, Item};
use columns::{Field, Row};
use product::{Product, Variant};

/// What a Shopify export does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopifyOptions {
    /// ISO 4217 code of all prices.
    pub currency: String,
    /// The shop's address, such as `https://shop.example`; items get links below it if it is given.
    pub base_url: Option<String>,
}

/// Reads a Shopify product export, plain or gzipped.
///
/// # Errors
/// [`CatalogError::UnknownCurrency`]; [`CatalogError::NoHeader`], [`CatalogError::MissingColumn`] and
/// [`CatalogError::RepeatedColumn`] for a header that does not fit; [`CatalogError::Io`] when the file cannot be read to its
/// end. Faulty rows are no error but stand in the report.
pub fn shopify(feed: impl Read, options: &ShopifyOptions) -> Result<Imported, CatalogError> {
    currency::decimals(&options.currency).ok_or(CatalogError::UnknownCurrency)?;
    let mut table = Table::open(feed, b',', columns::name)?;
    let columns = columns::Columns::of(&table)?;
    let mut shop = Shop::default();
    while let Some((row, cells)) = table.next()? {
        match cells.and_then(|cells| shop.take(row, &columns.row(&cells), options)) {
            Ok(()) => shop.imported.report.accepted += 1,
            Err(reason) => shop.imported.report.reject(row, reason),
        }
    }
    Ok(shop.finish())
}

/// What was read so far. Variants wait for the last row, because pictures may follow them.
#[derive(Default)]
struct Shop {
    products: Vec<Product>,
    place_of: HashMap<String, usize>,
    row_of: HashMap<String, u64>,
    variants: Vec<(usize, Variant)>,
    imported: Imported,
}

impl Shop {
    fn take(&mut self, row: u64, cells: &Row<'_>, options: &ShopifyOptions) -> Result<(), Reason> {
        let handle = cells.get(Field::Handle);
        if handle.is_empty() {
            return Err(Reason::Missing("Handle"));
        }
        let place = match self.place_of.get(handle) {
            Some(place) => *place,
            None if cells.get(Field::Title).is_empty() => return Err(Reason::NoProduct),
            None => {
                let product = Product::read(cells, options)?;
                self.products.push(product);
                self.place_of.insert(handle.to_owned(), self.products.len() - 1);
                self.products.len() - 1
            }
        };
        let product = self.products.get_mut(place).ok_or(Reason::NoProduct)?;
        let image = cells.get(Field::Image);
        let is_variant = [Field::Price, Field::Sku].into_iter().any(|field| !cells.get(field).is_empty());
        if !is_variant && image.is_empty() {
            return Err(Reason::Missing("Variant Price"));
        }
        if is_variant {
            let variant = Variant::read(cells, product, options)?;
            if let Some(first) = self.row_of.get(&variant.id) {
                return Err(Reason::RepeatedId(*first));
            }
            self.row_of.insert(variant.id.clone(), row);
            self.variants.push((place, variant));
        }
        if !image.is_empty() && !product.images.iter().any(|known| known == image) {
            product.images.push(image.to_owned());
        }
        Ok(())
    }

    fn finish(mut self) -> Imported {
        let item = |(place, variant): (usize, Variant)| {
            self.products.get(place).map(|product| product.item(variant))
        };
        self.imported.items = self.variants.into_iter().filter_map(item).collect::<Vec<Item>>();
        self.imported
    }
}
