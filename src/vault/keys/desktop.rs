//! A desktop's own keyring: Keychain on macOS, Credential Manager on Windows, the Secret Service elsewhere.

use std::collections::HashMap;

use keyring::{Entry, Error};

use crate::vault::error::KeyStoreError;
use crate::vault::keys::store::KeyStore;

/// Keeps secrets in the keyring of the user who is logged in, which the system encrypts with their login.
///
/// The keyring is looked for once in a process: where it comes up later than the app, the app has to be started
/// again. Any program of the same user may ask a keyring for its items; it guards against whoever has the disk.
#[derive(Debug, Clone)]
pub struct KeyringKeyStore {
    service: String,
}

impl KeyringKeyStore {
    /// Keeps items under `service`, a name of the app's own such as `com.example.shop`.
    #[must_use]
    pub fn new(service: impl Into<String>) -> Self {
        Self { service: service.into() }
    }

    fn entry(&self, alias: &str) -> Result<Entry, KeyStoreError> {
        Entry::new(&self.service, alias).map_err(told)
    }
}

impl KeyStore for KeyringKeyStore {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        self.entry(&alias)?.get_secret().map_err(told)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        let secret = zeroize::Zeroizing::new(secret);
        self.entry(&alias)?.set_secret(&secret).map_err(told)
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        match self.entry(&alias)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(told(error)),
        }
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        // Windows has no search by service; what else is there is left out below.
        let spec = if cfg!(windows) { HashMap::new() } else { HashMap::from([("service", &*self.service)]) };
        if let Err(error) = Entry::store_status() {
            return Err(KeyStoreError::Unavailable { reason: error.to_string() });
        }
        let found = keyring_core::Entry::search(&spec).map_err(told)?;
        let ours = found.iter().filter_map(keyring_core::Entry::get_specifiers);
        let aliases = ours.filter(|(service, alias)| *service == self.service && alias.starts_with(&prefix));
        Ok(aliases.map(|(_, alias)| alias).collect())
    }
}

/// Some errors carry what was stored, so none is printed.
fn told(error: Error) -> KeyStoreError {
    match error {
        Error::NoEntry => KeyStoreError::Missing { reason: "the keyring has no such item".into() },
        Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::Ambiguous(_) => {
            KeyStoreError::Mismatch { reason: "the keyring's item is not the one that was stored".into() }
        }
        Error::NoDefaultStore => KeyStoreError::Unavailable { reason: "there is no keyring".into() },
        _ => KeyStoreError::Unavailable { reason: "the keyring is locked or does not answer".into() },
    }
}
