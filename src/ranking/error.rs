//! What can go wrong with a ranking.

use crate::base::random::RandomError;
use crate::consent::ConsentError;

/// No list could be made. Texts hold nothing about the user.
#[derive(Debug, thiserror::Error)]
pub enum RankingError {
    /// Consent has changed: ask for a permit anew, or for the list that is the same for everyone.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// No random bytes for exploration.
    #[error(transparent)]
    Random(#[from] RandomError),
}
