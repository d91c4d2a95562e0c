//! Who owns a vault: one process, for as long as its lock file lies in the folder.
//!
//! A deleted folder or lock file would let a second process in, and SQLite would go on writing into files that have no
//! name any more. A process that was forked has the same keys and the same nonces as the one it came from.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::vault::error::VaultError;

/// The owner's lock. It dies with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Owner {
    lock: File,
    process: u32,
}

impl Owner {
    /// Takes ownership.
    pub(crate) fn new(path: &Path) -> Result<Self, VaultError> {
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(VaultError::AlreadyOpen),
            Err(TryLockError::Error(e)) => return Err(e.into()),
        }
        let owner = Self { lock, process: std::process::id() };
        // Somebody may have removed the file between opening and locking it.
        owner.check()?;
        Ok(owner)
    }

    /// Whether this process still owns the files. They may have been moved, not deleted.
    pub(crate) fn check(&self) -> Result<(), VaultError> {
        if self.is_forked() {
            return Err(VaultError::Forked);
        }
        if self.is_deleted() { Err(VaultError::Displaced) } else { Ok(()) }
    }

    /// Whether the lock file has no name any more.
    #[cfg(unix)]
    fn is_deleted(&self) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        self.lock.metadata().is_ok_and(|file| file.nlink() == 0)
    }

    /// Elsewhere a file that is open keeps its name.
    #[cfg(not(unix))]
    fn is_deleted(&self) -> bool {
        false
    }

    /// Whether this is a copy of the process that took ownership.
    pub(crate) fn is_forked(&self) -> bool {
        std::process::id() != self.process
    }

    /// Lets go of the files without unlocking them: the process that was forked still owns them.
    pub(crate) fn abandon(self) {
        std::mem::forget(self.lock);
    }
}
