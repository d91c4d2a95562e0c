//! What can go wrong with experiments.

use crate::base::codec::{Newer, Unread, Unwritable};
use crate::base::random::RandomError;
use crate::consent::ConsentError;

/// Why an assignment could not be made or noted.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentsError {
    /// Consent changed during the call, or the vault failed.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// No random bytes could be had.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A newer version of this library wrote what is stored. It stays as it is; show the control.
    #[error(transparent)]
    Newer(#[from] Newer),
    /// What is stored cannot be read.
    #[error("stored experiment data cannot be read")]
    Encoding,
}

impl From<Unread> for ExperimentsError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Newer(newer) => Self::Newer(newer),
            Unread::Damaged => Self::Encoding,
        }
    }
}

impl From<Unwritable> for ExperimentsError {
    fn from(_: Unwritable) -> Self {
        Self::Encoding
    }
}
