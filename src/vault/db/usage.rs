//! Data keys inside a transaction: spent one seal at a time, replaced when worn out, destroyed with their records.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::params;

use crate::vault::crypto::secret::scrub_stack;
use crate::vault::db::meta::create_key;
use crate::vault::db::schema::tables;
use crate::vault::db::writer::Writer;
use crate::vault::error::VaultError;
use crate::vault::keys::ring::DataKey;
use crate::vault::types::Compartment;

/// Seals that are counted in the database at once, ahead of use.
const RESERVE: u32 = 4096;
/// Seals after which a data key is replaced: far below the 2^32 that random nonces allow (NIST SP 800-38D, 8.3).
const MOST_SEALS: i64 = 1 << 28;

impl Writer<'_> {
    /// Destroys a compartment's data keys: its records cannot be read any more. Tells how many keys there were.
    pub(crate) fn destroy_keys(&mut self, c: Compartment) -> Result<u32, VaultError> {
        let keys = self.conn.execute("DELETE FROM data_key WHERE compartment = ?1", params![c.0])?;
        Arc::make_mut(&mut self.reader.ring).remove(c.0);
        self.dirty = true;
        Ok(u32::try_from(keys).unwrap_or(u32::MAX))
    }

    /// Deletes a compartment's records and their tables. Tells how many records there were.
    pub(crate) fn drop_records(&mut self, c: Compartment) -> Result<u64, VaultError> {
        let mut rows = 0;
        for at in tables(self.conn, Some(c))? {
            rows += self.empty(at)?;
            self.conn.execute_batch(&format!("DROP TABLE {at}"))?;
            self.known.remove(&at);
        }
        self.dirty = true;
        Ok(rows)
    }

    /// Deletes the records of every compartment that has no key.
    pub(crate) fn sweep(&mut self) -> Result<(), VaultError> {
        for at in tables(self.conn, None)? {
            if self.ring.get(at.compartment.0).is_none() {
                self.drop_records(at.compartment)?;
            }
        }
        Ok(())
    }

    /// Replaces a compartment's data key. The old one goes on opening what it sealed.
    pub(crate) fn new_key(&mut self, compartment: u16) -> Result<(), VaultError> {
        let (conn, random) = (self.conn, self.random);
        create_key(conn, random, self.ring_mut(), compartment)?;
        scrub_stack();
        self.dirty = true;
        Ok(())
    }

    /// Destroys a compartment's older data keys, which no record may need any more.
    pub(crate) fn drop_older_keys(&mut self, compartment: u16) -> Result<(), VaultError> {
        let id = self.ring.get(compartment).ok_or(VaultError::Closed)?.current.seal.id();
        self.conn
            .execute("DELETE FROM data_key WHERE compartment = ?1 AND id <> ?2", params![compartment, id])?;
        self.ring_mut().drop_older(compartment);
        self.dirty = true;
        Ok(())
    }

    /// The key to seal with once, counted; a worn-out one is replaced first.
    pub(crate) fn spend(&mut self, compartment: u16) -> Result<Arc<DataKey>, VaultError> {
        loop {
            let key = Arc::clone(&self.ring.get(compartment).ok_or(VaultError::Closed)?.current);
            if let Some(left) = key.reserved.load(Ordering::Relaxed).checked_sub(1) {
                key.reserved.store(left, Ordering::Relaxed);
                return Ok(key);
            }
            let sql = "UPDATE data_key SET seals = seals + ?2 WHERE id = ?1 RETURNING seals";
            let seals: i64 = self
                .conn
                .prepare_cached(sql)?
                .query_row(params![key.seal.id(), RESERVE], |row| row.get(0))?;
            if seals > MOST_SEALS {
                self.new_key(compartment)?;
            } else {
                key.reserved.store(RESERVE, Ordering::Relaxed);
            }
        }
    }
}
