//! Integrity: reads everything and tells what does not fit, without repairing anything.

use rusqlite::Connection;

use crate::vault::db::head::{Head, weight};
use crate::vault::db::reader::{Blind, Reader, record_id, row_blind, unseal};
use crate::vault::db::schema::{RecordTable, tables};
use crate::vault::error::VaultError;
use crate::vault::keys::ring::{HEAD, Keyring};

/// The most findings that are listed one by one.
const MOST_FINDINGS: usize = 100;

/// The result of an integrity check.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct Integrity {
    /// Records that were read and unsealed.
    pub records: u64,
    /// The findings; empty for a sound vault. At most 100 are listed.
    pub findings: Vec<Finding>,
}

impl Integrity {
    /// Whether everything is as it was written.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// One finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Finding {
    /// SQLite reports that the structure of the file is damaged.
    Database,
    /// The sealed summary of all records cannot be opened.
    Head,
    /// There are records of a compartment that has no data key.
    NoKey {
        /// The compartment's number.
        compartment: u16,
    },
    /// A record is not what was written, or not where it was written.
    Record {
        /// The compartment's number.
        compartment: u16,
        /// The record's number.
        id: i64,
    },
    /// Every record opens, but some were removed, or replaced by earlier versions, from outside the vault.
    RemovedOrReplayed {
        /// Records according to the sealed summary.
        expected: u64,
        /// Records that exist.
        found: u64,
    },
}

/// Checks the database's structure, every record, and that none was removed or put back behind the vault's back. No
/// write may run meanwhile: the keys must be those of the state that is read. `sweeping` says that records whose key
/// was destroyed are still to be deleted.
pub(crate) fn check(reader: &Reader<'_>, sweeping: bool) -> Result<Integrity, VaultError> {
    let mut result = Integrity::default();
    let sound = reader.conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    if sound.map_err(VaultError::from).ignore_damage()?.is_none_or(|verdict| verdict != "ok") {
        result.note(Finding::Database);
    }
    let Some(tables) = tables(reader.conn, None).ignore_damage()? else { return Ok(result) };
    let index = &reader.ring.get(HEAD).ok_or(VaultError::Closed)?.index;
    let (mut summary, mut whole) = (Head::default(), true);
    for at in tables {
        if reader.ring.get(at.compartment.0).is_none() && !sweeping {
            result.note(Finding::NoKey { compartment: at.compartment.0 });
        }
        let table = check_table(reader, at, index, &mut summary, &mut result);
        whole &= table.ignore_damage()?.is_some();
    }
    match Head::load(reader.conn, &reader.ring).ignore_damage()? {
        None => result.note(Finding::Head),
        Some(head) if whole && (head.live, head.digest) != (summary.live, summary.digest) => {
            result.note(Finding::RemovedOrReplayed { expected: head.live, found: summary.live });
        }
        Some(_) => {}
    }
    Ok(result)
}

/// How many records there are, readable or not.
pub(crate) fn count_all(conn: &Connection) -> Result<u64, VaultError> {
    let mut all = 0;
    for at in tables(conn, None)? {
        let count: i64 = conn
            .prepare_cached(&format!("SELECT count(*) FROM {at} NOT INDEXED"))?
            .query_row([], |row| row.get(0))?;
        all += count.cast_unsigned();
    }
    Ok(all)
}

/// How many records can be read.
pub(crate) fn count_readable(conn: &Connection, ring: &Keyring) -> Result<u64, VaultError> {
    let mut readable = 0;
    for at in tables(conn, None)? {
        each_row(conn, at, "", |number, blind, sealed| {
            let keys = ring.get(at.compartment.0);
            readable += u64::from(keys.is_some_and(|keys| unseal(keys, at, number, blind, sealed).is_ok()));
        })?;
    }
    Ok(readable)
}

/// Whether the first and the last record of every table that has a key can be read: none is under a wrong name.
pub(crate) fn first_and_last_open(conn: &Connection, ring: &Keyring) -> Result<bool, VaultError> {
    let mut open = true;
    for at in tables(conn, None)? {
        let Some(keys) = ring.get(at.compartment.0) else { continue };
        for end in ["ORDER BY id LIMIT 1", "ORDER BY id DESC LIMIT 1"] {
            each_row(conn, at, end, |number, blind, sealed| {
                open &= unseal(keys, at, number, blind, sealed).is_ok();
            })?;
        }
    }
    Ok(open)
}

/// Shows every row of a table, or those that `which` picks, readable or not.
pub(crate) fn each_row(
    conn: &Connection,
    at: RecordTable,
    which: &str,
    mut see: impl FnMut(i64, Option<Blind>, &[u8]),
) -> Result<(), VaultError> {
    let mut query = conn.prepare_cached(&format!("SELECT {} FROM {at} NOT INDEXED {which}", at.columns()))?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        see(row.get(0)?, row_blind(at, row).ok().flatten(), row.get_ref(1)?.as_blob().unwrap_or_default());
    }
    Ok(())
}

fn check_table(
    reader: &Reader<'_>,
    at: RecordTable,
    index: &ring::hmac::Key,
    summary: &mut Head,
    result: &mut Integrity,
) -> Result<(), VaultError> {
    let keys = reader.ring.get(at.compartment.0);
    let mut query = reader.conn.prepare(&format!("SELECT {} FROM {at}", at.columns()))?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let sealed = row.get_ref(1)?.as_blob().unwrap_or_default();
        summary.added(weight(index, at, number, sealed));
        let Some(keys) = keys else { continue };
        let blind = row_blind(at, row).map_err(|_| VaultError::Damaged { what: "record" });
        match blind.and_then(|blind| unseal(keys, at, number, blind, sealed)) {
            Ok(_) => result.records += 1,
            Err(_) => {
                let id = record_id(at.table, number).map_or(number, |id| id.0);
                result.note(Finding::Record { compartment: at.compartment.0, id });
            }
        }
    }
    Ok(())
}

/// Damage is what a check is there to find.
trait IgnoreDamage<T> {
    fn ignore_damage(self) -> Result<Option<T>, VaultError>;
}

impl<T> IgnoreDamage<T> for Result<T, VaultError> {
    fn ignore_damage(self) -> Result<Option<T>, VaultError> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(VaultError::Damaged { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

impl Integrity {
    fn note(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        }
    }
}
