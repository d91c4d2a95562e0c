//! Installing a bundle: everything is verified while it streams into a second file, which then takes the first one's name.
//! Whatever goes wrong before that, the installed catalog is untouched.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::sync::Arc;

use super::format::{BLOCK_BYTES, HEAD_BYTES, Manifest, PREFIX_BYTES, body_start, check, manifest_bytes};
use super::open::{fill, hash_of};
use super::{Catalog, CatalogError};
use crate::signed::{PublicKey, sha256};

const INCOMING: &str = "catalog.svb.incoming";

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
}

/// The verified beginning of a bundle.
pub(crate) struct Head {
    prefix: [u8; PREFIX_BYTES],
    signature: [u8; HEAD_BYTES - PREFIX_BYTES],
    signed: Vec<u8>,
    pub(crate) manifest: Manifest,
    pub(crate) hash: [u8; 32],
}

impl Catalog {
    /// Verifies `bundle` and puts it in place of the one in `dir`. The same bundle again changes nothing. Memory stays bounded by
    /// the manifest and one block, however long the stream is.
    ///
    /// # Errors
    /// Any [`CatalogError`]; the installed catalog then stays as it was.
    pub fn install(dir: &Path, bundle: &mut dyn Read, trust: &Trust<'_>) -> Result<Arc<Self>, CatalogError> {
        let head = Head::read(bundle, trust.keys)?;
        let installed = Self::open(dir).ok().filter(|installed| installed.store_id() == trust.store_id);
        if let Some(installed) = admit(&head, trust, installed)?
            && is_whole(dir, trust.keys)
        {
            return Ok(installed);
        }
        fs::create_dir_all(dir).map_err(|error| CatalogError::io("make the catalog's directory", &error))?;
        let incoming = dir.join(INCOMING);
        let result = receive(&head, bundle, &incoming).and_then(|()| {
            fs::rename(&incoming, Self::path(dir))
                .map_err(|error| CatalogError::io("replace the catalog", &error))?;
            sync_directory(dir)
        });
        if result.is_err() {
            // What is left behind is only rubbish, overwritten by the next attempt.
            let _ = fs::remove_file(&incoming);
        }
        result?;
        Self::open(dir)
    }

    /// Verifies a whole bundle without keeping it: signature, hashes and contents.
    ///
    /// # Errors
    /// What [`Catalog::install`] would refuse it for, except store and version.
    pub fn verify(bundle: &[u8], keys: &[PublicKey]) -> Result<Self, CatalogError> {
        let mut rest = bundle;
        let head = Head::read(&mut rest, keys)?;
        head.copy_body(&mut rest, &mut std::io::sink())?;
        Self::from_bytes(bundle)
    }
}

/// Whether the bundle may come in; the installed one, if it is the same.
fn admit(
    head: &Head,
    trust: &Trust<'_>,
    installed: Option<Arc<Catalog>>,
) -> Result<Option<Arc<Catalog>>, CatalogError> {
    let offered = head.manifest.version;
    if head.manifest.store_id != trust.store_id {
        return Err(CatalogError::OtherStore);
    }
    let newest = installed.as_ref().map_or(0, |installed| installed.version()).max(trust.newest_seen);
    if offered < newest {
        return Err(CatalogError::Downgrade { newest, offered });
    }
    match installed {
        Some(installed) if installed.hash() == head.hash => Ok(Some(installed)),
        Some(installed) if installed.version() == offered => {
            Err(CatalogError::VersionReused { version: offered })
        }
        _ => Ok(None),
    }
}

/// Whether the installed file still has every byte it was installed with; if not, the same bundle repairs it.
fn is_whole(dir: &Path, keys: &[PublicKey]) -> bool {
    let Ok(mut file) = File::open(Catalog::path(dir)) else {
        return false;
    };
    Head::read(&mut file, keys).is_ok_and(|head| head.copy_body(&mut file, &mut std::io::sink()).is_ok())
}

fn receive(head: &Head, bundle: &mut dyn Read, incoming: &Path) -> Result<(), CatalogError> {
    let write = |error: std::io::Error| CatalogError::io("write the catalog", &error);
    let mut file = BufWriter::new(File::create(incoming).map_err(write)?);
    head.write(&mut file).map_err(write)?;
    head.copy_body(bundle, &mut file)?;
    let file = file.into_inner().map_err(|error| write(error.into_error()))?;
    file.sync_all().map_err(write)?;
    check::contents(&Catalog::open_file(incoming)?)
}

impl Head {
    /// Reads up to the body and verifies the signature before anything in the manifest is believed.
    pub(crate) fn read(bundle: &mut dyn Read, keys: &[PublicKey]) -> Result<Self, CatalogError> {
        let mut prefix = [0; PREFIX_BYTES];
        fill(bundle, &mut prefix).map_err(|error| match error {
            CatalogError::Damaged { .. } => CatalogError::NotABundle,
            other => other,
        })?;
        let length = manifest_bytes(&prefix)?;
        let mut signature = [0; HEAD_BYTES - PREFIX_BYTES];
        fill(bundle, &mut signature)?;
        let mut signed = prefix.to_vec();
        let wanted = (PREFIX_BYTES + length) as u64;
        let read = bundle.take(length as u64).read_to_end(&mut signed);
        read.map_err(|error| CatalogError::io("read the bundle", &error))?;
        if signed.len() as u64 != wanted {
            return Err(CatalogError::damaged("cut short"));
        }
        if !keys.iter().any(|key| key.verify(&signed, &signature).is_ok()) {
            return Err(CatalogError::BadSignature);
        }
        let signed = signed.split_off(PREFIX_BYTES);
        let manifest = Manifest::parse(&signed)?;
        let hash = hash_of(&prefix, &signed);
        let mut padding = vec![0; body_start(length) - HEAD_BYTES - length];
        fill(bundle, &mut padding)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(CatalogError::damaged("padding"));
        }
        Ok(Self { prefix, signature, signed, manifest, hash })
    }

    fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        out.write_all(&self.prefix)?;
        out.write_all(&self.signature)?;
        out.write_all(&self.signed)?;
        out.write_all(&vec![0; body_start(self.signed.len()) - HEAD_BYTES - self.signed.len()])
    }

    /// Copies the body block by block; a block is written only after its hash was right.
    pub(crate) fn copy_body(&self, bundle: &mut dyn Read, out: &mut dyn Write) -> Result<(), CatalogError> {
        let mut block = vec![0; BLOCK_BYTES];
        let mut left = self.manifest.body_bytes;
        for expected in &self.manifest.blocks {
            let length = left.min(BLOCK_BYTES as u64);
            left -= length;
            let piece = block.get_mut(..length as usize).unwrap_or_default();
            fill(bundle, piece)?;
            if sha256(piece) != *expected {
                return Err(CatalogError::damaged("a block's hash"));
            }
            out.write_all(piece).map_err(|error| CatalogError::io("write the catalog", &error))?;
        }
        let more = bundle.read(&mut [0]).map_err(|error| CatalogError::io("read the bundle", &error))?;
        if more == 0 { Ok(()) } else { Err(CatalogError::damaged("length")) }
    }
}

/// Makes the new name durable. Elsewhere than on Unix a directory cannot be synced, and need not be.
fn sync_directory(dir: &Path) -> Result<(), CatalogError> {
    if cfg!(unix) {
        let sync = File::open(dir).and_then(|dir| dir.sync_all());
        sync.map_err(|error| CatalogError::io("sync the catalog's directory", &error))?;
    }
    Ok(())
}
