//! Writing: what one transaction may change.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use rusqlite::{OptionalExtension as _, Row, params};

use crate::base::random::SecureRandom;
use crate::vault::crypto::nonces::Nonces;
use crate::vault::db::head::{Head, weight};
use crate::vault::db::reader::{Blind, Place, Reader, blind, record_id, row_blind, split_id};
use crate::vault::db::schema::RecordTable;
use crate::vault::error::VaultError;
use crate::vault::keys::anchor::Anchor;
use crate::vault::keys::ring::{HEAD, Keyring};
use crate::vault::types::{Compartment, RecordId, Table};

/// Record tables that are known to exist, each with the statement that adds a row: its text takes longer to write than the
/// row to seal.
pub(crate) type Known = HashMap<RecordTable, String>;

/// What one `write` may do. It reads like a [`Reader`] and sees its own changes.
pub struct Writer<'a> {
    pub(crate) reader: Reader<'a>,
    pub(crate) random: &'a dyn SecureRandom,
    nonces: &'a Nonces,
    pub(crate) head: Head,
    pub(crate) known: Known,
    pub(crate) dirty: bool,
    pub(crate) anchor: Anchor,
    /// Records whose key was destroyed are still to be deleted.
    pub(crate) sweeping: bool,
    /// A change that went wrong half-way; nothing may be committed after it.
    broken: Option<VaultError>,
}

impl<'a> Deref for Writer<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}

impl std::fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}

impl<'a> Writer<'a> {
    pub(crate) fn new(
        reader: Reader<'a>,
        random: &'a dyn SecureRandom,
        nonces: &'a Nonces,
        head: Head,
        known: Known,
        anchor: Anchor,
    ) -> Self {
        Self { reader, random, nonces, head, known, dirty: false, anchor, sweeping: false, broken: None }
    }

    /// What must not roll back. A change counts in an anchored transaction and is ignored in any other.
    pub fn anchor(&mut self) -> &mut Anchor {
        &mut self.anchor
    }

    /// Adds a record at the end of a table.
    ///
    /// # Errors
    /// If it cannot be sealed or stored; the transaction should then be given up.
    pub fn append(&mut self, c: Compartment, t: Table, bytes: &[u8]) -> Result<RecordId, VaultError> {
        let at = RecordTable { compartment: c, table: t, keyed: false };
        let done = self.prepare(at).and_then(|()| self.insert(at, None, bytes));
        self.whole(done)
    }

    /// Puts a record under `key`, in the place of an earlier one.
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub fn put(&mut self, c: Compartment, t: Table, key: &str, bytes: &[u8]) -> Result<RecordId, VaultError> {
        let at = RecordTable { compartment: c, table: t, keyed: true };
        let done = self.prepare(at).and_then(|()| self.put_prepared(at, key, bytes));
        self.whole(done)
    }

    fn put_prepared(&mut self, at: RecordTable, key: &str, bytes: &[u8]) -> Result<RecordId, VaultError> {
        let blind = self.blind(at, key)?;
        match self.sealed_under(at, blind)? {
            None => self.insert(at, Some(blind), bytes),
            Some((number, sealed)) => {
                self.replace(at, number, &sealed, Some(blind), bytes)?;
                record_id(at.table, number)
            }
        }
    }

    /// Replaces the content of a record that is there; its key stays. Does nothing for one that is not.
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub fn rewrite(&mut self, c: Compartment, id: RecordId, bytes: &[u8]) -> Result<(), VaultError> {
        let Some((t, number)) = split_id(id) else { return Ok(()) };
        for at in self.existing(c, t)? {
            let sql = format!("SELECT {} FROM {at} WHERE id = ?1", at.columns());
            let row = |row: &Row<'_>| Ok((row.get::<_, Vec<u8>>(1)?, row_blind(at, row)?));
            let found = self.conn.prepare_cached(&sql)?.query_row([number], row).optional()?;
            if let Some((before, blind)) = found {
                let done = self.replace(at, number, &before, blind, bytes);
                self.whole(done)?;
            }
        }
        Ok(())
    }

    /// Deletes records by id, ignoring those that are not there; returns how many were.
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub fn delete(&mut self, c: Compartment, ids: &[RecordId]) -> Result<u64, VaultError> {
        let mut deleted = 0;
        for (t, number) in ids.iter().filter_map(|id| split_id(*id)) {
            for at in self.existing(c, t)? {
                let sql = format!("DELETE FROM {at} WHERE id = ?1 RETURNING id, sealed");
                let done = self.removed(at, &sql, params![number]);
                deleted += self.whole(done)?;
            }
        }
        Ok(deleted)
    }

    /// Deletes the record under `key`; tells whether there was one.
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub fn remove(&mut self, c: Compartment, t: Table, key: &str) -> Result<bool, VaultError> {
        let mut removed = 0;
        for at in self.existing(c, t)?.into_iter().filter(|at| at.keyed) {
            let blind = self.blind(at, key)?;
            let Some((number, _)) = self.sealed_under(at, blind)? else { continue };
            let sql = format!("DELETE FROM {at} WHERE id = ?1 RETURNING id, sealed");
            let done = self.removed(at, &sql, params![number]);
            removed += self.whole(done)?;
        }
        Ok(removed > 0)
    }

    /// Deletes all records of a table; returns how many there were.
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub fn clear(&mut self, c: Compartment, t: Table) -> Result<u64, VaultError> {
        self.existing(c, t)?.into_iter().map(|at| self.empty(at)).sum()
    }

    pub(crate) fn empty(&mut self, at: RecordTable) -> Result<u64, VaultError> {
        let counted = self.removed(at, &format!("SELECT id, sealed FROM {at}"), params![]);
        let done = counted.and_then(|count| {
            self.conn.prepare_cached(&format!("DELETE FROM {at}"))?.execute([])?;
            Ok(count)
        });
        self.whole(done)
    }

    /// Remembers a failure, whatever the caller makes of it. Refused arguments changed nothing and do not count.
    fn whole<T>(&mut self, done: Result<T, VaultError>) -> Result<T, VaultError> {
        match &self.unreadable.noting(done.as_ref().map(drop).map_err(Clone::clone)) {
            Ok(_) | Err(VaultError::Reserved | VaultError::TooLarge) => {}
            Err(error) => self.broken = Some(error.clone()),
        }
        done
    }

    /// Seals the head for what this transaction did; false if it did nothing.
    pub(crate) fn seal_head(&mut self, even_if_unchanged: bool) -> Result<bool, VaultError> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        if !self.dirty && !even_if_unchanged {
            return Ok(false);
        }
        self.spend(HEAD)?;
        self.head.seq = self.head.seq.wrapping_add(1);
        self.head.store(self.conn, &self.ring, self.nonces)?;
        Ok(true)
    }

    /// The keys after this transaction.
    pub(crate) fn ring_mut(&mut self) -> &mut Keyring {
        Arc::make_mut(&mut self.reader.ring)
    }

    pub(crate) fn into_parts(self) -> (Arc<Keyring>, Head, Known) {
        (self.reader.ring, self.head, self.known)
    }

    /// Seals `bytes` again in the place of the record `number`.
    pub(crate) fn replace(
        &mut self,
        at: RecordTable,
        number: i64,
        before: &[u8],
        blind: Option<Blind>,
        bytes: &[u8],
    ) -> Result<(), VaultError> {
        let sealed = self.seal(at, number, blind, bytes)?;
        let sql = format!("UPDATE {at} SET sealed = ?2 WHERE id = ?1");
        self.conn.prepare_cached(&sql)?.execute(params![number, sealed])?;
        let (old, new) = (self.weight(at, number, before)?, self.weight(at, number, &sealed)?);
        self.head.removed(old);
        self.head.added(new);
        Ok(())
    }

    fn insert(
        &mut self,
        at: RecordTable,
        blind: Option<Blind>,
        bytes: &[u8],
    ) -> Result<RecordId, VaultError> {
        let number =
            i64::try_from(self.head.next).map_err(|_| VaultError::Damaged { what: "record number" })?;
        let id = record_id(at.table, number)?;
        self.head.next += 1;
        let sealed = self.seal(at, number, blind, bytes)?;
        let sql = self.known.entry(at).or_insert_with(|| at.insertion());
        let mut insert = self.reader.conn.prepare_cached(sql)?;
        match blind {
            None => insert.execute(params![number, sealed])?,
            Some(blind) => insert.execute(params![number, sealed, blind])?,
        };
        let weight = self.weight(at, number, &sealed)?;
        self.head.added(weight);
        Ok(id)
    }

    fn seal(
        &mut self,
        at: RecordTable,
        number: i64,
        blind: Option<Blind>,
        bytes: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let key = self.spend(at.compartment.0)?;
        self.dirty = true;
        let place = Place::new(at, number, key.seal.id(), blind);
        key.seal.seal(self.nonces, place.bytes(), bytes)
    }

    /// Counts out of the head what `sql` returns, which are records that are being deleted.
    fn removed(
        &mut self,
        at: RecordTable,
        sql: &str,
        what: impl rusqlite::Params,
    ) -> Result<u64, VaultError> {
        let (conn, ring) = (self.conn, Arc::clone(&self.ring));
        let index = &ring.get(HEAD).ok_or(VaultError::Closed)?.index;
        let mut query = conn.prepare_cached(sql)?;
        let mut rows = query.query(what)?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            // Erasing never needs a readable record.
            let sealed = row.get_ref(1)?.as_blob().unwrap_or_default();
            self.head.removed(weight(index, at, row.get(0)?, sealed));
            self.dirty = true;
            count += 1;
        }
        Ok(count)
    }

    fn weight(&self, at: RecordTable, number: i64, sealed: &[u8]) -> Result<u128, VaultError> {
        Ok(weight(&self.ring.get(HEAD).ok_or(VaultError::Closed)?.index, at, number, sealed))
    }

    fn blind(&self, at: RecordTable, key: &str) -> Result<Blind, VaultError> {
        let keys = self.ring.get(at.compartment.0).ok_or(VaultError::Damaged { what: "data key" })?;
        Ok(blind(keys, at.table, key))
    }

    /// Those tables that exist and have a key.
    fn existing(&self, c: Compartment, t: Table) -> Result<Vec<RecordTable>, VaultError> {
        if c.0 == HEAD {
            return Err(VaultError::Reserved);
        }
        let there = |at: &RecordTable| self.known.contains_key(at) && self.ring.get(c.0).is_some();
        Ok(RecordTable::both(c, t).into_iter().filter(there).collect())
    }

    /// Makes sure that the compartment has a key and the table exists.
    fn prepare(&mut self, at: RecordTable) -> Result<(), VaultError> {
        let compartment = at.compartment.0;
        if compartment == HEAD {
            return Err(VaultError::Reserved);
        }
        if self.ring.get(compartment).is_none() {
            if self.sweeping {
                // Under a new key nobody would know them for leftovers.
                self.drop_records(at.compartment)?;
            }
            self.new_key(compartment)?;
        }
        if !self.known.contains_key(&at) {
            at.create(self.conn)?;
            self.known.insert(at, at.insertion());
        }
        Ok(())
    }
}
