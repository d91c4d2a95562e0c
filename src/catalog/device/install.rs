//! Installing a bundle, whole or out of a delta: everything is verified while it streams into a draft, which then takes the installed one's name.
//! Whatever goes wrong before that, the installed bundle is untouched; who has it open keeps it in any case.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use crate::base::signed::PublicKey;
use crate::catalog::device::delta::Rebuilt;
use crate::catalog::device::disk::{make_folder, step, sync_folder};
use crate::catalog::device::draft;
use crate::catalog::device::draft::Draft;
use crate::catalog::format::{Head, check, delta, patch};
use crate::catalog::{Catalog, CatalogError};

/// Whom a bundle is accepted from.
#[derive(Debug, Clone, Copy)]
pub struct Trust<'a> {
    /// Keys that may have signed it; several while keys are being changed.
    pub keys: &'a [PublicKey],
    /// The shop it must be made for.
    pub store_id: &'a str,
    /// The newest version this device ever had, remembered elsewhere than in the file, so that a deleted or restored file does
    /// not open the way back. 0 = none.
    pub newest_seen: u64,
    /// The time, milliseconds since 1970 UTC: a patch that has expired by then is refused.
    pub now_ms: i64,
}

impl Catalog {
    /// Verifies what `source` brings, told by its first bytes, and puts it in place: a bundle, a delta that makes one out of
    /// the bundle in `dir`, or a patch of that. The same again changes nothing. Until a bundle is checked, memory stays
    /// bounded by the manifest and one block, however long the stream is.
    ///
    /// # Errors
    /// Any [`CatalogError`]; what is installed then stays as it was. [`CatalogError::OtherBase`] means that a delta or a patch
    /// is of no use here, and a bundle has to be fetched. Only when the very last step fails, which makes the
    /// new name durable, is the new one in place already, and may be the old one again after a loss of power.
    pub fn install(dir: &Path, source: &mut dyn Read, trust: &Trust<'_>) -> Result<Arc<Self>, CatalogError> {
        let mut kind = Vec::new();
        let begin = source.take(patch::KIND.len() as u64).read_to_end(&mut kind);
        begin.map_err(|error| CatalogError::io("read the bundle", &error))?;
        let is = |magic: &[u8; 8]| kind == magic;
        let (is_patch, is_delta) = (is(patch::KIND), is(delta::MAGIC));
        let mut source = Cursor::new(kind).chain(source);
        if is_patch {
            return super::patch::install(dir, &mut source, trust);
        }
        if !is_delta {
            return Self::install_bundle(dir, &mut source, trust);
        }
        let (base, head) = installed(dir, trust).ok_or(CatalogError::OtherBase)?;
        Self::install_bundle(dir, &mut Rebuilt::of(base, head.hash, &mut source)?, trust)
    }

    fn install_bundle(
        dir: &Path,
        bundle: &mut dyn Read,
        trust: &Trust<'_>,
    ) -> Result<Arc<Self>, CatalogError> {
        let head = Head::read(bundle, Some(trust.keys))?;
        let _alone = draft::only_install();
        draft::sweep(dir);
        let installed = installed(dir, trust);
        let same = admit(&head, trust, installed.as_ref().map(|(_, head)| head))?;
        if let Some((mut file, head)) = installed
            && same
            && head.manifest.table.copy_body(&mut file, &mut io::sink()).is_ok()
        {
            sync_folder(dir)?; // In case that is where its own install ended.
            return Ok(Arc::new(Self::from_file(&file, dir)?.with_installed_patch(dir)));
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
        Ok(Arc::new(catalog.fresh().with_installed_patch(dir)))
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
fn installed(dir: &Path, trust: &Trust<'_>) -> Option<(File, Head)> {
    let file = File::open(Catalog::path(dir)).ok()?;
    let head = Head::read(&mut &file, Some(trust.keys)).ok()?;
    (head.manifest.store_id == trust.store_id).then_some((file, head))
}

/// Whether the bundle is the installed one; an error if it may not come in.
fn admit(head: &Head, trust: &Trust<'_>, installed: Option<&Head>) -> Result<bool, CatalogError> {
    let offered = head.manifest.version;
    if head.manifest.store_id != trust.store_id {
        return Err(CatalogError::OtherStore);
    }
    let newest = installed.map_or(0, |installed| installed.manifest.version).max(trust.newest_seen);
    if offered < newest {
        return Err(CatalogError::Downgrade { newest, offered });
    }
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
