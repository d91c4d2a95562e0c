//! A receipt in the making: everything but its place in the chain.

use crate::base::limits::{LOCALE, OutOfBounds, SURFACE};
use crate::base::sensitive::SensitiveTag;
use crate::consent::decision::ConsentState;
use crate::consent::gate::Gate;
use crate::consent::ledger::receipt::{Receipt, ReceiptAction, ReceiptPurpose, ReceiptTag, SCHEMA};
use crate::consent::purpose::Purpose;
use crate::consent::state::clock;
use crate::consent::state::current::{Answer, Standing};
use crate::consent::state::denials::Denials;

/// Where and in which language something happened.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub surface: &'a str,
    pub locale: &'a str,
}

impl<'a> Place<'a> {
    /// Nobody was looking.
    pub(crate) const NOWHERE: Self = Self { surface: "", locale: "" };

    /// A place as the app names it.
    pub(crate) fn within(surface: &'a str, locale: &'a str) -> Result<Self, OutOfBounds> {
        SURFACE.text("surface", surface)?;
        LOCALE.text("locale", locale)?;
        Ok(Self { surface, locale })
    }

    /// The same for a no, which is never refused for the name of the place it was said at.
    pub(crate) fn cut(surface: &'a str, locale: &'a str) -> Self {
        Self { surface: SURFACE.cut(surface), locale: LOCALE.cut(locale) }
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
        standing: &Standing,
        action: ReceiptAction,
        states: &States,
        place: Place<'_>,
    ) -> Receipt {
        let now = self.epoch.now();
        let (policy, signals) = (standing.policy(), standing.signals());
        Receipt {
            schema: SCHEMA.into(),
            seq: 0,
            record_id: String::new(),
            prev_hash: String::new(),
            supersedes: if action == ReceiptAction::Served {
                Vec::new()
            } else {
                superseded(standing, states)
            },
            policy: standing.label().into(),
            notice_hash: standing.notice_hash().into(),
            screen_hash: crate::consent::notice::strings::screen_hash(policy, place.locale),
            controller: policy.controller.clone(),
            locale: place.locale.into(),
            action,
            surface: place.surface.into(),
            purposes: states
                .purposes
                .iter()
                .map(|&(p, state)| purpose(standing, p, state, now.clock_ms))
                .collect(),
            sensitive: states
                .tags
                .iter()
                .map(|&(tag, state)| crate::consent::change::draft::tag(standing, tag, state, now.clock_ms))
                .collect(),
            region_rule: standing.rule().id.clone(),
            age_band: signals.age_band,
            opt_out_signal: signals.global_privacy_control,
            signals_hash: signals.hash(),
            time_ms: now.clock_ms,
            device_ms: Some(now.device_ms),
            opens: self.opens,
            sdk_version: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

fn purpose(standing: &Standing, purpose: Purpose, state: ConsentState, now_ms: i64) -> ReceiptPurpose {
    let terms = standing.policy().terms(purpose);
    ReceiptPurpose {
        purpose,
        mechanism: standing.rule().mechanism(purpose),
        state,
        legal_basis: terms.map(|t| t.legal_basis.clone()).unwrap_or_default(),
        retention_days: terms.map_or(0, |t| t.retention_days),
        valid_until_ms: state.is_grant().then(|| after(now_ms, standing.rule().grant_days)),
    }
}

fn tag(standing: &Standing, tag: SensitiveTag, state: ConsentState, now_ms: i64) -> ReceiptTag {
    // Never longer than an ordinary yes.
    let days = standing.policy().sensitive.grant_days.min(standing.rule().grant_days);
    ReceiptTag { tag, state, valid_until_ms: state.is_grant().then(|| after(now_ms, days)) }
}

fn after(now_ms: i64, days: u32) -> i64 {
    now_ms.saturating_add(clock::days(days))
}

fn superseded(standing: &Standing, states: &States) -> Vec<String> {
    let purposes = states.purposes.iter().filter_map(|(p, _)| standing.answer(*p));
    let tags = states.tags.iter().filter_map(|(t, _)| standing.tag_answer(*t));
    let mut ids: Vec<String> = purposes.chain(tags).map(|a: &Answer| a.receipt_id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
