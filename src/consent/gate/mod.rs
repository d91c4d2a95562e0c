//! The gate: only here can a permit be had, and only with a permit does the vault open.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::base::codec::Newer;
use crate::base::log::Survived as _;
use crate::base::random::SecureRandom;
use crate::base::sensitive::SensitiveTag;
use crate::base::turn::{Taken, Turn};
use crate::consent::ConsentError;
use crate::consent::decision::Decision;
use crate::consent::error::Ended;
use crate::consent::external::ExternalSignals;
use crate::consent::gate::coming::Coming;
use crate::consent::gate::open::put_mark;
use crate::consent::gate::records::{Reading, Writing};
use crate::consent::permit::{AccessPermit, Permit, Term};
use crate::consent::policy::DpTerms;
use crate::consent::policy::PolicyRefusal;
use crate::consent::purpose::{Essential, Purpose, PurposeType};
use crate::consent::state::clock::{ConsentClock, Mark};
use crate::consent::state::current::State;
use crate::consent::state::decide::{decide, until};
use crate::consent::state::denials::Denials;
use crate::vault::{Durability, Integrity, Opening, Repair, Spent, Unreadable, Vault, VaultError};

/// The one owner of the vault. Every other room reaches personal data through it, with permits.
pub struct Gate {
    pub(super) vault: Vault,
    pub(super) random: Arc<dyn SecureRandom>,
    pub(super) clock: ConsentClock,
    pub(super) opens: u64,
    pub(super) state: RwLock<Arc<State>>,
    pub(super) changing: Turn<()>,
    /// Shared by the gates that an engine opens one after another.
    pub(super) coming: Arc<Coming>,
    /// How often what is known of a visit has been taken back. It is in memory only, and no key ends it.
    pub(super) visits_ended: AtomicU64,
    pub(super) refused_policy: Mutex<Option<PolicyRefusal>>,
    pub(super) newer: Mutex<BTreeSet<Newer>>,
    pub(super) message_caps: Mutex<Option<MessageCaps>>,
}

/// How many messages a user gets at most, for the notice that asks about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageCaps {
    /// In 24 hours.
    pub per_day: u32,
    /// In seven days.
    pub per_week: u32,
}

impl Gate {
    /// The gate with what was denied before the engine was locked, and not carried out.
    #[must_use]
    pub(crate) fn going_on(self, coming: Arc<Coming>) -> Self {
        Self { coming, ..self }
    }

    /// Decides about a purpose, from memory.
    #[must_use]
    pub fn decide(&self, purpose: Purpose) -> Decision {
        decide(&self.counting(), purpose, self.clock.now())
    }

    /// A permit for `P`, or the decision that denies it.
    ///
    /// # Errors
    /// The [`Decision`], with the reason.
    pub fn permit<P: PurposeType>(&self) -> Result<Permit<P>, Box<Decision>> {
        // The generation is read first: a change in between leaves a permit that is already dead.
        let generation = self.clock.generation();
        let (state, now) = (self.counting(), self.clock.now());
        let decision = decide(&state, P::PURPOSE, now);
        if !decision.allowed {
            return Err(Box::new(decision));
        }
        Ok(Permit::issue(Term::new(generation, until(&state, &decision, now), &self.clock)))
    }

    /// The permit for what the service cannot do without.
    #[must_use]
    pub fn essential(&self) -> Permit<Essential> {
        Permit::issue(Term::new(self.clock.generation(), None, &self.clock))
    }

    /// A permit to read data of `P` for the user it is about; none while it is being taken back.
    #[must_use]
    pub fn access<P: PurposeType>(&self) -> Option<AccessPermit<P>> {
        let generation = self.clock.generation();
        let state = self.counting();
        let tags = SensitiveTag::ALL.into_iter().filter(|tag| !state.is_going_about(*tag));
        let term = Term::new(generation, None, &self.clock);
        (!state.is_going(P::PURPOSE)).then(|| AccessPermit::issue(term, tags.collect()))
    }

    /// Leaves purposes out of every notice: nobody is asked for what is not used. What was given before stays given.
    ///
    /// # Errors
    /// [`ConsentError::Vault`] while another change does not come to its end.
    pub fn leave_out(&self, unused: &[Purpose]) -> Result<(), ConsentError> {
        let _one_at_a_time = self.changing()?;
        let state = self.state();
        if state.unused() != unused {
            self.replace(state.without_use_of(unused));
        }
        Ok(())
    }

    /// Keeps how many messages the shop sends at most, for notices to say.
    pub fn cap_messages(&self, caps: Option<MessageCaps>) {
        *self.message_caps.lock().unwrap_or_else(PoisonError::into_inner) = caps;
    }

    pub(crate) fn message_caps(&self) -> Option<MessageCaps> {
        *self.message_caps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the app last told about region, age and signals, as far as it is kept.
    #[must_use]
    pub fn signals(&self) -> ExternalSignals {
        self.state().signals().clone()
    }

    /// Reads a consistent state of the vault, through permits.
    ///
    /// # Errors
    /// What `op` returns, or a [`ConsentError::Vault`].
    pub fn read<T, E: From<ConsentError>>(
        &self,
        op: impl FnOnce(&Reading<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.vault.read(|r| Ok::<_, ConsentError>(op(&Reading::new(r))))?
    }

    /// Writes in one transaction, through permits; an error leaves nothing behind.
    ///
    /// # Errors
    /// What `op` returns, or a [`ConsentError::Vault`].
    pub fn write<T, E: From<ConsentError>>(
        &self,
        durability: Durability,
        op: impl FnOnce(&mut Writing<'_, '_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let done = self.vault.write(durability, |w| op(&mut Writing::new(w)).map_err(Ended::Caller));
        done.map_err(Ended::told)
    }

    /// What the vault finds when it checks itself.
    ///
    /// # Errors
    /// [`ConsentError::Vault`] when it cannot be read.
    pub fn integrity(&self) -> Result<Integrity, ConsentError> {
        Ok(self.vault.integrity()?)
    }

    /// Tells what a repair of the vault gives up, and gives it up if `apply` says so.
    ///
    /// # Errors
    /// [`ConsentError::Vault`].
    pub fn repair(&self, apply: bool) -> Result<Repair, ConsentError> {
        Ok(self.vault.repair(apply)?)
    }

    /// Whether everything that was asked for is done: no denial failed, no erasure is unfinished, and no denial or charge
    /// could be undone by an older copy of the files.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let (anchor, state) = (self.vault.anchor(), self.counting());
        let beside = Denials::anchored(anchor.denied);
        // What is held back and stands nowhere ends with the process.
        let (purposes, tags) = state.held();
        let missing = Denials::of_ledger(&state).and(Denials::of(purposes, tags)).without(beside);
        let all_is_done = !self.coming.has_signals() && self.coming.left().1.is_empty();
        self.vault.is_settled() && anchor.unfinished == 0 && missing.is_empty() && all_is_done
    }

    /// What was met that a newer version of this library wrote. It is left as it is.
    #[must_use]
    pub fn newer(&self) -> BTreeSet<Newer> {
        let mut met = self.newer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        met.extend(self.state().newer());
        met
    }

    /// Notes that a record of a newer version was met.
    pub fn note_newer(&self, newer: Newer) {
        self.newer.lock().unwrap_or_else(PoisonError::into_inner).insert(newer);
    }

    /// Whether the answers are known here.
    ///
    /// # Errors
    /// [`ConsentError::Newer`] when a newer version went on with them: nothing is allowed, deleted or written then.
    pub fn not_newer(&self) -> Result<(), ConsentError> {
        self.state().newer().map_or(Ok(()), |newer| Err(newer.into()))
    }

    /// Whether another copy of the folder has taken the place of this one: what is known here counts no more.
    #[must_use]
    pub fn is_displaced(&self) -> bool {
        self.vault.is_displaced()
    }

    /// What was found when the file had to be mended since it was opened.
    #[must_use]
    pub fn mended(&self) -> Option<Opening> {
        self.vault.mended()
    }

    /// Records that were met and could not be read, by compartment.
    #[must_use]
    pub fn unreadable(&self) -> Vec<Unreadable> {
        self.vault.unreadable()
    }

    /// Spent privacy budget, as it stands beside the key.
    #[must_use]
    pub fn spent(&self) -> Spent {
        self.vault.anchor().spent
    }

    /// How much randomised reports may tell, as the policy has it that people agreed to.
    #[must_use]
    pub fn dp_terms(&self) -> DpTerms {
        self.state().policy().dp
    }

    /// Whether a policy of the shop is in use, and not the one that is compiled in.
    #[must_use]
    pub fn has_policy_of_its_own(&self) -> bool {
        !self.state().policy().is_baseline()
    }

    /// Closes the vault and wipes its keys from memory; every call that needs it fails from then on. The time that was
    /// seen is kept, so that what ran out while the vault was open stays so; only a call that is under way is not waited
    /// for.
    pub fn shutdown(&self) {
        self.clock.now();
        self.clock.next_generation();
        let mark = Mark { time: self.clock.time(), opens: self.opens };
        self.vault.write_if_free(|w| put_mark(w, mark)).survived("store the time");
        self.vault.shutdown();
    }

    /// A number that changes whenever what was known of a visit has to be forgotten.
    pub(crate) fn visits_ended(&self) -> u64 {
        self.visits_ended.load(Ordering::SeqCst)
    }

    /// Milliseconds since 1970, as the device's clock has it.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.clock.clock_ms()
    }

    pub(super) fn state(&self) -> Arc<State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a new picture in place and kills every permit given under the old one.
    pub(super) fn replace(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
        self.clock.next_generation();
    }

    pub(super) fn changing(&self) -> Result<Taken<'_, ()>, ConsentError> {
        let turn = self.changing.take().map_err(VaultError::from)?;
        self.coming.begin();
        Ok(turn)
    }
}
pub(crate) mod coming;
pub(crate) mod export;
pub(crate) mod ledger;
pub(crate) mod open;
pub(crate) mod parting;
pub(crate) mod provenance;
pub(crate) mod records;
pub(crate) mod retention;
pub(crate) mod sensitive;
pub(crate) mod signals;
pub(crate) mod widget;
