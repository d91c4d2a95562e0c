//! What can go wrong with consent.

use super::policy::PolicyError;
use super::purpose::Purpose;

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
