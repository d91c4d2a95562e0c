//! Making a patch: what a feed of prices and stock says otherwise than the bundle does.

use std::io::Read;

use crate::base::limits::PATCH;
use crate::base::money::Money;
use crate::base::signed::sign;
use crate::catalog::format::column::ALWAYS;
use crate::catalog::format::patch::{Change, KIND, PatchHead, Sale, payload};
use crate::catalog::operator::build::columns::{minutes, sale};
use crate::catalog::operator::import::{ImportOptions, ImportReport, Imported, supplement};
use crate::catalog::{Catalog, CatalogError, Item, SigningKey};

/// What the merchant says about a patch besides its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchHeader {
    /// Has to grow with every patch of the bundle.
    pub number: u64,
    /// When it is made, milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// First moment in which it has no force any more, milliseconds since 1970 UTC.
    pub expires_ms: i64,
}

/// A signed patch, and what became of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltPatch {
    /// What devices download.
    pub bytes: Vec<u8>,
    /// Items that it changes.
    pub changes: u64,
    /// Ids of items whose price is left as it is: in the bundle they have none, or one in another currency. A new bundle is
    /// needed for them.
    pub other_currency: Vec<String>,
    /// What became of each row.
    pub report: ImportReport,
}

/// Reads a feed of prices, reduced prices and availability, of any kind that the importer reads, and signs what is otherwise than
/// in the bundle. Where the feed says nothing, what `catalog` says holds, with the patch that it has: so that one patch can go on
/// from another.
///
/// # Errors
/// As [`supplement`]; [`CatalogError::Build`] when it would have expired before it was made, [`CatalogError::TooLarge`] past the
/// format's limits.
pub fn build_patch(
    catalog: &Catalog,
    feed: impl Read,
    options: &ImportOptions,
    header: &PatchHeader,
    key: &SigningKey,
) -> Result<BuiltPatch, CatalogError> {
    if header.expires_ms <= header.created_ms {
        return Err(CatalogError::Build { what: "a patch has to be valid for some time" });
    }
    let bundle = catalog.without_patch();
    let items = (0..catalog.manifest.items).map(|ix| as_item(catalog, ix)).collect();
    let mut imported = Imported { items, ..Imported::default() };
    let report = supplement(&mut imported, feed, options)?;
    let (mut changes, mut other_currency) = (Vec::new(), Vec::new());
    for (ix, item) in (0..).zip(&mut imported.items) {
        let before = as_item(&bundle, ix);
        let code = |price: &Option<Money>| price.as_ref().map(|price| price.currency.clone());
        if code(&item.price) != code(&before.price) {
            other_currency.push(item.id.clone());
            let (availability, id) = (item.availability, item.id.clone());
            *item = Item { id, availability, ..before.clone() };
        }
        changes.extend(change(ix, &before, item));
    }
    let head = PatchHead {
        store_id: bundle.store_id().to_owned(),
        base: bundle.bundle_hash(),
        number: header.number,
        created_ms: header.created_ms,
        expires_ms: header.expires_ms,
        changes: u32::try_from(changes.len()).unwrap_or(u32::MAX),
    };
    let bytes = sign(KIND, &payload(&head, &changes)?, key.pair());
    if !PATCH.takes(bytes.len()) {
        return Err(CatalogError::TooLarge { what: "the patch", limit: PATCH.most as u64 });
    }
    bundle.patched(&bytes, &[key.public_key()])?;
    Ok(BuiltPatch { bytes, changes: changes.len() as u64, other_currency, report })
}

/// What a patch can change of an item, as a feed would say it.
fn as_item(catalog: &Catalog, ix: u32) -> Item {
    let sale_price = catalog.sale_price(ix);
    Item {
        id: catalog.item_id(ix).to_owned(),
        price: catalog.regular_price(ix),
        sale_price_effective_date: sale_price.as_ref().and_then(|_| catalog.sale_period(ix)),
        sale_price,
        availability: catalog.availability(ix),
        ..Item::default()
    }
}

fn change(ix: u32, before: &Item, now: &Item) -> Option<Change> {
    let minor = |price: &Option<Money>| price.as_ref().map(|price| price.minor);
    let reduced = |item: &Item| {
        let minutes = item.sale_price_effective_date.map_or(ALWAYS, minutes);
        sale(item).map_or(Sale::Over, |sale| Sale::At(sale.minor, minutes.0, minutes.1))
    };
    let change = Change {
        item: ix,
        price: minor(&now.price).filter(|_| now.price != before.price),
        sale: Some(reduced(now)).filter(|now| *now != reduced(before)),
        availability: (now.availability != before.availability).then_some(now.availability.code()),
    };
    (change != Change { item: ix, ..Change::default() }).then_some(change)
}
