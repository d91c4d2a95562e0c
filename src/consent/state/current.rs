//! How consent stands with this user right now: the ledger, replayed under a policy.
//!
//! The ledger is the only source of truth; this is a picture of it, rebuilt after each change and
//! never altered in place, so that a question is answered without waiting for anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::codec::Newer;
use crate::base::sensitive::SensitiveTag;
use crate::consent::decision::{ConsentState, Mechanism};
use crate::consent::external::ExternalSignals;
use crate::consent::ledger::receipt::{Receipt, ReceiptAction};
use crate::consent::ledger::{DeviceKey, LedgerCheck, Replayed};
use crate::consent::policy::{Policy, Rule};
use crate::consent::purpose::Purpose;
use crate::consent::state::clock::{Now, Until};
use crate::consent::state::platform::PlatformView;

/// The user's latest answer about one purpose or tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub state: ConsentState,
    /// When it was given.
    pub at: Now,
    pub valid_until_ms: Option<i64>,
    pub receipt_id: String,
    /// An opt-out signal was set when the user answered.
    pub in_spite_of_signal: bool,
    /// Nobody answered: everything was erased, which denies until somebody does.
    pub is_of_erasure: bool,
}

impl Answer {
    /// When a yes runs out.
    pub(crate) fn until(&self) -> Option<Until> {
        let span_ms = self.valid_until_ms?.saturating_sub(self.at.clock_ms);
        self.state.is_grant().then(|| Until::after(self.at, span_ms))
    }

    /// A yes that has run out by now.
    pub(crate) fn is_over(&self, now: Now) -> bool {
        self.until().is_some_and(|until| until.is_over(now))
    }
}

/// A picture of consent.
#[derive(Clone)]
pub(crate) struct State {
    policy: Arc<Policy>,
    label: Arc<str>,
    notice_hash: Arc<str>,
    rule: Arc<Rule>,
    signals: Arc<ExternalSignals>,
    platform: Arc<PlatformView>,
    /// When the consent platform last told of a new opt-out, in device time.
    opted_out_ms: Option<i64>,
    key: Arc<DeviceKey>,
    receipts: Vec<Arc<Receipt>>,
    check: LedgerCheck,
    /// A newer version wrote what the answers depend on.
    newer: Option<Newer>,
    answers: BTreeMap<Purpose, Answer>,
    tags: BTreeMap<SensitiveTag, Answer>,
    /// When a notice about it was last on screen, in device time.
    served: BTreeMap<Purpose, i64>,
    /// When an answer was last put off, in device time.
    deferred_ms: Option<i64>,
    /// Served where a notice is enough, so that the region's default may count.
    noticed: BTreeSet<Purpose>,
    /// Purposes whose terms changed materially since the latest answer.
    changed: BTreeSet<Purpose>,
    /// Denied here and now although the ledger may not say so yet: a withdrawal that is being
    /// carried out, or that failed half way.
    held: (Vec<Purpose>, Vec<SensitiveTag>),
    /// Not used until its data is erased, asked for again if need be, or answered anew. The answers stay.
    erasing: (Vec<Purpose>, Vec<SensitiveTag>),
    /// What neither the app nor its catalog makes use of.
    unused: Arc<[Purpose]>,
}

impl State {
    pub(crate) fn new(
        policy: Policy,
        signals: ExternalSignals,
        key: Arc<DeviceKey>,
        ledger: Replayed,
    ) -> Self {
        let mut state = Self {
            label: policy.label().into(),
            notice_hash: policy.notice_hash().into(),
            rule: Arc::new(policy.rule_between(None, &[])),
            policy: Arc::new(policy),
            signals: Arc::default(),
            platform: Arc::default(),
            opted_out_ms: None,
            key,
            receipts: Vec::new(),
            check: ledger.check,
            newer: ledger.newer,
            answers: BTreeMap::new(),
            tags: BTreeMap::new(),
            served: BTreeMap::new(),
            deferred_ms: None,
            noticed: BTreeSet::new(),
            changed: BTreeSet::new(),
            held: Default::default(),
            erasing: Default::default(),
            unused: Arc::default(),
        };
        for receipt in ledger.receipts {
            state.fold(receipt);
        }
        state.with_signals(signals)
    }

    /// The picture after one more receipt.
    pub(crate) fn with(&self, receipt: Receipt, head_hash: String) -> Self {
        let mut next = self.clone();
        // Only an answer decides anew; what else is noted lifts no denial that the ledger does not know of yet.
        if !matches!(
            receipt.action,
            ReceiptAction::Served | ReceiptAction::Erased | ReceiptAction::PolicyChanged
        ) {
            for (purposes, tags) in [&mut next.held, &mut next.erasing] {
                purposes.retain(|p| !receipt.purposes.iter().any(|r| r.purpose == *p));
                tags.retain(|t| !receipt.sensitive.iter().any(|r| r.tag == *t));
            }
        }
        next.check = LedgerCheck { verified: receipt.seq, broken_at: None, head_hash };
        next.fold(receipt);
        next
    }

    /// The picture with other signals.
    pub(crate) fn with_signals(&self, signals: ExternalSignals) -> Self {
        let rule = self.policy.rule_between(signals.region.as_deref(), &signals.region_hints);
        let platform = PlatformView::new(&signals.consent_platform, &self.policy.platform);
        Self {
            rule: Arc::new(rule),
            platform: Arc::new(platform),
            signals: Arc::new(signals),
            ..self.clone()
        }
    }

    /// The picture where the consent platform last told of a new opt-out then.
    pub(crate) fn opted_out_since(self, opted_out_ms: Option<i64>) -> Self {
        Self { opted_out_ms, ..self }
    }

    pub(crate) const fn opted_out_ms(&self) -> Option<i64> {
        self.opted_out_ms
    }

    /// Whether the user answered while an opt-out signal was set, and has not opted out in the consent platform since.
    pub(crate) fn is_in_spite(&self, answer: &Answer) -> bool {
        answer.in_spite_of_signal && self.opted_out_ms.is_none_or(|ms| answer.at.device_ms > ms)
    }

    /// The picture under another policy.
    pub(crate) fn with_policy(&self, policy: Policy) -> Self {
        let next = Self {
            label: policy.label().into(),
            notice_hash: policy.notice_hash().into(),
            policy: Arc::new(policy),
            ..self.clone()
        };
        next.with_signals((*self.signals).clone())
    }

    /// The picture while purposes and tags are being withdrawn.
    pub(crate) fn holding(&self, purposes: &[Purpose], tags: &[SensitiveTag]) -> Self {
        let mut next = self.clone();
        next.held.0.extend_from_slice(purposes);
        next.held.1.extend_from_slice(tags);
        next
    }

    /// The picture while the data of purposes and tags is being erased.
    pub(crate) fn erasing(&self, purposes: &[Purpose], tags: &[SensitiveTag]) -> Self {
        let mut next = self.erased(purposes, tags);
        next.erasing.0.extend_from_slice(purposes);
        next.erasing.1.extend_from_slice(tags);
        next
    }

    /// The picture after that.
    pub(crate) fn erased(&self, purposes: &[Purpose], tags: &[SensitiveTag]) -> Self {
        let mut next = self.clone();
        next.erasing.0.retain(|p| !purposes.contains(p));
        next.erasing.1.retain(|t| !tags.contains(t));
        next
    }

    /// The picture in the place of `last`, which the ledger does not tell of.
    pub(crate) fn in_place_of(self, last: &Self) -> Self {
        let (held, erasing, unused) = (last.held.clone(), last.erasing.clone(), last.unused.clone());
        Self { held, erasing, unused, opted_out_ms: last.opted_out_ms, ..self }
    }

    /// The picture where nothing makes use of these purposes.
    pub(crate) fn without_use_of(&self, unused: &[Purpose]) -> Self {
        Self { unused: unused.into(), ..self.clone() }
    }

    pub(crate) fn unused(&self) -> &[Purpose] {
        &self.unused
    }

    /// Whether a notice asks about it: nobody is asked for what is not used.
    pub(crate) fn is_asked(&self, purpose: Purpose) -> bool {
        purpose.is_asked_in_advance() && !self.unused.contains(&purpose)
    }

    /// Whether data of a purpose is being taken back or erased.
    pub(crate) fn is_going(&self, purpose: Purpose) -> bool {
        self.held.0.contains(&purpose) || self.erasing.0.contains(&purpose)
    }

    /// The same for data about a topic.
    pub(crate) fn is_going_about(&self, tag: SensitiveTag) -> bool {
        self.held.1.contains(&tag) || self.erasing.1.contains(&tag)
    }

    /// What is denied whatever the ledger says.
    pub(crate) fn held(&self) -> (&[Purpose], &[SensitiveTag]) {
        (&self.held.0, &self.held.1)
    }

    fn fold(&mut self, receipt: Receipt) {
        let device_ms = receipt.device_ms.unwrap_or(receipt.time_ms);
        let at = Now { clock_ms: receipt.time_ms, device_ms };
        let is_of_erasure = receipt.is_of_erasure();
        let answer = |state, valid_until_ms| Answer {
            state: if is_of_erasure { ConsentState::Withdrawn } else { state },
            at,
            valid_until_ms,
            receipt_id: receipt.record_id.clone(),
            in_spite_of_signal: receipt.opt_out_signal,
            is_of_erasure,
        };
        for entry in &receipt.purposes {
            match receipt.action {
                ReceiptAction::Served => {
                    self.served.insert(entry.purpose, device_ms);
                    if entry.mechanism == Mechanism::OptOut {
                        self.noticed.insert(entry.purpose);
                    }
                }
                ReceiptAction::Erased if !is_of_erasure => {}
                ReceiptAction::PolicyChanged if entry.state != ConsentState::Invalidated => {
                    self.changed.insert(entry.purpose);
                }
                action => {
                    if action == ReceiptAction::PolicyChanged {
                        self.served.remove(&entry.purpose);
                        self.noticed.remove(&entry.purpose);
                    }
                    if entry.state == ConsentState::Deferred {
                        self.deferred_ms = Some(device_ms);
                    }
                    self.changed.remove(&entry.purpose);
                    self.answers.insert(entry.purpose, answer(entry.state, entry.valid_until_ms));
                }
            }
        }
        if receipt.action != ReceiptAction::Erased {
            for entry in &receipt.sensitive {
                self.tags.insert(entry.tag, answer(entry.state, entry.valid_until_ms));
            }
        }
        self.receipts.push(Arc::new(receipt));
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The policy, as id and version.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    pub(crate) fn notice_hash(&self) -> &str {
        &self.notice_hash
    }

    pub(crate) fn signals(&self) -> &ExternalSignals {
        &self.signals
    }

    pub(crate) fn platform(&self) -> &PlatformView {
        &self.platform
    }

    pub(crate) fn key(&self) -> &Arc<DeviceKey> {
        &self.key
    }

    pub(crate) fn receipts(&self) -> &[Arc<Receipt>] {
        &self.receipts
    }

    pub(crate) fn check(&self) -> &LedgerCheck {
        &self.check
    }

    /// Whether the ledger does not say how things stand: it does not verify, or a newer version went on with it. It
    /// allows nothing and takes no receipt then.
    pub(crate) fn is_broken(&self) -> bool {
        self.check.broken_at.is_some() || self.newer.is_some()
    }

    /// What a newer version wrote, so that the answers are not known here.
    pub(crate) fn newer(&self) -> Option<Newer> {
        self.newer
    }

    pub(crate) fn rule(&self) -> &Rule {
        &self.rule
    }

    pub(crate) fn is_minor(&self) -> bool {
        self.rule.is_minor(self.signals.age_band)
    }

    pub(crate) fn answer(&self, purpose: Purpose) -> Option<&Answer> {
        self.answers.get(&purpose)
    }

    pub(crate) fn tag_answer(&self, tag: SensitiveTag) -> Option<&Answer> {
        self.tags.get(&tag)
    }

    /// How long data of `purpose` is kept, as the latest receipt about it says.
    pub(crate) fn promised_days(&self, purpose: Purpose) -> Option<u32> {
        let entries = self.receipts.iter().rev().flat_map(|receipt| &receipt.purposes);
        entries.into_iter().find(|entry| entry.purpose == purpose).map(|entry| entry.retention_days)
    }

    /// A notice about `purpose` was on screen where a notice is enough.
    pub(crate) fn was_noticed(&self, purpose: Purpose) -> bool {
        self.noticed.contains(&purpose)
    }

    /// When a notice about `purpose` was last on screen, in device time.
    pub(crate) fn served_ms(&self, purpose: Purpose) -> Option<i64> {
        self.served.get(&purpose).copied()
    }

    /// When an answer was last put off, in device time.
    pub(crate) const fn deferred_ms(&self) -> Option<i64> {
        self.deferred_ms
    }

    /// The terms of `purpose` changed materially since the latest answer.
    pub(crate) fn has_changed(&self, purpose: Purpose) -> bool {
        self.changed.contains(&purpose)
    }

    /// The state of a purpose.
    pub(crate) fn of(&self, purpose: Purpose, now: Now) -> ConsentState {
        if self.is_going(purpose) {
            return ConsentState::Withdrawn;
        }
        self.of_ledger(purpose, now)
    }

    /// The state of a purpose as the ledger has it, whatever is being withdrawn.
    pub(crate) fn of_ledger(&self, purpose: Purpose, now: Now) -> ConsentState {
        let unanswered =
            if self.served.contains_key(&purpose) { ConsentState::Requested } else { ConsentState::Unknown };
        self.answers.get(&purpose).map_or(unanswered, |a| at(a, now))
    }

    /// The state of a tag.
    pub(crate) fn of_tag(&self, tag: SensitiveTag, now: Now) -> ConsentState {
        if self.is_going_about(tag) {
            return ConsentState::Withdrawn;
        }
        self.of_ledger_tag(tag, now)
    }

    /// The state of a tag as the ledger has it, whatever is being withdrawn.
    pub(crate) fn of_ledger_tag(&self, tag: SensitiveTag, now: Now) -> ConsentState {
        self.tags.get(&tag).map_or(ConsentState::Unknown, |a| at(a, now))
    }
}

fn at(answer: &Answer, now: Now) -> ConsentState {
    if answer.is_over(now) { ConsentState::Expired } else { answer.state }
}
