//! Putting another policy in force. Versions of one key only rise; what changed decides who is asked again.

use crate::base::log::Survived as _;
use std::sync::PoisonError;

use crate::base::signed::PublicKey;
use crate::consent::ConsentError;
use crate::consent::change::draft::{Place, States};
use crate::consent::decision::ConsentState;
use crate::consent::gate::Gate;
use crate::consent::gate::open::put_policy;
use crate::consent::ledger::receipt::ReceiptAction;
use crate::consent::policy::{Policy, PolicyDiff, PolicyError, PolicyRefusal};
use crate::consent::state::clock::Now;
use crate::consent::state::current::State;
use crate::vault::Durability;

impl Gate {
    /// Puts a signed policy in force, if it is newer than the one in use. Where it changes
    /// materially what was agreed to, the yes is invalid from now on; everything else stays.
    ///
    /// # Errors
    /// [`ConsentError::Policy`] for a bad signature, a replay or downgrade, or a policy whose time
    /// is not now: the one in use stays in use, and [`refused_policy`](Self::refused_policy) tells.
    /// [`ConsentError::Vault`] can also mean that it is in force and a snapshot that may no longer be shown could not be
    /// removed; the next [`tick`](Self::tick) does it.
    pub fn apply_policy(&self, signed: &[u8], key: &PublicKey) -> Result<PolicyDiff, ConsentError> {
        let now_ms = self.clock.clock_ms();
        let admitted = Policy::open(signed, key)
            .and_then(|policy| policy.admit(self.state().policy(), now_ms).map(|()| policy));
        self.set_refused(admitted.as_ref().err().map(|e| PolicyRefusal::new(e, now_ms)));
        let diff = self.adopt(admitted?)?;
        self.review_widget()?;
        Ok(diff)
    }

    /// Notes that a policy was offered that could not even be opened. The one in use stays in use.
    pub fn refuse_policy(&self, error: &PolicyError) {
        self.set_refused(Some(PolicyRefusal::new(error, self.clock.clock_ms())));
    }

    fn set_refused(&self, refusal: Option<PolicyRefusal>) {
        *self.refused_policy.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
    }

    /// The latest policy that was offered and not taken, if the latest was not.
    #[must_use]
    pub fn refused_policy(&self) -> Option<PolicyRefusal> {
        self.refused_policy.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stores a policy that was admitted, with a receipt of what it invalidates.
    pub(crate) fn adopt(&self, policy: Policy) -> Result<PolicyDiff, ConsentError> {
        let _one_at_a_time = self.changing()?;
        // Whom a change concerns is not known otherwise.
        self.not_newer()?;
        let diff = self.put_in_force(policy)?;
        // If this fails nothing can leave all the same, and the next tick does it.
        self.cancel_reports().survived("destroy reports that may not be sent");
        Ok(diff)
    }

    fn put_in_force(&self, policy: Policy) -> Result<PolicyDiff, ConsentError> {
        let state = self.state();
        // Somebody else may have been faster.
        policy.admit(state.policy(), self.clock.clock_ms())?;
        let diff = PolicyDiff::between(state.policy(), &policy);
        let states = touched(&state, &diff, self.clock.now());
        let next = state.with_policy(policy.clone());
        if states.purposes.is_empty() && states.tags.is_empty() {
            self.vault.write(Durability::Full, |w| put_policy(w, &policy))?;
            self.replace(next);
            return Ok(diff);
        }
        let draft = self.draft(&next, ReceiptAction::PolicyChanged, &states, Place::NOWHERE);
        let link = self.link(&next, draft)?;
        self.vault.write(Durability::Full, |w| {
            put_policy(w, &policy)?;
            link.store(w)
        })?;
        self.replace(next.with(link.receipt, link.hash));
        Ok(diff)
    }
}

/// The answers that a change of policy touches, and what becomes of them: a yes is invalid, a no
/// stays a no and may be asked about again. A yes that ran out is left to go as such, with its data.
fn touched(state: &State, diff: &PolicyDiff, now: Now) -> States {
    let purposes = diff.material.iter().filter_map(|&purpose| {
        let state = match state.answer(purpose) {
            Some(a) if a.is_over(now) => return None,
            Some(a) if a.state.is_grant() => ConsentState::Invalidated,
            Some(a) => a.state,
            None if state.was_noticed(purpose) => ConsentState::Invalidated,
            None => return None,
        };
        Some((purpose, state))
    });
    let tags = diff.sensitive.iter().filter_map(|&tag| {
        let yes = state.tag_answer(tag).filter(|a| a.state.is_grant() && !a.is_over(now));
        yes.map(|_| (tag, ConsentState::Invalidated))
    });
    States { purposes: purposes.collect(), tags: tags.collect() }
}
