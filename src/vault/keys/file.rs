//! A key store in plain files, for servers, tests and desktops that have no keyring.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::base::files;
use crate::vault::error::KeyStoreError;
use crate::vault::keys::checked::LONGEST_ITEM;
use crate::vault::keys::store::KeyStore;

const SUFFIX: &str = ".key";

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
        Ok(self.folder.join(format!("{alias}{SUFFIX}")))
    }
}

impl KeyStore for FileKeyStore {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        files::read(&self.path(&alias)?, LONGEST_ITEM as u64 + 1).map_err(|e| match e.kind() {
            ErrorKind::NotFound => KeyStoreError::Missing { reason: "no such item".into() },
            _ => unavailable(&e),
        })
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        let (path, secret) = (self.path(&alias)?, Zeroizing::new(secret));
        let stored = files::create_folder(&self.folder).and_then(|()| files::replace(&path, &secret));
        stored.map_err(|e| unavailable(&e))
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        files::remove(&self.path(&alias)?).map_err(|e| unavailable(&e))
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(|e| unavailable(&e))?,
        };
        let mut aliases = Vec::new();
        for entry in entries {
            let name = entry.map_err(|e| unavailable(&e))?.file_name().into_string().unwrap_or_default();
            // A draft that was cut short holds a secret as well: whoever cleans up must hear of it.
            let whole = name.strip_suffix(files::DRAFT).unwrap_or(&name);
            let alias = whole.strip_suffix(SUFFIX).filter(|alias| alias.starts_with(&prefix));
            aliases.extend(alias.map(str::to_owned));
        }
        Ok(aliases)
    }
}

fn unavailable(error: &std::io::Error) -> KeyStoreError {
    KeyStoreError::Unavailable { reason: error.kind().to_string() }
}
