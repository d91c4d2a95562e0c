//! What an app can be told about.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use crate::base::log::Survived as _;

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

/// Everybody who is told about changes.
#[derive(Default)]
pub(crate) struct Listeners {
    by_number: RwLock<BTreeMap<u64, Arc<dyn Listener>>>,
    /// The numbers given to subscriptions so far; 0 is the app's one listener.
    given: AtomicU64,
}

impl Listeners {
    /// Puts the app's one listener in place of the one before.
    pub(crate) fn set(&self, listener: Option<Arc<dyn Listener>>) {
        match listener {
            Some(listener) => self.put(0, listener),
            None => self.remove(0),
        }
    }

    /// Adds a listener beside the others.
    pub(super) fn subscribe(self: &Arc<Self>, listener: Arc<dyn Listener>) -> Subscription {
        let number = self.given.fetch_add(1, Ordering::Relaxed) + 1;
        self.put(number, listener);
        Subscription { listeners: Arc::downgrade(self), number }
    }

    fn put(&self, number: u64, listener: Arc<dyn Listener>) {
        let replaced =
            self.by_number.write().unwrap_or_else(PoisonError::into_inner).insert(number, listener);
        drop(replaced); // with no lock held: the app's code may run
    }

    fn remove(&self, number: u64) {
        let removed = self.by_number.write().unwrap_or_else(PoisonError::into_inner).remove(&number);
        drop(removed);
    }

    /// Tells them, on the caller's thread, with no lock held. Their faults are their own.
    pub(crate) fn tell(&self, change: Change) {
        let listeners: Vec<_> =
            self.by_number.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for listener in listeners {
            listener.changed(change).map_err(|_| "it failed").survived("call the app's listener");
        }
    }
}

/// One listener beside others. It ends when it is cancelled or dropped.
#[derive(uniffi::Object)]
pub struct Subscription {
    listeners: Weak<Listeners>,
    number: u64,
}

#[uniffi::export]
impl Subscription {
    /// The listener is not told any more. A change that is being told at this moment may still arrive.
    pub fn cancel(&self) {
        if let Some(listeners) = self.listeners.upgrade() {
            listeners.remove(self.number);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.cancel();
    }
}
