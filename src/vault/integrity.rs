//! Integrity: reads everything and tells what does not fit, without repairing anything.

use std::sync::Arc;

use super::Vault;
use super::error::VaultError;
use super::keyring::HEAD;
use super::meta::{Head, weight};
use super::reader::{Reader, record_id, row_blind, unseal};
use super::schema::tables;

/// The most findings that are listed one by one.
const MOST_FINDINGS: usize = 100;

/// What an integrity check found.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct Integrity {
    /// Records that were read and unsealed.
    pub records: u64,
    /// What does not fit; empty for a sound vault. At most 100 are listed.
    pub findings: Vec<Finding>,
}

impl Integrity {
    /// Whether everything is as it was written.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// One thing that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Finding {
    /// SQLite finds the file's structure damaged.
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
    /// Every record opens, yet some were removed, or replaced by earlier versions, behind the vault's back.
    RemovedOrReplayed {
        /// Records according to the sealed summary.
        expected: u64,
        /// Records that are there.
        found: u64,
    },
}

impl Vault {
    /// Checks the database's structure, every record, and that none was removed or put back behind the vault's
    /// back. Takes as long as reading everything; meant for a diagnosis, not for every start.
    ///
    /// # Errors
    /// Only if the check itself could not run. What is wrong is in the result.
    pub fn integrity(&self) -> Result<Integrity, VaultError> {
        let checked = self.read(|reader| {
            let mut result = Integrity::default();
            let sound: String = reader.conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
            if sound != "ok" {
                result.findings.push(Finding::Database);
            }
            check_records(reader, &mut result)?;
            Ok(result)
        });
        match checked {
            Err(VaultError::Damaged { .. }) => {
                Ok(Integrity { records: 0, findings: vec![Finding::Database] })
            }
            other => other,
        }
    }
}

fn check_records(reader: &Reader<'_>, result: &mut Integrity) -> Result<(), VaultError> {
    let ring = Arc::clone(&reader.ring);
    let index = &ring.get(HEAD).ok_or(VaultError::Closed)?.index;
    let mut summary = Head::default();
    for at in tables(reader.conn, None)? {
        let Some(keys) = ring.get(at.compartment.0) else {
            result.note(Finding::NoKey { compartment: at.compartment.0 });
            continue;
        };
        let mut query = reader.conn.prepare(&format!("SELECT {} FROM {at}", at.columns()))?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (number, sealed): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            match weight(index, at, number, &sealed) {
                Ok(weight) => summary.added(weight),
                Err(_) => summary.live += 1,
            }
            let blind = row_blind(at, row).map_err(|_| VaultError::Damaged { what: "record" });
            match blind.and_then(|blind| unseal(keys, at, number, blind, &sealed)) {
                Ok(_) => result.records += 1,
                Err(_) => {
                    let id = record_id(at.table, number).map_or(number, |id| id.0);
                    result.note(Finding::Record { compartment: at.compartment.0, id });
                }
            }
        }
    }
    match Head::load(reader.conn, &ring) {
        Err(_) => result.note(Finding::Head),
        Ok(head) if (head.live, head.digest) != (summary.live, summary.digest) => {
            result.note(Finding::RemovedOrReplayed { expected: head.live, found: summary.live });
        }
        Ok(_) => {}
    }
    Ok(())
}

impl Integrity {
    fn note(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        }
    }
}
