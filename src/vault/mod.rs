//! The vault: everything personal lies here, sealed record by record, in one SQLite file.
//!
//! ```text
//! key store item (root key of epoch e) ─HKDF─▶ wrap key ─▶ data key per compartment ─▶ records
//! ```
//!
//! * Plaintext and data keys never reach the disk; sealing binds a record to its place.
//! * A compartment is erased by destroying its data key *and* the root key that could unwrap an older copy of it.
//! * One process owns a vault. Reads have a connection of their own and never wait for a write.
//! * `read` and `write` must not be called from inside one another on the same thread.
//!
//! An older copy of the whole file is noticed once the root key has changed since, not before.
//!
//! What remains visible in the file: how many records each table has, and their sizes in Padmé steps.

mod cipher;
#[cfg(feature = "keyring")]
mod desktop;
mod erase;
mod error;
mod files;
#[cfg(any(test, feature = "operator"))]
#[doc(hidden)]
pub mod fuzzing;
mod integrity;
mod item;
mod keyring;
mod keystore;
mod meta;
mod nonces;
mod open;
mod reader;
mod rotate;
mod schema;
mod secret;
mod side;
mod snapshot;
mod spend;
mod stores;
mod transaction;
mod types;
mod writer;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use once_cell::sync::OnceCell;
use rusqlite::Connection;

#[cfg(feature = "keyring")]
pub use desktop::KeyringKeyStore;
pub use error::VaultError;
pub use integrity::{Finding, Integrity};
pub use keystore::{KeyStore, KeyStoreError};
pub use reader::Reader;
pub use snapshot::MAX_SNAPSHOT_BYTES;
pub use stores::{FileKeyStore, MemoryKeyStore};
pub use types::{Compartment, Durability, Erased, Opening, Record, RecordId, Secret, Table};
pub use writer::Writer;

use crate::random::SecureRandom;
use files::Files;
use keyring::Keyring;
use side::WriterSide;
use transaction::Transaction;

/// An open vault.
pub struct Vault {
    files: Files,
    keys: Arc<dyn KeyStore>,
    random: Arc<dyn SecureRandom>,
    ring: RwLock<Option<Arc<Keyring>>>,
    /// Opened by the first read.
    reader: OnceCell<Mutex<Option<Connection>>>,
    writer: Mutex<Option<WriterSide>>,
    /// Released last, when the files are closed.
    lock: Mutex<Option<File>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// Reads: `op` sees one state of the vault, whatever is written meanwhile.
    ///
    /// # Errors
    /// [`VaultError::Closed`] after `shutdown`, else what `op` returns.
    pub fn read<T, E: From<VaultError>>(&self, op: impl FnOnce(&Reader<'_>) -> Result<T, E>) -> Result<T, E> {
        let reader = self.reader.get_or_try_init(|| {
            self.ring()?;
            schema::connect_to_read(&self.files.database()).map(|conn| Mutex::new(Some(conn)))
        })?;
        let guard = reader.lock().unwrap_or_else(PoisonError::into_inner);
        let conn = guard.as_ref().ok_or(VaultError::Closed)?;
        let tx = Transaction::read(conn)?;
        // The snapshot is taken before the keys are: every record in it has its key among them, or was erased.
        conn.prepare_cached("SELECT 1 FROM meta").and_then(|mut q| q.exists([])).map_err(VaultError::from)?;
        let value = op(&Reader { conn, ring: self.ring()? })?;
        tx.commit()?;
        Ok(value)
    }

    /// Writes: what `op` did is committed when it returns `Ok`, and undone otherwise. One write runs at a time.
    ///
    /// # Errors
    /// [`VaultError::Closed`] after `shutdown`, what `op` returns, or why the commit failed.
    pub fn write<T, E: From<VaultError>>(
        &self,
        durability: Durability,
        op: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut guard = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let side = guard.as_mut().ok_or(VaultError::Closed)?;
        self.transact(side, durability, false, op)
    }

    /// Closes the files and wipes every key from memory. Calls that are under way finish first.
    pub fn shutdown(&self) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = None;
        let reader = self.reader.get_or_init(|| Mutex::new(None));
        drop(reader.lock().unwrap_or_else(PoisonError::into_inner).take());
        drop(self.writer.lock().unwrap_or_else(PoisonError::into_inner).take());
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    fn ring(&self) -> Result<Arc<Keyring>, VaultError> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(VaultError::Closed)
    }

    fn publish(&self, ring: &Arc<Keyring>) {
        let mut current = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        // A shutdown meanwhile has the last word.
        if current.is_some() {
            *current = Some(Arc::clone(ring));
        }
    }
}
