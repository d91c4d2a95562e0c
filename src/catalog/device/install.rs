//! Installing a bundle, whole or out of a delta: everything is verified while it streams into a draft, which then takes the installed one's name.
//! Whatever goes wrong before that, the installed bundle is untouched; who has it open keeps it in any case.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use crate::base::files::open_file;
use crate::base::signed::PublicKey;
use crate::catalog::device::delta::Rebuilt;
use crate::catalog::device::disk::{make_folder, step, sync_folder};
use crate::catalog::device::draft;
use crate::catalog::device::draft::Draft;
use crate::catalog::format::{Head, check, delta, patch, successor};
use crate::catalog::{Catalog, CatalogError, ShopKeys, Trust};

impl Catalog {
    /// Verifies what `source` brings, told by its first bytes, and puts it in place: a bundle, a delta that makes one out of
    /// the bundle in `dir`, a patch of that, or a list of the shop's keys. The same again changes nothing. Until a bundle is
    /// checked, memory stays bounded by the manifest and one block, however long the stream is.
    ///
    /// # Errors
    /// Any [`CatalogError`]; what is installed then stays as it was. After a list of keys, an error may say that they leave no
    /// catalog in use: [`CatalogError::NotInstalled`] or [`CatalogError::Revoked`]. [`CatalogError::OtherBase`] means that a delta or a patch
    /// is of no use here, and a bundle has to be fetched. Only when the very last step fails, which makes the
    /// new name durable, is the new one in place already, and may be the old one again after a loss of power.
    pub fn install(dir: &Path, source: &mut dyn Read, trust: &Trust<'_>) -> Result<Arc<Self>, CatalogError> {
        let mut kind = Vec::new();
        let begin = source.take(patch::KIND.len() as u64).read_to_end(&mut kind);
        begin.map_err(|error| CatalogError::io("read the bundle", &error))?;
        let is = |magic: &[u8; 8]| kind == magic;
        let (is_patch, is_delta, is_keys) = (is(patch::KIND), is(delta::MAGIC), is(successor::KIND));
        let mut source = Cursor::new(kind).chain(source);
        let mut keys = trust.keys.with_stored(dir);
        if is_keys {
            let _alone = draft::only_install();
            let mut bytes = Vec::new();
            let read = source.take(ShopKeys::MOST as u64 + 1).read_to_end(&mut bytes);
            read.map_err(|error| CatalogError::io("read the list of keys", &error))?;
            keys.take(dir, &bytes)?;
            return Self::open_trusted(dir, trust);
        }
        let trust = &trust.by(&keys);
        if is_patch {
            return super::patch::install(dir, &mut source, trust);
        }
        if !is_delta {
            return Self::install_bundle(dir, &mut source, trust);
        }
        let (base, head) = installed(dir, &keys).ok_or(CatalogError::OtherBase)?;
        Self::install_bundle(dir, &mut Rebuilt::of(base, head.hash, &mut source)?, trust)
    }

    /// [`Catalog::open`], as far as the shop's keys and what this device had before allow it: nothing of another shop or key,
    /// nothing that a revoked key signed, and no patch that is older than one that was installed.
    ///
    /// # Errors
    /// As [`Catalog::open`]; [`CatalogError::OtherStore`], [`CatalogError::BadSignature`] and [`CatalogError::Revoked`] when the
    /// installed bundle does not count any more.
    pub fn open_trusted(dir: &Path, trust: &Trust<'_>) -> Result<Arc<Self>, CatalogError> {
        let (catalog, keys) = (Self::open(dir)?, trust.keys.with_stored(dir));
        let trusted = catalog.still_trusted(dir, &trust.by(&keys))?;
        // An app may come with another key, or name another shop, than the one before.
        if installed(dir, &keys).is_none() {
            let other = trusted.manifest.store_id != keys.store_id();
            return Err(if other { CatalogError::OtherStore } else { CatalogError::BadSignature });
        }
        Ok(Arc::new(trusted))
    }

    /// The same as far as it still counts, after something was learnt about keys or patches.
    pub(crate) fn recheck(&self, dir: &Path, trust: &Trust<'_>) -> Result<Arc<Self>, CatalogError> {
        let keys = trust.keys.with_stored(dir);
        self.still_trusted(dir, &trust.by(&keys)).map(Arc::new)
    }

    /// The same without a patch that does not count any more; an error if the bundle does not, or is older than one before it.
    pub(super) fn still_trusted(&self, dir: &Path, trust: &Trust<'_>) -> Result<Self, CatalogError> {
        if trust.keys.revokes() && installed(dir, trust.keys).is_none_or(|(_, head)| head.hash != self.hash) {
            return Err(CatalogError::Revoked);
        }
        trust.is_newest(self.manifest.version, self.hash)?;
        Ok(self.clone().with_trusted_patch(dir, trust))
    }

    fn install_bundle(
        dir: &Path,
        bundle: &mut dyn Read,
        trust: &Trust<'_>,
    ) -> Result<Arc<Self>, CatalogError> {
        let head = Head::read(bundle, Some(std::slice::from_ref(trust.keys.current())))?;
        let _alone = draft::only_install();
        draft::sweep(dir);
        let installed = installed(dir, trust.keys);
        let same = admit(&head, trust, installed.as_ref().map(|(_, head)| head))?;
        if let Some((mut file, head)) = installed
            && same
            && head.manifest.table.copy_body(&mut file, &mut io::sink()).is_ok()
        {
            sync_folder(dir)?; // In case that is where its own install ended.
            let catalog = Self::from_file(&file, dir)?.with_installed_patch(dir);
            return Ok(Arc::new(catalog.with_trusted_patch(dir, trust)));
        }
        make_folder(dir)?;
        let draft = step("write the catalog", || Draft::new(dir))?;
        let file = step("write the catalog", || draft.create())?;
        receive(&head, bundle, &file)?;
        let catalog = Self::from_file(&file, dir)?;
        check::contents(&catalog)?;
        drop(file);
        draft.put(&Self::path(dir))?;
        super::patch::tidy(dir, &catalog);
        Ok(Arc::new(catalog.fresh().with_installed_patch(dir).with_trusted_patch(dir, trust)))
    }

    /// Verifies a whole bundle without keeping it: signature, hashes and contents.
    ///
    /// # Errors
    /// What [`Catalog::install`] would refuse it for, except store and version.
    pub fn verify(bundle: &[u8], keys: &[PublicKey]) -> Result<Self, CatalogError> {
        let mut rest = bundle;
        let head = Head::read(&mut rest, Some(keys))?;
        head.manifest.table.copy_body(&mut rest, &mut io::sink())?;
        Self::from_bytes(bundle)
    }
}

/// The installed bundle, if it was signed for this shop.
fn installed(dir: &Path, keys: &ShopKeys) -> Option<(File, Head)> {
    let file = open_file(&Catalog::path(dir)).ok()?;
    let head = Head::read(&mut &file, Some(&keys.accepted())).ok()?;
    (head.manifest.store_id == keys.store_id()).then_some((file, head))
}

/// Whether the bundle is the installed one; an error if it may not come in.
fn admit(head: &Head, trust: &Trust<'_>, installed: Option<&Head>) -> Result<bool, CatalogError> {
    let offered = head.manifest.version;
    if head.manifest.store_id != trust.keys.store_id() {
        return Err(CatalogError::OtherStore);
    }
    // What somebody put in the place of the newest one counts for nothing.
    let counts = |head: &&Head| trust.is_newest(head.manifest.version, head.hash).is_ok();
    let installed = installed.filter(counts);
    let newest = installed.map_or(0, |installed| installed.manifest.version);
    if offered < newest {
        return Err(CatalogError::Downgrade { newest, offered });
    }
    trust.is_newest(offered, head.hash)?;
    match installed {
        Some(installed) if installed.hash == head.hash => Ok(true),
        Some(installed) if installed.manifest.version == offered => {
            Err(CatalogError::VersionReused { version: offered })
        }
        _ => Ok(false),
    }
}

/// Writes the bundle into `file`, as long as hashes are right, and makes it durable.
fn receive(head: &Head, bundle: &mut dyn Read, mut file: &File) -> Result<(), CatalogError> {
    step("write the catalog", || head.write(&mut file))?;
    head.manifest.table.copy_body(bundle, &mut file)?;
    if let Some(time) = head.manifest.file_time() {
        let _ = file.set_modified(time); // Without it, every opening checks the hashes.
    }
    step("write the catalog", || file.sync_all())
}
