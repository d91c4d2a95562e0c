//! What can go wrong with the profile.

use crate::consent::{ConsentError, Decision};

/// The profile could not do what was asked. Texts hold nothing about the user.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Consent has changed, or the vault failed.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// The user has not allowed it.
    #[error("not permitted: consent for {} is missing", .0.purpose.id())]
    NotPermitted(Box<Decision>),
    /// A record could not be put into bytes.
    #[error("a profile record could not be encoded")]
    Encoding,
    /// A preference is too long, or there are too many.
    #[error(
        "a preference must have a known key and a value of 1 to {max} characters, at most {count} of them"
    )]
    Preference {
        /// Longest value in characters.
        max: usize,
        /// Most preferences kept.
        count: usize,
    },
    /// The catalog does not know the item, brand or category.
    #[error("the catalog does not know what the correction names")]
    UnknownSubject,
}
