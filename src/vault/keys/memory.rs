//! A key store that lives as long as the process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use crate::vault::error::KeyStoreError;
use crate::vault::keys::store::KeyStore;

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
        items
            .get(&alias)
            .map(|secret| secret.to_vec())
            .ok_or_else(|| KeyStoreError::Missing { reason: "no such item".into() })
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

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        let items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(items.keys().filter(|alias| alias.starts_with(&prefix)).cloned().collect())
    }
}
