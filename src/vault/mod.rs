//! The vault: everything personal lies here, sealed record by record, in one SQLite file.
//!
//! ```text
//! key store item (root key of epoch e, anchor) ─HKDF─▶ wrap key ─▶ data key per compartment ─▶ records
//! ```
//!
//! * Plaintext and data keys never reach the disk; sealing binds a record to its place.
//! * A compartment is erased by destroying its data key *and* the root key that could unwrap an older copy of it.
//! * What must not roll back (denials, spending, erasures) stands beside the root key, in an item that each such
//!   change replaces: an older copy of the files, or one whose log lost its end, is noticed and gives nothing back.
//! * One process owns a vault. Reads have a connection of their own and never wait for a write.
//! * `read` and `write` must not be called from inside one another on the same thread.
//!
//! Floors: `crypto` ← `keys` ← `db` ← `life`. What remains visible in the file: how many records each table has, and
//! their sizes in Padmé steps.

mod crypto;
mod db;
mod error;
/// Entry points for fuzzing.
#[cfg(any(test, feature = "operator"))]
#[doc(hidden)]
pub mod fuzzing;
mod keys;
mod life;
pub(crate) mod tables;
mod types;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use once_cell::sync::OnceCell;
use rusqlite::Connection;

pub use db::integrity::{Finding, Integrity};
pub use db::reader::Reader;
pub use db::writer::Writer;
pub use error::{KeyStoreError, VaultError};
pub use keys::anchor::{Anchor, Spent};
#[cfg(feature = "keyring")]
pub use keys::desktop::KeyringKeyStore;
pub use keys::file::FileKeyStore;
pub use keys::memory::MemoryKeyStore;
pub use keys::store::KeyStore;
pub use life::removed::remove_other_keys;
pub(crate) use life::removed::{is_in_use, is_of_another};
pub use life::widget_file::MAX_WIDGET_BYTES;
pub use types::{
    Compartment, Completion, Durability, Erased, Opening, Record, RecordId, Repair, Secret, Table, Unreadable,
};

use crate::base::log::Survived as _;
use crate::base::random::SecureRandom;
use crate::base::turn::{Taken, Turn};
use db::reader::UnreadableCounts;
use db::schema;
use db::session::{Session, Tools};
use db::tx::Transaction;
use keys::checked::CheckedStore;
use keys::ring::OpenKeys;
use life::anchored::Plan;
use life::files::Files;
use life::owner::Owner;

/// How long a read that met damage waits for its turn to mend it. Whoever has the turn may be stuck in the app's own code.
const MENDING: Duration = Duration::from_secs(1);

/// How long closing waits for its turn, likewise.
const CLOSING: Duration = Duration::from_secs(3);

/// An open vault.
pub struct Vault {
    files: Files,
    keys: CheckedStore,
    random: Arc<dyn SecureRandom>,
    open_keys: OpenKeys,
    /// Opened by the first read.
    reader: OnceCell<Mutex<Option<Connection>>>,
    /// Until the vault is shut down.
    session: Turn<Option<Session>>,
    unreadable: UnreadableCounts,
    /// As the latest anchored transaction left it.
    anchor: Mutex<Anchor>,
    settled: AtomicBool,
    /// What the latest mending of the open files found.
    mended: Mutex<Option<Opening>>,
    /// Why nothing that is written here is ever read again: another copy of the files took their place.
    displaced: OnceCell<VaultError>,
    /// Released last, when the files are closed.
    owner: Mutex<Option<Owner>>,
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
            self.open_keys.get()?;
            schema::connect_to_read(&self.files.database()).map(|conn| Mutex::new(Some(conn)))
        })?;
        let done = {
            let guard = reader.lock().unwrap_or_else(PoisonError::into_inner);
            let conn = guard.as_ref().ok_or(VaultError::Closed)?;
            self.read_with(conn, op)
        };
        if self.unreadable.is_broken()
            && let Ok(turn) = self.session.take_within(MENDING)
        {
            // If another call is in its turn for longer, that one mends the file.
            self.in_turn(turn, |_| Ok::<_, VaultError>(()))
                .survived("repair the file that a read found damaged");
        }
        done
    }

    fn read_with<T, E: From<VaultError>>(
        &self,
        conn: &Connection,
        op: impl FnOnce(&Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let tx = Transaction::read(conn)?;
        // The snapshot is taken before the keys are: every record in it has its key among them, or was erased.
        let look = conn.prepare_cached("SELECT 1 FROM meta").and_then(|mut q| q.exists([]));
        self.unreadable.noting(look.map_err(VaultError::from))?;
        let value = op(&Reader { conn, ring: self.open_keys.get()?, unreadable: &self.unreadable })?;
        // A check that met damage cannot end in any other way than being undone.
        drop(tx.commit());
        Ok(value)
    }

    /// Writes: what `op` did is committed when it returns `Ok`, and undone otherwise. One write runs at a time.
    ///
    /// # Errors
    /// [`VaultError::Closed`] after `shutdown`, what `op` returns, or why the commit failed. [`VaultError::Displaced`],
    /// [`VaultError::Forked`] and [`VaultError::Superseded`] ask to open the vault anew.
    pub fn write<T, E: From<VaultError>>(
        &self,
        durability: Durability,
        op: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.not_displaced()?;
        let new_root = match durability {
            Durability::Normal | Durability::Full => {
                let synced = durability == Durability::Full;
                return self.with_session(|session| session.transact(self.tools(), synced, false, op));
            }
            Durability::Anchored => false,
            Durability::Erasing => true,
        };
        self.with_session(|session| {
            let done = self.anchored(session, Plan { new_root, deny: 0, hold: false }, op);
            self.note_settled(session);
            // Without anything to deny, there is no way but through the files.
            done?.0.ok_or_else(|| VaultError::Closed.into())
        })
    }

    /// As [`write`](Self::write) with [`Durability::Normal`], unless another call is writing.
    ///
    /// # Errors
    /// [`VaultError::Busy`] then, else as [`write`](Self::write).
    pub fn write_if_free<T, E: From<VaultError>>(
        &self,
        op: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let turn = self.session.take_within(Duration::ZERO).map_err(VaultError::from)?;
        self.in_turn(turn, |session| session.transact(self.tools(), false, false, op))
    }

    /// What must not roll back, as it stands beside the root key.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        *self.anchor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The records that were met and could not be read, by compartment.
    #[must_use]
    pub fn unreadable(&self) -> Vec<Unreadable> {
        self.unreadable.by_compartment()
    }

    /// Checks the database's structure, every record, and that none was removed or put back behind the vault's back.
    /// Takes as long as reading everything, and writes wait for it; meant for a diagnosis, not for every start.
    ///
    /// # Errors
    /// Only if the check itself could not run. What is wrong is in the result.
    pub fn integrity(&self) -> Result<Integrity, VaultError> {
        // The keys must be those of the state that is read.
        let checked = self.with_session(|session| {
            let sweeping = session.meta.owed.has(db::meta::Owed::SWEEP);
            self.read(|reader| db::integrity::check(reader, sweeping))
        });
        match checked {
            Err(VaultError::Damaged { .. }) => {
                Ok(Integrity { records: 0, findings: vec![Finding::Database] })
            }
            checked => checked,
        }
    }

    /// Wipes every key from memory and closes the files. What is under way in the app's own code (a call to the key
    /// store) is refused when it comes back, and closes the files then.
    pub fn shutdown(&self) {
        self.open_keys.wipe();
        let reader = self.reader.get_or_init(|| Mutex::new(None));
        drop(reader.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Ok(session) = self.session.take_within(CLOSING) {
            self.close(session);
        }
    }

    fn close(&self, mut session: Taken<'_, Option<Session>>) {
        drop(session.take());
        drop(self.owner.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Runs `work` with the writing session, if this process still owns the files.
    fn with_session<T, E: From<VaultError>>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        self.in_turn(self.session.take().map_err(VaultError::from)?, work)
    }

    fn in_turn<T, E: From<VaultError>>(
        &self,
        mut turn: Taken<'_, Option<Session>>,
        work: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        let session = turn.as_mut().ok_or(VaultError::Closed)?;
        match &mut *self.owner.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(owner) => owner.check().inspect_err(|error| self.note_displaced(error))?,
            None => return Err(VaultError::Closed.into()),
        }
        let done = work(session);
        if self.unreadable.take_broken() {
            // What the call answers is said by its own failure, if it met one.
            self.heal(session).survived("repair the damaged file");
        }
        if self.open_keys.get().is_err() {
            self.close(turn);
        }
        done
    }

    /// Whether a write found that another copy of the files has taken their place: only another opening goes on.
    #[must_use]
    pub fn is_displaced(&self) -> bool {
        self.displaced.get().is_some()
    }

    /// What is written to a copy that another one has displaced is never read again.
    fn not_displaced(&self) -> Result<(), VaultError> {
        self.displaced.get().map_or(Ok(()), |displaced| Err(displaced.clone()))
    }

    fn note_displaced(&self, error: &VaultError) {
        if matches!(error, VaultError::Displaced | VaultError::Superseded) {
            // Whoever noted it first said the same.
            drop(self.displaced.set(error.clone()));
        }
    }

    fn tools(&self) -> Tools<'_> {
        Tools { keys: &self.open_keys, random: &*self.random, unreadable: &self.unreadable }
    }

    fn note_anchor(&self, session: &Session) {
        *self.anchor.lock().unwrap_or_else(PoisonError::into_inner) = session.anchor;
    }

    fn note_settled(&self, session: &Session) {
        let settled = session.meta.owed == db::meta::Owed::default() && !session.unnamed;
        self.settled.store(settled, Ordering::SeqCst);
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        let owner = self.owner.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !owner.as_ref().is_some_and(Owner::is_forked) {
            return;
        }
        // The files belong to the process this one was forked from: closing them here would tidy up under its feet.
        if let Some(session) = self.session.get_mut().take() {
            std::mem::forget(session);
        }
        let reader = self.reader.get_mut().map(|r| r.get_mut().unwrap_or_else(PoisonError::into_inner));
        if let Some(conn) = reader.and_then(Option::take) {
            std::mem::forget(conn);
        }
        if let Some(owner) = owner.take() {
            owner.abandon();
        }
    }
}
