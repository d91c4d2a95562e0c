//! What an app can be told about.

use std::collections::BTreeMap;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use crate::base::log::Survived as _;
use crate::base::threads;

/// Something changed that a screen may want to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Change {
    /// An answer, withdrawal, signal, policy or erasure changed what is allowed.
    Consent,
    /// The profile changed, or the engine was opened or shut down: shelves may look different.
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

/// Implemented by the app. The engine calls it after the change is stored, on the thread that made the change, and never
/// twice at a time: changes that come during a call are told after it, each kind once, on a thread of the engine. Return
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
    delivery: Mutex<Delivery>,
}

/// What is being told. One thread at a time tells, whatever listeners do meanwhile.
#[derive(Default)]
struct Delivery {
    is_under_way: bool,
    /// The latest of each kind.
    waiting: Vec<Change>,
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

    /// Tells them, with no lock held. If somebody is being told already, that goes on with it.
    pub(crate) fn tell(self: &Arc<Self>, change: Change) {
        let mut delivery = self.delivery();
        delivery.waiting.retain(|waiting| mem::discriminant(waiting) != mem::discriminant(&change));
        delivery.waiting.push(change);
        if mem::replace(&mut delivery.is_under_way, true) {
            return;
        }
        drop(delivery);
        if self.deliver() {
            // A listener that changes something at every change must not keep this caller.
            let listeners = Arc::clone(self);
            let others = Box::new(move || while listeners.deliver() {});
            if threads::start("sottovoce-listeners", others).is_err() {
                while self.deliver() {}
            }
        }
    }

    /// Tells what waits, and whether more came meanwhile. The listeners' faults are their own.
    fn deliver(&self) -> bool {
        let changes = mem::take(&mut self.delivery().waiting);
        let listeners: Vec<_> =
            self.by_number.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for (change, listener) in changes.iter().flat_map(|c| listeners.iter().map(move |l| (*c, l))) {
            let told = catch_unwind(AssertUnwindSafe(|| listener.changed(change)));
            told.ok().and_then(Result::ok).ok_or("it failed").survived("call the app's listener");
        }
        let mut delivery = self.delivery();
        delivery.is_under_way = !delivery.waiting.is_empty();
        delivery.is_under_way
    }

    fn delivery(&self) -> MutexGuard<'_, Delivery> {
        self.delivery.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One listener beside others. It ends when it is cancelled, and not before: a listener that ended with a garbage collection
/// would end at a time that nobody knows.
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
