//! Writing: what one transaction may change.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;

use rusqlite::{OptionalExtension as _, params};

use super::error::VaultError;
use super::keyring::{HEAD, Keyring};
use super::meta::{Head, weight};
use super::reader::{Blind, Reader, blind, bound, record_id, split_id};
use super::schema::{create_table, table_name};
use super::types::{Compartment, RecordId, Table};
use crate::random::SecureRandom;

/// Record tables that are known to exist.
pub(super) type Known = HashSet<(Compartment, Table)>;

/// What one `write` may do. It reads like a [`Reader`] and sees its own changes.
pub struct Writer<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) random: &'a dyn SecureRandom,
    pub(super) head: Head,
    pub(super) known: Known,
    pub(super) dirty: bool,
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
    pub(super) fn new(reader: Reader<'a>, random: &'a dyn SecureRandom, head: Head, known: Known) -> Self {
        Self { reader, random, head, known, dirty: false, broken: None }
    }

    /// Adds a record at the end of a table.
    ///
    /// # Errors
    /// If it cannot be sealed or stored; the transaction should then be given up.
    pub fn append(&mut self, c: Compartment, t: Table, bytes: &[u8]) -> Result<RecordId, VaultError> {
        let done = self.prepare(c, t).and_then(|()| self.insert(c, t, None, bytes));
        self.whole(done)
    }

    /// Puts a record under `key`, in the place of an earlier one.
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub fn put(&mut self, c: Compartment, t: Table, key: &str, bytes: &[u8]) -> Result<RecordId, VaultError> {
        let done = self.prepare(c, t).and_then(|()| self.put_prepared(c, t, key, bytes));
        self.whole(done)
    }

    fn put_prepared(
        &mut self,
        c: Compartment,
        t: Table,
        key: &str,
        bytes: &[u8],
    ) -> Result<RecordId, VaultError> {
        let blind = self.blind(c, t, key)?;
        let sql = format!("SELECT id, sealed FROM {} WHERE blind = ?1", table_name(c, t));
        let before: Option<(i64, Vec<u8>)> = self
            .conn
            .prepare_cached(&sql)?
            .query_row(params![blind], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match before {
            None => self.insert(c, t, Some(blind), bytes),
            Some((number, sealed)) => {
                self.replace(c, t, number, &sealed, Some(blind), bytes)?;
                record_id(t, number)
            }
        }
    }

    /// Deletes records by id, ignoring those that are not there; returns how many were.
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub fn delete(&mut self, c: Compartment, ids: &[RecordId]) -> Result<u64, VaultError> {
        let mut deleted = 0;
        for id in ids {
            if let Some((t, number)) = split_id(*id)
                && self.exists(c, t)?
            {
                let sql = format!("DELETE FROM {} WHERE id = ?1 RETURNING id, sealed", table_name(c, t));
                let done = self.removed(c, t, &sql, params![number]);
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
        if !self.exists(c, t)? {
            return Ok(false);
        }
        let blind = self.blind(c, t, key)?;
        let sql = format!("DELETE FROM {} WHERE blind = ?1 RETURNING id, sealed", table_name(c, t));
        let done = self.removed(c, t, &sql, params![blind]);
        Ok(self.whole(done)? > 0)
    }

    /// Deletes all records of a table; returns how many there were.
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub fn clear(&mut self, c: Compartment, t: Table) -> Result<u64, VaultError> {
        if !self.exists(c, t)? {
            return Ok(0);
        }
        let name = table_name(c, t);
        let counted = self.removed(c, t, &format!("SELECT id, sealed FROM {name}"), params![]);
        let done = counted.and_then(|count| {
            self.conn.prepare_cached(&format!("DELETE FROM {name}"))?.execute([])?;
            Ok(count)
        });
        self.whole(done)
    }

    /// Remembers a failure, whatever the caller makes of it. Refused arguments changed nothing and do not count.
    fn whole<T>(&mut self, done: Result<T, VaultError>) -> Result<T, VaultError> {
        match &done {
            Ok(_) | Err(VaultError::Reserved | VaultError::TooLarge) => {}
            Err(error) => self.broken = Some(error.clone()),
        }
        done
    }

    /// Seals the head for what this transaction did; false if it did nothing.
    pub(super) fn seal_head(&mut self, even_if_unchanged: bool) -> Result<bool, VaultError> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        if !self.dirty && !even_if_unchanged {
            return Ok(false);
        }
        self.spend(HEAD)?;
        self.head.seq = self.head.seq.wrapping_add(1);
        self.head.store(self.conn, &self.ring, self.random)?;
        Ok(true)
    }

    /// The keys after this transaction.
    pub(super) fn ring_mut(&mut self) -> &mut Keyring {
        Arc::make_mut(&mut self.reader.ring)
    }

    pub(super) fn into_parts(self) -> (Arc<Keyring>, Head, Known) {
        (self.reader.ring, self.head, self.known)
    }

    /// Seals `bytes` again in the place of the record `number`.
    pub(super) fn replace(
        &mut self,
        c: Compartment,
        t: Table,
        number: i64,
        before: &[u8],
        blind: Option<Blind>,
        bytes: &[u8],
    ) -> Result<(), VaultError> {
        let sealed = self.seal(c, t, number, blind, bytes)?;
        let sql = format!("UPDATE {} SET sealed = ?2 WHERE id = ?1", table_name(c, t));
        self.conn.prepare_cached(&sql)?.execute(params![number, sealed])?;
        let (old, new) = (self.weight(c, t, number, before)?, self.weight(c, t, number, &sealed)?);
        self.head.removed(old);
        self.head.added(new);
        Ok(())
    }

    fn insert(
        &mut self,
        c: Compartment,
        t: Table,
        blind: Option<Blind>,
        bytes: &[u8],
    ) -> Result<RecordId, VaultError> {
        let number =
            i64::try_from(self.head.next).map_err(|_| VaultError::Damaged { what: "record number" })?;
        let id = record_id(t, number)?;
        self.head.next += 1;
        let sealed = self.seal(c, t, number, blind, bytes)?;
        let sql = format!("INSERT INTO {} (id, sealed, blind) VALUES (?1, ?2, ?3)", table_name(c, t));
        self.conn.prepare_cached(&sql)?.execute(params![number, sealed, blind])?;
        let weight = self.weight(c, t, number, &sealed)?;
        self.head.added(weight);
        Ok(id)
    }

    fn seal(
        &mut self,
        c: Compartment,
        t: Table,
        number: i64,
        blind: Option<Blind>,
        bytes: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let key = self.spend(c.0)?;
        self.dirty = true;
        key.seal.seal(self.random, &bound(c, t, number, key.seal.id(), blind), bytes)
    }

    /// Counts out of the head what `sql` returns, which are records that are being deleted.
    fn removed(
        &mut self,
        c: Compartment,
        t: Table,
        sql: &str,
        what: impl rusqlite::Params,
    ) -> Result<u64, VaultError> {
        let (conn, ring) = (self.conn, Arc::clone(&self.ring));
        let index = &ring.get(HEAD).ok_or(VaultError::Closed)?.index;
        let mut query = conn.prepare_cached(sql)?;
        let mut rows = query.query(what)?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let sealed = row.get_ref(1)?.as_blob().map_err(|_| VaultError::Damaged { what: "record" })?;
            self.head.removed(weight(index, c, t, row.get(0)?, sealed)?);
            self.dirty = true;
            count += 1;
        }
        Ok(count)
    }

    fn weight(&self, c: Compartment, t: Table, number: i64, sealed: &[u8]) -> Result<u128, VaultError> {
        weight(&self.ring.get(HEAD).ok_or(VaultError::Closed)?.index, c, t, number, sealed)
    }

    fn blind(&self, c: Compartment, t: Table, key: &str) -> Result<Blind, VaultError> {
        Ok(blind(self.ring.get(c.0).ok_or(VaultError::Damaged { what: "data key" })?, t, key))
    }

    fn exists(&self, c: Compartment, t: Table) -> Result<bool, VaultError> {
        if c.0 == HEAD {
            return Err(VaultError::Reserved);
        }
        Ok(self.known.contains(&(c, t)) && self.ring.get(c.0).is_some())
    }

    /// Makes sure that the compartment has a key and the table exists.
    fn prepare(&mut self, c: Compartment, t: Table) -> Result<(), VaultError> {
        if c.0 == HEAD {
            return Err(VaultError::Reserved);
        }
        if self.ring.get(c.0).is_none() {
            self.new_key(c.0)?;
        }
        if !self.known.contains(&(c, t)) {
            create_table(self.conn, c, t)?;
            self.known.insert((c, t));
        }
        Ok(())
    }
}
