//! The vault's plain words: compartments, tables, records, durability.

use zeroize::Zeroizing;

/// A room of its own for data, with its own data key. What it is for is decided above the vault.
/// 65535 is reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Compartment(pub u16);

/// A kind of record inside a compartment. The number is declared by the room that owns the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Table(pub u16);

/// Names one record inside its compartment; greater means inserted later within a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub i64);

/// What a committed write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Durability {
    /// Survives power loss once `write` returned, together with everything written before. Costs one sync of the disk.
    Full,
    /// Survives a killed process; power loss may take the latest writes, whole and in order.
    Normal,
}

/// Plain bytes, wiped from memory when dropped.
pub type Secret = Zeroizing<Vec<u8>>;

/// One record as it was written.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name inside the compartment.
    pub id: RecordId,
    /// Its content; wiped from memory when dropped.
    pub bytes: Secret,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What opening found, beside a working vault. The app is told; nothing is repaired in silence.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct Opening {
    /// The vault is new and empty, for whichever reason.
    pub fresh: bool,
    /// An erasure or rotation that was interrupted has been brought to its end.
    pub resumed_erase: bool,
    /// An erasure or rotation was interrupted and its old key could not be removed yet; the next open tries again.
    pub erase_unfinished: bool,
    /// The key of existing files was gone (restore to another device, reset of the key store).
    pub key_was_missing: bool,
    /// The key store remembers a vault whose files are gone (reinstalled, or deleted by someone else).
    pub files_were_missing: bool,
    /// The files were older than the key store's epoch: someone put an earlier copy back. Spent budgets count as spent.
    pub rolled_back: bool,
    /// The files were damaged and have been replaced by new ones.
    pub damaged: bool,
    /// Where the unusable database was put. Its key no longer exists or never will again.
    pub moved_aside: Option<String>,
}

/// What an erasure destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Records that were deleted, by compartment.
    pub rows: Vec<(Compartment, u64)>,
    /// Data keys that were destroyed.
    pub keys_destroyed: u32,
    /// The epoch of the root key from now on.
    pub epoch: u64,
}
