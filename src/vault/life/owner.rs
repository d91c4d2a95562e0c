//! Who owns a vault: one process, for as long as its lock file is the one that lies in the folder.
//!
//! A deleted folder or lock file would let a second process in, and SQLite would go on writing into files that have no
//! name any more. A process that was forked has the same keys and the same nonces as the one it came from.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::PathBuf;

use crate::vault::error::VaultError;

/// The owner's lock. It dies with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Owner {
    path: PathBuf,
    lock: File,
    identity: Identity,
    process: u32,
}

impl Owner {
    /// Takes ownership.
    pub(crate) fn new(path: PathBuf) -> Result<Self, VaultError> {
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(VaultError::AlreadyOpen),
            Err(TryLockError::Error(e)) => return Err(e.into()),
        }
        let identity = identity(&lock.metadata()?);
        let owner = Self { path, lock, identity, process: std::process::id() };
        // Somebody may have removed the file between opening and locking it.
        owner.check()?;
        Ok(owner)
    }

    /// Whether this process still owns the files.
    pub(crate) fn check(&self) -> Result<(), VaultError> {
        if self.is_forked() {
            return Err(VaultError::Forked);
        }
        match fs::metadata(&self.path) {
            Ok(there) if identity(&there) == self.identity => Ok(()),
            _ => Err(VaultError::Displaced),
        }
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

#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(file: &fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    (file.dev(), file.ino())
}

/// Elsewhere a file that is open is not easily replaced: it is enough that there is one.
#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> Identity {}
