//! Opening: what is there, whose key it needs, and what to do when the two do not fit.
//!
//! | files | key store | outcome |
//! |---|---|---|
//! | none | – | a new vault |
//! | a vault | its root key | opened, an interrupted erasure is finished |
//! | a vault | unavailable, or another key | a typed error, nothing is touched |
//! | a vault | no such key | put aside, a new vault, told |
//! | a vault of an earlier epoch | a later root key only | put aside, a new vault, told as rolled back |
//! | damaged | – | put aside, a new vault, told |

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use once_cell::sync::OnceCell;
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::Vault;
use super::error::VaultError;
use super::files::Files;
use super::item::{
    Root, anchor_alias, decode_anchor, encode_anchor, mismatch, new_install, remove_root, root_alias,
};
use super::keyring::{HEAD, Keyring, proof};
use super::keystore::{KeyStore, KeyStoreError};
use super::meta::{Head, Meta, create_key, open_keys};
use super::schema::{self, Content};
use super::secret::scrub_stack;
use super::side::WriterSide;
use super::transaction::Transaction;
use super::types::Opening;
use crate::random::SecureRandom;

/// What the files turned out to be.
enum Found {
    Open(Connection, Keyring),
    Nothing,
    KeyMissing(Meta),
    Damaged,
}

impl Vault {
    /// Opens the vault `name` in the folder `dir`, or makes a new one. An existing vault takes exactly one `load`
    /// from the key store. The files belong in the app's private folder, outside of backups.
    ///
    /// # Errors
    /// [`VaultError::AlreadyOpen`], [`VaultError::KeyStore`] and [`VaultError::WrongKey`] leave everything as it
    /// was and may be retried; [`VaultError::NewerFormat`] asks for a newer library.
    pub fn open(
        dir: &Path,
        name: &str,
        keys: Arc<dyn KeyStore>,
        random: Arc<dyn SecureRandom>,
    ) -> Result<(Self, Opening), VaultError> {
        Self::open_files(Files::new(dir, name)?, keys, random)
    }

    /// As [`Vault::open`], with the snapshot in the folder `snapshots`, which another process may read.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn open_sharing(
        dir: &Path,
        snapshots: &Path,
        name: &str,
        keys: Arc<dyn KeyStore>,
        random: Arc<dyn SecureRandom>,
    ) -> Result<(Self, Opening), VaultError> {
        Self::open_files(Files::new(dir, name)?.with_snapshots_in(snapshots), keys, random)
    }

    fn open_files(
        files: Files,
        keys: Arc<dyn KeyStore>,
        random: Arc<dyn SecureRandom>,
    ) -> Result<(Self, Opening), VaultError> {
        files.create_folder()?;
        let lock = files.lock()?;
        let mut opening = Opening::default();
        let opened = look_or_start(&files, &*keys, &*random, &mut opening);
        scrub_stack();
        let (conn, ring) = opened?;
        let vault = Self {
            files,
            keys,
            random,
            ring: RwLock::new(Some(Arc::new(ring))),
            reader: OnceCell::new(),
            writer: Mutex::new(None),
            lock: Mutex::new(Some(lock)),
        };
        let mut side = WriterSide::new(conn, Arc::clone(&vault.random));
        match vault.settle(&mut side) {
            Ok(resumed) => opening.resumed_erase = resumed,
            // The vault itself is fine; refusing to open it would not destroy the old key either.
            Err(VaultError::KeyStore(_)) => opening.erase_unfinished = true,
            Err(other) => return Err(other),
        }
        vault.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner).replace(side);
        Ok((vault, opening))
    }
}

/// Handles root keys; the caller scrubs the stack afterwards.
#[inline(never)]
fn look_or_start(
    files: &Files,
    keys: &dyn KeyStore,
    random: &dyn SecureRandom,
    opening: &mut Opening,
) -> Result<(Connection, Keyring), VaultError> {
    match look(files, keys)? {
        Found::Open(conn, ring) => Ok((conn, ring)),
        other => start(files, keys, random, &other, opening),
    }
}

/// Looks at the files without changing anything that a failure would leave changed.
fn look(files: &Files, keys: &dyn KeyStore) -> Result<Found, VaultError> {
    if !files.has_database()? {
        return Ok(Found::Nothing);
    }
    match look_inside(files, keys) {
        // Code 1 (SQLITE_ERROR) here means that a table or column of ours is not there.
        Err(VaultError::Damaged { .. } | VaultError::Storage { code: 1 }) => Ok(Found::Damaged),
        other => other,
    }
}

fn look_inside(files: &Files, keys: &dyn KeyStore) -> Result<Found, VaultError> {
    let conn = schema::connect(&files.database(), false)?;
    // Until the key fits, closing must not even tidy up the log.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    if schema::inspect(&conn)? == Content::Empty {
        return Ok(Found::Nothing);
    }
    // The first three columns of `meta` stay readable in every format, so the key is checked before any migration.
    let meta = Meta::load(&conn)?;
    let blob = match keys.load(root_alias(&files.name, meta.epoch)) {
        Ok(blob) => zeroize::Zeroizing::new(blob),
        Err(KeyStoreError::Missing { .. }) => return Ok(Found::KeyMissing(meta)),
        Err(other) => return Err(other.into()),
    };
    let root = Root::decode(&blob).ok_or_else(mismatch)?;
    if root.epoch != meta.epoch || root.install != meta.install || proof(&root)? != meta.proof {
        return Err(VaultError::WrongKey);
    }
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    schema::use_wal(&conn)?;
    if schema::format(&conn)? < schema::FORMAT {
        let tx = Transaction::write(&conn)?;
        schema::migrate(&conn)?;
        tx.commit()?;
    }
    let ring = open_keys(&conn, &root)?;
    Head::load(&conn, &ring)?;
    Ok(Found::Open(conn, ring))
}

/// Makes a new vault in the place of what was found, which is put aside. The key store is asked first, so that
/// nothing is touched while it is unavailable.
fn start(
    files: &Files,
    keys: &dyn KeyStore,
    random: &dyn SecureRandom,
    found: &Found,
    opening: &mut Opening,
) -> Result<(Connection, Keyring), VaultError> {
    let anchor = match keys.load(anchor_alias(&files.name)) {
        Ok(blob) => Some(decode_anchor(&blob).unwrap_or(0)),
        Err(KeyStoreError::Missing { .. }) => None,
        Err(other) => return Err(other.into()),
    };
    let mut old = BTreeSet::from_iter(anchor);
    opening.fresh = true;
    match found {
        Found::KeyMissing(meta) => {
            old.extend([Some(meta.epoch), meta.pending, meta.retired].into_iter().flatten());
            opening.rolled_back = anchor.is_some_and(|latest| latest > meta.epoch);
            opening.key_was_missing = !opening.rolled_back;
        }
        Found::Damaged => opening.damaged = true,
        _ => opening.files_were_missing = anchor.is_some(),
    }
    let latest = old.last().copied().unwrap_or(0);
    let epoch = latest.checked_add(1).ok_or(VaultError::Damaged { what: "epoch" })?;
    let root = Root::generate(random, epoch, new_install(random)?)?;
    keys.store(root_alias(&files.name, epoch), root.encode().to_vec())?;
    match found {
        Found::KeyMissing(_) | Found::Damaged => {
            opening.moved_aside = Some(files.move_aside()?.display().to_string());
        }
        _ => files.remove_empty()?,
    }
    // An erasure that was cut short may have left the key before the latest one.
    old.extend(latest.checked_sub(1).filter(|e| *e > 0));
    for epoch in old.into_iter().filter(|e| *e > 0) {
        remove_root(keys, &files.name, epoch)?;
    }
    keys.store(anchor_alias(&files.name), encode_anchor(epoch))?;
    create(files, random, &root)
}

fn create(
    files: &Files,
    random: &dyn SecureRandom,
    root: &Root,
) -> Result<(Connection, Keyring), VaultError> {
    let conn = schema::connect(&files.database(), true)?;
    schema::use_wal(&conn)?;
    let tx = Transaction::write(&conn)?;
    schema::migrate(&conn)?;
    let meta =
        Meta { epoch: root.epoch, install: root.install, proof: proof(root)?, pending: None, retired: None };
    meta.insert(&conn)?;
    let mut ring = Keyring::new(root)?;
    create_key(&conn, random, &mut ring, HEAD)?;
    Head { next: 1, ..Head::default() }.store(&conn, &ring, random)?;
    tx.commit()?;
    Ok((conn, ring))
}
