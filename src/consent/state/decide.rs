//! May this be done? One pure function, nine steps, a denial at any step is final.
//!
//! 1. what the policy prohibits, and dependencies;
//! 2. the age band;
//! 3. sensitive tags, which have a gate of their own;
//! 4. opt-out signals and a no in the app's consent platform;
//! 5. the user's latest answer here;
//! 6. a yes in the app's consent platform, where the policy takes it over;
//! 7. answers brought from another device, which become refusals in the ledger or nothing;
//! 8. the region's default;
//! 9. otherwise no.

use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::decision::SensitiveDecision;
use crate::consent::decision::{ConsentState, Decision, DecisionReason as Why, Mechanism};
use crate::consent::policy::SignalConflict;
use crate::consent::purpose::Purpose;
use crate::consent::state::clock::{Now, Until};
use crate::consent::state::current::{Answer, State};

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
pub(crate) fn decide(state: &State, purpose: Purpose, now: Now) -> Decision {
    let verdict = weigh(state, purpose, now);
    let answer = state.answer(purpose);
    let was_erased = answer.is_some_and(|a| a.is_of_erasure) && !state.is_going(purpose);
    Decision {
        purpose,
        allowed: verdict.allowed,
        mechanism: state.rule().mechanism(purpose),
        state: if was_erased { ConsentState::Unknown } else { state.of(purpose, now) },
        reason: verdict.reason,
        rule: state.rule().id.clone(),
        notice: state.label().into(),
        decided_at_ms: answer.map(|a| a.at.clock_ms),
        expires_at_ms: verdict.until_ms.or_else(|| answer.and_then(|a| a.valid_until_ms)),
        receipt_id: answer.map(|a| a.receipt_id.clone()),
    }
}

/// When a permit for what was decided ends.
pub(crate) fn until(state: &State, decision: &Decision, now: Now) -> Option<Until> {
    match decision.reason {
        Why::Granted => state.answer(decision.purpose).and_then(Answer::until),
        _ => decision.expires_at_ms.map(|ms| Until::after(now, ms.saturating_sub(now.clock_ms))),
    }
}

/// The nine steps in their order. The first that has something to say decides.
fn weigh(state: &State, purpose: Purpose, now: Now) -> Verdict {
    if purpose == Purpose::Essential {
        return yes(Why::StrictlyNecessary);
    }
    let answer = state.answer(purpose);
    let denied = barred(state, purpose)
        .or_else(|| lacks_what_it_needs(state, purpose, now))
        .or_else(|| too_young(state, purpose))
        .or_else(|| opted_out(state, purpose, said_yes_in_spite(state, answer)))
        .or_else(|| denied_by_platform(state, purpose));
    denied
        .map(no)
        .or_else(|| answered(state, purpose, now))
        .or_else(|| granted_by_platform(state, purpose, now))
        .or_else(|| default_of_region(state, purpose))
        .unwrap_or(no(Why::NotAnswered))
}

/// Why the answers are not known, if they are not.
fn unknown(state: &State) -> Option<Why> {
    let broken = state.is_broken().then_some(Why::LedgerBroken);
    state.newer().map(|_| Why::NewerFormat).or(broken)
}

/// Step 1: what no answer and no signal can change.
fn barred(state: &State, purpose: Purpose) -> Option<Why> {
    if let Some(reason) = unknown(state) {
        return Some(reason);
    }
    (state.rule().mechanism(purpose) == Mechanism::Prohibited).then_some(Why::Prohibited)
}

/// Step 1 as well: what a purpose builds on has to be allowed.
fn lacks_what_it_needs(state: &State, purpose: Purpose, now: Now) -> Option<Why> {
    let needs = purpose.needs_one_of();
    let lacks = !needs.is_empty() && !needs.iter().any(|&p| weigh(state, p, now).allowed);
    lacks.then_some(Why::MissingDependency)
}

/// Step 2.
fn too_young(state: &State, purpose: Purpose) -> Option<Why> {
    (state.is_minor() && purpose != Purpose::Preferences).then_some(Why::AgeBand)
}

/// Step 4: an opt-out signal.
fn opted_out(state: &State, purpose: Purpose, in_spite: bool) -> Option<Why> {
    let heard = state.signals().opts_out() && state.policy().gpc_denies(purpose) && !in_spite;
    heard.then_some(Why::OptOutSignal)
}

/// Step 4: a no in the app's consent platform.
fn denied_by_platform(state: &State, purpose: Purpose) -> Option<Why> {
    state.platform().denies(purpose).then_some(Why::PlatformDenied)
}

/// Step 5; step 7 is in it, since a refusal brought from another device stands in the ledger like any other.
fn answered(state: &State, purpose: Purpose, now: Now) -> Option<Verdict> {
    match state.of(purpose, now) {
        _ if state.answer(purpose).is_some_and(|a| a.is_of_erasure) => Some(no(Why::NotAnswered)),
        s if s.is_refusal() => Some(no(Why::Refused)),
        s if s.is_grant() => Some(yes(Why::Granted)),
        ConsentState::Expired => Some(no(Why::Expired)),
        ConsentState::Deferred => Some(no(Why::NotAnswered)),
        // Where a notice is enough, a new notice is enough for new terms.
        ConsentState::Invalidated if !is_noticed(state, purpose) => Some(no(Why::Invalidated)),
        _ => None,
    }
}

/// Step 6.
fn granted_by_platform(state: &State, purpose: Purpose, now: Now) -> Option<Verdict> {
    let until_ms = state.platform().grants_until(purpose, now.clock_ms)?;
    Some(Verdict { until_ms: Some(until_ms), ..yes(Why::PlatformGranted) })
}

/// Step 8.
fn default_of_region(state: &State, purpose: Purpose) -> Option<Verdict> {
    is_noticed(state, purpose).then_some(yes(Why::NoticeServed))
}

/// A notice is enough here, and one was on screen.
fn is_noticed(state: &State, purpose: Purpose) -> bool {
    state.rule().mechanism(purpose) == Mechanism::OptOut && state.was_noticed(purpose)
}

/// Whether a yes would count now, as soon as what the purpose needs is allowed as well.
pub(crate) fn would_count(state: &State, purpose: Purpose) -> bool {
    state.is_asked(purpose) && overruled(state, purpose).is_none()
}

/// Why a yes would not count now, whatever else is allowed, if so.
fn overruled(state: &State, purpose: Purpose) -> Option<Why> {
    let may_ask = state.policy().gpc_conflict == SignalConflict::Ask;
    barred(state, purpose)
        .or_else(|| too_young(state, purpose))
        .or_else(|| opted_out(state, purpose, may_ask))
        .or_else(|| denied_by_platform(state, purpose))
}

/// Whether a yes may be written down: to what a notice asks about, and where it would count.
///
/// # Errors
/// [`ConsentError::NotInNotice`] or [`ConsentError::NotGivable`]. That no receipt can be written is for the ledger to say.
pub(crate) fn check_yes(state: &State, purpose: Purpose) -> Result<(), ConsentError> {
    if !state.is_asked(purpose) {
        return Err(ConsentError::NotInNotice { field: "choices", purpose });
    }
    match overruled(state, purpose) {
        None | Some(Why::LedgerBroken | Why::NewerFormat) => Ok(()),
        Some(reason) => Err(ConsentError::NotGivable { purpose, reason }),
    }
}

/// Whether the user saw that a signal was set and said yes all the same, and the policy lets
/// that count. An opt-out in the consent platform that came later does not let it.
fn said_yes_in_spite(state: &State, answer: Option<&Answer>) -> bool {
    state.policy().gpc_conflict == SignalConflict::Ask
        && answer.is_some_and(|a| a.state.is_grant() && state.is_in_spite(a))
}

/// Decides about a sensitive tag at this moment.
pub(crate) fn decide_tag(
    state: &State,
    tag: SensitiveTag,
    taxonomy_version: u32,
    now: Now,
) -> SensitiveDecision {
    let verdict = weigh_tag(state, tag, taxonomy_version, now);
    let answer = state.tag_answer(tag);
    SensitiveDecision {
        tag,
        allowed: verdict.allowed,
        state: state.of_tag(tag, now),
        reason: verdict.reason,
        rule: state.rule().id.clone(),
        notice: state.label().into(),
        decided_at_ms: answer.map(|a| a.at.clock_ms),
        expires_at_ms: answer.and_then(|a| a.valid_until_ms),
        receipt_id: answer.map(|a| a.receipt_id.clone()),
    }
}

/// Whether the notice shows a purpose. What was given stays in sight, so that it can be taken back.
pub(crate) fn is_shown(state: &State, purpose: Purpose, now: Now) -> bool {
    let is_offered = state.policy().terms(purpose).is_some_and(|terms| terms.offered);
    is_offered && (!state.unused().contains(&purpose) || state.of(purpose, now).is_grant())
}

/// Why a yes to `tag` would not count now, whatever else is allowed, if so.
pub(crate) fn overruled_tag(state: &State, tag: SensitiveTag) -> Option<Why> {
    let may_ask = state.policy().gpc_conflict == SignalConflict::Ask;
    unaskable(state, tag).or_else(|| (state.signals().opts_out() && !may_ask).then_some(Why::OptOutSignal))
}

/// Why nobody may be asked about `tag`, if so.
pub(crate) fn unaskable(state: &State, tag: SensitiveTag) -> Option<Why> {
    if let Some(reason) = unknown(state) {
        return Some(reason);
    }
    if state.rule().sensitive() == Mechanism::Prohibited || !state.policy().sensitive.tags.contains(&tag) {
        return Some(Why::Prohibited);
    }
    state.is_minor().then_some(Why::AgeBand)
}

fn weigh_tag(state: &State, tag: SensitiveTag, taxonomy_version: u32, now: Now) -> Verdict {
    if let Some(reason) = unaskable(state, tag) {
        return no(reason);
    }
    if state.policy().sensitive.taxonomy_version != taxonomy_version {
        return no(Why::UnknownTaxonomy);
    }
    if !weigh(state, Purpose::History, now).allowed {
        return no(Why::MissingDependency);
    }
    if state.signals().opts_out() && !said_yes_in_spite(state, state.tag_answer(tag)) {
        return no(Why::OptOutSignal);
    }
    match state.of_tag(tag, now) {
        s if s.is_refusal() => no(Why::Refused),
        s if s.is_grant() => yes(Why::Granted),
        ConsentState::Expired => no(Why::Expired),
        ConsentState::Invalidated => no(Why::Invalidated),
        _ => no(Why::NotAnswered),
    }
}
