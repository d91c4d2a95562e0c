//! Denials that wait for their turn. Another call may be inside a key store that answers late or never: a denial counts from
//! the moment it is said. One that never has its turn, or that neither disk nor key store could hold, counts on and is carried
//! out by the next call that can, also after the engine was locked: until consent that is given later, or the process ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::order;
use crate::base::turn::Taken;
use crate::consent::ConsentError;
use crate::consent::external::ExternalSignals;
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
    /// By number, of the latest calls. Those before have the number of the last one that was forgotten.
    latest: Vec<(u64, Denials)>,
    /// Of calls that never had their turn or that nothing could hold.
    left: Denials,
    /// Of these, what was left before the call began that is under way. Consent in it comes later and lifts them.
    liftable: Denials,
    /// What is denied because such a call was to erase its data.
    data: Denials,
    /// What such a call told of the surroundings, and what is denied because of it.
    signals: Option<(ExternalSignals, Denials)>,
}

/// What a call says that denies.
pub(crate) enum Saying {
    /// Purposes or topics are refused or taken back.
    No,
    /// Their data is to be erased.
    Erase,
    /// The surroundings are such.
    Signals(ExternalSignals),
}

impl Coming {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, number: u64, denials: Denials) {
        let mut said = self.said();
        said.waiting.push((number, denials));
        if !denials.is_empty() {
            said.latest.push((number, denials));
        }
        if said.latest.len() > LATEST {
            let (number, denials) = said.latest.remove(0);
            if let Some((next, others)) = said.latest.first_mut() {
                (*next, *others) = ((*next).max(number), others.and(denials));
            }
        }
    }

    /// What was denied by calls that the app made later than this one.
    fn denied_after(&self, number: u64) -> Denials {
        let said = self.said();
        let later = said.latest.iter().filter(|(n, _)| *n > number);
        later.fold(Denials::default(), |all, (_, denials)| all.and(*denials))
    }

    /// A call is over.
    fn end(&self, number: u64) {
        self.said().waiting.retain(|(n, _)| *n != number);
    }

    /// What a call denied is not carried out.
    pub(crate) fn leave(&self, what: Saying, denials: Denials) {
        let mut said = self.said();
        match what {
            Saying::No => said.left = said.left.and(denials),
            Saying::Erase => said.data = said.data.and(denials),
            Saying::Signals(signals) => said.signals = Some((signals, denials)),
        }
    }

    /// Disk or key store have it.
    pub(crate) fn carried_out(&self, denials: Denials) {
        let mut said = self.said();
        said.left = said.left.without(denials);
    }

    /// The data is erased.
    pub(crate) fn erased(&self, denials: Denials) {
        let mut said = self.said();
        said.data = said.data.without(denials);
    }

    /// The signals are stored, or others are that were told later.
    pub(crate) fn told(&self) {
        self.said().signals = None;
    }

    /// What was refused or taken back and is not carried out, the data that is not erased, the signals that are not stored.
    pub(crate) fn left(&self) -> (Denials, Denials, Option<ExternalSignals>) {
        let said = self.said();
        (said.left, said.data, said.signals.as_ref().map(|(signals, _)| signals.clone()))
    }

    /// Whether signals were told that are not stored.
    pub(crate) fn has_signals(&self) -> bool {
        self.said().signals.is_some()
    }

    /// A call has its turn.
    pub(crate) fn begin(&self) {
        let mut said = self.said();
        said.liftable = said.left;
    }

    /// Consent was given by the call that has its turn.
    pub(crate) fn lift(&self, allowed: Denials) {
        if allowed.is_empty() {
            return;
        }
        let mut said = self.said();
        // What is given after an erasure of everything is not part of it.
        let allowed = allowed.and(Denials(Denials::EVERYTHING));
        let liftable = said.liftable;
        let kept = said.left.without(allowed);
        said.left = said.left.without(liftable).and(kept);
    }

    /// All that is denied.
    pub(crate) fn all(&self) -> Denials {
        let said = self.said();
        let signals = said.signals.as_ref().map(|(_, denials)| *denials).unwrap_or_default();
        let left = said.left.and(said.data).and(signals);
        said.waiting.iter().fold(left, |all, (_, denials)| all.and(*denials))
    }
}

/// Denials whose number is kept apart.
const LATEST: usize = 64;

/// A denial that has its turn, and counts until it is carried out.
pub(crate) struct Denying<'a> {
    coming: &'a Coming,
    number: u64,
    _turn: Taken<'a, ()>,
}

impl Denying<'_> {
    /// Whether a call that the app made later denies all of this: then consent in this call came before the denial, whichever
    /// has its turn first.
    pub(crate) fn is_overtaken(&self, allowed: Denials) -> bool {
        !allowed.is_empty() && allowed.without(self.coming.denied_after(self.number)).is_empty()
    }
}

impl Drop for Denying<'_> {
    fn drop(&mut self) {
        self.coming.end(self.number);
    }
}

impl Gate {
    /// Denies at once, and waits for the turn to carry it out.
    pub(crate) fn denying(&self, what: Saying, denials: Denials) -> Result<Denying<'_>, ConsentError> {
        let number = order::of_this_call();
        self.coming.say(number, denials);
        if !denials.is_empty() {
            self.clock.next_generation();
        }
        match self.changing() {
            Ok(turn) => Ok(Denying { coming: &self.coming, number, _turn: turn }),
            Err(busy) => {
                self.coming.leave(what, denials);
                self.coming.end(number);
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
        coming.say(1, history);
        assert_eq!(coming.all(), history);
        coming.leave(Saying::No, history);
        coming.end(1);
        coming.lift(history);
        assert_eq!(coming.all(), history, "the consent was there before the denial");
        coming.begin();
        coming.lift(ranking);
        assert_eq!(coming.all(), history, "consent to something else");
        coming.lift(history);
        assert!(coming.all().is_empty());
        coming.say(2, ranking);
        coming.end(2);
        assert!(coming.all().is_empty(), "what had its turn is for the ledger to say");
    }

    #[test]
    fn a_denial_is_later_than_consent_by_the_order_of_the_calls() {
        let coming = Coming::default();
        let of = |purposes: &[Purpose]| Denials::of(purposes, &[]);
        coming.say(5, of(&[Purpose::History]));
        coming.end(5);
        assert_eq!(coming.denied_after(4), of(&[Purpose::History]));
        assert!(coming.denied_after(5).is_empty() && coming.denied_after(6).is_empty());
        for number in 10..10 + 2 * LATEST as u64 {
            coming.say(number, of(&[Purpose::Ranking]));
            coming.end(number);
        }
        assert!(coming.said().latest.len() <= LATEST);
        let both = of(&[Purpose::History, Purpose::Ranking]);
        assert_eq!(coming.denied_after(4), both, "none is forgotten");
        assert!(coming.denied_after(10 + 2 * LATEST as u64).is_empty());
    }
}
