//! Salvage: every row that still authenticates is carried from a damaged database into a sound one.
//!
//! Nothing but the keys is believed: a row of data keys is one that a root key of the key store unwraps, a record is
//! one that its key opens in some place. Where they lay in the damaged file does not matter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, params};

use crate::vault::Vault;
use crate::vault::crypto::cipher::key_id;
use crate::vault::crypto::secret::scrub_stack;
use crate::vault::db::head::Head;
use crate::vault::db::integrity::count_readable;
use crate::vault::db::meta::{Meta, Owed, WrappedRow, create_key, open_keys};
use crate::vault::db::raw;
use crate::vault::db::raw::{Row, Value};
use crate::vault::db::reader::{Blind, unseal};
use crate::vault::db::schema;
use crate::vault::db::schema::RecordTable;
use crate::vault::db::session::Session;
use crate::vault::db::tx::Transaction;
use crate::vault::error::VaultError;
use crate::vault::keys::anchor::Anchor;
use crate::vault::keys::item::{Install, Item, ItemName, PREFIX, Root};
use crate::vault::keys::items::Items;
use crate::vault::keys::ring::{HEAD, Keyring, proof};
use crate::vault::life::open::{Door, Opened};
use crate::vault::types::{Compartment, Opening, Table};

/// Tables that are tried for a record. No room declares a greater number.
const TABLES: std::ops::Range<u16> = 0..128;

/// What was made out in the damaged file.
#[derive(Default)]
struct Rows {
    keys: Vec<WrappedRow>,
    /// What may be records: number, sealed bytes, blind key.
    records: Vec<(i64, Vec<u8>, Option<Blind>)>,
    /// Of the row of `meta`: what is owed, and the widget's tag.
    owed: Option<(Owed, Option<u64>)>,
    /// Also of it: whose the file is.
    installs: Vec<Install>,
}

impl Rows {
    fn sort(rows: Vec<Row>) -> Self {
        let mut sorted = Self::default();
        for Row { id, values } in rows {
            match &*values {
                [_, Value::Bytes(sealed)] => sorted.records.push((id, sealed.clone(), None)),
                [_, Value::Bytes(sealed), Value::Bytes(blind)] => {
                    let Ok(blind) = Blind::try_from(&**blind) else { continue };
                    sorted.records.push((id, sealed.clone(), Some(blind)));
                }
                [_, Value::Integer(compartment), Value::Bytes(wrapped), Value::Integer(_)] => {
                    let (Ok(id), Ok(compartment)) = (id.try_into(), (*compartment).try_into()) else {
                        continue;
                    };
                    sorted.keys.push(WrappedRow { id, compartment, wrapped: wrapped.clone() });
                }
                [
                    _,
                    _,
                    Value::Bytes(install),
                    Value::Bytes(_),
                    _,
                    _,
                    _,
                    _,
                    _,
                    Value::Integer(owed),
                    widget,
                    ..,
                ] => {
                    sorted.installs.extend(Install::try_from(&**install));
                    let widget =
                        if let Value::Integer(tag) = widget { Some(tag.cast_unsigned()) } else { None };
                    sorted.owed = u8::try_from(*owed).ok().map(|owed| (Owed(owed), widget));
                }
                _ => {}
            }
        }
        sorted
    }
}

/// Every item of the key store, whichever installation's.
pub(crate) type AllItems = Vec<(ItemName, Item)>;

/// The key that fits, and what all items of its installation say.
struct Fit {
    name: ItemName,
    root: Root,
    anchor: Anchor,
}

/// A draft that holds what could be read.
pub(crate) struct Rescued {
    fit: Fit,
    lost: u64,
}

impl Door<'_> {
    /// Makes a sound database of what can be read of the present one, which is put aside. `None` if no root key of
    /// the key store fits any of it, or if that brings fewer records than `at_least`. The key store itself is not asked.
    /// Nobody may have the present one open.
    pub(crate) fn salvage(
        &self,
        items: &AllItems,
        at_least: u64,
        opening: &mut Opening,
    ) -> Result<Option<Opened>, VaultError> {
        let rescued = self.rescue(items, at_least)?;
        rescued.map(|rescued| self.take(&rescued, opening)).transpose()
    }

    /// The first half of [`salvage`](Self::salvage): fills the draft and leaves the present database as it is.
    pub(crate) fn rescue(&self, items: &AllItems, at_least: u64) -> Result<Option<Rescued>, VaultError> {
        let [file, log] = self.files.contents()?;
        let rows = Rows::sort(raw::rows(&file, &log));
        drop((file, log));
        let Some(fit) = fitting(items, &rows.keys)? else { return Ok(None) };
        self.files.remove_drafts()?;
        let (found, lost) = self.rebuild(&rows, &fit)?;
        if found < at_least {
            self.files.remove_drafts()?;
            return Ok(None);
        }
        Ok(Some(Rescued { fit, lost }))
    }

    /// The second: puts the draft in the place of the present database. Windows renames no file that is open.
    pub(crate) fn take(&self, rescued: &Rescued, opening: &mut Opening) -> Result<Opened, VaultError> {
        let Rescued { fit, lost } = rescued;
        (opening.damaged, opening.records_lost) = (true, *lost);
        opening.moved_aside = Some(self.files.swap(true)?.display().to_string());
        let conn = schema::connect(&self.files.database(), false)?;
        schema::use_wal(&conn)?;
        let meta = Meta::load(&conn, schema::FORMAT)?;
        let (ring, _) = open_keys(&conn, &fit.root)?;
        Ok(Opened::new(conn, ring, meta, fit.anchor))
    }

    /// What stands beside the keys of a file that nothing can be read from, as far as it still says whose it is.
    pub(crate) fn anchor_of_wreck(&self) -> Result<Anchor, VaultError> {
        let [file, log] = self.files.contents()?;
        let mut anchor = Anchor::default();
        for install in Rows::sort(raw::rows(&file, &log)).installs {
            let items = Items { store: self.keys, install }.all()?;
            anchor = items.into_iter().map(|named| named.item.anchor).fold(anchor, Anchor::strictest);
        }
        Ok(anchor)
    }

    /// Every item that the key store has.
    pub(crate) fn all_items(&self) -> Result<AllItems, VaultError> {
        let mut items = Vec::new();
        for alias in self.keys.list(PREFIX)? {
            let item =
                match self.keys.load(&alias).map_err(VaultError::from).and_then(|blob| Item::decode(&blob)) {
                    Ok(item) => item,
                    // It may be the one that fits.
                    Err(newer @ VaultError::NewerFormat { .. }) => return Err(newer),
                    // What is no item of a root key, or cannot be loaded, is none that fits.
                    Err(_) => continue,
                };
            let old = ItemName::Old { name: self.files.name.clone(), epoch: item.root.epoch };
            let name = ItemName::parse(item.root.install, &alias)
                .or_else(|| (old.to_string() == alias).then_some(old));
            items.extend(name.map(|name| (name, item)));
        }
        Ok(items)
    }

    /// Fills the draft. Tells how many records it has, and how many were lost, as far as that can be known.
    fn rebuild(&self, rows: &Rows, fit: &Fit) -> Result<(u64, u64), VaultError> {
        let conn = schema::connect(&self.files.draft(), true)?;
        schema::use_wal(&conn)?;
        let tx = Transaction::write(&conn)?;
        schema::migrate(&conn)?;
        let (owed, widget) = rows.owed.unwrap_or_default();
        let mut meta = Meta {
            install: fit.root.install,
            epoch: fit.root.epoch,
            proof: proof(&fit.root)?,
            item: None,
            owed: owed.and(Owed::RETIRE).and(Owed::ANCHOR),
            old_roots: [None, None],
            widget,
        };
        meta.name_item(&fit.name);
        meta.insert(&conn)?;
        let mut ring = Keyring::new(&fit.root)?;
        let mut known = BTreeSet::new();
        let mut keys: Vec<_> = rows
            .keys
            .iter()
            .filter_map(|row| Some((ring.unwrap_somehow(row.compartment, row.id, &row.wrapped)?, row)))
            .collect();
        keys.sort_by_key(|((_, id, _), _)| *id);
        for ((compartment, id, material), row) in keys {
            if known.insert(id) {
                ring.add(compartment, id, &material)?;
                let sql = "INSERT INTO data_key (id, compartment, wrapped, seals) VALUES (?1, ?2, ?3, ?4)";
                // How often it has sealed is lost: from now on it only opens.
                conn.execute(sql, params![id, compartment, row.wrapped, i64::MAX / 2])?;
            }
        }
        let counts = self.carry(&conn, &mut ring, rows)?;
        tx.commit()?;
        schema::close(conn)?;
        Ok(counts)
    }

    fn carry(&self, conn: &Connection, ring: &mut Keyring, rows: &Rows) -> Result<(u64, u64), VaultError> {
        let before = rows.records.iter().find_map(|(_, sealed, _)| Head::open(ring, sealed));
        let homes: BTreeMap<u32, u16> = ring.ids().collect();
        let (mut placed, mut failed, mut latest) = (BTreeSet::new(), 0, Table(0));
        for (number, sealed, blind) in &rows.records {
            let Some(home) = key_id(sealed).and_then(|id| homes.get(&id)).filter(|home| **home != HEAD)
            else {
                continue;
            };
            let (compartment, keyed) = (Compartment(*home), blind.is_some());
            let Some(keys) = ring.get(*home) else { continue };
            let opens = |table: &Table| {
                unseal(keys, RecordTable { compartment, table: *table, keyed }, *number, *blind, sealed)
                    .is_ok()
            };
            let Some(table) = std::iter::once(latest).chain(TABLES.map(Table)).find(opens) else {
                failed += 1;
                continue;
            };
            latest = table;
            let at = RecordTable { compartment, table, keyed };
            if !placed.insert((at, *number)) {
                continue;
            }
            if !at.exists(conn)? {
                at.create(conn)?;
            }
            match blind {
                None => conn
                    .prepare_cached(&format!("INSERT OR IGNORE INTO {at} VALUES (?1, ?2)"))?
                    .execute(params![number, sealed])?,
                Some(blind) => conn
                    .prepare_cached(&format!("INSERT OR IGNORE INTO {at} VALUES (?1, ?2, ?3)"))?
                    .execute(params![number, sealed, blind])?,
            };
        }
        if ring.get(HEAD).is_none() {
            create_key(conn, self.random, ring, HEAD)?;
        }
        let mut head = Head::of_what_is_there(conn, ring)?;
        let lost = before.map_or(failed, |before| before.live.saturating_sub(head.live));
        if let Some(before) = before {
            (head.next, head.seq) = (head.next.max(before.next), before.seq);
        }
        head.store(conn, ring, self.random)?;
        Ok((head.live, lost))
    }
}

/// The newest item whose root key unwraps a data key of these rows.
fn fitting(items: &AllItems, keys: &[WrappedRow]) -> Result<Option<Fit>, VaultError> {
    let mut best: Option<&(ItemName, Item)> = None;
    for candidate in items {
        let ring = Keyring::new(&candidate.1.root)?;
        let fits =
            keys.iter().any(|row| ring.unwrap_somehow(row.compartment, row.id, &row.wrapped).is_some());
        if fits && best.is_none_or(|best| best.0 < candidate.0) {
            best = Some(candidate);
        }
    }
    Ok(best.map(|(name, item)| {
        let same = items.iter().filter(|(_, other)| other.root.install == item.root.install);
        let anchor = same.map(|(_, other)| other.anchor).fold(item.anchor, Anchor::strictest);
        Fit { name: name.clone(), root: item.root.clone(), anchor }
    }))
}

impl Vault {
    /// Mends the file while the vault is open, if SQLite could not make its way through it. What was given up is told
    /// by [`mended`](Self::mended).
    pub(crate) fn heal(&self, session: &mut Session) -> Result<(), VaultError> {
        let door = Door { files: &self.files, keys: &self.keys, random: &*self.random };
        // The key store may never answer: neither reads nor a shutdown wait for it.
        let items = door.all_items()?;
        let reader = self.reader.get_or_init(|| Mutex::new(None));
        let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
        let ring = self.open_keys.get()?;
        let readable = count_readable(&session.conn, &ring).unwrap_or(0);
        // Both connections end before the file is put aside, and write nothing into it any more.
        session.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        if let Some(conn) = &*reader {
            conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        }
        drop(reader.take());
        session.conn = Connection::open_in_memory()?;
        let mut opening = Opening::default();
        let salvaged = door.salvage(&items, readable, &mut opening);
        drop(items);
        scrub_stack();
        let mended = match salvaged {
            Ok(Some(Opened { conn, ring, meta, anchor, .. })) => {
                *session = Session::new(conn, Arc::clone(&self.random), meta, anchor);
                self.open_keys.publish(&Arc::new(ring));
                self.unreadable.forget();
                self.note_anchor(session);
                *self.mended.lock().unwrap_or_else(PoisonError::into_inner) = Some(opening);
                Ok(())
            }
            other => {
                let back = schema::connect(&self.files.database(), false);
                back.map(|conn| session.reconnect(conn)).and(other.map(drop))
            }
        };
        // A shutdown wipes the keys before it waits for the reader.
        if self.open_keys.get().is_ok() {
            // Where there is no file to read, nothing is closed: every call finds that out, and tries to mend it.
            let back = schema::connect_to_read(&self.files.database());
            *reader = Some(back.or_else(|_| Connection::open_in_memory())?);
        }
        mended
    }

    /// What was found when the file had to be mended since the vault was opened.
    #[must_use]
    pub fn mended(&self) -> Option<Opening> {
        self.mended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
