//! What can go wrong with the profile.

use crate::base::codec::{Newer, Unwritable};
use crate::base::limits::OutOfBounds;
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
    /// A newer version of this library wrote what this would have to change.
    #[error(transparent)]
    Newer(#[from] Newer),
    /// A preference says nothing.
    #[error("a preference must have a value")]
    EmptyPreference,
    /// Something is too long, or there is too much of it.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
    /// What is kept was held against a newer catalog: what this one says of sensitive topics does not count any more.
    #[error("a newer catalog is in use")]
    OlderCatalog,
    /// A liking of something about a sensitive topic that the user did not allow, or about several.
    #[error("it is about a sensitive topic: ask for consent to the topic first")]
    SensitiveTopic,
    /// The catalog does not know the item, brand or category.
    #[error("the catalog does not have the item, brand or category of the correction")]
    UnknownSubject,
}

impl From<Unwritable> for ProfileError {
    fn from(_: Unwritable) -> Self {
        Self::Encoding
    }
}
