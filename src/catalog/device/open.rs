//! Opening an installed bundle: take its hot columns, check the table, and the hashes if anybody wrote to the file since it was
//! installed.

use std::fs::File;
use std::io::{self, ErrorKind, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use once_cell::sync::OnceCell;

use crate::base::files::open_file;
use crate::base::limits::BUNDLE;
use crate::catalog::device::body::Body;
use crate::catalog::device::bytes::Bytes;
use crate::catalog::device::disk::step;
use crate::catalog::device::draft;
use crate::catalog::device::overlay::Overlay;
use crate::catalog::device::overview::Overview;
use crate::catalog::device::plan::Chart;
use crate::catalog::device::store::Store;
use crate::catalog::device::text::intent::Leaf;
use crate::catalog::device::text::scores::Kept;
use crate::catalog::format::variants::Variants;
use crate::catalog::format::view::Cell;
use crate::catalog::format::{Column, Head, Manifest, check};
use crate::catalog::model::plan::Plan;
use crate::catalog::{CatalogError, CatalogPatch, ExperimentSpec, Taxonomy, Weights};

/// Name of the installed bundle in its directory.
pub(crate) const FILE: &str = "catalog.svb";

/// A shop's catalog, read in place. Items are numbered from 0; every accessor answers any number, with nothing for what does
/// not exist. What happens to the file after opening changes no answer that was given, and makes none wrong: titles and lists
/// that nobody had asked for can be missing, where the file system has no clones.
///
/// A copy shares everything that was read.
#[derive(Debug, Clone)]
pub struct Catalog {
    pub(crate) store: Arc<Store>,
    pub(crate) manifest: Arc<Manifest>,
    /// Of a bundle that does not tell them.
    pub(super) variants: Arc<OnceCell<Variants>>,
    /// Its categories as search knows them.
    pub(super) leaves: Arc<OnceCell<Vec<Leaf>>>,
    /// What search keeps between queries.
    pub(super) kept: Arc<Kept>,
    /// What the shop plans.
    pub(super) plan: Arc<OnceCell<Plan>>,
    /// Its size charts.
    pub(super) charts: Arc<OnceCell<Vec<Chart>>>,
    pub(super) overview: Arc<OnceCell<Overview>>,
    /// What a patch changed.
    pub(super) overlay: Option<Arc<Overlay>>,
    /// What became of the patch that lies beside the bundle.
    pub(super) patch: Option<CatalogPatch>,
    pub(super) hash: [u8; 32],
    pub(super) bundle_bytes: u64,
}

impl Catalog {
    /// Opens the catalog installed in `dir`, with the patch of it that was installed, whether or not that has expired
    /// ([`Catalog::at`]). Signatures and contents were checked at install and are not checked again; the hashes are, of a bundle
    /// if the file was written to since.
    ///
    /// # Errors
    /// [`CatalogError::NotInstalled`] when there is none, [`CatalogError::NotABundle`] or [`CatalogError::Damaged`] when its
    /// structure does not hold, [`CatalogError::Io`] when it cannot be read.
    pub fn open(dir: &Path) -> Result<Arc<Self>, CatalogError> {
        draft::sweep(dir);
        Self::open_bundle(dir).map(|catalog| Arc::new(catalog.with_installed_patch(dir)))
    }

    /// Opens the installed bundle alone.
    pub(super) fn open_bundle(dir: &Path) -> Result<Self, CatalogError> {
        let file = open_file(&Self::path(dir)).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::InvalidInput => CatalogError::NotInstalled,
            _ => CatalogError::io("open the catalog", &error),
        })?;
        Self::from_file(&file, dir)
    }

    /// The file that [`Catalog::install`] writes in `dir`.
    #[must_use]
    pub fn path(dir: &Path) -> PathBuf {
        dir.join(FILE)
    }

    /// Takes what is in `file`, which lies in `dir`.
    pub(crate) fn from_file(file: &File, dir: &Path) -> Result<Self, CatalogError> {
        let catalog = Self::unread(file, dir)?;
        // Other columns are looked at when they are read, and missing if they are not what was signed. That would take every
        // mark away, and everything would be in stock.
        if [Column::Sensitive, Column::Availability].into_iter().all(|column| catalog.store.is_sound(column))
        {
            Ok(catalog)
        } else {
            Err(CatalogError::damaged("a hash"))
        }
    }

    fn unread(file: &File, dir: &Path) -> Result<Self, CatalogError> {
        let bundle = match Bytes::clone_of(file, dir) {
            Ok(bundle) => bundle,
            Err(_) => {
                // Most file systems have no clones.
                let head = head(file)?;
                #[cfg(unix)]
                if untouched(file, &head.manifest)
                    && let Ok(catalog) = Self::installed(file, head)
                    && untouched(file, &catalog.manifest)
                {
                    return Ok(catalog);
                }
                #[cfg(unix)]
                let head = self::head(file)?;
                read(file, &head)?
            }
        };
        let catalog = Self::over(bundle)?;
        // Looked at last, so that writing meanwhile does not go unnoticed.
        if !untouched(file, &catalog.manifest) {
            catalog.check_body()?;
        }
        Ok(catalog)
    }

    /// Takes the hot columns out of a file that nobody wrote to since it was installed, and the others when they are needed.
    #[cfg(unix)]
    fn installed(file: &File, head: Head) -> io::Result<Self> {
        let too_large = |_| io::ErrorKind::OutOfMemory;
        let hot = usize::try_from(Store::hot_end(&head.manifest)).map_err(too_large)?;
        let start = head.bytes() as u64;
        let hot = Bytes::read(file, start, hot)?;
        let written = file.metadata()?.modified()?;
        Ok(Self::of(head, Body::Installed { file: file.try_clone()?, start, hot, written }))
    }

    /// Opens a bundle that is in memory. Its signature is **not** checked: for the operator's tools and tests.
    ///
    /// # Errors
    /// As [`Catalog::open`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CatalogError> {
        let catalog = Self::over(Bytes::copy(bytes).map_err(|error| out_of_memory(&error))?)?;
        check::contents(&catalog)?;
        Ok(catalog)
    }

    /// A catalog without items, for an app that has not downloaded one yet.
    ///
    /// # Errors
    /// [`CatalogError::Io`] when the system has not a page of memory left.
    pub fn empty(store_id: &str) -> Result<Self, CatalogError> {
        let bundle = Bytes::copy(&[]).map_err(|error| out_of_memory(&error))?;
        let manifest = Manifest { store_id: store_id.to_owned(), ..Manifest::default() };
        Ok(Self::over_body(manifest, Body::Memory { bundle, start: 0 }, [0; 32], 0))
    }

    fn over(bundle: Bytes) -> Result<Self, CatalogError> {
        let head = Head::read(&mut &bundle[..], None)?;
        if bundle.len() as u64 != head.bundle_bytes() {
            return Err(CatalogError::damaged("length"));
        }
        let start = head.bytes();
        Ok(Self::of(head, Body::Memory { bundle, start }))
    }

    fn of(head: Head, body: Body) -> Self {
        let (hash, bundle_bytes) = (head.hash, head.bundle_bytes());
        Self::over_body(head.manifest, body, hash, bundle_bytes)
    }

    fn over_body(manifest: Manifest, body: Body, hash: [u8; 32], bundle_bytes: u64) -> Self {
        let (store, manifest) = (Arc::new(Store::new(Arc::new(body), &manifest)), Arc::new(manifest));
        Self {
            store,
            manifest,
            variants: Arc::default(),
            leaves: Arc::default(),
            kept: Arc::default(),
            plan: Arc::default(),
            charts: Arc::default(),
            overview: Arc::default(),
            overlay: None,
            patch: None,
            hash,
            bundle_bytes,
        }
    }

    /// The same, as if nothing had been read from it.
    pub(crate) fn fresh(self) -> Self {
        let store = Arc::new(self.store.fresh(&self.manifest));
        Self {
            store,
            variants: Arc::default(),
            leaves: Arc::default(),
            kept: Arc::default(),
            plan: Arc::default(),
            charts: Arc::default(),
            overview: Arc::default(),
            ..self
        }
    }

    /// Checks the hash of every piece.
    fn check_body(&self) -> Result<(), CatalogError> {
        let bundle = self.store.bundle().unwrap_or_default();
        let body = bundle.len().saturating_sub(self.manifest.table.body_bytes as usize);
        self.manifest.table.copy_body(&mut bundle.get(body..).unwrap_or_default(), &mut io::sink())
    }

    pub(crate) fn bytes(&self, column: Column) -> &[u8] {
        self.store.cells(column)
    }

    pub(crate) fn cells<T: Cell>(&self, column: Column) -> &[T] {
        self.store.cells(column)
    }

    pub(crate) fn cell<T: Cell>(&self, column: Column, index: u32) -> Option<T> {
        self.store.cell(column, index as usize)
    }

    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.manifest.items as usize
    }

    /// Whether there are no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.manifest.items == 0
    }

    /// Grows with every bundle of the store.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.manifest.version
    }

    /// SHA-256 of all that is signed, in the bundle and in the patch that has force, and through the hashes of sections of
    /// every byte that matters: two devices with one hash show the same catalog.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        self.overlay.as_ref().map_or(self.hash, |overlay| overlay.hash)
    }

    /// The same of the bundle alone.
    #[must_use]
    pub fn bundle_hash(&self) -> [u8; 32] {
        self.hash
    }

    /// The shop it was made for.
    #[must_use]
    pub fn store_id(&self) -> &str {
        &self.manifest.store_id
    }

    /// When it was built, milliseconds since 1970 UTC.
    #[must_use]
    pub fn created_ms(&self) -> i64 {
        self.manifest.created_ms
    }

    /// The categories that count as sensitive, already applied to the items.
    #[must_use]
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.manifest.taxonomy
    }

    /// The shop's global ranking weights.
    #[must_use]
    pub fn weights(&self) -> &Weights {
        &self.manifest.weights
    }

    /// The experiments the shop runs.
    #[must_use]
    pub fn experiments(&self) -> &[ExperimentSpec] {
        &self.manifest.experiments
    }

    /// The columns, their bytes in the bundle, and whether they are read when it is opened.
    #[cfg(feature = "operator")]
    #[must_use]
    pub fn column_sizes(&self) -> Vec<(String, u64, bool)> {
        let size = |(column, _, place): &(Column, _, std::ops::Range<u64>)| {
            (format!("{column:?}"), place.end - place.start, column.hot())
        };
        self.manifest.table.columns.iter().map(size).collect()
    }

    /// Bytes of the whole bundle.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.bundle_bytes
    }
}

/// Whether nobody wrote to the installed file since.
fn untouched(file: &File, manifest: &Manifest) -> bool {
    let written = file.metadata().and_then(|metadata| metadata.modified()).ok();
    written.is_some() && written == manifest.file_time()
}

/// The head of an installed bundle, which is as long as it says.
fn head(mut file: &File) -> Result<Head, CatalogError> {
    step("read the catalog", || file.rewind())?;
    let head = Head::read(&mut file, None)?;
    let found = step("read the catalog", || file.metadata())?.len();
    if found == head.bundle_bytes() { Ok(head) } else { Err(CatalogError::damaged("length")) }
}

/// Reads a bundle into memory.
fn read(file: &File, head: &Head) -> Result<Bytes, CatalogError> {
    let too_large = |_| CatalogError::TooLarge { what: "the bundle", limit: BUNDLE.most as u64 };
    let length = usize::try_from(head.bundle_bytes()).map_err(too_large)?;
    Bytes::read(file, 0, length).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => CatalogError::damaged("cut short"),
        _ => CatalogError::io("read the catalog", &error),
    })
}

fn out_of_memory(error: &io::Error) -> CatalogError {
    CatalogError::io("reserve memory", error)
}
