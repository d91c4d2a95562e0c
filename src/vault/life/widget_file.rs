//! The widget's file: one small sealed file that a widget or an extension may read while the app owns the vault.
//!
//! `"SVSN" ‖ version u8 = 2 ‖ installation [16] ‖ tag u64 LE ‖ sealed value`. It is sealed with a key of its own, in the
//! key store item `sottovoce.<installation>.widget.<tag>` (`version u8 = 1 ‖ key [32] ‖ check [4]`), so that whoever
//! reads it never touches the vault's root key. Removing that item makes every copy of the file unreadable.
//!
//! Version 1 was `"SVSN" ‖ 1 ‖ epoch u64 LE ‖ sealed value`, with a key derived from the root key of that epoch.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::base::files;
use crate::base::random;
use crate::base::random::SecureRandom;
use crate::base::signed::sha256;
use crate::vault::Vault;
use crate::vault::crypto::cipher::{Algorithm, SealKey};
use crate::vault::crypto::secret::{Raw, derive, scrub_stack};
use crate::vault::db::meta::Owed;
use crate::vault::db::session::Session;
use crate::vault::error::KeyStoreError;
use crate::vault::error::VaultError;
use crate::vault::keys::checked::{CheckedStore, mismatch};
use crate::vault::keys::item::{Install, Item, ItemName, Root, prefix};
use crate::vault::keys::store::KeyStore;
use crate::vault::life::files::Files;

const MAGIC: &[u8; 4] = b"SVSN";
const OLD_VERSION: u8 = 1;
const VERSION: u8 = 2;
const ITEM_VERSION: u8 = 1;
/// The largest content in bytes: a widget has little memory.
pub const MAX_WIDGET_BYTES: usize = 256 * 1024;
/// The largest file: what is sealed grows by its padding, an eighth at most, and a little.
const LARGEST_FILE: u64 = MAX_WIDGET_BYTES as u64 * 5 / 4;

/// Which key a file needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header {
    /// The root key of this epoch.
    Old { epoch: u64 },
    /// A key of its own.
    Keyed { install: Install, tag: u64 },
}

impl Header {
    fn encode(self) -> Vec<u8> {
        match self {
            Self::Old { epoch } => [&MAGIC[..], &[OLD_VERSION], &epoch.to_le_bytes()].concat(),
            Self::Keyed { install, tag } => [&MAGIC[..], &[VERSION], &install, &tag.to_le_bytes()].concat(),
        }
    }

    /// The header of a file, and what is sealed under it.
    pub(crate) fn parse(file: &[u8]) -> Result<(Self, &[u8]), VaultError> {
        let damaged = || VaultError::Damaged { what: "widget file" };
        let (&version, rest) = file.strip_prefix(MAGIC).and_then(<[u8]>::split_first).ok_or_else(damaged)?;
        if version > VERSION {
            return Err(VaultError::NewerFormat { found: version.into() });
        }
        Self::parse_known(version, rest).ok_or_else(damaged)
    }

    fn parse_known(version: u8, rest: &[u8]) -> Option<(Self, &[u8])> {
        match version {
            OLD_VERSION => {
                let (epoch, sealed) = rest.split_first_chunk()?;
                Some((Self::Old { epoch: u64::from_le_bytes(*epoch) }, sealed))
            }
            VERSION => {
                let (install, rest) = rest.split_first_chunk()?;
                let (tag, sealed) = rest.split_first_chunk()?;
                Some((Self::Keyed { install: *install, tag: u64::from_le_bytes(*tag) }, sealed))
            }
            _ => None,
        }
    }
}

/// Seals and opens the widget's file.
pub(crate) struct WidgetKey {
    key: SealKey,
    header: Header,
}

impl WidgetKey {
    /// The caller scrubs the stack afterwards.
    pub(crate) fn new(raw: &Raw, header: Header) -> Result<Self, VaultError> {
        Ok(Self { key: SealKey::new(0, Algorithm::Aes256Gcm, raw)?, header })
    }

    /// The key of a file of version 1.
    pub(crate) fn of_root(root: &Root) -> Result<Self, VaultError> {
        let raw = derive(&root.key, &root.install, b"sottovoce snapshot 1")?;
        Self::new(&raw, Header::Old { epoch: root.epoch })
    }

    pub(crate) fn seal(&self, random: &dyn SecureRandom, bytes: &[u8]) -> Result<Vec<u8>, VaultError> {
        if bytes.len() > MAX_WIDGET_BYTES {
            return Err(VaultError::TooLarge);
        }
        let mut out = self.header.encode();
        out.extend(self.key.seal(random, &out, bytes)?);
        Ok(out)
    }

    pub(crate) fn open(&self, file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (header, sealed) = Header::parse(file).ok()?;
        if header != self.header {
            return None;
        }
        self.key.open(&header.encode(), sealed).ok()
    }
}

fn alias(install: Install, tag: u64) -> String {
    format!("{}{tag:016x}", aliases(install))
}

fn aliases(install: Install) -> String {
    format!("{}widget.", prefix(install))
}

fn encode_key(raw: &Raw) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(37));
    out.push(ITEM_VERSION);
    out.extend_from_slice(raw.as_slice());
    let check = sha256(&out);
    out.extend(check.iter().take(4));
    out
}

pub(crate) fn decode_key(blob: &[u8]) -> Result<Raw, VaultError> {
    let (body, check) = blob.split_last_chunk::<4>().ok_or_else(mismatch)?;
    let (&version, key) =
        body.split_first().filter(|_| sha256(body).starts_with(check)).ok_or_else(mismatch)?;
    if version > ITEM_VERSION {
        return Err(VaultError::NewerFormat { found: version.into() });
    }
    let mut raw = Raw::default();
    if version != ITEM_VERSION || key.len() != raw.len() {
        return Err(mismatch().into());
    }
    raw.copy_from_slice(key);
    Ok(raw)
}

impl Vault {
    /// Replaces the widget's file by `bytes`, at most 256 KiB, in one step.
    ///
    /// # Errors
    /// [`VaultError::TooLarge`], or why the key or the file could not be written.
    pub fn write_widget(&self, bytes: &[u8]) -> Result<(), VaultError> {
        // The session keeps an erasure from passing in between.
        let written = self.with_session(|session| {
            let key = self.widget_key(session)?;
            self.files.write_widget(&key.seal(&*self.random, bytes)?)
        });
        scrub_stack();
        written
    }

    /// Removes the widget's file, and the key without which no copy of it can be read.
    ///
    /// # Errors
    /// If neither could be removed now, nor noted for [`finish`](Self::finish).
    pub fn remove_widget(&self) -> Result<(), VaultError> {
        self.with_session(|session| {
            self.files.remove_widget()?;
            if self.remove_widget_key(session).is_err() {
                self.owe(session, Owed::WIDGET)?;
            }
            self.note_settled(session);
            Ok(())
        })
    }

    /// Removes the widget's file alone, so that it is not shown while something else is being done.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub fn hide_widget(&self) -> Result<(), VaultError> {
        self.with_session(|_| self.files.remove_widget())
    }

    pub(crate) fn remove_widget_key(&self, session: &mut Session) -> Result<(), VaultError> {
        let owed = session.meta.owed.without(Owed::WIDGET);
        if session.meta.widget.is_none() && owed == session.meta.owed {
            return Ok(());
        }
        self.remove_widget_keys(session, None)?;
        self.update_meta(session, |meta| (meta.widget, meta.owed) = (None, owed))
    }

    /// Removes the keys of widget's files that these files do not know of.
    pub(crate) fn remove_unknown_widget_keys(&self, session: &Session) -> Result<(), KeyStoreError> {
        self.remove_widget_keys(session, session.meta.widget)
    }

    fn remove_widget_keys(&self, session: &Session, but: Option<u64>) -> Result<(), KeyStoreError> {
        let install = session.meta.install;
        let kept = but.map(|tag| alias(install, tag));
        let mut found = self.keys.list(&aliases(install))?;
        found.retain(|alias| Some(alias) != kept.as_ref());
        found.iter().try_for_each(|alias| self.keys.delete(alias))
    }

    /// The widget's key, made when there is none.
    #[inline(never)]
    fn widget_key(&self, session: &mut Session) -> Result<WidgetKey, VaultError> {
        let install = session.meta.install;
        if let Some(tag) = session.meta.widget {
            match self.keys.load(&alias(install, tag)) {
                Ok(blob) => {
                    let raw = decode_key(&blob)?;
                    return WidgetKey::new(&raw, Header::Keyed { install, tag });
                }
                Err(KeyStoreError::Missing { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        let tag = u64::from_le_bytes(random::bytes(&*self.random)?);
        let mut raw = Raw::default();
        self.random.fill(raw.as_mut_slice())?;
        self.keys.put(&alias(install, tag), &encode_key(&raw))?;
        self.update_meta(session, |meta| meta.widget = Some(tag))?;
        WidgetKey::new(&raw, Header::Keyed { install, tag })
    }

    /// Reads the widget's file of the vault `name` that lies in `dir` without opening the vault, from any process that
    /// reaches the key store. `None` if there is no file, or none that can still be read.
    ///
    /// # Errors
    /// [`VaultError::KeyStore`] if the key store is not available, [`VaultError::Damaged`] if the file is,
    /// [`VaultError::NewerFormat`] if a newer version wrote it or its key.
    pub fn read_widget(
        dir: &Path,
        name: &str,
        keys: Arc<dyn KeyStore>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let Some(file) = read_file(&Files::new(dir, name)?.widget())? else { return Ok(None) };
        let opened = open_with(&CheckedStore::new(keys), name, &file);
        scrub_stack();
        opened
    }
}

/// A widget's file, if there is one. Whoever shares the folder may have put anything there: what is cut off here does
/// not open.
pub(crate) fn read_file(path: &Path) -> Result<Option<Vec<u8>>, VaultError> {
    match files::read(path, LARGEST_FILE) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) if e.kind() == ErrorKind::InvalidInput => Err(VaultError::Damaged { what: "widget file" }),
        other => Ok(Some(other?)),
    }
}

/// Handles a key; the caller scrubs the stack afterwards.
#[inline(never)]
fn open_with(keys: &CheckedStore, name: &str, file: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    let damaged = || VaultError::Damaged { what: "widget file" };
    let (header, _) = Header::parse(file)?;
    let alias = match header {
        Header::Old { epoch } => ItemName::Old { name: name.to_owned(), epoch }.to_string(),
        Header::Keyed { install, tag } => alias(install, tag),
    };
    let blob = match keys.load(&alias) {
        Err(KeyStoreError::Missing { .. }) => return Ok(None),
        other => other?,
    };
    let key = match header {
        Header::Old { .. } => WidgetKey::of_root(&Item::decode(&blob)?.root)?,
        Header::Keyed { .. } => WidgetKey::new(&decode_key(&blob)?, header)?,
    };
    key.open(file).map(Some).ok_or_else(damaged)
}
