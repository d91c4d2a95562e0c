//! Consent, as an app's preference center uses it.

use std::sync::Arc;

use super::engine::Engine;
use super::error::Result;
use crate::consent::{
    ConsentPrompt, ConsentSnapshot, ErasureReport, ExternalSignals, LedgerCheck, Purpose, PurposeChoice,
    Receipt,
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
}

#[uniffi::export]
impl ConsentApi {
    /// Whether a purpose is allowed now. Answers from memory; a locked engine allows nothing.
    pub fn is_allowed(&self, purpose: Purpose) -> bool {
        self.engine.peek().is_some_and(|o| o.gate.decide(purpose).allowed)
    }

    /// How every purpose stands, and why.
    pub fn snapshot(&self) -> Result<ConsentSnapshot> {
        Ok(self.engine.unlock()?.gate.snapshot())
    }

    /// The notice to show if something is to be asked now.
    pub fn pending_prompt(&self, locale: String) -> Result<Option<ConsentPrompt>> {
        Ok(self.engine.unlock()?.gate.pending_prompt(&locale))
    }

    /// The notice with the present choices, for the preference center.
    pub fn notice(&self, locale: String) -> Result<ConsentPrompt> {
        Ok(self.engine.unlock()?.gate.notice(&locale))
    }

    /// Records that the notice was on screen.
    pub fn served(&self, purposes: Vec<Purpose>, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.unlock()?;
        self.engine.settled(&opened, opened.gate.served(&purposes, &surface, &locale))
    }

    /// Records the answers. A no to what was allowed before erases its data first.
    pub fn record(&self, choices: Vec<PurposeChoice>, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.unlock()?;
        Ok(self.engine.settled(&opened, opened.gate.record(&choices, &surface, &locale))?.0)
    }

    /// Says yes to every purpose of the notice.
    pub fn accept_all(&self, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.unlock()?;
        Ok(self.engine.settled(&opened, opened.gate.accept_all(&surface, &locale))?.0)
    }

    /// Says no to every purpose of the notice; what was allowed before is erased first.
    pub fn refuse_all(&self, surface: String, locale: String) -> Result<Receipt> {
        let opened = self.engine.unlock()?;
        Ok(self.engine.settled(&opened, opened.gate.refuse_all(&surface, &locale))?.0)
    }

    /// The receipts as ISO/IEC TS 27560 records in DPV JSON-LD, for the person to keep.
    pub fn export_receipts(&self) -> Result<String> {
        Ok(self.engine.unlock()?.gate.export_receipts()?)
    }

    /// Takes purposes back. When this returns, their data cannot be read any more.
    pub fn withdraw(&self, purposes: Vec<Purpose>, surface: String, locale: String) -> Result<ErasureReport> {
        let opened = self.engine.unlock()?;
        self.engine.settled(&opened, opened.gate.withdraw(&purposes, &surface, &locale))
    }

    /// Region, age band and opt-out signals that only the app can know. They can only deny; reports
    /// that may no longer be sent are destroyed.
    pub fn apply_signals(&self, signals: ExternalSignals) -> Result<()> {
        let opened = self.engine.unlock()?;
        self.engine.settled(&opened, opened.gate.apply_signals(signals))
    }

    /// The receipts after a position, oldest first.
    pub fn receipts(&self, since_seq: u64) -> Result<Vec<Receipt>> {
        Ok(self.engine.unlock()?.gate.receipts(since_seq))
    }

    /// Checks every signature and link of the ledger on disk.
    pub fn verify_ledger(&self) -> Result<LedgerCheck> {
        Ok(self.engine.unlock()?.gate.verify_ledger()?)
    }
}
