//! May this be done? One pure function, nine steps, a denial at any step is final.

use serde::{Deserialize, Serialize};

use super::policy::Rule;
use super::purpose::Purpose;
use super::standing::Standing;

/// How a purpose is agreed to where the person is.
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

/// Where one purpose stands with one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Enum)]
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
    /// The person said no, in whichever words.
    #[must_use]
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::Refused | Self::Withdrawn | Self::Objected)
    }

    /// The person said yes and it has not been taken back.
    #[must_use]
    pub const fn is_grant(self) -> bool {
        matches!(self, Self::Given | Self::Renewed)
    }
}

/// Why the answer is what it is. Made for developers' tools and logs: holds nothing personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum DecisionReason {
    /// Needed to provide the service at all.
    StrictlyNecessary,
    /// The person agreed.
    Granted,
    /// The region allows it after a notice, which was shown.
    NoticeServed,
    /// Not asked yet, or not answered.
    NotAnswered,
    /// The person refused, withdrew or objected.
    Refused,
    /// The agreement ran out.
    Expired,
    /// What was agreed to has changed.
    Invalidated,
    /// A purpose it depends on is not allowed.
    MissingDependency,
    /// The policy forbids it in this region.
    Prohibited,
    /// The person is under the age line.
    AgeBand,
    /// An opt-out signal such as Global Privacy Control is set.
    OptOutSignal,
    /// The consent ledger does not verify: nothing is allowed until it is dealt with.
    LedgerBroken,
    /// The vault is not open yet.
    Locked,
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
    /// Where the person stands.
    pub state: ConsentState,
    /// Why.
    pub reason: DecisionReason,
    /// The policy's region rule that applied.
    pub rule: String,
    /// The policy that applied, as id and version.
    pub notice: String,
    /// When the person last answered, in milliseconds since 1970.
    pub decided_at_ms: Option<i64>,
    /// When a yes runs out, in milliseconds since 1970.
    pub expires_at_ms: Option<i64>,
    /// The receipt of that answer.
    pub receipt_id: Option<String>,
}

/// Decides about `purpose` at `now_ms`.
#[must_use]
pub(super) fn decide(standing: &Standing, purpose: Purpose, now_ms: i64) -> Decision {
    let rule = standing.rule();
    let mechanism = rule.mechanism(purpose);
    let (allowed, state, reason) = weigh(standing, rule, purpose, mechanism, now_ms);
    let answer = standing.answer(purpose);
    Decision {
        purpose,
        allowed,
        mechanism,
        state,
        reason,
        rule: rule.id.clone(),
        notice: standing.policy().label(),
        decided_at_ms: answer.map(|a| a.time_ms),
        expires_at_ms: answer.and_then(|a| a.valid_until_ms),
        receipt_id: answer.map(|a| a.receipt_id.clone()),
    }
}

fn weigh(
    standing: &Standing,
    rule: &Rule,
    purpose: Purpose,
    mechanism: Mechanism,
    now_ms: i64,
) -> (bool, ConsentState, DecisionReason) {
    use DecisionReason as Why;
    let state = standing.state(purpose, now_ms);
    if purpose == Purpose::Essential {
        return (true, state, Why::StrictlyNecessary);
    }
    if let Some(reason) = denied_from_above(standing, rule, purpose, mechanism, now_ms) {
        return (false, state, reason);
    }
    let (allowed, reason) = match state {
        s if s.is_refusal() => (false, Why::Refused),
        s if s.is_grant() => (true, Why::Granted),
        ConsentState::Expired => (false, Why::Expired),
        ConsentState::Invalidated => (false, Why::Invalidated),
        _ => match mechanism {
            Mechanism::OptOut if standing.was_served(purpose) => (true, Why::NoticeServed),
            Mechanism::NoticeOnly => (true, Why::StrictlyNecessary),
            _ => (false, Why::NotAnswered),
        },
    };
    (allowed, state, reason)
}

/// The steps above the person's own answer: none of them can turn a no into a yes.
fn denied_from_above(
    standing: &Standing,
    rule: &Rule,
    purpose: Purpose,
    mechanism: Mechanism,
    now_ms: i64,
) -> Option<DecisionReason> {
    if standing.is_broken() {
        return Some(DecisionReason::LedgerBroken);
    }
    if mechanism == Mechanism::Prohibited {
        return Some(DecisionReason::Prohibited);
    }
    let needs = purpose.needs_one_of();
    if !needs.is_empty() && !needs.iter().any(|&p| decide(standing, p, now_ms).allowed) {
        return Some(DecisionReason::MissingDependency);
    }
    if rule.is_minor(standing.signals().age_band) && purpose != Purpose::Preferences {
        return Some(DecisionReason::AgeBand);
    }
    if standing.signals().global_privacy_control && standing.policy().gpc_denies(purpose) {
        return Some(DecisionReason::OptOutSignal);
    }
    None
}
