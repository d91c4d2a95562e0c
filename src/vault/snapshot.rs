//! The snapshot: one small sealed file that a widget or an extension may read while the app owns the vault.
//!
//! `"SVSN" ‖ version u8 = 1 ‖ epoch u64 LE ‖ sealed value`, sealed with a key derived from the root key of that
//! epoch. An erasure therefore makes it unreadable, and removes it.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::sync::PoisonError;

use zeroize::Zeroizing;

use super::Vault;
use super::cipher::{Algorithm, SealKey};
use super::error::VaultError;
use super::files::Files;
use super::item::{Root, mismatch, root_alias};
use super::keystore::{KeyStore, KeyStoreError};
use super::secret::{derive, scrub_stack};
use crate::random::SecureRandom;

const MAGIC: &[u8; 5] = b"SVSN\x01";
const HEADER: usize = MAGIC.len() + 8;
/// The largest snapshot in bytes: a widget has little memory.
pub const MAX_SNAPSHOT_BYTES: usize = 256 * 1024;
/// The largest file: what is sealed grows by its padding, an eighth at most, and a little.
const LARGEST_FILE: u64 = MAX_SNAPSHOT_BYTES as u64 * 5 / 4;

/// Seals snapshots of one epoch.
pub(super) struct SnapshotKey {
    key: SealKey,
    epoch: u64,
}

impl SnapshotKey {
    /// Derives the key. The caller scrubs the stack afterwards.
    pub(super) fn new(root: &Root) -> Result<Self, VaultError> {
        let raw = derive(&root.key, &root.install, b"sottovoce snapshot 1")?;
        Ok(Self { key: SealKey::new(0, Algorithm::Aes256Gcm, &raw)?, epoch: root.epoch })
    }

    fn header(&self) -> Vec<u8> {
        [&MAGIC[..], &self.epoch.to_le_bytes()].concat()
    }

    pub(super) fn seal(&self, random: &dyn SecureRandom, bytes: &[u8]) -> Result<Vec<u8>, VaultError> {
        if bytes.len() > MAX_SNAPSHOT_BYTES {
            return Err(VaultError::TooLarge);
        }
        let mut out = self.header();
        out.extend(self.key.seal(random, &out, bytes)?);
        Ok(out)
    }

    pub(super) fn open(&self, file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let sealed = file.strip_prefix(&*self.header())?;
        self.key.open(&self.header(), sealed).ok()
    }
}

pub(super) fn epoch_of(file: &[u8]) -> Option<u64> {
    let epoch = file.strip_prefix(MAGIC)?.get(..HEADER - MAGIC.len())?;
    Some(u64::from_le_bytes(epoch.try_into().ok()?))
}

impl Vault {
    /// Replaces the snapshot by `bytes`, at most 256 KiB, in one step.
    ///
    /// # Errors
    /// [`VaultError::TooLarge`], or why the file could not be written.
    pub fn write_snapshot(&self, bytes: &[u8]) -> Result<(), VaultError> {
        // The writer's lock keeps an erasure from passing in between.
        let guard = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let ring = self.ring()?;
        let written = self.files.write_snapshot(&ring.snapshot.seal(&*self.random, bytes)?);
        drop(guard);
        written
    }

    /// Removes the snapshot, if there is one.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub fn remove_snapshot(&self) -> Result<(), VaultError> {
        let _guard = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.files.remove_snapshot()
    }

    /// Reads the snapshot of the vault `name` that lies in `dir` without opening the vault, from any process that reaches the
    /// key store. `None` if there is no snapshot, or none that can still be read.
    ///
    /// # Errors
    /// [`VaultError::KeyStore`] if the key store is not available, [`VaultError::Damaged`] if the file is.
    pub fn read_snapshot(
        dir: &Path,
        name: &str,
        keys: &dyn KeyStore,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let found = match File::open(Files::new(dir, name)?.snapshot()) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        // Whoever shares the folder may have put anything there. What is cut off here does not open.
        let mut file = Vec::new();
        found.take(LARGEST_FILE).read_to_end(&mut file)?;
        let epoch = epoch_of(&file).ok_or(VaultError::Damaged { what: "snapshot" })?;
        let opened = open_with(keys, root_alias(name, epoch), &file);
        scrub_stack();
        opened
    }
}

/// Handles the root key; the caller scrubs the stack afterwards.
#[inline(never)]
fn open_with(
    keys: &dyn KeyStore,
    alias: String,
    file: &[u8],
) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    let blob = match keys.load(alias) {
        Err(KeyStoreError::Missing { .. }) => return Ok(None),
        other => Zeroizing::new(other?),
    };
    let root = Root::decode(&blob).ok_or_else(mismatch)?;
    let opened = SnapshotKey::new(&root)?.open(file);
    opened.map(Some).ok_or(VaultError::Damaged { what: "snapshot" })
}
