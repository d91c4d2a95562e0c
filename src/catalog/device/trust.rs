//! Whose signature counts on this device: the app's key, and what signed statements made of it since. Those that were followed
//! are kept and followed anew at every start, so that nothing has to be believed but keys.

use std::io::Write as _;
use std::path::Path;

use crate::base::files;
use crate::base::limits::KEY_CHANGES;
use crate::base::signed::PublicKey;
use crate::catalog::CatalogError;
use crate::catalog::device::disk::{make_folder, step};
use crate::catalog::device::draft::Draft;
use crate::catalog::format::successor::{Statement, file, statements};

/// Name of the statements that were followed.
const FILE: &str = "catalog.svk";

/// The shop's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopKeys {
    store_id: String,
    app: PublicKey,
    recovery: Option<PublicKey>,
    current: PublicKey,
    /// Those before; what is installed of them stays.
    former: Vec<PublicKey>,
    revoked: Vec<PublicKey>,
    generation: u64,
    followed: Vec<Vec<u8>>,
}

impl ShopKeys {
    /// The key of an app, and the one that can put another in its place whatever has become of it.
    #[must_use]
    pub fn new(store_id: &str, app: PublicKey, recovery: Option<PublicKey>) -> Self {
        Self {
            store_id: store_id.to_owned(),
            current: app.clone(),
            app,
            recovery,
            former: Vec::new(),
            revoked: Vec::new(),
            generation: 0,
            followed: Vec::new(),
        }
    }

    /// The key that signs what is new.
    #[must_use]
    pub fn current(&self) -> &PublicKey {
        &self.current
    }

    /// The shop.
    #[must_use]
    pub fn store_id(&self) -> &str {
        &self.store_id
    }

    /// How often the recovery key has spoken.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether a key's earlier work does not count any more.
    pub(super) fn revokes(&self) -> bool {
        !self.revoked.is_empty()
    }

    /// Keys whose work stays valid where it is installed.
    pub(super) fn accepted(&self) -> Vec<PublicKey> {
        [std::slice::from_ref(&self.current), &self.former].concat()
    }

    /// The statements that were followed, as a file; empty if there are none.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, CatalogError> {
        if self.followed.is_empty() { Ok(Vec::new()) } else { file(&self.followed) }
    }

    /// Follows the statements of a file that lead on from where it is; others change nothing. Tells whether there were any.
    ///
    /// # Errors
    /// [`CatalogError::Damaged`], [`CatalogError::NewerFormat`], [`CatalogError::TooLarge`]: nothing is followed then.
    pub(crate) fn follow(&mut self, file: &[u8]) -> Result<bool, CatalogError> {
        let mut changed = false;
        for statement in statements(file)? {
            changed |= self.step(statement).is_some();
        }
        Ok(changed)
    }

    fn step(&mut self, Statement { said, bytes }: Statement) -> Option<()> {
        let key = |bytes: &[u8; 32]| PublicKey::from_bytes(bytes).ok();
        let (by, next) = (key(&said.by)?, key(&said.key)?);
        if said.store_id != self.store_id {
            return None;
        }
        if self.recovery.as_ref() == Some(&by) {
            if said.generation <= self.generation {
                return None;
            }
            // Whom a revoked key named is not known here, so that nobody but the app's own key is carried over.
            self.revoked = said.revoked.iter().filter_map(key).filter(|revoked| *revoked != next).collect();
            let carried = [self.app.clone()].into_iter();
            self.former = carried.filter(|app| *app != next && !self.revoked.contains(app)).collect();
            self.generation = said.generation;
            self.followed.clear();
        } else {
            let again = next == self.current || self.former.contains(&next) || self.revoked.contains(&next);
            if by != self.current || said.generation != self.generation || again {
                return None;
            }
            let longer = [self.followed.as_slice(), std::slice::from_ref(&bytes)].concat();
            file(&longer).ok()?;
            self.former.push(by);
        }
        self.current = next;
        self.followed.push(bytes);
        Some(())
    }

    /// Follows what led to the other ones.
    pub(crate) fn lead_to(&mut self, other: &Self) -> bool {
        let led = other.bytes().ok().filter(|bytes| !bytes.is_empty());
        led.is_some_and(|bytes| self.follow(&bytes).unwrap_or(false))
    }

    /// The same with what was followed in `dir` before. A list that cannot be read any more is as if it were lost.
    pub(crate) fn with_stored(&self, dir: &Path) -> Self {
        let mut keys = self.clone();
        if let Ok(stored) = files::read(&dir.join(FILE), Self::MOST as u64 + 1) {
            let _ = keys.follow(&stored);
        }
        keys
    }

    /// Keeps in `dir` what was followed, durably.
    pub(super) fn store(&self, dir: &Path) -> Result<(), CatalogError> {
        make_folder(dir)?;
        let bytes = self.bytes()?;
        let draft = step("write the list of keys", || Draft::new(dir))?;
        let mut file = step("write the list of keys", || draft.create())?;
        step("write the list of keys", || file.write_all(&bytes))?;
        step("write the list of keys", || file.sync_all())?;
        drop(file);
        draft.put(&dir.join(FILE))
    }

    /// Follows a file that was downloaded, and keeps in `dir` what is new in it.
    pub(super) fn take(&mut self, dir: &Path, downloaded: &[u8]) -> Result<bool, CatalogError> {
        let changed = self.follow(downloaded)?;
        if changed {
            self.store(dir)?;
        }
        Ok(changed)
    }

    /// Most bytes of a file of statements.
    pub(super) const MOST: usize = KEY_CHANGES.most;
}

/// Whom a bundle is accepted from, and what is too old.
#[derive(Debug, Clone, Copy)]
pub struct Trust<'a> {
    /// The shop and its keys, as far as they are known elsewhere than in the catalog's folder.
    pub keys: &'a ShopKeys,
    /// The newest version this device ever had, remembered elsewhere than in the file, so that a deleted or restored file does
    /// not open the way back. 0 = none.
    pub newest_seen: u64,
    /// The hash of the newest bundle, remembered likewise: another one of the same version is not accepted.
    pub newest_bundle: Option<[u8; 32]>,
    /// The newest patch this device ever had, remembered likewise.
    pub newest_patch: Option<NewestPatch>,
    /// The time, milliseconds since 1970 UTC: a patch that has expired by then is refused.
    pub now_ms: i64,
}

impl<'a> Trust<'a> {
    /// On a device that had no catalog yet.
    #[must_use]
    pub fn new(keys: &'a ShopKeys, now_ms: i64) -> Self {
        Self { keys, newest_seen: 0, newest_bundle: None, newest_patch: None, now_ms }
    }

    /// The same with keys that were followed from its own. What a stolen key may have signed is no measure for those that the
    /// recovery key put in its place.
    pub(super) fn by<'b>(&self, keys: &'b ShopKeys) -> Trust<'b>
    where
        'a: 'b,
    {
        if keys.generation == self.keys.generation {
            Trust { keys, ..*self }
        } else {
            Trust::new(keys, self.now_ms)
        }
    }

    /// Nothing older than what the device had, and nothing else in its place.
    pub(super) fn is_newest(&self, version: u64, hash: [u8; 32]) -> Result<(), CatalogError> {
        if version < self.newest_seen {
            return Err(CatalogError::Downgrade { newest: self.newest_seen, offered: version });
        }
        let other = version == self.newest_seen && self.newest_bundle.is_some_and(|newest| newest != hash);
        if other { Err(CatalogError::VersionReused { version }) } else { Ok(()) }
    }
}

/// A patch that a device had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewestPatch {
    /// Hash of its bundle.
    pub base: [u8; 32],
    /// Its number.
    pub number: u64,
    /// Hash of the catalog with the patch.
    pub hash: [u8; 32],
}
