//! What a person does about consent: see a notice, answer, change their mind.

use serde::{Deserialize, Serialize};

use super::decision::ConsentState;
use super::gate::{Gate, CONSENT, RECEIPTS};
use super::purpose::Purpose;
use super::receipt::{chain, Draft, Receipt, ReceiptAction, ReceiptPurpose};
use super::standing::Standing;
use super::ConsentError;
use crate::clock::DAY_MS;
use crate::random;
use crate::vault::{Compartment, Durability, Erased, VaultError, Writer};

/// An answer about one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Yes.
    Give,
    /// No.
    Refuse,
    /// Closed or postponed: counts as no, and may be asked again.
    Defer,
}

/// One purpose and the answer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct PurposeChoice {
    /// The purpose.
    pub purpose: Purpose,
    /// The answer.
    pub choice: Choice,
}

/// What an erasure did. When it is returned, the data can no longer be read.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ErasureReport {
    /// The purposes that were withdrawn.
    pub purposes: Vec<Purpose>,
    /// Records of raw data that were erased.
    pub rows: u64,
    /// Records of derived data that were erased.
    pub derived: u64,
    /// Data keys that were destroyed; what they sealed cannot be read from any copy.
    pub keys_destroyed: u32,
    /// Reports that waited to be sent and never will be.
    pub reports_cancelled: u64,
    /// The receipt of the withdrawal.
    pub receipt_id: String,
}

impl Gate {
    /// Records that a notice was on screen.
    ///
    /// # Errors
    /// [`ConsentError`]; nothing is recorded then.
    pub fn served(&self, purposes: &[Purpose], surface: &str, locale: &str) -> Result<Receipt, ConsentError> {
        let _one_at_a_time = self.changing();
        let standing = self.standing();
        let entries = entries(&standing, purposes.iter().map(|&p| (p, ConsentState::Requested)), self.now_ms());
        let draft = draft(&standing, ReceiptAction::Served, entries, surface, locale, self.now_ms());
        self.append(&standing, draft)
    }

    /// Records answers. A no to what was allowed before erases, exactly as
    /// [`withdraw`](Self::withdraw) does.
    ///
    /// # Errors
    /// [`ConsentError`]. A yes that could not be stored does not count; a no counts at once.
    pub fn record(
        &self,
        choices: &[PurposeChoice],
        surface: &str,
        locale: &str,
    ) -> Result<(Receipt, ErasureReport), ConsentError> {
        let _one_at_a_time = self.changing();
        let standing = self.standing();
        let now_ms = self.now_ms();
        let states = choices.iter().filter(|c| c.purpose != Purpose::Essential).map(|c| {
            let before = standing.state(c.purpose, now_ms);
            (c.purpose, answered(before, c.choice))
        });
        let draft = draft(&standing, ReceiptAction::Answered, entries(&standing, states, now_ms), surface, locale, now_ms);
        self.settle(&standing, draft)
    }

    /// Takes purposes back: destroys their keys and data, derived data and waiting reports.
    ///
    /// When this returns, nothing of them can be read, from any file or backup. If it fails, they
    /// are denied all the same and the call can be repeated.
    ///
    /// # Errors
    /// [`ConsentError`].
    pub fn withdraw(&self, purposes: &[Purpose], surface: &str, locale: &str) -> Result<ErasureReport, ConsentError> {
        let _one_at_a_time = self.changing();
        let standing = self.standing();
        let now_ms = self.now_ms();
        let states = purposes.iter().filter(|p| **p != Purpose::Essential).map(|&p| (p, ConsentState::Withdrawn));
        let draft = draft(&standing, ReceiptAction::Withdrawn, entries(&standing, states, now_ms), surface, locale, now_ms);
        Ok(self.settle(&standing, draft)?.1)
    }

    /// Writes a receipt and carries out what its refusals mean, in one transaction.
    fn settle(&self, standing: &Standing, draft: Draft) -> Result<(Receipt, ErasureReport), ConsentError> {
        let denied: Vec<Purpose> = draft
            .purposes
            .iter()
            .filter(|p| !p.state.is_grant())
            .map(|p| p.purpose)
            .collect();
        // From here on every permit is dead and what was refused is denied, whatever the disk does.
        self.replace(standing.holding(&denied));
        let erased: Vec<Purpose> = denied.iter().flat_map(|p| p.erased_with()).copied().collect();
        let compartments = self.holding_data(&erased)?;
        let (receipt, done) = if compartments.is_empty() {
            (self.append(standing, draft)?, None)
        } else {
            let (receipt, done) = self.erase(standing, draft, &compartments)?;
            (receipt, Some(done))
        };
        let report = report(denied, &receipt, done);
        Ok((receipt, report))
    }

    fn holding_data(&self, purposes: &[Purpose]) -> Result<Vec<Compartment>, ConsentError> {
        let mut wanted: Vec<Purpose> = purposes.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        self.vault.read(|r| {
            let mut found = Vec::new();
            for compartment in wanted.iter().map(|p| p.compartment()) {
                if r.has(compartment) {
                    found.push(compartment);
                }
            }
            Ok(found)
        })
    }

    fn append(&self, standing: &Standing, draft: Draft) -> Result<Receipt, ConsentError> {
        let (receipt, hash, stored) = self.link(standing, draft)?;
        self.vault.write(Durability::Full, |w| put(w, &stored).map_err(ConsentError::Vault))?;
        self.replace(standing.with(receipt.clone(), hash));
        Ok(receipt)
    }

    fn erase(
        &self,
        standing: &Standing,
        draft: Draft,
        compartments: &[Compartment],
    ) -> Result<(Receipt, Erased), ConsentError> {
        let (receipt, hash, stored) = self.link(standing, draft)?;
        let done = self.vault.erase(compartments, |w| put(w, &stored))?;
        self.replace(standing.with(receipt.clone(), hash));
        Ok((receipt, done))
    }

    fn link(&self, standing: &Standing, draft: Draft) -> Result<(Receipt, String, Vec<u8>), ConsentError> {
        if standing.is_broken() {
            return Err(ConsentError::LedgerBroken);
        }
        let head = standing.check().head_hash.as_str();
        let last = standing.receipts().last().map(|r| (r, head));
        chain(draft, last, random::bytes(&*self.random)?, &self.key)
    }
}

fn put(writer: &mut Writer<'_>, stored: &[u8]) -> Result<(), VaultError> {
    writer.append(CONSENT, RECEIPTS, stored).map(drop)
}

const fn answered(before: ConsentState, choice: Choice) -> ConsentState {
    match choice {
        Choice::Give if before.is_grant() || matches!(before, ConsentState::Expired) => ConsentState::Renewed,
        Choice::Give => ConsentState::Given,
        Choice::Refuse if before.is_grant() => ConsentState::Withdrawn,
        Choice::Refuse => ConsentState::Refused,
        Choice::Defer => ConsentState::Deferred,
    }
}

fn entries(
    standing: &Standing,
    states: impl Iterator<Item = (Purpose, ConsentState)>,
    now_ms: i64,
) -> Vec<ReceiptPurpose> {
    let rule = standing.rule();
    states
        .map(|(purpose, state)| {
            let terms = standing.policy().terms(purpose);
            ReceiptPurpose {
                purpose,
                mechanism: rule.mechanism(purpose),
                state,
                legal_basis: terms.map(|t| t.legal_basis.clone()).unwrap_or_default(),
                retention_days: terms.map_or(0, |t| t.retention_days),
                valid_until_ms: state
                    .is_grant()
                    .then(|| now_ms.saturating_add(i64::from(rule.grant_days).saturating_mul(DAY_MS))),
            }
        })
        .collect()
}

fn draft(
    standing: &Standing,
    action: ReceiptAction,
    purposes: Vec<ReceiptPurpose>,
    surface: &str,
    locale: &str,
    now_ms: i64,
) -> Draft {
    let mut supersedes: Vec<String> = purposes
        .iter()
        .filter_map(|p| standing.answer(p.purpose))
        .map(|a| a.receipt_id.clone())
        .collect();
    supersedes.sort_unstable();
    supersedes.dedup();
    Draft {
        supersedes: if action == ReceiptAction::Served { Vec::new() } else { supersedes },
        policy: standing.policy().label(),
        notice_hash: standing.policy().notice_hash(),
        locale: locale.into(),
        action,
        surface: surface.into(),
        purposes,
        region_rule: standing.rule().id.clone(),
        age_band: standing.signals().age_band,
        time_ms: now_ms,
    }
}

fn report(purposes: Vec<Purpose>, receipt: &Receipt, done: Option<Erased>) -> ErasureReport {
    let rows = |of: &[Purpose]| -> u64 {
        let wanted: Vec<Compartment> = of.iter().map(|p| p.compartment()).collect();
        done.iter().flat_map(|d| &d.rows).filter(|(c, _)| wanted.contains(c)).map(|(_, n)| n).sum()
    };
    let all: u64 = done.iter().flat_map(|d| &d.rows).map(|(_, n)| n).sum();
    let derived = rows(&[Purpose::Inference]);
    let reports_cancelled = rows(&[Purpose::Measurement, Purpose::ModelImprovement]);
    ErasureReport {
        purposes,
        rows: all - derived - reports_cancelled,
        derived,
        keys_destroyed: done.as_ref().map_or(0, |d| d.keys_destroyed),
        reports_cancelled,
        receipt_id: receipt.record_id.clone(),
    }
}
