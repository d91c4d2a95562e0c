//! Repair: what can never be read again is given up, and only when somebody asks for that.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;

use crate::vault::Vault;
use crate::vault::db::head::Head;
use crate::vault::db::integrity::{Finding, each_row};
use crate::vault::db::meta::wrapped_rows;
use crate::vault::db::reader::unseal;
use crate::vault::db::schema::{RecordTable, tables};
use crate::vault::db::writer::Writer;
use crate::vault::error::VaultError;
use crate::vault::types::{Compartment, Repair, Unreadable};

impl Vault {
    /// Tells what a repair gives up, and gives it up if `apply` says so: records that cannot be read, and files that were
    /// put aside. What is there afterwards counts as all there is.
    ///
    /// # Errors
    /// As [`Vault::write`].
    pub fn repair(&self, apply: bool) -> Result<Repair, VaultError> {
        let findings = self.integrity()?.findings;
        let missing = findings.iter().any(|f| matches!(f, Finding::Head | Finding::RemovedOrReplayed { .. }));
        self.with_session(|session| {
            if findings.iter().any(|f| matches!(f, Finding::Database | Finding::Head)) {
                self.heal(session)?;
            }
            let found = session.transact(self.tools(), true, apply, |w| w.give_up(apply))?;
            if apply {
                self.remove_asides()?;
                self.unreadable.forget();
            }
            let unreadable = found.into_iter().map(|(c, records)| Unreadable { compartment: c.0, records });
            let moved_aside = self.files.asides()?.pop().map(|aside| aside.database.display().to_string());
            Ok(Repair { unreadable: unreadable.collect(), missing, moved_aside, applied: apply })
        })
    }
}

impl Writer<'_> {
    /// Counts the records that cannot be read, and removes them if `apply` says so.
    fn give_up(&mut self, apply: bool) -> Result<BTreeMap<Compartment, u64>, VaultError> {
        let mut found = BTreeMap::new();
        for at in tables(self.conn, None)? {
            let gone = self.unreadable_in(at)?;
            if !gone.is_empty() {
                *found.entry(at.compartment).or_default() += gone.len() as u64;
            }
            if apply && self.ring.get(at.compartment.0).is_none() {
                self.conn.execute_batch(&format!("DROP TABLE {at}"))?;
                self.known.remove(&at);
            } else if apply {
                let mut delete = self.conn.prepare_cached(&format!("DELETE FROM {at} WHERE id = ?1"))?;
                gone.iter().try_for_each(|number| delete.execute(params![number]).map(drop))?;
            }
        }
        if apply {
            self.give_up_keys()?;
            let there = Head::of_what_is_there(self.conn, &self.ring)?;
            self.head = Head { seq: self.head.seq, next: self.head.next.max(there.next), ..there };
        }
        Ok(found)
    }

    /// Removes data keys that the root key does not unwrap.
    fn give_up_keys(&self) -> Result<(), VaultError> {
        let known: BTreeSet<u32> = self.ring.ids().map(|(id, _)| id).collect();
        for row in wrapped_rows(self.conn)?.into_iter().filter(|row| !known.contains(&row.id)) {
            self.conn.execute("DELETE FROM data_key WHERE id = ?1", params![row.id])?;
        }
        Ok(())
    }

    fn unreadable_in(&self, at: RecordTable) -> Result<Vec<i64>, VaultError> {
        let (keys, mut gone) = (self.ring.get(at.compartment.0), Vec::new());
        each_row(self.conn, at, "", |number, blind, sealed| {
            if keys.is_none_or(|keys| unseal(keys, at, number, blind, sealed).is_err()) {
                gone.push(number);
            }
        })?;
        Ok(gone)
    }
}
