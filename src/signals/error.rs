//! What can go wrong while a report is made or sent. No text holds an answer.

use crate::base::codec::{Unread, Unwritable};
use crate::base::random::RandomError;
use crate::consent::ConsentError;
use crate::vault::VaultError;

/// Why signals could not do what was asked. Nothing is charged and nothing leaves then, unless a
/// variant says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum SignalsError {
    /// Consent changed during the call, or the vault failed.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// No random bytes could be had.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A waiting report cannot be read; it stays where it is and is not sent.
    #[error("a stored report cannot be read")]
    Encoding,
    /// The report could not be sealed to the collector's key: no random bytes could be had, or the key is none.
    #[error("a report could not be sealed to the collector's key")]
    Sealing,
    /// The process dies here, as far as a test is concerned.
    #[cfg(test)]
    #[error("crashed at {0}")]
    Crash(&'static str),
}

impl SignalsError {
    /// A stored record is not what was written.
    pub(super) const fn is_damage(&self) -> bool {
        matches!(self, Self::Consent(ConsentError::Vault(VaultError::Damaged { .. })))
    }
}

impl From<Unread> for SignalsError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Newer(newer) => Self::Consent(newer.into()),
            Unread::Damaged => Self::Encoding,
        }
    }
}

impl From<Unwritable> for SignalsError {
    fn from(_: Unwritable) -> Self {
        Self::Encoding
    }
}
