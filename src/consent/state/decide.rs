//! May this be done? One pure function, nine steps, a denial at any step is final.
//!
//! 1. what the policy prohibits, and dependencies;
//! 2. the age band;
//! 3. sensitive tags, which have a gate of their own;
//! 4. opt-out signals and a no in the app's consent platform;
//! 5. the person's latest answer here;
//! 6. a yes in the app's consent platform, where the policy takes it over;
//! 7. answers brought from another device, which become refusals in the ledger or nothing;
//! 8. the region's default;
//! 9. otherwise no.

use crate::base::sensitive::SensitiveTag;
use crate::consent::decision::SensitiveDecision;
use crate::consent::decision::{ConsentState, Decision, DecisionReason as Why, Mechanism};
use crate::consent::policy::SignalConflict;
use crate::consent::purpose::Purpose;
use crate::consent::state::clock::{Now, Until};
use crate::consent::state::current::{Answer, Standing};

/// What the nine steps lead to.
struct Verdict {
    allowed: bool,
    reason: Why,
    /// When it stops being so, where that is not the answer's own end.
    until_ms: Option<i64>,
}

const fn yes(reason: Why) -> Verdict {
    Verdict { allowed: true, reason, until_ms: None }
}

const fn no(reason: Why) -> Verdict {
    Verdict { allowed: false, reason, until_ms: None }
}

/// Decides about `purpose` at this moment.
pub(crate) fn decide(standing: &Standing, purpose: Purpose, now: Now) -> Decision {
    let verdict = weigh(standing, purpose, now);
    let answer = standing.answer(purpose);
    Decision {
        purpose,
        allowed: verdict.allowed,
        mechanism: standing.rule().mechanism(purpose),
        state: standing.state(purpose, now),
        reason: verdict.reason,
        rule: standing.rule().id.clone(),
        notice: standing.label().into(),
        decided_at_ms: answer.map(|a| a.at.clock_ms),
        expires_at_ms: verdict.until_ms.or_else(|| answer.and_then(|a| a.valid_until_ms)),
        receipt_id: answer.map(|a| a.receipt_id.clone()),
    }
}

/// When a permit for what was decided ends.
pub(crate) fn until(standing: &Standing, decision: &Decision, now: Now) -> Option<Until> {
    match decision.reason {
        Why::Granted => standing.answer(decision.purpose).and_then(Answer::until),
        _ => decision.expires_at_ms.map(|ms| Until::after(now, ms.saturating_sub(now.clock_ms))),
    }
}

fn weigh(standing: &Standing, purpose: Purpose, now: Now) -> Verdict {
    if purpose == Purpose::Essential {
        return yes(Why::StrictlyNecessary);
    }
    if let Some(reason) = denied_from_above(standing, purpose, now) {
        return no(reason);
    }
    let noticed = standing.rule().mechanism(purpose) == Mechanism::OptOut && standing.was_noticed(purpose);
    match standing.state(purpose, now) {
        s if s.is_refusal() => no(Why::Refused),
        s if s.is_grant() => yes(Why::Granted),
        ConsentState::Expired => no(Why::Expired),
        ConsentState::Deferred => no(Why::NotAnswered),
        ConsentState::Invalidated if !noticed => no(Why::Invalidated),
        _ => match standing.platform().grants_until(purpose, now.clock_ms) {
            until_ms @ Some(_) => Verdict { until_ms, ..yes(Why::PlatformGranted) },
            None if noticed => yes(Why::NoticeServed),
            None => no(Why::NotAnswered),
        },
    }
}

/// The steps above the person's own answer: none of them can turn a no into a yes.
fn denied_from_above(standing: &Standing, purpose: Purpose, now: Now) -> Option<Why> {
    if let Some(reason) = barred(standing, purpose) {
        return Some(reason);
    }
    let needs = purpose.needs_one_of();
    if !needs.is_empty() && !needs.iter().any(|&p| weigh(standing, p, now).allowed) {
        return Some(Why::MissingDependency);
    }
    let answer = standing.answer(purpose);
    denied_by_surroundings(standing, purpose, said_yes_in_spite(standing, answer))
}

/// Why the answers are not known, if they are not.
fn unknown(standing: &Standing) -> Option<Why> {
    let broken = standing.is_broken().then_some(Why::LedgerBroken);
    standing.newer().map(|_| Why::NewerFormat).or(broken)
}

/// What no answer and no signal can change.
fn barred(standing: &Standing, purpose: Purpose) -> Option<Why> {
    if let Some(reason) = unknown(standing) {
        return Some(reason);
    }
    (standing.rule().mechanism(purpose) == Mechanism::Prohibited).then_some(Why::Prohibited)
}

/// What age, signals and the app's consent platform deny.
fn denied_by_surroundings(standing: &Standing, purpose: Purpose, in_spite: bool) -> Option<Why> {
    if standing.is_minor() && purpose != Purpose::Preferences {
        return Some(Why::AgeBand);
    }
    if standing.signals().global_privacy_control && standing.policy().gpc_denies(purpose) && !in_spite {
        return Some(Why::OptOutSignal);
    }
    standing.platform().denies(purpose).then_some(Why::PlatformDenied)
}

/// Whether a yes would count now, as soon as what the purpose needs is allowed as well.
pub(crate) fn would_count(standing: &Standing, purpose: Purpose) -> bool {
    let may_ask = standing.policy().gpc_conflict == SignalConflict::Ask;
    purpose.is_asked_in_advance()
        && barred(standing, purpose).is_none()
        && denied_by_surroundings(standing, purpose, may_ask).is_none()
}

/// Whether the person saw that a signal was set and said yes all the same, and the policy lets
/// that count.
fn said_yes_in_spite(standing: &Standing, answer: Option<&Answer>) -> bool {
    standing.policy().gpc_conflict == SignalConflict::Ask
        && answer.is_some_and(|a| a.state.is_grant() && a.in_spite_of_signal)
}

/// Decides about a sensitive tag at this moment.
pub(crate) fn decide_tag(
    standing: &Standing,
    tag: SensitiveTag,
    taxonomy_version: u32,
    now: Now,
) -> SensitiveDecision {
    let verdict = weigh_tag(standing, tag, taxonomy_version, now);
    let answer = standing.tag_answer(tag);
    SensitiveDecision {
        tag,
        allowed: verdict.allowed,
        state: standing.tag_state(tag, now),
        reason: verdict.reason,
        rule: standing.rule().id.clone(),
        notice: standing.label().into(),
        decided_at_ms: answer.map(|a| a.at.clock_ms),
        expires_at_ms: answer.and_then(|a| a.valid_until_ms),
        receipt_id: answer.map(|a| a.receipt_id.clone()),
    }
}

/// Why nobody may be asked about `tag`, if so.
pub(crate) fn unaskable(standing: &Standing, tag: SensitiveTag) -> Option<Why> {
    if let Some(reason) = unknown(standing) {
        return Some(reason);
    }
    if standing.rule().sensitive() == Mechanism::Prohibited
        || !standing.policy().sensitive.tags.contains(&tag)
    {
        return Some(Why::Prohibited);
    }
    standing.is_minor().then_some(Why::AgeBand)
}

fn weigh_tag(standing: &Standing, tag: SensitiveTag, taxonomy_version: u32, now: Now) -> Verdict {
    if let Some(reason) = unaskable(standing, tag) {
        return no(reason);
    }
    if standing.policy().sensitive.taxonomy_version != taxonomy_version {
        return no(Why::UnknownTaxonomy);
    }
    if !weigh(standing, Purpose::History, now).allowed {
        return no(Why::MissingDependency);
    }
    if standing.signals().global_privacy_control && !said_yes_in_spite(standing, standing.tag_answer(tag)) {
        return no(Why::OptOutSignal);
    }
    match standing.tag_state(tag, now) {
        s if s.is_refusal() => no(Why::Refused),
        s if s.is_grant() => yes(Why::Granted),
        ConsentState::Expired => no(Why::Expired),
        ConsentState::Invalidated => no(Why::Invalidated),
        _ => no(Why::NotAnswered),
    }
}
