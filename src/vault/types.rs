//! The vault's plain words: compartments, tables, records, durability.

use zeroize::Zeroizing;

/// A separate area for data, with its own data key. The rooms above the vault decide what it is for. 65535 is
/// reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Compartment(pub u16);

/// A kind of record inside a compartment. The room that owns the table declares its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Table(pub u16);

/// Names one record inside its compartment; greater means inserted later within a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub i64);

/// What a committed write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Durability {
    /// Survives a killed process; power loss may take the latest writes, whole and in order.
    Normal,
    /// Survives power loss once `write` returned, together with everything written before. Costs one sync of the disk.
    Full,
    /// As `Full`, and no older copy of the files takes it back: what must not roll back is stored beside the root
    /// key. Costs a handful of calls to the key store.
    Anchored,
    /// As `Anchored`, and what it deleted cannot be read from any older copy of the files: the root key is replaced.
    Erasing,
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

/// What opening found, beside a working vault. The app is informed of every repair.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct Opening {
    /// The vault is new and empty, for whatever reason.
    pub fresh: bool,
    /// An interrupted erasure or rotation was completed.
    pub resumed_erase: bool,
    /// An erasure, or the anchoring of stored data, could not be completed yet. The next opening and maintenance try
    /// again.
    pub erase_unfinished: bool,
    /// The key of the existing files was gone (restore to another device, reset of the key store).
    pub key_was_missing: bool,
    /// The files were older than the state beside the key: an earlier copy was restored, the log lost its end, or
    /// another copy of the folder was used in the meantime. The stricter of both applies: every denial, the larger
    /// spending, and erased data stays erased. With `fresh`, the files needed a key that an erasure destroyed.
    pub rolled_back: bool,
    /// The files were damaged. Everything that could still be read was copied.
    pub damaged: bool,
    /// Records that were lost with the damage, as far as that is known.
    pub records_lost: u64,
    /// Where the unusable database was moved. It comes back at an opening that finds its key.
    pub moved_aside: Option<String>,
    /// A database that had been set aside is in use again: its key is back. What was used meanwhile is removed; its
    /// denials and spending hold.
    pub came_back: bool,
}

/// Records of one compartment that cannot be read. They stay where they are until they are erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Unreadable {
    /// The compartment's number.
    pub compartment: u16,
    /// How many records.
    pub records: u64,
}

/// What a repair deletes, or would delete.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct Repair {
    /// Records that cannot be read, by compartment.
    pub unreadable: Vec<Unreadable>,
    /// Whether records are missing, or were replaced by earlier versions, from outside the vault.
    pub missing: bool,
    /// The latest of the databases that were set aside because they could not be used. The repair removes all of them: none
    /// comes back then.
    pub moved_aside: Option<String>,
    /// Whether it was done.
    pub applied: bool,
}

/// How far an erasure or a denial came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// It is done: nothing of it can be read from any copy of the files.
    Done,
    /// It holds in the files; a copy of them may still be readable until the key store works again.
    OnDisk,
    /// It holds beside the key only; the files are erased as soon as the disk works again.
    InKeyStore,
}

/// What an erasure destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Records that were deleted, by compartment.
    pub rows: Vec<(Compartment, u64)>,
    /// Data keys that were destroyed.
    pub keys_destroyed: u32,
    /// How far it came.
    pub completion: Completion,
}
