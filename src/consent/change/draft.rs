//! A receipt in the making: everything but its place in the chain.

use crate::base::limits::{LOCALE, OutOfBounds, SURFACE};
use crate::base::sensitive::SensitiveTag;
use crate::consent::decision::ConsentState;
use crate::consent::gate::Gate;
use crate::consent::ledger::receipt::{Receipt, ReceiptAction, ReceiptPurpose, ReceiptTag, SCHEMA};
use crate::consent::notice::strings;
use crate::consent::purpose::Purpose;
use crate::consent::state::clock;
use crate::consent::state::current::{Answer, State};
use crate::consent::state::denials::Denials;

/// Where and in which language something happened.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub surface: &'a str,
    /// As the app names it; none where nobody was looking.
    pub locale: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// Nobody was looking.
    pub(crate) const NOWHERE: Self = Self { surface: "", locale: None };

    /// A place as the app names it.
    pub(crate) fn within(surface: &'a str, locale: &'a str) -> Result<Self, OutOfBounds> {
        SURFACE.text("surface", surface)?;
        LOCALE.text("locale", locale)?;
        Ok(Self { surface, locale: Some(locale) })
    }

    /// The same for a no, which is never refused for the name of the place it was said at.
    pub(crate) fn cut(surface: &'a str, locale: &'a str) -> Self {
        Self { surface: SURFACE.cut(surface), locale: Some(LOCALE.cut(locale)) }
    }
}

/// Purposes and tags, and where they stand from here on.
#[derive(Default)]
pub(crate) struct States {
    pub purposes: Vec<(Purpose, ConsentState)>,
    pub tags: Vec<(SensitiveTag, ConsentState)>,
}

impl States {
    /// Each purpose once, as it is named first.
    pub(crate) fn of_purposes(purposes: impl IntoIterator<Item = (Purpose, ConsentState)>) -> Self {
        let mut states = Self::default();
        for (purpose, state) in purposes {
            if states.purposes.iter().all(|(known, _)| *known != purpose) {
                states.purposes.push((purpose, state));
            }
        }
        states
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.purposes.is_empty() && self.tags.is_empty()
    }

    /// What is allowed from here on.
    pub(crate) fn granted(&self) -> Denials {
        let purposes: Vec<_> = self.purposes.iter().filter(|(_, s)| s.is_grant()).map(|(p, _)| *p).collect();
        let tags: Vec<_> = self.tags.iter().filter(|(_, s)| s.is_grant()).map(|(t, _)| *t).collect();
        Denials::of(&purposes, &tags)
    }

    /// What ends here, and what does not.
    pub(crate) fn parted(self) -> (Self, Self) {
        let purposes = self.purposes.into_iter().partition(|(_, s)| s.ends());
        let tags = self.tags.into_iter().partition(|(_, s)| s.ends());
        (Self { purposes: purposes.0, tags: tags.0 }, Self { purposes: purposes.1, tags: tags.1 })
    }

    /// What ends here: refused, or run out.
    pub(crate) fn ended(&self) -> (Vec<Purpose>, Vec<SensitiveTag>) {
        let purposes = self.purposes.iter().filter(|(_, s)| s.ends()).map(|(p, _)| *p);
        let tags = self.tags.iter().filter(|(_, s)| s.ends()).map(|(t, _)| *t);
        (purposes.collect(), tags.collect())
    }
}

impl Gate {
    /// A receipt of `action`, to be linked to the chain.
    pub(crate) fn draft(
        &self,
        state: &State,
        action: ReceiptAction,
        states: &States,
        place: Place<'_>,
    ) -> Receipt {
        let now = self.clock.now();
        let (policy, signals) = (state.policy(), state.signals());
        let locale = place.locale.map(|wanted| strings::shown(policy, wanted));
        Receipt {
            schema: SCHEMA.into(),
            seq: 0,
            record_id: String::new(),
            prev_hash: String::new(),
            supersedes: if action == ReceiptAction::Served { Vec::new() } else { superseded(state, states) },
            policy: state.label().into(),
            notice_hash: state.notice_hash().into(),
            screen_hash: locale.map(|shown| strings::screen_hash(policy, shown)).unwrap_or_default(),
            controller: policy.controller.clone(),
            locale: locale.unwrap_or_default().into(),
            action,
            surface: place.surface.into(),
            purposes: states
                .purposes
                .iter()
                .map(|&(p, answer)| purpose(state, p, answer, now.clock_ms))
                .collect(),
            sensitive: states
                .tags
                .iter()
                .map(|&(about, answer)| tag(state, about, answer, now.clock_ms))
                .collect(),
            region_rule: state.rule().id.clone(),
            age_band: signals.age_band,
            opt_out_signal: signals.opts_out(),
            signals_hash: signals.hash(),
            time_ms: now.clock_ms,
            device_ms: Some(now.device_ms),
            opens: self.opens,
            sdk_version: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

fn purpose(state: &State, purpose: Purpose, answer: ConsentState, now_ms: i64) -> ReceiptPurpose {
    let terms = state.policy().terms(purpose);
    ReceiptPurpose {
        purpose,
        mechanism: state.rule().mechanism(purpose),
        state: answer,
        legal_basis: terms.map(|t| t.legal_basis.clone()).unwrap_or_default(),
        retention_days: terms.map_or(0, |t| t.retention_days),
        valid_until_ms: answer.is_grant().then(|| after(now_ms, state.rule().grant_days)),
    }
}

fn tag(state: &State, tag: SensitiveTag, answer: ConsentState, now_ms: i64) -> ReceiptTag {
    // Never longer than an ordinary yes.
    let days = state.policy().sensitive.grant_days.min(state.rule().grant_days);
    ReceiptTag { tag, state: answer, valid_until_ms: answer.is_grant().then(|| after(now_ms, days)) }
}

fn after(now_ms: i64, days: u32) -> i64 {
    now_ms.saturating_add(clock::days(days))
}

fn superseded(state: &State, states: &States) -> Vec<String> {
    let purposes = states.purposes.iter().filter_map(|(p, _)| state.answer(*p));
    let tags = states.tags.iter().filter_map(|(t, _)| state.tag_answer(*t));
    let mut ids: Vec<String> = purposes.chain(tags).map(|a: &Answer| a.receipt_id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
