//! The newest catalog, patch and keys that this device ever had, remembered in the vault, so that deleting or restoring files
//! does not open the way back to older ones that were signed as well.

use std::path::Path;
use std::sync::{Arc, PoisonError};

use serde::Serialize;

use crate::api::engine::Engine;
use crate::base::codec::{Parts, Record, Unread};
use crate::base::files;
use crate::base::log::{LogLevel, Survived as _, say};
use crate::catalog::{Catalog, NewestPatch, ShopKeys, Trust};
use crate::consent::{ConsentError, Gate};
use crate::vault::tables::NEWEST;
use crate::vault::{Durability, VaultError};

const CATALOG: &str = "catalog";

/// What this device had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Newest {
    /// Version of the newest catalog that the keys of their generation signed; 0 = none.
    pub version: u64,
    /// Its hash.
    pub bundle: Option<[u8; 32]>,
    pub patch: Option<NewestPatch>,
    /// Statements about the shop's keys, as a file of them.
    pub keys: Vec<u8>,
}

impl Record for Newest {
    const WHAT: &'static str = "newest catalog";
    const VERSION: u8 = 4;
    const FIRST: u8 = 2;

    fn parts(&self) -> impl Serialize {
        let patch = self.patch.map(|patch| (patch.base, patch.number, patch.hash));
        (self.version, patch, &self.keys, self.bundle)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        let version = parts.next()?;
        if parts.at_end() {
            return Some(Self { version, ..Self::default() }); // of version 2
        }
        let patch = parts.next::<Option<_>>()?.map(|(base, number, hash)| NewestPatch { base, number, hash });
        let keys = parts.next()?;
        let bundle = if parts.at_end() { None } else { parts.next()? }; // Version 3 had none.
        Some(Self { version, bundle, patch, keys })
    }

    fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
        let newest = u64::from_le_bytes(body.next()?);
        (version == 1).then_some(Self { version: newest, ..Self::default() })
    }
}

impl Newest {
    /// What is remembered; nothing if it cannot be read any more. While a newer version of the library keeps it, that is an
    /// error: no catalog can be shown not to be older.
    pub(super) fn of(gate: &Gate) -> Result<Self, ConsentError> {
        let stored = match gate.read(|r| r.at(&gate.essential())?.get(NEWEST, CATALOG)) {
            Err(ConsentError::Vault(VaultError::Damaged { .. })) => None,
            other => other?,
        };
        match stored.map(|bytes| Self::decode(&bytes)) {
            Some(Ok(newest)) => Ok(newest),
            Some(Err(Unread::Newer(newer))) => {
                gate.note_newer(newer);
                Err(newer.into())
            }
            Some(Err(Unread::Damaged)) | None => Ok(Self::default()),
        }
    }

    /// The shop's keys, with the statements that are remembered.
    pub(super) fn keys(&self, app: &ShopKeys) -> ShopKeys {
        let mut keys = app.clone();
        // What cannot be followed leaves the keys as the app has them.
        let _ = keys.follow(&self.keys);
        keys
    }

    /// Remembers a catalog and a patch that are in use, and the keys, as far as they are newer.
    pub(super) fn remember(
        gate: &Gate,
        app: &ShopKeys,
        keys: &ShopKeys,
        seen: Option<&Catalog>,
    ) -> Result<(), ConsentError> {
        let before = Self::of(gate)?;
        let mut now = before.clone();
        let mut followed = before.keys(app);
        let generation = followed.generation();
        if followed.lead_to(keys)
            && let Ok(bytes) = followed.bytes()
        {
            now.keys = bytes;
        }
        if followed.generation() != generation {
            (now.version, now.bundle, now.patch) = (0, None, None);
        }
        if let Some(catalog) = seen {
            let patch = catalog.newest_patch();
            if now.version <= catalog.version() {
                (now.version, now.bundle) = (catalog.version(), Some(catalog.bundle_hash()));
            }
            let is_newer = |patch: &NewestPatch| {
                now.patch.is_none_or(|kept| kept.base != patch.base || kept.number < patch.number)
            };
            now.patch = patch.filter(is_newer).or(now.patch);
        }
        if now == before {
            return Ok(());
        }
        let bytes = now.encode()?;
        gate.write(Durability::Full, |w| w.at(&gate.essential())?.put(NEWEST, CATALOG, &bytes))
    }
}

impl Engine {
    /// Does something with what this device accepts. What was learnt about keys meanwhile counts at once, whatever became of
    /// the rest.
    pub(super) fn trusting<T>(&self, act: impl FnOnce(&Path, &Trust<'_>) -> T) -> Result<T, ConsentError> {
        // While the vault is locked, the installed files alone tell what is older.
        let opened = self.peek();
        let newest = opened.as_ref().map(|opened| Newest::of(&opened.gate)).transpose()?.unwrap_or_default();
        let folder = self.folder("catalog");
        let keys = newest.keys(&self.shop_keys);
        let trust = self.trust(&keys, &newest);
        let done = act(&folder, &trust);
        let after = keys.with_stored(&folder);
        if after.generation() != keys.generation() {
            self.recheck_catalog(&trust);
        }
        if let Some(opened) = opened {
            Newest::remember(&opened.gate, &self.shop_keys, &after, None)?;
        }
        Ok(done)
    }

    /// Holds the catalog that is in use against what is remembered, and remembers it.
    pub(super) fn settle_catalog(&self, gate: &Gate) -> Result<(), ConsentError> {
        let newest = Newest::of(gate)?;
        let keys = newest.keys(&self.shop_keys);
        self.recheck_catalog(&self.trust(&keys, &newest));
        let folder = self.folder("catalog");
        let keys = keys.with_stored(&folder);
        // An install that a kill cut off may not be durable yet, and what is remembered is.
        let is_known = |catalog: &Arc<Catalog>| {
            newest.bundle == Some(catalog.bundle_hash()) && newest.patch == catalog.newest_patch()
        };
        let in_use = self.catalog_in_use().filter(|catalog| {
            is_known(catalog) || files::sync_folder(&folder).survived("sync the catalog's folder").is_some()
        });
        Newest::remember(gate, &self.shop_keys, &keys, in_use.as_deref())
    }

    /// What may be accepted, with what the vault remembers.
    pub(super) fn trust<'a>(&self, keys: &'a ShopKeys, newest: &Newest) -> Trust<'a> {
        let now_ms = self.clock.now_ms();
        Trust {
            keys,
            newest_seen: newest.version,
            newest_bundle: newest.bundle,
            newest_patch: newest.patch,
            now_ms,
        }
    }

    fn recheck_catalog(&self, trust: &Trust<'_>) {
        let Some(in_use) = self.catalog_in_use() else { return };
        let checked = in_use.recheck(&self.folder("catalog"), trust);
        let mut current = self.catalog.write().unwrap_or_else(PoisonError::into_inner);
        if !current.as_ref().is_some_and(|current| Arc::ptr_eq(current, &in_use)) {
            return;
        }
        match checked {
            Ok(checked) if checked.patch() == in_use.patch() => {}
            Ok(checked) => *current = Some(checked),
            Err(error) => {
                *current = None;
                drop(current);
                say(LogLevel::Error, format_args!("the catalog is not used any more: {error}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_every_version_are_read() {
        let patch = NewestPatch { base: [1; 32], number: 7, hash: [2; 32] };
        let newest = Newest { version: 300, bundle: Some([3; 32]), patch: Some(patch), keys: vec![9; 40] };
        let bytes = newest.encode().unwrap();
        assert_eq!((&bytes[..2], Newest::decode(&bytes)), (&[4, 2][..], Ok(newest.clone())));
        let third = [&[3, 2], &bytes[2..bytes.len() - 33]].concat();
        assert_eq!(Newest::decode(&third), Ok(Newest { bundle: None, ..newest }));
        let old = Newest { version: 300, ..Newest::default() };
        assert_eq!(Newest::decode(&[&[1][..], &300u64.to_le_bytes()].concat()), Ok(old.clone()));
        assert_eq!(Newest::decode(&[2, 2, 0xac, 0x02]), Ok(old));
        for cut in (5..bytes.len()).filter(|cut| *cut != bytes.len() - 33) {
            assert_eq!(Newest::decode(&bytes[..cut]), Err(Unread::Damaged), "{cut}");
        }
    }
}
