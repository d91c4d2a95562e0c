//! The words of an answer: how a region asks, where a user stands, what follows and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::sensitive::SensitiveTag;
use crate::consent::purpose::Purpose;

/// How consent is obtained in the region of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// Not allowed before consent.
    OptIn,
    /// Allowed after a notice, until a denial.
    OptOut,
    /// Needs no answer.
    NoticeOnly,
    /// Never allowed.
    Prohibited,
}

impl Mechanism {
    /// A greater number asks for more before anything happens.
    pub(super) const fn strictness(self) -> u8 {
        match self {
            Self::NoticeOnly => 0,
            Self::OptOut => 1,
            Self::OptIn => 2,
            Self::Prohibited => 3,
        }
    }
}

/// The state of one purpose for one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// Never asked.
    Unknown,
    /// Shown, not answered yet.
    Requested,
    /// Closed or postponed, which counts as denied.
    Deferred,
    /// Consent given.
    Given,
    /// Consent renewed.
    Renewed,
    /// Denied.
    Refused,
    /// Consent given and then withdrawn.
    Withdrawn,
    /// Consent that has expired.
    Expired,
    /// Consent to terms that have changed since.
    Invalidated,
    /// An objection to processing.
    Objected,
}

impl ConsentState {
    /// Whether the user denied it, in any way.
    #[must_use]
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::Refused | Self::Withdrawn | Self::Objected)
    }

    /// What was kept for a purpose goes when it comes to this.
    pub(super) const fn ends(self) -> bool {
        self.is_refusal() || matches!(self, Self::Expired)
    }

    /// Whether the user gave consent and did not withdraw it.
    #[must_use]
    pub const fn is_grant(self) -> bool {
        matches!(self, Self::Given | Self::Renewed)
    }
}

/// The reason of a decision. For developers and logs: contains no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum DecisionReason {
    /// Necessary to provide the service.
    StrictlyNecessary,
    /// The user gave consent.
    Granted,
    /// The region allows it after a notice, which was shown.
    NoticeServed,
    /// Not asked yet, or not answered.
    NotAnswered,
    /// The user refused, withdrew or objected.
    Refused,
    /// The consent has expired.
    Expired,
    /// The terms have changed since the consent.
    Invalidated,
    /// A purpose that it needs is not allowed.
    MissingDependency,
    /// The policy forbids it in this region.
    Prohibited,
    /// The user is younger than the policy's age limit.
    AgeBand,
    /// An opt-out signal such as Global Privacy Control is set.
    OptOutSignal,
    /// The user denied it in the app's consent platform.
    PlatformDenied,
    /// The user gave consent in the app's consent platform, and the policy accepts that.
    PlatformGranted,
    /// The catalog uses a taxonomy of sensitive topics that the policy does not know.
    UnknownTaxonomy,
    /// The consent ledger is invalid: nothing is allowed until the data is erased.
    LedgerBroken,
    /// A newer version of this library wrote consent records: nothing is allowed until the app is updated.
    NewerFormat,
    /// The vault is not open yet.
    Locked,
}

impl fmt::Display for DecisionReason {
    /// Why, and what an app can do about it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StrictlyNecessary => "it is needed to provide the service",
            Self::Granted => "the user agreed",
            Self::NoticeServed => "the notice was shown",
            Self::NotAnswered => "the user has not answered yet; show the consent notice first",
            Self::Refused => "the user denied it; offer the preference center, do not ask again",
            Self::Expired => "the consent has expired; show the consent notice again",
            Self::Invalidated => "the terms have changed; show the consent notice again",
            Self::MissingDependency => {
                "it needs another purpose that is not allowed; show the consent notice first"
            }
            Self::Prohibited => "the policy forbids it in this region; do without it",
            Self::AgeBand => "the user is under the age line; do without it",
            Self::OptOutSignal => "an opt-out signal is set; do without it",
            Self::PlatformDenied => "the user denied it in the app's consent platform; do without it",
            Self::PlatformGranted => "the user agreed in the app's consent platform",
            Self::UnknownTaxonomy => {
                "the policy does not know the catalog's sensitive tags; update the policy"
            }
            Self::LedgerBroken => {
                "the consent ledger is invalid; nothing is allowed until the data is erased"
            }
            Self::NewerFormat => "a newer version of the app wrote the consent records; update the app",
            Self::Locked => "the engine is locked; unlock it first",
        })
    }
}

/// The decision about one purpose, with everything it is based on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct Decision {
    /// The purpose.
    pub purpose: Purpose,
    /// Whether it is allowed.
    pub allowed: bool,
    /// How consent is obtained in this region.
    pub mechanism: Mechanism,
    /// The state of consent.
    pub state: ConsentState,
    /// Why.
    pub reason: DecisionReason,
    /// The policy's region rule that applied.
    pub rule: String,
    /// The policy that applied, as id and version.
    pub notice: String,
    /// When the user last answered, in milliseconds since 1970.
    pub decided_at_ms: Option<i64>,
    /// When consent expires, in milliseconds since 1970.
    pub expires_at_ms: Option<i64>,
    /// The receipt of that answer.
    pub receipt_id: Option<String>,
}

/// The decision whether data about a sensitive topic may be stored and used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct SensitiveDecision {
    /// The topic.
    pub tag: SensitiveTag,
    /// Whether it is allowed.
    pub allowed: bool,
    /// The state of consent.
    pub state: ConsentState,
    /// Why.
    pub reason: DecisionReason,
    /// The policy's region rule that applied.
    pub rule: String,
    /// The policy that applied, as id and version.
    pub notice: String,
    /// When the user last answered, in milliseconds since 1970.
    pub decided_at_ms: Option<i64>,
    /// When consent expires, in milliseconds since 1970.
    pub expires_at_ms: Option<i64>,
    /// The receipt of that answer.
    pub receipt_id: Option<String>,
}
