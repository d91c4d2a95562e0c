//! What an app can be told about.

use std::sync::{Arc, Weak};

use crate::api::engine::Engine;

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

/// One listener beside others. It ends when it is cancelled or dropped.
#[derive(uniffi::Object)]
pub struct Subscription {
    engine: Weak<Engine>,
    number: u64,
}

impl Subscription {
    pub(super) fn new(engine: &Arc<Engine>, listener: Arc<dyn Listener>) -> Self {
        Self { engine: Arc::downgrade(engine), number: engine.add_listener(listener) }
    }
}

#[uniffi::export]
impl Subscription {
    /// The listener is not told any more. A change that is being told at this moment may still arrive.
    pub fn cancel(&self) {
        if let Some(engine) = self.engine.upgrade() {
            engine.unlisten(self.number);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.cancel();
    }
}
