//! Consent: may this be done? The only room that makes permits, and the only owner of the vault.
//!
//! A person's answers are receipts in a chained, signed ledger ([`Receipt`]); a picture of it,
//! under a signed policy ([`Policy`]) and what the app tells ([`ExternalSignals`]), answers every
//! question from memory ([`Decision`]). Whoever collects, keeps, infers, ranks or sends anything
//! personal must hold a [`Permit`] for it, which dies at the next change of mind. A no destroys
//! the purpose's key before the call returns.

mod act;
mod center;
mod decision;
mod external;
mod gate;
mod permit;
mod policy;
mod purpose;
mod receipt;
mod records;
mod standing;
#[cfg(test)]
mod tests;

pub use act::{Choice, ErasureReport, PurposeChoice};
pub use center::{ConsentPrompt, ConsentSnapshot, NoticePurpose};
pub use decision::{ConsentState, Decision, DecisionReason, Mechanism};
pub use external::{AgeBand, ExternalSignals};
pub use gate::Gate;
pub use permit::Permit;
pub use policy::{Policy, PolicyError, PurposeTerms, PurposeTexts, Rule, MAX_POLICY_BYTES, POLICY_KIND};
pub use purpose::{
    Essential, Experiments, History, Inference, Measurement, Messaging, ModelImprovement, Offers,
    Preferences, Purpose, PurposeType, Ranking, Session, Transfer,
};
pub use receipt::{LedgerCheck, Receipt, ReceiptAction, ReceiptPurpose};
pub use records::{Reading, Records, RecordsMut, Writing};

/// What can go wrong with consent.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] crate::vault::VaultError),
    /// Consent has changed since the permit was given: ask for a new one.
    #[error("consent for {} has changed since the permit was given", .0.id())]
    StalePermit(Purpose),
    /// The ledger does not verify; nothing more is written to it.
    #[error("the consent ledger does not verify")]
    LedgerBroken,
    /// The device's signing key cannot be used.
    #[error("the key of the consent ledger cannot be used")]
    LedgerKey,
    /// The policy cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A stored record has an unknown form.
    #[error("a stored consent record cannot be read")]
    Encoding,
    /// No random bytes could be had.
    #[error(transparent)]
    Random(#[from] crate::random::RandomError),
}
