//! Opening: what is there, which key store item it needs, and what to do when the two do not fit.
//!
//! | files | key store | outcome |
//! |---|---|---|
//! | none | – | a new installation |
//! | a vault | the item it names | opened, what was cut off is finished |
//! | a vault | unavailable, or another key | a typed error, nothing is touched |
//! | a vault | a newer item with the same root key | opened, told as rolled back: the stricter of both holds |
//! | a vault | newer items with other root keys only | put aside; a new installation that starts with their denials and spending, told as rolled back |
//! | a vault | no item of this installation | put aside; a new installation, told |
//! | damaged | – | put aside, what can be read is carried over, told; where nothing can, denials and spending of its items |

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use once_cell::sync::OnceCell;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ffi};

use crate::base::log::{LogLevel, Survived as _, say};
use crate::base::random;
use crate::base::random::SecureRandom;
use crate::base::turn::Turn;
use crate::vault::Vault;
use crate::vault::crypto::secret::scrub_stack;
use crate::vault::db::head::Head;
use crate::vault::db::integrity::{count_all, count_readable, first_and_last_open};
use crate::vault::db::meta::{Meta, Owed, create_key, open_keys};
use crate::vault::db::reader::UnreadableCounts;
use crate::vault::db::schema;
use crate::vault::db::schema::Content;
use crate::vault::db::session::Session;
use crate::vault::db::tx::Transaction;
use crate::vault::error::KeyStoreError;
use crate::vault::error::VaultError;
use crate::vault::keys::anchor::Anchor;
use crate::vault::keys::checked::CheckedStore;
use crate::vault::keys::item::{Item, ItemName, Root};
use crate::vault::keys::items::{Items, Named};
use crate::vault::keys::ring::{HEAD, Keyring, OpenKeys, proof};
use crate::vault::keys::store::KeyStore;
use crate::vault::life::files::Files;
use crate::vault::life::owner::Owner;
use crate::vault::life::widget_file::{WidgetKey, read_file};
use crate::vault::types::{Opening, Secret};

/// What the files turned out to be.
enum Found {
    Open(Box<Opened>),
    Nothing,
    /// A vault whose root key is gone, with what newer items say, if there are any.
    Keyless(Option<Anchor>),
    Damaged,
}

/// An open database and what belongs to it.
pub(crate) struct Opened {
    pub(crate) conn: Connection,
    pub(crate) ring: Keyring,
    pub(crate) meta: Meta,
    pub(crate) anchor: Anchor,
    /// What lay in a widget's file of a store of format 1.
    widget: Option<Secret>,
}

impl Opened {
    pub(crate) fn new(conn: Connection, ring: Keyring, meta: Meta, anchor: Anchor) -> Self {
        Self { conn, ring, meta, anchor, widget: None }
    }
}

/// A root key that fits the files, and whether it was in the item that they name.
struct Fitting {
    root: Root,
    anchor: Anchor,
    named: bool,
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
            owner: Mutex::new(Some(owner)),
        };
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
        if self.files.is_swapping() {
            self.files.finish_swap()?;
        }
        self.files.remove_draft()?;
        match self.look(opening)? {
            Found::Open(opened) => Ok(*opened),
            Found::Nothing => {
                opening.fresh = true;
                let named = self.first_item(Anchor::default())?;
                self.files.remove_empty()?;
                let opened = self.create(&self.files.database(), &named)?;
                // From here on the file itself says which items are its own, whatever becomes of its log.
                opened.conn.query_row("PRAGMA wal_checkpoint", [], |_| Ok(()))?;
                Ok(opened)
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

    /// Looks at the files without changing anything that a failure would leave changed.
    fn look(&self, opening: &mut Opening) -> Result<Found, VaultError> {
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
        // A log without its database: it may have all that there is.
        if !self.files.database().exists() {
            return Ok(Found::Nothing);
        }
        let conn = schema::connect(&self.files.database(), false)?;
        // Until the key fits, closing must not even tidy up the log.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        if schema::inspect(&conn)? == Content::Empty {
            return Ok(Found::Nothing);
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
    fn fitting_root(&self, meta: &Meta) -> Result<Result<Fitting, Option<Anchor>>, VaultError> {
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

    /// Makes a new installation in the place of what was found, which is put aside.
    fn start_over(&self, carried: Anchor, opening: &mut Opening) -> Result<Opened, VaultError> {
        let carried = Anchor { unfinished: 0, erasures: 0, ..carried };
        // The key store is asked first, so that nothing is touched while it is unavailable.
        let named = self.first_item(carried)?;
        drop(self.create(&self.files.draft(), &named)?);
        opening.moved_aside = Some(self.files.swap()?.display().to_string());
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

/// Whether SQLite may say this because of what is in the file, and not because of the disk around it.
fn may_be_damage(error: &VaultError) -> bool {
    match error {
        VaultError::Damaged { .. } => true,
        VaultError::Storage { code } => code & 0xff == ffi::SQLITE_READONLY,
        _ => false,
    }
}
