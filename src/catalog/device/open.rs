//! Opening an installed bundle: take its bytes, check header and offsets, and the hashes if anybody wrote to the file since
//! it was installed.

use std::fs::File;
use std::io::{self, ErrorKind, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::limits::BUNDLE;
use crate::catalog::device::bytes::Bytes;
use crate::catalog::device::disk::step;
use crate::catalog::device::draft;
use crate::catalog::format::view::{Cell, cells};
use crate::catalog::format::{Column, Head, Layout, Manifest, check};
use crate::catalog::{CatalogError, ExperimentSpec, Taxonomy, Weights};

/// Name of the installed bundle in its directory.
pub(crate) const FILE: &str = "catalog.svb";

/// A shop's catalog, read in place. Items are numbered from 0; every accessor answers any number, with nothing for what does
/// not exist. What happens to the file after opening changes no answer.
#[derive(Debug)]
pub struct Catalog {
    bytes: Bytes,
    layout: Layout,
    pub(crate) manifest: Manifest,
    hash: [u8; 32],
}

impl Catalog {
    /// Opens the catalog installed in `dir`. Signature and contents were checked at install and are not checked again; the hashes
    /// are, if the file was written to since.
    ///
    /// # Errors
    /// [`CatalogError::NotInstalled`] when there is none, [`CatalogError::NotABundle`] or [`CatalogError::Damaged`] when its
    /// structure does not hold, [`CatalogError::Io`] when it cannot be read.
    pub fn open(dir: &Path) -> Result<Arc<Self>, CatalogError> {
        draft::sweep(dir);
        let file = File::open(Self::path(dir)).map_err(|error| match error.kind() {
            ErrorKind::NotFound => CatalogError::NotInstalled,
            _ => CatalogError::io("open the catalog", &error),
        })?;
        Self::from_file(&file, dir).map(Arc::new)
    }

    /// The file that [`Catalog::install`] writes in `dir`.
    #[must_use]
    pub fn path(dir: &Path) -> PathBuf {
        dir.join(FILE)
    }

    /// Takes what is in `file`, which lies in `dir`.
    pub(crate) fn from_file(file: &File, dir: &Path) -> Result<Self, CatalogError> {
        let bytes = match Bytes::clone_of(file, dir) {
            Ok(bytes) => bytes,
            Err(_) => read(file)?, // Most file systems have no clones.
        };
        let catalog = Self::over(bytes)?;
        // Looked at last, so that writing meanwhile does not go unnoticed.
        let written = file.metadata().and_then(|metadata| metadata.modified()).ok();
        if written.is_none() || written != catalog.manifest.file_time() {
            catalog.check_body()?;
        }
        Ok(catalog)
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
        let bytes = Bytes::copy(&[]).map_err(|error| out_of_memory(&error))?;
        let manifest = Manifest { store_id: store_id.to_owned(), ..Manifest::default() };
        Ok(Self { bytes, layout: Layout::empty(), manifest, hash: [0; 32] })
    }

    fn over(bytes: Bytes) -> Result<Self, CatalogError> {
        let head = Head::read(&mut &bytes[..], None)?;
        if bytes.len() as u64 != head.bundle_bytes() {
            return Err(CatalogError::damaged("length"));
        }
        let layout = Layout::of(&head.manifest, head.bytes()..bytes.len())?;
        let catalog = Self { bytes, layout, manifest: head.manifest, hash: head.hash };
        check::runs(&catalog)?;
        Ok(catalog)
    }

    /// Checks the hash of every block.
    fn check_body(&self) -> Result<(), CatalogError> {
        let body = self.bytes.len().saturating_sub(self.manifest.body_bytes as usize);
        self.manifest.copy_body(&mut self.bytes.get(body..).unwrap_or_default(), &mut io::sink())
    }

    pub(crate) fn bytes(&self, column: Column) -> &[u8] {
        self.bytes.get(self.layout.range(column)).unwrap_or_default()
    }

    pub(crate) fn cells<T: Cell>(&self, column: Column) -> &[T] {
        cells(self.bytes(column))
    }

    pub(crate) fn cell<T: Cell>(&self, column: Column, index: u32) -> Option<T> {
        self.cells(column).get(index as usize).copied()
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

    /// SHA-256 of all that is signed, and through the block hashes of every byte that matters: two devices with one hash hold
    /// the same catalog.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
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

    /// Bytes of the whole bundle.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// Reads a bundle into memory, as long as its manifest says and no longer.
fn read(mut file: &File) -> Result<Bytes, CatalogError> {
    step("read the catalog", || file.rewind())?;
    let length = Head::read(&mut file, None)?.bundle_bytes();
    let found = step("read the catalog", || file.metadata())?.len();
    if found != length {
        return Err(CatalogError::damaged("length"));
    }
    let too_large = |_| CatalogError::TooLarge { what: "the bundle", limit: BUNDLE.most as u64 };
    let length = usize::try_from(length).map_err(too_large)?;
    Bytes::read(file, length).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => CatalogError::damaged("cut short"),
        _ => CatalogError::io("read the catalog", &error),
    })
}

fn out_of_memory(error: &io::Error) -> CatalogError {
    CatalogError::io("reserve memory", error)
}
