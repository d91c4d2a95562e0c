//! The vault's files: their names, putting an unusable database aside, and the space kept for a denial.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::base::files;
use crate::base::random::SecureRandom;
use crate::vault::error::VaultError;

/// Bytes kept aside on the disk: enough for a denial and its receipt, or for a key store item, when nothing else is
/// left.
const RESERVE: usize = 256 * 1024;

/// What SQLite keeps beside a database.
const COMPANIONS: [&str; 3] = [".vault-wal", ".vault-shm", ".vault-journal"];

/// Where one vault's files are.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub(crate) folder: PathBuf,
    pub(crate) name: String,
    /// Where the widget's file lies: here, or where another process may read.
    shared: PathBuf,
}

impl Files {
    pub(crate) fn new(folder: &Path, name: &str) -> Result<Self, VaultError> {
        let plain =
            name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
        if !plain || name.is_empty() || name.len() > 64 {
            return Err(VaultError::Name);
        }
        Ok(Self { folder: folder.to_path_buf(), name: name.to_owned(), shared: folder.to_path_buf() })
    }

    /// The same with the widget's file in a folder of its own.
    pub(crate) fn sharing(self, shared: &Path) -> Self {
        Self { shared: shared.to_path_buf(), ..self }
    }

    pub(super) fn with(&self, suffix: &str) -> PathBuf {
        self.folder.join(format!("{}{suffix}", self.name))
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.with(".vault")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.with(".vault-wal")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.with(".lock")
    }

    pub(crate) fn widget(&self) -> PathBuf {
        self.shared.join(format!("{}.snapshot", self.name))
    }

    fn reserve(&self) -> PathBuf {
        self.with(".reserve")
    }

    /// The bytes of the database and of its log, as far as they are there.
    pub(crate) fn contents(&self) -> Result<[Vec<u8>; 2], VaultError> {
        let read = |path: PathBuf| match files::read(&path, u64::MAX) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            other => other,
        };
        Ok([read(self.database())?, read(self.log())?])
    }

    /// Creates the folder, for its owner only.
    pub(crate) fn create_folder(&self) -> Result<(), VaultError> {
        Ok(files::create_folder(&self.folder)?)
    }

    /// Whether there is a database, or a log with any content.
    pub(crate) fn has_database(&self) -> Result<bool, VaultError> {
        let log = length(&self.log())?.unwrap_or(0);
        Ok(log > 0 || length(&self.database())?.is_some())
    }

    /// Whether the database has no content, or is missing.
    pub(crate) fn is_hollow(&self) -> Result<bool, VaultError> {
        Ok(length(&self.database())?.unwrap_or(0) == 0)
    }

    /// Where the database of a new installation is made.
    pub(crate) fn first(&self) -> PathBuf {
        self.with(".vault-first")
    }

    /// Puts it, closed and complete, where there is no database.
    pub(crate) fn put_first(&self) -> Result<(), VaultError> {
        self.remove_companions()?;
        fs::rename(self.first(), self.database())?;
        Ok(files::sync_folder(&self.folder)?)
    }

    /// Where a database is made that is to take the place of the present one.
    pub(crate) fn draft(&self) -> PathBuf {
        self.with(".vault-new")
    }

    /// Removes drafts that were not finished.
    pub(crate) fn remove_drafts(&self) -> Result<(), VaultError> {
        for draft in [".vault-new", ".vault-first"] {
            for end in ["", "-wal", "-shm", "-journal"] {
                files::remove_name(&self.with(&format!("{draft}{end}")))?;
            }
        }
        Ok(files::sync_folder(&self.folder)?)
    }

    /// Removes what is no file where SQLite looks for one. Nothing of the vault can be in it.
    pub(crate) fn remove_strangers(&self) -> Result<(), VaultError> {
        files::remove_no_file(&self.database())?;
        for suffix in COMPANIONS {
            files::remove_stranger(&self.with(suffix))?;
        }
        Ok(())
    }

    /// Puts the draft, closed and complete, in the place of the database, which is put aside. `copied` if the draft is made of
    /// it.
    pub(crate) fn swap(&self, copied: bool) -> Result<PathBuf, VaultError> {
        let aside = self.put_aside(copied)?;
        self.finish_swap()?;
        self.keep_to_most()?;
        Ok(aside)
    }

    /// Ends a swap that was cut off after the database had been put aside.
    pub(crate) fn finish_swap(&self) -> Result<(), VaultError> {
        // Earlier versions left the log until now: it must never meet a database that is not its own.
        match fs::rename(self.log(), self.with(".aside-wal")) {
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            other => other?,
        }
        self.remove_companions()?;
        fs::rename(self.draft(), self.database())?;
        Ok(files::sync_folder(&self.folder)?)
    }

    /// Whether a swap was cut off after the database had been put aside.
    pub(crate) fn is_swapping(&self) -> bool {
        !self.database().exists() && self.draft().exists()
    }

    /// Removes a log, its index, a journal and a widget's file.
    pub(super) fn remove_companions(&self) -> Result<(), VaultError> {
        for suffix in COMPANIONS {
            files::remove_name(&self.with(suffix))?;
        }
        self.remove_widget()?;
        Ok(files::sync_folder(&self.folder)?)
    }

    pub(crate) fn remove_widget(&self) -> Result<(), VaultError> {
        Ok(files::remove(&self.widget())?)
    }

    /// Replaces the widget's file in one step.
    pub(crate) fn write_widget(&self, bytes: &[u8]) -> Result<(), VaultError> {
        files::create_folder(&self.shared)?;
        Ok(files::replace(&self.widget(), bytes)?)
    }

    /// Keeps space aside, unless that is done. Random bytes, so that no file system stores them as nothing.
    pub(crate) fn keep_reserve(&self, random: &dyn SecureRandom) -> Result<(), VaultError> {
        if fs::metadata(self.reserve()).is_ok_and(|kept| kept.len() >= RESERVE as u64) {
            return Ok(());
        }
        let mut bytes = vec![0; RESERVE];
        random.fill(&mut bytes)?;
        Ok(files::replace(&self.reserve(), &bytes)?)
    }

    /// Gives the space back; tells whether there was any.
    pub(crate) fn release_reserve(&self) -> bool {
        files::remove_name(&self.reserve()).unwrap_or(false)
    }
}

/// How many bytes a file has, if it is there.
fn length(path: &Path) -> Result<Option<u64>, VaultError> {
    match fs::metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        found => Ok(Some(found?.len())),
    }
}
