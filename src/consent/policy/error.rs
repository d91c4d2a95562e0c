//! Why a policy cannot be used.

use crate::base::limits::POLICY;
use crate::base::signed::Unverified;

/// A policy that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The signature is not valid for the key, or the envelope is damaged.
    #[error("the consent policy is not signed by the shop's key")]
    Signature,
    /// Larger than [`POLICY`].
    #[error("the consent policy is too large: {POLICY}")]
    TooLarge,
    /// Not a policy.
    #[error("the consent policy cannot be read: {0}")]
    Malformed(String),
    /// Written for a later version of this library, in its envelope or its text.
    #[error("the consent policy has format {0}, this version reads format 1: update the app")]
    Format(u32),
    /// The same policy again, or an earlier one.
    #[error("the consent policy has version {offered}, version {held} is in use")]
    NotNewer {
        /// The version that was offered.
        offered: u64,
        /// The version that is in use.
        held: u64,
    },
    /// The policy in use cannot be read any more.
    #[error(
        "the stored consent policy cannot be read; until the shop's latest policy is available, another one replaces it, \
         as strict as both"
    )]
    Lost,
    /// It has expired.
    #[error("the consent policy has expired")]
    Expired,
    /// It is not effective yet.
    #[error("the consent policy is not effective yet")]
    NotYet,
}

impl From<Unverified> for PolicyError {
    fn from(error: Unverified) -> Self {
        match error {
            Unverified::Newer(version) => Self::Format(version.into()),
            Unverified::BadSignature => Self::Signature,
        }
    }
}

/// A policy that was refused.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PolicyRefusal {
    /// Why, in English, for logs.
    pub reason: String,
    /// When, in milliseconds since 1970.
    pub time_ms: i64,
}

impl PolicyRefusal {
    pub(crate) fn new(error: &PolicyError, time_ms: i64) -> Self {
        Self { reason: error.to_string(), time_ms }
    }
}
