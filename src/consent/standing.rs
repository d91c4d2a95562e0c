//! How consent stands with this person right now: the ledger, replayed under a policy.
//!
//! The ledger is the only source of truth; this is a picture of it, rebuilt after each change and
//! never altered in place, so that a question is answered without waiting for anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::decision::ConsentState;
use super::external::ExternalSignals;
use super::policy::{Policy, Rule};
use super::purpose::Purpose;
use super::receipt::{LedgerCheck, Receipt, ReceiptAction};

/// The person's latest answer about one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub state: ConsentState,
    pub time_ms: i64,
    pub valid_until_ms: Option<i64>,
    pub receipt_id: String,
}

/// A picture of consent.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    policy: Arc<Policy>,
    signals: ExternalSignals,
    receipts: Vec<Receipt>,
    check: LedgerCheck,
    answers: BTreeMap<Purpose, Answer>,
    served: Vec<Purpose>,
    /// Purposes denied here and now although the ledger may not say so yet: a withdrawal that is
    /// being carried out, or that failed half way.
    held: Vec<Purpose>,
    latest_ms: i64,
}

impl Standing {
    pub(super) fn new(
        policy: Arc<Policy>,
        signals: ExternalSignals,
        receipts: Vec<Receipt>,
        check: LedgerCheck,
    ) -> Self {
        let mut standing = Self {
            policy,
            signals,
            receipts: Vec::new(),
            check,
            answers: BTreeMap::new(),
            served: Vec::new(),
            held: Vec::new(),
            latest_ms: 0,
        };
        for receipt in receipts {
            standing.fold(receipt);
        }
        standing
    }

    /// The picture after one more receipt.
    pub(super) fn with(&self, receipt: Receipt, head_hash: String) -> Self {
        let mut next = self.clone();
        next.held.retain(|p| !receipt.purposes.iter().any(|r| r.purpose == *p));
        next.check = LedgerCheck { verified: receipt.seq, broken_at: None, head_hash };
        next.fold(receipt);
        next
    }

    /// The picture with other signals.
    pub(super) fn with_signals(&self, signals: ExternalSignals) -> Self {
        Self { signals, ..self.clone() }
    }

    /// The picture while `purposes` are being withdrawn.
    pub(super) fn holding(&self, purposes: &[Purpose]) -> Self {
        let mut next = self.clone();
        next.held.extend_from_slice(purposes);
        next
    }

    fn fold(&mut self, receipt: Receipt) {
        for entry in &receipt.purposes {
            if receipt.action == ReceiptAction::Served {
                self.served.push(entry.purpose);
                continue;
            }
            let answer = Answer {
                state: entry.state,
                time_ms: receipt.time_ms,
                valid_until_ms: entry.valid_until_ms,
                receipt_id: receipt.record_id.clone(),
            };
            self.answers.insert(entry.purpose, answer);
        }
        self.latest_ms = self.latest_ms.max(receipt.time_ms);
        self.receipts.push(receipt);
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(super) fn signals(&self) -> &ExternalSignals {
        &self.signals
    }

    pub(super) fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    pub(super) fn check(&self) -> &LedgerCheck {
        &self.check
    }

    pub(super) fn is_broken(&self) -> bool {
        self.check.broken_at.is_some()
    }

    pub(super) fn rule(&self) -> &Rule {
        self.policy.rule(self.signals.region.as_deref())
    }

    pub(super) fn answer(&self, purpose: Purpose) -> Option<&Answer> {
        self.answers.get(&purpose)
    }

    pub(super) fn was_served(&self, purpose: Purpose) -> bool {
        self.served.contains(&purpose)
    }

    /// The state at `now_ms`. Time never runs backwards here: a clock set back before the latest
    /// receipt does not revive what had run out by then.
    pub(super) fn state(&self, purpose: Purpose, now_ms: i64) -> ConsentState {
        if self.held.contains(&purpose) {
            return ConsentState::Withdrawn;
        }
        let now_ms = now_ms.max(self.latest_ms);
        match self.answers.get(&purpose) {
            None if self.was_served(purpose) => ConsentState::Requested,
            None => ConsentState::Unknown,
            Some(a) if a.state.is_grant() && a.valid_until_ms.is_some_and(|t| t <= now_ms) => {
                ConsentState::Expired
            }
            Some(a) => a.state,
        }
    }
}
