//! What is kept no longer than the policy says, purpose by purpose, to the millisecond.

use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::gate::Gate;
use crate::consent::gate::records::Writing;
use crate::consent::gate::sensitive;
use crate::consent::permit::{Permit, Term};
use crate::consent::purpose::{Purpose, PurposeType};
use crate::consent::state::clock;
use crate::consent::state::clock::{Now, Until};
use crate::vault::{Secret, Table};

/// Permission to delete what of purpose `P` has reached the end of its retention.
///
/// What may not be used at the moment does not become older more slowly: this permit is given
/// whatever consent says, and what has done its service may go by it as well. It shows records to a question about
/// their end and deletes or shortens them, no more.
pub struct RetentionPermit<P: PurposeType> {
    permit: Permit<P>,
    kept_ms: i64,
    now: Now,
}

impl<P: PurposeType> RetentionPermit<P> {
    /// Whether what is from then has been kept for as long as the policy lets it: by the clock, in milliseconds since
    /// 1970, or by the device's own time (see [`Gate::device_ms`]).
    #[must_use]
    pub const fn is_over(&self, clock_ms: i64, device_ms: i64) -> bool {
        Until::after(Now { clock_ms, device_ms }, self.kept_ms).is_over(self.now)
    }

    /// Whether consent still stands as it did when this permit was given.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] once consent has changed.
    pub fn check(&self) -> Result<(), ConsentError> {
        self.permit.check()
    }
}

/// What becomes of a record.
pub enum Trim {
    /// It stays.
    Keep,
    /// It goes.
    Delete,
    /// A part of it goes.
    Replace(Secret),
}

impl Gate {
    /// A permit to delete what of `P` has reached the end of its retention.
    #[must_use]
    pub fn retention<P: PurposeType>(&self) -> RetentionPermit<P> {
        let term = Term::new(self.clock.generation(), None, &self.clock);
        let kept_ms = clock::days(self.retention_days(P::PURPOSE));
        RetentionPermit { permit: Permit::issue(term), kept_ms, now: self.clock.now() }
    }

    /// The device's own time in milliseconds: it goes on with the clock and is never set back. Only differences mean
    /// anything.
    #[must_use]
    pub fn device_ms(&self) -> i64 {
        self.clock.now().device_ms
    }

    /// How long the policy lets data of a purpose be kept, in days.
    #[must_use]
    pub fn retention_days(&self, purpose: Purpose) -> u32 {
        let state = self.state();
        let policy = state.policy();
        // The one that was agreed to cannot be read; the receipts still say what it promised.
        let agreed = state.promised_days(purpose).filter(|_| policy.stands_in());
        agreed.or(policy.terms(purpose).map(|terms| terms.retention_days)).unwrap_or(0)
    }
}

impl Writing<'_, '_> {
    /// Shows every record of a table to `trim`, whether or not it may be used, and does what that says; tells how many
    /// were deleted or changed. What is sensitive is kept no longer than the history it is part of.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] when consent has changed since the permit was given, or
    /// [`ConsentError::Vault`].
    pub fn trim<P: PurposeType>(
        &mut self,
        permit: &RetentionPermit<P>,
        table: Table,
        mut trim: impl FnMut(&[u8]) -> Trim,
    ) -> Result<u64, ConsentError> {
        permit.check()?;
        let (writer, mut trimmed) = (self.writer(), 0);
        let tags = SensitiveTag::ALL.map(sensitive::compartment).into_iter();
        let tags = tags.filter(|_| P::PURPOSE == Purpose::History);
        for at in [P::PURPOSE.compartment()].into_iter().chain(tags) {
            let (mut gone, mut changed) = (Vec::new(), Vec::new());
            writer.each(at, table, |id, bytes| {
                match trim(bytes) {
                    Trim::Keep => {}
                    Trim::Delete => gone.push(id),
                    Trim::Replace(bytes) => changed.push((id, bytes)),
                }
                Ok::<_, ConsentError>(())
            })?;
            for (id, bytes) in &changed {
                writer.rewrite(at, *id, bytes)?;
            }
            trimmed += writer.delete(at, &gone)? + changed.len() as u64;
        }
        Ok(trimmed)
    }
}
