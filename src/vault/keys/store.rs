//! The platform's key store as the vault sees it: four verbs.

use crate::vault::error::KeyStoreError;

/// Where the platform keeps secrets: Keychain on iOS, Keystore on Android, a keyring on a desktop.
/// The app implements it. Items must be bound to this device and must not be part of a backup.
///
/// The vault makes new items and removes old ones; it never replaces one. It reads back what it stored and looks
/// again for what it removed. None of these calls may call the engine: such a call is refused.
#[uniffi::export(foreign)]
pub trait KeyStore: Send + Sync {
    /// Returns the secret stored under this alias. Fails with `Missing` if there is none; whatever else goes wrong means
    /// "not available now", and nothing opens.
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError>;
    /// Stores a secret of a few hundred bytes. It must be durable when this returns.
    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError>;
    /// Removes a secret permanently; this must be durable when it returns. Removing a secret that does not exist
    /// succeeds.
    fn remove(&self, alias: String) -> Result<(), KeyStoreError>;
    /// Returns the aliases that start with this prefix, in any order. It does not need to read a secret.
    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError>;
}
