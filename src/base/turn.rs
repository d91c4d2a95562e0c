//! A lock whose holder may be inside the app's own code: nobody waits for it without end.
//!
//! The key store and the transport are the app's. They may block for ever, or call back into the engine, on the same
//! thread or by way of another one. A plain mutex would hang the app; this one answers with a typed refusal.

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

/// A value that one thread at a time may use.
#[derive(Debug, Default)]
pub(crate) struct Turn<T> {
    holder: Mutex<Option<ThreadId>>,
    free: Condvar,
    value: Mutex<T>,
}

impl<T> Turn<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { holder: Mutex::new(None), free: Condvar::new(), value: Mutex::new(value) }
    }

    /// Waits for the turn, but not for ever.
    pub(crate) fn take(&self) -> Result<Taken<'_, T>, NoTurn> {
        self.take_within(PATIENCE)
    }

    /// As [`take`](Self::take), for as long as the caller says.
    pub(crate) fn take_within(&self, patience: Duration) -> Result<Taken<'_, T>, NoTurn> {
        let me = std::thread::current().id();
        let holder = self.holder.lock().unwrap_or_else(PoisonError::into_inner);
        if *holder == Some(me) {
            return Err(NoTurn::Reentrant);
        }
        let (mut holder, _) = self
            .free
            .wait_timeout_while(holder, patience, |holder| holder.is_some())
            .unwrap_or_else(PoisonError::into_inner);
        if holder.is_some() {
            return Err(NoTurn::Busy);
        }
        *holder = Some(me);
        drop(holder);
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
        *self.turn.holder.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.turn.free.notify_one();
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
