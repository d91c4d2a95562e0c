//! What can go wrong with experiments.

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
    /// What is stored cannot be read.
    #[error("stored experiment data cannot be read")]
    Encoding,
}
