//! The platform's key store as the vault sees it: four verbs.

use crate::vault::error::KeyStoreError;

/// Where the platform keeps secrets: Keychain on iOS, Keystore on Android, a keyring on a desktop.
/// The app implements it. Items must be bound to this device and must not be part of a backup.
///
/// The vault makes new items and removes old ones; it never replaces one. It reads back what it stored and looks
/// again for what it removed. None of these calls may call the engine: such a call is refused.
#[uniffi::export(foreign)]
pub trait KeyStore: Send + Sync {
    /// Returns the secret stored under this alias.
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError>;
    /// Stores a secret of a few hundred bytes. It must be durable when this returns.
    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError>;
    /// Removes a secret for good; this must be durable when it returns. Removing what is not there succeeds.
    fn remove(&self, alias: String) -> Result<(), KeyStoreError>;
    /// Returns the aliases that start with this prefix, in any order. No secret has to be read for it.
    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError>;
}
