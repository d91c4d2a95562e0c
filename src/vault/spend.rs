//! Data keys inside a transaction: spent one seal at a time, replaced when worn out, destroyed with their records.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::params;

use super::error::VaultError;
use super::keyring::{DataKey, HEAD};
use super::meta::create_key;
use super::schema::tables;
use super::types::Compartment;
use super::writer::Writer;

/// Seals that are counted in the database at once, ahead of use.
const RESERVE: u32 = 4096;
/// Seals after which a data key is replaced: far below the 2^32 that random nonces allow (NIST SP 800-38D, 8.3).
const MOST_SEALS: i64 = 1 << 28;

impl Writer<'_> {
    /// Destroys a compartment: its data keys, then its records. Returns `(records, keys)`.
    pub(super) fn destroy(&mut self, c: Compartment) -> Result<(u64, u32), VaultError> {
        if c.0 == HEAD {
            return Err(VaultError::Reserved);
        }
        let keys = self.conn.execute("DELETE FROM data_key WHERE compartment = ?1", params![c.0])?;
        let mut rows = 0;
        for at in tables(self.conn, Some(c))? {
            rows += self.empty(at)?;
            self.conn.execute_batch(&format!("DROP TABLE {at}"))?;
            self.known.remove(&at);
        }
        Arc::make_mut(&mut self.reader.ring).remove(c.0);
        self.dirty = true;
        Ok((rows, u32::try_from(keys).unwrap_or(u32::MAX)))
    }

    /// Replaces a compartment's data key. The old one goes on opening what it sealed.
    pub(super) fn new_key(&mut self, compartment: u16) -> Result<(), VaultError> {
        let (conn, random) = (self.conn, self.random);
        create_key(conn, random, self.ring_mut(), compartment)?;
        super::secret::scrub_stack();
        self.dirty = true;
        Ok(())
    }

    /// Destroys a compartment's older data keys, which no record may need any more.
    pub(super) fn drop_older_keys(&mut self, compartment: u16) -> Result<(), VaultError> {
        let id = self.ring.get(compartment).ok_or(VaultError::Closed)?.current.seal.id();
        self.conn
            .execute("DELETE FROM data_key WHERE compartment = ?1 AND id <> ?2", params![compartment, id])?;
        self.ring_mut().drop_older(compartment);
        self.dirty = true;
        Ok(())
    }

    /// The key to seal with once, counted; a worn-out one is replaced first.
    pub(super) fn spend(&mut self, compartment: u16) -> Result<Arc<DataKey>, VaultError> {
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
