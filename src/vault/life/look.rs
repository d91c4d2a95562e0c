//! What lies in the folder, which key store item it needs, and what is to be done when the two do not fit.
//!
//! | files | key store | outcome |
//! |---|---|---|
//! | none | – | a new installation |
//! | a vault | the item it names | opened, what was cut off is finished |
//! | a vault | unavailable, or another key | a typed error, nothing is touched |
//! | a vault | a newer item with the same root key | opened, told as rolled back: the stricter of both holds |
//! | a vault | newer items with other root keys only | put aside; a new installation that starts with their denials and spending, told as rolled back |
//! | a vault | no item of this installation | put aside; a new installation, told |
//! | one aside | its item again | comes back, see [`aside`](crate::vault::life::aside) |
//! | damaged, empty as well | – | put aside, what can be read is carried over, told; where nothing can, denials and spending of its items |

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ffi};

use crate::vault::db::head::Head;
use crate::vault::db::integrity::{count_all, count_readable, first_and_last_open};
use crate::vault::db::meta::{Meta, Owed, create_key, open_keys};
use crate::vault::db::schema;
use crate::vault::db::schema::Content;
use crate::vault::db::tx::Transaction;
use crate::vault::error::{KeyStoreError, VaultError};
use crate::vault::keys::anchor::Anchor;
use crate::vault::keys::item::{Item, Root};
use crate::vault::keys::items::{Items, Named};
use crate::vault::keys::ring::{HEAD, Keyring, proof};
use crate::vault::life::open::{Door, Opened};
use crate::vault::life::widget_file::{WidgetKey, read_file};
use crate::vault::types::{Opening, Secret};

/// What the files turned out to be.
pub(super) enum Found {
    Open(Box<Opened>),
    Nothing,
    /// A vault whose root key is gone, with what newer items say, if there are any.
    Keyless(Option<Anchor>),
    Damaged,
}

/// A root key that fits the files, and whether it was in the item that they name.
pub(super) struct Fitting {
    pub(super) root: Root,
    pub(super) anchor: Anchor,
    pub(super) named: bool,
}

impl Door<'_> {
    /// Looks at the files without changing anything that a failure would leave changed.
    pub(super) fn look(&self, opening: &mut Opening) -> Result<Found, VaultError> {
        if !self.files.has_database()? {
            return Ok(Found::Nothing);
        }
        let looked = self.look_inside(opening);
        let at_least = match &looked {
            Ok(Found::Open(opened)) => match self.doubts(opened)? {
                Some(readable) => readable + 1,
                None => return looked,
            },
            // A damaged row of `meta` may name any key, or none.
            Ok(_) | Err(VaultError::WrongKey) => 0,
            Err(error) if may_be_damage(error) => 0,
            Err(_) => return looked,
        };
        match (looked, self.rescue(&self.all_items()?, at_least)?) {
            (looked, Some(rescued)) => {
                // Its connection ends before the file is put aside, and leaves it as it is.
                if let Ok(Found::Open(opened)) = &looked {
                    opened.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
                }
                drop(looked);
                Ok(Found::Open(Box::new(self.take(&rescued, opening)?)))
            }
            (Err(error), None) if may_be_damage(&error) => Ok(Found::Damaged),
            (looked, None) => looked,
        }
    }

    /// How many records can be read, if they are not as many as there must be.
    fn doubts(&self, opened: &Opened) -> Result<Option<u64>, VaultError> {
        let Opened { conn, ring, .. } = opened;
        let counted = || {
            let head = Head::load(conn, ring)?;
            let sound = schema::knows_every_table(conn)? && head.live == count_all(conn)?;
            Ok::<_, VaultError>(sound && first_and_last_open(conn, ring)?)
        };
        match counted() {
            Ok(true) => Ok(None),
            Ok(false) => Ok(Some(count_readable(conn, ring).unwrap_or(0))),
            Err(error) if may_be_damage(&error) => Ok(Some(0)),
            Err(other) => Err(other),
        }
    }

    fn look_inside(&self, opening: &mut Opening) -> Result<Found, VaultError> {
        // SQLite removes a log whose database is empty or gone: it may have all that there is.
        if self.files.is_hollow()? {
            return Err(VaultError::Damaged { what: "database without content" });
        }
        let conn = schema::connect(&self.files.database(), false)?;
        // Until the key fits, closing must not even tidy up the log.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        if schema::inspect(&conn)? == Content::Empty {
            return Err(VaultError::Damaged { what: "database without content" });
        }
        let format = schema::format(&conn)?;
        // Every format is read before it is changed: the key is checked first.
        let mut meta = Meta::load(&conn, format)?;
        let fitting = match self.fitting_root(&meta)? {
            Ok(fitting) => fitting,
            Err(newer) => return Ok(Found::Keyless(newer)),
        };
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        schema::use_wal(&conn)?;
        if format < schema::FORMAT {
            let tx = Transaction::write(&conn)?;
            schema::migrate(&conn)?;
            tx.commit()?;
        }
        let widget = if meta.item.is_none() { self.old_widget(&fitting.root)? } else { None };
        if meta.item.is_none() {
            // Copies of an old widget's file hang on the root key.
            let more = if widget.is_some() { Owed::ROTATE } else { Owed::ANCHOR };
            meta.owed = meta.owed.and(Owed::ANCHOR).and(more);
        }
        if !fitting.named {
            opening.rolled_back = true;
            meta.owed = meta.owed.and(Owed::ANCHOR);
        }
        let ring = self.open_ring(&conn, &fitting.root, opening)?;
        Ok(Found::Open(Box::new(Opened { conn, ring, meta, anchor: fitting.anchor, widget })))
    }

    /// The root key of the files. If it is gone, what newer items say.
    pub(super) fn fitting_root(&self, meta: &Meta) -> Result<Result<Fitting, Option<Anchor>>, VaultError> {
        let items = Items { store: self.keys, install: meta.install };
        let fits = |root: &Root| -> Result<bool, VaultError> {
            Ok(root.epoch == meta.epoch && root.install == meta.install && proof(root)? == meta.proof)
        };
        match items.load(&meta.item_name(&self.files.name)) {
            Ok(Item { root, anchor, .. }) => {
                if !fits(&root)? {
                    return Err(VaultError::WrongKey);
                }
                return Ok(Ok(Fitting { root, anchor, named: true }));
            }
            Err(VaultError::KeyStore(KeyStoreError::Missing { .. })) => {}
            Err(other) => return Err(other),
        }
        let others = items.all()?;
        let anchor = others.iter().map(|n| n.item.anchor).reduce(Anchor::strictest);
        for Named { item, .. } in others.into_iter().rev() {
            if fits(&item.root)? {
                let anchor = anchor.unwrap_or_default();
                return Ok(Ok(Fitting { root: item.root, anchor, named: false }));
            }
        }
        Ok(Err(anchor))
    }

    /// What lies in a widget's file of a store of format 1, which hangs on the root key. Any other file is left alone.
    fn old_widget(&self, root: &Root) -> Result<Option<Secret>, VaultError> {
        let key = WidgetKey::of_root(root)?;
        let file = read_file(&self.files.widget()).ok().flatten();
        Ok(file.and_then(|file| key.open(&file)))
    }

    /// Opens the data keys. Those that are damaged are passed over; a head that cannot be read is made anew.
    fn open_ring(
        &self,
        conn: &Connection,
        root: &Root,
        opening: &mut Opening,
    ) -> Result<Keyring, VaultError> {
        let (mut ring, lost) = open_keys(conn, root)?;
        if lost.iter().any(|row| ring.unwrap_somehow(row.compartment, row.id, &row.wrapped).is_some()) {
            return Err(VaultError::Damaged { what: "data key" });
        }
        opening.damaged = !lost.is_empty();
        if ring.get(HEAD).is_none() || matches!(Head::load(conn, &ring), Err(VaultError::Damaged { .. })) {
            opening.damaged = true;
            let tx = Transaction::write(conn)?;
            if ring.get(HEAD).is_none() {
                create_key(conn, self.random, &mut ring, HEAD)?;
            }
            Head::of_what_is_there(conn, &ring)?.store(conn, &ring, self.random)?;
            tx.commit()?;
        }
        Ok(ring)
    }
}

/// Whether SQLite may say this because of what is in the file, and not because of the disk around it.
fn may_be_damage(error: &VaultError) -> bool {
    match error {
        VaultError::Damaged { .. } => true,
        VaultError::Storage { code } => code & 0xff == ffi::SQLITE_READONLY,
        _ => false,
    }
}
