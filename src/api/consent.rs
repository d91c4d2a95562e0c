//! Consent, as an app's preference center uses it.

use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::engine::{Engine, MayBeDamage as _, Opened, despite_damage};
use crate::api::error::{Result, check_locale};
use crate::api::listener::Change;
use crate::api::sottovoce::Sottovoce;
use crate::base::sensitive::SensitiveTag;
use crate::consent::{
    CarriedAnswer, Choice, ConsentError, ConsentPrompt, ConsentSnapshot, ErasureReport, ExternalSignals,
    ImportOutcome, LedgerCheck, LedgerHead, PolicyDiff, PolicyRefusal, PreferenceCenter, Purpose,
    PurposeChoice, Receipt, SensitiveDecision,
};

/// Consent: asking, recording answers, withdrawing. Calls fail with `Locked` before `unlock`.
#[derive(uniffi::Object)]
pub struct ConsentApi {
    engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// Consent: asking, recording answers, withdrawing.
    pub fn consent(&self) -> Arc<ConsentApi> {
        Arc::new(ConsentApi { engine: self.engine.clone() })
    }
}

impl ConsentApi {
    fn settled<T>(&self, opened: &Opened, done: std::result::Result<T, ConsentError>) -> Result<T> {
        self.engine.settled(opened, Change::Consent, done)
    }
}

#[uniffi::export]
impl ConsentApi {
    /// Whether a purpose is allowed now, from memory. While the engine is locked, nothing is allowed, nor once another copy
    /// of the folder is known to be in use.
    pub fn is_allowed(&self, purpose: Purpose) -> bool {
        self.engine.peek().is_some_and(|o| o.gate.decide(purpose).allowed && !o.gate.is_displaced())
    }

    /// The decision for every purpose, with its reason. From memory.
    pub fn snapshot(&self) -> Result<ConsentSnapshot> {
        Ok(self.engine.opened()?.gate.snapshot())
    }

    /// Everything that a preference center shows, in the language of a locale such as `de-AT`: purposes with texts
    /// and switches, sensitive topics, and the history of answers. From memory.
    pub fn center(&self, locale: String) -> Result<PreferenceCenter> {
        check_locale(&locale)?;
        Ok(self.engine.opened()?.gate.center(&locale))
    }

    /// The notice to show now, or none if there is nothing to ask. From memory.
    pub fn pending_prompt(&self, locale: String) -> Result<Option<ConsentPrompt>> {
        check_locale(&locale)?;
        Ok(self.engine.opened()?.gate.pending_prompt(&locale))
    }

    /// The notice with the present choices, whether or not there is something to ask. From memory.
    pub fn notice(&self, locale: String) -> Result<ConsentPrompt> {
        check_locale(&locale)?;
        Ok(self.engine.opened()?.gate.notice(&locale))
    }

    /// The decision about one sensitive topic, for items of the catalog in use. From memory.
    pub fn sensitive(&self, tag: SensitiveTag) -> Result<SensitiveDecision> {
        let taxonomy = self.engine.catalog()?.taxonomy().version;
        Ok(self.engine.opened()?.gate.decide_sensitive(tag, taxonomy))
    }

    /// The receipts after a position, oldest first. From memory.
    pub fn receipts(&self, since_seq: u64) -> Result<Vec<Receipt>> {
        Ok(self.engine.opened()?.gate.receipts(since_seq))
    }

    /// The most recent policy that was refused, from the configuration or from `apply_policy`; none if the last one was
    /// accepted.
    pub fn refused_policy(&self) -> Result<Option<PolicyRefusal>> {
        Ok(self.engine.opened()?.gate.refused_policy())
    }

    /// This device's answers, also about sensitive topics, for import on another device.
    pub fn carried_answers(&self) -> Result<Vec<CarriedAnswer>> {
        Ok(self.engine.opened()?.gate.carried_answers())
    }
}

#[blocking(before_shutdown)]
impl ConsentApi {
    /// Records that the notice was on screen, with the purposes that it showed. Fails with `InvalidArgument` for one that it
    /// does not show.
    pub fn served(&self, purposes: Vec<Purpose>, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.opened()?;
        self.settled(&opened, opened.gate.served(&purposes, &surface, &locale))
    }

    /// Records answers. A denial of something that was allowed first erases its data. If there are several answers
    /// about one purpose, a denial wins. A surface or locale of more than 128 bytes fails with `InvalidArgument` for
    /// consent, but never for a denial: the denial is carried out, and its receipt has the first 128 bytes. In the same way
    /// consent fails with `NotGivable` where the notice says that it cannot be given, and with `InvalidArgument` where the
    /// notice does not ask. Answers that change nothing leave no receipt: the one that is returned has no `record_id`.
    pub fn record(&self, choices: Vec<PurposeChoice>, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.opened()?;
        Ok(self.settled(&opened, despite_damage(|| opened.gate.record(&choices, &surface, &locale)))?.0)
    }

    /// Records a selection, for the notice's own button: the purposes in `allowed` are given, every other purpose of the
    /// notice is denied, and what was allowed before is erased first. One of `allowed` that cannot be given now stays as it
    /// is if it was given before; otherwise this fails as `record` does. Afterwards `pending_prompt` has nothing to ask until
    /// the policy's rest is over or something changes; `snapshot` says when.
    pub fn save(&self, allowed: Vec<Purpose>, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.opened()?;
        Ok(self.settled(&opened, despite_damage(|| opened.gate.save(&allowed, &surface, &locale)))?.0)
    }

    /// Gives consent to every purpose of the notice that can be given. The others stay as they are.
    pub fn accept_all(&self, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.opened()?;
        Ok(self.settled(&opened, opened.gate.accept_all(&surface, &locale))?.0)
    }

    /// Denies every purpose of the notice. First erases the data of what was allowed. Too long a surface or locale is
    /// cut.
    pub fn refuse_all(&self, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.opened()?;
        Ok(self.settled(&opened, despite_damage(|| opened.gate.refuse_all(&surface, &locale)))?.0)
    }

    /// Records the answer about one sensitive topic, from its own screen. Consent fails with `NotAskable` if policy,
    /// region, age or a signal forbid it. A denial is always accepted and first erases the data.
    pub fn answer_sensitive(
        &self,
        tag: SensitiveTag,
        choice: Choice,
        surface: String,
        locale: String,
    ) -> Result<Receipt> {
        let opened = self.engine.opened()?;
        Ok(self
            .settled(
                &opened,
                despite_damage(|| opened.gate.answer_sensitive(tag, choice, &surface, &locale)),
            )?
            .0)
    }

    /// The receipts as ISO/IEC TS 27560 records in DPV JSON-LD, for the user to keep.
    pub fn export_receipts(&self) -> Result<String> {
        Ok(self.engine.opened()?.gate.export_receipts()?)
    }

    /// Withdraws consent. When this returns, the data of these purposes cannot be read any more. Too long a surface
    /// or locale is cut.
    pub fn withdraw(&self, purposes: Vec<Purpose>, surface: String, locale: String) -> Result<ErasureReport> {
        let opened = self.engine.opened()?;
        self.settled(&opened, despite_damage(|| opened.gate.withdraw(&purposes, &surface, &locale)))
    }

    /// Applies what only the app knows: region, age band and opt-out signals. **Each call replaces all of the call before**:
    /// pass everything that is known each time, because an opt-out that is left out counts as withdrawn by the user.
    /// Signals can only deny. Reports that may no longer be sent are destroyed. Invalid parts fail with `InvalidArgument`; all valid parts are applied, with
    /// the strictest region if the region is invalid.
    pub fn apply_signals(&self, signals: ExternalSignals) -> Result<()> {
        let opened = self.engine.opened()?;
        let checked = signals.check();
        let applied = match opened.gate.apply_signals(signals) {
            // What was broken has been mended, and what was told stands in memory.
            Err(error) if error.is_damage() => opened.gate.apply_signals(opened.gate.signals()),
            applied => applied,
        };
        self.settled(&opened, applied)?;
        Ok(checked?)
    }

    /// Verifies every signature and every link of the ledger on disk.
    pub fn verify_ledger(&self) -> Result<LedgerCheck> {
        let opened = self.engine.opened()?;
        Ok(despite_damage(|| opened.gate.verify_ledger())?)
    }

    /// The head of the ledger, for a witness: a server or the user can keep it and later detect that the ledger was
    /// rewritten. A kept head must be the end of the ledger or the `prev_hash` of one of its receipts. The head says
    /// nothing about the user or their answers.
    pub fn head(&self) -> Result<LedgerHead> {
        Ok(self.engine.opened()?.gate.head()?)
    }

    /// Installs a policy signed by the shop if it is newer than the one in use. If it changes the terms of a consent
    /// materially, the user has to be asked again. Fails with `Rejected` if the policy is refused; nothing changes
    /// then.
    pub fn apply_policy(&self, policy: Vec<u8>) -> Result<PolicyDiff> {
        let opened = self.engine.opened()?;
        match opened.gate.apply_policy(&policy, &self.engine.shop_key) {
            Err(refused @ ConsentError::Policy(_)) => Err(refused.into()),
            applied => self.settled(&opened, applied),
        }
    }

    /// Imports answers of another device. A denial there is a denial here, and first erases the data. Consent there
    /// is only offered here.
    pub fn import_answers(&self, answers: Vec<CarriedAnswer>) -> Result<ImportOutcome> {
        let opened = self.engine.opened()?;
        self.settled(&opened, despite_damage(|| opened.gate.import_answers(&answers)))
    }
}
