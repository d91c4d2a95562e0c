//! Reading what the shop already has: feeds of Google Merchant Center and Meta, exports of Shopify and WooCommerce, schema.org,
//! JSON and Parquet. `docs/feeds.md` says what is read of each.
//!
//! What a file is, is told by its content. Each row is taken, repaired, left out as the shop itself says, or rejected, and the
//! report says why; a file fails as a whole only when it is no feed or cannot be read. Memory is bounded by the items.
//!
//! A format has one file: it turns its rows into `Raw` values, and `sniff.rs` tells it apart. What attributes mean is in
//! `fields.rs`, for all of them.

mod collect;
pub(crate) mod dates;
mod fields;
mod html;
pub(crate) mod jsonl;
mod lines;
mod localised;
mod merchant;
mod names;
#[cfg_attr(not(feature = "parquet"), path = "no_parquet.rs")]
mod parquet;
mod prices;
mod raw;
mod reason;
mod report;
mod schema_org;
mod shopify;
mod sniff;
mod split;
mod table;
mod take;
mod text;
mod woocommerce;
mod xml;

#[cfg(test)]
mod tests;

use std::io::{Cursor, Read};

pub use reason::{Outcome, Reason};
pub use report::{Count, Finding, ImportReport, Imported, MAX_LISTED};
pub use sniff::Format;

use crate::base::currency;
use crate::catalog::CatalogError;
use collect::Collector;
pub(crate) use html::text as plain_text;
use sniff::Kind;
use table::Table;
use take::{Main, Supplement, Take};
use text::{PEEK, Peeked, Utf8};

/// What a Parquet file begins with.
const PARQUET: &[u8] = b"PAR1";
/// Currency of shops that do not say theirs.
const CURRENCY: &str = "EUR";

/// What a feed does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// The kind of feed; told by content if it is not given.
    pub format: Option<Format>,
    /// ISO 4217 code of prices that name none.
    pub currency: Option<String>,
    /// The shop's address, such as `https://shop.example`: links for Shopify's products.
    pub base_url: Option<String>,
    /// The market of a Shopify export whose prices and products are taken.
    pub market: Option<String>,
    /// The encoding, where neither a mark, a declaration nor the bytes tell it.
    pub encoding: Option<String>,
}

impl ImportOptions {
    fn shop_currency(&self) -> &str {
        self.currency.as_deref().unwrap_or(CURRENCY)
    }

    fn note_currency(&self, report: &mut ImportReport) {
        if self.currency.is_none() {
            report.note(format!(
                "prices name no currency and count as {CURRENCY}: say --currency if they are in another"
            ));
        }
    }

    fn check(&self) -> Result<(), CatalogError> {
        match &self.currency {
            Some(code) if currency::decimals(code).is_none() => Err(CatalogError::UnknownCurrency),
            _ => Ok(()),
        }
    }
}

/// Reads one feed, compressed or not.
///
/// # Errors
/// As [`Importer::add`].
pub fn read(feed: impl Read, options: &ImportOptions) -> Result<Imported, CatalogError> {
    let mut importer = Importer::new(options)?;
    importer.add(feed)?;
    Ok(importer.finish())
}

/// Reads the files of one shop. What several rows or files share, such as an SKU, is known when all are read.
pub struct Importer<'a> {
    options: &'a ImportOptions,
    collector: Collector,
    shopify: shopify::Shop,
    woocommerce: woocommerce::Shop,
}

impl<'a> Importer<'a> {
    /// Begins.
    ///
    /// # Errors
    /// [`CatalogError::UnknownCurrency`].
    pub fn new(options: &'a ImportOptions) -> Result<Self, CatalogError> {
        options.check()?;
        let (shopify, woocommerce) = Default::default();
        Ok(Self { options, collector: Collector::default(), shopify, woocommerce })
    }

    /// Reads a file, or every file of a zip archive.
    ///
    /// # Errors
    /// [`CatalogError::Feed`], [`CatalogError::NoHeader`] and [`CatalogError::MissingColumn`] for what is no feed;
    /// [`CatalogError::Io`] when it cannot be read to its end. Faulty rows are no error but stand in the report.
    pub fn add(&mut self, feed: impl Read) -> Result<(), CatalogError> {
        text::each_file(feed, &mut |file| self.file(file))
    }

    fn file(&mut self, file: Peeked<'_>) -> Result<(), CatalogError> {
        let Self { options, collector, shopify, woocommerce } = self;
        if file.start.starts_with(PARQUET) {
            collector.report.read_as = "Parquet".to_owned();
            return parquet::read(file, options, &mut Main { collector, complete: true });
        }
        let result = open(file, options, &mut |kind, source| {
            let mut main = Main { collector: &mut *collector, complete: true };
            match kind {
                Kind::Table { format, delimiter, skip } => {
                    let table = Table::open(source, delimiter, skip)?;
                    match format {
                        Format::Shopify => shopify.read(table, options, collector),
                        Format::Woocommerce => woocommerce.read(table, options, collector),
                        _ => merchant::read(table, options, &mut main),
                    }
                }
                // What only the trainer sees needs neither title nor price.
                Kind::JsonLines | Kind::JsonDocument => {
                    main.complete = false;
                    read_as(kind, source, options, &mut main)
                }
                _ => read_as(kind, source, options, &mut main),
            }
        });
        let read_as = result?;
        if !collector.report.read_as.contains(&read_as) {
            let before = std::mem::take(&mut collector.report.read_as);
            collector.report.read_as =
                if before.is_empty() { read_as } else { format!("{before}; {read_as}") };
        }
        Ok(())
    }

    /// The items of all files, and what became of each row.
    #[must_use]
    pub fn finish(mut self) -> Imported {
        self.shopify.finish(&mut self.collector);
        self.woocommerce.finish(self.options, &mut self.collector);
        self.collector.finish()
    }
}

/// Lays a feed over the items of another one, by id: a supplemental feed, prices, stock. What it does not say stays.
///
/// # Errors
/// As [`Importer::add`].
pub fn supplement(
    imported: &mut Imported,
    feed: impl Read,
    options: &ImportOptions,
) -> Result<ImportReport, CatalogError> {
    options.check()?;
    let mut target = Supplement::over(imported);
    text::each_file(feed, &mut |file| {
        if file.start.starts_with(PARQUET) {
            target.report.read_as = "Parquet".to_owned();
            return parquet::read(file, options, &mut target);
        }
        let read = open(file, options, &mut |kind, source| match kind {
            Kind::Table { delimiter, skip, .. } => {
                merchant::read(Table::open(source, delimiter, skip)?, options, &mut target)
            }
            _ => read_as(kind, source, options, &mut target),
        });
        target.report.read_as = read?;
        Ok(())
    })?;
    Ok(target.report)
}

type Visit<'a> = dyn FnMut(Kind, &mut dyn Read) -> Result<(), CatalogError> + 'a;

/// Decodes a file, tells its kind, and has it read; how it was read.
fn open(file: Peeked<'_>, options: &ImportOptions, read: &mut Visit<'_>) -> Result<String, CatalogError> {
    refuse_others(&file.start)?;
    let mut source = Utf8::new(file, options.encoding.as_deref())?;
    let encoding = source.encoding();
    let mut start = Vec::new();
    source.by_ref().take(PEEK as u64).read_to_end(&mut start).map_err(|error| text::unreadable(&error))?;
    let kind = sniff::kind(&String::from_utf8_lossy(&start), options.format)?;
    read(kind, &mut Cursor::new(start).chain(source))?;
    Ok(format!("{}, {}", kind.describe(), encoding.get()))
}

fn read_as(
    kind: Kind,
    source: &mut dyn Read,
    options: &ImportOptions,
    target: &mut dyn Take,
) -> Result<(), CatalogError> {
    match kind {
        Kind::Xml => xml::read(source, options, target),
        Kind::Page => schema_org::page(source, options, target),
        Kind::JsonLines => jsonl::lines(source, options, target),
        Kind::JsonDocument => jsonl::document(source, options, target),
        Kind::Table { delimiter, skip, .. } => {
            merchant::read(Table::open(source, delimiter, skip)?, options, target)
        }
    }
}

/// What is certainly no text.
fn refuse_others(start: &[u8]) -> Result<(), CatalogError> {
    let kinds: [(&[u8], &str); 4] = [
        (b"\xd0\xcf\x11\xe0", "this is an Excel workbook: save it as CSV and read that"),
        (b"%PDF", "this is a PDF: ask the shop for the feed itself"),
        (b"\x1f\x8b", "this is compressed twice: unpack it once"),
        (b"PK\x03\x04", "this is an archive in an archive: unpack it once"),
    ];
    match kinds.iter().find(|(magic, _)| start.starts_with(magic)) {
        Some((_, what)) => Err(CatalogError::feed(*what)),
        None => Ok(()),
    }
}
