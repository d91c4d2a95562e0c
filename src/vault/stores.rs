//! Two key stores without a platform behind them: for tests, and for desktops that have no keyring.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use super::keystore::{KeyStore, KeyStoreError};

/// Keeps secrets in memory only: they are gone with the process. For tests and throw-away vaults.
#[derive(Default)]
pub struct MemoryKeyStore(Mutex<HashMap<String, Zeroizing<Vec<u8>>>>);

impl MemoryKeyStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for MemoryKeyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryKeyStore")
    }
}

impl KeyStore for MemoryKeyStore {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        let items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        items.get(&alias).map(|secret| secret.to_vec()).ok_or_else(missing)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        let mut items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        items.insert(alias, Zeroizing::new(secret));
        Ok(())
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&alias);
        Ok(())
    }
}

/// How the file of a secret ends before it is complete.
const DRAFT: &str = "new";

/// Keeps each secret in a file of its own, readable by the owner only. There is no hardware and no keyring behind
/// it: whoever reads the folder reads the keys, and a deleted file may survive in copies of the disk. Erasure is
/// best effort with it. Keep the folder apart from the vault's, so that a copy of one is not a copy of both.
#[derive(Debug, Clone)]
pub struct FileKeyStore {
    folder: PathBuf,
}

impl FileKeyStore {
    /// Uses `folder`, which is created when the first secret is stored.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn path(&self, alias: &str) -> Result<PathBuf, KeyStoreError> {
        let plain = alias.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if !plain || alias.is_empty() || alias.starts_with('.') {
            return Err(KeyStoreError::Unavailable { reason: "the alias is not a plain name".into() });
        }
        Ok(self.folder.join(format!("{alias}.key")))
    }

    fn write(&self, path: &Path, secret: &[u8]) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let draft = path.with_extension(DRAFT);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(secret)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        sync_folder(&self.folder)
    }
}

impl KeyStore for FileKeyStore {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        fs::read(self.path(&alias)?).map_err(|e| match e.kind() {
            ErrorKind::NotFound => missing(),
            _ => unavailable(&e),
        })
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        let secret = Zeroizing::new(secret);
        self.write(&self.path(&alias)?, &secret).map_err(|e| unavailable(&e))
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        let path = self.path(&alias)?;
        // A `store` that was cut short may have left a draft of the same secret.
        for file in [path.with_extension(DRAFT), path] {
            match fs::remove_file(file) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(unavailable(&e)),
                Err(_) => {}
                Ok(()) => sync_folder(&self.folder).map_err(|e| unavailable(&e))?,
            }
        }
        Ok(())
    }
}

fn missing() -> KeyStoreError {
    KeyStoreError::Missing { reason: "no such item".into() }
}

fn unavailable(error: &std::io::Error) -> KeyStoreError {
    KeyStoreError::Unavailable { reason: error.kind().to_string() }
}

/// Makes renames and removals inside `folder` durable, where the platform can.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
