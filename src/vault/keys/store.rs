//! The platform's key store as the vault sees it: four verbs, three kinds of failure.

/// Why a key store could not do what was asked. The three kinds lead to three different reactions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyStoreError {
    /// Not now: before the first unlock, busy, or an unexpected error. The vault changes nothing; try again later.
    #[error("the key store is not available now; try again after the device was unlocked")]
    Unavailable {
        /// For the app's log; must hold no secret.
        reason: String,
    },
    /// There is no such key, or the platform invalidated it for good. Never used for a key that may come back.
    #[error("the key store has no such key")]
    Missing {
        /// For the app's log; must hold no secret.
        reason: String,
    },
    /// There is a key, but not the one that was stored. The vault opens nothing and deletes nothing.
    #[error("the key store returned something else than was stored")]
    Mismatch {
        /// For the app's log; must hold no secret.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeyStoreError {
    fn from(e: uniffi::UnexpectedUniFFICallbackError) -> Self {
        // An exception nobody declared says nothing about the key, so it must never lead to wiping.
        Self::Unavailable { reason: e.reason }
    }
}

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
