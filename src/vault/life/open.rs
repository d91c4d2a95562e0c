//! Opening: from what [`look`](crate::vault::life::look) found to a vault in use, or a new installation in its place.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use once_cell::sync::OnceCell;
use rusqlite::Connection;

use crate::base::log::{LogLevel, Survived as _, say};
use crate::base::random;
use crate::base::random::SecureRandom;
use crate::base::turn::Turn;
use crate::vault::Vault;
use crate::vault::crypto::secret::scrub_stack;
use crate::vault::db::head::Head;
use crate::vault::db::meta::{Meta, Owed, create_key, open_keys};
use crate::vault::db::reader::UnreadableCounts;
use crate::vault::db::schema;
use crate::vault::db::session::Session;
use crate::vault::db::tx::Transaction;
use crate::vault::error::VaultError;
use crate::vault::keys::anchor::Anchor;
use crate::vault::keys::checked::CheckedStore;
use crate::vault::keys::item::{Item, ItemName, Root};
use crate::vault::keys::items::{Items, Named};
use crate::vault::keys::ring::{HEAD, Keyring, OpenKeys, proof};
use crate::vault::keys::store::KeyStore;
use crate::vault::life::files::Files;
use crate::vault::life::look::Found;
use crate::vault::life::owner::Owner;
use crate::vault::types::{Opening, Secret};

/// An open database and what belongs to it.
pub(crate) struct Opened {
    pub(crate) conn: Connection,
    pub(crate) ring: Keyring,
    pub(crate) meta: Meta,
    pub(crate) anchor: Anchor,
    /// What lay in a widget's file of a store of format 1.
    pub(super) widget: Option<Secret>,
}

impl Opened {
    pub(crate) fn new(conn: Connection, ring: Keyring, meta: Meta, anchor: Anchor) -> Self {
        Self { conn, ring, meta, anchor, widget: None }
    }
}

impl Vault {
    /// Opens the vault `name` in the folder `dir`, or makes a new one. An existing vault takes exactly one `load`
    /// from the key store where nothing is wrong. The files belong in the app's private folder, outside of backups.
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

    /// As [`Vault::open`], with the widget's file in the folder `shared`, which another process may read.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn open_sharing(
        dir: &Path,
        shared: &Path,
        name: &str,
        keys: Arc<dyn KeyStore>,
        random: Arc<dyn SecureRandom>,
    ) -> Result<(Self, Opening), VaultError> {
        Self::open_files(Files::new(dir, name)?.sharing(shared), keys, random)
    }

    fn open_files(
        files: Files,
        keys: Arc<dyn KeyStore>,
        random: Arc<dyn SecureRandom>,
    ) -> Result<(Self, Opening), VaultError> {
        files.create_folder()?;
        let (owner, keys) = (Owner::new(&files.lock())?, CheckedStore::new(keys));
        let door = Door { files: &files, keys: &keys, random: &*random };
        let mut opening = Opening::default();
        let opened = match door.open(&mut opening) {
            // On a full disk SQLite cannot even make its index.
            Err(VaultError::Storage { .. }) if files.release_reserve() => door.open(&mut opening),
            other => other,
        };
        scrub_stack();
        let Opened { conn, ring, meta, anchor, widget } = opened?;
        let mut session = Session::new(conn, Arc::clone(&random), meta, anchor);
        let cut_off = owner.cut_off();
        let vault = Self {
            files,
            keys,
            random,
            open_keys: OpenKeys::new(ring),
            reader: OnceCell::new(),
            session: Turn::new(None),
            unreadable: UnreadableCounts::default(),
            anchor: Mutex::new(anchor),
            settled: AtomicBool::new(true),
            mended: Mutex::new(None),
            displaced: OnceCell::new(),
            owner: Mutex::new(Some(owner)),
        };
        if cut_off {
            vault.look_for_leftovers(&mut session);
        }
        // The vault itself is fine: refusing to open it would bring nothing to its end either.
        match vault.settle(&mut session) {
            Ok(resumed) => opening.resumed_erase = resumed,
            Err(error) => {
                say(LogLevel::Warning, format_args!("finish what was cut off: {error}"));
                opening.erase_unfinished = true;
            }
        }
        if !opening.fresh {
            // Without it a full disk is no worse than it would be anyway.
            vault.files.keep_reserve(&*vault.random).survived("keep space aside for a no");
        }
        if let Ok(mut turn) = vault.session.take() {
            *turn = Some(session);
        }
        if opening.rolled_back {
            // What the files say of the widget may be older than its file: an erasure could pass it by.
            vault.remove_widget().survived("remove the widget's shelf of a newer copy");
        }
        if let Some(bytes) = widget {
            // If this fails, the widget shows what anybody may see until the app keeps a shelf for it again.
            vault.write_widget(&bytes).survived("keep the widget's shelf of an older format");
        }
        Ok((vault, opening))
    }
}

/// What opening works with. Handles root keys; whoever calls it scrubs the stack afterwards.
pub(crate) struct Door<'a> {
    pub(crate) files: &'a Files,
    pub(crate) keys: &'a CheckedStore,
    pub(crate) random: &'a dyn SecureRandom,
}

impl Door<'_> {
    #[inline(never)]
    fn open(&self, opening: &mut Opening) -> Result<Opened, VaultError> {
        self.files.remove_strangers()?;
        self.files.finish_putting_aside()?;
        if self.files.is_swapping() {
            self.files.finish_swap()?;
        }
        self.files.remove_drafts()?;
        let found = self.look(opening)?;
        match self.bring_back(found, opening)? {
            Found::Open(opened) => Ok(*opened),
            Found::Nothing => {
                opening.fresh = true;
                self.begin(Anchor::default(), &self.files.first(), || self.files.put_first())
            }
            Found::Keyless(carried) => {
                opening.fresh = true;
                (opening.rolled_back, opening.key_was_missing) = (carried.is_some(), carried.is_none());
                self.start_over(carried.unwrap_or_default(), opening)
            }
            Found::Damaged => {
                (opening.fresh, opening.damaged) = (true, true);
                self.start_over(self.anchor_of_wreck()?, opening)
            }
        }
    }

    /// Makes a new installation in the place of what was found, which is put aside.
    fn start_over(&self, carried: Anchor, opening: &mut Opening) -> Result<Opened, VaultError> {
        let carried = Anchor { unfinished: 0, erasures: 0, ..carried };
        self.begin(carried, &self.files.draft(), || {
            let aside = self.files.swap(false)?;
            // With too many it may be the one that was given up.
            opening.moved_aside = aside.exists().then(|| aside.display().to_string());
            Ok(())
        })
    }

    /// Makes a new installation in the file `draft`. It is complete when `place` puts it in its place: a database there that
    /// has nothing in it was not always so.
    fn begin(
        &self,
        carried: Anchor,
        draft: &Path,
        place: impl FnOnce() -> Result<(), VaultError>,
    ) -> Result<Opened, VaultError> {
        // The key store is asked first, so that nothing is touched while it is unavailable.
        let named = self.first_item(carried)?;
        schema::close(self.create(draft, &named)?.conn)?;
        place()?;
        let conn = schema::connect(&self.files.database(), false)?;
        schema::use_wal(&conn)?;
        let meta = Meta::load(&conn, schema::FORMAT)?;
        let (ring, _) = open_keys(&conn, &named.item.root)?;
        Ok(Opened::new(conn, ring, meta, carried))
    }

    /// Stores the first item of a new installation.
    fn first_item(&self, anchor: Anchor) -> Result<Named, VaultError> {
        let install = random::bytes(self.random)?;
        let root = Root::generate(self.random, 1, install)?;
        let named = Named {
            name: ItemName::next(install, 0, self.random)?,
            item: Item { generation: 1, root, anchor },
        };
        Items { store: self.keys, install }.put(&named)?;
        Ok(named)
    }

    /// Makes an empty database that needs this item.
    fn create(&self, path: &Path, named: &Named) -> Result<Opened, VaultError> {
        let Item { root, anchor, .. } = &named.item;
        let conn = schema::connect(path, true)?;
        schema::use_wal(&conn)?;
        let tx = Transaction::write(&conn)?;
        schema::migrate(&conn)?;
        let mut meta = Meta {
            install: root.install,
            epoch: root.epoch,
            proof: proof(root)?,
            item: None,
            owed: Owed::default(),
            old_roots: [None, None],
            widget: None,
        };
        meta.name_item(&named.name);
        meta.insert(&conn)?;
        let mut ring = Keyring::new(root)?;
        create_key(&conn, self.random, &mut ring, HEAD)?;
        Head { next: 1, ..Head::default() }.store(&conn, &ring, self.random)?;
        tx.commit()?;
        Ok(Opened::new(conn, ring, meta, *anchor))
    }
}
