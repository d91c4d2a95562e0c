//! Calls that have begun and not ended. Whoever closes what they work with waits for them, but not for ever: they may be
//! inside the app's own code.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Counts the calls under way.
#[derive(Debug, Default)]
pub(crate) struct Begun {
    under_way: Mutex<usize>,
    none: Condvar,
}

/// A call under way, until it is dropped.
pub(crate) struct Call(Arc<Begun>);

impl Begun {
    pub(crate) fn begin(self: &Arc<Self>) -> Call {
        *self.under_way.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Call(self.clone())
    }

    /// Waits until no call is under way, and tells whether none is. Gives up after `patience`.
    pub(crate) fn wait(&self, patience: Duration) -> bool {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = self.none.wait_timeout_while(under_way, patience, |under_way| *under_way > 0);
        *ended.unwrap_or_else(PoisonError::into_inner).0 == 0
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut under_way = self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        *under_way -= 1;
        if *under_way == 0 {
            self.0.none.notify_all();
        }
    }
}
