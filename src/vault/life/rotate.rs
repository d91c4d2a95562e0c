//! Rotation of data keys: a new key seals from now on, and records move over to it a few at a time.

use std::sync::{Arc, PoisonError};

use rusqlite::params;

use crate::vault::Vault;
use crate::vault::db::reader::{Blind, row_blind, unseal};
use crate::vault::db::schema::tables;
use crate::vault::db::session::Session;
use crate::vault::db::writer::Writer;
use crate::vault::error::VaultError;
use crate::vault::keys::ring::HEAD;
use crate::vault::types::{Compartment, Durability};

impl Vault {
    /// Gives a compartment that has a data key a new one. Records sealed with the old one stay readable and move
    /// over with [`Vault::reseal`]. The vault does this by itself after 2^28 seals.
    ///
    /// # Errors
    /// As [`Vault::write`].
    pub fn rotate_data_key(&self, c: Compartment) -> Result<(), VaultError> {
        if c.0 == HEAD {
            return Err(VaultError::Reserved);
        }
        self.write(Durability::Full, |w| if w.has(c) { w.new_key(c.0) } else { Ok(()) })
    }

    /// Seals up to `most` records anew that still need an older data key, and destroys older data keys that none
    /// needs any more. Returns how many records were sealed; 0 means that there is nothing left to do.
    ///
    /// # Errors
    /// As [`Vault::write`].
    pub fn reseal(&self, most: u32) -> Result<u32, VaultError> {
        self.with_session(|session| self.reseal_worn(session, most))
    }

    fn reseal_worn(&self, session: &mut Session, most: u32) -> Result<u32, VaultError> {
        let worn: Vec<u16> = self.open_keys.get()?.with_older().collect();
        let mut done = 0;
        for compartment in worn {
            let sealed = session.transact(self.tools(), false, false, |w| {
                reseal(w, Compartment(compartment), most.saturating_sub(done))
            })?;
            done += sealed;
            if done >= most.max(1) {
                return Ok(done);
            }
            // A reader whose view still needs the old keys has fetched them by now, or starts after the records moved.
            let _quiet = self.reader.get().map(|r| r.lock().unwrap_or_else(PoisonError::into_inner));
            session.transact(self.tools(), true, false, |w| w.drop_older_keys(compartment))?;
        }
        Ok(done)
    }
}

fn reseal(writer: &mut Writer<'_>, c: Compartment, most: u32) -> Result<u32, VaultError> {
    if c.0 == HEAD {
        return Ok(0); // the head is sealed with the new key in any case
    }
    let ring = Arc::clone(&writer.ring);
    let Some(keys) = ring.get(c.0) else {
        return Ok(0);
    };
    let current = keys.current.seal.id().to_le_bytes();
    let mut done = 0;
    for at in tables(writer.conn, Some(c))? {
        let found = {
            let columns = at.columns();
            let sql = format!("SELECT {columns} FROM {at} WHERE substr(sealed, 2, 4) <> ?1 LIMIT ?2");
            let mut query = writer.conn.prepare(&sql)?;
            let rows = query.query_map(params![current, most.saturating_sub(done)], |row| {
                Ok((row.get(0)?, row.get(1)?, row_blind(at, row)?))
            })?;
            rows.collect::<Result<Vec<(i64, Vec<u8>, Option<Blind>)>, _>>()?
        };
        for (number, sealed, blind) in found {
            // What cannot be read stays as it is.
            if let Ok(plain) = unseal(keys, at, number, blind, &sealed) {
                writer.replace(at, number, &sealed, blind, &plain)?;
                done += 1;
            }
        }
    }
    Ok(done)
}
