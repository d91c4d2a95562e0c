//! Erasure and rotation of the root key, which are the same protocol. Each step can be the last one before a crash:
//!
//! 1. the database notes that a root key for the next epoch is about to exist (`pending`);
//! 2. the key store gets that key;
//! 3. one transaction deletes data keys and records, wraps the remaining data keys for the next epoch and notes that
//!    the old root key must go (`retired`);
//! 4. the key store remembers the epoch and removes the old root key: copies of the files are unreadable from here on;
//! 5. the log is emptied into the database, and one more synced write clears `retired` and makes that durable.

use std::sync::{Arc, PoisonError};

use rusqlite::params;

use super::Vault;
use super::error::VaultError;
use super::item::{Root, anchor_alias, encode_anchor, remove_root, root_alias};
use super::keyring::{HEAD, Keyring, proof};
use super::meta::{Meta, wrapped_rows};
use super::secret::scrub_stack;
use super::side::WriterSide;
use super::types::{Compartment, Durability, Erased};
use super::writer::Writer;

impl Vault {
    /// Erases compartments for good: their data keys are destroyed, then their records, and the root key that could
    /// unwrap those keys from an older copy of the files is removed from the key store. `extra` runs in the same
    /// durable transaction. When this returns, the erased data cannot be read from any copy of the files.
    ///
    /// # Errors
    /// Before the transaction nothing has changed. If the key store fails after it, the records are gone, and the
    /// removal of the old root key is taken up again by the next erasure or the next opening.
    pub fn erase(
        &self,
        compartments: &[Compartment],
        extra: impl FnOnce(&mut Writer<'_>) -> Result<(), VaultError>,
    ) -> Result<Erased, VaultError> {
        if compartments.iter().any(|c| c.0 == HEAD) {
            return Err(VaultError::Reserved);
        }
        let erased = self.erase_all(compartments, extra);
        scrub_stack();
        erased
    }

    #[inline(never)]
    fn erase_all(
        &self,
        compartments: &[Compartment],
        extra: impl FnOnce(&mut Writer<'_>) -> Result<(), VaultError>,
    ) -> Result<Erased, VaultError> {
        let mut guard = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let side = guard.as_mut().ok_or(VaultError::Closed)?;
        self.settle(side)?;
        let ring = self.ring()?;
        if compartments.iter().all(|c| ring.get(c.0).is_none()) {
            // No copy of this epoch holds a key of theirs, so the root key may stay.
            self.transact(side, Durability::Full, true, extra)?;
            self.files.remove_snapshot()?;
            let rows = compartments.iter().map(|c| (*c, 0)).collect();
            return Ok(Erased { rows, keys_destroyed: 0, epoch: Meta::load(&side.conn)?.epoch });
        }
        drop(ring); // it holds the keys that are about to go
        let mut erased = Erased { rows: Vec::with_capacity(compartments.len()), keys_destroyed: 0, epoch: 0 };
        erased.epoch = self.next_epoch(side, |writer| {
            for c in compartments {
                let (rows, keys) = writer.destroy(*c)?;
                erased.rows.push((*c, rows));
                erased.keys_destroyed += keys;
            }
            extra(writer)
        })?;
        self.files.remove_aside()?;
        Ok(erased)
    }

    /// Replaces the root key. No record is touched; older copies of the files become unreadable.
    ///
    /// # Errors
    /// As [`Vault::erase`].
    pub fn rotate_root(&self) -> Result<u64, VaultError> {
        let mut guard = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let side = guard.as_mut().ok_or(VaultError::Closed)?;
        self.settle(side)?;
        let epoch = self.next_epoch(side, |_| Ok(()));
        scrub_stack();
        epoch
    }

    /// The caller scrubs the stack afterwards.
    #[inline(never)]
    fn next_epoch(
        &self,
        side: &mut WriterSide,
        change: impl FnOnce(&mut Writer<'_>) -> Result<(), VaultError>,
    ) -> Result<u64, VaultError> {
        let mut meta = Meta::load(&side.conn)?;
        let old = meta.epoch;
        let next = old.checked_add(1).ok_or(VaultError::Damaged { what: "epoch" })?;
        meta.pending = Some(next);
        self.note(side, &meta)?;

        let root = Root::generate(&*self.random, next, meta.install)?;
        self.keys.store(root_alias(&self.files.name, next), root.encode().to_vec())?;
        let (ring, proof) = (Keyring::new(&root)?, proof(&root)?);

        let rewritten = Meta { epoch: next, proof, pending: None, retired: Some(old), ..meta };
        self.transact(side, Durability::Full, true, |writer| {
            change(writer)?;
            rewrap(writer, ring)?;
            rewritten.update(writer.conn)
        })?;
        self.settle(side)?;
        Ok(next)
    }

    /// Brings an interrupted change of epoch to its end, or does nothing. True if there was an erasure to finish.
    pub(super) fn settle(&self, side: &mut WriterSide) -> Result<bool, VaultError> {
        let mut meta = Meta::load(&side.conn)?;
        if let Some(pending) = meta.pending {
            // A real synced write first: a commit that failed half-way can then no longer come back from the log.
            self.note(side, &meta)?;
            remove_root(&*self.keys, &self.files.name, pending)?;
            meta.pending = None;
            self.note(side, &meta)?;
        }
        let Some(retired) = meta.retired else {
            return Ok(false);
        };
        if !side.retired_is_durable {
            self.note(side, &meta)?;
        }
        self.keys.store(anchor_alias(&self.files.name), encode_anchor(meta.epoch))?;
        remove_root(&*self.keys, &self.files.name, retired)?;
        self.files.remove_snapshot()?;
        {
            // No reader may hold the log open while it is emptied.
            let _quiet = self.reader.get().map(|r| r.lock().unwrap_or_else(PoisonError::into_inner));
            side.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        meta.retired = None;
        self.note(side, &meta)?;
        Ok(true)
    }

    /// Writes the protocol's state, durably. The head is sealed anew with it, so that it is never an empty write.
    fn note(&self, side: &mut WriterSide, meta: &Meta) -> Result<(), VaultError> {
        self.transact(side, Durability::Full, true, |writer| meta.update(writer.conn))?;
        side.retired_is_durable = true;
        Ok(())
    }
}

/// Wraps every data key that is left for the epoch of `next`.
fn rewrap(writer: &mut Writer<'_>, next: Keyring) -> Result<(), VaultError> {
    let (conn, random) = (writer.conn, writer.random);
    let old = Arc::clone(&writer.ring.wrap);
    for row in wrapped_rows(conn)? {
        let material = old.unwrap(row.compartment, row.id, &row.wrapped)?;
        let wrapped = next.wrap.wrap(random, row.compartment, row.id, &material)?;
        conn.execute("UPDATE data_key SET wrapped = ?2 WHERE id = ?1", params![row.id, wrapped])?;
    }
    writer.ring_mut().move_to(next);
    Ok(())
}
