//! What can go wrong with consent.

use crate::base::codec::{Newer, Unread, Unwritable};
use crate::base::limits::OutOfBounds;
use crate::base::sensitive::SensitiveTag;
use crate::consent::decision::DecisionReason;
use crate::consent::policy::PolicyError;
use crate::consent::purpose::Purpose;
use crate::vault::VaultError;

/// What can go wrong with consent.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Consent has changed since the permit was given: ask for a new one.
    #[error("consent for {} has changed since the permit was given", .0.id())]
    StalePermit(Purpose),
    /// No notice asks about this purpose here, so that nobody can have seen or allowed it.
    #[error("the notice does not ask about {}", .purpose.id())]
    NotInNotice {
        /// The argument that names it.
        field: &'static str,
        /// The purpose.
        purpose: Purpose,
    },
    /// A yes to this purpose would not count here and now.
    #[error("a yes to {} would not count here", .purpose.id())]
    NotGivable {
        /// The purpose.
        purpose: Purpose,
        /// Why not.
        reason: DecisionReason,
    },
    /// Nobody may be asked about this sensitive tag here and now, so that a yes to it cannot be true.
    #[error("asking about {} is not allowed here", .tag.name())]
    NotAskable {
        /// The tag.
        tag: SensitiveTag,
        /// Why not.
        reason: DecisionReason,
    },
    /// An argument is too long, or has too many entries. Nothing was changed, but for the refusals in it, which count.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
    /// The ledger does not verify; nothing more is written to it.
    #[error("the consent ledger does not verify")]
    LedgerBroken,
    /// The device's signing key cannot be used.
    #[error("the key of the consent ledger cannot be used")]
    LedgerKey,
    /// The policy cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A newer version of this library wrote what this needs. Nothing was changed.
    #[error(transparent)]
    Newer(#[from] Newer),
    /// A stored record has an unknown form.
    #[error("a stored consent record cannot be read")]
    Encoding,
    /// No random bytes could be had.
    #[error(transparent)]
    Random(#[from] crate::base::random::RandomError),
}

impl From<Unread> for ConsentError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Newer(newer) => Self::Newer(newer),
            Unread::Damaged => Self::Encoding,
        }
    }
}

impl From<Unwritable> for ConsentError {
    fn from(_: Unwritable) -> Self {
        Self::Encoding
    }
}

/// What ended a visit to the vault: the user's own reason, or the vault's.
pub(super) enum Ended<E> {
    Caller(E),
    Vault(VaultError),
}

impl<E> From<VaultError> for Ended<E> {
    fn from(e: VaultError) -> Self {
        Self::Vault(e)
    }
}

impl<E: From<ConsentError>> Ended<E> {
    pub(super) fn told(self) -> E {
        match self {
            Self::Caller(e) => e,
            Self::Vault(e) => ConsentError::Vault(e).into(),
        }
    }
}
