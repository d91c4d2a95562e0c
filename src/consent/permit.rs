//! The proof that a question was asked: whoever touches personal data holds one.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::purpose::{Purpose, PurposeType};
use super::ConsentError;

/// Permission to use data for purpose `P`, as consent stood when it was given.
///
/// Only this room makes permits. A permit dies when anything about consent changes: it must be
/// asked for anew, and [`check`](Self::check) fails from then on.
///
/// ```compile_fail
/// use sottovoce::consent::{History, Permit};
/// let forged: Permit<History> = Permit { epoch: 0, now: Default::default(), purpose: Default::default() };
/// ```
pub struct Permit<P: PurposeType> {
    epoch: u64,
    now: Epoch,
    purpose: PhantomData<P>,
}

impl<P: PurposeType> Permit<P> {
    pub(super) fn issue(epoch: u64, now: &Epoch) -> Self {
        Self { epoch, now: now.clone(), purpose: PhantomData }
    }

    /// Whether consent still stands as it did when this permit was given.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] once consent has changed.
    pub fn check(&self) -> Result<(), ConsentError> {
        if self.now.is(self.epoch) { Ok(()) } else { Err(ConsentError::StalePermit(P::PURPOSE)) }
    }

    /// The purpose, as a value.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        P::PURPOSE
    }
}

impl<P: PurposeType> fmt::Debug for Permit<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permit<{}>({})", P::PURPOSE.id(), self.epoch)
    }
}

/// Counts the changes of consent since the engine was opened.
#[derive(Debug, Clone, Default)]
pub(super) struct Epoch(Arc<AtomicU64>);

impl Epoch {
    pub(super) fn current(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Kills every permit given so far.
    pub(super) fn bump(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn is(&self, epoch: u64) -> bool {
        self.current() == epoch
    }
}
