//! Reading: one view of the vault that does not change while it is looked at.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, Row};
use zeroize::Zeroizing;

use crate::vault::crypto::cipher::key_id;
use crate::vault::crypto::secret::mac16;
use crate::vault::db::schema::RecordTable;
use crate::vault::error::{DATABASE, HEAD_ROW, ROW, VaultError};
use crate::vault::keys::ring::{DataKey, HEAD, Keyring, Keys};
use crate::vault::types::{Compartment, Record, RecordId, Table, Unreadable};

/// Bits of a record id that count; the table is above them.
const NUMBER_BITS: u32 = 47;

/// A key's place in the index of its compartment.
pub(crate) type Blind = [u8; 16];

/// What one `read` may do.
pub struct Reader<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) ring: Arc<Keyring>,
    pub(crate) unreadable: &'a UnreadableCounts,
}

/// Records that were met and could not be read, by where they lie. The latest look at a table counts.
#[derive(Debug, Default)]
pub(crate) struct UnreadableCounts {
    counts: Mutex<BTreeMap<RecordTable, u64>>,
    /// SQLite could not make its way through the file.
    broken: AtomicBool,
}

impl UnreadableCounts {
    /// Notes what a failure says about the file, and passes it on.
    pub(crate) fn noting<T>(&self, done: Result<T, VaultError>) -> Result<T, VaultError> {
        if matches!(done, Err(VaultError::Damaged { what: DATABASE | ROW | HEAD_ROW })) {
            self.broken.store(true, Ordering::SeqCst);
        }
        done
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }

    /// Whether the file has been found broken since the last time this was asked.
    pub(crate) fn take_broken(&self) -> bool {
        self.broken.swap(false, Ordering::SeqCst)
    }

    /// Another file has taken the place of the one that was counted in.
    pub(crate) fn forget(&self) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn note(&self, at: RecordTable, count: u64) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if count > 0 {
            counts.insert(at, count);
        } else {
            counts.remove(&at);
        }
    }

    /// The counts by compartment.
    pub(crate) fn by_compartment(&self) -> Vec<Unreadable> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sums = BTreeMap::<Compartment, u64>::new();
        for (at, count) in &*counts {
            *sums.entry(at.compartment).or_default() += count;
        }
        sums.into_iter().map(|(c, records)| Unreadable { compartment: c.0, records }).collect()
    }
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

impl Reader<'_> {
    /// Shows every record of a table to `visit`, what was appended first, each in the order of first insertion, and
    /// stops at its first error. A record that is not what was written is passed over and counted. The bytes are wiped
    /// when the last was seen, so nothing of them stays that the user did not keep.
    ///
    /// # Errors
    /// What `visit` returns, or why the database cannot be read.
    pub fn each<E: From<VaultError>>(
        &self,
        c: Compartment,
        t: Table,
        mut visit: impl FnMut(RecordId, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(keys) = self.keys(c)? else {
            return Ok(());
        };
        let mut room = Zeroizing::default();
        for at in self.existing(c, t)? {
            let (mut unreadable, mut latest) = (0, i64::MIN);
            let sql = format!("SELECT {} FROM {at} ORDER BY id", at.columns());
            let mut query = self.conn.prepare_cached(&sql).map_err(VaultError::from)?;
            let mut rows = query.query([]).map_err(VaultError::from)?;
            let broken = loop {
                let row = match self.unreadable.noting(rows.next().map_err(VaultError::from)) {
                    Ok(Some(row)) => row,
                    Ok(None) => break false,
                    Err(VaultError::Damaged { .. }) => break true,
                    Err(other) => return Err(other.into()),
                };
                latest = row.get(0).map_err(VaultError::from)?;
                match unseal_row(keys, at, latest, row, &mut room) {
                    Ok(bytes) => visit(record_id(t, latest)?, bytes)?,
                    Err(_) => unreadable += 1,
                }
            };
            if broken {
                for number in self.numbers_after(at, latest) {
                    match self.sealed(at, number).and_then(|(s, blind)| unseal(keys, at, number, blind, &s)) {
                        Ok(bytes) => visit(record_id(t, number)?, &bytes)?,
                        Err(_) => unreadable += 1,
                    }
                }
            }
            self.unreadable.note(at, unreadable);
        }
        Ok(())
    }

    /// The numbers of the records that follow, as far as they can be listed.
    fn numbers_after(&self, at: RecordTable, latest: i64) -> Vec<i64> {
        let mut found = Vec::new();
        let mut list = || {
            let mut query = self
                .conn
                .prepare_cached(&format!("SELECT id FROM {at} NOT INDEXED WHERE id > ?1 ORDER BY id"))?;
            let mut rows = query.query([latest])?;
            while let Some(row) = rows.next()? {
                found.push(row.get(0)?);
            }
            Ok::<_, rusqlite::Error>(())
        };
        // What cannot be listed is lost to this view; the file is mended as soon as it can be.
        drop(list());
        found
    }

    /// A record as it is stored.
    fn sealed(&self, at: RecordTable, number: i64) -> Result<(Vec<u8>, Option<Blind>), VaultError> {
        let mut query = self
            .conn
            .prepare_cached(&format!("SELECT {} FROM {at} NOT INDEXED WHERE id = ?1", at.columns()))?;
        Ok(query.query_row([number], |row| Ok((row.get(1)?, row_blind(at, row)?)))?)
    }

    /// The record with this blind key, as it is stored.
    pub(crate) fn sealed_under(
        &self,
        at: RecordTable,
        key: Blind,
    ) -> Result<Option<(i64, Vec<u8>)>, VaultError> {
        // Such tables are small, and a damaged index must not hide a record.
        let mut query =
            self.conn.prepare_cached(&format!("SELECT id, sealed FROM {at} NOT INDEXED WHERE blind = ?1"))?;
        let row = query.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional();
        match self.unreadable.noting(row.map_err(VaultError::from)) {
            Err(VaultError::Damaged { .. }) => {
                Ok(self.numbers_after(at, i64::MIN).into_iter().find_map(|number| {
                    let (sealed, blind) = self.sealed(at, number).ok()?;
                    (blind == Some(key)).then_some((number, sealed))
                }))
            }
            other => other,
        }
    }

    /// All records of a table, in the order of [`each`](Self::each).
    ///
    /// # Errors
    /// As [`each`](Self::each).
    pub fn scan(&self, c: Compartment, t: Table) -> Result<Vec<Record>, VaultError> {
        let mut found = Vec::new();
        self.each(c, t, |id, bytes| {
            found.push(Record { id, bytes: Zeroizing::new(bytes.to_vec()) });
            Ok::<_, VaultError>(())
        })?;
        Ok(found)
    }

    /// The record that was put under `key`.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] if the record is not what was written.
    pub fn get(&self, c: Compartment, t: Table, key: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let at = RecordTable { compartment: c, table: t, keyed: true };
        let keys = match self.keys(c)? {
            Some(keys) if at.exists(self.conn)? => keys,
            _ => return Ok(None),
        };
        let blind = blind(keys, t, key);
        let row = self.sealed_under(at, blind)?;
        row.map(|(number, sealed)| unseal(keys, at, number, Some(blind), &sealed)).transpose()
    }

    /// How many records a table has.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn count(&self, c: Compartment, t: Table) -> Result<u64, VaultError> {
        let mut count = 0;
        if self.keys(c)?.is_some() {
            for at in self.existing(c, t)? {
                let mut query = self.conn.prepare_cached(&format!("SELECT count(*) FROM {at}"))?;
                let rows: i64 = query.query_row([], |row| row.get(0))?;
                count += u64::try_from(rows).unwrap_or(0);
            }
        }
        Ok(count)
    }

    /// Whether the compartment has a data key, which it gets with its first record and loses by erasure.
    #[must_use]
    pub fn has(&self, c: Compartment) -> bool {
        c.0 != HEAD && self.ring.get(c.0).is_some()
    }

    fn keys(&self, c: Compartment) -> Result<Option<&Keys>, VaultError> {
        if c.0 == HEAD { Err(VaultError::Reserved) } else { Ok(self.ring.get(c.0)) }
    }

    fn existing(&self, c: Compartment, t: Table) -> Result<Vec<RecordTable>, VaultError> {
        let mut found = Vec::with_capacity(2);
        for at in RecordTable::both(c, t) {
            if at.exists(self.conn)? {
                found.push(at);
            }
        }
        Ok(found)
    }
}

pub(crate) fn record_id(t: Table, number: i64) -> Result<RecordId, VaultError> {
    if number >> NUMBER_BITS != 0 {
        return Err(VaultError::Damaged { what: "record number" });
    }
    Ok(RecordId(i64::from(t.0) << NUMBER_BITS | number))
}

/// The table and the number a record id is made of.
pub(crate) fn split_id(id: RecordId) -> Option<(Table, i64)> {
    let table = u16::try_from(id.0 >> NUMBER_BITS).ok()?;
    Some((Table(table), id.0 & ((1 << NUMBER_BITS) - 1)))
}

pub(crate) fn blind(keys: &Keys, t: Table, key: &str) -> Blind {
    mac16(&keys.index, &[&t.0.to_le_bytes(), key.as_bytes()])
}

/// What a record is bound to, so that it opens in its own place only: `format u8 = 1 ‖ keyed u8 ‖ compartment u16 ‖
/// table u16 ‖ data key u32 ‖ number u48`, and the blind key where there is one. The data key stands for its epoch: it
/// is wrapped for that epoch alone. For an event this is one block of the cipher.
pub(crate) struct Place([u8; 32]);

impl Place {
    pub(crate) fn new(at: RecordTable, number: i64, key: u32, blind: Option<Blind>) -> Self {
        let mut bytes = [0; 32];
        bytes[0] = 1;
        bytes[1] = u8::from(blind.is_some());
        bytes[2..4].copy_from_slice(&at.compartment.0.to_le_bytes());
        bytes[4..6].copy_from_slice(&at.table.0.to_le_bytes());
        bytes[6..10].copy_from_slice(&key.to_le_bytes());
        // Numbers have 47 bits.
        bytes[10..16].copy_from_slice(&number.to_le_bytes()[..6]);
        bytes[16..].copy_from_slice(&blind.unwrap_or_default());
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        if self.0[1] == 0 { &self.0[..16] } else { &self.0 }
    }
}

/// What a row with the table's columns holds, opened in a shared room.
fn unseal_row<'r>(
    keys: &Keys,
    at: RecordTable,
    number: i64,
    row: &Row<'_>,
    room: &'r mut Zeroizing<Vec<u8>>,
) -> Result<&'r [u8], VaultError> {
    let damaged = VaultError::Damaged { what: "record" };
    let sealed = row.get_ref(1)?.as_blob().map_err(|_| damaged.clone())?;
    let (key, place) = find(keys, at, number, row_blind(at, row)?, sealed)?;
    key.seal.open_in(place.bytes(), sealed, room).map_err(|_| damaged)
}

/// The blind key of a row with the table's columns.
pub(crate) fn row_blind(at: RecordTable, row: &Row<'_>) -> rusqlite::Result<Option<Blind>> {
    if at.keyed { row.get(2).map(Some) } else { Ok(None) }
}

pub(crate) fn unseal(
    keys: &Keys,
    at: RecordTable,
    number: i64,
    blind: Option<Blind>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (key, place) = find(keys, at, number, blind, sealed)?;
    key.seal.open(place.bytes(), sealed).map_err(|_| VaultError::Damaged { what: "record" })
}

/// The key that a sealed record names, and the place it must be bound to.
fn find<'k>(
    keys: &'k Keys,
    at: RecordTable,
    number: i64,
    blind: Option<Blind>,
    sealed: &[u8],
) -> Result<(&'k DataKey, Place), VaultError> {
    record_id(at.table, number)?;
    let key = key_id(sealed).and_then(|id| keys.find(id)).ok_or(VaultError::Damaged { what: "record" })?;
    Ok((key, Place::new(at, number, key.seal.id(), blind)))
}
