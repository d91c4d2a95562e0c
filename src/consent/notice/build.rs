//! Making what a preference center shows out of policy, answers and texts.

use crate::base::clock::DAY_MS;
use crate::base::locale::{Labelled as _, is_right_to_left};
use crate::base::sensitive::SensitiveTag;
use crate::consent::decision::{Decision, DecisionReason, Mechanism};
use crate::consent::gate::{Gate, MessageCaps};
use crate::consent::ledger::receipt::{Receipt, ReceiptAction};
use crate::consent::notice::model::{
    ConsentPrompt, ConsentSnapshot, HistoryEntry, HistoryLine, NoticePurpose, PreferenceCenter,
    SensitiveNotice,
};
use crate::consent::notice::strings;
use crate::consent::notice::strings::{Leaving, Locale, fill};
use crate::consent::policy::SignalConflict;
use crate::consent::purpose::{Purpose, PurposeGroup};
use crate::consent::state::clock::{Now, Until};
use crate::consent::state::current::State;
use crate::consent::state::decide;

/// What is known goes with the yes it rests on, so people are asked in time whether to keep it:
/// in the last days of a yes, or in the last quarter of one that is short.
const RENEWAL_MS: i64 = 30 * DAY_MS;
/// Whoever put an answer off is asked nothing for so long.
const DEFERRAL_RESTS_MS: i64 = DAY_MS;
/// Receipts that a preference center shows.
const HISTORY: usize = 50;
/// Whoever closed the notice of a renewal is left alone for so long.
const RENEWAL_RESTS_MS: i64 = 7 * DAY_MS;

/// How consent stands, and for whom it is put into words.
struct Scene<'a> {
    state: &'a State,
    now: Now,
    /// What the user asked for, for texts of the shop's own.
    wanted: &'a str,
    /// What is shown.
    language: &'static str,
    texts: &'static Locale,
    /// How many messages the shop sends at most, as far as it is known.
    caps: Option<MessageCaps>,
}

impl<'a> Scene<'a> {
    fn new(gate: &Gate, state: &'a State, wanted: &'a str) -> Self {
        let (language, texts) = strings::locale(wanted);
        Self { state, now: gate.clock.now(), wanted, language, texts, caps: gate.message_caps() }
    }

    fn prompt(&self) -> ConsentPrompt {
        let (policy, texts) = (self.state.policy(), self.texts);
        let grant_days = self.state.rule().grant_days;
        let purposes: Vec<_> = Purpose::ALL.into_iter().filter_map(|p| self.purpose(p)).collect();
        ConsentPrompt {
            locale: self.language.into(),
            right_to_left: is_right_to_left(self.language),
            title: texts.title.clone(),
            intro: self.intro(&purposes),
            accept_label: texts.accept_all.clone(),
            refuse_label: texts.refuse_all.clone(),
            save_label: texts.save.clone(),
            labels: texts.words.labels.clone(),
            controller: policy.named_controller().map_or_else(|| texts.words.shop(), str::to_owned),
            contact: policy.contact.clone(),
            complaint: policy.complaint.clone(),
            recipients: policy.recipients(),
            grant_days,
            grant_text: texts.words.span(self.language, grant_days),
            policy: policy.label(),
            purposes,
        }
    }

    /// What is true of these purposes: nobody is told to look for what is not there.
    fn intro(&self, purposes: &[NoticePurpose]) -> String {
        let is_on_already = |p: &NoticePurpose| p.decision.mechanism == Mechanism::OptOut;
        let leaves = |p: &&NoticePurpose| p.group == PurposeGroup::Shared || p.purpose == Purpose::Transfer;
        let leaving = match purposes.iter().filter(leaves).map(is_on_already).max() {
            None => Leaving::Never,
            Some(false) => Leaving::IfAllowed,
            Some(true) => Leaving::UnlessRefused,
        };
        let some_on = purposes.iter().any(is_on_already);
        let intro = if some_on { &self.texts.intro_opt_out } else { &self.texts.intro };
        let leaving = self.texts.leaving.get(&leaving).map(String::as_str);
        let contact = self.state.policy().contact.is_none().then_some(&*self.texts.contact);
        fill(&fill(intro, "leaving", leaving), "contact", contact)
    }

    /// A text of a purpose with what is true here and now of answers and messages.
    fn filled(&self, text: &str) -> String {
        let is_shared = |p: &Purpose| p.group() == PurposeGroup::Shared;
        let mut shared = Purpose::ALL.into_iter().filter(is_shared);
        let answers = shared.any(|p| decide::is_shown(self.state, p, self.now));
        let text = fill(text, "answered", answers.then_some(&*self.texts.answered));
        let text = fill(&text, "unsent", answers.then_some(&*self.texts.unsent));
        let caps = self.caps.map(|caps| {
            let day = self.texts.caps.replace("{day}", &caps.per_day.to_string());
            day.replace("{week}", &caps.per_week.to_string())
        });
        fill(&text, "caps", caps.as_deref())
    }

    /// How long data of a purpose is kept: no longer than the consent that it rests on.
    fn retention(&self, purpose: Purpose, days: u32, decision: &Decision) -> String {
        let (words, grant_days) = (&self.texts.words, self.state.rule().grant_days);
        let kept = words.retention(self.language, purpose, days);
        let rests_on_consent = decision.mechanism == Mechanism::OptIn || decision.state.is_grant();
        if rests_on_consent && days > grant_days {
            words.within(self.language, &kept, grant_days)
        } else {
            kept
        }
    }

    fn purpose(&self, purpose: Purpose) -> Option<NoticePurpose> {
        let terms = self.state.policy().terms(purpose)?;
        if !decide::is_shown(self.state, purpose, self.now) {
            return None;
        }
        let own = strings::purpose_texts(self.state.policy(), purpose, self.wanted)?;
        let (group, words) = (purpose.group(), &self.texts.words);
        let decision = decide::decide(self.state, purpose, self.now);
        Some(NoticePurpose {
            purpose,
            group,
            group_title: group.label(self.language),
            title: own.title,
            benefit: self.filled(&own.benefit),
            data: self.filled(&words.dose(self.language, self.state.policy().dp, &own.data)),
            retention_days: terms.retention_days,
            retention_text: self.retention(purpose, terms.retention_days, &decision),
            recipients: terms.recipients.clone(),
            recipients_text: words.recipients(purpose, &terms.recipients),
            withdrawal: self
                .texts
                .withdrawals
                .get(&purpose)
                .map(|text| self.filled(text))
                .unwrap_or_default(),
            needs_one_of: purpose.needs_one_of().to_vec(),
            can_refuse: purpose != Purpose::Essential,
            can_give: decide::would_count(self.state, purpose),
            is_on: decision.allowed || decision.state.is_grant(),
            reason_text: self.reason(purpose, &decision),
            decision,
        })
    }

    fn reason(&self, purpose: Purpose, decision: &Decision) -> String {
        let words = &self.texts.words;
        match decision.reason {
            DecisionReason::MissingDependency => self.needs(purpose.needs_one_of()),
            reason if decision.mechanism == Mechanism::OptOut && decision.receipt_id.is_none() => {
                words.reason_of_opt_out(reason)
            }
            reason => words.reason(reason),
        }
    }

    /// That one of `needed` is missing, by the titles that the notice has.
    fn needs(&self, needed: &[Purpose]) -> String {
        let shown = needed.iter().filter(|p| decide::is_shown(self.state, **p, self.now));
        let texts = shown.filter_map(|p| strings::purpose_texts(self.state.policy(), *p, self.wanted));
        let titles: Vec<String> = texts.map(|texts| texts.title).collect();
        match titles.as_slice() {
            [] => self.texts.words.reason(DecisionReason::MissingDependency),
            titles => self.texts.words.needs(self.language, titles),
        }
    }

    /// Tags that may be asked about here, and those with a yes that may be taken back.
    fn sensitive(&self) -> Vec<SensitiveNotice> {
        let is_on = |tag| self.state.of_tag(tag, self.now).is_grant();
        let askable = |tag| decide::unaskable(self.state, tag).is_none();
        let offered = self.state.policy().sensitive.tags.iter().copied();
        let others =
            SensitiveTag::ALL.into_iter().filter(|t| !self.state.policy().sensitive.tags.contains(t));
        let shown = offered.chain(others).filter(|&t| askable(t) || is_on(t));
        shown.map(|tag| self.tag(tag, is_on(tag))).collect()
    }

    fn tag(&self, tag: SensitiveTag, is_on: bool) -> SensitiveNotice {
        let (terms, words) = (&self.state.policy().sensitive, &self.texts.words);
        let grant_days = terms.grant_days.min(self.state.rule().grant_days);
        let decision = decide::decide_tag(self.state, tag, terms.taxonomy_version, self.now);
        SensitiveNotice {
            tag,
            title: tag.label(self.language),
            data: self.texts.sensitive_intro.clone(),
            grant_days,
            grant_text: words.span(self.language, grant_days),
            can_give: decide::overruled_tag(self.state, tag).is_none(),
            is_on,
            reason_text: match decision.reason {
                DecisionReason::MissingDependency => self.needs(&[Purpose::History]),
                reason => words.reason(reason),
            },
            decision,
        }
    }

    fn entry(&self, receipt: &Receipt) -> HistoryEntry {
        let words = &self.texts.words;
        let title = |purpose| {
            let own = strings::purpose_texts(self.state.policy(), purpose, self.wanted);
            own.map(|t| t.title).unwrap_or_default()
        };
        let line = |title, state| HistoryLine { title, state_text: words.state(state) };
        let purposes = receipt.purposes.iter().map(|p| line(title(p.purpose), p.state));
        let tags = receipt.sensitive.iter().map(|t| line(t.tag.label(self.language), t.state));
        let erased = receipt.is_of_erasure();
        let speaks_of_all = erased || receipt.action == ReceiptAction::Served;
        HistoryEntry {
            title: words.action(if erased { ReceiptAction::Erased } else { receipt.action }),
            lines: if speaks_of_all { Vec::new() } else { purposes.chain(tags).collect() },
            receipt: receipt.clone(),
        }
    }
}

impl Gate {
    /// How all purposes stand now.
    #[must_use]
    pub fn snapshot(&self) -> ConsentSnapshot {
        let (state, now) = (self.state(), self.clock.now());
        ConsentSnapshot {
            decisions: Purpose::ALL.into_iter().map(|p| decide::decide(&state, p, now)).collect(),
            region_rule: state.rule().id.clone(),
            policy: state.label().into(),
            next_prompt_ms: next_prompt_in(&state, now).map(|ms| now.clock_ms.saturating_add(ms)),
        }
    }

    /// The notice in the language of `locale`, whether or not anything is open.
    #[must_use]
    pub fn notice(&self, locale: &str) -> ConsentPrompt {
        Scene::new(self, &self.state(), locale).prompt()
    }

    /// Everything a preference center shows, in the language of `locale`.
    #[must_use]
    pub fn center(&self, locale: &str) -> PreferenceCenter {
        let state = self.state();
        let scene = Scene::new(self, &state, locale);
        PreferenceCenter {
            notice: scene.prompt(),
            sensitive: scene.sensitive(),
            history: state.receipts().iter().rev().take(HISTORY).map(|r| scene.entry(r)).collect(),
        }
    }

    /// The notice, if something is to be asked now: a purpose without an answer, a yes that ran
    /// out, will do so soon, or that a new policy does not cover. A refusal rests for as long as the policy says,
    /// unless what was refused has changed.
    #[must_use]
    pub fn pending_prompt(&self, locale: &str) -> Option<ConsentPrompt> {
        let (state, now) = (self.state(), self.clock.now());
        (next_prompt_in(&state, now) == Some(0)).then(|| self.notice(locale))
    }
}

/// In how many milliseconds there is something to ask, as long as nothing changes.
fn next_prompt_in(state: &State, now: Now) -> Option<i64> {
    let held = state.deferred_ms().map_or(0, |ms| rests_for(DEFERRAL_RESTS_MS, ms, now));
    let opens = Purpose::ALL.into_iter().filter_map(|purpose| opens_in(state, purpose, now)).min();
    opens.map(|ms| ms.max(held))
}

/// In how many milliseconds there is something to ask about a purpose, as long as nothing changes; `None` for never.
fn opens_in(state: &State, purpose: Purpose, now: Now) -> Option<i64> {
    use crate::consent::decision::ConsentState as S;
    use DecisionReason as Why;
    if !state.is_asked(purpose) {
        return None;
    }
    let policy = state.policy();
    match decide::decide(state, purpose, now).reason {
        // An answer would change nothing; what a purpose needs is asked about first.
        Why::Prohibited
        | Why::AgeBand
        | Why::PlatformDenied
        | Why::LedgerBroken
        | Why::NewerFormat
        | Why::MissingDependency
        | Why::NoticeServed => return None,
        Why::OptOutSignal => {
            let asked_since = state.answer(purpose).is_some_and(|a| state.is_in_spite(a));
            return (policy.gpc_conflict == SignalConflict::Ask && !asked_since).then_some(0);
        }
        _ => {}
    }
    let rests = i64::from(policy.refusal_rests_days).saturating_mul(DAY_MS);
    match state.of(purpose, now) {
        S::Unknown | S::Requested | S::Expired | S::Invalidated => Some(0),
        S::Given | S::Renewed => renewal_in(state, purpose, now),
        S::Deferred | S::Refused | S::Withdrawn | S::Objected if state.has_changed(purpose) => Some(0),
        S::Deferred | S::Refused | S::Withdrawn | S::Objected => {
            state.answer(purpose).map(|a| rests_for(rests, a.at.device_ms, now))
        }
    }
}

/// What is left of a rest that began at a device time.
fn rests_for(rest_ms: i64, since_ms: i64, now: Now) -> i64 {
    rest_ms.saturating_sub(now.device_ms.saturating_sub(since_ms)).max(0)
}

/// In how many milliseconds the user is asked whether a consent shall go on.
fn renewal_in(state: &State, purpose: Purpose, now: Now) -> Option<i64> {
    let answer = state.answer(purpose)?;
    let span_ms = answer.valid_until_ms?.saturating_sub(answer.at.clock_ms);
    let soon = Until::after(answer.at, span_ms.saturating_sub(RENEWAL_MS.min(span_ms / 4)));
    let served = state.served_ms(purpose).map_or(0, |served_ms| rests_for(RENEWAL_RESTS_MS, served_ms, now));
    Some(soon.left(now).max(served))
}
