//! Consent, as an app's preference center uses it.

use std::sync::Arc;

use crate::api::engine::{Engine, MayBeDamage as _, Opened, despite_damage};
use crate::api::error::Result;
use crate::api::listener::Change;
use crate::base::limits::LOCALE;
use crate::base::sensitive::SensitiveTag;
use crate::consent::{
    CarriedAnswer, Choice, ConsentError, ConsentPrompt, ConsentSnapshot, DecisionReason, ErasureReport,
    ExternalSignals, ImportOutcome, LedgerCheck, LedgerHead, PolicyDiff, PolicyRefusal, PreferenceCenter,
    Purpose, PurposeChoice, Receipt, SensitiveDecision, reason_text,
};

/// Consent: what is allowed, asking, taking back.
#[derive(uniffi::Object)]
pub struct ConsentApi {
    engine: Arc<Engine>,
}

impl ConsentApi {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }

    fn settled<T>(&self, opened: &Opened, done: std::result::Result<T, ConsentError>) -> Result<T> {
        self.engine.settled(opened, Change::Consent, done)
    }
}

#[uniffi::export]
impl ConsentApi {
    /// Whether a purpose is allowed now. Answers from memory; a locked engine allows nothing.
    pub fn is_allowed(&self, purpose: Purpose) -> bool {
        self.engine.peek().is_some_and(|o| o.gate.decide(purpose).allowed)
    }

    /// How every purpose stands, and why.
    pub fn snapshot(&self) -> Result<ConsentSnapshot> {
        Ok(self.engine.opened()?.gate.snapshot())
    }

    /// Everything a preference center shows, in the language of a locale such as `de-AT`: purposes with
    /// texts and switches, sensitive topics, and the history of answers.
    pub fn center(&self, locale: String) -> Result<PreferenceCenter> {
        LOCALE.text("locale", &locale)?;
        Ok(self.engine.opened()?.gate.center(&locale))
    }

    /// Why something is on or off, as a sentence for the user.
    pub fn reason_text(&self, reason: DecisionReason, locale: String) -> String {
        reason_text(reason, &locale)
    }

    /// The notice to show if something is to be asked now.
    pub fn pending_prompt(&self, locale: String) -> Result<Option<ConsentPrompt>> {
        LOCALE.text("locale", &locale)?;
        Ok(self.engine.opened()?.gate.pending_prompt(&locale))
    }

    /// The notice with the present choices, for the preference center.
    pub fn notice(&self, locale: String) -> Result<ConsentPrompt> {
        LOCALE.text("locale", &locale)?;
        Ok(self.engine.opened()?.gate.notice(&locale))
    }

    /// Records that the notice was on screen.
    pub fn served(&self, purposes: Vec<Purpose>, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.opened()?;
        self.settled(&opened, opened.gate.served(&purposes, &surface, &locale))
    }

    /// Records the answers. A no to what was allowed before erases its data first; of several answers
    /// about one purpose a no wins. A surface or locale of more than 128 bytes refuses a yes and never a
    /// no: what says no is carried out, and the receipt has their beginning.
    pub fn record(&self, choices: Vec<PurposeChoice>, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.opened()?;
        Ok(self.settled(&opened, despite_damage(|| opened.gate.record(&choices, &surface, &locale)))?.0)
    }

    /// Says yes to every purpose of the notice.
    pub fn accept_all(&self, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.opened()?;
        Ok(self.settled(&opened, opened.gate.accept_all(&surface, &locale))?.0)
    }

    /// Says no to every purpose of the notice; what was allowed before is erased first. As with every
    /// no, too long a surface or locale is cut.
    pub fn refuse_all(&self, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.opened()?;
        Ok(self.settled(&opened, despite_damage(|| opened.gate.refuse_all(&surface, &locale)))?.0)
    }

    /// How one sensitive topic stands, for items of the catalog in use.
    pub fn sensitive(&self, tag: SensitiveTag) -> Result<SensitiveDecision> {
        let taxonomy = self.engine.catalog()?.taxonomy().version;
        Ok(self.engine.opened()?.gate.decide_sensitive(tag, taxonomy))
    }

    /// Records the answer about one sensitive topic, from a screen of its own. Fails with NotAskable
    /// where policy, region or age let nobody be asked; a no is always taken and erases first.
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

    /// Takes purposes back. When this returns, their data cannot be read any more. Too long a surface
    /// or locale is cut.
    pub fn withdraw(&self, purposes: Vec<Purpose>, surface: String, locale: String) -> Result<ErasureReport> {
        let opened = self.engine.opened()?;
        self.settled(&opened, despite_damage(|| opened.gate.withdraw(&purposes, &surface, &locale)))
    }

    /// Region, age band and opt-out signals that only the app can know. They can only deny; reports
    /// that may no longer be sent are destroyed. What is too long or too much in them fails with
    /// InvalidArgument and says nothing; the rest is applied all the same, in the strictest region if it
    /// is the regions that cannot be meant.
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

    /// The receipts after a position, oldest first.
    pub fn receipts(&self, since_seq: u64) -> Result<Vec<Receipt>> {
        Ok(self.engine.opened()?.gate.receipts(since_seq))
    }

    /// Checks every signature and link of the ledger on disk.
    pub fn verify_ledger(&self) -> Result<LedgerCheck> {
        let opened = self.engine.opened()?;
        Ok(despite_damage(|| opened.gate.verify_ledger())?)
    }

    /// The end of the ledger, for a witness: kept by a server or by the user, it shows later whether
    /// the ledger was written anew, for then it is neither its end nor the prev_hash of any receipt.
    /// It says nothing about the user and their answers.
    pub fn head(&self) -> Result<LedgerHead> {
        Ok(self.engine.opened()?.gate.head()?)
    }

    /// Puts a policy in force that the shop signed, if it is newer than the one in use. Where it
    /// changes materially what was agreed to, the user has to be asked again. A policy that is
    /// refused changes nothing.
    pub fn apply_policy(&self, policy: Vec<u8>) -> Result<PolicyDiff> {
        let opened = self.engine.opened()?;
        match opened.gate.apply_policy(&policy, &self.engine.shop_key) {
            Err(refused @ ConsentError::Policy(_)) => Err(refused.into()),
            applied => self.settled(&opened, applied),
        }
    }

    /// The policy that was offered last, if it was refused, whether by configuration or by call.
    pub fn refused_policy(&self) -> Result<Option<PolicyRefusal>> {
        Ok(self.engine.opened()?.gate.refused_policy())
    }

    /// This device's answers, to be carried to another one.
    pub fn carried_answers(&self) -> Result<Vec<CarriedAnswer>> {
        Ok(self.engine.opened()?.gate.carried_answers())
    }

    /// Takes over answers from another device. A no there is a no here and erases first; a yes there
    /// is only offered again.
    pub fn import_answers(&self, answers: Vec<CarriedAnswer>) -> Result<ImportOutcome> {
        let opened = self.engine.opened()?;
        self.settled(&opened, despite_damage(|| opened.gate.import_answers(&answers)))
    }
}
