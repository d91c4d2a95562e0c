//! The patch that lies beside the installed bundle: how it comes there, and when it has force.

use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::files::{self, open_file};
use crate::base::limits::PATCH;
use crate::base::log::{LogLevel, say};
use crate::base::signed::{ENVELOPE_BYTES, PublicKey, sha256};
use crate::catalog::device::disk::{step, sync_folder};
use crate::catalog::device::draft;
use crate::catalog::device::draft::Draft;
use crate::catalog::device::overlay::Overlay;
use crate::catalog::format::patch::Patch;
use crate::catalog::{Catalog, CatalogError, CatalogPatch, NewestPatch, Trust};

/// Name of the installed patch: as it was downloaded, and SHA-256 of that.
const FILE: &str = "catalog.svp";
const HASH_BYTES: usize = 32;

/// Verifies a patch of the installed bundle and puts it beside that, in place of the one before.
pub(super) fn install(
    dir: &Path,
    source: &mut dyn Read,
    trust: &Trust<'_>,
) -> Result<Arc<Catalog>, CatalogError> {
    let bytes = read(source, PATCH.most).map_err(|error| CatalogError::io("read the patch", &error))?;
    let bytes = bytes.ok_or(CatalogError::TooLarge { what: "the patch", limit: PATCH.most as u64 })?;
    let patch = Patch::open(&bytes, std::slice::from_ref(trust.keys.current()))?;
    if patch.head.store_id != trust.keys.store_id() {
        return Err(CatalogError::OtherStore);
    }
    if patch.head.expires_ms <= trust.now_ms {
        return Err(CatalogError::Expired);
    }
    let _alone = draft::only_install();
    draft::sweep(dir);
    let bundle = Catalog::open_bundle(dir)?.still_trusted(dir, trust)?;
    if patch.head.base != bundle.bundle_hash() {
        return Err(CatalogError::OtherBase);
    }
    let same = admit(dir, &patch, trust)?;
    let catalog = bundle.with(Overlay::of(&bundle, patch)?);
    let is_other = |newest: &NewestPatch| {
        newest.base == catalog.bundle_hash()
            && catalog.patch_number() == Some(newest.number)
            && newest.hash != catalog.hash()
    };
    if let Some(other) = trust.newest_patch.filter(is_other) {
        return Err(CatalogError::VersionReused { version: other.number });
    }
    if same {
        sync_folder(dir)?; // In case that is where its own install ended.
        return Ok(Arc::new(catalog));
    }
    let draft = step("write the patch", || Draft::new(dir))?;
    let mut file = step("write the patch", || draft.create())?;
    step("write the patch", || file.write_all(&bytes))?;
    step("write the patch", || file.write_all(&sha256(&bytes)))?;
    step("write the patch", || file.sync_all())?;
    drop(file);
    draft.put(&path(dir))?;
    Ok(Arc::new(catalog))
}

/// Whether the patch is the installed one; an error if it may not come in.
fn admit(dir: &Path, patch: &Patch<'_>, trust: &Trust<'_>) -> Result<bool, CatalogError> {
    let remembered = trust.newest_patch.filter(|newest| newest.base == patch.head.base);
    if let Some(newest) = remembered.map(|newest| newest.number).filter(|newest| patch.head.number < *newest)
    {
        return Err(CatalogError::Downgrade { newest, offered: patch.head.number });
    }
    let Ok(Some(installed)) = stored(dir) else { return Ok(false) };
    let Ok(installed) = Patch::open(&installed, &trust.keys.accepted()) else { return Ok(false) };
    let (newest, offered) = (installed.head.number, patch.head.number);
    if installed.head.base != patch.head.base {
        return Ok(false);
    }
    if offered < newest {
        return Err(CatalogError::Downgrade { newest, offered });
    }
    match (installed.hash == patch.hash, offered == newest) {
        (false, true) => Err(CatalogError::VersionReused { version: offered }),
        (same, _) => Ok(same),
    }
}

/// Removes a patch that is of no use to the installed bundle.
pub(super) fn tidy(dir: &Path, bundle: &Catalog) {
    let of_use =
        |bytes: Vec<u8>| unchecked(&bytes).is_ok_and(|patch| patch.head.base == bundle.bundle_hash());
    if !stored(dir).is_ok_and(|bytes| bytes.is_none_or(of_use)) {
        let _ = files::remove_name(&path(dir)); // It has no force; the next time will do.
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

/// The installed patch, if there is one.
fn stored(dir: &Path) -> Result<Option<Vec<u8>>, CatalogError> {
    let mut file = match open_file(&path(dir)) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidInput) => {
            return Ok(None);
        }
        other => other.map_err(|error| CatalogError::io("read the patch", &error))?,
    };
    let bytes = read(&mut file, PATCH.most + HASH_BYTES);
    let mut bytes = bytes.map_err(|error| CatalogError::io("read the patch", &error))?.unwrap_or_default();
    let hash = bytes.split_off(bytes.len().saturating_sub(HASH_BYTES));
    if sha256(&bytes).as_slice() == hash { Ok(Some(bytes)) } else { Err(CatalogError::damaged("the patch")) }
}

/// A patch whose signature was checked when it was installed.
fn unchecked(bytes: &[u8]) -> Result<Patch<'_>, CatalogError> {
    Patch::of(bytes.get(ENVELOPE_BYTES..).unwrap_or_default())
}

/// All bytes, unless there are more than `most`.
fn read(source: &mut dyn Read, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    source.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() <= most))
}

impl Catalog {
    /// The catalog as it is at `now_ms`: itself, or what the bundle alone says once its patch has expired.
    #[must_use]
    pub fn at(self: &Arc<Self>, now_ms: i64) -> Arc<Self> {
        match self.patch {
            Some(CatalogPatch::InForce { number, expires_ms }) if expires_ms <= now_ms => {
                let patch = Some(CatalogPatch::Expired { number, expires_ms });
                Arc::new(Self { patch, ..self.without_patch() })
            }
            _ => self.clone(),
        }
    }

    /// What became of the patch of this bundle, if one was installed.
    #[must_use]
    pub fn patch(&self) -> Option<CatalogPatch> {
        self.patch
    }

    /// The number of the patch that is laid over it.
    pub(crate) fn patch_number(&self) -> Option<u64> {
        self.overlay.as_ref().map(|overlay| overlay.head.number)
    }

    /// What is to be remembered of the patch that is laid over it.
    pub(crate) fn newest_patch(&self) -> Option<NewestPatch> {
        let number = self.patch_number()?;
        Some(NewestPatch { base: self.bundle_hash(), number, hash: self.hash() })
    }

    /// The same without a patch whose key was revoked, or one that was put in the place of a newer one.
    pub(super) fn with_trusted_patch(self, dir: &Path, trust: &Trust<'_>) -> Self {
        let Some(own) = self.newest_patch() else { return self };
        let newest = trust.newest_patch.filter(|newest| newest.base == own.base);
        let is_newest = newest.is_none_or(|newest| own.number >= newest.number);
        let is_signed = || {
            let stored = stored(dir).ok().flatten();
            stored.is_some_and(|bytes| Patch::open(&bytes, &trust.keys.accepted()).is_ok())
        };
        if is_newest && (!trust.keys.revokes() || is_signed()) {
            return self;
        }
        say(LogLevel::Error, "the catalog's patch does not count any more: the bundle alone is used");
        Self { patch: Some(CatalogPatch::Damaged), ..self.without_patch() }
    }

    /// What grows from one catalog to the next.
    pub(crate) fn age(&self) -> impl Ord + use<> {
        (self.version(), self.patch_number())
    }

    /// The same bundle with a patch, which need not be installed, in place of the one it has.
    ///
    /// # Errors
    /// What [`Catalog::install`] would refuse it for, except store, number and expiry.
    pub fn patched(&self, patch: &[u8], keys: &[PublicKey]) -> Result<Self, CatalogError> {
        let bundle = self.without_patch();
        let overlay = Overlay::of(&bundle, Patch::open(patch, keys)?)?;
        Ok(bundle.with(overlay))
    }

    /// What the bundle alone says.
    pub(crate) fn without_patch(&self) -> Self {
        Self { overlay: None, patch: None, ..self.clone() }
    }

    fn with(&self, overlay: Overlay) -> Self {
        let (number, expires_ms) = (overlay.head.number, overlay.head.expires_ms);
        let patch = Some(CatalogPatch::InForce { number, expires_ms });
        Self { overlay: Some(Arc::new(overlay)), patch, ..self.clone() }
    }

    /// With the installed patch, if there is one of this bundle.
    pub(super) fn with_installed_patch(self, dir: &Path) -> Self {
        match stored(dir)
            .and_then(|bytes| bytes.map(|bytes| Overlay::of(&self, unchecked(&bytes)?)).transpose())
        {
            Ok(Some(overlay)) => self.with(overlay),
            Ok(None) | Err(CatalogError::OtherBase) => self,
            Err(error) => {
                say(
                    LogLevel::Error,
                    format_args!("the catalog's patch cannot be used ({error}): the bundle alone is"),
                );
                Self { patch: Some(CatalogPatch::Damaged), ..self }
            }
        }
    }
}
