//! Denials that wait for their turn. Another call may be inside a key store that answers late or never: a denial counts from
//! the moment it is said, and one that never has its turn counts until consent that is given later, or until the process ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::turn::Taken;
use crate::consent::ConsentError;
use crate::consent::gate::Gate;
use crate::consent::state::current::State;
use crate::consent::state::denials::Denials;

/// What was said and is not carried out yet.
#[derive(Debug, Default)]
pub(crate) struct Coming(Mutex<Said>);

#[derive(Debug, Default)]
struct Said {
    /// By number, of calls that wait or are under way.
    waiting: Vec<(u64, Denials)>,
    last: u64,
    /// Of calls that never had their turn.
    left: Denials,
    /// Of these, what was left before the call began that is under way. Consent in it comes later and lifts them.
    liftable: Denials,
}

impl Coming {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, denials: Denials) -> u64 {
        let mut said = self.said();
        said.last += 1;
        let number = said.last;
        said.waiting.push((number, denials));
        number
    }

    /// A call is over; what it denied is `left` if it never had its turn.
    fn end(&self, number: u64, left: bool) {
        let mut said = self.said();
        let ended: Vec<_> = said.waiting.extract_if(.., |(n, _)| *n == number).collect();
        if left {
            said.left = ended.iter().fold(said.left, |left, (_, denials)| left.and(*denials));
        }
    }

    /// A call has its turn.
    pub(crate) fn begin(&self) {
        let mut said = self.said();
        said.liftable = said.left;
    }

    /// Consent was given by the call that has its turn.
    pub(crate) fn lift(&self, allowed: Denials) {
        let mut said = self.said();
        let liftable = said.liftable;
        let kept = said.left.without(allowed);
        said.left = said.left.without(liftable).and(kept);
    }

    /// All that is denied.
    pub(crate) fn all(&self) -> Denials {
        let said = self.said();
        said.waiting.iter().fold(said.left, |all, (_, denials)| all.and(*denials))
    }
}

/// A denial that has its turn, and counts until it is carried out.
pub(crate) struct Denying<'a> {
    coming: &'a Coming,
    number: u64,
    _turn: Taken<'a, ()>,
}

impl Drop for Denying<'_> {
    fn drop(&mut self) {
        self.coming.end(self.number, false);
    }
}

impl Gate {
    /// Denies at once, and waits for the turn to carry it out.
    pub(crate) fn denying(&self, denials: Denials) -> Result<Denying<'_>, ConsentError> {
        let number = self.coming.say(denials);
        if !denials.is_empty() {
            self.clock.next_generation();
        }
        match self.changing() {
            Ok(turn) => Ok(Denying { coming: &self.coming, number, _turn: turn }),
            Err(busy) => {
                self.coming.end(number, true);
                Err(busy)
            }
        }
    }

    /// The picture that permits follow: as [`state`](Self::state), with what is denied and waits for its turn.
    pub(crate) fn counting(&self) -> Arc<State> {
        let (state, coming) = (self.state(), self.coming.all());
        if coming.is_empty() { state } else { Arc::new(state.holding(&coming.purposes(), &coming.tags())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::purpose::Purpose;

    #[test]
    fn what_never_had_its_turn_is_lifted_by_later_consent_only() {
        let coming = Coming::default();
        let of = |purposes: &[Purpose]| Denials::of(purposes, &[]);
        let (history, ranking) = (of(&[Purpose::History]), of(&[Purpose::Ranking]));
        coming.begin(); // A call that gives consent, and is stuck.
        let one = coming.say(history);
        assert_eq!(coming.all(), history);
        coming.end(one, true);
        coming.lift(history);
        assert_eq!(coming.all(), history, "the consent was there before the denial");
        coming.begin();
        coming.lift(ranking);
        assert_eq!(coming.all(), history, "consent to something else");
        coming.lift(history);
        assert!(coming.all().is_empty());
        let two = coming.say(ranking);
        coming.end(two, false);
        assert!(coming.all().is_empty(), "what had its turn is for the ledger to say");
    }
}
