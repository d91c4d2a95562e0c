//! What the app tells about the surroundings: region, age, opt-out signals, its consent platform.

use crate::base::codec::{Record as _, Unread};
use crate::base::log::{LogLevel, Survived as _, say};
use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::external::ExternalSignals;
use crate::consent::gate::Gate;
use crate::consent::gate::coming::Saying;
use crate::consent::gate::provenance::Provenance;
use crate::consent::purpose::Purpose;
use crate::consent::state::current::State;
use crate::consent::state::decide::{decide, decide_tag};
use crate::consent::state::denials::Denials;
use crate::consent::state::platform;
use crate::consent::state::told::{NUMBERS, Told, number_of};
use crate::consent::stored::{CONSENT, LATEST};
use crate::vault::tables::SIGNALS;
use crate::vault::{Durability, VaultError};

impl Gate {
    /// Remembers what the app says about region, age, opt-out signals and its consent platform.
    /// Reports that may no longer be sent are destroyed, and so is a snapshot that may no longer be shown.
    ///
    /// # Errors
    /// [`ConsentError::Vault`] when they cannot be stored, [`ConsentError::Newer`] when a newer version stored its own;
    /// what denies then still holds until the process ends, and maintenance and the next opening store it.
    pub fn apply_signals(&self, signals: ExternalSignals) -> Result<(), ConsentError> {
        let mut signals = signals.bounded();
        signals.consent_platform = platform::keep(signals.consent_platform, self.state().policy());
        let _denying = self.denying(Saying::Signals(signals.clone()), self.denied_by(&signals))?;
        self.follow_signals(signals)
    }

    /// Puts signals in place and stores them; what fails is taken up later.
    pub(crate) fn follow_signals(&self, signals: ExternalSignals) -> Result<(), ConsentError> {
        let state = self.state();
        if signals == *state.signals() && self.has_stored(&signals) {
            self.coming.told();
            return Ok(());
        }
        let anew = signals.opts_out_anew(state.signals()).then(|| self.device_ms());
        let opted_out_ms = anew.or(state.opted_out_ms());
        self.replace(state.with_signals(signals.clone()).opted_out_since(opted_out_ms));
        let followed = self.follow_widget(Provenance::none());
        let stored = self.store_signals(signals.clone(), opted_out_ms);
        // They are in place, and deny by themselves.
        if !stored.as_ref().is_ok_and(|in_files| *in_files) {
            self.coming.leave(Saying::Signals(signals), Denials::default());
        }
        if stored? {
            self.coming.told();
        }
        // If this fails nothing can leave all the same, and the next tick does it.
        self.cancel_reports().survived("destroy reports that may not be sent");
        followed
    }

    /// What is allowed now and would not be with these signals.
    fn denied_by(&self, signals: &ExternalSignals) -> Denials {
        let (state, now) = (self.state(), self.clock.now());
        let next = state.with_signals(signals.clone());
        let taxonomy = state.policy().sensitive.taxonomy_version;
        let ends = |allowed: &dyn Fn(&State) -> bool| allowed(&state) && !allowed(&next);
        let purposes = Purpose::ALL.into_iter().filter(|p| ends(&|s| decide(s, *p, now).allowed));
        let tags = SensitiveTag::ALL.into_iter();
        let tags = tags.filter(|t| ends(&|s| decide_tag(s, *t, taxonomy, now).allowed));
        Denials::of(&purposes.collect::<Vec<_>>(), &tags.collect::<Vec<_>>())
    }

    /// Stores what the app told. While the key store fails, the files alone have it. While the disk fails, it stands beside
    /// the key that the files are behind: the next opening takes the strictest until the app tells anew. Tells whether it is
    /// in the files.
    fn store_signals(
        &self,
        signals: ExternalSignals,
        opted_out_ms: Option<i64>,
    ) -> Result<bool, ConsentError> {
        let told = Told { number: self.next_number()?, signals, opted_out_ms };
        let anchored = self.put_told(&told, Durability::Anchored);
        let Err(failed) = anchored.or_else(|_| self.put_told(&told, Durability::Full)) else {
            return Ok(true);
        };
        self.vault.hold_number(told.bits()).map_err(|_| failed)?;
        say(LogLevel::Warning, "store what the app told: the disk refused, it is tried again");
        Ok(false)
    }

    /// Brings the number beside the key and that of the signals in force together: the key store may have failed, or a
    /// change that was cut off has left a number of its own.
    pub(crate) fn anchor_signals(&self) -> Result<(), ConsentError> {
        let denied = self.vault.anchor().denied;
        match self.stored_signals()? {
            Some(told) if told.number != number_of(denied) && told.signals == *self.state().signals() => {
                self.put_told(&Told { number: self.next_number()?, ..told }, Durability::Anchored)
            }
            _ => Ok(()),
        }
    }

    /// A number that nothing had which was told before.
    fn next_number(&self) -> Result<u16, ConsentError> {
        let denied = self.vault.anchor().denied;
        let latest = self.stored_signals()?.filter(|told| !told.is_behind(denied));
        Ok(latest.map_or(number_of(denied), |told| told.number).wrapping_add(1) % NUMBERS)
    }

    fn put_told(&self, told: &Told, durability: Durability) -> Result<(), ConsentError> {
        let bytes = told.encode()?;
        self.vault.write(durability, |w| {
            told.anchor(w);
            w.put(CONSENT, SIGNALS, LATEST, &bytes).map(drop).map_err(ConsentError::from)
        })
    }

    /// Whether the files have these signals: the disk may have been full when they were told before.
    pub(crate) fn has_stored(&self, signals: &ExternalSignals) -> bool {
        let same = |told: Option<Told>| told.unwrap_or_default().signals == *signals;
        self.stored_signals().is_ok_and(same)
    }

    fn stored_signals(&self) -> Result<Option<Told>, ConsentError> {
        match self.vault.read(|r| r.get(CONSENT, SIGNALS, LATEST)) {
            Ok(bytes) => match bytes.map(|bytes| Told::open(&bytes)).transpose() {
                Err(Unread::Damaged) => Ok(None),
                other => Ok(other?),
            },
            Err(VaultError::Damaged { .. }) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }
}
