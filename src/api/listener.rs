//! What an app can be told about.

/// Something changed that a screen may want to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Change {
    /// An answer, withdrawal, signal, policy or erasure changed what is allowed.
    Consent,
    /// The profile changed: shelves may look different.
    Profile,
    /// Another catalog is in use.
    Catalog {
        /// Its version.
        version: u64,
    },
}

/// The listener failed. The engine continues; nothing is undone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ListenerError {
    /// An error in the app.
    #[error("the app's listener failed: {reason}")]
    Failed {
        /// The reason that the app gave.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for ListenerError {
    fn from(e: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: e.reason }
    }
}

/// Implemented by the app. The engine calls it after the change is stored, on the thread that made the change. Return
/// quickly.
#[uniffi::export(foreign)]
pub trait Listener: Send + Sync {
    /// Something changed. This method may call the engine.
    fn changed(&self, change: Change) -> Result<(), ListenerError>;
}
