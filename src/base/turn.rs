//! A lock whose holder may be inside the app's own code: nobody waits for it without end.
//!
//! The key store and the transport are the app's. They may block for ever, or call back into the engine, on the same
//! thread or by way of another one. A plain mutex would hang the app; this one answers with a typed refusal.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

/// Longer than any key store that answers at all has been seen to take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a turn could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoTurn {
    /// This thread has it already: a callback called the engine.
    Reentrant,
    /// Another call has not come to its end for [`PATIENCE`].
    Busy,
}

/// Who has the turn, and how many wait for it: where nobody does, nobody is woken, which would ask the system.
#[derive(Debug, Default)]
struct Queue {
    holder: Option<ThreadId>,
    waiting: u32,
}

/// A value that one thread at a time may use.
#[derive(Debug, Default)]
pub(crate) struct Turn<T> {
    queue: Mutex<Queue>,
    free: Condvar,
    value: Mutex<T>,
}

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// Whether this thread has any turn: it is inside a callback that the engine waits for.
pub(crate) fn is_held_here() -> bool {
    HELD.get() > 0
}

impl<T> Turn<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { queue: Mutex::default(), free: Condvar::new(), value: Mutex::new(value) }
    }

    /// Waits for the turn, but not for ever.
    pub(crate) fn take(&self) -> Result<Taken<'_, T>, NoTurn> {
        self.take_within(PATIENCE)
    }

    /// As [`take`](Self::take), for as long as the caller says.
    pub(crate) fn take_within(&self, patience: Duration) -> Result<Taken<'_, T>, NoTurn> {
        let me = std::thread::current().id();
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.holder == Some(me) {
            return Err(NoTurn::Reentrant);
        }
        if queue.holder.is_some() {
            queue.waiting += 1;
            let taken = |queue: &mut Queue| queue.holder.is_some();
            let waited = self.free.wait_timeout_while(queue, patience, taken);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
            queue.waiting -= 1;
            if queue.holder.is_some() {
                return Err(NoTurn::Busy);
            }
        }
        queue.holder = Some(me);
        drop(queue);
        HELD.set(HELD.get() + 1);
        let value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Taken { turn: self, value: Some(value) })
    }

    /// The value, when nobody else can have it.
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn, until it is dropped.
pub(crate) struct Taken<'a, T> {
    turn: &'a Turn<T>,
    value: Option<MutexGuard<'a, T>>,
}

impl<T> Deref for Taken<'_, T> {
    type Target = T;

    #[allow(clippy::unreachable, reason = "the value is taken only by drop")]
    fn deref(&self) -> &T {
        match &self.value {
            Some(value) => value,
            None => unreachable!(),
        }
    }
}

impl<T> DerefMut for Taken<'_, T> {
    #[allow(clippy::unreachable, reason = "the value is taken only by drop")]
    fn deref_mut(&mut self) -> &mut T {
        match &mut self.value {
            Some(value) => value,
            None => unreachable!(),
        }
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        self.value = None;
        HELD.set(HELD.get() - 1);
        let mut queue = self.turn.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.holder = None;
        if queue.waiting > 0 {
            self.turn.free.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_has_the_turn_does_not_wait_for_itself() {
        let turn = Turn::new(1);
        let taken = turn.take().unwrap();
        assert_eq!(turn.take().err(), Some(NoTurn::Reentrant));
        assert_eq!(*taken, 1);
        drop(taken);
        *turn.take().unwrap() = 2;
        assert_eq!(*turn.take().unwrap(), 2);
    }

    #[test]
    fn others_wait_and_give_up() {
        let turn = Turn::new(0);
        std::thread::scope(|scope| {
            let taken = turn.take().unwrap();
            let waits = scope.spawn(|| turn.take_within(Duration::from_millis(5)).err());
            assert_eq!(waits.join().unwrap(), Some(NoTurn::Busy));
            let waits = scope.spawn(|| *turn.take().unwrap());
            drop(taken);
            assert_eq!(waits.join().unwrap(), 0);
        });
    }
}
