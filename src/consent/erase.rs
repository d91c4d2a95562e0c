//! Taking back: the keys are destroyed before the call returns, the records with them.
//!
//! First everything that was given is denied and every permit is dead. Then one transaction of the
//! vault destroys the data keys, deletes the records and writes the receipt, and the root key that
//! could unwrap older copies is removed. Cut off at any point, it is finished at the next opening.

use std::sync::atomic::Ordering;

use super::ConsentError;
use super::decision::ConsentState;
use super::derived::{self, Provenance};
use super::draft::{Place, States};
use super::gate::{CONSENT, Gate, LATEST};
use super::open::Saved;
use super::purpose::Purpose;
use super::receipt::{Receipt, ReceiptAction};
use super::report::{EraseScope, ErasureReport};
use super::sensitive;
use super::snapshot::SNAPSHOTS;
use super::standing::Standing;
use crate::limits::CHOICES;
use crate::sensitive::SensitiveTag;
use crate::vault::{Compartment, Durability, Reader, Table, VaultError, Writer};

/// The report of an erasure under way, keyed.
pub(super) const ERASURES: Table = Table(7);
/// Tables of other rooms have numbers below this one.
const TABLES: u16 = 100;
const VERSION: u8 = 1;

/// What has to go.
pub(super) struct Target {
    pub purposes: Vec<Purpose>,
    pub tags: Vec<SensitiveTag>,
}

impl Target {
    fn compartments(&self) -> Vec<Compartment> {
        let purposes = self.purposes.iter().flat_map(|p| p.erased_with()).map(|p| p.compartment());
        let mut all: Vec<_> = purposes.chain(self.tags.iter().map(|&t| sensitive::compartment(t))).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn sources(&self) -> Provenance {
        let purposes: Provenance = self.purposes.iter().copied().collect();
        self.tags.iter().fold(purposes, |all, &tag| all.and_tag(tag))
    }

    /// The report, from the records erased by compartment and the derived records found elsewhere.
    pub(super) fn report(&self, rows: &[(Compartment, u64)], derived: u64, keys: u32) -> ErasureReport {
        let of = |purposes: &[Purpose]| -> u64 {
            let wanted: Vec<Compartment> = purposes.iter().map(|p| p.compartment()).collect();
            rows.iter().filter(|(c, _)| wanted.contains(c)).map(|(_, n)| n).sum()
        };
        let own_derived = of(&[Purpose::Inference]);
        let reports_cancelled = of(&[Purpose::Measurement, Purpose::ModelImprovement]);
        let all: u64 = rows.iter().map(|(_, n)| n).sum();
        ErasureReport {
            purposes: self.purposes.clone(),
            sensitive: self.tags.clone(),
            rows: all.saturating_sub(own_derived).saturating_sub(reports_cancelled),
            derived: own_derived.saturating_add(derived),
            keys_destroyed: keys,
            reports_cancelled,
            receipt_id: String::new(),
        }
    }
}

impl Gate {
    /// Takes purposes back: destroys their keys and data, derived data and waiting reports.
    ///
    /// When this returns, nothing of them can be read, from any file or backup. If it fails, they
    /// are denied all the same and the call can be repeated. Of a surface or locale that is too long
    /// the receipt has the beginning.
    ///
    /// # Errors
    /// [`ConsentError`].
    pub fn withdraw(
        &self,
        purposes: &[Purpose],
        surface: &str,
        locale: &str,
    ) -> Result<ErasureReport, ConsentError> {
        CHOICES.entries("purposes", purposes.len())?;
        let _one_at_a_time = self.changing();
        let withdrawn = purposes.iter().filter(|p| **p != Purpose::Essential);
        let states = States::of_purposes(withdrawn.map(|&p| (p, ConsentState::Withdrawn)));
        let standing = self.standing();
        Ok(self.settle(&standing, ReceiptAction::Withdrawn, states, Place::cut(surface, locale))?.1)
    }

    /// Erases data without asking why. Unlike [`withdraw`](Self::withdraw), answers stay, except
    /// for [`EraseScope::Everything`].
    ///
    /// # Errors
    /// [`ConsentError`]; the call can be repeated.
    pub fn erase(&self, scope: EraseScope) -> Result<ErasureReport, ConsentError> {
        let _one_at_a_time = self.changing();
        let standing = self.standing();
        let (purposes, tags) = match scope {
            EraseScope::Everything => return self.erase_everything(&standing),
            EraseScope::DataOf { purpose: Purpose::Essential } => (Vec::new(), Vec::new()),
            EraseScope::DataOf { purpose: Purpose::History } => {
                (vec![Purpose::History], SensitiveTag::ALL.to_vec())
            }
            EraseScope::DataOf { purpose } => (vec![purpose], Vec::new()),
            EraseScope::DataAbout { tag } => (Vec::new(), vec![tag]),
        };
        self.erase_data(&standing, purposes, tags)
    }

    /// Erases without touching the answers.
    pub(super) fn erase_data(
        &self,
        standing: &Standing,
        purposes: Vec<Purpose>,
        tags: Vec<SensitiveTag>,
    ) -> Result<ErasureReport, ConsentError> {
        let now_ms = self.epoch.time_ms();
        let states = States {
            purposes: purposes.iter().map(|&p| (p, standing.state(p, now_ms))).collect(),
            tags: tags
                .iter()
                .filter(|&&t| standing.tag_answer(t).is_some())
                .map(|&t| (t, standing.tag_state(t, now_ms)))
                .collect(),
        };
        self.replace(standing.holding(&purposes, &tags));
        let target = Target { purposes, tags };
        let draft = self.draft(standing, ReceiptAction::Erased, &states, Place::NOWHERE);
        Ok(self.carry_out(standing, Some(draft), &target)?.1)
    }

    /// Brings an erasure to its end that was cut off, and tells what it did; nothing if there was
    /// none. Call it after opening.
    ///
    /// # Errors
    /// [`ConsentError`] when it still cannot be finished.
    pub fn resume_erasure(&self) -> Result<Option<ErasureReport>, ConsentError> {
        let _one_at_a_time = self.changing();
        self.resume()
    }

    pub(super) fn resume(&self) -> Result<Option<ErasureReport>, ConsentError> {
        let Some(stored) = self.vault.read(|r| r.get(CONSENT, ERASURES, LATEST))? else {
            return Ok(None);
        };
        let report = pending(&stored).ok_or(ConsentError::Encoding)?;
        // An erasure of nothing finishes what is left of the one before.
        self.vault.erase(&[], |w| w.remove(CONSENT, ERASURES, LATEST).map(drop))?;
        self.unfinished.store(false, Ordering::SeqCst);
        Ok(Some(report))
    }

    /// Writes a receipt and erases what ends with it, in one transaction.
    pub(super) fn settle(
        &self,
        standing: &Standing,
        action: ReceiptAction,
        mut states: States,
        place: Place<'_>,
    ) -> Result<(Receipt, ErasureReport), ConsentError> {
        include_tags(standing, &mut states);
        let (purposes, tags) = states.ended();
        // From here on every permit is dead and what has ended is denied, whatever the disk does.
        self.replace(standing.holding(&purposes, &tags));
        let draft = self.draft(standing, action, &states, place);
        let writable = !standing.is_broken() || action != ReceiptAction::Withdrawn;
        self.carry_out(standing, writable.then(|| draft.clone()), &Target { purposes, tags })
            .map(|(receipt, report)| (receipt.unwrap_or(draft), report))
    }

    /// Erases the target and writes the receipt. A broken ledger takes no receipt, and must not
    /// keep anybody's data alive for it.
    pub(super) fn carry_out(
        &self,
        standing: &Standing,
        draft: Option<Receipt>,
        target: &Target,
    ) -> Result<(Option<Receipt>, ErasureReport), ConsentError> {
        let sources = target.sources();
        self.hide_snapshot(sources);
        let link = draft.map(|d| self.link(standing, d)).transpose()?;
        let mut derived = 0;
        let store = |w: &mut Writer<'_>, derived: &mut u64| {
            *derived = derived::forget(w, sources)?;
            link.as_ref().map_or(Ok(()), |l| l.store(w))
        };
        let (compartments, counted) = self.vault.read(|r| count(r, &target.compartments()))?;
        let keys = u32::try_from(compartments.len()).unwrap_or(u32::MAX);
        let mut report = target.report(&counted, 0, keys);
        report.receipt_id = link.as_ref().map(|l| l.receipt.record_id.clone()).unwrap_or_default();
        if compartments.is_empty() && !self.unfinished.load(Ordering::SeqCst) {
            let written = self.vault.write(Durability::Full, |w| store(w, &mut derived));
            written.inspect_err(|_| self.resync_holding(target))?;
        } else {
            let pending = report.clone();
            let erased = self.vault.erase(&compartments, |w| {
                store(w, &mut derived)?;
                if !compartments.is_empty() {
                    w.remove(CONSENT, SNAPSHOTS, LATEST)?; // its key goes with this erasure
                }
                put_pending(w, &pending)
            });
            let erased = erased.inspect_err(|_| self.resync_holding(target))?;
            report = ErasureReport {
                receipt_id: report.receipt_id,
                ..target.report(&erased.rows, 0, erased.keys_destroyed)
            };
            self.finished();
        }
        report.derived = report.derived.saturating_add(derived);
        let next = match &link {
            Some(l) => standing.with(l.receipt.clone(), l.hash.clone()),
            None => standing.holding(&target.purposes, &target.tags),
        };
        self.replace(next);
        self.follow_snapshot(sources)?;
        Ok((link.map(|l| l.receipt), report))
    }

    /// The erasure is complete: its report needs no second telling.
    pub(super) fn finished(&self) {
        self.unfinished.store(false, Ordering::SeqCst);
        // If this fails, the report is told once more after the next opening.
        drop(self.vault.write(Durability::Normal, |w| w.remove(CONSENT, ERASURES, LATEST)));
    }

    fn resync_holding(&self, target: &Target) {
        self.unfinished.store(true, Ordering::SeqCst);
        self.resync();
        self.replace(self.standing().holding(&target.purposes, &target.tags));
    }

    /// Reads the ledger again after a write that may or may not have happened.
    pub(super) fn resync(&self) {
        let standing = self.standing();
        let saved = self.vault.read(|r| Saved::load(r).map_err(ConsentError::from));
        let read = saved.and_then(|s| s.standing(standing.policy().clone(), standing.signals().clone()));
        if let Ok(fresh) = read {
            let (purposes, tags) = standing.held();
            self.replace(fresh.holding(purposes, tags));
        }
    }
}

/// Records by compartment.
type RowCounts = Vec<(Compartment, u64)>;

/// What is sensitive goes with the history it is part of.
fn include_tags(standing: &Standing, states: &mut States) {
    let history = states.purposes.iter().find(|(p, s)| *p == Purpose::History && s.ends());
    if let Some((_, ended)) = history {
        let state = if ended.is_refusal() { ConsentState::Withdrawn } else { *ended };
        let granted = |t: &SensitiveTag| standing.tag_answer(*t).is_some_and(|a| a.state.is_grant());
        let listed = |t: &SensitiveTag| states.tags.iter().any(|(listed, _)| listed == t);
        let more = SensitiveTag::ALL.into_iter().filter(|t| granted(t) && !listed(t));
        let more: Vec<_> = more.map(|t| (t, state)).collect();
        states.tags.extend(more);
    }
}

/// Those of the compartments that have a key, and how many records they hold.
pub(super) fn count(
    reader: &Reader<'_>,
    compartments: &[Compartment],
) -> Result<(Vec<Compartment>, RowCounts), VaultError> {
    let with_key: Vec<Compartment> = compartments.iter().copied().filter(|c| reader.has(*c)).collect();
    let mut counted = Vec::with_capacity(with_key.len());
    for &compartment in &with_key {
        let mut rows = 0_u64;
        for table in 0..TABLES {
            rows = rows.saturating_add(reader.count(compartment, Table(table))?);
        }
        counted.push((compartment, rows));
    }
    Ok((with_key, counted))
}

pub(super) fn pending(stored: &[u8]) -> Option<ErasureReport> {
    let (version, report) = postcard::from_bytes::<(u8, ErasureReport)>(stored).ok()?;
    (version == VERSION).then_some(report)
}

pub(super) fn put_pending(writer: &mut Writer<'_>, report: &ErasureReport) -> Result<(), VaultError> {
    let bytes = postcard::to_allocvec(&(VERSION, report))
        .map_err(|_| VaultError::Damaged { what: "erasure report" })?;
    writer.put(CONSENT, ERASURES, LATEST, &bytes).map(drop)
}
