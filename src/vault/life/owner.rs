//! Who owns a vault: one process, for as long as its lock file lies in the folder.
//!
//! A deleted folder or lock file would let a second process in, and SQLite would go on writing into files that have no
//! name any more. A process that was forked has the same keys and the same nonces as the one it came from.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::base::files;
use crate::base::log::Survived as _;
use crate::vault::error::VaultError;

/// How long a look at the lock file counts: less than another process takes to open a vault.
pub(crate) const LOOK: Duration = Duration::from_millis(1);

/// How often an owner tries, with a look's time in between: others may be looking whether there is one.
const TRIES: u32 = 20;

/// The owner's lock. It dies with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Owner {
    lock: File,
    /// Where it was when it was taken.
    path: PathBuf,
    process: u32,
    /// When the lock file was last seen to have a name.
    seen: Option<Instant>,
    cut_off: bool,
}

impl Owner {
    /// Takes ownership.
    #[allow(clippy::disallowed_methods, reason = "it gives way to others for a moment")]
    pub(crate) fn new(path: &Path) -> Result<Self, VaultError> {
        files::remove_stranger(path)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        let mut tries = 0;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(LOOK);
                }
                Err(TryLockError::WouldBlock) => return Err(VaultError::AlreadyOpen),
                Err(TryLockError::Error(e)) => return Err(e.into()),
            }
        }
        let cut_off = lock.metadata().is_ok_and(|file| file.len() > 0);
        let mut owner =
            Self { lock, path: path.to_path_buf(), process: std::process::id(), seen: None, cut_off };
        // Somebody may have removed the file between opening and locking it.
        owner.check()?;
        Ok(owner)
    }

    /// Whether somebody owns the files. Whoever looks holds the lock for that moment, together with others who look.
    pub(crate) fn is_there(path: &Path) -> bool {
        if !std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file()) {
            return false;
        }
        let lock = files::open_file(path);
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Whether the process before ended while an item of the key store was being changed.
    pub(crate) const fn cut_off(&self) -> bool {
        self.cut_off
    }

    /// Notes that an item is being changed, or that it is done. The lock file has one byte meanwhile. It is not synced: a
    /// loss of power may take it, a kill does not.
    pub(crate) fn note_change(&self, under_way: bool) {
        let noted = self.lock.set_len(u64::from(under_way));
        noted.survived("note that an item of the key store is being changed");
    }

    /// Whether this process still owns the files. They may have been moved, not deleted.
    #[allow(clippy::disallowed_methods, reason = "no outcome depends on when it looks")]
    pub(crate) fn check(&mut self) -> Result<(), VaultError> {
        if self.is_forked() {
            return Err(VaultError::Forked);
        }
        if self.seen.is_some_and(|seen| seen.elapsed() < LOOK) {
            return Ok(());
        }
        if self.is_deleted() {
            return Err(VaultError::Displaced);
        }
        self.seen = Some(Instant::now());
        Ok(())
    }

    /// Whether the lock file has no name any more, or another one in a folder that is still there: either lets others in.
    #[cfg(unix)]
    fn is_deleted(&self) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        let Ok(own) = self.lock.metadata() else { return false };
        let displaced = match std::fs::symlink_metadata(&self.path) {
            Ok(there) => (there.dev(), there.ino()) != (own.dev(), own.ino()),
            // A folder that was moved takes it along.
            Err(e) => e.kind() == ErrorKind::NotFound && self.path.parent().is_some_and(Path::exists),
        };
        own.nlink() == 0 || displaced
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
