//! What an app needs to ask: the notice and the present choices, as plain records.

use super::decision::{Decision, Mechanism};
use super::gate::Gate;
use super::purpose::Purpose;
use crate::clock::DAY_MS;

/// One purpose of a notice, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NoticePurpose {
    /// The purpose.
    pub purpose: Purpose,
    /// A heading.
    pub title: String,
    /// What the person gets.
    pub benefit: String,
    /// What is used, and where it stays.
    pub data: String,
    /// How long it is kept, in days; 0 is no longer than the visit.
    pub retention_days: u32,
    /// Whether it can be refused; only what is essential cannot.
    pub can_refuse: bool,
    /// How it stands now.
    pub decision: Decision,
}

/// What to show when asking.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConsentPrompt {
    /// Who is responsible.
    pub controller: String,
    /// Who else receives data; empty means nobody.
    pub recipients: Vec<String>,
    /// The policy, as id and version.
    pub policy: String,
    /// Every purpose, in order.
    pub purposes: Vec<NoticePurpose>,
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
        let standing = self.standing();
        ConsentSnapshot {
            decisions: Purpose::ALL.into_iter().map(|p| self.decide(p)).collect(),
            region_rule: standing.rule().id.clone(),
            policy: standing.policy().label(),
        }
    }

    /// The notice in the language of `locale`, whether or not anything is open.
    #[must_use]
    pub fn notice(&self, locale: &str) -> ConsentPrompt {
        let standing = self.standing();
        let policy = standing.policy();
        let purposes = Purpose::ALL
            .into_iter()
            .filter_map(|purpose| {
                let terms = policy.terms(purpose)?;
                let texts = terms.texts(locale)?;
                Some(NoticePurpose {
                    purpose,
                    title: texts.title.clone(),
                    benefit: texts.benefit.clone(),
                    data: texts.data.clone(),
                    retention_days: terms.retention_days,
                    can_refuse: purpose != Purpose::Essential,
                    decision: self.decide(purpose),
                })
            })
            .collect();
        ConsentPrompt {
            controller: policy.controller.clone(),
            recipients: policy.recipients.clone(),
            policy: policy.label(),
            purposes,
        }
    }

    /// The notice, if something is to be asked now: a purpose without an answer, or a yes that ran
    /// out. A refusal rests for as long as the policy says.
    #[must_use]
    pub fn pending_prompt(&self, locale: &str) -> Option<ConsentPrompt> {
        let now_ms = self.now_ms();
        Purpose::ALL.into_iter().any(|p| self.is_open(p, now_ms)).then(|| self.notice(locale))
    }

    fn is_open(&self, purpose: Purpose, now_ms: i64) -> bool {
        use super::decision::ConsentState as S;
        // A move to another device is asked about each time, never in advance.
        if matches!(purpose, Purpose::Essential | Purpose::Transfer) {
            return false;
        }
        let standing = self.standing();
        if standing.rule().mechanism(purpose) == Mechanism::Prohibited {
            return false;
        }
        let rests = i64::from(standing.policy().refusal_rests_days).saturating_mul(DAY_MS);
        match standing.state(purpose, now_ms) {
            S::Unknown | S::Requested | S::Expired | S::Invalidated => true,
            S::Deferred | S::Refused | S::Withdrawn | S::Objected => standing
                .answer(purpose)
                .is_some_and(|a| now_ms.saturating_sub(a.time_ms) >= rests),
            S::Given | S::Renewed => false,
        }
    }
}
