//! The items of one installation: which stands, what else is there, and which of them open these files.

use crate::vault::error::{KeyStoreError, VaultError};
use crate::vault::keys::anchor::Anchor;
use crate::vault::keys::checked::CheckedStore;
use crate::vault::keys::item::{Install, Item, ItemName, old_anchor_alias, prefix};

/// An item and its name.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) name: ItemName,
    pub(crate) item: Item,
}

/// The strictest of `known` and of what the items say since a generation. What came before is known to the files.
pub(crate) fn strictest_since(items: &[Named], since: u64, known: Anchor) -> Anchor {
    let later = items.iter().filter(|named| named.name.generation() >= since);
    later.map(|named| named.item.anchor).fold(known, Anchor::strictest)
}

/// One installation's part of the key store.
pub(crate) struct Items<'a> {
    pub(crate) store: &'a CheckedStore,
    pub(crate) install: Install,
}

impl Items<'_> {
    /// The item of this name.
    pub(crate) fn load(&self, name: &ItemName) -> Result<Item, VaultError> {
        Item::decode(&self.store.load(&name.to_string())?)
    }

    /// Stores an item and reads it back.
    pub(crate) fn put(&self, named: &Named) -> Result<(), KeyStoreError> {
        self.store.put(&named.name.to_string(), &named.item.encode())
    }

    /// Removes an item for good. With one of format 1 goes the note of the latest epoch.
    pub(crate) fn delete(&self, name: &ItemName) -> Result<(), KeyStoreError> {
        if let ItemName::Old { name, .. } = name {
            self.store.delete(&old_anchor_alias(name))?;
        }
        self.store.delete(&name.to_string())
    }

    /// The names of all items of this installation, the oldest first.
    pub(crate) fn names(&self) -> Result<Vec<ItemName>, KeyStoreError> {
        let aliases = self.store.list(&prefix(self.install))?;
        let mut names: Vec<_> = aliases.iter().filter_map(|a| ItemName::parse(self.install, a)).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// All items of this installation, the oldest first. What is no item is left out; what is gone meanwhile, too. One of
    /// a newer version is an error: what stands in it is not known.
    pub(crate) fn all(&self) -> Result<Vec<Named>, VaultError> {
        let mut found = Vec::new();
        for name in self.names()? {
            match self.load(&name) {
                Ok(item) => found.push(Named { name, item }),
                Err(VaultError::KeyStore(KeyStoreError::Missing { .. } | KeyStoreError::Mismatch { .. })) => {
                }
                Err(other) => return Err(other),
            }
        }
        Ok(found)
    }
}
