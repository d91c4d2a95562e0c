//! Lies of the world that must be noticed: they show that the checks can fail.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::world::World;

/// A lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tooth {
    /// The engine is never told that a purpose was withdrawn.
    SwallowedWithdrawal,
    /// The engine is never told an answer.
    SwallowedAnswer,
    /// The engine is never told to erase.
    SwallowedErasure,
    SwallowedPreference,
    SwallowedEvent,
    /// A copy of the folder comes back with the key store as it was then.
    ImageRestored,
    /// The items that were removed are all there again when a copy of the folder comes back.
    RemovedItemsKept,
    /// A kill loses the write-ahead log.
    LostLog,
    /// A kill flips one byte of what is sealed.
    FlippedByte,
}

pub const TEETH: [Tooth; 9] = [
    Tooth::SwallowedWithdrawal,
    Tooth::SwallowedAnswer,
    Tooth::SwallowedErasure,
    Tooth::SwallowedPreference,
    Tooth::SwallowedEvent,
    Tooth::ImageRestored,
    Tooth::RemovedItemsKept,
    Tooth::LostLog,
    Tooth::FlippedByte,
];

impl World {
    /// Damages a folder that a kill left.
    pub fn bite(&self, tooth: Tooth, folder: &Path) {
        if self.tooth != Some(tooth) {
            return;
        }
        let vault = folder.join("vault");
        let database = vault.join("tiny.vault");
        match tooth {
            Tooth::LostLog => drop(fs::remove_file(vault.join("tiny.vault-wal"))),
            Tooth::FlippedByte => {
                let mut bytes = fs::read(&database).unwrap_or_default();
                if let Some(byte) = bytes.iter_mut().rev().find(|b| **b != 0) {
                    *byte ^= 0x20;
                }
                drop(fs::write(&database, bytes));
            }
            _ => {}
        }
    }

    /// Remembers the key store as it is beside a backup.
    pub fn note_items(&mut self) {
        let items = self.keys.items();
        match self.tooth {
            Some(Tooth::ImageRestored) => self.old_items = items,
            Some(Tooth::RemovedItemsKept) => self.old_items.extend(items),
            _ => {}
        }
    }

    /// Puts items back beside a folder that was put back.
    pub fn put_items_back(&mut self) {
        let mut items = match self.tooth {
            Some(Tooth::ImageRestored) => BTreeMap::new(),
            Some(Tooth::RemovedItemsKept) => self.keys.items(),
            _ => return,
        };
        items.extend(self.old_items.clone());
        self.keys.put_back(items);
    }
}
