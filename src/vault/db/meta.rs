//! The vault's own rows: which key store item these files need, what is still owed, and the wrapped data keys.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::base::random::SecureRandom;
use crate::vault::error::VaultError;
use crate::vault::keys::item::{Install, ItemName, Root};
use crate::vault::keys::ring::{Keyring, Material};

/// What an interrupted or failed change still has to do. A set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Owed(pub(crate) u8);

impl Owed {
    /// Items before the present one are to be removed, and the log emptied.
    pub(crate) const RETIRE: Self = Self(1);
    /// The present state is to be anchored.
    pub(crate) const ANCHOR: Self = Self(2);
    /// What was erased can still be read from a copy until the root key is replaced.
    pub(crate) const ROTATE: Self = Self(4);
    /// The widget's key is to be removed.
    pub(crate) const WIDGET: Self = Self(8);
    /// Records of compartments without a key are to be deleted.
    pub(crate) const SWEEP: Self = Self(16);
    /// What was put aside is to be removed.
    pub(crate) const ASIDES: Self = Self(32);

    pub(crate) const fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    pub(crate) const fn without(self, done: Self) -> Self {
        Self(self.0 & !done.0)
    }

    pub(crate) const fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }
}

/// What the files say about themselves. Nothing here is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) install: Install,
    /// Of the root key that wraps every row of `data_key`.
    pub(crate) epoch: u64,
    /// Proves a root key to be the one of this epoch.
    pub(crate) proof: [u8; 16],
    /// Generation and tag of the item that holds the root key; none in a store that was never anchored.
    pub(crate) item: Option<(u64, u64)>,
    pub(crate) owed: Owed,
    /// In a store of format 1: epochs whose root keys must go, the one that was about to be used and the last one.
    pub(crate) old_roots: [Option<u64>; 2],
    /// The tag of the widget's key, if there is one.
    pub(crate) widget: Option<u64>,
}

impl Meta {
    /// The item that these files need. `store` is the name they have in stores of format 1.
    pub(crate) fn item_name(&self, store: &str) -> ItemName {
        match self.item {
            Some((generation, tag)) => ItemName::Anchored { install: self.install, generation, tag },
            None => ItemName::Old { name: store.to_owned(), epoch: self.epoch },
        }
    }

    /// Names another item.
    pub(crate) fn name_item(&mut self, name: &ItemName) {
        self.item = match name {
            ItemName::Old { .. } => None,
            ItemName::Anchored { generation, tag, .. } => Some((*generation, *tag)),
        };
    }

    /// Reads the row of a file of this format or the one before.
    pub(crate) fn load(conn: &Connection, format: u32) -> Result<Self, VaultError> {
        let damaged = || VaultError::Damaged { what: "vault state" };
        let since_2 = if format < 2 { "NULL, NULL, 0, NULL" } else { "generation, tag, owed, widget" };
        let sql = format!("SELECT install, epoch, proof, {since_2}, pending, retired FROM meta WHERE id = 1");
        let row = conn.prepare_cached(&sql)?.query_row([], |row| {
            let number = |at| row.get::<_, Option<i64>>(at).map(|n| n.map(i64::cast_unsigned));
            Ok(Self {
                install: row.get(0)?,
                epoch: row.get::<_, i64>(1)?.cast_unsigned(),
                proof: row.get(2)?,
                item: number(3)?.zip(number(4)?),
                owed: Owed(row.get(5)?),
                widget: number(6)?,
                old_roots: [number(7)?, number(8)?],
            })
        });
        row.optional()?.ok_or_else(damaged)
    }

    pub(crate) fn insert(&self, conn: &Connection) -> Result<(), VaultError> {
        let sql = "INSERT INTO meta (id, epoch, install, proof, next_key) VALUES (1, ?1, ?2, ?3, 1)";
        conn.execute(sql, params![self.epoch.cast_signed(), self.install, self.proof])?;
        self.update(conn)
    }

    pub(crate) fn update(&self, conn: &Connection) -> Result<(), VaultError> {
        let (generation, tag) = self.item.map(|(g, t)| (g.cast_signed(), t.cast_signed())).unzip();
        let widget = self.widget.map(u64::cast_signed);
        let [pending, retired] = self.old_roots.map(|epoch| epoch.map(u64::cast_signed));
        let (epoch, owed) = (self.epoch.cast_signed(), self.owed.0);
        conn.prepare_cached(
            "UPDATE meta SET epoch = ?1, proof = ?2, generation = ?3, tag = ?4, owed = ?5, widget = ?6,
             pending = ?7, retired = ?8 WHERE id = 1",
        )?
        .execute(params![epoch, self.proof, generation, tag, owed, widget, pending, retired])?;
        Ok(())
    }
}

/// A number no data key of this file had before.
fn next_key_id(conn: &Connection) -> Result<u32, VaultError> {
    let mut query = conn.prepare_cached(
        "UPDATE meta SET next_key = max(next_key, (SELECT ifnull(max(id), 0) FROM data_key) + 1) + 1
         WHERE id = 1 RETURNING next_key - 1",
    )?;
    Ok(query.query_row([], |row| row.get(0))?)
}

/// One row of wrapped key material.
#[derive(Debug, Clone)]
pub(crate) struct WrappedRow {
    pub(crate) id: u32,
    pub(crate) compartment: u16,
    pub(crate) wrapped: Vec<u8>,
}

/// All wrapped keys, oldest first.
pub(crate) fn wrapped_rows(conn: &Connection) -> Result<Vec<WrappedRow>, VaultError> {
    let mut query = conn.prepare_cached("SELECT id, compartment, wrapped FROM data_key ORDER BY id")?;
    let rows = query.query_map([], |row| {
        Ok(WrappedRow { id: row.get(0)?, compartment: row.get(1)?, wrapped: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Unwraps every data key that can be unwrapped; tells which rows could not be. The caller scrubs the stack afterwards.
pub(crate) fn open_keys(conn: &Connection, root: &Root) -> Result<(Keyring, Vec<WrappedRow>), VaultError> {
    let (mut ring, mut lost) = (Keyring::new(root)?, Vec::new());
    for row in wrapped_rows(conn)? {
        match ring.wrap.unwrap(row.compartment, row.id, &row.wrapped) {
            Ok(material) => ring.add(row.compartment, row.id, &material)?,
            Err(_) => lost.push(row),
        }
    }
    Ok((ring, lost))
}

/// Wraps every data key that is left for the epoch of `next`. What cannot be unwrapped stays as it is.
pub(crate) fn rewrap(
    conn: &Connection,
    random: &dyn SecureRandom,
    old: &Keyring,
    next: &Keyring,
) -> Result<(), VaultError> {
    for row in wrapped_rows(conn)? {
        let Ok(material) = old.wrap.unwrap(row.compartment, row.id, &row.wrapped) else { continue };
        let wrapped = next.wrap.wrap(random, row.compartment, row.id, &material)?;
        conn.execute("UPDATE data_key SET wrapped = ?2 WHERE id = ?1", params![row.id, wrapped])?;
    }
    Ok(())
}

/// Makes a data key for a compartment, as its current one, in the database and in `ring`.
pub(crate) fn create_key(
    conn: &Connection,
    random: &dyn SecureRandom,
    ring: &mut Keyring,
    compartment: u16,
) -> Result<(), VaultError> {
    let mut kept = None;
    if let Some(keys) = ring.get(compartment) {
        let id = keys.current.seal.id();
        let mut query = conn.prepare_cached("SELECT wrapped FROM data_key WHERE id = ?1")?;
        let wrapped: Vec<u8> = query.query_row([id], |row| row.get(0))?;
        kept = Some(ring.wrap.unwrap(compartment, id, &wrapped)?.into_index());
    }
    let id = next_key_id(conn)?;
    let material = Material::generate(random, kept)?;
    let wrapped = ring.wrap.wrap(random, compartment, id, &material)?;
    ring.add(compartment, id, &material)?;
    conn.prepare_cached("INSERT INTO data_key (id, compartment, wrapped, seals) VALUES (?1, ?2, ?3, 0)")?
        .execute(params![id, compartment, wrapped])?;
    Ok(())
}
