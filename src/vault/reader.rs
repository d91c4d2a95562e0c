//! Reading: one view of the vault that does not change while it is looked at.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};
use zeroize::Zeroizing;

use super::cipher::key_id;
use super::error::VaultError;
use super::keyring::{HEAD, Keyring, Keys};
use super::schema::{has_table, table_name};
use super::secret::mac16;
use super::types::{Compartment, Record, RecordId, Table};

/// Bits of a record id that count; the table is above them.
const NUMBER_BITS: u32 = 47;

/// A key's place in the index of its compartment.
pub(super) type Blind = [u8; 16];

/// What one `read` may do.
pub struct Reader<'a> {
    pub(super) conn: &'a Connection,
    pub(super) ring: Arc<Keyring>,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

impl Reader<'_> {
    /// All records of a table, in the order they were first inserted.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] if a record is not what was written.
    pub fn scan(&self, c: Compartment, t: Table) -> Result<Vec<Record>, VaultError> {
        let Some(keys) = self.keys(c, t)? else {
            return Ok(Vec::new());
        };
        let mut query = self
            .conn
            .prepare_cached(&format!("SELECT id, sealed, blind FROM {} ORDER BY id", table_name(c, t)))?;
        let mut rows = query.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            let bytes = unseal(keys, c, t, number, row.get(2)?, row.get(1)?)?;
            found.push(Record { id: record_id(t, number)?, bytes });
        }
        Ok(found)
    }

    /// The record that was put under `key`.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] if the record is not what was written.
    pub fn get(&self, c: Compartment, t: Table, key: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let Some(keys) = self.keys(c, t)? else {
            return Ok(None);
        };
        let blind = blind(keys, t, key);
        let sql = format!("SELECT id, sealed FROM {} WHERE blind = ?1", table_name(c, t));
        let row: Option<(i64, Vec<u8>)> = self
            .conn
            .prepare_cached(&sql)?
            .query_row(params![blind], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        row.map(|(number, sealed)| unseal(keys, c, t, number, Some(blind), sealed)).transpose()
    }

    /// How many records a table has.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn count(&self, c: Compartment, t: Table) -> Result<u64, VaultError> {
        if self.keys(c, t)?.is_none() {
            return Ok(0);
        }
        let sql = format!("SELECT count(*) FROM {}", table_name(c, t));
        let count: i64 = self.conn.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Whether the compartment has a data key, which it gets with its first record and loses by erasure.
    #[must_use]
    pub fn has(&self, c: Compartment) -> bool {
        c.0 != HEAD && self.ring.get(c.0).is_some()
    }

    fn keys(&self, c: Compartment, t: Table) -> Result<Option<&Keys>, VaultError> {
        if c.0 == HEAD {
            return Err(VaultError::Reserved);
        }
        match self.ring.get(c.0) {
            Some(keys) if has_table(self.conn, c, t)? => Ok(Some(keys)),
            _ => Ok(None),
        }
    }
}

pub(super) fn record_id(t: Table, number: i64) -> Result<RecordId, VaultError> {
    if number >> NUMBER_BITS != 0 {
        return Err(VaultError::Damaged { what: "record number" });
    }
    Ok(RecordId(i64::from(t.0) << NUMBER_BITS | number))
}

/// The table and the number a record id is made of.
pub(super) fn split_id(id: RecordId) -> Option<(Table, i64)> {
    let table = u16::try_from(id.0 >> NUMBER_BITS).ok()?;
    Some((Table(table), id.0 & ((1 << NUMBER_BITS) - 1)))
}

pub(super) fn blind(keys: &Keys, t: Table, key: &str) -> Blind {
    mac16(&keys.index, &[&t.0.to_le_bytes(), key.as_bytes()])
}

/// What a record is bound to: it opens in its own place only.
pub(super) fn bound(c: Compartment, t: Table, number: i64, key: u32, blind: Option<Blind>) -> [u8; 41] {
    let mut aad = [0; 41];
    let parts = [
        &b"sv-rec\x01"[..],
        &t.0.to_le_bytes(),
        &c.0.to_le_bytes(),
        &number.to_le_bytes(),
        &key.to_le_bytes(),
        &[u8::from(blind.is_some())],
        &blind.unwrap_or_default(),
    ];
    aad.iter_mut().zip(parts.iter().flat_map(|part| part.iter())).for_each(|(to, from)| *to = *from);
    aad
}

pub(super) fn unseal(
    keys: &Keys,
    c: Compartment,
    t: Table,
    number: i64,
    blind: Option<Blind>,
    sealed: Vec<u8>,
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let damaged = VaultError::Damaged { what: "record" };
    let id = key_id(&sealed).ok_or_else(|| damaged.clone())?;
    let key = keys.find(id).ok_or_else(|| damaged.clone())?;
    key.seal.open(&bound(c, t, number, id, blind), sealed).map_err(|_| damaged)
}
