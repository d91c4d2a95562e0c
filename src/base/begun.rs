//! Calls that have begun and not ended. Whoever closes what they work with waits for them, but not for ever: they may be
//! inside the app's own code.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::thread::ThreadId;
use std::time::Duration;

/// The calls under way.
#[derive(Debug, Default)]
pub(crate) struct Begun {
    /// The thread of each, where that is known.
    under_way: Mutex<Vec<Option<ThreadId>>>,
    none: Condvar,
}

/// A call under way, until it is dropped.
pub(crate) struct Call {
    begun: Arc<Begun>,
    thread: Option<ThreadId>,
}

impl Begun {
    /// A call on this thread.
    pub(crate) fn begin(self: &Arc<Self>) -> Call {
        self.begin_on(Some(thread::current().id()))
    }

    /// A call that another thread is going to make.
    pub(crate) fn begin_elsewhere(self: &Arc<Self>) -> Call {
        self.begin_on(None)
    }

    fn begin_on(self: &Arc<Self>, thread: Option<ThreadId>) -> Call {
        self.under_way().push(thread);
        Call { begun: self.clone(), thread }
    }

    /// Whether this thread is inside a call: whoever waited for that one here would wait for itself.
    pub(crate) fn is_under_way_here(&self) -> bool {
        self.under_way().contains(&Some(thread::current().id()))
    }

    /// Waits until no call is under way, and tells whether none is. Gives up after `patience`.
    pub(crate) fn wait(&self, patience: Duration) -> bool {
        let ended =
            self.none.wait_timeout_while(self.under_way(), patience, |under_way| !under_way.is_empty());
        ended.unwrap_or_else(PoisonError::into_inner).0.is_empty()
    }

    fn under_way(&self) -> MutexGuard<'_, Vec<Option<ThreadId>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut under_way = self.begun.under_way();
        if let Some(at) = under_way.iter().position(|thread| *thread == self.thread) {
            under_way.swap_remove(at);
        }
        if under_way.is_empty() {
            self.begun.none.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_knows_its_own_calls() {
        let begun = Arc::new(Begun::default());
        let elsewhere = begun.begin_elsewhere();
        assert!(!begun.is_under_way_here() && !begun.wait(Duration::ZERO));
        let (outer, inner) = (begun.begin(), begun.begin());
        drop(inner);
        assert!(begun.is_under_way_here());
        assert!(!thread::scope(|scope| scope.spawn(|| begun.is_under_way_here()).join().unwrap()));
        drop(outer);
        assert!(!begun.is_under_way_here() && !begun.wait(Duration::ZERO));
        drop(elsewhere);
        assert!(begun.wait(Duration::ZERO));
    }
}
