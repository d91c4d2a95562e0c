//! The signed catalog: the same bytes on every device.

use std::collections::HashSet;
use std::fs::File;
use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::engine::Engine;
use crate::api::error::{Result, SottovoceError};
use crate::api::listener::Change;
use crate::api::newest;
use crate::base::limits::{ID, ITEM_IDS, PATH};
use crate::catalog::currency::decimals;
use crate::catalog::{Catalog, CatalogItem, CatalogPatch, Product, Trust};

/// The catalog that is now in use.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CatalogReport {
    /// Its version.
    pub version: u64,
    /// Number of items.
    pub items: u64,
    /// SHA-256 of the bundle and of the patch that has force, in hexadecimal: equal on every device with both.
    pub hash: String,
    /// What became of the patch of this bundle, if one was installed.
    pub patch: Option<CatalogPatch>,
}

/// Decimals of the minor unit of a currency: 2 for `EUR`, 0 for `JPY`, 3 for `KWD`; none for what is no ISO 4217 code in
/// capitals.
#[uniffi::export]
#[must_use]
pub fn currency_decimals(currency: String) -> Option<u32> {
    decimals(&currency)
}

/// The signed catalog.
#[derive(uniffi::Object)]
pub struct CatalogApi {
    engine: Arc<Engine>,
}

impl CatalogApi {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

#[uniffi::export]
impl CatalogApi {
    /// The items with these ids, in the requested order; ids that the catalog does not have are skipped. More than 1000 ids
    /// fail with `InvalidArgument`. From memory once the catalog is open.
    pub fn items(&self, item_ids: Vec<String>) -> Result<Vec<CatalogItem>> {
        ITEM_IDS.texts(ID, "item_ids", &item_ids)?;
        let catalog = self.engine.catalog()?;
        Ok(item_ids.iter().filter_map(|id| catalog.item(catalog.index_of(id)?)).collect())
    }

    /// The products with these ids, which may also be those of variants, with all their variants: what a product page
    /// needs. In the requested order, each once; ids that the catalog does not have are skipped. More than 1000 ids fail with
    /// `InvalidArgument`. From memory once the catalog is open.
    pub fn products(&self, product_ids: Vec<String>) -> Result<Vec<Product>> {
        ITEM_IDS.texts(ID, "product_ids", &product_ids)?;
        let catalog = self.engine.catalog()?;
        let mut seen = HashSet::new();
        let products = product_ids.iter().filter_map(|id| catalog.product_named(id));
        let products = products.filter(|product| seen.insert(*product));
        Ok(products.filter_map(|product| catalog.product(product)).collect())
    }
}

#[blocking]
impl CatalogApi {
    /// Verifies a download and installs it: a bundle, a delta that makes the next bundle out of the installed one, or a
    /// patch of the installed bundle. Fails with `Rejected` if it is damaged, not signed by the shop, made for another shop,
    /// older than the newest one this device had, or expired; the catalog in use then stays. A delta or patch of another
    /// bundle than the installed one is rejected as well: download the whole bundle.
    pub fn install(&self, path: String) -> Result<CatalogReport> {
        PATH.text("path", &path)?;
        let mut download = File::open(&path).map_err(|e| {
            SottovoceError::argument("path", &format!("the file cannot be opened ({})", e.kind()))
        })?;
        let keys = std::slice::from_ref(&self.engine.shop_key);
        // While the vault is locked, the installed file alone tells what is older.
        let opened = self.engine.peek();
        let newest_seen = opened.as_ref().map(|o| newest::seen(&o.gate)).transpose()?.unwrap_or(0);
        let (store_id, now_ms) = (&*self.engine.config.store_id, self.engine.clock.now_ms());
        let trust = Trust { keys, store_id, newest_seen, now_ms };
        let catalog = Catalog::install(&self.engine.folder("catalog"), &mut download, &trust)?.at(now_ms);
        let report = CatalogReport {
            version: catalog.version(),
            items: catalog.len() as u64,
            hash: crate::base::signed::hex(&catalog.hash()),
            patch: catalog.patch(),
        };
        self.engine.set_catalog(catalog.clone());
        if let Some(opened) = &opened {
            self.engine.follow_catalog(opened);
            self.engine.unshelve_marked(opened, &catalog);
            newest::remember(&opened.gate, report.version)?;
        }
        self.engine.tell(Change::Catalog { version: report.version });
        Ok(report)
    }
}
