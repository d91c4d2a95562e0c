//! The signed catalog: the same bytes on every device.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::engine::Engine;
use crate::api::error::{Result, SottovoceError};
use crate::api::listener::Change;
use crate::api::newest::Newest;
use crate::api::sottovoce::Sottovoce;
use crate::base::address::is_plain;
use crate::base::currency::decimals;
use crate::base::files::open_file;
use crate::base::limits::{ID, ITEM_IDS, PATH, URL};
use crate::catalog::{
    Answer, Catalog, CatalogError, CatalogItem, CatalogPatch, PIECE, Product, Source, Synced,
};
use crate::signals::{HttpHeader, HttpRequest, Sending};

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

/// What a sync brought.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SyncReport {
    /// The catalog that is now in use.
    pub catalog: CatalogReport,
    /// Whether it is another one than before.
    pub changed: bool,
    /// Bytes of files that were received, the signed list of them not counted.
    pub received_bytes: u64,
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

#[uniffi::export]
impl Sottovoce {
    /// The signed catalog.
    pub fn catalog(&self) -> Arc<CatalogApi> {
        Arc::new(CatalogApi { engine: self.engine.clone() })
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
    /// Verifies a download and installs it: a bundle, a delta that makes the next bundle out of the installed one, a patch of
    /// the installed bundle, or the shop's list of keys. Fails with `Rejected` if it is damaged, not signed by the shop, made for another shop,
    /// older than the newest one this device had, or expired; the catalog in use then stays. A delta or patch of another
    /// bundle than the installed one is rejected as well: download the whole bundle. After a list of keys, `NoCatalog` or
    /// `Rejected` may say that it leaves no catalog in use; the keys count all the same.
    pub fn install(&self, path: String) -> Result<CatalogReport> {
        PATH.text("path", &path)?;
        let mut download = open_file(path.as_ref()).map_err(|e| match e.kind() {
            ErrorKind::InvalidInput | ErrorKind::InvalidFilename => {
                SottovoceError::argument("path", "it must be a file")
            }
            kind => SottovoceError::File { detail: format!("the bundle: {kind}") },
        })?;
        let catalog =
            self.engine.trusting(|folder, trust| Catalog::install(folder, &mut download, trust))??;
        self.take(catalog)
    }

    /// Brings the catalog up to date from the files that `sottovoce publish` made and that lie at `url`, an address such as
    /// `https://shop.example/catalog` (http will do to try it: the files are signed), by the engine's transport: a patch, a delta or a whole bundle, whichever is enough. All
    /// devices with the same catalog ask for the same, and nothing that a server said is sent back to it. What was received
    /// before an interruption is not asked for again. Fails as `install` does, with `Rejected` also if the published list has
    /// expired, with `NotFetched` if a file did not come, with `Busy` while the transport sends something, and with
    /// `InvalidArgument` if there is no transport.
    pub fn sync(&self, url: String) -> Result<SyncReport> {
        URL.text("url", &url)?;
        if !is_plain(&url, &["https://", "http://"]) {
            let detail =
                "it must be an address such as https://shop.example/catalog, without query and fragment";
            return Err(SottovoceError::argument("url", detail));
        }
        let sender = self.engine.sender.as_ref();
        let sender = sender
            .ok_or_else(|| SottovoceError::argument("transport", "the engine was opened without one"))?;
        let sending = sender.claim().ok_or(SottovoceError::Busy)?;
        let source = Published { url: url.trim_end_matches('/'), sending };
        let Synced { catalog, received, changed } =
            self.engine.trusting(|folder, trust| Catalog::sync(folder, &source, trust))??;
        drop(source);
        let is_in_use = || self.engine.peek_catalog().is_some_and(|in_use| in_use.hash() == catalog.hash());
        let catalog = if !changed && is_in_use() { self.report(&catalog) } else { self.take(catalog)? };
        Ok(SyncReport { catalog, received_bytes: received, changed })
    }
}

impl CatalogApi {
    /// Puts a catalog that was installed into use.
    fn take(&self, catalog: Arc<Catalog>) -> Result<CatalogReport> {
        let report = self.report(&catalog);
        self.engine.set_catalog(catalog.clone());
        if let Some(opened) = &self.engine.peek() {
            self.engine.follow_catalog(opened);
            self.engine.unshelve_marked(opened, &catalog);
            let keys = &self.engine.shop_keys;
            Newest::remember(&opened.gate, keys, keys, Some(&catalog))?;
        }
        self.engine.tell(Change::Catalog { version: report.version });
        Ok(report)
    }

    fn report(&self, catalog: &Arc<Catalog>) -> CatalogReport {
        let now = catalog.at(self.engine.clock.now_ms());
        CatalogReport {
            version: now.version(),
            items: now.len() as u64,
            hash: crate::base::signed::hex(&now.hash()),
            patch: now.patch(),
        }
    }
}

/// The shop's files at an address.
struct Published<'a> {
    url: &'a str,
    sending: Sending<'a>,
}

impl Source for Published<'_> {
    fn read(&self, path: &str, first: u64) -> std::result::Result<Answer, CatalogError> {
        let range = format!("bytes={first}-{}", first.saturating_add(PIECE - 1));
        let request = HttpRequest {
            url: format!("{}/{path}", self.url),
            method: "GET".into(),
            headers: vec![HttpHeader { name: "Range".into(), value: range }],
            body: Vec::new(),
        };
        match self.sending.ask(request) {
            Ok(answer) if answer.status == 206 => Ok(Answer::Part(answer.body)),
            Ok(answer) if answer.status == 200 => Ok(Answer::Whole(answer.body)),
            Ok(answer) => Err(CatalogError::NotFetched { why: format!("status {}", answer.status) }),
            Err(why) => Err(CatalogError::NotFetched { why }),
        }
    }
}
