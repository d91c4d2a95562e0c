//! The words of an answer: how a region asks, where a user stands, what follows and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::sensitive::SensitiveTag;
use crate::consent::purpose::Purpose;

/// How a purpose is agreed to where the user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// Nothing happens before a yes.
    OptIn,
    /// Happens after a notice, until a no.
    OptOut,
    /// Needs no answer.
    NoticeOnly,
    /// Never happens.
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

/// Where one purpose stands with one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// Never asked.
    Unknown,
    /// Shown, not answered yet.
    Requested,
    /// Closed or postponed, which counts as no.
    Deferred,
    /// Yes.
    Given,
    /// Yes, again.
    Renewed,
    /// No.
    Refused,
    /// A yes, taken back.
    Withdrawn,
    /// A yes whose time ran out.
    Expired,
    /// A yes to something that has since changed.
    Invalidated,
    /// An objection to processing.
    Objected,
}

impl ConsentState {
    /// The user said no, in whichever words.
    #[must_use]
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::Refused | Self::Withdrawn | Self::Objected)
    }

    /// What was kept for a purpose goes when it comes to this.
    pub(super) const fn ends(self) -> bool {
        self.is_refusal() || matches!(self, Self::Expired)
    }

    /// The user said yes and it has not been taken back.
    #[must_use]
    pub const fn is_grant(self) -> bool {
        matches!(self, Self::Given | Self::Renewed)
    }
}

/// Why the answer is what it is. Made for developers' tools and logs: holds nothing personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum DecisionReason {
    /// Needed to provide the service at all.
    StrictlyNecessary,
    /// The user agreed.
    Granted,
    /// The region allows it after a notice, which was shown.
    NoticeServed,
    /// Not asked yet, or not answered.
    NotAnswered,
    /// The user refused, withdrew or objected.
    Refused,
    /// The agreement ran out.
    Expired,
    /// What was agreed to has changed.
    Invalidated,
    /// A purpose it depends on is not allowed.
    MissingDependency,
    /// The policy forbids it in this region.
    Prohibited,
    /// The user is under the age line.
    AgeBand,
    /// An opt-out signal such as Global Privacy Control is set.
    OptOutSignal,
    /// The user refused in the app's consent platform.
    PlatformDenied,
    /// The user agreed in the app's consent platform, and the policy takes that over.
    PlatformGranted,
    /// The sensitive tag was found by a taxonomy that the policy does not know.
    UnknownTaxonomy,
    /// The consent ledger does not verify: nothing is allowed until it is dealt with.
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
            Self::Refused => "the user said no; offer the preference center, do not ask again",
            Self::Expired => "the agreement ran out; show the consent notice again",
            Self::Invalidated => "what was agreed to has changed; show the consent notice again",
            Self::MissingDependency => {
                "it needs another purpose that is not allowed; show the consent notice first"
            }
            Self::Prohibited => "the policy forbids it in this region; do without it",
            Self::AgeBand => "the user is under the age line; do without it",
            Self::OptOutSignal => "an opt-out signal is set; do without it",
            Self::PlatformDenied => "the user said no in the app's consent platform; do without it",
            Self::PlatformGranted => "the user agreed in the app's consent platform",
            Self::UnknownTaxonomy => {
                "the policy does not know the catalog's sensitive tags; update the policy"
            }
            Self::LedgerBroken => {
                "the consent ledger does not verify; nothing is allowed until the data is erased"
            }
            Self::NewerFormat => "a newer version of the app wrote the consent records; update the app",
            Self::Locked => "the engine is locked; unlock it first",
        })
    }
}

/// The answer to one question, with everything that led to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct Decision {
    /// What was asked about.
    pub purpose: Purpose,
    /// The answer.
    pub allowed: bool,
    /// How the region asks for it.
    pub mechanism: Mechanism,
    /// Where the user stands.
    pub state: ConsentState,
    /// Why.
    pub reason: DecisionReason,
    /// The policy's region rule that applied.
    pub rule: String,
    /// The policy that applied, as id and version.
    pub notice: String,
    /// When the user last answered, in milliseconds since 1970.
    pub decided_at_ms: Option<i64>,
    /// When a yes runs out, in milliseconds since 1970.
    pub expires_at_ms: Option<i64>,
    /// The receipt of that answer.
    pub receipt_id: Option<String>,
}

/// The answer to whether something about a sensitive tag may be kept and used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct SensitiveDecision {
    /// What was asked about.
    pub tag: SensitiveTag,
    /// The answer.
    pub allowed: bool,
    /// Where the user stands.
    pub state: ConsentState,
    /// Why.
    pub reason: DecisionReason,
    /// The policy's region rule that applied.
    pub rule: String,
    /// The policy that applied, as id and version.
    pub notice: String,
    /// When the user last answered, in milliseconds since 1970.
    pub decided_at_ms: Option<i64>,
    /// When a yes runs out, in milliseconds since 1970.
    pub expires_at_ms: Option<i64>,
    /// The receipt of that answer.
    pub receipt_id: Option<String>,
}
