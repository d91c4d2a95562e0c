//! What an app needs to ask and to show: the notice, the present choices, the history, as plain
//! records. A yes and a no are the same shape and cost the same call.

use super::decision::{Decision, DecisionReason, Mechanism};
use super::gate::Gate;
use super::policy::SignalConflict;
use super::precedence;
use super::purpose::Purpose;
use super::receipt::Receipt;
use super::sensitive::SensitiveDecision;
use super::standing::Standing;
use super::texts;
use crate::clock::DAY_MS;
use crate::sensitive::SensitiveTag;

/// What is known goes with the yes it rests on, so people are asked in time whether to keep it:
/// in the last days of a yes, or in the last quarter of one that is short.
const RENEWAL_MS: i64 = 30 * DAY_MS;
/// Whoever closed that notice is left alone for so long.
const RENEWAL_RESTS_MS: i64 = 7 * DAY_MS;

/// What purposes have in common, for a notice that is easy to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum PurposeGroup {
    /// What is remembered on this device.
    Remembered,
    /// What it is used for on this device.
    Used,
    /// What leaves this device, randomised.
    Shared,
    /// Tests, and moving to another device.
    Other,
}

impl PurposeGroup {
    const fn of(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Essential | Purpose::Preferences | Purpose::Session | Purpose::History => {
                Self::Remembered
            }
            Purpose::Inference | Purpose::Ranking | Purpose::Offers | Purpose::Messaging => Self::Used,
            Purpose::Measurement | Purpose::ModelImprovement => Self::Shared,
            Purpose::Experiments | Purpose::Transfer => Self::Other,
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Self::Remembered => "remembered",
            Self::Used => "used",
            Self::Shared => "shared",
            Self::Other => "other",
        }
    }
}

/// One purpose of a notice, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NoticePurpose {
    /// The purpose.
    pub purpose: Purpose,
    /// What it has in common with its neighbours.
    pub group: PurposeGroup,
    /// The group's heading.
    pub group_title: String,
    /// A heading.
    pub title: String,
    /// What the person gets.
    pub benefit: String,
    /// What is used, and where it stays.
    pub data: String,
    /// How long it is kept, in days; 0 is no longer than the visit.
    pub retention_days: u32,
    /// Who else receives it; empty means nobody.
    pub recipients: Vec<String>,
    /// Whether it can be refused; only what is essential cannot.
    pub can_refuse: bool,
    /// How it stands now.
    pub decision: Decision,
}

/// What to show when asking.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConsentPrompt {
    /// The language of the texts.
    pub locale: String,
    /// Whether it is written from right to left.
    pub right_to_left: bool,
    /// A heading.
    pub title: String,
    /// What this is about, in a sentence or two.
    pub intro: String,
    /// On the button that accepts everything. Show it as large and as near as the next one.
    pub accept_label: String,
    /// On the button that refuses everything.
    pub refuse_label: String,
    /// On the button that keeps the choices as set.
    pub save_label: String,
    /// Who is responsible.
    pub controller: String,
    /// Who else receives data; empty means nobody.
    pub recipients: Vec<String>,
    /// The policy, as id and version.
    pub policy: String,
    /// Every purpose the shop offers, in order.
    pub purposes: Vec<NoticePurpose>,
}

/// One sensitive tag, to be asked about on a screen of its own.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SensitiveNotice {
    /// The tag.
    pub tag: SensitiveTag,
    /// A heading.
    pub title: String,
    /// What a yes means, and that nothing of it leaves.
    pub data: String,
    /// How long a yes holds, in days.
    pub grant_days: u32,
    /// How it stands now.
    pub decision: SensitiveDecision,
}

/// Everything a preference center shows.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PreferenceCenter {
    /// Purposes and present choices.
    pub notice: ConsentPrompt,
    /// Sensitive tags that may be asked about here, each on its own; often none.
    pub sensitive: Vec<SensitiveNotice>,
    /// What was shown and answered, latest first.
    pub history: Vec<Receipt>,
}

/// How all purposes stand.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConsentSnapshot {
    /// One decision for each purpose, in order.
    pub decisions: Vec<Decision>,
    /// The region rule that applies.
    pub region_rule: String,
    /// The policy, as id and version.
    pub policy: String,
}

impl Gate {
    /// How all purposes stand now.
    #[must_use]
    pub fn snapshot(&self) -> ConsentSnapshot {
        let (standing, now_ms) = (self.standing(), self.epoch.time_ms());
        ConsentSnapshot {
            decisions: Purpose::ALL.into_iter().map(|p| precedence::decide(&standing, p, now_ms)).collect(),
            region_rule: standing.rule().id.clone(),
            policy: standing.label().into(),
        }
    }

    /// The notice in the language of `locale`, whether or not anything is open.
    #[must_use]
    pub fn notice(&self, locale: &str) -> ConsentPrompt {
        notice(&self.standing(), locale, self.epoch.time_ms())
    }

    /// Everything a preference center shows, in the language of `locale`.
    #[must_use]
    pub fn center(&self, locale: &str) -> PreferenceCenter {
        let (standing, now_ms) = (self.standing(), self.epoch.time_ms());
        let mut history = self.receipts(0);
        history.reverse();
        PreferenceCenter {
            notice: notice(&standing, locale, now_ms),
            sensitive: sensitive(&standing, locale, now_ms),
            history,
        }
    }

    /// The notice, if something is to be asked now: a purpose without an answer, a yes that ran
    /// out, will soon do so, or that a new policy does not cover. A refusal rests for as long as the policy says,
    /// unless what was refused has changed.
    #[must_use]
    pub fn pending_prompt(&self, locale: &str) -> Option<ConsentPrompt> {
        let (standing, now_ms) = (self.standing(), self.epoch.time_ms());
        Purpose::ALL
            .into_iter()
            .any(|p| is_open(&standing, p, now_ms))
            .then(|| notice(&standing, locale, now_ms))
    }
}

fn notice(standing: &Standing, locale: &str, now_ms: i64) -> ConsentPrompt {
    let policy = standing.policy();
    let (language, texts) = texts::locale(locale).unzip();
    let text = |of: fn(&texts::Locale) -> &String| texts.as_ref().map(of).cloned().unwrap_or_default();
    let purposes = Purpose::ALL.into_iter().filter_map(|purpose| {
        let terms = policy.terms(purpose).filter(|t| t.offered)?;
        let own = texts::purpose_texts(policy, purpose, locale)?;
        let group = PurposeGroup::of(purpose);
        let group_title = texts.as_ref().and_then(|t| t.groups.get(group.id())).cloned();
        Some(NoticePurpose {
            purpose,
            group,
            group_title: group_title.unwrap_or_default(),
            title: own.title,
            benefit: own.benefit,
            data: own.data,
            retention_days: terms.retention_days,
            recipients: terms.recipients.clone(),
            can_refuse: purpose != Purpose::Essential,
            decision: precedence::decide(standing, purpose, now_ms),
        })
    });
    ConsentPrompt {
        purposes: purposes.collect(),
        locale: language.unwrap_or_default().into(),
        right_to_left: texts.as_ref().is_some_and(|t| t.right_to_left),
        title: text(|t| &t.title),
        intro: text(|t| &t.intro),
        accept_label: text(|t| &t.accept_all),
        refuse_label: text(|t| &t.refuse_all),
        save_label: text(|t| &t.save),
        controller: policy.controller.clone(),
        recipients: policy.recipients(),
        policy: policy.label(),
    }
}

fn sensitive(standing: &Standing, locale: &str, now_ms: i64) -> Vec<SensitiveNotice> {
    let terms = &standing.policy().sensitive;
    let Some((_, texts)) = texts::locale(locale) else {
        return Vec::new();
    };
    let askable = standing.rule().sensitive() == Mechanism::OptIn;
    let tags = terms.tags.iter().filter(|_| askable);
    tags.map(|&tag| SensitiveNotice {
        tag,
        title: texts.sensitive.get(&tag).cloned().unwrap_or_default(),
        data: texts.sensitive_intro.clone(),
        grant_days: terms.grant_days.min(standing.rule().grant_days),
        decision: precedence::decide_tag(standing, tag, terms.taxonomy_version, now_ms),
    })
    .collect()
}

fn is_open(standing: &Standing, purpose: Purpose, now_ms: i64) -> bool {
    use super::decision::ConsentState as S;
    use DecisionReason as Why;
    if !purpose.is_asked_in_advance() {
        return false;
    }
    let policy = standing.policy();
    match precedence::decide(standing, purpose, now_ms).reason {
        // An answer would change nothing; what a purpose needs is asked about first.
        Why::Prohibited | Why::AgeBand | Why::PlatformDenied | Why::LedgerBroken | Why::MissingDependency => {
            return false;
        }
        Why::OptOutSignal => {
            let asked_since = standing.answer(purpose).is_some_and(|a| a.in_spite_of_signal);
            return policy.gpc_conflict == SignalConflict::Ask && !asked_since;
        }
        Why::NoticeServed => return false,
        _ => {}
    }
    let rests = i64::from(policy.refusal_rests_days).saturating_mul(DAY_MS);
    match standing.state(purpose, now_ms) {
        S::Unknown | S::Requested | S::Expired | S::Invalidated => true,
        S::Given | S::Renewed => runs_out_soon(standing, purpose, now_ms),
        S::Deferred | S::Refused | S::Withdrawn | S::Objected => {
            let rested = |a: &super::standing::Answer| now_ms.saturating_sub(a.time_ms) >= rests;
            standing.has_changed(purpose) || standing.answer(purpose).is_some_and(rested)
        }
    }
}

fn runs_out_soon(standing: &Standing, purpose: Purpose, now_ms: i64) -> bool {
    let ends = standing.answer(purpose).and_then(|a| Some((a.time_ms, a.valid_until_ms?)));
    let Some((from_ms, until_ms)) = ends else { return false };
    let last_ms = RENEWAL_MS.min(until_ms.saturating_sub(from_ms) / 4);
    let rested = |served_ms: i64| now_ms.saturating_sub(served_ms) >= RENEWAL_RESTS_MS;
    until_ms.saturating_sub(now_ms) <= last_ms && standing.served_ms(purpose).is_none_or(rested)
}
