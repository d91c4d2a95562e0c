//! Opening an installed bundle: map it, check header and offsets, read nothing else.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::{Mmap, MmapMut};

use super::format::view::{Cell, cells};
use super::format::{Column, HEAD_BYTES, Layout, Manifest, PREFIX_BYTES, body_start, check, manifest_bytes};
use super::{CatalogError, ExperimentSpec, Taxonomy, Weights};
use crate::signed::sha256;

/// Name of the installed bundle in its directory.
pub(crate) const FILE: &str = "catalog.svb";

/// A shop's catalog, read in place from one immutable file. Items are numbered from 0; every accessor answers any number,
/// with nothing for what does not exist.
#[derive(Debug)]
pub struct Catalog {
    map: Mmap,
    layout: Layout,
    pub(crate) manifest: Manifest,
    hash: [u8; 32],
}

impl Catalog {
    /// Opens the catalog installed in `dir`. Signature and hashes were checked at install and are not checked again.
    ///
    /// # Errors
    /// [`CatalogError::NotInstalled`] when there is none, [`CatalogError::Damaged`] when its structure does not hold.
    pub fn open(dir: &Path) -> Result<Arc<Self>, CatalogError> {
        Self::open_file(&Self::path(dir)).map(Arc::new)
    }

    /// The file that [`Catalog::install`] writes in `dir`.
    #[must_use]
    pub fn path(dir: &Path) -> PathBuf {
        dir.join(FILE)
    }

    pub(crate) fn open_file(path: &Path) -> Result<Self, CatalogError> {
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => CatalogError::NotInstalled,
            _ => CatalogError::io("open the catalog", &error),
        })?;
        // SAFETY: the file lies in the app's private directory, is written under another name and renamed when complete, and is
        // never changed or truncated afterwards; accessors stay in bounds and re-check text even if another process broke that.
        let map = unsafe { Mmap::map(&file) }.map_err(|error| CatalogError::io("map the catalog", &error))?;
        Self::from_map(map)
    }

    /// Opens a bundle that is in memory. Its signature is **not** checked: for the operator's tools and tests.
    ///
    /// # Errors
    /// As [`Catalog::open`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CatalogError> {
        let mut map = MmapMut::map_anon(bytes.len().max(1))
            .map_err(|error| CatalogError::io("reserve memory", &error))?;
        if let Some(place) = map.get_mut(..bytes.len()) {
            place.copy_from_slice(bytes);
        }
        let map = map.make_read_only().map_err(|error| CatalogError::io("reserve memory", &error))?;
        let catalog = Self::from_map(map)?;
        check::contents(&catalog)?;
        Ok(catalog)
    }

    /// A catalog without items, for an app that has not downloaded one yet.
    ///
    /// # Errors
    /// [`CatalogError::Io`] when the system has not a page of memory left.
    pub fn empty(store_id: &str) -> Result<Self, CatalogError> {
        let map = MmapMut::map_anon(1).and_then(MmapMut::make_read_only);
        let map = map.map_err(|error| CatalogError::io("reserve memory", &error))?;
        let manifest = Manifest { store_id: store_id.to_owned(), ..Manifest::default() };
        Ok(Self { map, layout: Layout::empty(), manifest, hash: [0; 32] })
    }

    fn from_map(map: Mmap) -> Result<Self, CatalogError> {
        let head: &[u8; HEAD_BYTES] = map.first_chunk().ok_or(CatalogError::NotABundle)?;
        let prefix: &[u8; PREFIX_BYTES] = head.first_chunk().ok_or(CatalogError::NotABundle)?;
        let length = manifest_bytes(prefix)?;
        let signed = map.get(HEAD_BYTES..HEAD_BYTES + length).ok_or(CatalogError::damaged("cut short"))?;
        let manifest = Manifest::parse(signed)?;
        let hash = hash_of(prefix, signed);
        let start = body_start(length);
        if map.len() as u64 != start as u64 + manifest.body_bytes {
            return Err(CatalogError::damaged("length"));
        }
        let layout = Layout::of(&manifest, start..map.len())?;
        let catalog = Self { map, layout, manifest, hash };
        check::runs(&catalog)?;
        Ok(catalog)
    }

    pub(crate) fn bytes(&self, column: Column) -> &[u8] {
        self.map.get(self.layout.range(column)).unwrap_or_default()
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
        self.map.len() as u64
    }
}

pub(crate) fn hash_of(prefix: &[u8; PREFIX_BYTES], manifest: &[u8]) -> [u8; 32] {
    sha256(&[prefix.as_slice(), manifest].concat())
}

/// Reads until `buffer` is full; a source that ends before is a bundle cut short.
pub(crate) fn fill(source: &mut dyn Read, buffer: &mut [u8]) -> Result<(), CatalogError> {
    source.read_exact(buffer).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => CatalogError::damaged("cut short"),
        _ => CatalogError::io("read the bundle", &error),
    })
}
