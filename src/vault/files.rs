//! The vault's files: names, the owner's lock, and putting an unusable database aside.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::VaultError;
use super::stores::sync_folder;

/// Where one vault's files are.
#[derive(Debug, Clone)]
pub(super) struct Files {
    pub(super) folder: PathBuf,
    pub(super) name: String,
    /// Where the snapshot lies: here, or where another process may read.
    snapshots: PathBuf,
}

impl Files {
    pub(super) fn new(folder: &Path, name: &str) -> Result<Self, VaultError> {
        let plain =
            name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
        if !plain || name.is_empty() || name.len() > 64 {
            return Err(VaultError::Name);
        }
        Ok(Self { folder: folder.to_path_buf(), name: name.to_owned(), snapshots: folder.to_path_buf() })
    }

    /// The same with the snapshot in a folder of its own.
    pub(super) fn with_snapshots_in(self, snapshots: &Path) -> Self {
        Self { snapshots: snapshots.to_path_buf(), ..self }
    }

    fn with(&self, suffix: &str) -> PathBuf {
        self.folder.join(format!("{}{suffix}", self.name))
    }

    pub(super) fn database(&self) -> PathBuf {
        self.with(".vault")
    }

    pub(super) fn snapshot(&self) -> PathBuf {
        self.snapshots.join(format!("{}.snapshot", self.name))
    }

    fn snapshot_draft(&self) -> PathBuf {
        self.snapshots.join(format!("{}.snapshot-new", self.name))
    }

    fn aside(&self) -> PathBuf {
        self.with(".aside")
    }

    /// Creates the folder, for its owner only.
    pub(super) fn create_folder(&self) -> Result<(), VaultError> {
        create_private(&self.folder)
    }

    /// Takes ownership for as long as the returned file lives. The lock dies with the process, however it ends.
    pub(super) fn lock(&self) -> Result<File, VaultError> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.with(".lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(VaultError::AlreadyOpen),
            Err(TryLockError::Error(e)) => Err(e.into()),
        }
    }

    /// Whether there is a database with any content.
    pub(super) fn has_database(&self) -> Result<bool, VaultError> {
        match fs::metadata(self.database()) {
            Ok(found) => Ok(found.len() > 0),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Puts the database aside, in the place of an earlier one, and removes what belonged to it.
    pub(super) fn move_aside(&self) -> Result<PathBuf, VaultError> {
        let aside = self.aside();
        // The database first: a log without one is never replayed, a database without its log would be an older state.
        fs::rename(self.database(), &aside)?;
        match fs::rename(self.with(".vault-wal"), self.with(".aside-wal")) {
            Err(e) if e.kind() == ErrorKind::NotFound => remove(&self.with(".aside-wal"))?,
            other => other?,
        }
        self.remove_companions()?;
        Ok(aside)
    }

    /// Removes a database in which nothing was ever committed.
    pub(super) fn remove_empty(&self) -> Result<(), VaultError> {
        remove(&self.database())?;
        self.remove_companions()
    }

    /// Removes what may lie about without a database: a log, its index, a journal, a snapshot.
    pub(super) fn remove_companions(&self) -> Result<(), VaultError> {
        for suffix in [".vault-wal", ".vault-shm", ".vault-journal"] {
            remove(&self.with(suffix))?;
        }
        self.remove_snapshot()?;
        Ok(sync_folder(&self.folder)?)
    }

    /// Removes what was put aside.
    pub(super) fn remove_aside(&self) -> Result<(), VaultError> {
        remove(&self.aside())?;
        remove(&self.with(".aside-wal"))
    }

    pub(super) fn remove_snapshot(&self) -> Result<(), VaultError> {
        remove(&self.snapshot())?;
        remove(&self.snapshot_draft())?;
        match sync_folder(&self.snapshots) {
            // A shared folder is not ours alone: where there is none, there is no snapshot either.
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            other => Ok(other?),
        }
    }

    /// Replaces the snapshot in one step.
    pub(super) fn write_snapshot(&self, bytes: &[u8]) -> Result<(), VaultError> {
        use std::io::Write as _;
        create_private(&self.snapshots)?;
        let draft = self.snapshot_draft();
        let mut file = File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, self.snapshot())?;
        Ok(sync_folder(&self.snapshots)?)
    }
}

fn create_private(folder: &Path) -> Result<(), VaultError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(folder)?)
}

fn remove(path: &Path) -> Result<(), VaultError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}
