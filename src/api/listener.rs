//! What an app can be told about.

/// Something changed that a screen may want to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Change {
    /// An answer, a withdrawal, a signal, a policy or an erasure changed what is allowed.
    Consent,
    /// What is known about the user changed: shelves may look different.
    Profile,
    /// Another catalog is in use.
    Catalog {
        /// Its version.
        version: u64,
    },
}

/// The listener failed. The engine goes on; nothing is undone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ListenerError {
    /// What went wrong on the app's side.
    #[error("the app's listener failed: {reason}")]
    Failed {
        /// The app's own words.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for ListenerError {
    fn from(e: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: e.reason }
    }
}

/// Implemented by the app. Called on the thread that made the change, after it is stored.
#[uniffi::export(foreign)]
pub trait Listener: Send + Sync {
    /// Something changed. May call the engine.
    fn changed(&self, change: Change) -> Result<(), ListenerError>;
}
