//! What is wrong with a policy, and in which field.

use std::fmt;

use crate::base::limits::Bound;
use crate::consent::purpose::Purpose;

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyProblem {
    /// Where, such as `regions[california].grant_days`; empty for the file as a whole.
    pub field: String,
    /// What.
    pub fault: PolicyFault,
}

impl PolicyProblem {
    pub(super) fn new(field: impl Into<String>, fault: PolicyFault) -> Self {
        Self { field: field.into(), fault }
    }
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.field.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}", self.field, self.fault)
    }
}

/// What can be wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// The file is no JSON, or a field stands twice.
    #[error("cannot be read as JSON: {0}")]
    Json(String),
    /// The signed policy would be larger than devices read.
    #[error("larger than the 1 MiB that devices read")]
    TooLarge,
    /// Made for another version of the format.
    #[error("is {0}, this version reads 1")]
    Format(u32),
    /// The field has to be there.
    #[error("is missing")]
    Missing,
    /// The field is unknown, or has a value of the wrong kind.
    #[error("{0}")]
    Unreadable(String),
    /// The field has to say something.
    #[error("must not be empty")]
    Empty,
    /// The value is the baseline's.
    #[error("is still the baseline's value: set the shop's own")]
    Placeholder,
    /// No contact is given.
    #[error("is missing: users do not learn where to ask about their data")]
    NoContact,
    /// The number has to be 1 or more.
    #[error("must be 1 or more")]
    Zero,
    /// A purpose stands more than once.
    #[error("{} is listed {times} times and must be listed once", .purpose.id())]
    NotOnce {
        /// The purpose.
        purpose: Purpose,
        /// How often it stands.
        times: usize,
    },
    /// A purpose is not in the policy.
    #[error("{} is missing, so it is prohibited and its stored data is deleted", .0.id())]
    Absent(Purpose),
    /// A purpose has a name that is not known.
    #[error("`{0}` is not a purpose of this version; devices that do not know it skip it")]
    UnknownPurpose(String),
    /// A sensitive tag has a name that is not known.
    #[error("`{0}` is not a sensitive topic of this version; devices that do not know it keep it blocked")]
    UnknownTag(String),
    /// A yes holds for longer than it may.
    #[error("is {days}, but consent is valid for at most {most} days")]
    TooLong {
        /// For how many days it holds.
        days: u32,
        /// For how many it may.
        most: u32,
    },
    /// More keys of a consent platform than devices keep.
    #[error("read {keys} different keys of a consent platform, but devices keep at most {most}")]
    TooManyKeys {
        /// How many it reads.
        keys: usize,
        /// How many it may.
        most: usize,
    },
    /// More than an app may hand in.
    #[error("{0}")]
    OutOfBounds(Bound),
    /// A purpose that needs an answer is said to need none.
    #[error("must be `opt_in`, `opt_out` or `prohibited`: only `essential` needs no answer")]
    NeedsAnswer,
    /// Sensitive tags are asked for in a way that counts as never.
    #[error("must be `opt_in` or `prohibited`: each sensitive topic needs its own consent")]
    NeedsYes,
    /// Not a code that a region could ever match.
    #[error("`{0}` is not an ISO 3166 code such as `DE` or `US-CA`")]
    NoPlace(String),
    /// A place stands twice, and only the first counts.
    #[error("`{0}` is listed more than once; only the first counts")]
    PlaceTwice(String),
    /// Two rules have one name, so that decisions cannot tell them apart.
    #[error("two regions have this name")]
    NameTwice,
    /// Nobody would take it in place of the one they have.
    #[error("is {offered}, and devices with version {held} accept only newer versions: raise it")]
    NotNewer {
        /// The version of the policy.
        offered: u64,
        /// The version in use.
        held: u64,
    },
    /// Its time has passed.
    #[error("is in the past, so no device accepts the policy: set a later time or remove it")]
    Passed,
    /// Its time passes before it comes.
    #[error("is not after `effective_from_ms`, so no device would ever accept the policy")]
    NeverInForce,
}
